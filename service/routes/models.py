"""The data team's calls: which models there are, which one serves, promote and roll back."""

from __future__ import annotations

import msgspec
from fastapi import APIRouter, Request
from starlette.responses import Response

from service.deps import guard_of, live_of
from service.keys import Scope
from service.live import Live
from service.openapi import describes
from service.schemas import ModelOut, ModelsOut, Promoted

router = APIRouter(tags=["models"])


@router.get("/models", summary="List the models", **describes(ModelsOut))
async def get_models(request: Request) -> Response:
    """Return every registered version with its model card, the newest first."""
    live = live_of(request)
    guard_of(request).check(request, Scope.ADMIN)
    champion, cards = await live.models.listing()
    reply = ModelsOut(
        champion=champion,
        serving=live.recommender.version,
        models=[
            ModelOut(
                version=card.version,
                champion=card.version == champion,
                card=msgspec.to_builtins(card),
            )
            for card in cards
        ],
    )
    return Response(msgspec.json.encode(reply), media_type="application/json")


@router.post(
    "/models/rollback",
    summary="Go back to the champion before",
    **describes(Promoted, errors=(409,)),
)
async def post_rollback(request: Request) -> Response:
    """Let the champion before this one answer from the next request on."""
    live = live_of(request)
    live.need_ready()
    guard_of(request).check(request, Scope.ADMIN)
    await live.models.roll_back(live.now())
    return _serving(live)


@router.post(
    "/models/{version}/promote",
    summary="Let a version answer",
    **describes(Promoted, errors=(404, 409)),
)
async def post_promote(request: Request, version: str) -> Response:
    """Load and warm a version, make it the champion and let it answer from the next request on.

    A version whose folder is broken or was fitted on other features is refused with 409, and the
    old one goes on answering.
    """
    live = live_of(request)
    live.need_ready()
    guard_of(request).check(request, Scope.ADMIN)
    await live.models.promote(version, live.now())
    return _serving(live)


def _serving(live: Live) -> Response:
    reply = Promoted(serving=live.recommender.version)
    return Response(msgspec.json.encode(reply), media_type="application/json")
