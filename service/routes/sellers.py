"""A seller's own content: GET and PUT of /sellers/{id}/card and /sellers/{id}/shelf."""

from __future__ import annotations

import asyncio
from math import isfinite
from typing import Annotated, Final

import msgspec
import numpy as np
from fastapi import APIRouter, Query, Request
from starlette.responses import Response

from data.catalogue import Listings
from data.errors import NotFound
from data.schemas import Event, Promotion, Seller, offer
from service.catalogue_schemas import (
    CardIn,
    CardOut,
    ListingIn,
    ListingsIn,
    ProductOut,
    PromotionOut,
    ShelfOut,
    Upserted,
)
from service.deps import guard_of, live_of
from service.edits import ListingEdits, card_edit, refusal
from service.keys import Scope
from service.live import Live
from service.moments import rfc3339
from service.openapi import describes
from service.rows import Rows
from service.schemas import Rejected
from service.validation import decode, need_json, path_id, read_body, start_of

MAX_BYTES: Final = 4_000_000
MAX_ROWS: Final = 10_000
MAX_PAGE: Final = 1_000
FRESH: Final = {"cache-control": "no-cache"}

router = APIRouter(tags=["sellers"])
rows_of = Rows(ListingIn, MAX_ROWS)


@router.get("/sellers/{seller_id}/card", summary="Read a card", **describes(CardOut, errors=(404,)))
async def read_card(request: Request, seller_id: str) -> Response:
    """Return who the seller is, as her card tells it."""
    live = live_of(request)
    live.need_ready()
    caller = guard_of(request).check(request, Scope.VISITOR, Scope.SELLER)
    seller = live.state.catalogue.sellers.get(caller.own_seller(seller_id))
    if seller is None:
        raise NotFound("no such seller")
    return _card(seller)


@router.put(
    "/sellers/{seller_id}/card",
    summary="Write a card",
    **describes(CardOut, CardIn, errors=(400, 404, 413, 415, 422)),
)
async def write_card(request: Request, seller_id: str) -> Response:
    """Replace the card; a field that is not sent is empty from now on."""
    live = live_of(request)
    live.need_ready()
    need_json(request)
    caller = guard_of(request).check(request, Scope.SELLER)
    seller_id = caller.own_seller(path_id(seller_id, "seller"))
    card = decode(await read_body(request, MAX_BYTES), CardIn)
    async with live.editing(seller_id):
        event = card_edit(card, seller_id, live.state, live.now())
        if event is not None:
            await live.append([event])
    return _card(live.state.catalogue.sellers[seller_id])


def _card(seller: Seller) -> Response:
    shown = msgspec.structs.asdict(seller)
    card = CardOut(**{name: shown[name] for name in CardOut.__struct_fields__})
    return Response(msgspec.json.encode(card), headers=FRESH, media_type="application/json")


@router.get(
    "/sellers/{seller_id}/shelf", summary="Read a shelf", **describes(ShelfOut, errors=(404, 422))
)
async def read_shelf(
    request: Request,
    seller_id: str,
    cursor: Annotated[
        str, Query(max_length=20, description="`next_cursor` of the page before")
    ] = "",
    limit: Annotated[int, Query(ge=1, le=MAX_PAGE)] = MAX_PAGE,
) -> Response:
    """Return the products of a shelf in the seller's order, sold-out ones included."""
    live = live_of(request)
    live.need_ready()
    caller = guard_of(request).check(request, Scope.VISITOR, Scope.SELLER)
    shelf = live.shelf(caller.own_seller(seller_id))
    start = start_of(cursor)
    rows = _in_order(shelf) if shelf is not None else []
    page = ShelfOut(
        seller_id=seller_id,
        items=[_product(shelf, row, live.now()) for row in rows[start : start + limit]]
        if shelf
        else [],
    )
    if start + limit < len(rows):
        page.next_cursor = str(start + limit)
    return Response(msgspec.json.encode(page), headers=FRESH, media_type="application/json")


@router.put(
    "/sellers/{seller_id}/shelf",
    summary="Put products on a shelf, change or remove them",
    **describes(Upserted, ListingsIn, list[ListingIn], errors=(400, 404, 413, 415, 422)),
)
async def write_shelf(request: Request, seller_id: str) -> Response:
    """Upsert by `item_id`: listings not named stay; `removed` takes one off the shelf.

    Rows that cannot be taken come back by index, the rest lands.
    """
    live = live_of(request)
    live.need_ready()
    need_json(request)
    caller = guard_of(request).check(request, Scope.SELLER)
    seller_id = caller.own_seller(path_id(seller_id, "seller"))
    told = Upserted(accepted=0, unchanged=0, rejected=[])
    rows = await asyncio.to_thread(rows_of.of_body, await read_body(request, MAX_BYTES))
    async with live.editing(seller_id):
        events = _edits(rows, seller_id, live, told)
        seqs = await live.append(events) if events else []
    told.unchanged += seqs.count(None)
    told.accepted += len(seqs) - seqs.count(None)
    return Response(msgspec.json.encode(told), media_type="application/json")


def _edits(
    rows: list[ListingIn | Rejected], seller_id: str, live: Live, told: Upserted
) -> list[Event]:
    edits = ListingEdits(live.state, seller_id, live.now())
    for index, row in enumerate(rows):
        if isinstance(row, Rejected):
            told.rejected.append(row)
            continue
        changed = edits.put(row)
        if isinstance(changed, str):
            told.rejected.append(refusal(changed, index))
        elif not changed:
            told.unchanged += 1
    return edits.events


def _in_order(shelf: Listings) -> list[int]:
    """Return the rows on the shelf: pinned first, then by position, then by first appearance."""
    order = np.lexsort((np.arange(shelf.n), shelf.position, ~shelf.pinned))
    rows: list[int] = order[shelf.active[order]].tolist()
    return rows


def _product(shelf: Listings, row: int, at: int) -> ProductOut:
    item, listing = shelf.items[row], shelf.listings[row]
    usual = listing.price if listing.price is not None else item.price
    price, _ = offer(listing, usual, at)
    stock = float(shelf.stock[row])
    return ProductOut(
        item_id=item.item_id,
        title=item.title,
        title_en=item.title_en,
        description=item.description,
        description_en=item.description_en,
        category=item.category,
        brand=item.brand,
        tags=list(item.tags),
        attributes=item.attributes,
        price=price,
        list_price=item.price,
        rating=item.rating,
        reviews=item.reviews,
        sales=item.sales,
        image=item.image,
        stock=int(stock) if isfinite(stock) else None,
        pinned=listing.pinned,
        position=listing.position,
        usual_price=usual,
        own_stock=listing.stock,
        promotions=[_promotion(one, at) for one in listing.promotions],
    )


def _promotion(one: Promotion, at: int) -> PromotionOut:
    return PromotionOut(
        promotion_id=one.promotion_id,
        kind=one.kind,
        price=one.price,
        amount=one.amount,
        least=one.least,
        group_size=one.group_size,
        starts=rfc3339(one.starts) if one.starts else "",
        ends=rfc3339(one.ends) if one.ends else "",
        label=one.label,
        running=one.runs(at),
    )
