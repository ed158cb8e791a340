"""Keys are found where they stand, however many share a place of the table."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from data.standing import Standing, standing

KEYS = st.integers(1, 2**64 - 1) | st.integers(1, 8).map(lambda n: n << 32)  # the same low bits


@given(st.lists(KEYS, unique=True, max_size=60), st.lists(KEYS, max_size=10), st.data())
def test_a_growing_column_tells_where_each_of_its_keys_stands(
    keys: list[int], others: list[int], data: st.DataObject
) -> None:
    column, followed = np.array(keys, np.uint64), Standing()
    grown = data.draw(st.lists(st.integers(0, len(keys)), max_size=4).map(sorted))
    for size in (*grown, len(keys)):
        slots = followed.of(column[:size])
        for place, key in enumerate(keys):
            assert standing(slots, column[:size], np.uint64(key)) == (place if place < size else -1)
    for key in set(others) - set(keys):
        assert standing(followed.of(column), column, np.uint64(key)) == -1
