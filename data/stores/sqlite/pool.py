"""Reading connections, lent one read at a time: a read that outlives `close` still ends well."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from sqlite3 import Connection

from data.errors import StoreUnavailable


class Readers:
    """Open connections as they are needed; keep as many as there were reads at once."""

    def __init__(self, name: str, connect: Callable[[], Connection]) -> None:
        """Take what the store is called and how a reading connection is opened."""
        self._name, self._connect = name, connect
        self._idle: deque[Connection] = deque()
        self._closed = False

    @contextmanager
    def lend(self) -> Iterator[Connection]:
        """Lend a connection for one read; after `close` it is closed when it comes back."""
        if self._closed:
            raise StoreUnavailable(f"{self._name} was closed")
        try:
            connection = self._idle.pop()
        except IndexError:
            connection = self._connect()
        try:
            yield connection
        finally:
            self._idle.append(connection)
            if self._closed:
                self._close_idle()

    def keep(self, connection: Connection) -> None:
        """Take a connection that is open already."""
        self._idle.append(connection)

    def close(self) -> None:
        """Lend no more; close what is not lent."""
        self._closed = True
        self._close_idle()

    def _close_idle(self) -> None:
        with suppress(IndexError):
            while True:
                self._idle.pop().close()
