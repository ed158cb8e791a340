"""Read Tmall shelf snapshots: update_time (day), id, title, price, sale_count, comment_count, shop.

Each shop is a seller and each of its products an item on her shelf. Snapshots are daily, so prices,
sales and comments move: a change of title, sales or comments is a dated `item` event, a change of
price a dated `listing` event. An item's own price is the first one seen; the listing has the day's.
Brand, category, tags and attributes are read out of the title by `beauty_words`. A day is China's
(UTC+8), at 00:00. There are no visitors in this data.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta, timezone
from typing import Final

import msgspec

from data.layouts import beauty_words, fields
from data.layouts.layout import Catalogued, Expand, Job, Layout, Sighting, Told, one_by_one
from data.layouts.shelves import edit
from data.layouts.source import Source
from data.layouts.table import Row, rows
from data.schemas import Event, Item, Kind, Listing, Seller

COLUMNS: Final = ("update_time", "id", "title", "price", "sale_count", "comment_count", "shop")
CHINA: Final = timezone(timedelta(hours=8))


def _file(source: Source, job: Job) -> Told:
    def parse(row: Row) -> Sighting:
        at = fields.day(row["update_time"], CHINA, job.now)
        shop = fields.ident(row["shop"], "shop")
        title = fields.words(row["title"])
        brand = beauty_words.BRANDS.get(shop)
        sales = fields.optional(row["sale_count"], "sale_count", fields.whole)
        reviews = fields.optional(row["comment_count"], "comment_count", fields.whole)
        item = Item(
            item_id=fields.ident(row["id"], "id"),
            title=title,
            supplier_id=brand.slug if brand else shop,
            category=beauty_words.category_of(title),
            brand=beauty_words.brand_of(shop),
            tags=beauty_words.effects_of(title),
            attributes=beauty_words.attributes_of(title),
            reviews=reviews,
            sales=sales,
        )
        price = fields.number(row["price"], "price")
        return Sighting(at=at, seller_id=shop, item=item, price=price)

    return rows(source, parse, COLUMNS)


def _seller(shop: str) -> Seller:
    brand = beauty_words.BRANDS.get(shop)
    return Seller(
        seller_id=brand.slug if brand else shop,
        name=f"{shop}旗舰店",
        name_en=f"{brand.latin} flagship store" if brand else "",
        trade="beauty",
    )


class _Shelves:
    """Remember each listing as last told, to tell only what changed."""

    def __init__(self) -> None:
        self._sellers: dict[str, Seller] = {}
        self._sizes: dict[str, int] = {}
        self._items: dict[str, Item] = {}
        self._listings: dict[tuple[str, str], Listing] = {}

    def expand(self, sighting: Sighting) -> list[Event]:
        item, at = sighting.item, sighting.at
        if item is None:
            return []
        events: list[Event] = []
        seller = self._sellers.get(sighting.seller_id)
        if seller is None:
            seller = self._sellers[sighting.seller_id] = _seller(sighting.seller_id)
            events.append(edit(Kind.SELLER, at, seller, seller_id=seller.seller_id))
        events += self._item(item, sighting.price, at)
        events += self._listing(seller.seller_id, item.item_id, sighting.price, at)
        return events

    def _item(self, item: Item, price: float | None, at: int) -> list[Event]:
        before = self._items.get(item.item_id)
        if before is None:
            after = msgspec.structs.replace(item, price=price)
        else:
            after = msgspec.structs.replace(
                item,
                price=before.price,
                sales=before.sales if item.sales is None else item.sales,
                reviews=before.reviews if item.reviews is None else item.reviews,
            )
        if after == before:
            return []
        self._items[item.item_id] = after
        return [edit(Kind.ITEM, at, after, item_id=item.item_id)]

    def _listing(self, seller_id: str, item_id: str, price: float | None, at: int) -> list[Event]:
        before = self._listings.get((seller_id, item_id))
        if before is None:
            position = self._sizes[seller_id] = self._sizes.get(seller_id, 0) + 1
            after = Listing(item_id=item_id, position=float(position), price=price)
        else:
            after = msgspec.structs.replace(before, price=price)
        if after == before:
            return []
        self._listings[seller_id, item_id] = after
        return [edit(Kind.LISTING, at, after, seller_id=seller_id, item_id=item_id)]


def _on_change(_: Callable[[], Catalogued]) -> Expand:
    return _Shelves().expand


LAYOUT: Final = Layout(
    "tmall-shelf",
    "Tmall shelf snapshots: shops, products, daily prices",
    one_by_one(_file),
    _on_change,
)
