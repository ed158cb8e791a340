"""Read REES46 shop logs: event_time, event_type, product_id, category_id, category_code, brand,
price, user_id, user_session.

Removals from the cart are not signals here: they are counted among the rejected rows.
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

COLUMNS: Final = ("event_time", "event_type", "product_id", "category_id", "category_code", "brand")
KINDS: Final[Mapping[str, Kind]] = {
    "view": Kind.VIEW,
    "cart": Kind.CART,
    "purchase": Kind.PURCHASE,
}


def _file(source: Source, job: Job) -> Told:
    def parse(row: Row) -> Sighting:
        item_id = fields.ident(row["product_id"], "product_id")
        at = fields.moment(row["event_time"], job.now)
        price = fields.optional(row["price"], "price", fields.number)
        event = Event(
            event_id=fields.row_id("rees46", row.line, row.raw),
            kind=fields.one_of(row["event_type"], KINDS, "event_type"),
            at=at,
            seller_id=job.seller_id,
            visitor=job.visitor(fields.ident(row["user_id"], "user_id")),
            session_id=fields.optional(row["user_session"], "user_session", fields.ident),
            item_id=item_id,
            price=price,
        )
        code, brand = fields.words(row["category_code"]), fields.words(row["brand"])
        item = Item(
            item_id=item_id,
            title=" ".join(word for word in (brand, code.rpartition(".")[2], item_id) if word),
            category=code or fields.words(row["category_id"]),
            brand=brand,
            price=price or None,
        )
        return Sighting(at=at, seller_id=job.seller_id, event=event, item=item)

    return rows(source, parse, (*COLUMNS, "price", "user_id", "user_session"))


LAYOUT: Final = Layout(
    "rees46", "REES46 multi-category shop logs", one_by_one(_file), on_first_sight, ordered=True
)
