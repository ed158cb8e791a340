"""That products of whole numbers stand for those of the numbers they were made of."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.als import Als
from models.base import History
from models.factors import dots, in_bytes


@given(st.integers(0, 2**32 - 1), st.integers(1, 900), st.floats(1e-6, 1e6))
def test_dot_products_are_those_of_floats_to_within_their_steps(
    seed: int, width: int, size: float
) -> None:
    rng = np.random.default_rng(seed)
    vectors = (size * rng.standard_normal((6, width))).astype(np.float32)
    visitor = rng.standard_normal(width).astype(np.float32)
    kept, scales = in_bytes(vectors)
    out = np.full(7, np.float32(9))
    dots(kept, scales, np.array([0, 1, 2, 3, 4, 5, -1], np.int32), visitor, out)
    steps = scales / 2 + np.abs(visitor).max() / 16_383 * np.abs(vectors).max(axis=1)
    most = steps * (np.abs(visitor).sum() + width)
    assert np.all(np.abs(out[:6] - vectors @ visitor) <= most)
    assert out[6] == 0


def test_the_largest_numbers_do_not_overflow() -> None:
    ones = np.ones((1, 1_000), np.float32)
    out = np.zeros(1, np.float32)
    dots(*in_bytes(ones), np.zeros(1, np.int32), ones[0], out)
    assert out[0] == pytest.approx(1_000, rel=1e-3)
    with pytest.raises(ValueError, match="1001 factors"):
        in_bytes(np.ones((1, 1_001), np.float32))


def test_a_model_of_before_that_kept_floats_still_opens() -> None:
    vectors = np.random.default_rng(1).standard_normal((5, 4)).astype(np.float32)
    old = Als.from_arrays({"vectors": vectors}, {"factors": 4})
    new = Als.from_arrays(old.arrays(), {"factors": 4})
    history = History(np.array([1, 3], np.int32), np.ones(2, np.float32), np.zeros(2, np.float32))
    assert old.fold(history).tolist() == new.fold(history).tolist()
    assert old.fold(history).any()
