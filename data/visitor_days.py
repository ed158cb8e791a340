"""Visitors' days: a visitor's acts of one local day together, and what is counted by them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from data import intervals
from data.counters import PLACE
from data.estimates import Estimate, Floats, estimates
from data.metric_kinds import Mean, Reach, Segment
from data.periods import Period
from data.rollups import NEVER, SLOT_MS
from data.stores.packed import grouped
from data.stores.warehouse import Visits

Longs = NDArray[np.int64]
NOBODY: Final = "unknown"


@dataclass(frozen=True, slots=True)
class Days:
    """Hold visitors' days: a visitor's acts of one local day together."""

    visitor: Longs  # places in the list of visitors, -1 for nobody
    day: Longs
    new: NDArray[np.bool_]
    referrer: Sequence[str]
    arms: Longs
    sums: Floats

    def of(self, segment: Segment | None) -> NDArray[np.bool_]:
        """Mask the days of one segment; all without one."""
        if segment is None:
            return np.ones(len(self.day), dtype=np.bool_)
        if segment is Segment.UNKNOWN:
            return self.visitor < 0
        wanted = self.new if segment is Segment.NEW else ~self.new
        return (self.visitor >= 0) & wanted


def visitors_days(visits: Visits, period: Period) -> Days:
    """Put visitors' quarters together to local days; those of nobody to one row a day."""
    day = period.day_of(visits.slot)
    width = period.days + 1
    people, place = np.unique(visits.visitor, return_inverse=True)
    _, first, group = np.unique(place * width + day, return_index=True, return_inverse=True)
    n = len(first)
    sums = grouped(visits.sums, group, n)
    arms = np.zeros(n, dtype=np.int64)
    np.bitwise_or.at(arms, group, visits.arms)
    nobody = people[place[first]] == 0
    first_day = period.day_of(visits.first_at[first] // SLOT_MS)
    active = sums[:, PLACE["acts"]] > 0
    return Days(
        visitor=np.where(nobody | ~active, -1, place[first]),
        day=day[first],
        new=first_day == day[first],
        referrer=_referrers(visits, group, nobody, n),
        arms=arms,
        sums=sums,
    )


def _referrers(visits: Visits, group: Longs, nobody: NDArray[np.bool_], n: int) -> list[str]:
    """Return for each visitor's day the channel of its first opening; of two at once the lesser."""
    names = sorted({*visits.channel, ""})
    codes = {name: code for code, name in enumerate(names)}
    channel = np.array([codes[name] for name in visits.channel], dtype=np.int64)
    order = np.lexsort((channel, visits.opened_at))[::-1]
    order = order[visits.opened_at[order] < NEVER]
    found = np.full(n, -1, dtype=np.int64)
    found[group[order]] = channel[order]  # the last one written is the first opening
    told = [*names, NOBODY]
    return [told[code] for code in np.where(nobody, -1, found).tolist()]


def visitors(days: Days, mask: NDArray[np.bool_], group: Longs | None, n: int) -> list[Estimate]:
    """Count different visitors in each group."""
    kept = mask & (days.visitor >= 0)
    places = np.zeros(len(days.day), np.int64) if group is None else group
    width = int(days.visitor.max(initial=0)) + 1
    pairs = np.unique(places[kept] * width + days.visitor[kept])
    counts = np.bincount(pairs // width, minlength=n).astype(np.float64)
    return estimates(counts, *intervals.count(counts))


def by_days(
    days: Days, query: Mean | Reach, mask: NDArray[np.bool_], group: Longs | None, n: int
) -> list[Estimate]:
    """Average a counter over visitors' days, or count those days, in each group."""
    values = days.sums[:, PLACE[query.counter]] / 1000
    kept = mask & (values > 0) & (days.visitor >= 0)
    places = np.zeros(len(days.day), np.int64) if group is None else group
    number = np.bincount(places[kept], minlength=n).astype(np.float64)
    if isinstance(query, Reach):
        return estimates(number, *intervals.count(number))
    total = np.bincount(places[kept], values[kept], minlength=n)
    squares = np.bincount(places[kept], values[kept] ** 2, minlength=n)
    with np.errstate(invalid="ignore", divide="ignore"):
        means = total / number
    return estimates(means, *intervals.mean(number, total, squares))
