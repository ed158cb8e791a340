"""What a metric is made of: its unit, what it is computed from and what it is taken apart by."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Unit(StrEnum):
    """Say how a value is written."""

    COUNT = "count"
    SHARE = "share"  # 0 to 1
    SECONDS = "seconds"
    YUAN = "yuan"
    LIFT = "lift"  # 0.1: ten per cent more


class By(StrEnum):
    """Name what a metric can be taken apart by."""

    DAY = "day"
    HOUR = "hour"
    HOUR_OF_WEEK = "hour_of_week"
    PLACEMENT = "placement"
    SEGMENT = "segment"
    PRODUCT = "product"
    REFERRER = "referrer"


class Segment(StrEnum):
    """Name the kinds of visitors: by whether she had been here before the day of her visit."""

    NEW = "new"
    RETURNING = "returning"
    UNKNOWN = "unknown"  # who asked not to be followed


@dataclass(frozen=True)
class Total:
    """Count events: the sum of one counter."""

    counter: str


@dataclass(frozen=True)
class Share:
    """Divide one counter by another."""

    top: str
    bottom: str


@dataclass(frozen=True)
class Amount:
    """Sum amounts of money, in hundredths; `counter` + `_sq` holds their squares."""

    counter: str


@dataclass(frozen=True)
class Mean:
    """Average a counter (in thousandths) over the visitors' days on which it was not zero."""

    counter: str


@dataclass(frozen=True)
class Visitors:
    """Count different visitors: all, or those of one segment."""

    segment: Segment | None = None


@dataclass(frozen=True)
class Reach:
    """Count visitors' days on which a counter was not zero: each person once a day."""

    counter: str


@dataclass(frozen=True)
class Coverage:
    """Say which share of the products on the shelf came into anyone's view."""


@dataclass(frozen=True)
class Lift:
    """Compare visitors shown personal picks with the holdout: share of each who clicked a pick."""


Query = Total | Share | Amount | Mean | Visitors | Reach | Coverage | Lift


@dataclass(frozen=True)
class Metric:
    """Declare one figure; texts are (Chinese, English).

    `near` is how close, as a part of the value, the interval must come before the figure counts as
    sure; `usual` is about how many visits that takes when nothing is known yet.
    """

    slug: str
    title: tuple[str, str]
    unit: Unit
    query: Query
    by: tuple[By, ...]
    good: tuple[str, str]
    near: float = 0.2
    usual: int = 100
