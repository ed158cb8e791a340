"""What visitors like: latent weights over a trade's facets, shared in part with friends and type.

A visitor's taste is a path of draws: for each block of facets (category, brand, each attribute …)
she has either her own taste or that of her circle of friends, who have either theirs or that of
one of a few types of shopper. Tastes drift a little over the history.
"""

from __future__ import annotations

from typing import Final

import numpy as np

from data.schemas import DAY_MS
from data.world.dice import stream
from data.world.goods import Facets, Floats
from data.world.lexicon import Trade

TYPES: Final = 6
_FROM_CIRCLE: Final = 0.65
_FROM_TYPE: Final = 0.8
_DRIFT: Final = 0.12
"""Standard deviation of a taste's change over sixty days, in logits."""


class Tastes:
    """Draw tastes in one trade: the same for the same visitor, whenever asked."""

    def __init__(self, trade: Trade, seed: int, start: int) -> None:
        """Take the trade, the world's seed and the beginning of its history (epoch ms)."""
        self.trade, self.seed, self.start = trade, seed, start
        self.columns = Facets(trade)
        self._types = [self._draw("type", k) for k in range(TYPES)]
        self._circles: dict[int, Floats] = {}
        self._visitors: dict[int, tuple[Floats, Floats]] = {}

    def at(self, visitor: int, circle: int, at: int) -> Floats:
        """Return a visitor's taste at a moment: float64[columns], in logits."""
        known = self._visitors.get(visitor)
        if known is None:
            known = self._visitors[visitor] = self._taste(visitor, circle)
        return known[0] + ((at - self.start) / (60 * DAY_MS)) * known[1]

    def _taste(self, visitor: int, circle: int) -> tuple[Floats, Floats]:
        shared = self._circles.get(circle)
        if shared is None:
            dice = stream(self.seed, "circle", self.trade.id, circle)
            kind = self._types[int(dice.integers(TYPES))]
            shared = self._mix(self._draw("circle", circle), kind, _FROM_TYPE, dice)
            self._circles[circle] = shared
        dice = stream(self.seed, "visitor", self.trade.id, visitor)
        taste = self._mix(self._draw("visitor", visitor), shared, _FROM_CIRCLE, dice)
        return taste, _DRIFT * dice.standard_normal(self.columns.width)

    def _mix(self, own: Floats, shared: Floats, rate: float, dice: np.random.Generator) -> Floats:
        mixed = own.copy()
        for block, taken in zip(
            self.columns.blocks.values(), dice.random(len(self.columns.blocks)) < rate, strict=True
        ):
            if taken:
                mixed[block] = shared[block]
        return mixed

    def _draw(self, level: str, number: int) -> Floats:
        dice = stream(self.seed, "taste", self.trade.id, level, number)
        taste = np.zeros(self.columns.width)
        blocks = self.columns.blocks
        taste[blocks["category"]] = _loves(dice, len(self.trade.categories), (3.0, 2.4), 0.25)
        taste[blocks["brand"]] = _loves(dice, len(self.trade.brands), (0.6,), 0.1)
        for key, attribute in self.trade.attributes.items():
            wanted = _loves(dice, len(attribute.values), (0.9,), 0.1)
            if attribute.neutral >= 0:
                wanted[attribute.neutral] = 0.4
            taste[blocks[f"attribute:{key}"]] = attribute.weight * wanted
        favourite, care = dice.choice(3, p=(0.4, 0.4, 0.2)), dice.uniform(0.1, 0.5)
        taste[blocks["tier"]] = -care * np.abs(np.arange(3) - favourite)
        taste[blocks["price"]] = -abs(0.1 + 0.1 * dice.standard_normal())
        taste[blocks["style"]] = 0.15 * dice.standard_normal(
            blocks["style"].stop - blocks["style"].start
        )
        return taste


def _loves(dice: np.random.Generator, n: int, gains: tuple[float, ...], noise: float) -> Floats:
    """Return small likes and dislikes, and a few strong loves: float64[n]."""
    likes = -0.4 + noise * dice.standard_normal(n)
    count = 1 + int(dice.integers(len(gains)))
    for place, gain in zip(dice.permutation(n)[:count], gains, strict=False):
        likes[place] += gain
    return likes
