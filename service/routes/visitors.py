"""A visitor's right to be forgotten: DELETE /visitors/{id}."""

from __future__ import annotations

from typing import Annotated, Final

import msgspec
from fastapi import APIRouter, Query, Request
from pydantic import BaseModel, Field
from starlette.responses import Response

from data.errors import NotFound
from service.audit import TARGETS
from service.deps import guard_of, live_of, rates_of
from service.erasing import erase
from service.keys import Scope
from service.moments import rfc3339
from service.openapi import describes
from service.seller_schemas import ErasedOut
from service.validation import path_id

PRIVATE: Final = {"cache-control": "private, no-store"}

router = APIRouter(tags=["visitors"])


class _Where(BaseModel, extra="forbid"):
    """Take no other parameter: who mistypes this one would erase at all sellers."""

    seller_id: str | None = Field(
        None, min_length=1, max_length=128, description="only at this seller; fixed by her key"
    )


@router.delete(
    "/visitors/{visitor_id}",
    summary="Forget a visitor",
    **describes(ErasedOut, status=202, errors=(404, 422)),
)
async def erase_visitor(
    request: Request,
    visitor_id: str,
    where: Annotated[_Where, Query()],
) -> Response:
    """Erase what a visitor left: at the key's seller, or with an operator's key at all of them.

    A page's key may not: it stands in every card, and visitor ids travel in shared links, so it
    cannot tell that the caller is the visitor. The seller or the operator does it at her request.

    When this returns, the log, the profile, the questions, consultations and figures have forgotten
    her, on disk too; models have with the next training. Counts stay, as nobody's. Asking again is
    safe and gives the same receipt. Whoever comes back under the same id is a new visitor, with
    what her device, or a process that was killed, had not yet handed in.
    """
    live = live_of(request)
    live.need_ready()
    caller = guard_of(request).check(request, Scope.SELLER)
    rates_of(request).admit_erasure(request)
    seller_id = where.seller_id or caller.owner
    seller_id = caller.seller(seller_id) if caller.owner else seller_id
    visitor = live.pseudonym(path_id(visitor_id, "visitor"))

    done = await erase(live, visitor, seller_id)
    if done is None:
        raise NotFound("no such visitor")

    request.scope[TARGETS] = {"receipt_id": done.receipt_id, "seller_id": seller_id}
    told = ErasedOut(
        receipt_id=done.receipt_id,
        erased_at=rfc3339(done.at),
        seller_id=seller_id,
        entries=done.entries,
        questions=done.questions,
        consultations=done.consultations,
    )
    return Response(
        msgspec.json.encode(told), status_code=202, headers=PRIVATE, media_type="application/json"
    )
