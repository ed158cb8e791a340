"""Laws of exploration, re-show and diversity, by enumeration and by simulation."""

from __future__ import annotations

from collections import Counter
from itertools import permutations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from numpy.typing import NDArray

from data.profile_rows import SHOWN
from models.policy import COOLDOWN_MS, Uniforms, chances, diversify, held_since, may_show, order

Floats = NDArray[np.float32]

scores_of = arrays(
    np.float32, st.integers(1, 12), elements=st.floats(-50, 50, width=32, allow_subnormal=False)
)


def probability(scores: Floats, slate: tuple[int, ...], epsilon: float) -> list[float]:
    """Work out each slot's probability by the rule alone, item by item."""
    left = list(np.argsort(-scores, kind="stable"))
    chances = []
    for item in slate:
        best = item == left[0]
        chances.append((1 - epsilon) * best + epsilon / len(left))
        left.remove(item)
    return chances


@given(scores_of, st.integers(1, 15), st.floats(0.01, 1.0), st.integers(0, 2**32))
def test_each_logged_propensity_is_the_rule_s_probability_of_that_item_at_that_slot(
    scores: Floats, count: int, epsilon: float, seed: int
) -> None:
    taken, propensity = order(scores, count, epsilon, np.random.default_rng(seed))
    assert len(taken) == len(propensity) == min(count, len(scores))
    assert len(set(taken.tolist())) == len(taken)
    assert np.allclose(propensity, probability(scores, tuple(taken.tolist()), epsilon), atol=1e-6)


@given(scores_of, st.floats(0.0, 1.0))
def test_over_all_items_that_a_slot_could_take_propensities_sum_to_one(
    scores: Floats, epsilon: float
) -> None:
    scores = scores[:5]
    depth = min(3, len(scores))
    slates = list(permutations(range(len(scores)), depth))
    for slate in slates:
        rivals = {other[-1] for other in slates if other[:-1] == slate[:-1]}
        total = sum(probability(scores, (*slate[:-1], rival), epsilon)[-1] for rival in rivals)
        assert total == pytest.approx(1.0, abs=1e-9)
    whole = sum(np.prod(probability(scores, slate, epsilon)) for slate in slates)
    assert whole == pytest.approx(1.0, abs=1e-9)


def test_simulated_frequencies_match_the_logged_propensities() -> None:
    scores = np.array([0.3, 2.0, -1.0, 0.9], np.float32)
    rng = np.random.default_rng(11)
    rounds = 40_000
    seen: Counter[tuple[int, ...]] = Counter()
    logged: dict[tuple[int, ...], float] = {}
    for _ in range(rounds):
        taken, propensity = order(scores, 2, 0.4, rng)
        slate = tuple(taken.tolist())
        seen[slate] += 1
        logged[slate] = float(np.prod(propensity.astype(np.float64)))
    assert len(seen) == 12
    for slate, times in seen.items():
        error = 5 * np.sqrt(logged[slate] * (1 - logged[slate]) / rounds)
        assert abs(times / rounds - logged[slate]) < error
    assert sum(logged.values()) == pytest.approx(1.0, abs=1e-6)


@given(st.integers(1, 5), st.integers(0, 5), st.floats(0.0, 1.0))
def test_the_chance_of_a_slot_is_the_sum_over_all_lists_that_fill_it_so(
    size: int, slots: int, epsilon: float
) -> None:
    slots = min(slots, size)
    ranking = -np.arange(size, dtype=np.float32)
    summed = np.zeros((slots, size))
    for slate in permutations(range(size), slots):
        whole = float(np.prod(probability(ranking, slate, epsilon)))
        summed[np.arange(slots), list(slate)] += whole
    assert np.allclose(chances(size, slots, epsilon), summed, atol=1e-12)


@given(st.integers(1, 60), st.integers(1, 60), st.floats(0.0, 1.0))
def test_each_slot_is_filled_and_no_item_fills_more_than_one(
    size: int, slots: int, epsilon: float
) -> None:
    found = chances(size, min(slots, size), epsilon)
    assert np.allclose(found.sum(axis=1), 1.0)
    assert found.min() >= 0
    assert found.sum(axis=0).max() <= 1 + 1e-9
    with pytest.raises(ValueError, match="cannot fill"):
        chances(size, size + 1, epsilon)


