"""POST /answer: a visitor's question, answered from the seller's own words or handed to her."""

from __future__ import annotations

from time import perf_counter
from typing import Annotated, Final

import msgspec
from fastapi import APIRouter, Query, Request
from starlette.responses import Response

from data.catalogue import Listings
from data.errors import BadField, Invalid, NotFound
from data.knowledge import Asked, Question
from data.masking import mask
from data.schemas import Event, Kind, Recommendation
from data.schemas import Query as Wanted
from models.answers.record import Ask
from models.language import language, language_of
from service.answer_schemas import AnswerIn, AnswerOut, HandoffOut, SourceOut, SuggestionsOut
from service.deps import guard_of, live_of, metrics_of, rates_of
from service.keys import Scope
from service.live import Live
from service.moments import rfc3339
from service.openapi import describes
from service.replies import PRIVATE, json_reply
from service.routes.recommend import picks_of, shown_event, titles_of
from service.schemas import PickOut, ReasonOut
from service.validation import decode, need_json, read_body

MAX_BYTES: Final = 64_000
PICKS: Final = 3
RANKED: Final = 100
EXAMPLE: Final = {
    "seller_id": "s0001",
    "visitor_id": "guest-1",
    "question": "请问多久能发货？",
    "locale": "zh",
}

router = APIRouter(tags=["answers"])


@router.post(
    "/answer",
    summary="Answer a visitor's question",
    **describes(AnswerOut, AnswerIn, errors=(400, 404, 413, 415, 422), example=EXAMPLE),
)
async def post_answer(request: Request) -> Response:
    """Answer from approved entries, product facts and past consultations, or say that it cannot.

    `status` is `answered`; `clarify`, with up to three questions that may have been meant;
    `abstained`, when it is not about this shop; or `handed_off`: the seller has the question, and
    `GET /answers/{answer_id}` shows her reply. Prices and stock are those of this moment.
    """
    begun = perf_counter()
    live = live_of(request)
    live.need_ready()
    need_json(request)
    caller = guard_of(request).check(request, Scope.VISITOR, Scope.SELLER)
    row = decode(await read_body(request, MAX_BYTES), AnswerIn)
    seller_id = caller.seller(row.seller_id)
    shelf = live.shelf(seller_id)
    visitor = _visitor(row, live)
    rates_of(request).admit_question(request, seller_id, visitor)
    ask = Ask(
        question_id=live.names.answer_id(seller_id),
        seller_id=seller_id,
        text=mask(row.question),
        at=live.now(),
        visitor=visitor,
        item_id=row.item_id if shelf is not None and row.item_id in shelf.places else "",
        locale=row.locale,
        conversation_id=row.conversation_id or "",
    )
    assistant = await live.helper.ready(seller_id, live.state, ask.at)
    question = assistant.respond(ask, live.state, lambda: _order(ask, live, shelf))

    picks, shown = _picks(ask, question, live, shelf)
    names = tuple(pick.item_id for pick in picks)
    suggested = question.suggestions
    if question.status != "clarify":
        items, spoken = [*question.picks, *names], language(ask.text)
        found = assistant.suggest(seller_id, items, live.state, ask.at, spoken)
        suggested = tuple(one for one in found if one != question.text)
    recommendation_id = shown.event_id if shown is not None and live.log(shown) else ""
    question = msgspec.structs.replace(
        question, shown=names, suggestions=suggested, recommendation_id=recommendation_id
    )
    await live.append(_events(ask, question, row.session_id if visitor else None))

    metrics_of(request).answers.labels(question.status).inc()
    if shown is not None and not recommendation_id:
        metrics_of(request).unlogged.inc()
    reply = _answer(Asked(question=question, at=ask.at, visitor=visitor), picks)
    reply.took_ms = round((perf_counter() - begun) * 1000, 3)
    return json_reply(reply, 200, PRIVATE).response()


@router.get(
    "/answers/{answer_id}",
    summary="Look whether the seller has replied",
    **describes(AnswerOut, errors=(404, 422)),
)
async def get_answer(
    request: Request,
    answer_id: str,
    visitor_id: Annotated[str, Query(max_length=128, description="who asked")] = "",
) -> Response:
    """Return an answer as it was given, with the seller's reply once there is one."""
    live = live_of(request)
    live.need_ready()
    caller = guard_of(request).check(request, Scope.VISITOR, Scope.SELLER)
    seller_id = live.names.owner(answer_id, live.state.catalogue)
    if seller_id is None or caller.owner not in {"", seller_id}:
        raise NotFound("no such answer")
    asked = live.state.knowledge.of(seller_id).questions.get(answer_id)
    visitor = live.pseudonym(visitor_id) if visitor_id else ""
    if asked is None or (asked.visitor not in {"", visitor} and caller.scope is Scope.VISITOR):
        raise NotFound("no such answer")
    reply = _answer(asked, await _shown_beside(asked.question, seller_id, live))
    return json_reply(reply, 200, PRIVATE).response()


