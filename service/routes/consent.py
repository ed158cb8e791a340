"""PUT /visitors/{id}/consent: a visitor allows personal picks, or forbids them."""

from __future__ import annotations

from typing import Final

import msgspec
from fastapi import APIRouter, Request
from starlette.responses import Response

from data.schemas import Consent, Event, Kind
from service.audit import TARGETS
from service.deps import fresh_id, guard_of, live_of, rates_of
from service.keys import Scope
from service.moments import rfc3339
from service.openapi import describes
from service.privacy_schemas import ConsentIn, ConsentOut
from service.replies import PRIVATE, json_reply
from service.validation import decode, need_json, path_id, read_body

MAX_BYTES: Final = 10_000

router = APIRouter(tags=["visitors"])


@router.put(
    "/visitors/{visitor_id}/consent",
    summary="Allow personal picks, or forbid them",
    **describes(ConsentOut, ConsentIn, errors=(400, 404, 413, 415, 422)),
)
async def write_consent(request: Request, visitor_id: str) -> Response:
    """Let picks follow a visitor, or no more, on all cards from the next request on.

    The same as a `consent` event, for whoever keeps no event ids. What was kept before stays until
    it is erased; while it is off nothing is read of it, and nothing is added.
    """
    live = live_of(request)
    live.need_ready()
    need_json(request)
    caller = guard_of(request).check(request, Scope.VISITOR, Scope.SELLER)
    told = decode(await read_body(request, MAX_BYTES), ConsentIn)
    seller_id = caller.seller(told.seller_id)
    live.shelf(seller_id)
    visitor = live.pseudonym(path_id(visitor_id, "visitor"))
    request.scope[TARGETS] = {"seller_id": seller_id}
    if caller.scope is Scope.VISITOR:
        rates_of(request).admit_visitor(seller_id, visitor)

    allowed, at = told.personalization == "on", live.now()
    event = Event(
        event_id=f"wish_{fresh_id()}",
        kind=Kind.CONSENT,
        at=at,
        seller_id=seller_id,
        visitor=visitor,
        payload=msgspec.Raw(msgspec.json.encode(Consent(personalization=allowed))),
    )
    await live.append([event])

    reply = ConsentOut(at=rfc3339(at), seller_id=seller_id, personalization=told.personalization)
    return json_reply(reply, 200, PRIVATE).response()
