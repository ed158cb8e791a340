"""Sellers and their shelves: who sells what, in which order, since when and at what price."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import msgspec
import numpy as np

from data.knowledge import Faq
from data.schemas import DAY_MS, Event, Item, Kind, Listing, Seller
from data.world.answers import Author
from data.world.dice import opaque, stream
from data.world.goods import Floats, Goods, Ints
from data.world.lexicon import Trade, both, names, trades

NEVER: Final = 1 << 62
SMALLEST, LARGEST = 5, 500


@dataclass(frozen=True)
class Shop:
    """Hold one seller and her shelf as columns, in the order of her shelf.

    `rows` of the trade's goods; `listed`, `removed` epoch ms; `price` CNY; `reach` is her share
    of visitors (not normalised). `item_ids` are in the same order. `faqs` is what she has answered
    in advance.
    """

    seller: Seller
    trade: int
    opened: int
    reach: float
    rows: Ints
    listed: Ints
    removed: Ints
    price: Floats
    item_ids: tuple[str, ...]
    faqs: tuple[Faq, ...]

    def open_rows(self, at: int) -> Ints:
        """Return which places of the shelf are on offer at a moment."""
        return np.flatnonzero((self.listed <= at) & (at < self.removed))


def trades_of(size: int) -> Ints:
    """Deal sellers to trades so that every prefix of the list is close to the trades' weights."""
    weights = np.array([trade.weight for trade in trades()])
    dealt = np.zeros(len(weights))
    order = []
    for k in range(size):
        chosen = int(np.argmax(weights * (k + 1) - dealt))
        dealt[chosen] += 1
        order.append(chosen)
    return np.array(order, dtype=np.int64)


def make_shop(number: int, trade: int, goods: Goods, seed: int, start: int, until: int) -> Shop:
    """Make one seller: the first stand at the start, one in eight of the others opens later."""
    dice = stream(seed, "shop", number)
    late = number > 3 and dice.random() < 0.13
    opened = start + int(dice.random() * 0.8 * (until - start)) if late else start
    n = int(
        np.clip(round(float(np.exp(np.log(38) + 0.95 * dice.standard_normal()))), SMALLEST, LARGEST)
    )
    if number == 0:
        n = 64  # the showcase: a middling shelf of the first trade
    rows = _assortment(goods, min(n, int(0.85 * len(goods.items))), dice)
    listed = np.maximum(
        opened, goods.born[rows] + (dice.random(len(rows)) * DAY_MS).astype(np.int64)
    )
    listed = np.where(goods.born[rows] <= opened, opened, listed)
    lasting = dice.random(len(rows)) > 0.02
    gone = opened + (dice.random(len(rows)) * (until - opened)).astype(np.int64)
    removed = np.where(lasting | (gone < listed + DAY_MS), NEVER, gone)
    own = np.where(dice.random(len(rows)) < 0.3, np.exp(-0.12 * dice.random(len(rows))), 1.0)
    list_price = np.array([goods.items[row].price or 0.0 for row in rows])
    reach = len(rows) ** 0.5 * float(np.exp(0.6 * dice.standard_normal()))
    stays = np.flatnonzero((listed == opened) & (removed == NEVER))
    author = Author(seed, number, goods.trade.id)
    return Shop(
        seller=_card(goods.trade, number, dice),
        trade=trade,
        opened=opened,
        reach=max(reach, 8.0) if number == 0 else reach,
        rows=rows,
        listed=listed,
        removed=removed,
        price=np.round(np.maximum(np.floor(list_price * own), 1.0) - 0.1, 2),
        item_ids=tuple(goods.items[row].item_id for row in rows),
        faqs=tuple(author.faqs([goods.items[row] for row in rows[stays]])),
    )


def _assortment(goods: Goods, n: int, dice: np.random.Generator) -> Ints:
    """Choose n items round a seller's favourite categories and brands, in her own order."""
    lean = 0.7 * dice.standard_normal(goods.facets.shape[1])
    leaning = goods.facets @ lean + 0.25 * goods.appeal + dice.gumbel(size=len(goods.items))
    chosen = np.argsort(-leaning, kind="stable")[:n].astype(np.int64)
    taste = 0.3 * goods.quality[chosen] + dice.standard_normal(len(chosen))
    return np.asarray(chosen[np.argsort(-taste, kind="stable")])


