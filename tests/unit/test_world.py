"""The simulated world keeps its laws: same bytes for the same seed, only events that could be."""

from __future__ import annotations

import os
import subprocess
import sys
from collections import Counter
from functools import cache
from hashlib import blake2b, sha256
from itertools import pairwise

import msgspec
import pytest

from data.schemas import DAY_MS, INTERACTIONS, Event, Item, Kind, Listing, Logged, Seller
from data.state import State
from data.world import World, disturb, generate
from models.answers import facts
from models.answers.adlaw import lint
from models.language import plain

UNTIL = 1_795_132_800_000  # 2026-11-20


def hidden(raw: str) -> str:
    return blake2b(raw.encode(), digest_size=16, key=b"test").hexdigest()


@cache
def world() -> World:
    return generate(6, 7, UNTIL, 40, pseudonymise=hidden)


@cache
def history() -> tuple[Event, ...]:
    return tuple(world().events())


def digest(events: tuple[Event, ...]) -> str:
    return sha256(b"\n".join(msgspec.json.encode(event) for event in events)).hexdigest()


def test_the_same_arguments_give_the_same_bytes() -> None:
    again = generate(6, 7, UNTIL, 40, pseudonymise=hidden)
    again.truth.utility("nobody", [], UNTIL)  # asking the truth draws nothing
    assert digest(tuple(again.events())) == digest(history())
    assert digest(tuple(world().events())) == digest(history())


def test_another_seed_gives_another_world() -> None:
    other = tuple(generate(6, 8, UNTIL, 40, pseudonymise=hidden).events())
    assert digest(other) != digest(history())
    assert not {e.event_id for e in other} & {e.event_id for e in history()}


def test_the_bytes_do_not_depend_on_hash_seeds() -> None:
    code = (
        "import hashlib, msgspec; from data.world import generate;"
        f"w = generate(2, 7, {UNTIL}, 10, pseudonymise=str);"
        "print(hashlib.sha256(msgspec.json.encode(list(w.events()))).hexdigest())"
    )
    printed = {
        subprocess.run(
            [sys.executable, "-c", code],
            env=os.environ | {"PYTHONHASHSEED": seed},
            capture_output=True,
            check=True,
        ).stdout
        for seed in ("1", "2")
    }
    assert len(printed) == 1


def test_event_ids_are_unique() -> None:
    assert len({event.event_id for event in history()}) == len(history())


def test_all_times_lie_within_the_history() -> None:
    assert all(world().start <= event.at <= UNTIL for event in history())
    assert world().start == UNTIL - 40 * DAY_MS


def test_events_survive_the_wire() -> None:
    for event in [event for event in history() if event.payload is None][::50]:
        assert msgspec.json.decode(msgspec.json.encode(event), type=Event) == event


def test_every_act_is_on_an_item_of_that_shelf_at_that_time() -> None:
    listed: dict[tuple[str, str], int] = {}
    removed: dict[tuple[str, str], int] = {}
    for event in history():
        place = (event.seller_id, event.item_id or "")
        if event.kind is Kind.LISTING:
            assert event.payload is not None
            gone = msgspec.json.decode(event.payload, type=Listing).removed
            (removed if gone else listed)[place] = event.at
        elif event.kind in INTERACTIONS | {Kind.IMPRESSION, Kind.NOT_INTERESTED}:
            assert listed[place] <= event.at
            assert event.at < removed.get(place, UNTIL + 1) + 3_600_000  # a visit already begun
            assert event.visitor
            assert event.session_id


def test_the_catalogue_is_told_before_it_is_used() -> None:
    items, sellers = set[str](), set[str]()
    for event in history():
        if event.kind is Kind.ITEM:
            assert event.payload is not None
            item = msgspec.json.decode(event.payload, type=Item)
            assert item.item_id == event.item_id
            assert item.supplier_id
            items.add(item.item_id)
        elif event.kind is Kind.SELLER:
            assert event.payload is not None
            seller = msgspec.json.decode(event.payload, type=Seller)
            assert seller.seller_id == event.seller_id
            sellers.add(seller.seller_id)
        else:
            assert event.seller_id in sellers
            assert event.item_id is None or event.item_id in items


