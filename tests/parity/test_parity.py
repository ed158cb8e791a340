"""Features rebuilt by training equal those that served, to the byte; differences are caught."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from data.schemas import Consent, Event, Kind, Logged
from data.state import State
from models.cards import Replayed
from models.recommender import Recommender
from models.registry import Registry
from tests.parity.shopfloor import (
    DAY,
    MINUTE,
    NOW,
    PRODUCTS,
    SELLERS,
    VISITORS,
    Shopfloor,
    product,
    trained,
)
from training.config import Config
from training.examples import Asker, replay
from training.lists import compare
from training.parity import Verifier
from training.scan import entries, scan
from training.targets import Split, choose

EXAMPLES = Config.load().examples


@pytest.fixture(scope="module")
def registered(tmp_path_factory: pytest.TempPathFactory) -> tuple[Registry, str]:
    return trained(tmp_path_factory.mktemp("registry"))


def rebuilt(
    floor: Shopfloor, registry: Registry, change: Callable[[list[Logged]], list[Logged]] = list
) -> Replayed:
    """Replay a floor's log as training does, perhaps with a planted change, and compare."""
    told = scan(entries(floor.stores.log))
    log = change(list(entries(floor.stores.log)))
    cuts = Split((), NOW - 60 * DAY, NOW + 60 * DAY)
    verifier = Verifier.of(registry)
    asker = Asker(told, cuts, {0: floor.model}, {}, EXAMPLES, 7, verifier)
    targets = choose(told, cuts, EXAMPLES, 100, 7).only_judges()
    replay(log, asker, targets, told.shown)
    return verifier.found


def busy(floor: Shopfloor) -> None:
    """Play a short day with everything that could make training see other numbers."""
    at = NOW
    for step in range(40):
        visitor, item = f"v{step % VISITORS}", f"i{(step * 5) % PRODUCTS}"
        kind = (Kind.VIEW, Kind.DWELL, Kind.CART, Kind.VIEW, Kind.PURCHASE)[step % 5]
        event = floor.tell(
            kind, at, seller_id="s1", visitor=visitor, item_id=item, duration_ms=9_000 + step
        )
        if step % 7 == 0:
            floor.append([event])  # sent twice
        if step % 6 == 0:
            floor.tell(Kind.VIEW, at - 2 * DAY, seller_id="s1", visitor=visitor, item_id="i1")
        if step % 9 == 0:
            floor.tell(Kind.ITEM, at, payload=product(step % PRODUCTS, price=33.0 + step))
        floor.recommend(visitor, at + 1, explain=step % 2 == 0, reshow="cooldown")
        at += 11 * MINUTE


def test_a_busy_day_is_rebuilt_to_the_byte(registered: tuple[Registry, str]) -> None:
    registry, version = registered
    floor = Shopfloor(registry.load(version), keep=2)
    busy(floor)
    floor.restart()
    busy(floor)
    assert rebuilt(floor, registry) == Replayed(checked=80, agreed=80, unknown=0)


def test_lists_made_before_any_model_are_rebuilt_too(registered: tuple[Registry, str]) -> None:
    floor = Shopfloor(Recommender.fallback())
    busy(floor)
    assert rebuilt(floor, registered[0]) == Replayed(checked=40, agreed=40, unknown=0)


def test_lists_of_a_version_that_is_gone_are_counted_and_dropped(
    registered: tuple[Registry, str], tmp_path: Path
) -> None:
    registry, version = registered
    floor = Shopfloor(registry.load(version))
    busy(floor)
    assert rebuilt(floor, Registry(tmp_path)) == Replayed(checked=0, agreed=0, unknown=40)


def without(place: int) -> Callable[[list[Logged]], list[Logged]]:
    return lambda log: log[:place] + log[place + 1 :]


def changed(
    wanted: Callable[[Event], bool], **fields: Any
) -> Callable[[list[Logged]], list[Logged]]:
    """Change the first wanted entry."""

    def change(log: list[Logged]) -> list[Logged]:
        place = next(k for k, logged in enumerate(log) if wanted(logged.event))
        event = msgspec.structs.replace(log[place].event, **fields)
        return [*log[:place], Logged(log[place].seq, event), *log[place + 1 :]]

    return change


def is_act(event: Event) -> bool:
    return event.kind is Kind.VIEW


