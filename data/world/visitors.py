"""Who comes: circles of friends, each round one shop, with very uneven appetites."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from data.schemas import DAY_MS
from data.world.calendar import HOUR_ODDS, local_day, midnight, traffic
from data.world.dice import Dice, stream
from data.world.goods import Floats, Ints
from data.world.shops import NEVER, Shop

PER_SHOP: Final = 100
_HOUR_MS: Final = 3_600_000


@dataclass(frozen=True)
class Visitors:
    """Hold all who may come, one row each.

    `circle` of friends; `shop` she belongs to and `second` she may visit, -1: none; `arrival`
    epoch ms of her first visit, NEVER for those who come only when a friend shares; `loyalty`
    chance of another visit after each; `patience` chance of another look within one; `friends`
    first and last + 1 row of her circle: int64[n, 2].
    """

    circle: Ints
    shop: Ints
    second: Ints
    arrival: Ints
    loyalty: Floats
    patience: Floats
    friends: Ints


def make_visitors(shops: tuple[Shop, ...], seed: int, start: int, until: int) -> Visitors:
    """Make the visitors of all shops, over a hundred to a shop, many of whom never come."""
    dice = stream(seed, "visitors")
    n = PER_SHOP * len(shops)
    sizes = dice.integers(1, 8, size=n)
    ends = np.minimum(np.cumsum(sizes), n)
    circles = int(np.searchsorted(ends, n)) + 1
    ends = ends[:circles]
    begins = np.concatenate([[0], ends[:-1]])
    circle = np.repeat(np.arange(circles), ends - begins)
    reach = np.array([shop.reach for shop in shops])
    homes = dice.choice(len(shops), size=circles, p=reach / reach.sum())
    shop = homes[circle]
    trade = np.array([s.trade for s in shops])
    second = np.where(
        dice.random(n) < 0.18, dice.choice(len(shops), size=n, p=reach / reach.sum()), -1
    )
    astray = (second == shop) | ((trade[second] != trade[shop]) & (dice.random(n) < 0.5))
    opened = np.array([s.opened for s in shops])[shop]
    first = np.zeros(n, dtype=bool)
    first[begins] = True
    alone = first | (dice.random(n) < 0.45)
    arrival = _moments(np.maximum(opened, start), until, dice)
    regular = dice.random(n) < 0.4
    loyalty = np.where(regular, dice.beta(6.0, 1.3, size=n), 0.12)
    return Visitors(
        circle=circle,
        shop=shop,
        second=np.where(astray, -1, second),
        arrival=np.where(alone, arrival, NEVER),
        loyalty=loyalty,
        patience=np.where(regular, dice.beta(7.0, 2.8, size=n), dice.beta(2.0, 4.0, size=n)),
        friends=np.stack([begins[circle], ends[circle]], axis=1),
    )


def _moments(earliest: Ints, until: int, dice: np.random.Generator) -> Ints:
    """Draw a moment for each after its earliest, where the calendar has traffic."""
    first, last = local_day(int(earliest.min())), local_day(until)
    busy = np.array([traffic(day) for day in range(first, last + 1)])
    odds = np.cumsum(busy)
    before = np.concatenate([[0.0], odds])[(earliest + 8 * _HOUR_MS) // DAY_MS - first]
    drawn = before + dice.random(len(earliest)) * (odds[-1] - before)
    days = first + np.minimum(np.searchsorted(odds, drawn, side="right"), len(busy) - 1)
    hours = np.searchsorted(HOUR_ODDS, dice.random(len(days)), side="right")
    inside = (dice.random(len(days)) * _HOUR_MS).astype(np.int64)
    moments = midnight(0) + days * DAY_MS + hours * _HOUR_MS + inside
    return np.asarray(np.maximum(moments, earliest + 60_000), dtype=np.int64)


def next_visit(at: int, gap_days: float, dice: Dice) -> int:
    """Return when a visitor comes again: about that many days on, at an hour people have."""
    day = local_day(at + int(gap_days * DAY_MS))
    for _ in range(3):  # quiet days are put off more often than busy ones
        if dice.chance(min(1.0, 0.35 + 0.4 * traffic(day))):
            break
        day += 1
    hour = int(np.searchsorted(HOUR_ODDS, dice.uniform(), side="right"))
    moment = midnight(day) + hour * _HOUR_MS + int(dice.uniform() * _HOUR_MS)
    return (
        moment if moment > at + 2 * _HOUR_MS else at + 2 * _HOUR_MS + int(dice.uniform() * DAY_MS)
    )
