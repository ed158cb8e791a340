"""Put what an import meets on its seller's shelf, just before the first act that needs it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from hashlib import blake2b
from typing import Final

import msgspec

from data.layouts.layout import Catalogued, Expand, Sighting
from data.schemas import Event, Item, Kind, Listing, Seller

EVENT_IDS: Final = "import:"
"""How the ids of events begin that an import makes."""

_encode = msgspec.json.Encoder().encode


def edit(
    kind: Kind, at: int, payload: Item | Seller | Listing, *, seller_id: str = "", item_id: str = ""
) -> Event:
    """Return a catalogue edit as an event; the same edit at the same moment has the same id."""
    raw = _encode(payload)
    digest = blake2b(f"{seller_id}\x1f{item_id}\x1f{at}\x1f".encode() + raw, digest_size=12)
    return Event(
        event_id=f"{EVENT_IDS}{kind.value}:{digest.hexdigest()}",
        kind=kind,
        at=at,
        seller_id=seller_id,
        item_id=item_id or None,
        payload=msgspec.Raw(raw),
    )


class _FirstSight:
    """Remember which sellers, items and listings an import has met."""

    def __init__(self, catalogued: Catalogued) -> None:
        self._catalogued = catalogued
        self._seen: set[tuple[str, str]] = set()
        self._sizes: dict[str, int] = {}

    def _new(self, seller_id: str, item_id: str) -> bool:
        key = (seller_id, item_id)
        if key in self._seen:
            return False
        self._seen.add(key)
        return key not in self._catalogued

    def expand(self, sighting: Sighting) -> list[Event]:
        events: list[Event] = []
        seller_id = sighting.seller_id
        if self._new(seller_id, ""):
            seller = Seller(seller_id=seller_id, name=seller_id)
            events.append(edit(Kind.SELLER, sighting.at, seller, seller_id=seller_id))
        if sighting.item is not None:
            events += self._shelve(sighting.item, seller_id, sighting.at)
        if sighting.event is not None:
            events.append(sighting.event)
        return events

    def _shelve(self, item: Item, seller_id: str, at: int) -> Iterator[Event]:
        item_id = item.item_id
        if self._new("", item_id):
            yield edit(Kind.ITEM, at, item, item_id=item_id)
        if self._new(seller_id, item_id):
            position = self._sizes[seller_id] = self._sizes.get(seller_id, 0) + 1
            listing = Listing(item_id=item_id, position=float(position))
            yield edit(Kind.LISTING, at, listing, seller_id=seller_id, item_id=item_id)


def on_first_sight(catalogue: Callable[[], Catalogued]) -> Expand:
    """Make a function that adds seller, item and listing events at first sight.

    What `catalogue` names is left as it is. Memory grows with sellers and items, not with rows.
    """
    return _FirstSight(catalogue()).expand


def as_it_stands(_: Callable[[], Catalogued]) -> Expand:
    """Make a function that passes events on unchanged."""

    def expand(sighting: Sighting) -> list[Event]:
        return [] if sighting.event is None else [sighting.event]

    return expand


def _seller(seller_id: str) -> Seller:
    return Seller(seller_id=seller_id, name=seller_id)
