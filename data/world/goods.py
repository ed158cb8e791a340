"""A trade's products: their words, prices and reviews, and the qualities nobody is told."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import msgspec
import numpy as np
from numpy.typing import NDArray

from data.schemas import DAY_MS, Item
from data.world.calendar import LOCAL_MS, demand, local_day
from data.world.dice import stream
from data.world.lexicon import Trade
from data.world.words import Writer

STYLES: Final = 4
"""Dimensions of style: what people who buy alike have in common, and no label says."""
TIERS: Final = 3
_TIER_PRICE: Final = (0.6, 1.0, 2.1)

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


class Facets:
    """Say which column of a trade's facet matrix stands for what.

    Columns: categories, brands, each attribute's values, price tiers, log price against the
    category's, style. `blocks` names the column ranges in that order.
    """

    def __init__(self, trade: Trade) -> None:
        """Lay the columns out."""
        widths = {"category": len(trade.categories), "brand": len(trade.brands)}
        widths |= {f"attribute:{key}": len(a.values) for key, a in trade.attributes.items()}
        widths |= {"tier": TIERS, "price": 1, "style": STYLES}
        self.blocks: dict[str, slice] = {}
        self.width = 0
        for name, width in widths.items():
            self.blocks[name] = slice(self.width, self.width + width)
            self.width += width
        self.marks = slice(self.blocks["brand"].stop, self.blocks["tier"].start)


@dataclass(frozen=True)
class Goods:
    """Hold a trade's products as columns, one row each.

    `facets` float64[n, width]; `category`, `brand` rows in the trade's lists; `quality` what
    reviews hint at and `appeal` what they do not (both about standard normal); `born` epoch ms;
    `usual_ms` visible time a page of that length takes; `repeat_ms` usual gap between purchases,
    0: bought once; `burst_day` local day on which the item becomes the talk of the town, and
    `burst` logits; `follow` float64[categories, categories] logits of what is looked at next.
    """

    trade: Trade
    columns: Facets
    items: tuple[Item, ...]
    suppliers: Ints
    facets: Floats
    category: Ints
    brand: Ints
    quality: Floats
    appeal: Floats
    born: Ints
    usual_ms: Floats
    repeat_ms: Ints
    burst_day: Ints
    burst: Floats
    follow: Floats
    marks: Floats
    opened: int

    def pull(self, rows: Ints, day: int) -> Floats:
        """Return what draws everyone to the items on a local day: float64[rows], in logits."""
        season = np.array([demand(category, day) for category in self.trade.categories])
        age = np.maximum(day - (self.born[rows] + LOCAL_MS) // DAY_MS, 0)
        novelty = np.where(self.born[rows] > self.opened, 0.5 * np.exp(-age / 7.0), 0.0)
        since = day - self.burst_day[rows]
        talk = np.where((since >= 0) & (since < 9), self.burst[rows] * np.exp(-since / 6.0), 0.0)
        own = 0.70 * self.quality[rows] + 0.30 * self.appeal[rows]
        return np.asarray(own + season[self.category[rows]] + novelty + talk)


def make_goods(trade: Trade, n: int, suppliers: int, seed: int, start: int, until: int) -> Goods:
    """Make a trade's catalogue of n products, one in seven of them new within the history."""
    dice = stream(seed, "goods", trade.id)
    columns = Facets(trade)
    brand = dice.integers(len(trade.brands), size=n)
    popular = dice.permutation(len(trade.categories))
    odds = 1.0 / (3.0 + np.argsort(popular))
    category = dice.choice(len(trade.categories), size=n, p=odds / odds.sum())
    hero = dice.integers(len(trade.heroes), size=n)
    attributes = _values(trade, category, dice)
    tier = np.array([trade.brands[b].tier for b in brand])
    spread = 0.28 * dice.standard_normal(n)
    facets = np.zeros((n, columns.width))
    rows = np.arange(n)
    facets[rows, columns.blocks["category"].start + category] = 1.0
    facets[rows, columns.blocks["brand"].start + brand] = 1.0
    facets[rows, columns.blocks["tier"].start + tier] = 1.0
    for key, values in attributes.items():
        has = np.array([key in trade.categories[c].attributes for c in category])
        facets[rows[has], columns.blocks[f"attribute:{key}"].start + values[has]] = 1.0
    facets[:, columns.blocks["price"].start] = np.log(np.array(_TIER_PRICE)[tier]) + spread
    hero_style = dice.standard_normal((len(trade.heroes), STYLES))
    style = 0.6 * hero_style[hero] + 0.8 * dice.standard_normal((n, STYLES))
    facets[:, columns.blocks["style"]] = style
    quality, appeal = dice.standard_normal(n), dice.standard_normal(n)
    new = dice.random(n) < 0.14
    born = np.where(new, start + dice.random(n) * (until - start) * 0.95, start).astype(np.int64)
    burst = np.where(dice.random(n) < 0.03, 1.5 + dice.random(n), 0.0)
    burst_day = local_day(start) + dice.integers(max(1, (until - start) // DAY_MS), size=n)
    writer = Writer(trade, seed, {key: values.tolist() for key, values in attributes.items()})
    items = tuple(
        writer.item(k, trade.categories[category[k]], (int(brand[k]), int(hero[k])))
        for k in range(n)
    )
    prices = np.array([trade.categories[c].price for c in category]) * np.array(_TIER_PRICE)[tier]
    items = _judge(items, prices * np.exp(spread), quality, dice)
    length = np.array([len(item.description) + len(item.title) for item in items])
    richness = np.exp(0.3 * dice.standard_normal(n))
    repeat = np.array([trade.categories[c].repeat_days for c in category]) * DAY_MS
    return Goods(
        trade=trade,
        columns=columns,
        items=items,
        suppliers=brand % suppliers,
        facets=facets,
        category=category,
        brand=brand,
        quality=quality,
        appeal=appeal,
        born=born,
        usual_ms=(2500.0 + 90.0 * length) * richness,
        repeat_ms=repeat,
        burst_day=burst_day,
        burst=burst,
        follow=_follow(trade),
        marks=facets[:, columns.marks],
        opened=start,
    )


def _values(trade: Trade, category: Ints, dice: np.random.Generator) -> dict[str, Ints]:
    """Draw each attribute's value for every product, among those its category allows."""
    drawn = {}
    for key, attribute in trade.attributes.items():
        every = tuple(range(len(attribute.values)))
        allowed = [np.array(c.only.get(key, every)) for c in trade.categories]
        luck = dice.random(len(category))
        drawn[key] = np.array(
            [allowed[c][int(x * len(allowed[c]))] for c, x in zip(category, luck, strict=True)],
            dtype=np.int64,
        )
    return drawn


def _follow(trade: Trade) -> Floats:
    places = {category.name[1]: c for c, category in enumerate(trade.categories)}
    follow = 2.1 * np.eye(len(places))
    for c, category in enumerate(trade.categories):
        for name, logits in category.leads_to.items():
            follow[c, places[name]] = 2.3 * logits
    return follow


def _judge(
    items: tuple[Item, ...], prices: Floats, quality: Floats, dice: np.random.Generator
) -> tuple[Item, ...]:
    """Give items a price, sales and reviews: few reviews say little about the quality behind them.

    An item that is new to the history has sold nothing yet; its `sales` are taken as 0 at birth.
    """
    n = len(items)
    sales = np.exp(5.2 + 1.4 * dice.standard_normal(n)).astype(np.int64)
    reviews = (sales * (0.05 + 0.3 * dice.random(n))).astype(np.int64)
    noise = dice.standard_normal(n) / np.sqrt(np.maximum(reviews, 1))
    stars = np.clip(4.45 + 0.28 * quality + 0.9 * noise, 1.0, 5.0)
    return tuple(
        msgspec.structs.replace(
            item,
            price=round(max(1.0, float(np.floor(prices[k]))) - 0.1, 2),
            rating=round(float(stars[k]), 1) if reviews[k] else None,
            reviews=int(reviews[k]),
            sales=int(sales[k]),
        )
        for k, item in enumerate(items)
    )
