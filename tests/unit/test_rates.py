"""The sliding window: no more than agreed get through, and waiting as told is enough."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from service.rates import Window

MINUTE = 60_000
START = 29_833_333 * MINUTE


@given(st.integers(1, 5), st.lists(st.integers(0, 20_000), max_size=40))
def test_no_more_than_agreed_get_through_in_a_window_and_waiting_as_told_helps(
    most: int, gaps: list[int]
) -> None:
    window, at, through = Window(f"{most}/minute"), START, dict[int, int]()
    for gap in gaps:
        at += gap
        wait = window.hit("a", at)
        if wait:
            assert 0 < wait <= 60.001
            assert window.hit("a", at), "what was refused does not count, and time stands still"
            at += round(wait * 1000)
            assert window.hit("a", at) == 0.0
        through[at // MINUTE] = through.get(at // MINUTE, 0) + 1
    assert max(through.values(), default=0) <= most


@given(st.integers(1, 50), st.integers(0, MINUTE - 1))
def test_what_came_in_the_window_before_counts_by_how_much_of_it_is_left(
    most: int, passed: int
) -> None:
    window = Window(f"{most}/minute")
    assert all(window.hit("a", START) == 0.0 for _ in range(most))
    assert window.hit("a", START) > 0
    at = START + MINUTE + passed
    through = 0
    while window.hit("a", at) == 0.0:
        through += 1
    assert most * passed / MINUTE <= through <= most * passed / MINUTE + 1


@given(st.integers(1, 30), st.lists(st.tuples(st.integers(0, 20_000), st.integers(1, 9))))
def test_many_at_once_are_as_many_as_would_get_through_one_by_one(
    most: int, calls: list[tuple[int, int]]
) -> None:
    whole, single, at = Window(f"{most}/minute"), Window(f"{most}/minute"), START
    for gap, wanted in calls:
        at += gap
        taken = whole.take("a", at, wanted)
        assert taken == [single.hit("a", at) for _ in range(wanted)].count(0.0)
        if taken < wanted:
            assert whole.wait("a", at) == single.wait("a", at) > 0


def test_buckets_count_apart_and_are_forgotten_after_two_windows() -> None:
    window = Window("1/second")
    assert [window.hit(name, 5_000) == 0.0 for name in "aab"] == [True, False, True]
    assert window.hit("a", 7_000) == 0.0
    window.hit("c", 12_000)
    assert (window._now, window._before) == ({"c": 1}, {})
