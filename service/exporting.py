"""A copy of what is held of a visitor, as it goes over the wire."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeVar

from data.held import Held, document
from data.knowledge import Question
from data.schemas import GONE, Consent, Event, Kind, Recommendation, TagRemoved
from models.tags import Tag
from service.moments import rfc3339
from service.privacy_schemas import (
    ActOut,
    ConsentOut,
    EarlierOut,
    ExportOut,
    HeldConsultation,
    HeldQuestion,
    ListOut,
    SaidOut,
    TagOut,
)
from service.routes.recommend import picks_of

T = TypeVar("T")
Mask = Callable[[str, str], str]
"""Return a code for a visitor (keyed hash) that means her at one seller alone."""


def export_of(
    held: Held, tags: Sequence[Tag], seller_id: str, at: int, mask: Mask, *, followed: bool
) -> ExportOut:
    """Put what is held of a visitor on the wire; takes a while for one who did much."""
    told = ExportOut(
        made_at=rfc3339(at),
        seller_id=seller_id,
        personalization=switch(followed),
        acts=[],
        lists=[],
        questions=[],
        consultations=[
            HeldConsultation(
                consultation_id=talk.consultation_id,
                at=rfc3339(talk.at or event.at),
                seller_id=event.seller_id,
                item_ids=[*talk.item_ids],
                turns=[SaidOut(role=turn.role, text=turn.text) for turn in talk.turns],
            )
            for event, talk in held.talks
        ],
        consents=[],
        erasures=[],
        tags=tags_out(tags),
        led=held.led,
    )
    for event in held.entries:
        if (shown := _document(event, Kind.RECOMMENDATION, Recommendation)) is not None:
            told.lists.append(_list(event, shown))
        elif (asked := _document(event, Kind.QUESTION, Question)) is not None:
            told.questions.append(_question(event, asked, held))
        elif (allowed := _document(event, Kind.CONSENT, Consent)) is not None:
            told.consents.append(_consent(event, allowed))
        elif event.kind is Kind.ERASURE:
            told.erasures.append(_earlier(event))
        else:
            told.acts.append(_act(event, mask))
    return told


def switch(on: bool) -> str:
    """Return how the wire says whether a visitor is followed."""
    return "on" if on else "off"


def tags_out(tags: Sequence[Tag]) -> list[TagOut]:
    """Put tags on the wire."""
    return [TagOut(tag=one.tag, weight=one.weight, disliked=one.disliked) for one in tags]


def _document(event: Event, kind: Kind, form: type[T]) -> T | None:
    """Return an event's document if it is of a kind."""
    return document(event, form) if event.kind is kind else None


def _list(event: Event, shown: Recommendation) -> ListOut:
    query = shown.query
    return ListOut(
        recommendation_id=query.recommendation_id,
        at=rfc3339(event.at),
        seller_id=event.seller_id,
        placement=query.placement,
        region=query.region,
        locale=query.locale,
        item_ids=[*query.context_items],
        personalized=shown.personalized,
        model_version=shown.model_version,
        items=picks_of(shown, shown.titles),
    )


def _question(event: Event, asked: Question, held: Held) -> HeldQuestion:
    replied_at, reply = held.replies.get(event.event_id, (0, ""))
    return HeldQuestion(
        answer_id=event.event_id,
        at=rfc3339(event.at),
        seller_id=event.seller_id,
        item_id=asked.item_id,
        text=asked.text,
        status=asked.status,
        answer=asked.answer,
        reply=reply,
        replied_at=rfc3339(replied_at) if reply else "",
    )


def _consent(event: Event, allowed: Consent) -> ConsentOut:
    told = switch(allowed.personalization)
    return ConsentOut(at=rfc3339(event.at), seller_id=event.seller_id, personalization=told)


def _earlier(event: Event) -> EarlierOut:
    return EarlierOut(receipt_id=event.event_id, at=rfc3339(event.at), seller_id=event.seller_id)


def _act(event: Event, mask: Mask) -> ActOut:
    sharer = event.from_visitor if event.from_visitor != GONE else None
    removed = _document(event, Kind.TAG_REMOVED, TagRemoved)
    return ActOut(
        at=rfc3339(event.at),
        kind=event.kind,
        seller_id=event.seller_id,
        event_id=event.event_id,
        item_id=event.item_id,
        session_id=event.session_id,
        duration_ms=event.duration_ms,
        value=event.value,
        quantity=event.quantity,
        price=event.price,
        position=event.position,
        recommendation_id=event.recommendation_id,
        answer_id=event.answer_id,
        share_id=event.share_id,
        from_visitor=mask(event.seller_id, sharer) if sharer else None,
        channel=event.channel,
        tag=removed.tag if removed is not None else None,
    )
