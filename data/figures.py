"""Metrics as numbers: sums of one seller and one period, taken apart, with how sure they are."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from math import ceil, isfinite
from typing import Final, TypeVar, cast

import numpy as np
from numpy.typing import NDArray

from data import intervals
from data.metrics import (
    Amount,
    By,
    Coverage,
    Lift,
    Mean,
    Metric,
    Reach,
    Segment,
    Share,
    Total,
)
from data.metrics import Visitors as DifferentVisitors
from data.periods import Period
from data.rollups import HOLDOUT, NEVER, PERSONAL, PLACE, SLOT_MS
from data.stores.packed import grouped
from data.stores.warehouse import Visits, Warehouse

Floats = NDArray[np.float64]
Longs = NDArray[np.int64]
T = TypeVar("T")
WEEK_HOURS: Final = 168
NOBODY: Final = "unknown"


@dataclass(frozen=True, slots=True)
class Estimate:
    """Hold a value with its 95 % interval; None where it cannot be said.

    `exact`: nothing was drawn at random, there is no interval to speak of.
    """

    value: float | None
    low: float | None
    high: float | None
    exact: bool = False


@dataclass(frozen=True, slots=True)
class Point:
    """Hold one part of a metric: a day, an hour, a placement, a product …"""

    key: str
    estimate: Estimate


@dataclass(frozen=True, slots=True)
class Enough:
    """Say whether a figure is sure, and how many more visits that takes, about.

    `precision` is half the interval's width as a part of the value (of one, for a lift).
    """

    enough: bool
    precision: float | None
    more_visits: int


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


@dataclass
class Figures:
    """Compute metrics of one seller (signed key) over one period; reads each table at most once.

    `shelf` are the signed keys of the products on the shelf now, with their ids.
    """

    warehouse: Warehouse
    seller: int
    period: Period
    shelf: dict[int, str]
    _kept: dict[str, object] = field(default_factory=dict)

    def total(self, metric: Metric, segment: Segment | None = None) -> Estimate:
        """Return a metric over the whole period."""
        query = metric.query
        if isinstance(query, DifferentVisitors):
            return _visitors(self.days, self.days.of(query.segment or segment), None, 1)[0]
        if isinstance(query, Mean | Reach):
            return _by_days(self.days, query, self.days.of(segment), None, 1)[0]
        if isinstance(query, Lift):
            return self._lift()
        if isinstance(query, Coverage):
            items, sums = self.products()
            return self._coverage(items[sums[:, PLACE["impressions"]] > 0])
        if segment is None:
            return _plain(query, self._visits.sums.sum(axis=0, keepdims=True))[0]
        kept = self.days.sums[self.days.of(segment)]
        return _plain(query, kept.sum(axis=0, keepdims=True))[0]

    def points(self, metric: Metric, by: By, segment: Segment | None = None) -> list[Point]:
        """Return a metric taken apart; days and hours on which nothing happened are there too."""
        if by in (By.DAY, By.HOUR, By.HOUR_OF_WEEK):
            return self._over_time(metric, by, segment)
        if by is By.SEGMENT:
            return [Point(one.value, self.total(metric, one)) for one in self._segments(metric)]
        if by is By.REFERRER:
            return self._by_referrer(metric, segment)
        if by is By.PLACEMENT:
            keys, sums = self.warehouse.placements(self.seller, *self.period.bounds)
            return _pointed(keys, _plain(metric.query, sums))
        products, sums = self.products()
        names = [self.shelf.get(key, "") for key in products.tolist()]
        made = _plain(metric.query, sums)
        return [Point(name, one) for name, one in zip(names, made, strict=True) if name]

    def enough(self, metric: Metric, estimate: Estimate) -> Enough:
        """Say whether a metric's total is sure, and about how many more visits that takes."""
        if estimate.exact:
            return Enough(estimate.value is not None, 0.0, 0)
        visits = len(self.days.day)
        precision = _precision(metric, estimate)
        if precision is None:
            return Enough(False, None, max(metric.usual - visits, 1))
        if precision <= metric.near:
            return Enough(True, precision, 0)
        wanted = max(visits, 1) * ((precision / metric.near) ** 2 - 1)
        return Enough(False, precision, max(1, ceil(min(wanted, 1e6))))

    @property
    def days(self) -> Days:
        """Return the visitors' days of the period."""
        return self._once("days", self._days)

    @property
    def _visits(self) -> Visits:
        read = self.warehouse.visits
        return self._once("visits", lambda: read(self.seller, *self.period.bounds))

    @property
    def _touches(self) -> tuple[Longs, Longs, Floats]:
        read = self.warehouse.products
        return self._once("touches", lambda: read(self.seller, *self.period.bounds))

    def products(self) -> tuple[Longs, Floats]:
        """Return the signed keys of the products that anything happened with, and their sums."""
        return self._once("products", self._products)

    def _products(self) -> tuple[Longs, Floats]:
        items, place = np.unique(self._touches[0], return_inverse=True)
        return items, grouped(self._touches[2], place, len(items))

    def _once(self, name: str, read: Callable[[], T]) -> T:
        if name not in self._kept:
            self._kept[name] = read()
        return cast("T", self._kept[name])

    def _days(self) -> Days:
        return visitors_days(self._visits, self.period)

    def _segments(self, metric: Metric) -> list[Segment]:
        known = [Segment.NEW, Segment.RETURNING]
        by_visitor = isinstance(metric.query, DifferentVisitors | Reach)
        return known if by_visitor else [*known, Segment.UNKNOWN]

    def _over_time(self, metric: Metric, by: By, segment: Segment | None) -> list[Point]:
        query = metric.query
        if by is By.DAY:
            return self._by_day(metric, segment, self.period.labels())
        starts, labels = self.period.hours()
        hour = np.searchsorted(starts, self._visits.slot, side="right") - 1
        hours = grouped(self._visits.sums, hour, len(labels))
        if by is By.HOUR:
            return _pointed(labels, _plain(query, hours))
        return _pointed(_WEEK, _plain(query, grouped(hours, _week_hour(labels), WEEK_HOURS)))

    def _by_day(self, metric: Metric, segment: Segment | None, labels: list[str]) -> list[Point]:
        query, n = metric.query, len(labels)
        if isinstance(query, Coverage):
            return self._coverage_by_day(labels)
        if isinstance(query, DifferentVisitors):
            mask = self.days.of(query.segment or segment)
            return _pointed(labels, _visitors(self.days, mask, self.days.day, n))
        if isinstance(query, Mean | Reach):
            mask = self.days.of(segment)
            return _pointed(labels, _by_days(self.days, query, mask, self.days.day, n))
        if segment is not None:
            mask = self.days.of(segment)
            sums = grouped(self.days.sums[mask], self.days.day[mask], n)
        else:
            sums = grouped(self._visits.sums, self.period.day_of(self._visits.slot), n)
        return _pointed(labels, _plain(query, sums))

    def _by_referrer(self, metric: Metric, segment: Segment | None) -> list[Point]:
        days, query = self.days, metric.query
        own = query.segment if isinstance(query, DifferentVisitors) else None
        mask = days.of(own or segment)
        names = sorted(set(days.referrer))
        places = {name: place for place, name in enumerate(names)}
        group = np.array([places[name] for name in days.referrer], dtype=np.int64)
        if isinstance(query, DifferentVisitors):
            return _pointed(names, _visitors(days, mask, group, len(names)))
        if isinstance(query, Mean | Reach):
            return _pointed(names, _by_days(days, query, mask, group, len(names)))
        return _pointed(names, _plain(query, grouped(days.sums[mask], group[mask], len(names))))

    def _lift(self) -> Estimate:
        days = self.days
        known = days.visitor >= 0
        n = int(days.visitor.max(initial=-1)) + 1
        arms, clicked = np.zeros(n, np.int64), np.zeros(n)
        np.bitwise_or.at(arms, days.visitor[known], days.arms[known])
        np.add.at(clicked, days.visitor[known], days.sums[known, PLACE["clicks"]])
        hits = clicked > 0
        personal, held = arms == PERSONAL, arms == HOLDOUT
        a, b = int((hits & personal).sum()), int((hits & held).sum())
        return _finite(*intervals.ratio(a, int(personal.sum()), b, int(held.sum())))

    def _coverage(self, seen: Longs) -> Estimate:
        if not self.shelf:
            return Estimate(None, None, None, exact=True)
        value = sum(item in self.shelf for item in set(seen.tolist())) / len(self.shelf)
        return Estimate(value, value, value, exact=True)

    def _coverage_by_day(self, labels: list[str]) -> list[Point]:
        items, slots, sums = self._touches
        seen = sums[:, PLACE["impressions"]] > 0
        order = np.argsort(slots[seen], kind="stable")
        items = items[seen][order]
        cuts = np.searchsorted(slots[seen][order], self.period.starts)
        parts = np.split(items, cuts)[1:-1]
        return _pointed(labels, [self._coverage(part) for part in parts])


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


