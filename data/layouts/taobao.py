"""Read the Taobao UserBehavior log: user_id, item_id, category_id, behavior, timestamp (s).

The original file has no header line; copies with one are read too. Behaviours: `pv` view, `fav`
favourite, `cart`, `buy`. Source: Tianchi data set 649.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from data.layouts import fields
from data.layouts.layout import Job, Layout, Sighting, Told, one_by_one
from data.layouts.shelves import on_first_sight
from data.layouts.source import Source
from data.layouts.table import Row, rows
from data.schemas import Event, Item, Kind

COLUMNS: Final = ("user_id", "item_id", "category_id", "behavior", "timestamp")
KINDS: Final[Mapping[str, Kind]] = {
    "pv": Kind.VIEW,
    "fav": Kind.FAVORITE,
    "cart": Kind.CART,
    "buy": Kind.PURCHASE,
}


def _file(source: Source, job: Job) -> Told:
    def parse(row: Row) -> Sighting:
        item_id = fields.ident(row["item_id"], "item_id")
        at = fields.seconds(row["timestamp"], job.now)
        event = Event(
            event_id=fields.row_id("taobao", row.line, row.raw),
            kind=fields.one_of(row["behavior"], KINDS, "behavior"),
            at=at,
            seller_id=job.seller_id,
            visitor=job.visitor(fields.ident(row["user_id"], "user_id")),
            item_id=item_id,
        )
        category = fields.ident(row["category_id"], "category_id")
        item = Item(item_id=item_id, title=item_id, category=category)
        return Sighting(at=at, seller_id=job.seller_id, event=event, item=item)

    return rows(source, parse, COLUMNS, header=COLUMNS)


LAYOUT: Final = Layout(
    "taobao",
    "Taobao UserBehavior: views, favourites, carts, buys",
    one_by_one(_file),
    on_first_sight,
)
