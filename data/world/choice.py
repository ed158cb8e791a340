"""How a visitor chooses: the same function decides in the simulation and speaks for the truth.

An item's utility is what draws everyone (quality, appeal, season, talk of the town), plus her own
taste, plus what she remembers: the item looked at last, what she has seen, wanted and bought.
She takes an item with probability proportional to exp(utility).
"""

from __future__ import annotations

from math import exp
from typing import Final

import numpy as np

from data.schemas import DAY_MS, Kind
from data.world.goods import Floats, Goods, Ints

VISIT_MS: Final = 45 * 60_000
_LATER: Final = 0.5
"""How much of the pull of the last item is left by the next visit, for a week."""
_SAME_BRAND: Final = 0.6
_ALIKE: Final = 0.7
"""Logits for each attribute value that an item shares with the last one."""
_SEEN_NOW, _SEEN_BEFORE, _WANTED, _OWNED = -3.0, -1.5, 1.2, -2.5
_DUE: Final = 5.5
"""Logits that a thing used up gains back once its usual gap has passed."""

WANTING: Final = frozenset({Kind.FAVORITE, Kind.CART})


class Memory:
    """Remember one visitor's acts in one trade, by row of its goods."""

    __slots__ = ("bought", "last", "last_at", "viewed", "wanted")

    def __init__(self) -> None:
        """Start with nothing done."""
        self.last = -1
        self.last_at = 0
        self.viewed: dict[int, int] = {}
        self.wanted: dict[int, int] = {}
        self.bought: dict[int, int] = {}

    def note(self, kind: Kind, row: int, at: int) -> None:
        """Take in one act on an item (epoch ms)."""
        if kind is Kind.VIEW:
            self.viewed[row] = max(at, self.viewed.get(row, 0))
            if at >= self.last_at:  # a late event is no news
                self.last, self.last_at = row, at
        elif kind in WANTING:
            self.wanted[row] = at
        elif kind is Kind.PURCHASE:
            self.bought[row] = at
            self.wanted.pop(row, None)

    def recall(self, goods: Goods, at: int) -> list[tuple[int, float]]:
        """Return rows and the logits that remembering adds to them."""
        return [(row, self._feeling(row, seen, goods, at)) for row, seen in self.viewed.items()]

    def _feeling(self, row: int, seen: int, goods: Goods, at: int) -> float:
        if at - seen < VISIT_MS:
            return _SEEN_NOW
        bought = self.bought.get(row)
        if bought is None:
            return _WANTED if row in self.wanted else _SEEN_BEFORE
        return _OWNED + _DUE * self.due(row, goods, at)

    def due(self, row: int, goods: Goods, at: int) -> float:
        """Say how much it is time to buy a thing again, 0 to 1; 0 for what is bought once."""
        usual = int(goods.repeat_ms[row])
        if not usual or row not in self.bought:
            return 0.0
        ripe = ((at - self.bought[row]) / usual - 0.8) / 0.1
        return 1.0 / (1.0 + exp(-max(min(ripe, 30.0), -30.0)))


def interest(pull: Floats, facets: Floats, taste: Floats | None) -> Floats:
    """Return what items are worth to a visitor before she remembers anything: float64[rows]."""
    return pull if taste is None else pull + facets @ taste


def sequel(goods: Goods, rows: Ints, memory: Memory, at: int) -> Floats | None:
    """Return the logits that the item looked at last gives to others, or None after a week."""
    since = at - memory.last_at
    if memory.last < 0 or since > 7 * DAY_MS:
        return None
    last = memory.last
    follows = goods.follow[goods.category[last]][goods.category[rows]]
    same = goods.brand[rows] == goods.brand[last]
    strength = 1.0 if since < VISIT_MS else _LATER
    shared = goods.marks[rows] @ goods.marks[last]
    return np.asarray(strength * (follows + _SAME_BRAND * same + _ALIKE * shared))
