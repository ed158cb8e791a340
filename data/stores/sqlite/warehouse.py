"""Sellers' figures in a SQLite file of their own: derived, and made anew when it is lost."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from itertools import count
from pathlib import Path
from threading import Lock, local
from typing import Any, Final

import numpy as np

from data.rollups import COUNTERS, Rollup, visitor_key
from data.stores.sqlite.failures import translated
from data.stores.sqlite.rows import insert
from data.stores.sqlite.transactions import transaction
from data.stores.warehouse import Fact, Floats, Guest, Longs, Visits

LAYOUT: Final = 1
"""Rises when the tables change shape; a file of another layout is emptied and rolled up again."""

_SUMS: Final = ", ".join(f"{name} NOT NULL" for name in COUNTERS)
_NAMES: Final = ", ".join(COUNTERS)
_ADDED: Final = ", ".join(f"{name} = {name} + excluded.{name}" for name in COUNTERS)
_TOGETHER: Final = ", ".join(f"sum({name}) AS {name}" for name in COUNTERS)
_EARLIER: Final = (
    "(excluded.opened_at, excluded.channel, excluded.sharer) < (opened_at, channel, sharer)"
)
_MERGED: Final = (
    f"{_ADDED}, arms = arms | excluded.arms, opened_at = min(opened_at, excluded.opened_at), "
    f"channel = CASE WHEN {_EARLIER} THEN excluded.channel ELSE channel END, "
    f"sharer = CASE WHEN {_EARLIER} THEN excluded.sharer ELSE sharer END"
)
TABLES: Final = (
    "CREATE TABLE cursor (only INTEGER PRIMARY KEY CHECK (only = 1), seq INTEGER NOT NULL)",
    f"CREATE TABLE totals (seller, slot, {_SUMS}, PRIMARY KEY (seller, slot)) WITHOUT ROWID",
    f"CREATE TABLE placements (seller, slot, placement, {_SUMS}, "
    "PRIMARY KEY (seller, slot, placement)) WITHOUT ROWID",
    f"CREATE TABLE products (seller, slot, item, {_SUMS}, "
    "PRIMARY KEY (seller, slot, item)) WITHOUT ROWID",
    f"CREATE TABLE visits (seller, slot, visitor, {_SUMS}, opened_at, channel, sharer, arms, "
    "PRIMARY KEY (seller, slot, visitor)) WITHOUT ROWID",
    "CREATE TABLE people (seller, visitor, name, first_at, last_at, "
    "PRIMARY KEY (seller, visitor)) WITHOUT ROWID",
    "CREATE INDEX people_by_visitor ON people (visitor)",
    "CREATE INDEX people_by_time ON people (seller, last_at)",
    "CREATE TABLE facts (item, at, price, stock, PRIMARY KEY (item, at)) WITHOUT ROWID",
    "INSERT INTO cursor VALUES (1, 0)",
)
RANGE: Final = "WHERE seller = ? AND slot >= ? AND slot < ?"

_MEMORIES: Final = count()
"""Names of what is kept in memory alone: the id of an object may be given to the next one."""


class SqliteWarehouse:
    """Add rollups on one connection, read on a connection of each thread."""

    def __init__(self, path: Path | None) -> None:
        """Open or make the file; None keeps everything in memory."""
        self._name = str(path) if path is not None else f"file:rollups-{next(_MEMORIES)}"
        self._path = path
        self._writing = Lock()
        self._mine = local()
        self._opened: list[sqlite3.Connection] = []
        if path is not None:
            path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))
        with translated(self._name):
            self._writer = self._connect()
            self._make()

    def close(self) -> None:
        """Close every connection."""
        with self._writing:
            for connection in self._opened:
                connection.close()

    def cursor(self) -> int:
        """Return the seq of the last event that is rolled up."""
        with self._read() as connection:
            return int(connection.execute("SELECT seq FROM cursor").fetchone()[0])

    def add(self, rollup: Rollup, after: int, seq: int) -> bool:
        """Add a rollup; see `Warehouse.add`."""
        with self._writing, translated(self._name), transaction(self._writer, "IMMEDIATE"):
            (stands,) = self._writer.execute("SELECT seq FROM cursor").fetchone()
            if stands != after:
                return False
            self._add(rollup)
            self._writer.execute("UPDATE cursor SET seq = ?", (seq,))
        return True

    def totals(self, seller: int, since: int, until: int) -> tuple[Longs, Floats]:
        """Return quarters and their sums."""
        rows = self._rows(f"SELECT slot, {_NAMES} FROM totals {RANGE}", (seller, since, until))
        return _keyed(rows)

    def placements(self, seller: int, since: int, until: int) -> tuple[list[str], Floats]:
        """Return the sums of each placement."""
        query = f"SELECT placement, {_TOGETHER} FROM placements {RANGE} GROUP BY 1 ORDER BY 1"
        rows = self._rows(query, (seller, since, until))
        return [row[0] for row in rows], _matrix([row[1:] for row in rows])

    def products(self, seller: int, since: int, until: int) -> tuple[Longs, Floats]:
        """Return the sums of each item."""
        query = f"SELECT item, {_TOGETHER} FROM products {RANGE} GROUP BY 1 ORDER BY 1"
        return _keyed(self._rows(query, (seller, since, until)))

    def visits(self, seller: int, since: int, until: int) -> Visits:
        """Return the visitors' quarters."""
        rows = self._rows(
            f"SELECT v.visitor, slot, coalesce(first_at, 0), opened_at, arms, channel, {_NAMES} "
            "FROM visits v LEFT JOIN people p ON p.seller = v.seller AND p.visitor = v.visitor "
            "WHERE v.seller = ? AND slot >= ? AND slot < ?",
            (seller, since, until),
        )
        whole = np.array([row[:5] for row in rows], dtype=np.int64).reshape(len(rows), 5)
        return Visits(
            visitor=whole[:, 0],
            slot=whole[:, 1],
            first_at=whole[:, 2],
            opened_at=whole[:, 3],
            arms=whole[:, 4],
            channel=[row[5] for row in rows],
            sums=_matrix([row[6:] for row in rows]),
        )

    def guests(self, seller: int, since: int, until: int, limit: int) -> list[Guest]:
        """Return the visitors of a range, the last seen first."""
        rows = self._rows(
            "SELECT name, first_at, last_at, sharer, channel, v.* FROM "
            # with min() the other columns are those of its row: the first opening's
            f"(SELECT {_TOGETHER}, visitor, min(opened_at), sharer, channel FROM visits {RANGE} "
            "AND visitor <> 0 GROUP BY visitor) v "
            "JOIN people p ON p.seller = ? AND p.visitor = v.visitor WHERE v.acts > 0 "
            "ORDER BY last_at DESC, name LIMIT ?",
            (seller, since, until, seller, limit),
        )
        width = len(COUNTERS)
        return [Guest(row[0], row[1], row[2], row[3], row[4], row[5 : 5 + width]) for row in rows]

    def people(self) -> dict[int, int]:
        """Return how many visitors each seller is known to have."""
        return dict(self._rows("SELECT seller, count(*) FROM people GROUP BY seller", ()))

    def facts(self, item: int, limit: int) -> list[Fact]:
        """Return an item's dated facts, the newest first."""
        query = "SELECT at, price, stock FROM facts WHERE item = ? ORDER BY at DESC LIMIT ?"
        return [Fact(*row) for row in self._rows(query, (item, limit))]

    def forget(self, visitor: str) -> int:
        """Let a visitor's acts count for nobody; see `Warehouse.forget`."""
        key = visitor_key(visitor)
        columns = f"seller, slot, visitor, {_NAMES}, opened_at, channel, sharer, arms"
        with self._writing, translated(self._name), transaction(self._writer, "IMMEDIATE"):
            run = self._writer.execute
            sellers = [row[0] for row in run("SELECT seller FROM people WHERE visitor = ?", (key,))]
            for seller in sellers:
                rows = run(
                    f"SELECT {columns} FROM visits WHERE seller = ? AND visitor = ?", (seller, key)
                ).fetchall()
                nobody = [(*row[:2], 0, *row[3:-1], 0) for row in rows]
                self._merge("visits", columns, "seller, slot, visitor", _MERGED, nobody)
                run("DELETE FROM visits WHERE seller = ? AND visitor = ?", (seller, key))
            run("DELETE FROM people WHERE visitor = ?", (key,))
            run("UPDATE visits SET sharer = '' WHERE sharer = ?", (visitor,))
        return len(sellers)

    def _add(self, rollup: Rollup) -> None:
        plain = (
            ("totals", "seller, slot", rollup.totals),
            ("placements", "seller, slot, placement", rollup.placements),
            ("products", "seller, slot, item", rollup.products),
        )
        for table, keys, sums in plain:
            rows = sorted((*key, *row) for key, row in sums.items())
            self._merge(table, f"{keys}, {_NAMES}", keys, _ADDED, rows)
        visits = sorted(
            (*key, *one.sums, one.opened_at, one.channel, one.sharer, one.arms)
            for key, one in rollup.visits.items()
        )
        columns = f"seller, slot, visitor, {_NAMES}, opened_at, channel, sharer, arms"
        self._merge("visits", columns, "seller, slot, visitor", _MERGED, visits)
        people = sorted(
            (*key, one.name, one.first_at, one.last_at) for key, one in rollup.people.items()
        )
        self._merge(
            "people",
            "seller, visitor, name, first_at, last_at",
            "seller, visitor",
            "first_at = min(first_at, excluded.first_at), last_at = max(last_at, excluded.last_at)",
            people,
        )
        facts = [(*key, *row) for key, row in rollup.facts.items()]
        self._merge(
            "facts",
            "item, at, price, stock",
            "item, at",
            "price = excluded.price, stock = excluded.stock",
            facts,
        )

    def _merge(
        self, table: str, columns: str, keys: str, merged: str, rows: Sequence[tuple[object, ...]]
    ) -> None:
        tail = f"ON CONFLICT ({keys}) DO UPDATE SET {merged}"
        insert(self._writer, f"INSERT INTO {table} ({columns})", tail, rows)

    def _make(self) -> None:
        (layout,) = self._writer.execute("PRAGMA user_version").fetchone()
        if layout == LAYOUT:
            return
        with transaction(self._writer, "IMMEDIATE"):
            (layout,) = self._writer.execute("PRAGMA user_version").fetchone()
            if layout == LAYOUT:
                return
            old = "SELECT name FROM sqlite_master WHERE type = 'table'"
            for (name,) in self._writer.execute(old).fetchall():
                self._writer.execute(f"DROP TABLE {name}")
            for statement in TABLES:
                self._writer.execute(statement)
            self._writer.execute(f"PRAGMA user_version = {LAYOUT}")

    def _connect(self) -> sqlite3.Connection:
        address = self._path.absolute().as_uri() if self._path else self._name
        options = "mode=rwc" if self._path else "mode=memory&cache=shared"
        connection = sqlite3.connect(
            f"{address}?{options}", uri=True, isolation_level=None, check_same_thread=False
        )
        self._opened.append(connection)
        connection.execute("PRAGMA busy_timeout = 10000")
        if self._path:
            with suppress(sqlite3.OperationalError):  # another process is turning it on
                connection.execute("PRAGMA journal_mode = WAL")
            connection.execute("PRAGMA synchronous = NORMAL")  # what is lost is rolled up again
            connection.execute("PRAGMA cache_size = -32000")
        else:
            connection.execute("PRAGMA read_uncommitted = ON")  # else readers wait for the writer
        return connection

    @contextmanager
    def _read(self) -> Iterator[sqlite3.Connection]:
        with translated(self._name):
            connection = getattr(self._mine, "connection", None)
            if connection is None:
                connection = self._mine.connection = self._connect()
            yield connection

    def _rows(self, query: str, values: tuple[object, ...]) -> list[tuple[Any, ...]]:
        with self._read() as connection:
            return connection.execute(query, values).fetchall()


def _keyed(rows: list[tuple[Any, ...]]) -> tuple[Longs, Floats]:
    keys = np.array([row[0] for row in rows], dtype=np.int64)
    return keys, _matrix([row[1:] for row in rows])


def _matrix(rows: list[tuple[Any, ...]]) -> Floats:
    return np.array(rows, dtype=np.float64).reshape(len(rows), len(COUNTERS))
