"""What a history's links add up to, read off the sheet or added up for the asked rows alone."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from models.links import Links
from models.sheet import add_up, best, between, highest, read_sheet, spread

ITEMS = 30
values = st.lists(
    st.integers(-3, 3) | st.floats(width=32, allow_nan=False) | st.just(-0.0), max_size=60
)


@given(values=values, count=st.integers(0, 70))
def test_the_highest_come_first_and_equals_by_place(values: list[float], count: int) -> None:
    given_values = np.array(values, np.float32)
    expected = sorted(range(len(values)), key=lambda place: (-values[place], place))[:count]
    assert highest(given_values, count).tolist() == expected


@given(seed=st.integers(0, 999), count=st.integers(0, 40))
def test_the_best_rows_are_those_of_the_highest_sums_and_equals_by_row(
    seed: int, count: int
) -> None:
    rng = np.random.default_rng(seed)
    rows = rng.permutation(ITEMS)[: rng.integers(0, ITEMS + 1)].astype(np.int32)
    sheet = rng.integers(0, 4, (ITEMS, 4)).astype(np.float32)
    expected = sorted(rows.tolist(), key=lambda row: (-sheet[row, 0], row))[:count]
    assert best(rows, sheet, count).tolist() == expected


def drawn(rng: np.random.Generator) -> Links:
    sources, targets = np.nonzero(rng.random((ITEMS, ITEMS)) < 0.3)
    strengths = rng.random(len(sources)).astype(np.float32)
    return Links.strongest(sources.astype(np.int32), targets.astype(np.int32), strengths, ITEMS, 5)


@given(seed=st.integers(0, 999), half_life=st.sampled_from([0.0, 3.0]))
def test_asked_rows_hold_what_the_whole_sheet_holds(seed: int, half_life: float) -> None:
    rng = np.random.default_rng(seed)
    links = drawn(rng)
    arrays = (links.starts, links.targets, links.strengths)
    sheet, places = np.zeros((ITEMS, 4), np.float32), np.full(ITEMS, -1, np.int32)
    touched = np.zeros(0, np.int32)
    for _ in range(3):  # each leaves nothing behind for the next
        visits = rng.integers(-1, ITEMS, rng.integers(0, 9)).astype(np.int32)
        weights = rng.random(len(visits)).astype(np.float32)
        asked = rng.integers(-1, ITEMS, rng.integers(0, 20)).astype(np.int32)
        out, read = np.ones((2, len(asked), 4), np.float32)
        ages = 9 * weights
        touched = spread(*arrays, visits, weights, ages, 2.0, half_life, touched, sheet)
        read_sheet(sheet, asked, read)
        add_up(*arrays, visits, weights, ages, 2.0, half_life, places, asked, out)
        assert out.tobytes() == read.tobytes()
        assert sorted(touched) == np.flatnonzero(sheet[:, 3]).tolist()
    assert (places == -1).all()


@given(seed=st.integers(0, 999))
def test_between_visits_and_rows_stand_their_links(seed: int) -> None:
    rng = np.random.default_rng(seed)
    links = drawn(rng)
    dense = np.zeros((ITEMS + 1, ITEMS + 1), np.float32)  # -1 reads the last, which has none
    sources = np.repeat(np.arange(ITEMS), np.diff(links.starts))
    dense[sources, links.targets] = links.strengths
    visits, rows = rng.integers(-1, ITEMS, (2, 6)).astype(np.int32)
    out = np.zeros((6, 6), np.float32)
    between(links.starts, links.targets, links.strengths, visits, rows, out)
    assert out.tobytes() == dense[np.ix_(visits, rows)].tobytes()
