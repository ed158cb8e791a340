"""Profiles, catalogue and cursor as tables that only a checkpoint writes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from data.errors import Conflict
from data.stores.ports import Checkpoint, Cursor
from data.stores.sqlite.rows import insert

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from sqlite3 import Connection
    from typing import Any

    from data.stores.sqlite.connections import Database

PAGE: Final = 5_000
"""Rows read at a time, so that a slow reader holds no snapshot while the log grows."""

TABLES: Final = {
    "profiles": "visitor",
    "items": "item_id",
    "sellers": "seller_id",
    "listings": "seller_id, item_id",
    "knowledge": "seller_id, name",
}
"""Each derived table with its key columns."""


_NEXT_SELLERS: Final = (
    "SELECT DISTINCT seller_id FROM listings WHERE seller_id > ? ORDER BY seller_id LIMIT ?"
)


class SqliteDerived:
    """Serve the derived tables: profiles, catalogue and cursor in one."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def get(self, visitor: str) -> bytes | None:
        """Return the profile of one visitor."""
        with self._database.read() as connection:
            found = connection.execute(
                "SELECT row FROM profiles WHERE visitor = ?", (visitor,)
            ).fetchone()
        return None if found is None else bytes(found[0])

    def count(self) -> int:
        """Return how many visitors have a profile."""
        with self._database.read() as connection:
            (count,) = connection.execute("SELECT count(*) FROM profiles").fetchone()
        return int(count)

    def items(self) -> Iterator[tuple[str, bytes]]:
        """Yield the items, page by page."""
        return ((item_id, row) for item_id, row in self._rows("items"))

    def sellers(self) -> Iterator[tuple[str, bytes]]:
        """Yield the sellers, page by page."""
        return ((seller_id, row) for seller_id, row in self._rows("sellers"))

    def shelves(self) -> Iterator[str]:
        """Yield who has listings; each is found by the key, without a look at her rows."""
        last = ""
        while True:
            with self._database.read() as connection:
                page = connection.execute(_NEXT_SELLERS, (last, PAGE)).fetchall()
            if not page:
                return
            last = page[-1][0]
            for (seller_id,) in page:
                yield seller_id

    def shelf(self, seller_id: str) -> Sequence[bytes]:
        """Return the rows of one seller's listings."""
        with self._database.read() as connection:
            found = connection.execute(
                "SELECT row FROM listings WHERE seller_id = ? ORDER BY rowid", (seller_id,)
            ).fetchall()
        return [row for (row,) in found]

    def knowledge(self) -> Iterator[tuple[tuple[str, str], bytes]]:
        """Yield what is known for answers, page by page."""
        return (((seller, name), row) for seller, name, row in self._rows("knowledge"))

    def save(self, checkpoint: Checkpoint) -> None:
        """Upsert the rows and move the cursor in one transaction; see `Checkpoints.save`."""
        listings = [(*key, row) for key, row in checkpoint.listings.items()]
        knowledge = [(*key, row) for key, row in checkpoint.knowledge.items() if row]
        dropped = [key for key, row in checkpoint.knowledge.items() if not row]
        with self._database.write() as connection:
            _make_way(connection, checkpoint)
            profiles = [pair for pair in checkpoint.profiles.items() if pair[1]]
            _upsert(connection, "profiles", profiles)
            gone = [(visitor,) for visitor, row in checkpoint.profiles.items() if not row]
            connection.executemany("DELETE FROM profiles WHERE visitor = ?", gone)
            _upsert(connection, "items", list(checkpoint.items.items()))
            _upsert(connection, "sellers", list(checkpoint.sellers.items()))
            _upsert(connection, "listings", listings)
            _upsert(connection, "knowledge", knowledge)
            connection.executemany(
                "DELETE FROM knowledge WHERE seller_id = ? AND name = ?", dropped
            )
            connection.execute(
                "INSERT OR REPLACE INTO checkpoint VALUES (1, ?, ?, ?)",
                (checkpoint.seq, checkpoint.version, checkpoint.statistics),
            )

    def load(self) -> Cursor | None:
        """Return the cursor of the last checkpoint."""
        with self._database.read() as connection:
            found = connection.execute("SELECT seq, version, statistics FROM checkpoint").fetchone()
        if found is None:
            return None
        return Cursor(seq=found[0], version=found[1], statistics=bytes(found[2]))

    def _rows(self, table: str) -> Iterator[tuple[Any, ...]]:
        after = 0
        while True:
            with self._database.read() as connection:
                page = connection.execute(
                    f"SELECT rowid, {TABLES[table]}, row FROM {table} "  # noqa: S608  our own names
                    "WHERE rowid > ? ORDER BY rowid LIMIT ?",
                    (after, PAGE),
                ).fetchall()
            if not page:
                return
            after = page[-1][0]
            for row in page:
                yield row[1:]


def _make_way(connection: Connection, checkpoint: Checkpoint) -> None:
    stored = connection.execute("SELECT seq, version FROM checkpoint").fetchone()
    if stored is None:
        return
    seq, version = stored
    if version != checkpoint.version:
        for table in TABLES:
            connection.execute(f"DELETE FROM {table}")  # noqa: S608  our own names
    elif seq > checkpoint.seq:
        raise Conflict(f"a checkpoint at {seq} is stored, {checkpoint.seq} is behind it")


def _upsert(connection: Connection, table: str, rows: Sequence[tuple[object, ...]]) -> None:
    keys = TABLES[table]
    insert(
        connection,
        f"INSERT INTO {table} ({keys}, row)",
        f"ON CONFLICT ({keys}) DO UPDATE SET row = excluded.row",
        rows,
    )
