"""The tables, as migrations: `user_version` counts how many of them a file has had."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from data.errors import Misconfigured
from data.stores.sqlite.transactions import transaction

if TYPE_CHECKING:
    from sqlite3 import Connection

APPLICATION_ID: Final = 0x534D4344  # "SMCD"

MIGRATIONS: Final[tuple[tuple[str, ...], ...]] = (
    (
        # Columns of an event. The unique index begins with the id: time-ordered or numbered ids
        # then land side by side in it, which is ten times faster than by seller in a large log.
        """
        CREATE TABLE log (
            seq INTEGER PRIMARY KEY,
            event_id TEXT NOT NULL,
            kind INTEGER NOT NULL,
            at INTEGER NOT NULL,
            seller_id TEXT NOT NULL,
            visitor TEXT NOT NULL,
            session_id TEXT,
            item_id TEXT,
            duration_ms INTEGER,
            value REAL,
            quantity INTEGER,
            price REAL,
            recommendation_id TEXT,
            answer_id TEXT,
            position INTEGER,
            share_id TEXT,
            from_visitor TEXT,
            channel TEXT,
            payload BLOB,
            UNIQUE (event_id, seller_id)
        ) STRICT
        """,
        # Derived state as of the cursor. Rows keep their rowid when they change, so reading by
        # rowid is reading in the order of first appearance.
        """
        CREATE TABLE checkpoint (
            only INTEGER PRIMARY KEY CHECK (only = 1),
            seq INTEGER NOT NULL,
            version INTEGER NOT NULL,
            statistics BLOB NOT NULL
        ) STRICT
        """,
        "CREATE TABLE profiles (visitor TEXT NOT NULL UNIQUE, row BLOB NOT NULL) STRICT",
        "CREATE TABLE items (item_id TEXT NOT NULL UNIQUE, row BLOB NOT NULL) STRICT",
        "CREATE TABLE sellers (seller_id TEXT NOT NULL UNIQUE, row BLOB NOT NULL) STRICT",
        """
        CREATE TABLE listings (
            seller_id TEXT NOT NULL,
            item_id TEXT NOT NULL,
            row BLOB NOT NULL,
            UNIQUE (seller_id, item_id)
        ) STRICT
        """,
    ),
    (
        # FAQ entries, consultations and questions; the name begins with which of them it is.
        """
        CREATE TABLE knowledge (
            seller_id TEXT NOT NULL,
            name TEXT NOT NULL,
            row BLOB NOT NULL,
            UNIQUE (seller_id, name)
        ) STRICT
        """,
    ),
)


def check(connection: Connection, path: str) -> int:
    """Return how many migrations the file has had; raise `Misconfigured` if it is not ours."""
    with transaction(connection, "DEFERRED"):  # another process may be migrating it
        return _had(connection, path)


def migrate(connection: Connection, path: str) -> None:
    """Bring the file to the newest layout; of several processes that try, one does it."""
    if check(connection, path) == len(MIGRATIONS):
        return
    with transaction(connection, "IMMEDIATE"):
        for number in range(_had(connection, path), len(MIGRATIONS)):
            for statement in MIGRATIONS[number]:
                connection.execute(statement)
        connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
        connection.execute(f"PRAGMA user_version = {len(MIGRATIONS)}")


def _had(connection: Connection, path: str) -> int:
    (tables,) = connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
    (had,) = connection.execute("PRAGMA user_version").fetchone()
    (application,) = connection.execute("PRAGMA application_id").fetchone()
    if application != APPLICATION_ID and (application or had or tables):
        raise Misconfigured(f"{path} is a database of another program")
    if had > len(MIGRATIONS):
        raise Misconfigured(
            f"{path} was written by a newer version (layout {had}, known up to {len(MIGRATIONS)})"
        )
    return int(had)
