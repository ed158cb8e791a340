"""Benchmarks: what is asked, who is asked, and what counts as a miss, on made-up acts."""

from __future__ import annotations

from pathlib import Path
from typing import ClassVar

import pytest

from data.ranking_metrics import MISSED
from data.schemas import Item, Kind
from models.recommender import Recommender
from training.benchmarks import dwell, readers, sequence, sessions, shelf
from training.benchmarks.rivals import shelf_popularity
from training.benchmarks.sequence import Sequences
from training.benchmarks.stage import SHELF, START, Act, Question, Stage, interactions
from training.benchmarks.trial import Answers, Learnt
from training.config import Config

ITEMS = [Item(item_id=name, title="") for name in "abc"]
HEAD = "session_id,step,sku,behavior_type,category,time_interval_s,dwell_time_s"


def visits(*rows: int) -> list[Act]:
    return [Act(row) for row in rows]


class TestUnknownItems:
    @pytest.mark.parametrize("unknown", [-1, -2, -3])
    def test_a_target_nobody_knows_misses(self, unknown: int) -> None:
        stage = Stage(ITEMS, {SHELF: range(3)})
        stage.count(Act(2))  # were row -1 read as the last item, this would be a hit
        answers = Answers()
        answers.add(stage, Question((), unknown, START, 0), Recommender.fallback())
        answers.add(stage, Question((), 2, START, 0), Recommender.fallback())
        assert answers.as_ranks().tolist() == [MISSED, 1]
        assert answers.found == 1

    def test_known_acts_on_unknown_items_are_not_seen(self) -> None:
        stage, answers = Stage(ITEMS, {SHELF: range(3)}), Answers()
        answers.add(stage, Question((Act(-2), Act(-1)), 0, START, 0), Recommender.fallback())
        assert not len(stage.profile("asker").touches)


class TestLessons:
    def test_a_single_candidate_teaches_no_order(self) -> None:
        learnt = Learnt()
        learnt.add(Stage(ITEMS, {SHELF: [1]}), Question((), 1, START, 0), Recommender.fallback())
        assert learnt.rank((), Config.load()) is None


class TestMoments:
    def test_statistics_hold_what_happened_before_the_question_when_times_are_known(self) -> None:
        early = [Act(0, START), Act(0, START + 1), Act(1, START + 2)]
        late = [Act(2, START + 9), Act(2, START + 10), Act(2, START + 11)]
        ranks = {}
        for timed in (True, False):
            data = Sequences(ITEMS, [early, late], timed=timed)
            tests = sequence.held_out(data, 1)[:1]
            answers = sequence.answer(data, 2, tests, Recommender.fallback(), lambda *_: None)
            ranks[timed] = answers.ranks
        assert ranks == {True: [1], False: [2]}


class TestDwellQuestions:
    def test_each_change_between_unknown_items_is_a_question_that_misses(self) -> None:
        asked = dwell.changes([visits(0, -1, -1, -2, 1)])
        assert [one.target for one in asked] == [-1, -2, 1]
        assert [[act.item for act in one.acts] for one in asked] == [[0], [0], [0]]
        assert [one.barred for one in asked] == [{0}, set(), set()]

    def test_unknown_items_of_a_file_have_rows_of_their_own(self, tmp_path: Path) -> None:
        lines = [f"{number},0,k{number % 2},1,c,1,5" for number in range(9)]
        lines += [f"9,{step},{sku},1,c,1,0" for step, sku in enumerate(["k0", "x", "y", "x", "k1"])]
        write(tmp_path, "long", lines)
        items, (train, valid, test) = dwell.read(tmp_path)
        assert {item.item_id for item in items} == {"k0", "k1"}
        assert (len(train), len(valid)) == (8, 1)
        known = [act.item for act in test[0]]
        assert known[1:4] == [-1, -2, -1]
        assert min(known[0], known[4]) >= 0
        assert len(dwell.changes(test)) == 4

    def test_a_visit_tells_its_dwell_once_when_it_ends(self, tmp_path: Path) -> None:
        write(tmp_path, "long", ["0,0,a,1,c,1,7", "0,1,a,6,c,1,7", "0,2,b,9,c,1,0"])
        _, (train, _, _) = dwell.read(tmp_path)
        told = [(act.kind, act.ms) for act in train[0]]
        assert told == [(Kind.VIEW, 0), (Kind.CLICK, 0), (Kind.DWELL, 7000), (Kind.CART, 0)]


