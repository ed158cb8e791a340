"""What visitors leave in a log, and how one of them is erased from it."""

from __future__ import annotations

import msgspec

from data.erasure import erased, stayed, traces
from data.knowledge import Consultation, Faq, Question, Reply, Turn
from data.schemas import (
    Event,
    Item,
    Kind,
    Logged,
    Query,
    Recommendation,
    Slot,
)
from data.state import State
from data.stores import Stores, open_stores

HER, FRIEND = "a" * 32, "b" * 32
AT = 1_790_000_000_000
SECRET = "要一支送给婆婆"


def raw(value: msgspec.Struct) -> msgspec.Raw:
    return msgspec.Raw(msgspec.json.encode(value))


def shown(name: str, seller: str, visitor: str, sharer: str | None) -> Event:
    query = Query(
        recommendation_id=name, seller_id=seller, visitor=visitor, at=AT, from_visitor=sharer
    )
    record = Recommendation(
        query=query,
        slots=(Slot("i1", 1.0, 1.0, "popular", (("looked_at", "i1"),)),),
        candidates=1,
        state_seq=1,
        model_version="m",
        digest="d",
        fallback_level=0,
        personalized=True,
        arm="personal",
    )
    return Event(
        event_id=name,
        kind=Kind.RECOMMENDATION,
        at=AT,
        seller_id=seller,
        visitor=visitor,
        payload=raw(record),
    )


def left(seller: str, visitor: str = HER) -> list[Event]:
    """Return one of everything that a visitor can leave at a seller."""
    name = f"{seller}{visitor[0]}"
    question = Question(question_id=f"ans_{name}", text=SECRET, status="handed_off")
    talk = Consultation(
        consultation_id=f"c{name}", turns=(Turn("visitor", SECRET),), visitor=visitor
    )
    faq = Faq(
        faq_id=f"ans_{name}",
        question=SECRET,
        answer=SECRET,
        status="proposed",
        question_id=f"ans_{name}",
    )

    def event(n: int, kind: Kind, who: str = visitor, **told: object) -> Event:
        return Event(
            event_id=f"{name}{n}",
            kind=kind,
            at=AT + n,
            seller_id=seller,
            visitor=who,
            **told,  # type: ignore[arg-type]
        )

    return [
        shown(f"rec_{name}", seller, visitor, None),
        event(1, Kind.OPEN, from_visitor=FRIEND, share_id="x", session_id="t"),
        event(2, Kind.VIEW, item_id="i1", recommendation_id=f"rec_{name}"),
        event(3, Kind.DWELL, item_id=f"i{name}", duration_ms=9_000),
        msgspec.structs.replace(
            event(4, Kind.QUESTION, payload=raw(question)), event_id=f"ans_{name}"
        ),
        event(5, Kind.REPLY, "", payload=raw(Reply(question_id=f"ans_{name}", text=SECRET))),
        event(6, Kind.FAQ, "", payload=raw(faq)),
        event(7, Kind.CONSULTATION, "", payload=raw(talk)),
        event(8, Kind.OPEN, "c" * 32, from_visitor=visitor, channel="link"),
        event(9, Kind.PURCHASE, item_id="i1", price=9.0),
        event(10, Kind.QUESTION, payload=msgspec.Raw(b"broken")),
    ]


def stores_of(*events: Event) -> Stores:
    stores = open_stores("memory://")
    item = raw(Item(item_id="i1", title="x"))
    stores.log.append(
        [Event(event_id="i", kind=Kind.ITEM, at=AT, item_id="i1", payload=item), *events]
    )
    return stores


def rewrite(stores: Stores, found: list[Logged], visitor: str) -> None:
    told = stayed(stores.erasure, visitor)
    rows = [one.seq for one in found]
    stores.erasure.rewrite(rows, lambda entries: erased(entries, visitor, told))


def erase(stores: Stores, visitor: str, seller: str) -> None:
    found = traces(stores.erasure, visitor, seller)
    stores.log.append(
        [
            Event(
                event_id=f"erase_{seller}",
                kind=Kind.ERASURE,
                at=AT,
                seller_id=seller,
                visitor=visitor,
            )
        ]
    )
    rewrite(stores, found, visitor)


def folded(stores: Stores) -> State:
    state = State()
    for logged in stores.log.read(0, 10_000):
        state.apply(logged)
    return state


def said(stores: Stores, *kinds: Kind) -> bytes:
    return b"".join(
        msgspec.json.encode(one.event) for one in stores.log.read() if one.event.kind not in kinds
    )
