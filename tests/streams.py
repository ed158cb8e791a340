"""Short event streams for tests: a log without a store."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import msgspec

from data.schemas import Event, Item, Kind, Listing, Logged, Seller
from data.state import State

NOW = 1_790_000_000_000
MINUTE = 60_000
DAY = 86_400_000


class Stream:
    """Number events as a log would and fold them into a state."""

    def __init__(self) -> None:
        self.state = State()
        self.entries: list[Logged] = []

    def add(self, kind: Kind, at: int = NOW, **fields: Any) -> Logged:
        """Append one event and fold it."""
        if "payload" in fields:
            fields["payload"] = msgspec.Raw(msgspec.json.encode(fields["payload"]))
        seq = len(self.entries) + 1
        logged = Logged(seq, Event(event_id=f"e{seq}", kind=kind, at=at, **fields))
        self.entries.append(logged)
        self.state.apply(logged)
        return logged

    def shelf(self, seller_id: str, items: Iterable[Item], at: int = NOW - 30 * DAY) -> None:
        """Open a shop with these products, in this order."""
        self.add(
            Kind.SELLER, at, seller_id=seller_id, payload=Seller(seller_id=seller_id, name="店")
        )
        for place, item in enumerate(items):
            self.add(Kind.ITEM, at, item_id=item.item_id, payload=item)
            listing = Listing(item_id=item.item_id, position=place)
            self.add(Kind.LISTING, at, seller_id=seller_id, item_id=item.item_id, payload=listing)

    def act(self, kind: Kind, visitor: str, item: str, at: int = NOW, **fields: Any) -> Logged:
        """Let a visitor do something with a product of shop `s`."""
        fields = {"seller_id": "s", **fields}
        return self.add(kind, at, visitor=visitor, item_id=item, **fields)


def item(number: int, category: str = "serum", **fields: Any) -> Item:
    """Make a product."""
    fields = {"brand": "Lumi", "price": 100.0, **fields}
    return Item(item_id=f"i{number}", title=f"精华 {number}", category=category, **fields)