@given(scores_of, st.integers(1, 15))
def test_without_exploration_the_order_is_the_stable_argsort_and_certain(
    scores: Floats, count: int
) -> None:
    taken, propensity = order(scores, count, 0.0, np.random.default_rng(1))
    assert taken.tolist() == np.argsort(-scores, kind="stable")[:count].tolist()
    assert (propensity == 1.0).all()


def test_the_same_randomness_gives_the_same_slate() -> None:
    scores = np.arange(20, dtype=np.float32)
    first, second = (order(scores, 10, 0.5, np.random.default_rng(5)) for _ in range(2))
    assert first[0].tobytes() == second[0].tobytes()
    assert first[1].tobytes() == second[1].tobytes()


def test_an_empty_shelf_gives_an_empty_slate() -> None:
    taken, propensity = order(np.empty(0, np.float32), 5, 0.1, np.random.default_rng(1))
    assert len(taken) == len(propensity) == 0


NOTHING = np.empty(0, np.uint64)
ITEMS = np.array([6, 7, 8, 9], np.uint64)


@pytest.mark.parametrize(
    ("policy", "expected"),
    [
        ("allow", [True, True, True, True]),
        ("hide", [True, False, True, False]),
        ("cooldown", [True, True, True, False]),
    ],
)
def test_the_re_show_policy_keeps_back_what_it_says(policy: str, expected: list[bool]) -> None:
    at = 10 * COOLDOWN_MS
    shown = np.array([(7, at - COOLDOWN_MS), (9, at - COOLDOWN_MS + 1)], SHOWN)
    assert may_show(shown, held_since(policy, at), NOTHING, ITEMS).tolist() == expected


def test_what_she_turned_down_is_kept_back_though_it_was_not_shown() -> None:
    off = np.array([8, 5], np.uint64)
    may = may_show(np.empty(0, SHOWN), held_since("allow", 0), off, ITEMS)
    assert may.tolist() == [True, True, False, True]


def test_a_re_show_policy_of_another_name_is_refused() -> None:
    with pytest.raises(ValueError, match="hide, cooldown or allow"):
        held_since("never", 0)


@given(
    scores_of,
    st.lists(st.integers(0, 3), min_size=12, max_size=12),
    st.floats(0.0, 1.0),
    st.integers(1, 12),
)
def test_diversity_keeps_the_first_place_and_loses_nothing(
    scores: Floats, categories: list[int], strength: float, count: int
) -> None:
    ranking = np.argsort(-scores, kind="stable").astype(np.int32)
    keys = np.array(categories[: len(scores)], np.uint64)
    result = diversify(ranking, scores, keys, strength, count)
    assert result[0] == ranking[0]
    assert sorted(result.tolist()) == sorted(ranking.tolist())
    assert diversify(ranking, scores, keys, 0.0).tolist() == ranking.tolist()


def test_full_diversity_lets_categories_take_turns() -> None:
    scores = np.array([9, 8, 7, 6, 5, 4], np.float32)
    keys = np.array([1, 1, 1, 2, 2, 3], np.uint64)
    ranking = np.arange(6, dtype=np.int32)
    assert diversify(ranking, scores, keys, 1.0).tolist() == [0, 3, 5, 1, 4, 2]
    assert diversify(ranking, scores, keys, 1.0, 2).tolist() == [0, 3, 1, 2, 4, 5]


def test_uniforms_are_those_of_the_published_generator_and_go_on_where_they_were() -> None:
    first = [0xE220A8397B1DCDAF, 0x6E789E6AA1B965F4, 0x06C45D188009454F]  # SplitMix64 from 0
    expected = [(number >> 11) * 2.0**-53 for number in first]
    draws = Uniforms(0)
    assert [*draws.random(1), *draws.random(2)] == expected
    draws = Uniforms(2**64 - 1)
    many = np.concatenate([draws.random(10_000), draws.random(10_000)])
    assert ((many >= 0) & (many < 1)).all()
    assert np.abs(np.histogram(many, 10)[0] - 2_000).max() < 200
