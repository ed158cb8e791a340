"""What folding events into a profile promises."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from data.catalogue import facets_of
from data.profile_rows import HALF_LIVES_DAYS, MAX_AFFINITY, MAX_TOUCHES, SIGNALS, VISIT_GAP_MS
from data.profiles import Profile, dwell_value
from data.schemas import CODES, DAY_MS, Kind, key64
from tests.streams import NOW, item

CATEGORY = key64("category", "serum")
SELLER = np.uint64(7)
ACTS = [kind for kind in SIGNALS if kind is not Kind.DWELL]


def weight(profile: Profile, key: int, signal: str) -> float:
    found = profile.affinity[profile.affinity["key"] == key]
    return float(found[signal][0]) if len(found) else 0.0


def touch(profile: Profile, kind: Kind, at: int, number: int = 1) -> None:
    product = item(number)
    profile.touch(kind, at, SELLER, 1.0, facets_of(product))


@pytest.mark.parametrize(
    ("kind", "signal", "days"),
    [
        (Kind.VIEW, "browse", HALF_LIVES_DAYS[0]),
        (Kind.FAVORITE, "intent", HALF_LIVES_DAYS[1]),
        (Kind.PURCHASE, "bought", HALF_LIVES_DAYS[2]),
        (Kind.NOT_INTERESTED, "disliked", HALF_LIVES_DAYS[3]),
    ],
)
def test_an_act_is_worth_half_after_its_signals_half_life(
    kind: Kind, signal: str, days: float
) -> None:
    profile = Profile()
    touch(profile, kind, NOW)
    touch(profile, Kind.VIEW, NOW + int(days * DAY_MS), number=2)
    views = 1.0 if kind is Kind.VIEW else 0.0
    assert weight(profile, CATEGORY, signal) == pytest.approx(0.5 + views, rel=1e-5)


def test_a_facet_that_is_forgotten_weighs_nothing_until_an_act_adds_to_it() -> None:
    profile, other = Profile(), Profile()
    for one in (profile, other):
        touch(one, Kind.PURCHASE, NOW)
        touch(one, Kind.NOT_INTERESTED, NOW, number=2)
    profile.forget(CATEGORY)
    again = Profile.from_bytes(profile.to_bytes())
    for one in (profile, again):
        one.forget(key64("category", "never"))
        assert [weight(one, CATEGORY, signal) for signal in ("bought", "disliked")] == [0, 0]
        assert len(one.affinity) == len(other.affinity) - 1
        touch(one, Kind.FAVORITE, NOW, number=3)
        assert weight(one, CATEGORY, "intent") == 1
        assert weight(one, CATEGORY, "bought") == 0
    assert again.to_bytes() == profile.to_bytes()


@settings(max_examples=60, deadline=None)
@given(
    st.lists(
        st.tuples(st.sampled_from(ACTS), st.integers(0, 40 * DAY_MS), st.integers(1, 4)),
        min_size=1,
        max_size=20,
        unique_by=lambda act: act[1],
    ),
    st.randoms(use_true_random=False),
)
def test_the_order_of_arrival_does_not_matter(
    acts: list[tuple[Kind, int, int]], shuffle: object
) -> None:
    in_order, late = Profile(), Profile()
    for kind, after, number in sorted(acts, key=lambda act: act[1]):
        touch(in_order, kind, NOW + after, number)
    shuffled = list(acts)
    shuffle.shuffle(shuffled)  # type: ignore[attr-defined]
    for kind, after, number in shuffled:
        touch(late, kind, NOW + after, number)
    assert in_order.touches.tobytes() == late.touches.tobytes()
    for key in in_order.affinity["key"].tolist():
        for signal in ("browse", "intent", "bought", "disliked"):
            assert weight(late, key, signal) == pytest.approx(
                weight(in_order, key, signal), rel=1e-4, abs=1e-6
            )


def test_only_the_newest_touches_are_kept_and_late_ones_older_than_all_are_dropped() -> None:
    profile = Profile()
    for n in range(MAX_TOUCHES + 10):
        touch(profile, Kind.VIEW, NOW + n, number=n)
    touch(profile, Kind.VIEW, NOW - 1, number=999)
    assert len(profile.touches) == MAX_TOUCHES
    assert profile.touches["at"].min() == NOW + 10
    assert np.all(np.diff(profile.touches["at"]) >= 0)


def test_a_late_act_takes_its_place_in_time_and_the_oldest_makes_room() -> None:
    profile = Profile()
    for n in range(MAX_TOUCHES):
        touch(profile, Kind.VIEW, NOW + 10 * n, number=n)
    touch(profile, Kind.CART, NOW + 25, number=999)
    expected = [10, 20, 25, *(10 * n for n in range(3, MAX_TOUCHES))]
    assert (profile.touches["at"] - NOW).tolist() == expected
    assert profile.touches["item"][2] == key64("item", "i999")


def test_a_visit_that_goes_on_moves_behind_what_came_meanwhile_and_nothing_is_lost() -> None:
    profile, facets = Profile(), facets_of(item(1))
    profile.dwell(NOW, SELLER, 1_000, 0.5, facets)
    touch(profile, Kind.VIEW, NOW + 10, number=2)
    touch(profile, Kind.CLICK, NOW + 20, number=3)
    profile.dwell(NOW + 15, SELLER, 3_000, 0.75, facets)
    kept = profile.touches[["at", "ms", "kind"]].tolist()
    dwelt = (NOW + 15, 3_000, CODES[Kind.DWELL])
    view, click = (NOW + 10, 0, CODES[Kind.VIEW]), (NOW + 20, 0, CODES[Kind.CLICK])
    assert kept == [view, dwelt, click]


def test_a_full_affinity_table_drops_the_weakest_facet_and_keeps_the_total() -> None:
    profile = Profile()
    touch(profile, Kind.VIEW, NOW, number=0)
    for n in range(1, 2 * MAX_AFFINITY):
        touch(profile, Kind.VIEW, NOW + n * DAY_MS // 8, number=n)
    assert len(profile.affinity) == MAX_AFFINITY
    keys = profile.affinity["key"].tolist()
    assert len(set(keys)) == len(keys)
    assert key64("item", f"i{2 * MAX_AFFINITY - 1}") in keys
    assert key64("item", "i0") not in keys
    assert CATEGORY in keys


def test_reports_of_one_visit_add_up_to_one_dwell_and_a_later_visit_is_another() -> None:
    profile, facets = Profile(), facets_of(item(1))
    for n in range(3):
        at = NOW + n * 15_000
        total = profile.dwelt_before(at, facets) + 15_000
        profile.dwell(at, SELLER, total, dwell_value(total, 15_000.0), facets)
    assert len(profile.touches) == 1
    assert int(profile.touches["ms"][0]) == 45_000
    whole = dwell_value(45_000, 15_000.0)
    assert weight(profile, CATEGORY, "browse") == pytest.approx(whole, rel=1e-3)
    assert profile.dwelt_before(NOW + VISIT_GAP_MS + 60_000, facets) == 0


@pytest.mark.parametrize(("ms", "usual"), [(0, 15_000.0), (10_000, 10_000.0), (600_000, 1_000.0)])
def test_dwell_is_judged_by_what_is_usual_for_the_item(ms: int, usual: float) -> None:
    value = dwell_value(ms, usual)
    assert 0.0 <= value <= 3.0
    if ms == usual:
        assert value == pytest.approx(1.0)


def test_bytes_bring_back_the_same_profile() -> None:
    profile = Profile()
    for n, kind in enumerate(ACTS):
        touch(profile, kind, NOW + n, number=n)
    profile.show(np.array([1, 2, 3], dtype=np.uint64), NOW)
    profile.sharer, profile.sharer_seller = "friend", 12
    again = Profile.from_bytes(profile.to_bytes())
    assert again.to_bytes() == profile.to_bytes()
    touch(profile, Kind.CART, NOW + 99)
    touch(again, Kind.CART, NOW + 99)
    assert again.to_bytes() == profile.to_bytes()


def test_what_was_shown_is_remembered_once_an_item_with_its_latest_time() -> None:
    profile = Profile()
    profile.show(np.array([1, 2], dtype=np.uint64), NOW)
    profile.show(np.array([2, 3], dtype=np.uint64), NOW + 5)
    assert dict(zip(profile.shown["item"].tolist(), profile.shown["at"].tolist(), strict=True)) == {
        1: NOW,
        2: NOW + 5,
        3: NOW + 5,
    }


def test_every_signal_has_a_code_of_its_own() -> None:
    assert len({CODES[kind] for kind in SIGNALS}) == len(SIGNALS)
