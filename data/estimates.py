"""Values with their 95 % intervals, and what follows from sums alone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import isfinite

import numpy as np
from numpy.typing import NDArray

from data import intervals
from data.counters import PLACE
from data.metric_kinds import Amount, Share, Total

Floats = NDArray[np.float64]


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


def plain(query: object, sums: Floats) -> list[Estimate]:
    """Estimate what follows from sums alone, one row each."""
    if isinstance(query, Total):
        values = sums[:, PLACE[query.counter]]
        return estimates(values, *intervals.count(values))
    if isinstance(query, Amount):
        values, squares = sums[:, PLACE[query.counter]], sums[:, PLACE[query.counter + "_sq"]]
        low, high = intervals.amount(values, squares)
        return estimates(values / 100, low / 100, high / 100)
    if isinstance(query, Share):
        top, bottom = sums[:, PLACE[query.top]], sums[:, PLACE[query.bottom]]
        with np.errstate(invalid="ignore", divide="ignore"):
            values = top / bottom
        return estimates(values, *intervals.share(top, bottom))
    msg = f"{type(query).__name__} does not follow from sums"
    raise TypeError(msg)


def estimates(values: Floats, low: Floats, high: Floats) -> list[Estimate]:
    """Make an estimate of each row float64[n]; what is not finite cannot be said."""
    rows = zip(values.tolist(), low.tolist(), high.tolist(), strict=True)
    return [finite(*row) for row in rows]


def finite(value: float, low: float, high: float) -> Estimate:
    """Make one estimate; what is not finite cannot be said."""
    known = [one if isfinite(one) else None for one in (value, low, high)]
    return Estimate(known[0], known[1], known[2])


def pointed(keys: Sequence[str], values: Sequence[Estimate]) -> list[Point]:
    """Name the parts of a metric."""
    return [Point(key, value) for key, value in zip(keys, values, strict=True)]
