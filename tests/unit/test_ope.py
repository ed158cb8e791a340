"""What another order would have brought: known answers, and lists drawn in a known shop."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from models import policy
from models.slate import Opened
from training import ope
from training.config import Config
from training.lists import Made, Offered, compare, examination

JUDGE = Config.load().judge
PRODUCTS, SLOTS, EPSILON = 8, 4, 0.3
LOOKED = np.array([0.9, 0.6, 0.4, 0.3])
"""How often each slot of the shop's strip is looked at."""


class ByColumn:
    """Order by one column of the features."""

    def __init__(self, column: int) -> None:
        self.column = column

    def score(self, matrix: NDArray[np.float32]) -> NDArray[np.float32]:
        return matrix[:, self.column]


def liked(matrix: NDArray[np.float32]) -> NDArray[np.float64]:
    """Return how likely each product is acted on by who looks at it."""
    likely: NDArray[np.float64] = 0.05 + 0.4 * matrix[:, 1].astype(np.float64)
    return likely


def strip(
    rng: np.random.Generator, visitor: int, tells: bool, epsilon: float = EPSILON
) -> tuple[Offered, float]:
    """Show a strip ordered by the first column; also return what the second would have brought."""
    matrix = rng.random((PRODUCTS, 2), dtype=np.float32)
    order, _ = policy.order(matrix[:, 0], SLOTS, epsilon, rng)
    place_of = np.argsort(np.argsort(-matrix, axis=0), axis=0)
    table = policy.chances(PRODUCTS, SLOTS, epsilon)
    looked = rng.random(SLOTS) < LOOKED
    acted = looked & (rng.random(SLOTS) < liked(matrix)[order])
    rows = np.arange(PRODUCTS, dtype=np.int32)
    one = Offered(
        f"v{visitor}",
        matrix,
        Opened(np.empty(0, np.int64), rows, np.empty(0, np.int64), SLOTS, 0.0, None),
        Made(place_of[order, 0], PRODUCTS, SLOTS, 0, epsilon),
        place_of[:, 0],
        order.astype(np.int64),
        acted.astype(np.float64),
        looked if tells else None,
    )
    return one, float(LOOKED @ table[:, place_of[:, 1]] @ liked(matrix))


