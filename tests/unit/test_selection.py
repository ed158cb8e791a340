"""The edge of the highest values is what sorting all of them would give."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from models.selection import edge_of

VALUES = st.integers(-3, 3).map(float) | st.floats(width=32, allow_nan=False) | st.just(-0.0)


@given(st.lists(VALUES, min_size=1, max_size=60), st.data())
def test_the_edge_has_as_many_above_it_as_a_sorted_list(
    values: list[float], data: st.DataObject
) -> None:
    count = data.draw(st.integers(1, len(values)))
    edge, above = edge_of(np.array(values, np.float32), count)
    assert edge == sorted(values, reverse=True)[count - 1]
    assert above == sum(value > edge for value in values)
