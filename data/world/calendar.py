"""The year of a shop in China: hours, weekdays, shopping festivals and seasons, in local time."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from functools import cache
from math import cos, exp, pi
from typing import Final

import numpy as np
from numpy.typing import NDArray

from data.schemas import DAY_MS
from data.world.lexicon import Category

LOCAL_MS: Final = 8 * 3_600_000
"""China keeps one time, eight hours before UTC."""

HOURS: Final = np.array(
    [14, 7, 4, 2, 2, 3, 8, 18, 27, 33, 38, 41, 52, 47, 38, 36, 37, 40, 47, 60, 78, 88, 72, 36],
    dtype=np.float64,
)
"""How busy each local hour is: lunch, and above all the evening."""
HOUR_ODDS: Final[NDArray[np.float64]] = np.cumsum(HOURS) / HOURS.sum()

_SALES: Final = {(11, 11): 1.5, (6, 18): 0.8, (12, 12): 0.4}  # extra traffic on the day itself
_GIFTS: Final = ((2, 14), (3, 8), (5, 20), (12, 25))
_LUNAR: Final = (  # Spring Festival and Mid-Autumn have no fixed date
    *(date(2024, 2, 10), date(2024, 9, 17), date(2025, 1, 29), date(2025, 10, 6)),
    *(date(2026, 2, 17), date(2026, 9, 25), date(2027, 2, 6), date(2027, 9, 15)),
    *(date(2028, 1, 26), date(2028, 10, 3), date(2029, 2, 13), date(2029, 9, 22)),
    *(date(2030, 2, 3), date(2030, 9, 12)),
)


def local_day(at: int) -> int:
    """Count local days since 1970 at a moment (epoch ms)."""
    return (at + LOCAL_MS) // DAY_MS


def midnight(day: int) -> int:
    """Return when a local day begins (epoch ms)."""
    return day * DAY_MS - LOCAL_MS


@cache
def _date(day: int) -> date:
    return (datetime(1970, 1, 1, tzinfo=UTC) + timedelta(days=day)).date()


@cache
def sale(day: int) -> float:
    """Say how much of a shopping festival is in the air: it builds up over ten days, else 0."""
    today = _date(day)
    pull = 0.0
    for (month, dom), height in _SALES.items():
        ahead = (date(today.year, month, dom) - today).days
        if 0 <= ahead <= 10:
            pull = max(pull, height * exp(-ahead / 2.5))
    return pull


@cache
def gifting(day: int) -> float:
    """Say how near a gift festival is: 1 on its eve, falling over the fortnight before, else 0."""
    today = _date(day)
    feasts = [date(today.year, month, dom) for month, dom in _GIFTS]
    feasts += [feast for feast in _LUNAR if feast.year == today.year]
    ahead = [(feast - today).days for feast in feasts]
    return max((exp(-(days - 1) / 6.0) for days in ahead if 1 <= days <= 14), default=0.0)


@cache
def traffic(day: int) -> float:
    """Return how busy a day is against a plain weekday."""
    weekend = 0.22 if _date(day).weekday() >= 5 else 0.0
    return (1.0 + weekend) * (1.0 + sale(day) + 0.25 * gifting(day))


def demand(category: Category, day: int) -> float:
    """Return how many logits a category gains on a day, from its season and gift festivals."""
    of_year = _date(day).timetuple().tm_yday / 365.25
    peak = (category.peak - 0.5) / 12.0
    season = category.swing * cos(2.0 * pi * (of_year - peak))
    return season + 1.3 * category.gift * gifting(day)