@pytest.fixture(scope="module")
def served() -> tuple[list[Offered], float]:
    rng = np.random.default_rng(3)
    found = [strip(rng, n // 3, tells=n % 2 == 0) for n in range(6_000)]
    return [one for one, _ in found], float(np.mean([worth for _, worth in found]))


def test_a_better_order_is_told_from_lists_that_another_made(
    served: tuple[list[Offered], float],
) -> None:
    lists, truth = served
    found = compare(lists, {"model": ByColumn(1), "champion": ByColumn(0)}, EPSILON, JUDGE, 7)
    assert found is not None
    ours, theirs = found.policies["model"], found.policies["champion"]
    for one in (ours.value, ours.plain):
        assert one.low < truth < one.high
        assert one.high - one.low < 0.35 * truth
    assert ours.covered == theirs.covered == 1
    assert theirs.behind.low > 0.1  # told apart, and by how much
    assert theirs.behind.low < truth - found.logged.value < theirs.behind.high
    assert (found.lists, found.visitors) == (6_000, 2_000)
    assert ours.effective < found.lists * SLOTS / 2 < theirs.effective


def test_the_order_that_made_the_lists_is_worth_what_they_brought(
    served: tuple[list[Offered], float],
) -> None:
    found = compare(served[0], {"model": ByColumn(0)}, EPSILON, JUDGE, 7)
    assert found is not None
    same = found.policies["model"]
    assert same.value.value == pytest.approx(found.logged.value, abs=1e-12)
    assert same.covered == 1
    assert same.effective == pytest.approx(6_000 * SLOTS)
    assert found.above_logged.high == pytest.approx(0.0, abs=1e-12)


def test_lists_without_chance_do_not_cover_another_order() -> None:
    rng = np.random.default_rng(5)
    lists = [strip(rng, n, tells=True, epsilon=0.0)[0] for n in range(400)]
    found = compare(lists, {"model": ByColumn(1), "champion": ByColumn(0)}, 0.0, JUDGE, 7)
    assert found is not None
    assert 0.4 < found.policies["model"].covered < 0.7  # four of eight, drawn apart from chance
    assert found.policies["champion"].covered == 1


def test_intervals_hold_what_would_have_come_though_little_was_left_to_chance() -> None:
    held = above = 0
    for seed in range(40):
        rng = np.random.default_rng(seed)
        drawn = [strip(rng, n, tells=True, epsilon=0.05) for n in range(300)]
        lists, truth = [one for one, _ in drawn], float(np.mean([worth for _, worth in drawn]))
        found = compare(lists, {"model": ByColumn(1), "champion": ByColumn(0)}, 0.05, JUDGE, 7)
        assert found is not None
        held += found.policies["model"].value.low < truth < found.policies["model"].value.high
        above += found.policies["champion"].behind.high < 0
    assert held >= 34
    assert above == 0  # the better order is never called the worse


def test_slots_are_looked_at_as_often_as_the_lists_that_tell_say(
    served: tuple[list[Offered], float],
) -> None:
    assert examination(served[0]) == pytest.approx(LOOKED, abs=0.03)
    silent = [one for one in served[0] if one.looked is None]
    assert examination(silent).tolist() == [1.0] * SLOTS
    assert compare([], {"model": ByColumn(0)}, EPSILON, JUDGE, 7) is None


weights = st.lists(st.just(0.0) | st.floats(0.01, 50.0), min_size=1, max_size=30)


@given(weights, st.randoms(use_true_random=False))
def test_the_linear_parts_average_to_the_ratio_and_scaled_weights_change_nothing(
    given_weights: list[float], random: object
) -> None:
    n = len(given_weights)
    rewards = np.array([random.random() for _ in range(n)])  # type: ignore[attr-defined]  # hypothesis
    weights = np.array(given_weights)
    shows = ope.Shows(np.arange(n), weights, np.ones(n), rewards, np.ones(n))
    value = ope.normalised(shows).mean()
    if weights.sum() == 0:
        assert value == 0
        return
    assert value == pytest.approx((weights @ rewards) / weights.sum())
    assert -1e-9 <= value <= rewards.max() + 1e-9
    scaled = ope.Shows(shows.lists, 3 * weights, shows.seen, rewards, shows.whole)
    assert ope.normalised(scaled).mean() == pytest.approx(value)
    assert ope.effective(scaled) == pytest.approx(ope.effective(shows))
    assert 1 - 1e-9 <= ope.effective(shows) <= n + 1e-9


def test_wrong_expectations_leave_the_doubly_robust_estimate_without_bias() -> None:
    rng = np.random.default_rng(9)
    worth, logging, other = np.array([0.1, 0.5, 0.8]), [0.6, 0.3, 0.1], np.array([0.1, 0.2, 0.7])
    arms = rng.choice(3, 20_000, p=logging)
    rewards = (rng.random(20_000) < worth[arms]).astype(np.float64)
    weights = (other / logging)[arms]
    one = np.ones(20_000)
    shows = ope.Shows(np.arange(20_000), weights, one, rewards, one)
    truth = float(other @ worth)
    near, far = worth + 0.02, np.array([0.9, 0.0, 2.5])
    by_near = ope.doubly_robust(shows, near[arms], one * float(other @ near))
    by_far = ope.doubly_robust(shows, far[arms], one * float(other @ far))
    assert by_near.mean() == pytest.approx(truth, abs=0.02)
    assert by_far.mean() == pytest.approx(truth, abs=0.08)
    assert by_near.std() < ope.weighed(shows).std() < by_far.std()
    assert ope.weighed(shows).mean() == pytest.approx(truth, abs=0.05)
    assert ope.covered(shows).mean() == pytest.approx(1.0, abs=0.03)
