"""Item statistics: decayed counts per item and per listing, folded event by event.

Each row keeps its decayed columns relative to its own newest event time, so a late event adds what
it would have been worth by now, and the order of arrival does not matter (but for rounding).
"""

from __future__ import annotations

from math import expm1, log1p
from typing import Final

import numpy as np
from numpy.typing import NDArray

from data.kernels import kernel
from data.schemas import CODES, DAY_MS, Kind

Floats = NDArray[np.float64]
Longs = NDArray[np.int64]

ACTS_1D, ACTS_7D, ACTS_30D, ACTS_180D = 0, 1, 2, 3  # browsing acts by half-life
VIEWS, CLICKS, INTENTS, PURCHASES, DISLIKES, IMPRESSIONS = 4, 5, 6, 7, 8, 9  # half-life 30 days
TOTAL, DWELLS, LOG_DWELL = 10, 11, 12  # not decayed
COLUMNS: Final = 13
DECAYED: Final = 10

HALF_LIVES_DAYS: Final = np.array([1, 7, 30, 180, 30, 30, 30, 30, 30, 30], dtype=np.float64)
RATES: Final = np.log(2.0) / (HALF_LIVES_DAYS * DAY_MS)

_SPANS: Final = 4
_TARGETS: Final = np.full(len(Kind), -1, dtype=np.int64)
for _kind, _column in {
    Kind.VIEW: VIEWS,
    Kind.CLICK: CLICKS,
    Kind.FAVORITE: INTENTS,
    Kind.SHARE: INTENTS,
    Kind.CART: INTENTS,
    Kind.CONSULT: INTENTS,
    Kind.PURCHASE: PURCHASES,
    Kind.NOT_INTERESTED: DISLIKES,
    Kind.IMPRESSION: IMPRESSIONS,
}.items():
    _TARGETS[CODES[_kind]] = _column
_ACTS: Final = (_TARGETS >= VIEWS) & (_TARGETS <= PURCHASES)
"""Acts of interest: not a dwell report (its view counts already), an impression or a dislike."""

PRIOR_DWELLS: Final = 5.0
FIRST_GUESS_MS: Final = 15_000.0
"""Before any dwell is known, fifteen visible seconds count as usual."""


@kernel
def _decayed(
    values: Floats, times: Longs, rows: NDArray[np.int32], column: int, now: int, rate: float
) -> Floats:
    out = np.empty(len(rows))
    for i in range(len(rows)):
        out[i] = decayed_to(now, values, times, rows[i], column, rate)
    return out


@kernel
def decayed_to(now: int, values: Floats, times: Longs, row: int, column: int, rate: float) -> float:
    """Return a decayed column of one row as of a moment (epoch ms)."""
    return float(values[row, column] * np.exp(-rate * float(max(now - times[row, 2], 0))))


@kernel
def _fold(values: Floats, times: Longs, row: int, at: int, kind: int) -> None:
    """Add one event; `times` are first act, last act and the reference of the decay."""
    late, target = 0.0, _TARGETS[kind]
    if at >= times[row, 2]:
        gap = float(at - times[row, 2]) if times[row, 2] > 0 else 0.0
        if gap > 0.0:
            left = 1.0
            for column in range(DECAYED):
                if column == 0 or RATES[column] != RATES[column - 1]:
                    left = np.exp(-RATES[column] * gap)
                values[row, column] *= left
        times[row, 2] = at
    else:
        late = float(times[row, 2] - at)
    if target >= 0:
        values[row, target] += np.exp(-RATES[target] * late)
    if _ACTS[kind]:
        for column in range(_SPANS):
            values[row, column] += np.exp(-RATES[column] * late)
        values[row, TOTAL] += 1.0
        times[row, 0] = at if times[row, 0] == 0 else min(times[row, 0], at)
        times[row, 1] = max(times[row, 1], at)


