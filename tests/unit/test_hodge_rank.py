"""Places on the line of what comes early and what comes late."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from data.features import FEATURES
from models.base import ItemFacts
from models.explain import groups
from models.hodge_rank import HodgeRank
from models.sequence import Transitions
from tests.contracts.test_retrievers import history, interactions, scores

Places = NDArray[np.float32]


def placed(sequences: list[list[int]], n_items: int, **settings: float) -> Places:
    facts = ItemFacts([""] * n_items, [()] * n_items)
    fitted = HodgeRank(**settings).fit(interactions(sequences, n_items), facts)  # type: ignore[arg-type]
    return fitted.arrays()["places"].astype(np.float32)


def test_a_chain_that_all_walk_is_found_from_walks_of_its_parts() -> None:
    walks = [[n, n + 1, n + 2] for n in range(8)]
    places = placed(walks, 10, calm=1e-3)
    assert np.argsort(places).tolist() == list(range(10))
    gaps = np.diff(places)
    assert gaps.max() < 1.05 * gaps.min()


def test_what_goes_round_in_a_circle_has_no_early_and_late() -> None:
    places = placed([[0, 1, 2, 3, 0]], 4, window=1)
    assert np.abs(places).max() < 1e-3


def test_steps_are_counted_from_the_latest_visit_that_is_known() -> None:
    facts = ItemFacts([""] * 5, [()] * 5)
    fitted = HodgeRank().fit(interactions([[0, 1, 2, 3]] * 3, 5), facts)
    rows = np.array([0, 2, 3, -1, 4], np.int32)
    out = scores(fitted, history(-1, 2, 0), rows)
    assert out[1, 1] == 0
    assert out[0, 1] < 0 < out[2, 1]
    assert np.allclose(out[:3, 1], out[:3, 0] - out[1, 0])
    assert out[3].tolist() == [0, 0]
    assert out[4, 0] == 0  # never visited: in the middle


@given(st.lists(st.lists(st.integers(0, 5), max_size=8), max_size=8))
def test_the_same_visits_backwards_give_the_opposite_places(sequences: list[list[int]]) -> None:
    there = placed(sequences, 6)
    back = placed([sequence[::-1] for sequence in sequences], 6)
    assert np.allclose(there, -back, atol=1e-4)


def test_a_long_log_is_read_by_visitors_spread_over_it() -> None:
    rng = np.random.default_rng(2)
    walks = [np.sort(rng.choice(12, 5, replace=False)).tolist() for _ in range(600)]
    whole, part = placed(walks, 12), placed(walks, 12, pairs=1_500)
    assert not np.array_equal(whole, part)
    assert np.corrcoef(whole, part)[0, 1] > 0.99


def test_a_place_on_the_line_is_no_reason() -> None:
    names = (*FEATURES, *Transitions.columns, *HodgeRank.columns)
    behind = {names[column] for columns in groups(names).values() for column in columns}
    assert set(Transitions.columns) < behind
    assert not behind & set(HodgeRank.columns)