@router.get(
    "/sellers/{seller_id}/suggestions",
    summary="Suggest questions to a visitor",
    **describes(SuggestionsOut, errors=(404, 422)),
)
async def get_suggestions(
    request: Request,
    seller_id: str,
    item_id: Annotated[str, Query(max_length=128, description="the open product's page")] = "",
    locale: Annotated[str, Query(max_length=35, description="the visitor's")] = "zh",
) -> Response:
    """Return what visitors of this shop, or of this product's page, are likely to ask."""
    live = live_of(request)
    live.need_ready()
    caller = guard_of(request).check(request, Scope.VISITOR, Scope.SELLER)
    seller_id = caller.own_seller(seller_id)
    live.shelf(seller_id)
    items = [item_id] if item_id else []
    spoken = language_of(locale)
    found = live.helper.assistant.suggest(seller_id, items, live.state, live.now(), spoken)
    reply = SuggestionsOut(suggested_questions=found)
    return json_reply(reply, 200, PRIVATE).response()


def _visitor(row: AnswerIn, live: Live) -> str:
    """Return the visitor's hash; nothing when this request or her consent says so."""
    if row.personalization == "off":
        return ""
    if row.visitor_id is None:
        missing = BadField("visitor_id", "is required unless personalization is off", "missing")
        raise Invalid(f"{missing.where} {missing.detail}", [missing])
    visitor = live.pseudonym(row.visitor_id)
    return visitor if live.state.profile(visitor).personalization else ""


def _events(ask: Ask, question: Question, session_id: str | None) -> list[Event]:
    """Return the question, and an act of interest for each product it is about."""
    common = {"at": ask.at, "seller_id": ask.seller_id, "visitor": ask.visitor}
    asked = Event(
        event_id=ask.question_id,
        kind=Kind.QUESTION,
        item_id=ask.item_id or None,
        session_id=session_id,
        payload=msgspec.Raw(msgspec.json.encode(question)),
        **common,  # type: ignore[arg-type]  # times and ids, each of its field's type
    )
    items = dict.fromkeys([*([ask.item_id] if ask.item_id else []), *question.picks])
    consulted = [
        Event(
            event_id=f"{ask.question_id}_{place}",
            kind=Kind.CONSULT,
            item_id=item_id,
            session_id=session_id,
            answer_id=ask.question_id,
            **common,  # type: ignore[arg-type]  # as above
        )
        for place, item_id in enumerate(items)
    ]
    return [asked, *consulted]


def _wanted(
    ask: Ask, live: Live, count: int, about: tuple[str, ...], without: tuple[str, ...] = ()
) -> Wanted:
    return Wanted(
        recommendation_id=live.names.recommendation_id(ask.seller_id),
        seller_id=ask.seller_id,
        visitor=ask.visitor,
        at=ask.at,
        placement="chat",
        count=count,
        context_items=about,
        exclude=without,
        locale=ask.locale,
        personalization=bool(ask.visitor),
    )


def _order(ask: Ask, live: Live, shelf: Listings | None) -> list[int]:
    """Return places of the shelf, the best for this visitor first."""
    if shelf is None:
        return []
    record = live.recommend(_wanted(ask, live, RANKED, ()))
    return [shelf.places[slot.item_id] for slot in record.slots]


def _picks(
    ask: Ask, question: Question, live: Live, shelf: Listings | None
) -> tuple[list[PickOut], Event | None]:
    """Return the products that go with an answer, and the list to log if they are one.

    They are those advised, or picks about its products.
    """
    if advised := _advised(question):
        return advised, None
    if shelf is None or question.status not in {"answered", "clarify"}:
        return [], None
    about = tuple(dict.fromkeys([*([ask.item_id] if ask.item_id else []), *question.picks]))
    if not about and question.origin != "generated":
        return [], None
    alike = question.origin == "generated"  # what is like a product is not that product
    query = _wanted(ask, live, PICKS, about, about if alike else ())
    record = live.recommend(query)
    titles = titles_of(record, shelf)
    return picks_of(record, titles), shown_event(record, titles)


async def _shown_beside(question: Question, seller_id: str, live: Live) -> list[PickOut]:
    """Return the products that went with an answer, from what was logged."""
    name = question.recommendation_id
    event = await live.find(seller_id, name) if name else None
    if event is None or event.payload is None:
        return _advised(question)
    record = msgspec.json.decode(event.payload, type=Recommendation)
    return picks_of(record, record.titles)


def _advised(question: Question) -> list[PickOut]:
    """Return the products that an answer itself is about, each with what meets the wish."""
    advised = question.sources if question.origin == "generated" else question.advised
    return [
        PickOut(
            item_id=source.id,
            rank=rank,
            score=1.0,
            propensity=1.0,
            source="advice",
            reasons=[ReasonOut(code="meets_wish", text=source.quote, evidence=source.quote)],
        )
        for rank, source in enumerate(advised, 1)
    ]


def _answer(asked: Asked, picks: list[PickOut]) -> AnswerOut:
    question, handoff = asked.question, None
    if question.status == "handed_off" or asked.reply:
        handoff = HandoffOut(
            state="replied" if asked.reply else "waiting",
            urgent=question.urgent,
            reply=asked.reply,
            replied_at=rfc3339(asked.replied_at) if asked.reply else "",
        )
    return AnswerOut(
        answer_id=question.question_id,
        status=question.status,
        answer=question.answer,
        origin=question.origin,
        confidence=question.confidence,
        sources=[SourceOut(kind=one.kind, id=one.id, quote=one.quote) for one in question.sources],
        suggested_questions=list(question.suggestions),
        picks=picks,
        recommendation_id=question.recommendation_id or None,
        handoff=handoff,
        conversation_id=question.conversation_id,
        took_ms=0.0,
    )
