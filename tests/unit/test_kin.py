"""Who lends scores to a product that nobody has touched, by likeness of content alone."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from models.base import Scores
from models.kin import KIN, NOBODY, Kin

AXES = np.eye(4, dtype=np.float32)


def at_angles(cosines: list[float]) -> Scores:
    """Return unit vectors float32[n, 4] at these cosines to the first axis."""
    near = np.array(cosines, np.float32)[:, None]
    vectors: Scores = near * AXES[0] + np.sqrt(1 - near**2) * AXES[1]
    return vectors


def lenders(vectors: Scores, acts: list[int], asked: Scores) -> list[int]:
    found = Kin(vectors, np.array(acts, np.int64)).of(asked)
    return [row for row in found.tolist() if row >= 0]


def test_the_most_alike_lend_first_and_only_what_has_acts() -> None:
    vectors = at_angles([0.2, 0.9, 0.95, 0.5])
    assert lenders(vectors, [1, 1, 0, 1], AXES[0]) == [1, 3, 0]


def test_what_has_nothing_in_common_lends_nothing() -> None:
    assert lenders(at_angles([0.5, 0.0, -0.5]), [1, 1, 1], AXES[0]) == [0]
    assert lenders(at_angles([0.5]), [1], np.zeros(4, np.float32)) == []
    assert Kin(AXES, np.zeros(4, np.int64)).of(AXES[0]).tolist() == NOBODY.tolist()


@given(
    tenths=st.lists(st.integers(-9, 9), min_size=1, max_size=3 * KIN),
    seed=st.integers(0, 9),
)
def test_nobody_lends_while_one_more_alike_does_not(tenths: list[int], seed: int) -> None:
    vectors = at_angles([tenth / 10 for tenth in tenths])
    acts = np.random.default_rng(seed).integers(0, 3, len(tenths)).tolist()
    lent = lenders(vectors, acts, AXES[0])
    able = [row for row, tenth in enumerate(tenths) if tenth > 0 and acts[row]]
    assert set(lent) <= set(able)
    assert len(lent) == min(KIN, len(able))
    assert [tenths[row] for row in lent] == sorted((tenths[row] for row in able), reverse=True)[
        :KIN
    ]