def test_kinds_carry_their_facts() -> None:
    for event in history():
        if event.kind is Kind.DWELL:
            assert event.duration_ms is not None
            assert 0 < event.duration_ms <= 60_000
        elif event.kind is Kind.PURCHASE:
            assert event.price is not None
            assert event.price > 0
            assert event.quantity in {1, 2, 3}
        elif event.kind in {Kind.IMPRESSION, Kind.CLICK, Kind.NOT_INTERESTED}:
            assert event.position is not None
            assert 0 <= event.position < 6
    kinds = Counter(event.kind for event in history())
    assert kinds[Kind.VIEW] > kinds[Kind.CART] > kinds[Kind.PURCHASE] > 0
    assert min(kinds[kind] for kind in (Kind.FAVORITE, Kind.SHARE, Kind.CONSULT, Kind.CLICK)) > 0
    assert kinds[Kind.RECOMMENDATION] == 0


def test_friends_come_through_shares_that_were_made() -> None:
    shared = {event.share_id: event for event in history() if event.kind is Kind.SHARE}
    came = [event for event in history() if event.kind is Kind.OPEN and event.share_id]
    assert len(came) > 20
    for event in came:
        share = shared[event.share_id]
        assert share.visitor == event.from_visitor != event.visitor
        assert share.at < event.at
        assert (share.channel, share.seller_id) == (event.channel, event.seller_id)


def test_only_pseudonyms_reach_the_log() -> None:
    names = {name for event in history() for name in (event.visitor, event.from_visitor) if name}
    assert names
    assert all(len(name) == 32 for name in names)


def test_some_events_arrive_late_and_most_in_order() -> None:
    times = [event.at for event in history()]
    late = sum(b < a for a, b in pairwise(times)) / len(times)
    assert 0.003 < late < 0.05


def test_items_and_sellers_keep_appearing() -> None:
    new = Counter(event.kind for event in history() if event.at > world().start and event.payload)
    assert new[Kind.ITEM] > 10
    assert new[Kind.LISTING] > 10
    sellers = generate(20, 7, UNTIL, 5, pseudonymise=str).events()
    opened = [event.at for event in sellers if event.kind is Kind.SELLER]
    assert opened[0] < opened[-1]


def test_size_says_how_many_sellers_and_beauty_comes_first() -> None:
    cards = [
        msgspec.json.decode(event.payload, type=Seller)
        for event in history()
        if event.kind is Kind.SELLER and event.payload is not None
    ]
    assert len(cards) == 6
    assert cards[0].seller_id == "s0001"
    assert "Beauty" in cards[0].trade
    assert len({card.trade for card in cards}) > 2


def test_shopkeepers_have_answered_much_in_advance_and_nothing_that_may_not_be_said() -> None:
    state = State()
    for seq, event in enumerate(history(), 1):
        state.apply(Logged(seq, event))
    for seller_id, known in state.knowledge.sellers():
        assert len(known.faqs) >= 15
        assert len({plain(one) for faq in known.faqs.values() for one in faq.aliases}) > 50
        shelf = state.catalogue.shelf(seller_id)
        for faq in known.faqs.values():
            assert not lint(faq.answer)
            facts.check(faq.answer, faq.item_ids, shelf, UNTIL)
            assert "{" not in facts.filled(faq.answer, faq.item_ids, shelf, UNTIL)


def test_a_world_needs_a_seller_and_a_day() -> None:
    with pytest.raises(ValueError, match="at least one seller"):
        generate(0, 7, UNTIL, pseudonymise=str)


def test_a_world_of_one_seller_lives() -> None:
    events = list(generate(1, 7, UNTIL, 20, pseudonymise=str).events())
    assert {event.seller_id for event in events} == {"", "s0001"}
    assert any(event.kind is Kind.PURCHASE for event in events)


def test_disturbing_loses_nothing_and_keeps_the_catalogue_in_place() -> None:
    calm = history()[:8000]
    wild = list(disturb(calm, 3))
    assert {event.event_id for event in wild} == {event.event_id for event in calm}
    twice = Counter(event.event_id for event in wild)
    assert 0.01 < sum(count > 1 for count in twice.values()) / len(calm) < 0.05
    assert wild != list(calm)
    assert wild == list(disturb(calm, 3))
    assert [e for e in wild if not e.visitor] == [e for e in calm if not e.visitor]


def test_load_is_drawn_from_the_same_people_and_shelves() -> None:
    queries = list(world().sample_queries(50, 1))
    assert queries == list(world().sample_queries(50, 1))
    assert queries != list(world().sample_queries(50, 2))
    assert {query.seller_id for query in queries} <= {event.seller_id for event in history()}
    sent = list(world().sample_events(300, 1))
    assert len(sent) == 300
    assert len({event.event_id for event in sent} | {e.event_id for e in history()}) == len(
        history()
    ) + len(sent)
    assert all(UNTIL - 3_600_000 <= event.at <= UNTIL for event in sent)