def _plain(query: object, sums: Floats) -> list[Estimate]:
    """Estimate what follows from sums alone, one row each."""
    if isinstance(query, Total):
        values = sums[:, PLACE[query.counter]]
        return _estimates(values, *intervals.count(values))
    if isinstance(query, Amount):
        values, squares = sums[:, PLACE[query.counter]], sums[:, PLACE[query.counter + "_sq"]]
        low, high = intervals.amount(values, squares)
        return _estimates(values / 100, low / 100, high / 100)
    if isinstance(query, Share):
        top, bottom = sums[:, PLACE[query.top]], sums[:, PLACE[query.bottom]]
        with np.errstate(invalid="ignore", divide="ignore"):
            values = top / bottom
        return _estimates(values, *intervals.share(top, bottom))
    msg = f"{type(query).__name__} does not follow from sums"
    raise TypeError(msg)


def _visitors(days: Days, mask: NDArray[np.bool_], group: Longs | None, n: int) -> list[Estimate]:
    """Count different visitors in each group."""
    kept = mask & (days.visitor >= 0)
    places = np.zeros(len(days.day), np.int64) if group is None else group
    width = int(days.visitor.max(initial=0)) + 1
    pairs = np.unique(places[kept] * width + days.visitor[kept])
    counts = np.bincount(pairs // width, minlength=n).astype(np.float64)
    return _estimates(counts, *intervals.count(counts))


def _by_days(
    days: Days, query: Mean | Reach, mask: NDArray[np.bool_], group: Longs | None, n: int
) -> list[Estimate]:
    """Average a counter over visitors' days, or count those days, in each group."""
    values = days.sums[:, PLACE[query.counter]] / 1000
    kept = mask & (values > 0) & (days.visitor >= 0)
    places = np.zeros(len(days.day), np.int64) if group is None else group
    number = np.bincount(places[kept], minlength=n).astype(np.float64)
    if isinstance(query, Reach):
        return _estimates(number, *intervals.count(number))
    total = np.bincount(places[kept], values[kept], minlength=n)
    squares = np.bincount(places[kept], values[kept] ** 2, minlength=n)
    with np.errstate(invalid="ignore", divide="ignore"):
        means = total / number
    return _estimates(means, *intervals.mean(number, total, squares))


def _precision(metric: Metric, estimate: Estimate) -> float | None:
    if estimate.value is None or estimate.low is None or estimate.high is None:
        return None
    half = (estimate.high - estimate.low) / 2
    if isinstance(metric.query, Lift):
        return half
    return half / estimate.value if estimate.value > 0 else None


def _estimates(values: Floats, low: Floats, high: Floats) -> list[Estimate]:
    rows = zip(values.tolist(), low.tolist(), high.tolist(), strict=True)
    return [_finite(*row) for row in rows]


def _finite(value: float, low: float, high: float) -> Estimate:
    known = [one if isfinite(one) else None for one in (value, low, high)]
    return Estimate(known[0], known[1], known[2])


def _pointed(keys: Sequence[str], estimates: Sequence[Estimate]) -> list[Point]:
    return [Point(key, estimate) for key, estimate in zip(keys, estimates, strict=True)]


def _week_hour(labels: Sequence[str]) -> Longs:
    """Return the hour of the week, from Monday 0:00, of each hour's label."""
    moments = [datetime.fromisoformat(label) for label in labels]
    return np.array([24 * one.weekday() + one.hour for one in moments], dtype=np.int64)


_WEEK: Final = [f"{hour // 24 + 1}T{hour % 24:02d}" for hour in range(WEEK_HOURS)]
"""Weekday from 1 (Monday) and hour."""
