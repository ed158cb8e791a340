"""The connections to one database file: one that writes, and as many readers as there are reads."""

from __future__ import annotations

import os
import sqlite3
from contextlib import contextmanager
from pathlib import Path
from threading import Lock
from time import sleep
from typing import TYPE_CHECKING, Final

from data.errors import Misconfigured, StoreUnavailable
from data.stores.sqlite import schema
from data.stores.sqlite.failures import translated
from data.stores.sqlite.pool import Readers
from data.stores.sqlite.transactions import transaction

if TYPE_CHECKING:
    from collections.abc import Iterator

OLDEST: Final = (3, 37, 0)  # STRICT tables

RETRY_MS: Final = 10

WRITER_PRAGMAS: Final = (
    "PRAGMA secure_delete = ON",  # zeros in all that is freed: who is erased stays in no page
    "PRAGMA fullfsync = ON",  # macOS: fsync alone leaves the data in the drive's cache
    "PRAGMA cache_size = -32000",  # 32 MB: the index's inner pages stay in memory
    # Move the write-ahead log into the file every 64 MB: a page that changes often moves once.
    "PRAGMA wal_autocheckpoint = 16000",
    "PRAGMA journal_size_limit = 67108864",
)


class Database:
    """Open a file for reading, and for writing unless `readonly`; made and migrated if need be.

    With synchronous=FULL (the default) a commit returns after fsync of the write-ahead log.
    """

    def __init__(
        self,
        path: Path,
        *,
        readonly: bool = False,
        synchronous: str = "FULL",
        busy_ms: int = 10_000,
    ) -> None:
        if sqlite3.sqlite_version_info < OLDEST:
            raise Misconfigured(
                f"SQLite {sqlite3.sqlite_version} is too old; 3.37 or newer is needed"
            )
        self.path = path
        self._name = str(path)
        self._readonly = readonly
        self._synchronous = synchronous
        self._busy_ms = busy_ms
        self._readers = Readers(str(path), self._open_reader)
        self._writer: sqlite3.Connection | None = None
        self._writing = Lock()
        self._closed = False
        with translated(self._name):
            if readonly:
                self._check()
            else:
                _create(path)
                self._writer = self._open_writer()

    @contextmanager
    def write(self) -> Iterator[sqlite3.Connection]:
        """Run one transaction: committed, hence durable, on leaving; rolled back on any error."""
        with self._writing, translated(self._name):
            connection = self._usable_writer()
            try:
                with transaction(connection, "IMMEDIATE"):
                    yield connection
            except sqlite3.OperationalError:
                self._writer = None  # after trouble with the file, start afresh next time
                connection.close()
                raise

    @contextmanager
    def read(self) -> Iterator[sqlite3.Connection]:
        """Borrow a connection that cannot write; what it sees is the last commit, never a part."""
        with translated(self._name), self._readers.lend() as connection:
            yield connection

    def fold_in(self) -> None:
        """Move the write-ahead log into the file and empty it, as soon as nobody reads from it.

        Raises `StoreUnavailable` when somebody still does after `busy_ms`.
        """
        with self._writing, translated(self._name):
            fold_in(self._usable_writer(), self._name)

    def close(self) -> None:
        """Close every connection; the last process to do so also folds the write-ahead log in."""
        with self._writing:
            self._closed = True
            self._readers.close()
            if self._writer is not None:
                self._writer.close()
                self._writer = None

    def _usable_writer(self) -> sqlite3.Connection:
        self._refuse_closed()
        if self._readonly:
            raise StoreUnavailable(f"{self.path} was opened read-only")
        if self._writer is None:
            self._writer = self._open_writer()
        return self._writer

    def _open_writer(self) -> sqlite3.Connection:
        connection = self._connect("rw")
        try:
            schema.check(connection, self._name)  # before anything in the file changes
            self._turn_wal_on(connection)
            connection.execute(f"PRAGMA synchronous = {self._synchronous}")
            for pragma in WRITER_PRAGMAS:
                connection.execute(pragma)
            schema.migrate(connection, self._name)
        except BaseException:
            connection.close()
            raise
        return connection

    def _turn_wal_on(self, connection: sqlite3.Connection) -> None:
        """Switch the journal; this one step does not wait for other processes by itself."""
        for left in reversed(range(self._busy_ms // RETRY_MS + 1)):
            try:
                connection.execute("PRAGMA journal_mode = WAL")
            except sqlite3.OperationalError as error:
                if not left or error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY:
                    raise
                sleep(RETRY_MS / 1000)
            else:
                return

    def _open_reader(self) -> sqlite3.Connection:
        connection = self._connect("ro" if self._readonly else "rw")
        connection.execute("PRAGMA query_only = ON")
        return connection

    def _check(self) -> None:
        if not self.path.exists():
            raise StoreUnavailable(f"{self.path} does not exist: nothing has been written yet")
        connection = self._open_reader()
        self._readers.keep(connection)
        if schema.check(connection, self._name) < len(schema.MIGRATIONS):
            raise StoreUnavailable(f"{self.path} has an older layout: open it once for writing")

    def _connect(self, mode: str) -> sqlite3.Connection:
        return sqlite3.connect(
            f"{self.path.absolute().as_uri()}?mode={mode}",
            uri=True,
            timeout=self._busy_ms / 1000,
            isolation_level=None,  # transactions are begun in words
            check_same_thread=False,  # but never used by two threads at once
        )

    def _refuse_closed(self) -> None:
        if self._closed:
            raise StoreUnavailable(f"{self.path} was closed")


def fold_in(connection: sqlite3.Connection, name: str) -> None:
    """Move the write-ahead log of a connection's file into it, and empty the log."""
    (busy, *_) = connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
    if busy:
        raise StoreUnavailable(f"{name} is in use: its write-ahead log cannot be emptied now")


def _create(path: Path) -> None:
    """Make the folder (0700) and an empty file (0600); SQLite gives its own files the same mode."""
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))
    except OSError as error:
        raise StoreUnavailable(f"{path} cannot be created: {error.strerror}") from error
