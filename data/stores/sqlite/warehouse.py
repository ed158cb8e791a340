"""Sellers' figures in a SQLite file of their own: derived, and made anew when it is lost."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Collection, Iterator, Sequence
from contextlib import suppress
from itertools import count, pairwise
from pathlib import Path
from threading import Lock
from typing import Any, Final

import numpy as np

from data.counters import PLACE
from data.rollups import NEVER, SIGHTINGS_KEPT, SLOT_MS, Erased, Rollup, signed
from data.schemas import key64
from data.sightings import Place, Sighting
from data.stores.packed import (
    DAY_SLOTS,
    Rows,
    first_openings,
    grouped,
    joined,
    merged,
    pack,
    unpack,
    without,
)
from data.stores.sqlite.connections import fold_in
from data.stores.sqlite.failures import translated
from data.stores.sqlite.pool import Readers
from data.stores.sqlite.rows import insert
from data.stores.sqlite.transactions import transaction
from data.stores.warehouse import Fact, Floats, Guest, Longs, Visits

LAYOUT: Final = 5
"""Rises when the tables or the sums in them change; a file of another one is rolled up again."""

VISITS, PRODUCTS, PLACEMENTS = 0, 1, 2
"""The kinds of sheets: what the rows of a part are about."""
TABLES: Final = (
    "CREATE TABLE cursor (only INTEGER PRIMARY KEY CHECK (only = 1), seq INTEGER NOT NULL, "
    "latest INTEGER NOT NULL)",
    "CREATE TABLE parts (seller, sheet, day, part, size NOT NULL, body BLOB NOT NULL, "
    "PRIMARY KEY (seller, sheet, day, part)) WITHOUT ROWID",
    "CREATE TABLE people (seller, visitor, name, first_at, last_at, "
    "PRIMARY KEY (seller, visitor)) WITHOUT ROWID",
    "CREATE INDEX people_by_visitor ON people (visitor)",
    "CREATE INDEX people_by_first ON people (seller, first_at)",
    "CREATE INDEX people_by_last ON people (seller, last_at)",
    "CREATE TABLE facts (item, at, price, stock, PRIMARY KEY (item, at)) WITHOUT ROWID",
    "CREATE TABLE sightings (visitor, place, seller, slot, seen, tapped, "
    "PRIMARY KEY (visitor, place)) WITHOUT ROWID",
    "CREATE INDEX sightings_by_slot ON sightings (slot)",
    "INSERT INTO cursor VALUES (1, 0, 0)",
)
Group = tuple[int, int, int]  # seller, sheet, UTC day

_MEMORIES: Final = count()
"""Names of what is kept in memory alone: the id of an object may be given to the next one."""


class SqliteWarehouse:
    """Add rollups on one connection, read on a connection of each thread."""

    def __init__(self, path: Path | None) -> None:
        """Open or make the file; None keeps everything in memory."""
        self._name = str(path) if path is not None else f"file:rollups-{next(_MEMORIES)}"
        self._path = path
        self._writing = Lock()
        self._readers = Readers(self._name, self._connect)
        if path is not None:
            path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))
        with translated(self._name):
            self._writer = self._connect()
            self._make()

    def close(self) -> None:
        """Close every connection; one that is being read from is closed when the read ends."""
        with self._writing:
            self._readers.close()
            self._writer.close()

    def sweep(self) -> None:
        """Empty the write-ahead log; see `Warehouse.sweep`."""
        with self._writing, translated(self._name):
            fold_in(self._writer, self._name)

    def cursor(self) -> int:
        """Return the seq of the last event that is rolled up."""
        return int(self._rows("SELECT seq FROM cursor", ())[0][0])

    def latest(self) -> int:
        """Return the newest quarter of a sighting or a tap; see `Warehouse.latest`."""
        return int(self._rows("SELECT latest FROM cursor", ())[0][0])

    def add(self, rollup: Rollup, after: int, seq: int) -> bool:
        """Add a rollup; see `Warehouse.add`."""
        with self._writing, translated(self._name), transaction(self._writer, "IMMEDIATE"):
            (stands,) = self._writer.execute("SELECT seq FROM cursor").fetchone()
            if stands != after:
                return False
            self._add(rollup)
            latest = "UPDATE cursor SET seq = ?, latest = max(latest, ?)"
            self._writer.execute(latest, (seq, rollup.latest))
            old = "DELETE FROM sightings WHERE slot < (SELECT latest FROM cursor) - ?"
            self._writer.execute(old, (SIGHTINGS_KEPT,))
        return True

    def placements(self, seller: int, since: int, until: int) -> tuple[list[str], Floats]:
        """Return the sums of each placement."""
        rows = self._sheet(seller, PLACEMENTS, since, until)
        names, place = np.unique(np.array(rows.labels, dtype=np.str_), return_inverse=True)
        return names.tolist(), grouped(rows.sums, place, len(names))

    def products(self, seller: int, since: int, until: int) -> tuple[Longs, Longs, Floats]:
        """Return items' quarters and their sums."""
        rows = self._sheet(seller, PRODUCTS, since, until)
        return rows.keys, rows.slots, rows.sums

    def visits(self, seller: int, since: int, until: int) -> Visits:
        """Return the visitors' quarters."""
        rows = self._sheet(seller, VISITS, since, until)
        new = self._rows(
            "SELECT visitor, first_at FROM people WHERE seller = ? AND first_at >= ? "
            "AND first_at < ? ORDER BY visitor",
            (seller, since * SLOT_MS, until * SLOT_MS),
        )
        known = np.array(new, dtype=np.int64).reshape(len(new), 2)
        first_at = np.zeros(len(rows.keys), np.int64)
        if len(known):
            place = np.minimum(np.searchsorted(known[:, 0], rows.keys), len(known) - 1)
            first_at = np.where(known[place, 0] == rows.keys, known[place, 1], 0)
        return Visits(
            visitor=rows.keys,
            slot=rows.slots,
            first_at=first_at,
            opened_at=rows.opened,
            arms=rows.arms,
            channel=rows.labels,
            sharer=rows.sharers,
            sums=rows.sums,
        )

    def guests(self, seller: int, since: int, until: int, limit: int, skip: int = 0) -> list[Guest]:
        """Return the visitors of a range, the last seen first; see `Warehouse.guests`."""
        rows = self._sheet(seller, VISITS, since, until)
        visitors, place = np.unique(rows.keys, return_inverse=True)
        sums = grouped(rows.sums, place, len(visitors))
        came = {
            visitor: n
            for n, (visitor, acts) in enumerate(
                zip(visitors.tolist(), sums[:, PLACE["acts"]].tolist(), strict=True)
            )
            if visitor and acts
        }
        seen = self._rows(
            "SELECT last_at, visitor FROM people WHERE seller = ? AND last_at >= ? "
            "ORDER BY last_at DESC, visitor",
            (seller, since * SLOT_MS),
        )
        latest = [visitor for _, visitor in seen if visitor in came][skip : skip + limit]
        asked = ", ".join("?" * len(latest))
        told = self._rows(
            "SELECT visitor, name, first_at, last_at FROM people "
            f"WHERE seller = ? AND visitor IN ({asked})",
            (seller, *latest),
        )
        known = {row[0]: row[1:] for row in told}
        opening = first_openings(rows, place, np.arange(len(place)), len(visitors))
        found: list[Guest] = []
        for visitor in latest:
            n = came[visitor]
            name, first_at, last_at = known.get(visitor, ("", 0, 0))
            sharer, channel = rows.sharers[opening[n]], rows.labels[opening[n]]
            if name:  # else she has been forgotten between the two readings
                found.append(Guest(name, first_at, last_at, sharer, channel, sums[n].tolist()))
        return found

    def sightings(self, places: Collection[Place]) -> dict[Place, Sighting]:
        """Return what is known of places in lists; see `Warehouse.sightings`."""
        query = "SELECT seller, slot, seen, tapped FROM sightings WHERE visitor = ? AND place = ?"
        found: dict[Place, Sighting] = {}
        with translated(self._name), self._readers.lend() as connection:
            for place in places:
                for seller, slot, seen, tapped in connection.execute(query, place):
                    found[place] = Sighting(seller, slot, bool(seen), bool(tapped))
        return found

    def people(self) -> dict[int, int]:
        """Return how many visitors each seller is known to have."""
        return dict(
            self._rows(
                "SELECT seller, count(*) FROM people WHERE first_at < ? GROUP BY seller", (NEVER,)
            )
        )

    def facts(self, item: int, limit: int) -> list[Fact]:
        """Return an item's dated facts, the newest first."""
        query = "SELECT at, price, stock FROM facts WHERE item = ? ORDER BY at DESC LIMIT ?"
        return [Fact(*row) for row in self._rows(query, (item, limit))]

    def _add(self, rollup: Rollup) -> None:
        for gone in rollup.erased:
            self._forget(gone)
        for group, rows in _by_day(rollup):
            self._put(group, rows)
        people = sorted(
            (*key, one.name, one.first_at, one.last_at) for key, one in rollup.people.items()
        )
        self._merge(
            "people (seller, visitor, name, first_at, last_at)",
            "(seller, visitor) DO UPDATE SET first_at = min(first_at, excluded.first_at), "
            "last_at = max(last_at, excluded.last_at)",
            people,
        )
        sightings = sorted(
            (*place, one.seller, one.slot, one.seen, one.tapped)
            for place, one in rollup.sightings.items()
        )
        self._merge(
            "sightings (visitor, place, seller, slot, seen, tapped)",
            "(visitor, place) DO UPDATE SET "
            "slot = excluded.slot, seen = excluded.seen, tapped = excluded.tapped",
            sightings,
        )
        facts = [(*key, *row) for key, row in rollup.facts.items()]
        self._merge(
            "facts (item, at, price, stock)",
            "(item, at) DO UPDATE SET price = excluded.price, stock = excluded.stock",
            facts,
        )

    def _merge(self, table: str, conflict: str, rows: Sequence[tuple[object, ...]]) -> None:
        insert(self._writer, f"INSERT INTO {table}", f"ON CONFLICT {conflict}", rows)

    def _put(self, group: Group, rows: Rows) -> None:
        """Add rows to a day: with the parts before them that are at most twice as large, in one.

        So a day has few parts, and a row is written again about log2(rows of the day) times.
        """
        run, where = self._writer.execute, "WHERE seller = ? AND sheet = ? AND day = ?"
        known = run(f"SELECT part, size FROM parts {where} ORDER BY part DESC", group).fetchall()
        left = len(known)
        for part, size in known:
            if size > 2 * len(rows.keys):
                break
            query = f"SELECT body FROM parts {where} AND part = ?"
            (body,) = run(query, (*group, part)).fetchone()
            rows = merged(joined(unpack([(group[2], body)]), rows))
            left -= 1
        run(
            "INSERT INTO parts VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET "
            "size = excluded.size, body = excluded.body",
            (*group, left, len(rows.keys), pack(rows)),
        )
        if left + 1 < len(known):
            run(f"DELETE FROM parts {where} AND part > ?", (*group, left))

    def _forget(self, gone: Erased) -> None:
        """Let a visitor's acts count for nobody, and her shares lead back to nobody."""
        run = self._writer.execute
        query = "SELECT seller FROM people WHERE visitor = ?"
        known = [row[0] for row in run(query, (gone.visitor,))]
        for seller in known if gone.seller is None else {gone.seller}.intersection(known):
            where = (seller, VISITS)
            parts = run(
                "SELECT day, part, body FROM parts WHERE seller = ? AND sheet = ?", where
            ).fetchall()
            for day, part, body in parts:
                rows = unpack([(day, body)])
                hers, shared = rows.keys == gone.visitor, gone.name in rows.sharers
                if not hers.any() and not shared:
                    continue
                kept = merged(without(rows, hers, gone.name))
                run(
                    "UPDATE parts SET size = ?, body = ? "
                    "WHERE seller = ? AND sheet = ? AND day = ? AND part = ?",
                    (len(kept.keys), pack(kept), *where, day, part),
                )
            run("DELETE FROM people WHERE seller = ? AND visitor = ?", (seller, gone.visitor))
            run("DELETE FROM sightings WHERE seller = ? AND visitor = ?", (seller, gone.visitor))

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
        connection.execute("PRAGMA busy_timeout = 10000")
        connection.execute("PRAGMA secure_delete = ON")
        if self._path:
            with suppress(sqlite3.OperationalError):  # another process is turning it on
                connection.execute("PRAGMA journal_mode = WAL")
            connection.execute("PRAGMA synchronous = NORMAL")  # what is lost is rolled up again
            connection.execute("PRAGMA cache_size = -32000")
        else:
            connection.execute("PRAGMA read_uncommitted = ON")  # else readers wait for the writer
        return connection

    def _sheet(self, seller: int, sheet: int, since: int, until: int) -> Rows:
        """Return the rows of a range of quarters, some keys more than once."""
        days = (since // DAY_SLOTS, -(-until // DAY_SLOTS))
        rows = unpack(
            self._rows(
                "SELECT day, body FROM parts "
                "WHERE seller = ? AND sheet = ? AND day >= ? AND day < ?",
                (seller, sheet, *days),
            )
        )
        return rows.kept((rows.slots >= since) & (rows.slots < until))

    def _rows(self, query: str, values: tuple[object, ...]) -> list[tuple[Any, ...]]:
        with translated(self._name), self._readers.lend() as connection:
            return connection.execute(query, values).fetchall()


def _by_day(rollup: Rollup) -> Iterator[tuple[Group, Rows]]:
    """Yield a rollup's rows by seller, sheet and UTC day, sorted."""
    visits = sorted(rollup.visits.items())
    yield from _split(
        VISITS,
        _keys([key for key, _ in visits]),
        [one.sums for _, one in visits],
        labels=[one.channel for _, one in visits],
        arms=np.array([one.arms for _, one in visits], np.int64),
        opened=np.array([one.opened_at for _, one in visits], np.int64),
        sharers=[one.sharer for _, one in visits],
    )
    products = sorted(rollup.products.items())
    yield from _split(PRODUCTS, _keys([key for key, _ in products]), [row for _, row in products])
    placements = sorted(rollup.placements.items())
    names = [name for (_, _, name), _ in placements]
    keys = [(*key[:2], signed(key64("placement", key[2]))) for key, _ in placements]
    yield from _split(PLACEMENTS, _keys(keys), [row for _, row in placements], labels=names)


def _keys(keys: Sequence[tuple[int, int, int]]) -> Longs:
    """Return (seller, quarter, key) as int64[n, 3]."""
    return np.array(keys, dtype=np.int64).reshape(len(keys), 3)


def _split(
    sheet: int, keys: Longs, sums: Sequence[Sequence[float]], **columns: Any
) -> Iterator[tuple[Group, Rows]]:
    """Cut rows that are sorted by seller and quarter where another seller or day begins."""
    if not len(keys):
        return
    days = keys[:, 1] // DAY_SLOTS
    cuts = ((np.diff(keys[:, 0]) != 0) | (np.diff(days) != 0)).nonzero()[0] + 1
    table = np.array(sums, dtype=np.float64)
    for start, end in pairwise([0, *cuts.tolist(), len(keys)]):
        group = (int(keys[start, 0]), sheet, int(days[start]))
        own = {name: column[start:end] for name, column in columns.items()}
        yield group, Rows(keys[start:end, 2], keys[start:end, 1], table[start:end], **own)
