"""Catalogue edits as events: what changes is logged once, what says nothing new is not."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from hashlib import blake2b
from typing import Final, NamedTuple, Self

import msgspec

from data.masking import mask
from data.schemas import Event, Item, Kind, Listing, Promotion, Seller, SupplierAnswer
from data.state import State
from models.money import money
from service.catalogue_schemas import CardIn, ItemIn, ListingIn, PromotionIn
from service.schemas import Rejected
from service.seller_schemas import SettingsIn


class Said(NamedTuple):
    """Hold what people say in an item's row, personal data masked."""

    answers: tuple[SupplierAnswer, ...]
    review_snippets: tuple[str, ...]

    @classmethod
    def of(cls, row: ItemIn) -> Self:
        """Mask a row's texts: the longest part of taking it in."""
        answers = tuple(
            SupplierAnswer(
                question=mask(one.question),
                answer=mask(one.answer),
                aliases=tuple(dict.fromkeys(map(mask, one.aliases))),
            )
            for one in row.answers
        )
        return cls(answers, tuple(map(mask, row.review_snippets)))


@dataclass(slots=True)
class ItemEdits:
    """Gather the edits of a supplier's rows, each compared with what the rows before it leave."""

    state: State
    supplier_id: str
    at: int
    events: list[Event] = field(default_factory=list)
    _pending: dict[str, Item] = field(default_factory=dict)

    def put(self, row: ItemIn, said: Said) -> bool | str:
        """Add the event that puts an item; return whether anything changes, or why it may not."""
        known = self._known(row.item_id)
        if known is not None and known.supplier_id not in {"", self.supplier_id}:
            return "the item belongs to another supplier"
        price, stock, facts_at = self._facts(row, known)
        item = Item(
            item_id=row.item_id,
            title=row.title,
            supplier_id=self.supplier_id,
            title_en=row.title_en,
            description=row.description,
            description_en=row.description_en,
            category=row.category,
            brand=row.brand,
            tags=tuple(row.tags),
            attributes=dict(row.attributes),
            price=price,
            stock=stock,
            facts_at=facts_at,
            rating=row.rating,
            reviews=row.reviews,
            sales=row.sales,
            image=row.image,
            answers=said.answers,
            review_snippets=said.review_snippets,
            deleted=row.deleted,
        )
        if known == item:
            return False
        self._pending[row.item_id] = item
        turn = (self.at, self.state.seq, len(self.events))
        self.events.append(edit_event(Kind.ITEM, "", row.item_id, item, known, turn))
        return True

    def _facts(self, row: ItemIn, known: Item | None) -> tuple[float | None, int | None, int]:
        """Return price and stock with the moment they were true; older ones than known give way."""
        told_at = 0 if row.as_of is None else min(epoch_ms(row.as_of), self.at)
        if known is not None and told_at and told_at < known.facts_at:
            return known.price, known.stock, known.facts_at
        if known is not None and (row.price, row.stock) == (known.price, known.stock):
            return row.price, row.stock, max(told_at, known.facts_at)
        return row.price, row.stock, told_at or (self.at if known and known.facts_at else 0)

    def _known(self, item_id: str) -> Item | None:
        if item_id in self._pending:
            return self._pending[item_id]
        entry = self.state.catalogue.entries.get(item_id)
        return entry.item if entry is not None else None


@dataclass(slots=True)
class ListingEdits:
    """Gather the edits of a seller's rows, each compared with what the rows before it leave."""

    state: State
    seller_id: str
    at: int
    events: list[Event] = field(default_factory=list)
    _pending: dict[str, Listing] = field(default_factory=dict)

    def put(self, row: ListingIn) -> bool | str:
        """Add the event that puts a listing; return whether anything changes, or why it may not."""
        listing = Listing(
            item_id=row.item_id,
            position=row.position,
            price=row.price,
            stock=row.stock,
            pinned=row.pinned,
            removed=row.removed,
            promotions=tuple(_promotion(one) for one in row.promotions),
        )
        if wrong := _wrong_offer(row):
            return wrong
        entry = self.state.catalogue.entries.get(row.item_id)
        if entry is None or entry.item is None:
            return "no supplier has brought this item: put it with PUT /suppliers/{id}/items first"
        known = self._known(row.item_id)
        if known == listing:
            return False
        self._pending[row.item_id] = listing
        turn = (self.at, self.state.seq, len(self.events))
        self.events.append(
            edit_event(Kind.LISTING, self.seller_id, row.item_id, listing, known, turn)
        )
        return True

    def _known(self, item_id: str) -> Listing | None:
        if item_id in self._pending:
            return self._pending[item_id]
        shelf = self.state.catalogue.shelf(self.seller_id)
        place = shelf.places.get(item_id) if shelf is not None else None
        return shelf.listings[place] if shelf is not None and place is not None else None