def _card(trade: Trade, number: int, dice: np.random.Generator) -> Seller:
    known = names()
    nick = known.nicks[int(dice.integers(len(known.nicks)))]
    region = known.regions[int(dice.integers(len(known.regions)))]
    shop = trade.shops[int(dice.integers(len(trade.shops)))]
    title = trade.titles[int(dice.integers(len(trade.titles)))]
    story = trade.stories[int(dice.integers(len(trade.stories)))]
    return Seller(
        seller_id=f"s{number + 1:04d}",
        name=f"{nick[0]}的{shop[0]}",
        name_en=f"{nick[1]}'s {shop[1]}",
        title=title[0],
        title_en=title[1],
        story=story[0].format(nick=nick[0], region=region[0]),
        story_en=story[1].format(nick=nick[1], region=region[1]),
        trade=both(trade.name),
        region=both(region),
    )


@dataclass(frozen=True)
class Catalogue:
    """Hold all goods by trade and all shops; `start`, `until` bound the history (epoch ms)."""

    seed: int
    start: int
    until: int
    goods: tuple[Goods, ...]
    shops: tuple[Shop, ...]

    def events(self) -> list[tuple[int, int, int, int]]:
        """Return every catalogue fact as (at, order, shop or trade, row), in order of time.

        Order 0: an item appears, 1: a seller, 2: a listing, 3: it is removed, 4: an entry of what
        she answers. `event` words one.
        """
        facts = []
        for trade in sorted({shop.trade for shop in self.shops}):
            facts += [(int(at), 0, trade, row) for row, at in enumerate(self.goods[trade].born)]
        for number, shop in enumerate(self.shops):
            facts.append((shop.opened, 1, number, 0))
            facts += [(int(at), 2, number, place) for place, at in enumerate(shop.listed)]
            gone = np.flatnonzero(shop.removed < self.until)
            facts += [(int(shop.removed[place]), 3, number, int(place)) for place in gone]
            facts += [(shop.opened, 4, number, place) for place in range(len(shop.faqs))]
        return sorted(fact for fact in facts if fact[0] <= self.until)

    def event(self, fact: tuple[int, int, int, int]) -> Event:
        """Word one fact of `events` as the event that stands in the log."""
        at, order, owner, place = fact
        name = "w" + opaque(self.seed, *fact, length=14)
        if order == 0:
            item = self._as_launched(self.goods[owner], place)
            return Event(
                event_id=name, kind=Kind.ITEM, at=at, item_id=item.item_id, payload=_raw(item)
            )
        shop = self.shops[owner]
        if order == 1:
            return Event(
                event_id=name,
                kind=Kind.SELLER,
                at=at,
                seller_id=shop.seller.seller_id,
                payload=_raw(shop.seller),
            )
        if order == 4:
            return Event(
                event_id=name,
                kind=Kind.FAQ,
                at=at,
                seller_id=shop.seller.seller_id,
                payload=_raw(shop.faqs[place]),
            )
        goods = self.goods[shop.trade].items[shop.rows[place]]
        price = float(shop.price[place])
        listing = Listing(
            item_id=goods.item_id,
            position=float(place),
            price=None if price == goods.price else price,
            removed=order == 3,
        )
        return Event(
            event_id=name,
            kind=Kind.LISTING,
            at=at,
            seller_id=shop.seller.seller_id,
            item_id=goods.item_id,
            payload=_raw(listing),
        )

    def _as_launched(self, goods: Goods, row: int) -> Item:
        """Return an item as its supplier first states it: what is new has no reviews yet."""
        item = msgspec.structs.replace(
            goods.items[row], supplier_id=f"{goods.trade.id}-supplier-{goods.suppliers[row] + 1}"
        )
        if goods.born[row] > self.start:
            item = msgspec.structs.replace(item, rating=None, reviews=0, sales=0)
        return item


def _raw(value: Item | Seller | Listing | Faq) -> msgspec.Raw:
    return msgspec.Raw(msgspec.json.encode(value))
