"""POST /recommend: picks for a visitor now; GET /recommendations/{id}: the same list again."""

from __future__ import annotations

from collections.abc import Mapping
from time import perf_counter
from typing import Final

import msgspec
from fastapi import APIRouter, Request
from starlette.responses import Response

from data.catalogue import Listings
from data.errors import BadField, Invalid, NotFound
from data.schemas import Event, Kind, Query, Recommendation
from models.explain import render
from models.expressions import fields_of
from models.language import language_of
from service.asks import check_expressions, read_ask
from service.deps import guard_of, live_of, parts_of
from service.keys import Scope
from service.live import Live
from service.moments import rfc3339
from service.openapi import describes
from service.referrals import named, sharer
from service.replies import PRIVATE, Reply, json_reply
from service.schemas import ExperimentOut, PickOut, ReasonOut, RecommendIn, RecommendOut, ReplayOut
from service.validation import need_json, read_body

MAX_BYTES: Final = 1_000_000
EXAMPLE: Final = {
    "seller_id": "s0001",
    "visitor_id": "guest-1",
    "count": 5,
    "context": {"item_ids": [], "locale": "zh"},
    "reshow": "cooldown",
    "filter": "price < 500",
}

router = APIRouter(tags=["recommendations"])


@router.post(
    "/recommend",
    summary="Pick products of one shelf for one visitor",
    **describes(RecommendOut, RecommendIn, errors=(400, 404, 413, 415, 422), example=EXAMPLE),
)
async def post_recommend(request: Request) -> Response:
    """Return up to `count` products of the seller's shelf, the best for this visitor first.

    Never empty while the shelf has something to offer: `fallback_level` says what the list rests
    on (0 her history, 1 this sitting, 2 who shared the card, 3 what is popular, 4 the seller's
    order). With `personalization` off no profile is read or written. `filter` is a condition such
    as `category == "serum" and price < 200`; `boost` lists conditions with factors, such as
    `brand == "Lumi" => 2; pinned`, and what it raised is told in the reasons. Links that the
    visitor sends on name her by `referral_code`, never by her id: that is all that proves her.
    """
    return (await recommend(request)).response()


async def recommend(request: Request) -> Reply:
    """Answer a call from its headers to the reply's last byte, by whichever path it came."""
    begun = perf_counter()
    parts = parts_of(request)
    live = parts.live
    live.need_ready()
    need_json(request)
    caller = parts.guard.check(request, Scope.VISITOR, Scope.SELLER)
    ask = read_ask(await read_body(request, MAX_BYTES))
    seller_id = caller.seller(ask.seller_id)
    if not live.alone:
        await _abreast(live, seller_id, ask)
    shelf = live.shelf(seller_id)
    if ask.filter or ask.boost:
        check_expressions(ask)
        if shelf is not None:
            await live.texts.ready(shelf, fields_of(ask.filter or "", ask.boost or ""))
    query = _query(ask, seller_id, live)
    if caller.scope is Scope.VISITOR:
        parts.rates.admit_visitor(seller_id, query.visitor)

    if query.reshow != "allow":
        await live.shown(query.visitor)

    record = live.recommend(query)
    titles = titles_of(record, shelf)
    if not ask.dry_run:
        event = shown_event(record, titles)
        if not live.log(event):
            parts.metrics.unlogged.inc()

    parts.metrics.count_list(record.fallback_level)
    reply = RecommendOut(
        recommendation_id=query.recommendation_id,
        items=picks_of(record, titles),
        fallback_level=record.fallback_level,
        personalized=record.personalized,
        model_version=record.model_version,
        experiment=_experiment(record),
        referral_code=live.referral(seller_id, query.visitor) if query.visitor else "",
        took_ms=round((perf_counter() - begun) * 1000, 3),
    )
    return json_reply(reply, 200, PRIVATE)


