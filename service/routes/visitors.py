"""A visitor's rights: a copy of what is held of her, her tags, and to be forgotten."""

from __future__ import annotations

import asyncio
from typing import Annotated, Final

import msgspec
from fastapi import APIRouter, Query, Request
from pydantic import BaseModel, Field
from starlette.responses import Response

from data.errors import NotFound
from data.held import held
from data.schemas import Event, Kind, TagRemoved
from models.tags import Tag, tags_at
from service.audit import TARGETS
from service.deps import fresh_id, guard_of, live_of, rates_of
from service.erasing import erase
from service.exporting import export_of, switch, tags_out
from service.keys import Scope
from service.live import Live
from service.moments import rfc3339
from service.openapi import describes
from service.privacy_schemas import ExportOut, TagRemovedOut, TagsOut
from service.seller_schemas import ErasedOut
from service.validation import path_id

UNKNOWN: Final = "no such visitor"
PRIVATE: Final = {"cache-control": "private, no-store"}

router = APIRouter(tags=["visitors"])


class _Where(BaseModel, extra="forbid"):
    """Take no other parameter: who mistypes this one would erase at all sellers."""

    seller_id: str | None = Field(
        None, min_length=1, max_length=128, description="only at this seller; fixed by her key"
    )


@router.get(
    "/visitors/{visitor_id}/export",
    summary="Give a copy of what is held of a visitor",
    **describes(ExportOut, errors=(404, 422)),
)
async def export_visitor(
    request: Request,
    visitor_id: str,
    where: Annotated[_Where, Query()],
) -> Response:
    """Return what a visitor left, and what came of it, at the key's seller or at all of them.

    At all with an operator's key. Who may erase may ask for a copy, and a page's key may not: an
    id does not prove that the caller is the visitor. Of others there are codes and numbers only.
    The trail tells that a copy was made, not of whom; it counts as an erasure does.
    """
    live = live_of(request)
    seller_id = _seller(request, where)
    rates_of(request).admit_erasure(request)
    visitor = live.pseudonym(path_id(visitor_id, "visitor"))
    request.scope[TARGETS] = {"seller_id": seller_id}

    await live.settled()
    found = await live.look(lambda log: held(log, visitor, seller_id))
    if not found.entries and not found.talks and not found.led:
        raise NotFound(UNKNOWN)
    profile, at = live.state.profile(visitor), live.now()
    tags = tags_at(profile, seller_id, live.state.catalogue, at)
    follows = profile.personalization

    def written() -> bytes:
        told = export_of(found, tags, seller_id, at, live.mask, followed=follows)
        return msgspec.json.encode(told)

    body = await asyncio.to_thread(written)
    return Response(body, headers=PRIVATE, media_type="application/json")


@router.get(
    "/visitors/{visitor_id}/tags",
    summary="List what is taken for a visitor's tastes",
    **describes(TagsOut, errors=(404, 422)),
)
async def list_tags(
    request: Request,
    visitor_id: str,
    where: Annotated[_Where, Query()],
) -> Response:
    """Return a visitor's tags: categories, brands, tags and attributes of what she turned to.

    With a seller's key what her newest acts on that card alone tell. What she turned down is told,
    and taken away, with an operator's: it is not known at which card she did.
    """
    live = live_of(request)
    seller_id = _seller(request, where)
    visitor = live.pseudonym(path_id(visitor_id, "visitor"))
    told = TagsOut(
        seller_id=seller_id,
        personalization=switch(live.state.profile(visitor).personalization),
        tags=tags_out(_tags(live, visitor, seller_id)),
    )
    return Response(msgspec.json.encode(told), headers=PRIVATE, media_type="application/json")


@router.delete(
    "/visitors/{visitor_id}/tags/{tag:path}",
    summary="Take away one of a visitor's tags",
    **describes(TagRemovedOut, errors=(404, 422)),
)
async def remove_tag(
    request: Request,
    visitor_id: str,
    tag: str,
    where: Annotated[_Where, Query()],
) -> Response:
    """Forget that a visitor turns to something, or away from it, at all sellers.

    What she does from then on counts anew. What she looked at stays known, as do products like it;
    who wants nothing to count sends a `consent` event.
    """
    live = live_of(request)
    seller_id = _seller(request, where)
    visitor = live.pseudonym(path_id(visitor_id, "visitor"))
    request.scope[TARGETS] = {"seller_id": seller_id}
    if tag not in {one.tag for one in _tags(live, visitor, seller_id)}:
        raise NotFound("no such tag of hers")

    await live.append([_removal(live.now(), visitor, seller_id, tag)])

    told = TagRemovedOut(tag=tag)
    return Response(msgspec.json.encode(told), headers=PRIVATE, media_type="application/json")


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
    seller_id = _seller(request, where)
    rates_of(request).admit_erasure(request)
    visitor = live.pseudonym(path_id(visitor_id, "visitor"))

    done = await erase(live, visitor, seller_id)
    if done is None:
        raise NotFound(UNKNOWN)

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


def _tags(live: Live, visitor: str, seller_id: str) -> list[Tag]:
    """Return what tags may be told of a visitor. Raises NotFound where there are none."""
    profile, catalogue = live.state.profile(visitor), live.state.catalogue
    found = tags_at(profile, seller_id, catalogue, live.now())
    if not found:
        raise NotFound(UNKNOWN)
    return found


def _removal(at: int, visitor: str, seller_id: str, tag: str) -> Event:
    return Event(
        event_id=f"untag_{fresh_id()}",
        kind=Kind.TAG_REMOVED,
        at=at,
        seller_id=seller_id,
        visitor=visitor,
        payload=msgspec.Raw(msgspec.json.encode(TagRemoved(tag))),
    )


def _seller(request: Request, where: _Where) -> str:
    """Return at which seller a call is about a visitor; empty for an operator's at all of them."""
    live_of(request).need_ready()
    caller = guard_of(request).check(request, Scope.SELLER)
    seller_id = where.seller_id or caller.owner
    return caller.seller(seller_id) if caller.owner else seller_id
