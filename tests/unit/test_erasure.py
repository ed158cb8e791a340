"""An erased visitor: the log leads to her no more, and all that is folded from it agrees."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from data.counters import PLACE
from data.erasure import erased, questions, traces
from data.knowledge import Faq
from data.rolling import Roller
from data.rollups import signed
from data.schemas import (
    Consent,
    Erasure,
    Event,
    Kind,
    Logged,
    Stay,
    key64,
)
from data.stores import Warehouse, open_stores, open_warehouse
from tests.erasures import (
    AT,
    FRIEND,
    HER,
    SECRET,
    erase,
    folded,
    left,
    raw,
    rewrite,
    said,
    stores_of,
)


@pytest.mark.parametrize("seller", ["", "s"])
def test_nothing_of_the_log_leads_to_her_and_the_rest_stands_as_it_stood(seller: str) -> None:
    stores = stores_of(*left("s"), *left("t"), *left("s", FRIEND))
    before = said(stores)
    erase(stores, HER, seller)
    there = said(stores, Kind.ERASURE)
    others = said(stores_of(*left("t")))
    assert (HER.encode() in there) is (HER.encode() in others and seller == "s")
    assert there.count(SECRET.encode()) < before.count(SECRET.encode())
    for one in left("s", FRIEND):
        kept = stores.log.find("s", one.event_id)
        assert kept is not None
        assert kept.event == one
    left_of_t = [stores.log.find("t", one.event_id) for one in left("t")]
    same = all(
        kept is not None and kept.event == one
        for kept, one in zip(left_of_t, left("t"), strict=True)
    )
    assert same is (seller == "s")


def test_what_she_said_is_gone_and_what_the_seller_approved_stays() -> None:
    approved = Faq(faq_id="ans_sa", question="怎么送礼", answer="有礼盒", question_id="ans_sa")
    stores = stores_of(
        *left("s"), Event(event_id="ok", kind=Kind.FAQ, at=AT, seller_id="s", payload=raw(approved))
    )
    erase(stores, HER, "s")
    known = folded(stores).knowledge.of("s")
    assert (known.questions, known.consultations["csa"].turns) == ({}, ())
    assert known.faqs == {"ans_sa": msgspec.structs.replace(approved, vouched=True)}


@pytest.mark.parametrize(
    "statuses",
    [
        ["proposed", "retired"],
        ["proposed", "approved", "retired"],
        ["proposed", "retired", "approved"],
    ],
)
def test_a_proposal_goes_unless_the_seller_ever_approved_it(statuses: list[Any]) -> None:
    stores = stores_of(left("s")[4], *edits(statuses))
    live = folded(stores)
    erase(stores, HER, "s")
    live.apply(stores.log.read(live.seq)[0])
    kept = SECRET.encode() if "approved" in statuses else b""
    for state in (live, folded(stores)):
        assert b"".join(one.question.encode() for one in state.knowledge.of("s").faqs.values()) == (
            kept
        )
    assert (SECRET.encode() in said(stores)) is bool(kept)


def edits(statuses: list[Any]) -> list[Event]:
    """Return what a seller made of her question, one after the other."""
    return [
        Event(
            event_id=f"edit{version}",
            kind=Kind.FAQ,
            at=AT,
            seller_id="s",
            payload=raw(
                Faq(
                    faq_id="ans_sa",
                    question=SECRET,
                    answer=SECRET,
                    status=status,
                    version=version,
                    question_id="ans_sa",
                )
            ),
        )
        for version, status in enumerate(statuses, 1)
    ]


def test_an_erasure_that_was_cut_off_keeps_no_names_after_the_next() -> None:
    stores = stores_of(*left("s"))
    cut_off = Event(
        event_id="erase_0",
        kind=Kind.ERASURE,
        at=AT,
        visitor=HER,
        payload=raw(Erasure((FRIEND, "c" * 32))),
    )
    stores.log.append([cut_off])
    for visitor in (HER, FRIEND):
        rewrite(stores, traces(stores.erasure, visitor), visitor)
        kept = stores.log.find("", "erase_0")
        assert kept is not None
        assert kept.event == msgspec.structs.replace(cut_off, payload=None)
    stores.log.append([msgspec.structs.replace(cut_off, event_id="erase_1")])
    rewrite(stores, traces(stores.erasure, FRIEND), FRIEND)
    kept = stores.log.find("", "erase_1")
    assert kept is not None
    assert kept.event.payload == raw(Erasure(("c" * 32,)))


@pytest.mark.parametrize("url", ["memory://", "sqlite"])
def test_two_erasures_that_looked_at_the_same_time_undo_each_other_not(
    url: str, tmp_path: Path
) -> None:
    events = [
        Event(
            event_id=f"o{n}",
            kind=Kind.OPEN,
            at=AT,
            seller_id="s",
            visitor=who,
            from_visitor=sharer,
        )
        for n, (who, sharer) in enumerate([(FRIEND, HER), (HER, FRIEND)])
    ]
    address = url if url == "memory://" else f"sqlite:///{tmp_path}/log.db"
    with open_stores(address) as stores:
        stores.log.append(events)
        looks = [(who, traces(stores.erasure, who)) for who in (HER, FRIEND)]
        for who, found in looks:
            rewrite(stores, found, who)
        left_over = said(stores)
    assert HER.encode() not in left_over
    assert FRIEND.encode() not in left_over


def test_what_a_seller_says_while_she_is_being_erased_goes_too() -> None:
    first, name = left("s")[:5], "ans_sa"
    between = left("s")[5:7]
    stores = stores_of(*first)
    last = stores.log.last_seq()
    found = traces(stores.erasure, HER, "s", 0, last + 1)
    stores.log.append(between)
    asked = questions(found, HER)
    assert asked == {name}
    late = traces(stores.erasure, HER, "s", last, asked=asked)
    assert [one.event.kind for one in late] == [Kind.REPLY, Kind.FAQ]
    rows = [one.seq for one in [*found, *late]]
    stores.erasure.rewrite(rows, lambda entries: erased(entries, HER, {}, asked))
    assert SECRET.encode() not in said(stores)


@given(
    data=st.data(),
    events=st.permutations(
        [*left("s"), *left("t"), *left("s", FRIEND), *edits(["approved", "retired"])]
    ),
    seller=st.sampled_from(["", "s"]),
)
@settings(max_examples=25)
def test_a_state_that_saw_her_go_is_the_one_that_the_log_folds_to(
    data: st.DataObject, events: list[Event], seller: str
) -> None:
    """Whoever was running when she was erased, and whoever starts afterwards, know the same."""
    at = data.draw(st.integers(0, len(events)))
    stores = stores_of(*events[:at])
    live = folded(stores)
    warehouses = [open_warehouse("memory://").rollups for _ in range(2)]
    Roller(stores.log, warehouses[0]).run()
    led = sorted(
        {e.visitor for e in events[:at] if e.from_visitor == HER and seller in {"", e.seller_id}}
    )
    found = traces(stores.erasure, HER, seller)
    gone = Event(
        event_id="erase_1",
        kind=Kind.ERASURE,
        at=AT,
        seller_id=seller,
        visitor=HER,
        payload=msgspec.Raw(msgspec.json.encode({"led": led})),
    )
    stores.log.append([gone])
    live.apply(Logged(stores.log.last_seq(), gone))
    Roller(stores.log, warehouses[0]).run()
    rewrite(stores, found, HER)

    stores.log.append(events[at:])
    for logged in stores.log.read(live.seq):
        live.apply(logged)
    again = folded(stores)
    for visitor in (HER, FRIEND, "c" * 32):
        assert live.profile(visitor).to_bytes() == again.profile(visitor).to_bytes()
    for name in ("s", "t"):
        assert live.knowledge.of(name).questions == again.knowledge.of(name).questions
        assert live.knowledge.of(name).faqs == again.knowledge.of(name).faqs
        assert live.knowledge.of(name).consultations == again.knowledge.of(name).consultations
    for one in warehouses:
        Roller(stores.log, one).run()
    told = [[_figures(one, name) for name in ("s", "t")] for one in warehouses]
    assert told[0] == told[1]


def test_what_she_did_with_her_picks_counts_as_it_did_when_the_log_is_rolled_up_anew() -> None:
    kinds = (Kind.IMPRESSION, Kind.CLICK, Kind.CLICK, Kind.PURCHASE)
    acts = [
        Event(
            event_id=f"b{n}", kind=kind, at=AT, seller_id="s", visitor=HER, item_id="i1",
            price=9.0, recommendation_id="rec_sa",
        )
        for n, kind in enumerate(kinds)
    ]  # fmt: skip
    stores = stores_of(*left("s"), *acts)
    warehouses = [open_warehouse("memory://").rollups for _ in range(2)]
    Roller(stores.log, warehouses[0]).run()
    erase(stores, HER, "s")
    stores.log.append([msgspec.structs.replace(acts[1], event_id="again")])  # of the same list
    for one in warehouses:
        Roller(stores.log, one).run()
    told = [_figures(one, "s") for one in warehouses]
    assert told[0] == told[1]
    always = signed(key64("seller", "s")), 0, 1 << 40
    for one in warehouses:
        sums = one.visits(*always).sums.sum(axis=0)
        assert [sums[PLACE[name]] for name in ("pick_revenue", "seen", "tapped")] == [900, 1, 1]


def _figures(warehouse: Warehouse, seller: str) -> list[object]:
    """Return all that a warehouse can tell of a seller, in an order that does not matter."""
    key, always = signed(key64("seller", seller)), (0, 1 << 40)
    rows = warehouse.visits(key, *always)
    sums: Counter[tuple[int, ...]] = Counter()
    for place, visitor in enumerate(rows.visitor.tolist()):
        for counter, value in enumerate(rows.sums[place].tolist()):
            sums[visitor, int(rows.slot[place]), counter] += round(value)
    return [
        +sums,
        sorted(warehouse.guests(key, *always, 50), key=lambda guest: guest.name),
        warehouse.people(),
    ]


def test_that_she_refused_personal_picks_outlives_her_erasure() -> None:
    refused = Event(
        event_id="no", kind=Kind.CONSENT, at=AT, visitor=HER, payload=raw(Consent(False))
    )
    stores = stores_of(*left("s"), refused)
    live = folded(stores)
    erase(stores, HER, "")
    live.apply(stores.log.read(live.seq)[0])
    for state in (live, folded(stores)):
        assert not state.profile(HER).personalization
        assert not len(state.profile(HER).touches)


@pytest.mark.parametrize("seller", ["", "s"])
def test_what_is_usual_for_a_product_stays_what_it_was_to_the_byte(seller: str) -> None:
    """Else no list that was shown to anybody since she stayed there could be rebuilt."""
    reports = [(0, "i1", HER), (9, "i1", HER), (12, "i2", HER), (15, "i1", HER), (90, "i1", HER)]
    stays = [
        Event(
            event_id=f"stay{n}", kind=Kind.DWELL, at=AT + 60_000 * minutes, seller_id="s",
            visitor=who, item_id=item, duration_ms=4_000 + n,
        )
        for n, (minutes, item, who) in enumerate([*reports, (91, "i1", FRIEND)])
    ]  # fmt: skip
    stores = stores_of(*stays)
    live = folded(stores)
    erase(stores, HER, seller)
    assert HER.encode() not in said(stores, Kind.ERASURE)
    again = folded(stores)
    for name, told in live.items.to_arrays().items():
        assert told.tobytes() == again.items.to_arrays()[name].tobytes()
    assert live.profile(FRIEND).to_bytes() == again.profile(FRIEND).to_bytes()


def _stay(n: int, minutes: int, seller: str = "s", who: str = HER) -> Event:
    return Event(
        event_id=f"stay{n}", kind=Kind.DWELL, at=AT + 60_000 * minutes, seller_id=seller,
        visitor=who, item_id="i1", duration_ms=4_000 + n,
    )  # fmt: skip


def _consent(name: str, *, on: bool) -> Event:
    return Event(
        event_id=name,
        kind=Kind.CONSENT,
        at=AT,
        seller_id="t",
        visitor=HER,
        payload=raw(Consent(on)),
    )


@pytest.mark.parametrize("seller", ["", "s"])
@pytest.mark.parametrize(
    ("events", "kept"),
    [
        ([_consent("no", on=False), _stay(0, 0), _stay(1, 5)], []),
        ([_stay(0, 0), _consent("no", on=False), _stay(1, 5)], []),
        ([_consent("no", on=False), _stay(0, 0), _consent("yes", on=True), _stay(1, 5)], []),
        ([_stay(0, 0), _consent("no", on=False), _consent("yes", on=True), _stay(1, 5)], [4_000]),
        ([_stay(0, 0, "t"), _stay(1, 5, "s")], [4_000]),
    ],
    ids=["never", "from then on", "only later", "in between", "from another card"],
)
def test_stays_are_told_of_nobody_whom_no_fold_followed(
    events: list[Event], kept: list[int], seller: str
) -> None:
    """What is left of an erased visitor's stays is what the fold counted, at every card."""
    stores = stores_of(*events, _stay(9, 90, who=FRIEND))
    live = folded(stores)
    erase(stores, HER, seller)
    left_over = [one.event for one in stores.log.read() if one.event.kind is Kind.DWELL]
    told = [msgspec.json.decode(one.payload, type=Stay) for one in left_over if one.payload]
    assert [one.before_ms for one in told] == kept
    again = folded(stores)
    for name, values in live.items.to_arrays().items():
        assert values.tobytes() == again.items.to_arrays()[name].tobytes()