class TestDwellParts:
    def test_sessions_equal_within_a_file_all_count(self) -> None:
        same = [("a", 1, 0), ("b", 1, 0)]
        assert [len(part) for part in dwell.split([[same] * 10])] == [8, 1, 1]

    def test_a_session_in_two_files_stays_where_it_is_earlier(self) -> None:
        first = [[(f"a{n}", 1, 0)] for n in range(10)]
        second = [[(f"b{n}", 1, 0)] for n in range(10)]
        shared = [("s", 1, 0)]
        first[9] = second[0] = shared  # the test of one, the training of the other
        parts = dwell.split([first, second])
        assert [part.count(shared) for part in parts] == [1, 0, 0]
        assert [len(part) for part in parts] == [16, 2, 1]

    def test_of_two_equal_places_the_first_file_keeps_it(self) -> None:
        shared = [("s", 1, 0)]
        first, second = [shared, *other("a")], [*other("b")[:3], shared, *other("b")[3:]]
        parts = dwell.split([first, second])
        assert parts[0][0] == shared
        assert [part.count(shared) for part in parts] == [1, 0, 0]


class TestSessionOwners:
    @pytest.mark.parametrize(
        ("pairs", "owners"),
        [
            (["a>b", "ab>c", "abc>d", "x>y"], [0, 0, 0, 1]),
            (["abc>d", "ab>c", "a>b", "x>y"], [0, 0, 0, 1]),
            (["ab>c", "abcd>e"], [0, 0]),  # a pair in between may have been left out
            (["a>b", "ab>c", "a>b", "ab>d"], [0, 0, 1, 1]),  # turning back is another session
            (["a>b", "a>b"], [0, 1]),
            (["a>b", "ac>d"], [0, 1]),
        ],
    )
    def test_prefixes_of_one_session_share_an_owner(
        self, pairs: list[str], owners: list[int]
    ) -> None:
        split = [(list(pair.split(">")[0]), pair.split(">")[1]) for pair in pairs]
        assert sessions.owners(split) == owners
        asked = sessions.questions(split, {name: row for row, name in enumerate("abcdexy")}, START)
        assert [question.owner for question in asked] == owners


class TestShelfQuestions:
    SHELVES: ClassVar = {"s": [0, 1, 2]}

    def test_the_whole_history_is_masked_and_a_target_in_it_misses(self) -> None:
        (asked,) = shelf.ask([visits(0, 1, 0, 2, 0)], 1, self.SHELVES)
        assert asked.target == 0
        assert asked.barred == {0, 1, 2}
        counts = interactions([visits(0, 0, 1)], ITEMS)
        assert shelf_popularity(counts, [asked], self.SHELVES).tolist() == [MISSED]

    def test_cold_items_are_no_target_no_candidate_and_no_known_act_of_a_lesson(self) -> None:
        data = Sequences(ITEMS, [visits(2, 1, 0, 0), visits(0, 1, 2, 0)], timed=False)
        cold = frozenset({2})
        (asked,) = shelf.lessons(data, self.SHELVES, cold)
        assert (asked.owner, asked.target) == (0, 0)
        assert 2 in asked.barred
        assert [act.item for act in shelf.without(asked, cold).acts] == [1]


def other(letter: str) -> list[list[tuple[str, int, int]]]:
    return [[(f"{letter}{n}", 1, 0)] for n in range(9)]


def write(folder: Path, name: str, lines: list[str]) -> None:
    path = folder / f"micro_behaviors_{name}.csv"
    path.write_text("\n".join([HEAD, *lines]) + "\n", encoding="utf-8")


def test_a_byte_order_mark_is_no_part_of_a_name(tmp_path: Path) -> None:
    (tmp_path / "sequences.txt").write_text("\ufeffann a b c\r\n\r\nbo b\r\n", encoding="utf-8")
    assert readers.sequences(tmp_path) == (["ann", "bo"], [["a", "b", "c"], ["b"]])
