"""Forgetting a visitor in a running service: the log first, then all that stands on it."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass

import msgspec

from data.erasure import erased, questions, stayed, traces
from data.knowledge import Consultation
from data.schemas import Erasure, Event, Kind, Logged
from service.deps import fresh_id
from service.live import Live


@dataclass(frozen=True)
class Receipt:
    """Say what was erased; `receipt_id` is the id of the log's entry that tells of it."""

    receipt_id: str
    at: int
    entries: int = 0
    questions: int = 0
    consultations: int = 0


async def erase(live: Live, visitor: str, seller_id: str) -> Receipt | None:
    """Forget a visitor (keyed hash) at one seller, or (empty) at all; None for one never seen.

    The entry that says so makes every process's state and figures forget her, in log order; then
    the entries before it are rewritten. What a crash leaves undone, the next call does. One visitor
    at a time, over all processes: another's erasure may stand in the same entries.
    """
    async with live.turn("erase"):
        return await _erase(live, visitor, seller_id)


async def _erase(live: Live, visitor: str, seller_id: str) -> Receipt | None:
    await live.settled()
    first = live.state.seq  # what comes after it, from any process, the second look finds
    found = await live.look(lambda log: traces(log, visitor, seller_id, 0, first + 1))
    if not found:
        return await _earlier(live, visitor, seller_id)

    event = _event(live.now(), visitor, seller_id, found)
    (seq,) = await live.append([event])

    if seq is not None:
        asked = questions(found, visitor)
        found += await live.look(lambda log: traces(log, visitor, seller_id, first, seq, asked))
        asked |= questions(found, visitor)
        stays = await live.look(lambda log: stayed(log, visitor, seq))

        def change(entries: list[Logged]) -> list[Logged]:
            return [*erased(entries[:-1], visitor, stays, asked), _plain(entries[-1])]

        await live.rewrite([*(one.seq for one in found), seq], change)
    await _sweep(live, seq or 0)
    found = [one for one in found if one.event.kind is not Kind.ERASURE]
    kinds = [one.event.kind for one in found if one.event.visitor == visitor]
    return Receipt(
        receipt_id=event.event_id,
        at=event.at,
        entries=len(found),
        questions=kinds.count(Kind.QUESTION),
        consultations=len(_talks(found)),
    )


async def _sweep(live: Live, seq: int) -> None:
    """Let what is derived forget her, and the disk: up to the entry that says so."""
    await live.sweep()
    await live.analytics.forgotten(seq)


def _plain(told: Logged) -> Logged:
    """Return the entry that says she was erased, once it has been folded: without who she led."""
    return Logged(told.seq, msgspec.structs.replace(told.event, payload=None))


def _talks(found: list[Logged]) -> set[str]:
    """Return the consultations among the entries by id: each of its versions is one."""
    names = set()
    for one in found:
        if one.event.kind is Kind.CONSULTATION and one.event.payload is not None:
            with suppress(msgspec.DecodeError):
                talk = msgspec.json.decode(one.event.payload, type=Consultation)
                names.add(talk.consultation_id)
    return names


async def _earlier(live: Live, visitor: str, seller_id: str) -> Receipt | None:
    """Return the receipt of when she was erased before, at this seller or at all."""
    told = [
        one
        for one in await live.look(lambda log: log.mentions([visitor]))
        if one.event.kind is Kind.ERASURE and one.event.seller_id in {"", seller_id}
    ]
    if not told:
        return None
    seq, event = told[-1].seq, told[-1].event
    await _sweep(live, seq)  # it may have been cut off there
    return Receipt(event.event_id, event.at)


def _event(at: int, visitor: str, seller_id: str, found: list[Logged]) -> Event:
    led = {one.event.visitor for one in found if one.event.from_visitor == visitor}
    payload = msgspec.json.encode(Erasure(tuple(sorted(led - {visitor, ""}))))
    return Event(
        event_id=f"erase_{fresh_id()}",
        kind=Kind.ERASURE,
        at=at,
        seller_id=seller_id,
        visitor=visitor,
        payload=msgspec.Raw(payload),
    )
