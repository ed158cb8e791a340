"""Which rows are kept: the seats, then the highest, the earlier among equals."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from models.fusion import filled


@given(values=st.lists(st.integers(0, 4), max_size=40), most=st.integers(1, 30), data=st.data())
def test_seats_are_kept_and_the_highest_fill_the_rest(
    values: list[int], most: int, data: st.DataObject
) -> None:
    places = st.lists(st.integers(0, len(values) - 1), unique=True, max_size=most)
    seats = data.draw(places) if values else []
    others = [place for place in range(len(values)) if place not in seats]
    others.sort(key=lambda place: (-values[place], place))
    expected = sorted([*seats, *others[: most - len(seats)]])
    found = filled(np.array(values, np.float32), np.array(seats, np.int64), most)
    assert found.tolist() == expected
