"""Erase a visitor from the log: her entries stay as nobody's, without what she said or was shown.

Counts stay true to the number; nothing in them leads back to her. What is kept under her keyed hash
is that she was erased, and what she allowed: the proof that both were done as she wished.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from contextlib import suppress
from typing import Final

import msgspec
import numpy as np

from data.knowledge import Consultation, Faq, Question, Reply, emptied
from data.profiles import Profile
from data.rollups import channel_of
from data.schemas import (
    GONE,
    IDLE_CAP_MS,
    INTERACTIONS,
    Consent,
    Event,
    Kind,
    Logged,
    Query,
    Recommendation,
    Stay,
    key64,
)
from data.schemas import Erasure as Erased
from data.stores.ports import NO_SEQ, Erasure

AT_ONCE: Final = 100
"""Names looked for in one reading of the log."""
_NO_SELLER: Final = np.uint64(0)


def traces(
    log: Erasure,
    visitor: str,
    seller_id: str = "",
    after: int = 0,
    before: int = NO_SEQ,
    asked: Collection[str] = (),
) -> list[Logged]:
    """Find the entries that a visitor (keyed hash) left, with what was made of her questions.

    In seq order; `seller_id` empty is every seller. `asked` are questions that stand elsewhere.
    """
    found = {one.seq: one for one in log.mentions([visitor], seller_id, after, before)}
    names = sorted({*asked, *questions(found.values(), visitor)})
    for start in range(0, len(names), AT_ONCE):
        some = names[start : start + AT_ONCE]
        found |= {one.seq: one for one in log.mentions(some, seller_id, after, before)}
    return [found[seq] for seq in sorted(found) if not _stays(found[seq].event)]


def _stays(event: Event) -> bool:
    """Say whether an entry stays as it is; an erasure that was cut off still names others."""
    done = event.kind is Kind.ERASURE and event.payload is None
    return done or event.kind is Kind.CONSENT


def questions(entries: Iterable[Logged], visitor: str) -> set[str]:
    """Return the ids of what a visitor asked."""
    return {
        one.event.event_id
        for one in entries
        if one.event.kind is Kind.QUESTION and one.event.visitor == visitor
    }


def erased(
    entries: Sequence[Logged],
    visitor: str,
    stays: Mapping[int, int],
    asked: Collection[str] = (),
) -> list[Logged]:
    """Return the entries that change, as they are to stand from now on; `entries` in seq order.

    `stays` are those of `stayed`; `asked` her questions as they were found, whatever has become of
    their entries since. What a seller makes of an FAQ entry from its first approval on is the
    seller's, and stays.
    """
    names = {*asked, *questions(entries, visitor)}
    approved: set[tuple[str, str]] = set()
    changed = []
    for one in entries:
        event = one.event
        if (faq := _faq_in(event)) is not None:
            name = (event.seller_id, faq.faq_id)
            approved |= {name} if faq.status == "approved" else set()
            theirs = name in approved
        else:
            theirs = False
        if not theirs:
            event = _erased(event, visitor, names)
        if before := stays.get(one.seq):
            told = msgspec.Raw(msgspec.json.encode(Stay(before)))
            event = msgspec.structs.replace(event, payload=told)
        changed.append(Logged(one.seq, event))
    return [new for new, old in zip(changed, entries, strict=True) if new.event != old.event]


def stayed(log: Erasure, visitor: str, before: int = NO_SEQ) -> dict[int, int]:
    """Return by seq what her stays had come to, in ms, before each report that went on with one.

    Once she is nobody no fold can tell, and what is usual for a product would change: with it
    what everybody's lists of since then rest on. All sellers are looked through, as a stay may go
    on at another's; where no fold follows her it counts each report alone, and nothing is told.
    """
    profile, follows, found = Profile(), True, {}
    for one in log.mentions([visitor], before=before):
        event = one.event
        if event.visitor != visitor:
            continue
        if event.kind is Kind.CONSENT:
            follows = _follows(event, follows)
        elif event.kind is Kind.ERASURE:
            profile = Profile()
        elif follows and event.item_id is not None and event.kind in INTERACTIONS:
            found[one.seq] = _goes_on(profile, event, event.item_id)
    return found


def _follows(event: Event, before: bool) -> bool:
    """Return whether a visitor is followed from a consent on; one that cannot be read says none."""
    with suppress(msgspec.DecodeError):
        payload = b"" if event.payload is None else event.payload
        return msgspec.json.decode(payload, type=Consent).personalization
    return before


def _goes_on(profile: Profile, event: Event, item_id: str) -> int:
    """Fold an act as far as stays hang on it; return what the stay had come to before it."""
    facets = np.array([0, key64("item", item_id)], dtype=np.uint64)  # no others matter
    if event.kind is not Kind.DWELL:
        profile.touch(event.kind, event.at, _NO_SELLER, 1.0, facets)
        return 0
    before = profile.dwelt_before(event.at, facets)
    after = min(before + min(max(event.duration_ms or 0, 0), IDLE_CAP_MS), IDLE_CAP_MS)
    profile.dwell(event.at, _NO_SELLER, after, 0.0, facets)
    return before


def _faq_in(event: Event) -> Faq | None:
    if event.kind is Kind.FAQ and event.payload is not None:
        with suppress(msgspec.DecodeError):
            return msgspec.json.decode(event.payload, type=Faq)
    return None


def _erased(event: Event, visitor: str, asked: set[str]) -> Event:
    hers = event.visitor == visitor
    payload = _document(event, visitor, hers, asked)
    if event.kind is Kind.ERASURE:
        return msgspec.structs.replace(event, payload=None if hers else payload)
    if not hers:
        sharer = GONE if event.from_visitor == visitor else event.from_visitor
        return msgspec.structs.replace(event, from_visitor=sharer, payload=payload)
    return msgspec.structs.replace(
        event,
        visitor="",
        session_id=None,
        answer_id=None,
        share_id=None,
        from_visitor=None,
        channel=channel_of(event) if event.kind is Kind.OPEN else event.channel,
        payload=payload,
    )


def _document(event: Event, visitor: str, hers: bool, asked: set[str]) -> msgspec.Raw | None:
    """Return the payload without her; one that cannot be read goes as a whole."""
    change = _CHANGES.get(event.kind)
    if event.payload is None or change is None:
        return None if hers else event.payload
    try:
        told = change(bytes(event.payload), visitor, hers, asked)
    except msgspec.DecodeError:
        return None
    return event.payload if told is None else msgspec.Raw(msgspec.json.encode(told))


def _list(payload: bytes, visitor: str, hers: bool, _: set[str]) -> Recommendation | None:
    """Keep of a list where it stood and which arm it was; it can be rebuilt no more."""
    record = msgspec.json.decode(payload, type=Recommendation)
    query = record.query
    if hers:
        query = Query(
            recommendation_id=query.recommendation_id,
            seller_id=query.seller_id,
            visitor="",
            at=query.at,
            placement=query.placement,
        )
        record = msgspec.structs.replace(record, slots=(), titles={})
    elif query.from_visitor == visitor:
        query = msgspec.structs.replace(query, from_visitor=GONE)
    else:
        return None
    return msgspec.structs.replace(record, query=query, digest="", erased=True)


def _question(payload: bytes, _: str, hers: bool, __: set[str]) -> Question | None:
    """Keep of a question that it was asked, and what became of it."""
    told = msgspec.json.decode(payload, type=Question)
    return Question(question_id=told.question_id, text="", status=told.status) if hers else None


def _reply(payload: bytes, _: str, __: bool, asked: set[str]) -> Reply | None:
    told = msgspec.json.decode(payload, type=Reply)
    return Reply(question_id=told.question_id, text="") if told.question_id in asked else None


def _faq(payload: bytes, _: str, __: bool, asked: set[str]) -> Faq | None:
    """Empty what was made of her words and not approved, proposed or dropped by the seller."""
    told = msgspec.json.decode(payload, type=Faq)
    if told.question_id not in asked:
        return None
    return Faq(faq_id=told.faq_id, question="", answer="", status="proposed", version=told.version)


def _led(payload: bytes, visitor: str, _: bool, __: set[str]) -> Erased:
    """Take her out of whom somebody else had led here."""
    led = msgspec.json.decode(payload, type=Erased).led
    return Erased(tuple(one for one in led if one != visitor))


def _talk(payload: bytes, visitor: str, _: bool, __: set[str]) -> Consultation | None:
    told = msgspec.json.decode(payload, type=Consultation)
    return emptied(told) if told.visitor == visitor else None


_Change = Callable[[bytes, str, bool, set[str]], msgspec.Struct | None]
_CHANGES: Final[dict[Kind, _Change]] = {
    Kind.RECOMMENDATION: _list,
    Kind.QUESTION: _question,
    Kind.REPLY: _reply,
    Kind.FAQ: _faq,
    Kind.CONSULTATION: _talk,
    Kind.ERASURE: _led,
}
"""What is left of each kind's document; None: it stays as it is."""
