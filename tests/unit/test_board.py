"""What processes tell each other: lines, acknowledgements, lists on their way, turns."""

from __future__ import annotations

import multiprocessing
from multiprocessing.connection import Connection
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from data.errors import Misconfigured
from service.board import ALL, LINES, Board, bucket

_forks = multiprocessing.get_context("forkserver")


def pair(folder: Path) -> tuple[Board, Board]:
    one, other = Board(folder), Board(folder)
    one.join()
    other.join()
    return one, other


def test_who_has_not_joined_or_is_in_memory_is_alone(tmp_path: Path) -> None:
    one, other = Board(tmp_path), Board(None)
    other.join()
    assert one.alone
    one.join()
    assert one.alone
    assert other.alone
    second = Board(tmp_path)
    second.join()
    assert not one.alone
    assert not second.alone
    second.leave()
    assert one.alone
    assert second.alone


def test_what_one_acknowledges_the_other_reads_by_visitor(tmp_path: Path) -> None:
    one, other = pair(tmp_path)
    one.tell(["v1", ""], 7)
    assert (other.newest("v1"), other.newest("v2"), other.newest()) == (7, 0, 7)
    one.tell(["v2"], 9)
    assert (other.newest("v1"), other.newest("v2"), other.newest()) == (7, 9, 9)
    assert one.newest() == 0, "what it told itself it need not wait for"


def test_alone_nothing_is_told_and_a_line_taken_anew_is_empty(tmp_path: Path) -> None:
    one, other = pair(tmp_path)
    one.tell(["v1"], 7)
    one.show("v1")
    one.leave()
    assert (other.newest("v1"), other.unlogged(bucket("v1"))) == (0, [])
    other.tell(["v1"], 8)
    again = Board(tmp_path)
    again.join()
    assert (other.newest("v1"), again.newest("v1")) == (0, 0)
    assert other.behind(1), "it has not caught up with anything"


def test_lists_on_their_way_are_seen_by_visitor_and_in_all(tmp_path: Path) -> None:
    one, other = pair(tmp_path)
    one.show("v1")
    marks = other.unlogged(bucket("v1")) + other.unlogged(ALL)
    assert len(marks) == 2
    assert other.unlogged(bucket("v2")) == []
    one.show("v1")  # shown later: not waited for
    assert all(map(other.pending, marks))
    one.logged("v1")
    assert not any(map(other.pending, marks))
    assert len(other.unlogged(ALL)) == 1
    one.logged("v1")
    assert other.unlogged(ALL) == []


def test_lists_of_a_process_that_left_or_was_replaced_are_not_waited_for(tmp_path: Path) -> None:
    one, other = pair(tmp_path)
    one.show("v1")
    (mark,) = other.unlogged(ALL)
    one.leave()
    assert not other.pending(mark)
    again = Board(tmp_path)
    again.join()
    assert not other.pending(mark), "the line is another process's now"


def test_who_is_behind_is_seen_and_the_saved_entry_is_shared(tmp_path: Path) -> None:
    one, other = pair(tmp_path)
    one.stand(5)
    assert (other.behind(5), other.behind(6)) == (False, True)
    one.saved = 4
    assert other.saved == 4


@pytest.mark.parametrize("shared", [True, False])
def test_a_turn_is_taken_once_at_a_time_and_others_of_another_name_are_free(
    tmp_path: Path, shared: bool
) -> None:
    one = Board(tmp_path if shared else None)
    other = Board(tmp_path) if shared else one
    with one.turn("save") as first, other.turn("save") as second, other.turn("figures") as third:
        assert (first, second, third) == (True, False, True)
    with other.turn("save") as again:
        assert again


def test_there_is_an_end_to_the_lines(tmp_path: Path) -> None:
    boards = [Board(tmp_path) for _ in range(LINES)]
    for board in boards:
        board.join()
    with pytest.raises(Misconfigured):
        Board(tmp_path).join()
    boards[3].leave()
    Board(tmp_path).join()


@given(st.lists(st.tuples(st.integers(0, 2), st.sampled_from("abc")), max_size=30))
def test_each_visitor_s_newest_is_the_last_of_the_others(
    tmp_path_factory: pytest.TempPathFactory, told: list[tuple[int, str]]
) -> None:
    folder = tmp_path_factory.mktemp("board")
    boards = [Board(folder) for _ in range(3)]
    for board in boards:
        board.join()
    for seq, (who, visitor) in enumerate(told, 1):
        boards[who].tell([visitor], seq)
    for number, board in enumerate(boards):
        others = [(seq, name) for seq, (who, name) in enumerate(told, 1) if who != number]
        assert board.newest() == max((seq for seq, _ in others), default=0)
        for visitor in "abc":
            last = max((seq for seq, name in others if name == visitor), default=0)
            assert board.newest(visitor) == last
    for board in boards:
        board.leave()


def _join_and_wait(folder: Path, line: Connection) -> None:
    board = Board(folder)
    board.join()
    board.show("v1")
    with board.turn("save") as mine:
        line.send(mine)
        line.recv()


def test_a_killed_process_is_struck_out_and_its_turn_is_free(tmp_path: Path) -> None:
    board = Board(tmp_path)
    board.join()
    here, there = _forks.Pipe()
    child = _forks.Process(target=_join_and_wait, args=(tmp_path, there))
    child.start()
    assert here.recv()
    (mark,) = board.unlogged(ALL)
    board.look()
    with board.turn("save") as mine:
        assert not mine
    assert board.pending(mark)
    assert not board.alone
    child.kill()
    child.join()
    board.look()
    assert board.alone
    assert not board.pending(mark)
    with board.turn("save") as mine:
        assert mine
