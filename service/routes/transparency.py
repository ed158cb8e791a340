"""GET /transparency: how picks come about, in plain words."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query, Request
from starlette.responses import Response

from service.deps import guard_of, live_of
from service.keys import Scope
from service.openapi import describes
from service.privacy_schemas import TransparencyOut
from service.replies import json_reply
from service.transparency import told_of

router = APIRouter(tags=["visitors"])


@router.get(
    "/transparency",
    summary="Tell how picks come about",
    **describes(TransparencyOut, errors=(404, 422)),
)
async def get_transparency(
    request: Request,
    seller_id: Annotated[
        str | None,
        Query(min_length=1, max_length=128, description="whose shop; fixed by her key"),
    ] = None,
) -> Response:
    """Return what counts for picks and how much, what is held for it, and what a visitor may do.

    `shop` is what the seller has put in force; without a seller, as an operator may ask, it is
    null. Nothing in it is about one visitor: why a product stands in a list its reasons say.
    """
    live = live_of(request)
    live.need_ready()
    caller = guard_of(request).check(request, Scope.VISITOR, Scope.SELLER)
    seller_id = caller.seller(seller_id) if caller.owner else seller_id
    shelf = live.shelf(seller_id) if seller_id else None
    recommender = live.recommender
    card = await live.models.card()
    share = live.holdout.share(seller_id, live.state.catalogue) if seller_id else 0.0
    return json_reply(told_of(recommender, card, shelf, share)).response()
