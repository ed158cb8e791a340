"""What a log holds of one visitor, as she may have it: what is hers, and of others only numbers."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from typing import TypeVar

import msgspec

from data.erasure import AT_ONCE, questions
from data.knowledge import Consultation, Reply
from data.schemas import Event, Kind
from data.stores.ports import Erasure

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Held:
    """Hold a visitor's entries in log order, and what stands elsewhere of her.

    `replies` are sellers' answers by her question's id, the last one each; `talks` her
    consultations as they stood last with words in them; `led` counts the visitors who came by her
    links.
    """

    entries: list[Event]
    replies: dict[str, tuple[int, str]]
    talks: list[tuple[Event, Consultation]]
    led: int


def held(log: Erasure, visitor: str, seller_id: str = "") -> Held:
    """Gather what is held of a visitor (keyed hash) at one seller, or (empty) at all."""
    found = log.mentions([visitor], seller_id)
    hers = [one.event for one in found if one.event.visitor == visitor]
    led = {
        one.event.visitor
        for one in found
        if one.event.kind is Kind.OPEN and one.event.from_visitor == visitor
    }
    talks = {}
    for event in (one.event for one in found if one.event.kind is Kind.CONSULTATION):
        talk = document(event, Consultation)
        if talk is not None and talk.visitor == visitor and talk.turns:
            talks[event.seller_id, talk.consultation_id] = event, talk
    asked = sorted(questions(found, visitor))
    return Held(hers, _replies(log, seller_id, asked), [*talks.values()], len(led - {visitor, ""}))


def _replies(log: Erasure, seller_id: str, asked: list[str]) -> dict[str, tuple[int, str]]:
    """Return when and what sellers replied to questions; what is empty has been erased."""
    told: dict[str, tuple[int, str]] = {}
    for start in range(0, len(asked), AT_ONCE):
        some = asked[start : start + AT_ONCE]
        for event in (one.event for one in log.mentions(some, seller_id)):
            reply = document(event, Reply) if event.kind is Kind.REPLY else None
            if reply is not None and reply.question_id in some and reply.text:
                told[reply.question_id] = event.at, reply.text
    return told


def document(event: Event, kind: type[T]) -> T | None:
    """Return an event's document; one that cannot be read is none."""
    with suppress(msgspec.DecodeError):
        if event.payload is not None:
            return msgspec.json.decode(event.payload, type=kind)
    return None
