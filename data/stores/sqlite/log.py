"""The event log as one table in `seq` order."""

from __future__ import annotations

from math import inf
from typing import TYPE_CHECKING, Final

import msgspec

from data.errors import Invalid, StoreUnavailable
from data.schemas import CODES, Event, Logged
from data.stores.ports import NO_SEQ
from data.stores.sqlite.rows import insert
from data.stores.storable import refuse_unstorable

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from sqlite3 import Connection
    from typing import Any

    from data.stores.sqlite.connections import Database

KINDS: Final = {code: kind for kind, code in CODES.items()}

COLUMNS: Final = (
    "event_id, kind, at, seller_id, visitor, session_id, item_id, duration_ms, value, quantity, "
    "price, recommendation_id, answer_id, position, share_id, from_visitor, channel, payload"
)
NAMES: Final = COLUMNS.split(", ")
ALWAYS: Final = 5
"""The first columns, which every event has."""
SELECT: Final = f"SELECT seq, {COLUMNS} FROM log"  # noqa: S608  our own names
PLACES: Final = ", ".join("?" * len(NAMES))
REWRITE: Final = f"UPDATE log SET ({COLUMNS}) = ({PLACES}) WHERE seq = ?"  # noqa: S608  as above
UNLESS_THERE: Final = "ON CONFLICT (event_id, seller_id) DO NOTHING"


class SqliteLog:
    """Append in one transaction per call; read pages by seq."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def append(self, events: Sequence[Event]) -> list[int | None]:
        """Append what is new and commit; see `EventLog.append`."""
        if not events:
            return []
        try:
            rows = [_row(event) for event in events]
            with self._database.write() as connection:
                return _append(connection, events, rows)
        except Invalid:
            refuse_unstorable(events)  # the same, said field by field
            raise

    def read(self, after: int = 0, limit: int = 10_000) -> list[Logged]:
        """Return one page."""
        with self._database.read() as connection:
            rows = connection.execute(
                f"{SELECT} WHERE seq > ? ORDER BY seq LIMIT ?", (after, max(limit, 0))
            ).fetchall()
        return self._logged(rows)

    def last_seq(self) -> int:
        """Return the newest seq."""
        with self._database.read() as connection:
            (seq,) = connection.execute("SELECT coalesce(max(seq), 0) FROM log").fetchone()
        return int(seq)

    def find(self, seller_id: str, event_id: str) -> Logged | None:
        """Return the entry of this id at this seller."""
        with self._database.read() as connection:
            rows = connection.execute(
                f"{SELECT} WHERE event_id = ? AND seller_id = ?", (event_id, seller_id)
            ).fetchall()
        found = self._logged(rows)
        return found[0] if found else None

    def mentions(
        self, words: Sequence[str], seller_id: str = "", after: int = 0, before: int = NO_SEQ
    ) -> list[Logged]:
        """Look through the table; see `Erasure.mentions`."""
        named = "visitor = ? OR from_visitor = ? OR instr(payload, ?)"
        where = " OR ".join([named] * len(words))
        values = [value for word in words for value in (word, word, word.encode())]
        with self._database.read() as connection:
            rows = connection.execute(
                f"{SELECT} WHERE seq > ? AND seq < ? AND (? = '' OR seller_id = ?) AND ({where}) "
                "ORDER BY seq",
                (after, before, seller_id, seller_id, *values),
            ).fetchall()
        return self._logged(rows)

    def rewrite(
        self, seqs: Sequence[int], change: Callable[[list[Logged]], Sequence[Logged]]
    ) -> None:
        """Overwrite rows; see `Erasure.rewrite`."""
        with self._database.write() as connection:
            found = [
                row
                for seq in sorted(set(seqs))
                for row in connection.execute(f"{SELECT} WHERE seq = ?", (seq,))
            ]
            rows = [(*_row(one.event), one.seq) for one in change(self._logged(found))]
            connection.executemany(REWRITE, rows)

    def sweep(self) -> None:
        """Empty the write-ahead log; see `Erasure.sweep`."""
        self._database.fold_in()

    def _logged(self, rows: Iterable[tuple[Any, ...]]) -> list[Logged]:
        try:
            return [Logged(row[0], _event(row)) for row in rows]
        except KeyError as error:
            raise StoreUnavailable(
                f"{self._database.path} has events of kind {error}, written by a newer version"
            ) from error


def _append(
    connection: Connection, events: Sequence[Event], rows: Sequence[tuple[object, ...]]
) -> list[int | None]:
    names, told = _told(rows)
    inserted, last = insert(connection, f"INSERT INTO log ({names})", UNLESS_THERE, told)
    if not inserted:
        return [None] * len(rows)
    # SQLite numbers new rows from the largest seq on, one by one, also past skipped ones.
    before = last - inserted
    if inserted == len(rows):
        return list(range(before + 1, last + 1))
    fresh = connection.execute("SELECT event_id, seller_id, seq FROM log WHERE seq > ?", (before,))
    seqs: dict[tuple[str, str], int] = {(event, seller): seq for event, seller, seq in fresh}
    return [seqs.pop((event.event_id, event.seller_id), None) for event in events]


def _told(rows: Sequence[tuple[object, ...]]) -> tuple[str, Sequence[tuple[object, ...]]]:
    """Leave out the columns of which no row tells: to bind a None takes longer than a text."""
    columns = list(zip(*rows, strict=True))
    told = [
        place
        for place, column in enumerate(columns)
        if place < ALWAYS or column[0] is not None or column.count(None) < len(column)
    ]
    if len(told) == len(columns):
        return COLUMNS, rows
    names = ", ".join([NAMES[place] for place in told])
    return names, list(zip(*[columns[place] for place in told], strict=True))


def _row(event: Event) -> tuple[object, ...]:
    # SQLite would keep a NaN as NULL without a word; all else it refuses by itself.
    value, price = event.value, event.price
    if not (value is None or -inf < value < inf) or not (price is None or -inf < price < inf):
        raise Invalid("a number is not finite")
    return (
        event.event_id,
        CODES[event.kind],
        event.at,
        event.seller_id,
        event.visitor,
        event.session_id,
        event.item_id,
        event.duration_ms,
        value,
        event.quantity,
        price,
        event.recommendation_id,
        event.answer_id,
        event.position,
        event.share_id,
        event.from_visitor,
        event.channel,
        None if event.payload is None else bytes(event.payload),
    )


def _event(row: tuple[Any, ...]) -> Event:
    return Event(
        event_id=row[1],
        kind=KINDS[row[2]],
        at=row[3],
        seller_id=row[4],
        visitor=row[5],
        session_id=row[6],
        item_id=row[7],
        duration_ms=row[8],
        value=row[9],
        quantity=row[10],
        price=row[11],
        recommendation_id=row[12],
        answer_id=row[13],
        position=row[14],
        share_id=row[15],
        from_visitor=row[16],
        channel=row[17],
        payload=None if row[18] is None else msgspec.Raw(row[18]),
    )