def card_edit(card: CardIn, seller_id: str, state: State, at: int) -> Event | None:
    """Return the event that puts a card, or None when nothing changes."""
    known = state.catalogue.sellers.get(seller_id)
    before = known or Seller(seller_id=seller_id, name="")
    seller = msgspec.structs.replace(before, **msgspec.structs.asdict(card))
    if known == seller:
        return None
    return edit_event(Kind.SELLER, seller_id, None, seller, known, (at, state.seq, 0))


def settings_edit(told: SettingsIn, known: Seller, state: State, at: int) -> Event | None:
    """Return the event that puts a seller's settings, or None when nothing changes."""
    seller = msgspec.structs.replace(
        known,
        timezone=told.timezone,
        origins=tuple(dict.fromkeys(origin.lower().rstrip("/") for origin in told.origins)),
        holdout=told.holdout,
    )
    if known == seller:
        return None
    return edit_event(Kind.SELLER, seller.seller_id, None, seller, known, (at, state.seq, 0))


def epoch_ms(at: int | datetime) -> int:
    """Return a moment of the wire as epoch milliseconds."""
    return at if isinstance(at, int) else round(at.timestamp() * 1000)


def _promotion(row: PromotionIn) -> Promotion:
    return Promotion(
        promotion_id=row.promotion_id,
        kind=row.kind,
        price=row.price,
        amount=row.amount,
        least=row.least,
        group_size=row.group_size,
        starts=0 if row.starts is None else epoch_ms(row.starts),
        ends=0 if row.ends is None else epoch_ms(row.ends),
        label=row.label,
    )


NEEDED: Final = {"limited": ("price",), "coupon": ("amount",), "group": ("price", "group_size")}
SMALLEST_GROUP: Final = 2


def _wrong_offer(row: ListingIn) -> str:
    """Say what is wrong with a listing's offers; nothing when all is well.

    Amounts are held against the row's own price alone: where the supplier's holds, it moves without
    the seller, and her row must not be refused tomorrow for what was right today.
    """
    names = [one.promotion_id for one in row.promotions]
    if len(set(names)) < len(names):
        return "promotions: two have the same promotion_id"
    for place, one in enumerate(row.promotions):
        for name in NEEDED[one.kind]:
            if not getattr(one, name):
                return f"promotions[{place}].{name}: is required for {one.kind}"
        if one.ends is not None and epoch_ms(one.ends) <= epoch_ms(one.starts or 0):
            return f"promotions[{place}].ends: is not after its start"
        if wrong := _wrong_amount(one, row.price):
            return f"promotions[{place}].{wrong}"
    return ""


def _wrong_amount(one: PromotionIn, usual: float | None) -> str:
    if one.kind == "group" and one.group_size < SMALLEST_GROUP:
        return f"group_size: a group is {SMALLEST_GROUP} or more"
    if usual is None:
        return ""
    if one.kind == "coupon" and (one.amount or 0) > max(usual, one.least):
        return f"amount: is more than the price of {money(usual)}, and than what it needs"
    if one.kind != "coupon" and (one.price or 0) > usual:
        return f"price: is above the usual price of {money(usual)}"
    return ""


def refusal(reason: str, index: int) -> Rejected:
    """Reject a row for what its item is, not for how it is written."""
    field, separator, _ = reason.partition(": ")
    if not (separator and field.startswith("promotions")):
        field, reason = "item_id", f"item_id: {reason}"
    return Rejected(index=index, code="refused", detail=reason, field=field)


def edit_event(
    kind: Kind,
    seller_id: str,
    item_id: str | None,
    value: msgspec.Struct,
    known: msgspec.Struct | None,
    turn: tuple[int, int, int],
) -> Event:
    """Make an edit's event; the same change in the same turn has the same id.

    The turn is the time (epoch ms), the state's `seq` and the edit's place in its batch: a value
    may come back within one millisecond, and then it is not the same edit again.
    """
    payload = msgspec.json.encode(value)
    change = b"\n".join((msgspec.json.encode(known), payload, b"%d %d %d" % turn))
    return Event(
        event_id=f"edit_{blake2b(change, digest_size=12).hexdigest()}",
        kind=kind,
        at=turn[0],
        seller_id=seller_id,
        item_id=item_id,
        payload=msgspec.Raw(payload),
    )
