"""Ranges of local time: days and hours of a time zone as bounds between quarters of an hour."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import cached_property
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

from data.rollups import SLOT_MS

HOUR_MS = 3_600_000
Longs = NDArray[np.int64]


@dataclass(frozen=True)
class Period:
    """Hold local days [first, last]; `starts` int64[days + 1] are their bounds in quarters."""

    zone: ZoneInfo
    first: date
    last: date

    @property
    def days(self) -> int:
        """Return how many days it spans."""
        return (self.last - self.first).days + 1

    @cached_property
    def starts(self) -> Longs:
        """Return the quarter at which each day begins, and the one behind the last."""
        days = [self.first + timedelta(days=n) for n in range(self.days + 1)]
        return np.array([midnight(day, self.zone) // SLOT_MS for day in days], dtype=np.int64)

    @cached_property
    def bounds(self) -> tuple[int, int]:
        """Return the first quarter and the one behind the last."""
        starts = (self.first, self.last + timedelta(days=1))
        since, until = (midnight(day, self.zone) // SLOT_MS for day in starts)
        return since, until

    def before(self) -> Period:
        """Return the period of the same length that ends where this one begins."""
        return Period(self.zone, self.first - timedelta(days=self.days), self.first - _DAY)

    def labels(self) -> list[str]:
        """Return the days as ISO dates."""
        return [(self.first + timedelta(days=n)).isoformat() for n in range(self.days)]

    def day_of(self, slots: Longs) -> Longs:
        """Return which day of the period each quarter lies in; -1 before it."""
        return np.searchsorted(self.starts, slots, side="right").astype(np.int64) - 1

    def hours(self) -> tuple[Longs, list[str]]:
        """Return the quarter at which each hour begins, with a last bound, and their labels."""
        since, until = self.bounds
        step = HOUR_MS // SLOT_MS
        starts = np.arange(since, until + step, step, dtype=np.int64)
        starts[-1] = until
        moments = [datetime.fromtimestamp(int(s) * SLOT_MS / 1000, self.zone) for s in starts[:-1]]
        return starts, [moment.isoformat(timespec="minutes") for moment in moments]


_DAY = timedelta(days=1)


def midnight(day: date, zone: ZoneInfo) -> int:
    """Return the moment (epoch ms) at which a day begins in a zone."""
    return round(datetime.combine(day, time(), zone).timestamp() * 1000)


def day_at(at: int, zone: ZoneInfo) -> date:
    """Return the local date of a moment (epoch ms)."""
    return datetime.fromtimestamp(at / 1000, UTC).astimezone(zone).date()