@kernel
def _fold_both(
    values: Floats,
    times: Longs,
    row: int,
    other_values: Floats,
    other_times: Longs,
    other_row: int,
    at: int,
    kind: int,
) -> None:
    _fold(values, times, row, at, kind)
    _fold(other_values, other_times, other_row, at, kind)


class Statistics:
    """Keep one row of statistics for each key, growing as keys appear.

    `values` float64[capacity, COLUMNS]; `times` int64[capacity, 3]: first and last act, and the
    moment the decayed columns are relative to (epoch ms, 0: none yet).
    """

    def __init__(self) -> None:
        """Start empty."""
        self.rows: dict[int, int] = {}
        self.values: Floats = np.zeros((1024, COLUMNS))
        self.times: Longs = np.zeros((1024, 3), dtype=np.int64)
        self.dwells = 0.0
        self.log_dwell = 0.0

    def row(self, key: int) -> int:
        """Return the row of a key, making it on first sight."""
        row = self.rows.get(key)
        if row is None:
            row = len(self.rows)
            self.rows[key] = row
            if row == len(self.values):
                self.values = np.concatenate([self.values, np.zeros_like(self.values)])
                self.times = np.concatenate([self.times, np.zeros_like(self.times)])
        return row

    def fold(self, row: int, kind: int, at: int) -> None:
        """Count one event (kind code, epoch ms) of a row."""
        _fold(self.values, self.times, row, at, kind)

    def decayed(self, rows: NDArray[np.int32], column: int, now: int) -> Floats:
        """Return a decayed column of some rows as of a moment (epoch ms): float64[n]."""
        return _decayed(self.values, self.times, rows, column, now, RATES[column])

    def usual_dwell_ms(self, row: int) -> float:
        """Return what is usual for an item: its geometric mean dwell, shrunk to that of all."""
        everyone = (self.log_dwell + log1p(FIRST_GUESS_MS)) / (self.dwells + 1.0)
        dwells, log_dwell = self.values.item(row, DWELLS), self.values.item(row, LOG_DWELL)
        return expm1((log_dwell + PRIOR_DWELLS * everyone) / (dwells + PRIOR_DWELLS))

    def fold_dwell(self, row: int, before_ms: int, after_ms: int) -> None:
        """Count a visit's dwell; a visit that goes on replaces its earlier total."""
        gain = log1p(after_ms)
        if before_ms > 0:
            gain -= log1p(before_ms)
        else:
            self.values[row, DWELLS] += 1.0
            self.dwells += 1.0
        self.values[row, LOG_DWELL] += gain
        self.log_dwell += gain

    def to_arrays(self) -> dict[str, NDArray[np.generic]]:
        """Return everything as arrays, the inverse of `from_arrays`."""
        n = len(self.rows)
        return {
            "keys": np.fromiter(self.rows, dtype=np.uint64, count=n),
            "values": self.values[:n].copy(),
            "times": self.times[:n].copy(),
            "dwell": np.array([self.dwells, self.log_dwell]),
        }

    @classmethod
    def from_arrays(cls, arrays: dict[str, NDArray[np.generic]]) -> Statistics:
        """Rebuild from `to_arrays`, byte for byte."""
        self = cls()
        keys = arrays["keys"]
        self.rows = {int(key): row for row, key in enumerate(keys)}
        room = max(1024, 1 << len(keys).bit_length())
        self.values = np.zeros((room, COLUMNS))
        self.values[: len(keys)] = arrays["values"]
        self.times = np.zeros((room, 3), dtype=np.int64)
        self.times[: len(keys)] = arrays["times"]
        self.dwells, self.log_dwell = (float(x) for x in np.asarray(arrays["dwell"]))
        return self


def fold_both(
    one: Statistics, row: int, other: Statistics, other_row: int, kind: int, at: int
) -> None:
    """Count one event (kind code, epoch ms) of a row in each of two, in one compiled call."""
    _fold_both(one.values, one.times, row, other.values, other.times, other_row, at, kind)
