"""Catalogue edits as events: what changes is logged once, what says nothing new is not."""

from __future__ import annotations

from hashlib import blake2b

import msgspec

from data.schemas import Event, Item, Kind, Listing, Seller
from data.state import State
from service.schemas import CardIn, ItemIn, ListingIn, Rejected


def item_edit(row: ItemIn, supplier_id: str, state: State, at: int) -> Event | str | None:
    """Return the event that puts an item, None when nothing changes, or why it is refused."""
    item = Item(
        item_id=row.item_id,
        title=row.title,
        supplier_id=supplier_id,
        title_en=row.title_en,
        description=row.description,
        description_en=row.description_en,
        category=row.category,
        brand=row.brand,
        tags=tuple(row.tags),
        attributes=dict(row.attributes),
        price=row.price,
        rating=row.rating,
        reviews=row.reviews,
        sales=row.sales,
        image=row.image,
        deleted=row.deleted,
    )
    entry = state.catalogue.entries.get(row.item_id)
    known = entry.item if entry is not None else None
    if known == item:
        return None
    if known is not None and known.supplier_id not in {"", supplier_id}:
        return "the item belongs to another supplier"
    return _event(Kind.ITEM, "", row.item_id, item, known, at)


def listing_edit(row: ListingIn, seller_id: str, state: State, at: int) -> Event | str | None:
    """Return the event that puts a listing, None when nothing changes, or why it is refused."""
    listing = Listing(
        item_id=row.item_id,
        position=row.position,
        price=row.price,
        stock=row.stock,
        pinned=row.pinned,
        removed=row.removed,
    )
    entry = state.catalogue.entries.get(row.item_id)
    if entry is None or entry.item is None:
        return "no supplier has brought this item: put it with PUT /suppliers/{id}/items first"
    shelf = state.catalogue.shelf(seller_id)
    place = shelf.places.get(row.item_id) if shelf is not None else None
    known = shelf.listings[place] if shelf is not None and place is not None else None
    if known == listing:
        return None
    return _event(Kind.LISTING, seller_id, row.item_id, listing, known, at)


def card_edit(card: CardIn, seller_id: str, state: State, at: int) -> Event | None:
    """Return the event that puts a card, or None when nothing changes."""
    seller = Seller(seller_id=seller_id, **msgspec.structs.asdict(card))
    known = state.catalogue.sellers.get(seller_id)
    if known == seller:
        return None
    return _event(Kind.SELLER, seller_id, None, seller, known, at)


def refusal(reason: str, index: int) -> Rejected:
    """Reject a row for what its item is, not for how it is written."""
    detail = f"item_id: {reason}"
    return Rejected(index=index, code="refused", detail=detail, field="item_id")


def _event(
    kind: Kind,
    seller_id: str,
    item_id: str | None,
    value: msgspec.Struct,
    known: msgspec.Struct | None,
    at: int,
) -> Event:
    """Make an edit's event; the same change at the same time has the same id."""
    payload = msgspec.json.encode(value)
    change = b"\n".join((msgspec.json.encode(known), payload, b"%d" % at))
    return Event(
        event_id=f"edit_{blake2b(change, digest_size=12).hexdigest()}",
        kind=kind,
        at=at,
        seller_id=seller_id,
        item_id=item_id,
        payload=msgspec.Raw(payload),
    )