@router.get(
    "/recommendations/{recommendation_id}",
    summary="Show a past list as it was shown",
    **describes(ReplayOut, errors=(404,)),
)
async def get_recommendation(request: Request, recommendation_id: str) -> Response:
    """Return a list bit for bit as it was logged: for disputes, audits and bug reports.

    The model that made it is not asked: it may have gone since.
    """
    live = live_of(request)
    live.need_ready()
    caller = guard_of(request).check(request, Scope.SELLER)
    seller_id = live.names.owner(recommendation_id, live.state.catalogue)
    if seller_id is None or caller.owner not in {"", seller_id}:
        raise NotFound("no such recommendation")
    event = await live.find(seller_id, recommendation_id)
    if event is None or event.payload is None or event.kind is not Kind.RECOMMENDATION:
        raise NotFound("no such recommendation")
    record = msgspec.json.decode(event.payload, type=Recommendation)
    reply = ReplayOut(
        recommendation_id=recommendation_id,
        items=picks_of(record, record.titles),
        fallback_level=record.fallback_level,
        personalized=record.personalized,
        model_version=record.model_version,
        experiment=_experiment(record),
        seller_id=seller_id,
        at=rfc3339(event.at),
        placement=record.query.placement,
    )
    return json_reply(reply, 200, PRIVATE).response()


async def _abreast(live: Live, seller_id: str, ask: RecommendIn) -> None:
    """Wait for what other processes acknowledged of the visitor and of who sent her.

    Of anybody for a new seller.
    """
    if seller_id not in live.state.catalogue.sellers:
        await live.abreast()
    elif ask.visitor_id is not None:
        sender = named(live, seller_id, ask.context.from_visitor_id)
        await live.abreast({live.pseudonym(ask.visitor_id), *sender})


def _query(ask: RecommendIn, seller_id: str, live: Live) -> Query:
    """Make the frozen question, with its time, its id and what may be known of the visitor."""
    visitor = _visitor(ask, live)
    sender = ask.context.from_visitor_id
    return Query(
        recommendation_id=live.names.recommendation_id(seller_id),
        seller_id=seller_id,
        visitor=visitor,
        at=live.now(),
        session_id=ask.session_id if visitor else None,
        placement=ask.placement,
        count=ask.count,
        context_items=tuple(ask.context.item_ids),
        share_id=ask.context.share_id,
        from_visitor=sharer(live, seller_id, sender) if visitor and sender else None,
        region=ask.context.region or "",
        locale=ask.context.locale,
        exclude=tuple(ask.exclude_ids),
        filter=ask.filter or "",
        boost=ask.boost or "",
        diversity=ask.diversity or 0.0,
        reshow=ask.reshow,
        personalization=bool(visitor),
        explain=ask.explain,
    )


def _visitor(ask: RecommendIn, live: Live) -> str:
    """Return the visitor's hash; nothing when this request or her consent says so."""
    if ask.personalization == "off":
        return ""
    if ask.visitor_id is None:
        missing = BadField("visitor_id", "is required unless personalization is off", "missing")
        raise Invalid(f"{missing.where} {missing.detail}", [missing])
    visitor = live.pseudonym(ask.visitor_id)
    return visitor if live.state.profile(visitor).personalization else ""


def titles_of(record: Recommendation, shelf: Listings | None) -> dict[str, str]:
    """Return the names of the products that reasons point at, in the visitor's language."""
    titles: dict[str, str] = {}
    if shelf is None:
        return titles
    chinese, places = language_of(record.query.locale) == "zh", shelf.places
    for slot in record.slots:
        for _, evidence in slot.reasons:
            if evidence and (place := places.get(evidence)) is not None:
                item = shelf.items[place]
                titles[evidence] = item.title if chinese else item.title_en or item.title
    return titles


def shown_event(record: Recommendation, titles: dict[str, str]) -> Event:
    """Return the event that logs a list as it was shown."""
    query = record.query
    told = msgspec.structs.replace(record, titles=titles) if titles else record
    return Event(
        event_id=query.recommendation_id,
        kind=Kind.RECOMMENDATION,
        at=query.at,
        seller_id=query.seller_id,
        visitor=query.visitor,
        session_id=query.session_id,
        share_id=query.share_id,
        from_visitor=query.from_visitor,
        payload=msgspec.Raw(msgspec.json.encode(told)),
    )


def picks_of(record: Recommendation, titles: Mapping[str, str]) -> list[PickOut]:
    """Return a logged list as it goes over the wire."""
    language = language_of(record.query.locale)
    return [
        PickOut(
            item_id=slot.item_id,
            rank=rank,
            score=slot.score,
            propensity=slot.propensity,
            source=slot.source,
            reasons=[
                ReasonOut(code=code, text=render(code, why, language, titles), evidence=why)
                for code, why in slot.reasons
            ],
        )
        for rank, slot in enumerate(record.slots, 1)
    ]


def _experiment(record: Recommendation) -> ExperimentOut | None:
    return ExperimentOut(id="popularity_holdout", arm=record.arm) if record.arm else None