def is_price(event: Event) -> bool:
    return event.kind is Kind.ITEM and event.at == NOW


def is_dwell(event: Event) -> bool:
    return event.kind is Kind.DWELL


PRICED = msgspec.Raw(msgspec.json.encode(product(0, price=34.0)))


@pytest.mark.parametrize(
    "change",
    [
        changed(is_act, item_id="i8"),
        changed(is_act, visitor="somebody else"),
        changed(is_act, at=NOW + 1),
        changed(is_act, kind=Kind.CART),
        changed(is_dwell, duration_ms=60_000),
        changed(is_price, payload=PRICED),
        without(25),
    ],
    ids=["another item", "another visitor", "one ms later", "another kind", "longer dwell",
         "another price", "an entry left out"],
)  # fmt: skip
def test_a_planted_difference_is_caught(
    registered: tuple[Registry, str], change: Callable[[list[Logged]], list[Logged]]
) -> None:
    registry, version = registered
    floor = Shopfloor(registry.load(version))
    busy(floor)
    found = rebuilt(floor, registry, change)
    assert found.checked == 40
    assert found.agreed < 40


def test_a_feature_built_otherwise_is_caught(
    registered: tuple[Registry, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    registry, version = registered
    floor = Shopfloor(registry.load(version))
    busy(floor)
    real = State.profile

    def forgetful(self: State, visitor: str) -> Any:
        profile = real(self, visitor)
        profile._touches, profile._held = profile.touches[-1:], min(1, len(profile.touches))
        return profile

    monkeypatch.setattr(State, "profile", forgetful)
    found = rebuilt(floor, registry)
    assert found.agreed < found.checked == 40


def test_only_lists_that_agree_are_learned_from(registered: tuple[Registry, str]) -> None:
    registry, version = registered
    floor = Shopfloor(registry.load(version))
    for step in range(12):
        name = floor.recommend("v1", NOW + step * MINUTE)
        shown = floor.stores.log.find("s1", name)
        assert shown is not None
        assert shown.event.payload is not None
        slots = msgspec.json.decode(shown.event.payload)["slots"]
        floor.tell(
            Kind.CLICK, NOW + step * MINUTE + 5, seller_id="s1", visitor="v1",
            item_id=slots[2][0], recommendation_id=name,
        )  # fmt: skip
    told = scan(entries(floor.stores.log))
    cuts = Split((NOW - DAY,), NOW + DAY, NOW + 2 * DAY)
    targets = choose(told, cuts, EXAMPLES, 100, 7)
    assert not len(targets.places)  # each click is learned from as the outcome of its list

    def build(verifier: Verifier) -> int:
        asker = Asker(told, cuts, {0: floor.model}, {}, EXAMPLES, 7, verifier)
        built = replay(entries(floor.stores.log), asker, targets, told.shown)
        for group in built.impressions:  # the clicked, the two above it and the one below
            assert group.labels.tolist().count(1.0) == 1
            assert 2 <= len(group.labels) <= 4
        return len(built.impressions)

    assert build(Verifier.of(registry)) == 12
    told.shown[3].record = msgspec.structs.replace(told.shown[3].record, digest="0" * 32)
    assert build(Verifier.of(registry)) == 11


def test_lists_of_the_judged_window_are_worth_what_they_brought_to_the_model_that_made_them(
    registered: tuple[Registry, str],
) -> None:
    registry, version = registered
    floor = Shopfloor(registry.load(version))
    floor.put("s1", 4, pinned=True)
    brought = 0
    for step in range(30):
        at = NOW + step * 11 * MINUTE
        diversity = 0.6 if step % 3 == 0 else 0.0
        name = floor.recommend(f"v{step % VISITORS}", at, count=5, diversity=diversity)
        shown = floor.stores.log.find("s1", name)
        assert shown is not None
        assert shown.event.payload is not None
        slots = [slot[0] for slot in msgspec.json.decode(shown.event.payload)["slots"]]
        tapped = slots[1 + step % 2]
        brought += step % 4 != 0
        for kind in (Kind.IMPRESSION, Kind.CLICK)[: 1 + (step % 4 != 0)]:
            floor.tell(
                kind, at + 5, seller_id="s1", visitor=f"v{step % VISITORS}", item_id=tapped,
                recommendation_id=name,
            )  # fmt: skip
    boosted = floor.recommend("v1", NOW + DAY, boost="price < 90 => 3")
    assert floor.stores.log.find("s1", boosted) is not None
    told = scan(entries(floor.stores.log))
    cuts = Split((NOW - 2 * DAY,), NOW - DAY, NOW + 2 * DAY)
    targets = choose(told, cuts, EXAMPLES, 100, 7)
    asker = Asker(told, cuts, {1: floor.model}, {}, EXAMPLES, 7, Verifier.of(registry))
    built = replay(entries(floor.stores.log), asker, targets, told.shown)
    assert not built.impressions
    assert [one.made.first for one in built.offered] == [
        1
    ] * 30  # the pinned one comes before chance
    assert floor.model.ranker is not None
    judge, epsilon = Config.load().judge, floor.model.settings.epsilon
    found = compare(built.offered, {"model": floor.model.ranker}, epsilon, judge, 7)
    assert found is not None
    assert (found.lists, found.acts) == (30, brought)
    same = found.policies["model"]
    assert same.value.value == pytest.approx(brought / 30)
    assert same.covered == 1
    assert same.plain.value == pytest.approx(brought / 30)


visitors = st.integers(0, VISITORS - 1).map("v{}".format)
items = st.integers(0, PRODUCTS - 1)
offsets = st.integers(-3 * DAY, 3 * DAY)
acts = st.tuples(
    st.sampled_from(
        [Kind.VIEW, Kind.CLICK, Kind.DWELL, Kind.CART, Kind.PURCHASE, Kind.FAVORITE,
         Kind.SHARE, Kind.NOT_INTERESTED, Kind.IMPRESSION, Kind.OPEN]
    ),
    visitors, items, offsets, st.sampled_from(SELLERS),
)  # fmt: skip
steps = st.lists(
    st.one_of(
        st.tuples(st.just("act"), acts),
        st.tuples(st.just("twice"), acts),
        st.tuples(st.just("edit"), st.tuples(items, st.floats(1, 999), st.booleans())),
        st.tuples(st.just("list"), st.tuples(items, st.integers(0, 3), st.booleans())),
        st.tuples(st.just("consent"), st.tuples(visitors, st.booleans())),
        st.tuples(st.just("ask"), st.tuples(visitors, offsets, st.sampled_from(SELLERS), items)),
        st.tuples(st.just("restart"), st.booleans()),
    ),
    max_size=40,
)


def play(floor: Shopfloor, what: str, how: Any) -> int:
    """Do one drawn step; return how many lists were made."""
    if what in ("act", "twice"):
        kind, visitor, number, offset, seller = how
        event = floor.tell(
            kind, NOW + offset, seller_id=seller, visitor=visitor, item_id=f"i{number}",
            duration_ms=abs(offset) % 400_000, from_visitor=f"v{number % VISITORS}",
        )  # fmt: skip
        if what == "twice":
            floor.append([event, event])
    elif what == "edit":
        number, price, deleted = how
        floor.tell(Kind.ITEM, NOW, payload=product(number, price=price, deleted=deleted))
    elif what == "list":
        number, stock, pinned = how
        floor.put("s1", number, NOW, stock=stock, pinned=pinned)
    elif what == "consent":
        visitor, allowed = how
        payload = Consent(personalization=allowed)
        floor.tell(Kind.CONSENT, NOW, visitor=visitor, seller_id="s1", payload=payload)
    elif what == "ask":
        visitor, offset, seller, number = how
        context = (f"i{number}",) if number % 2 else ()
        floor.recommend(
            visitor, NOW + offset, seller, context_items=context, filter="price < 500",
            placement="product_page" if context else "card_home", diversity=0.3,
        )  # fmt: skip
        return 1
    elif how:
        floor.restart()
    else:
        floor.crash()
    return 0


@settings(max_examples=40)
@given(steps=steps)
def test_whatever_happens_in_whatever_order_is_rebuilt_to_the_byte(
    registered: tuple[Registry, str], steps: list[tuple[str, Any]]
) -> None:
    registry, version = registered
    floor = Shopfloor(registry.load(version), keep=2)
    asked = sum(play(floor, what, how) for what, how in steps)
    asked += play(floor, "ask", ("v1", 0, "s1", 1))
    assert rebuilt(floor, registry) == Replayed(checked=asked, agreed=asked, unknown=0)