def test_a_stay_begins_anew_where_she_was_erased_before() -> None:
    """The first erasure, at another seller, took her profile whole, and with it that stay."""
    stores = stores_of(_stay(0, 0))
    live = folded(stores)
    erase(stores, HER, "t")  # nothing of hers is there, and yet all forget her
    stores.log.append([_stay(1, 5), _stay(9, 90, who=FRIEND)])
    for logged in stores.log.read(live.seq):
        live.apply(logged)
    erase(stores, HER, "s")
    assert b"before_ms" not in said(stores)
    again = folded(stores)
    for name, values in live.items.to_arrays().items():
        assert values.tobytes() == again.items.to_arrays()[name].tobytes()


def test_a_stay_that_nobody_made_is_read_within_bounds() -> None:
    stay = Event(
        event_id="odd", kind=Kind.DWELL, at=AT, seller_id="s", item_id="i1", duration_ms=5_000,
        payload=msgspec.Raw(b'{"before_ms":-7}'),
    )  # fmt: skip
    plain = msgspec.structs.replace(stay, payload=None)
    broken = msgspec.structs.replace(stay, event_id="broken", payload=msgspec.Raw(b"{"))
    state, other = folded(stores_of(stay, broken)), folded(stores_of(plain))
    assert state.unreadable == 1
    assert (state.items.dwells, state.items.log_dwell) == (1.0, other.items.log_dwell)
