"""What a score falls to without a group: columns at their medians, one group at a time."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from models.base import Scores
from models.counterfactual import falls

GROUPS = np.array([[0, 2], [1, -1], [3, -1]])


class Sum:
    """Rank by the sum of all columns."""

    def score(self, matrix: Scores) -> Scores:
        scores: Scores = matrix.sum(axis=1, dtype=np.float32)
        return scores


@given(
    n=st.integers(1, 130),
    k=st.integers(0, 10),
    coarse=st.booleans(),
    seed=st.integers(0, 99),
)
def test_a_score_falls_by_what_the_columns_are_above_their_medians(
    n: int, k: int, coarse: bool, seed: int
) -> None:
    rng = np.random.default_rng(seed)
    matrix = rng.normal(size=(n, 4)).astype(np.float32)
    matrix = np.round(matrix) if coarse else matrix
    order = rng.permutation(n)[:k].astype(np.int32)
    asked = rng.random((len(order), 3)) < 0.6
    found = falls(Sum(), matrix, Sum().score(matrix), order, asked, GROUPS)
    above = matrix[order] - np.median(matrix, axis=0)
    expected = np.stack([above[:, 0] + above[:, 2], above[:, 1], above[:, 3]], axis=1)
    assert np.allclose(found[asked], expected[asked], atol=1e-5)
    assert (found[~asked] == -np.inf).all()
