"""Rows of sums as bytes: a seller's day in columns, most of whose counters are zero.

A `Part` holds rows of one seller and one UTC day; a reader joins the columns of many parts without
looking at a single row in Python. Rows may say the same key twice: their sums then add up.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

import msgspec
import numpy as np
from numpy.typing import NDArray

from data.counters import COUNTERS
from data.rollups import NEVER, SLOT_MS
from data.schemas import DAY_MS

Floats = NDArray[np.float64]
Longs = NDArray[np.int64]
DAY_SLOTS: Final = DAY_MS // SLOT_MS


class Part(msgspec.Struct, frozen=True, array_like=True):
    """Hold rows as columns: of each its key and quarter of the day, of each sum not zero a cell."""

    keys: bytes  # int64
    slots: bytes  # uint8
    rows: bytes  # uint32, of the cells
    counters: bytes  # uint8
    values: bytes  # float64
    labels: list[str] = []  # a row's name: a placement, or the channel of a visit's opening
    arms: bytes = b""  # uint8, of visits alone, as are the next two
    opened: bytes = b""  # int64
    sharers: list[str] = []


@dataclass(frozen=True)
class Rows:
    """Hold unpacked rows; `sums` float64[n, counters], and from `arms` on what only visits have."""

    keys: Longs
    slots: Longs
    sums: Floats
    labels: list[str] = field(default_factory=list)
    arms: Longs = field(default_factory=lambda: np.empty(0, np.int64))
    opened: Longs = field(default_factory=lambda: np.empty(0, np.int64))
    sharers: list[str] = field(default_factory=list)

    def kept(self, mask: NDArray[np.bool_]) -> Rows:
        """Return the rows under a mask."""
        if mask.all():
            return self
        places = mask.nonzero()[0]
        named = places.tolist()
        return Rows(
            self.keys[places],
            self.slots[places],
            self.sums[places],
            [self.labels[n] for n in named] if self.labels else [],
            self.arms[places] if len(self.arms) else self.arms,
            self.opened[places] if len(self.opened) else self.opened,
            [self.sharers[n] for n in named] if self.sharers else [],
        )


def pack(rows: Rows) -> bytes:
    """Encode rows of one day."""
    places, counters = rows.sums.nonzero()
    part = Part(
        rows.keys.astype("<i8").tobytes(),
        (rows.slots % DAY_SLOTS).astype("u1").tobytes(),
        places.astype("<u4").tobytes(),
        counters.astype("u1").tobytes(),
        rows.sums[places, counters].astype("<f8").tobytes(),
        rows.labels,
        rows.arms.astype("u1").tobytes(),
        rows.opened.astype("<i8").tobytes(),
        rows.sharers,
    )
    return msgspec.msgpack.encode(part)


def unpack(bodies: Sequence[tuple[int, bytes]]) -> Rows:
    """Decode (UTC day, part) pairs to rows, one part after the other."""
    parts = [_decode(body) for _, body in bodies]
    counts = np.array([len(part.slots) for part in parts], np.int64)
    cells = [len(part.counters) for part in parts]
    days = np.array([day for day, _ in bodies], np.int64)
    sums = np.zeros((int(counts.sum()), len(COUNTERS)))
    first = np.concatenate([[0], np.cumsum(counts)[:-1]]) if parts else counts
    rows = np.frombuffer(b"".join(part.rows for part in parts), "<u4") + np.repeat(first, cells)
    counters = np.frombuffer(b"".join(part.counters for part in parts), "u1")
    sums[rows, counters] = np.frombuffer(b"".join(part.values for part in parts), "<f8")
    slots = np.frombuffer(b"".join(part.slots for part in parts), "u1").astype(np.int64)
    return Rows(
        np.frombuffer(b"".join(part.keys for part in parts), "<i8").astype(np.int64),
        slots + np.repeat(days * DAY_SLOTS, counts),
        sums,
        [label for part in parts for label in part.labels],
        np.frombuffer(b"".join(part.arms for part in parts), "u1").astype(np.int64),
        np.frombuffer(b"".join(part.opened for part in parts), "<i8").astype(np.int64),
        [sharer for part in parts for sharer in part.sharers],
    )


_decode: Final = msgspec.msgpack.Decoder(Part).decode


def merged(rows: Rows) -> Rows:
    """Add up rows of the same key and quarter; of openings the earliest counts."""
    order = np.lexsort((rows.slots, rows.keys))
    keys, slots = rows.keys[order], rows.slots[order]
    fresh = np.ones(len(order), np.bool_)
    fresh[1:] = (keys[1:] != keys[:-1]) | (slots[1:] != slots[:-1])
    if fresh.all():
        return rows
    starts = fresh.nonzero()[0]
    sums = np.add.reduceat(rows.sums[order], starts, axis=0)
    if not len(rows.opened):
        labels = [rows.labels[n] for n in order[starts].tolist()] if rows.labels else []
        return Rows(keys[starts], slots[starts], sums, labels)
    best = first_openings(rows, np.cumsum(fresh) - 1, order, len(starts))
    return Rows(
        keys[starts],
        slots[starts],
        sums,
        [rows.labels[n] for n in best],
        np.bitwise_or.reduceat(rows.arms[order], starts),
        rows.opened[best],
        [rows.sharers[n] for n in best],
    )


def joined(*rows: Rows) -> Rows:
    """Put rows one after the other."""
    return Rows(
        np.concatenate([one.keys for one in rows]),
        np.concatenate([one.slots for one in rows]),
        np.concatenate([one.sums for one in rows]),
        [label for one in rows for label in one.labels],
        np.concatenate([one.arms for one in rows]),
        np.concatenate([one.opened for one in rows]),
        [sharer for one in rows for sharer in one.sharers],
    )


def without(rows: Rows, hers: NDArray[np.bool_], name: str) -> Rows:
    """Give a visitor's rows to nobody, and nobody's name to the openings of her shares."""
    return Rows(
        np.where(hers, 0, rows.keys),
        rows.slots,
        rows.sums,
        ["" if gone else label for label, gone in zip(rows.labels, hers, strict=True)],
        np.where(hers, 0, rows.arms),
        np.where(hers, NEVER, rows.opened),
        [
            "" if gone or sharer == name else sharer
            for sharer, gone in zip(rows.sharers, hers, strict=True)
        ],
    )


def grouped(sums: Floats, group: Longs, n: int) -> Floats:
    """Add up rows by group; groups outside [0, n) are left out."""
    inside = (group >= 0) & (group < n)
    if not inside.all():
        sums, group = sums[inside], group[inside]
    width = sums.shape[1]
    cells = (group[:, None] * width + np.arange(width)).ravel()
    added = np.bincount(cells, sums.ravel(), minlength=n * width)
    return np.asarray(added, np.float64).reshape(n, width)


def first_openings(rows: Rows, group: Longs, order: Longs, n: int) -> list[int]:
    """Return for each group the row of its earliest opening; ties go to the lesser channel.

    `group` says in which group each row of `order` is. Only ties are looked at one by one.
    """
    opened = rows.opened[order]
    by_time = np.lexsort((opened, group))
    starts = np.searchsorted(group[by_time], np.arange(n))
    first = order[by_time[starts]]
    tied = np.zeros(n, np.bool_)
    same = (group[by_time[1:]] == group[by_time[:-1]]) & (
        opened[by_time[1:]] == opened[by_time[:-1]]
    )
    at_start = same[np.minimum(starts, max(len(same) - 1, 0))] if len(same) else tied
    tied = at_start & (rows.opened[first] < NEVER)
    best: list[int] = first.tolist()
    for place in tied.nonzero()[0].tolist():
        rivals = order[(group == place) & (opened == rows.opened[best[place]])].tolist()
        best[place] = min(rivals, key=lambda row: (rows.labels[row], rows.sharers[row]))
    return best
