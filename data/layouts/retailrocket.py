"""Read RetailRocket logs: views, addtocart, transaction.

Two forms: the shop's own events.csv (timestamp in ms, visitorid, event, itemid, transactionid) and
the multi-behaviour form (timestamp in s, user_id, item_id, event). An item has no facts in either.
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

KINDS: Final[Mapping[str, Kind]] = {
    "view": Kind.VIEW,
    "addtocart": Kind.CART,
    "transaction": Kind.PURCHASE,
}


def _file(source: Source, job: Job) -> Told:
    def parse(row: Row) -> Sighting:
        raw_form = "visitorid" in row
        visitor, item = ("visitorid", "itemid") if raw_form else ("user_id", "item_id")
        if visitor not in row or item not in row:
            raise fields.Unusable("neither visitorid and itemid nor user_id and item_id")
        item_id = fields.ident(row[item], item)
        read_time = fields.milliseconds if raw_form else fields.seconds
        at = read_time(row["timestamp"], job.now)
        event = Event(
            event_id=fields.row_id("retailrocket", row.line, row.raw),
            kind=fields.one_of(row["event"], KINDS, "event"),
            at=at,
            seller_id=job.seller_id,
            visitor=job.visitor(fields.ident(row[visitor], visitor)),
            item_id=item_id,
        )
        about = Item(item_id=item_id, title=item_id)
        return Sighting(at=at, seller_id=job.seller_id, event=event, item=about)

    return rows(source, parse, ("timestamp", "event"))


LAYOUT: Final = Layout(
    "retailrocket",
    "RetailRocket events.csv or its multi-behaviour form",
    one_by_one(_file),
    on_first_sight,
)
