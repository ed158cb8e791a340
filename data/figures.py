"""Metrics as numbers: sums of one seller and one period, taken apart, with how sure they are."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from math import ceil
from typing import Final, TypeVar, cast

import numpy as np

from data import intervals
from data.counters import PLACE
from data.estimates import Estimate, Floats, Point, finite, plain, pointed
from data.metric_kinds import By, Coverage, Lift, Mean, Metric, Reach, Segment
from data.metric_kinds import Visitors as DifferentVisitors
from data.periods import Period
from data.rollups import HOLDOUT, PERSONAL
from data.stores.packed import grouped
from data.stores.warehouse import Visits, Warehouse
from data.visitor_days import Days, Longs, by_days, visitors, visitors_days

T = TypeVar("T")
WEEK_HOURS: Final = 168


@dataclass(frozen=True, slots=True)
class Enough:
    """Say whether a figure is sure, and how many more visits that takes, about.

    `precision` is half the interval's width as a part of the value (of one, for a lift).
    """

    enough: bool
    precision: float | None
    more_visits: int


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
            return visitors(self.days, self.days.of(query.segment or segment), None, 1)[0]
        if isinstance(query, Mean | Reach):
            return by_days(self.days, query, self.days.of(segment), None, 1)[0]
        if isinstance(query, Lift):
            return self._lift()
        if isinstance(query, Coverage):
            items, sums = self.products()
            return self._coverage(items[sums[:, PLACE["impressions"]] > 0])
        if segment is None:
            return plain(query, self._visits.sums.sum(axis=0, keepdims=True))[0]
        kept = self.days.sums[self.days.of(segment)]
        return plain(query, kept.sum(axis=0, keepdims=True))[0]

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
            return pointed(keys, plain(metric.query, sums))
        products, sums = self.products()
        names = [self.shelf.get(key, "") for key in products.tolist()]
        made = plain(metric.query, sums)
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
            return pointed(labels, plain(query, hours))
        return pointed(_WEEK, plain(query, grouped(hours, _week_hour(labels), WEEK_HOURS)))

    def _by_day(self, metric: Metric, segment: Segment | None, labels: list[str]) -> list[Point]:
        query, n = metric.query, len(labels)
        if isinstance(query, Coverage):
            return self._coverage_by_day(labels)
        if isinstance(query, DifferentVisitors):
            mask = self.days.of(query.segment or segment)
            return pointed(labels, visitors(self.days, mask, self.days.day, n))
        if isinstance(query, Mean | Reach):
            mask = self.days.of(segment)
            return pointed(labels, by_days(self.days, query, mask, self.days.day, n))
        if segment is not None:
            mask = self.days.of(segment)
            sums = grouped(self.days.sums[mask], self.days.day[mask], n)
        else:
            sums = grouped(self._visits.sums, self.period.day_of(self._visits.slot), n)
        return pointed(labels, plain(query, sums))

    def _by_referrer(self, metric: Metric, segment: Segment | None) -> list[Point]:
        days, query = self.days, metric.query
        own = query.segment if isinstance(query, DifferentVisitors) else None
        mask = days.of(own or segment)
        names = sorted(set(days.referrer))
        places = {name: place for place, name in enumerate(names)}
        group = np.array([places[name] for name in days.referrer], dtype=np.int64)
        if isinstance(query, DifferentVisitors):
            return pointed(names, visitors(days, mask, group, len(names)))
        if isinstance(query, Mean | Reach):
            return pointed(names, by_days(days, query, mask, group, len(names)))
        return pointed(names, plain(query, grouped(days.sums[mask], group[mask], len(names))))

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
        return finite(*intervals.ratio(a, int(personal.sum()), b, int(held.sum())))

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
        return pointed(labels, [self._coverage(part) for part in parts])


def _precision(metric: Metric, estimate: Estimate) -> float | None:
    if estimate.value is None or estimate.low is None or estimate.high is None:
        return None
    half = (estimate.high - estimate.low) / 2
    if isinstance(metric.query, Lift):
        return half
    return half / estimate.value if estimate.value > 0 else None


def _week_hour(labels: Sequence[str]) -> Longs:
    """Return the hour of the week, from Monday 0:00, of each hour's label."""
    moments = [datetime.fromisoformat(label) for label in labels]
    return np.array([24 * one.weekday() + one.hour for one in moments], dtype=np.int64)


_WEEK: Final = [f"{hour // 24 + 1}T{hour % 24:02d}" for hour in range(WEEK_HOURS)]
"""Weekday from 1 (Monday) and hour."""
