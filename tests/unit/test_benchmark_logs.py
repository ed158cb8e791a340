"""Logs of many kinds of acts and histories of baskets: what is read, held out and measured."""

from __future__ import annotations

import json
import math
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from data.errors import Invalid
from data.ranking_metrics import MISSED
from data.schemas import CODES, DAY_MS, Item, Kind
from training.benchmarks import baskets, events, logs, nextbasket, shoppers
from training.benchmarks.stage import START, Act, Question, interactions

HEAD = "timestamp,user_id,item_id,event"


def write(folder: Path, name: str, text: str) -> None:
    (folder / name).write_text(text, encoding="utf-8")


def log(folder: Path, rows: str, tests: str) -> Path:
    write(folder, "events_train.csv", f"{HEAD}\n{rows}\n")
    write(folder, "test_purchase.csv", f"user_id,item_id\n{tests}\n")
    return folder


def carts(folder: Path, history: object, future: object) -> Path:
    write(folder, "x_history.json", json.dumps(history))
    write(folder, "x_future.json", json.dumps(future))
    return folder


class TestLog:
    def test_kinds_are_known_by_meaning_and_acts_stand_in_time_order(self, tmp_path: Path) -> None:
        rows = "3,甲,x y,Add To Cart\n1.5,甲,b,pv\n2,甲,b,click\n3,甲,b,transaction\n1,乙,b,FAV"
        found = logs.read(log(tmp_path, rows, "甲,new"))
        assert found.acts == {
            "甲": [
                (1500, "b", Kind.VIEW),
                (2000, "b", Kind.CLICK),
                (3000, "x y", Kind.CART),
                (3000, "b", Kind.PURCHASE),
            ],
            "乙": [(1000, "b", Kind.FAVORITE)],
        }
        assert found.tests == [("甲", "new")]

    @pytest.mark.parametrize(
        ("rows", "tests", "why"),
        [
            ("1,a,x,view", "a,y", "no purchase to learn from"),
            ("1,a,x,buy", "", "no purchase to ask for"),
        ],
    )
    def test_a_log_without_purchases_is_refused(
        self, rows: str, tests: str, why: str, tmp_path: Path
    ) -> None:
        with pytest.raises(Invalid, match=why):
            logs.read(log(tmp_path, rows, tests))

    def test_a_missing_column_is_named(self, tmp_path: Path) -> None:
        log(tmp_path, "1,a,x,buy", "a,x")
        write(tmp_path, "events_train.csv", "timestamp,user_id,sku,event\n1,a,x,buy\n")
        with pytest.raises(Invalid, match=r"events_train\.csv:1: no column item_id"):
            logs.read(tmp_path)

    def test_unknown_users_and_items_stay_questions_that_miss(self, tmp_path: Path) -> None:
        data = events.read(log(tmp_path, "1,a,x,buy\n2,a,y,view", "nobody,x\na,unheard"))
        assert len(data.acts) == 2
        assert data.acts[1] == []
        assert [item >= 0 for _, item in data.tests] == [True, False]
        assert all(act.at > 0 for act in data.acts[0])

    @pytest.mark.parametrize(("bought_before", "new"), [("z", True), ("x", False)])
    def test_what_a_set_asks_for_is_seen_from_what_was_left_of_its_pairs(
        self, bought_before: str, new: bool, tmp_path: Path
    ) -> None:
        rows = f"1,a,x,view\n2,a,{bought_before},cart\n3,a,y,buy"
        data = events.read(log(tmp_path, rows, f"a,{'x' if bought_before == 'x' else 'w'}"))
        assert data.new is new


class TestHeldOut:
    ACTS = (
        Act(1, 1, Kind.VIEW), Act(2, 2, Kind.PURCHASE), Act(1, 3, Kind.CART),
        Act(1, 4, Kind.PURCHASE), Act(1, 5, Kind.VIEW), Act(3, 6, Kind.VIEW),
    )  # fmt: skip

    def test_a_new_product_goes_with_all_acts_on_it_and_what_is_known_is_barred(self) -> None:
        left, (question,) = events.held_out([self.ACTS], new=True)
        assert [act.at for act in left[0]] == [2, 6]
        assert (question.target, question.at, question.barred) == (1, 6, frozenset({2, 3}))

    def test_else_what_came_before_stays_and_nothing_is_barred(self) -> None:
        left, (question,) = events.held_out([self.ACTS], new=False)
        assert [act.at for act in left[0]] == [1, 2, 3, 6]
        assert (question.target, question.barred) == (1, frozenset())
        left, (question,) = events.held_out(left, new=False)
        assert (question.target, [act.at for act in left[0]]) == (2, [1, 3, 6])
        assert events.held_out(left, new=False)[1] == []

    def test_one_kind_alone_knows_nothing_of_the_others(self) -> None:
        items = [Item(item_id=name, title="") for name in "abcd"]
        question = Question(self.ACTS, 1, 7, 0, frozenset({1, 3}))
        other = Question(self.ACTS, 3, 7, 0)
        known = interactions([self.ACTS], items)
        one, asked = events.alone(known, [question, other], Kind.PURCHASE)
        assert one.kind.tolist() == [CODES[Kind.PURCHASE]] * 2
        assert one.item_keys.tolist() == known.item_keys[[1, 2]].tolist()
        assert [act.item for act in asked[0].acts] == [1, 0]
        assert (asked[0].target, asked[0].barred, asked[1].target) == (0, frozenset({0}), -1)


class TestBaskets:
    def test_marks_go_items_are_names_and_stand_once(self, tmp_path: Path) -> None:
        history = {"a": [[-1], [1, "x", 1], [], [2], [-1]], "b": [[-1], [1], [-1]], "c": [[-1]]}
        future = {"a": [[-1], [3], [-1]], "c": [[-1], [1], [-1]], "d": [[1]]}
        (one,) = baskets.read(carts(tmp_path, history, future))
        assert (one.user, one.baskets, one.future) == ("a", [["1", "x"], ["2"]], ["3"])

    @pytest.mark.parametrize(
        ("history", "future", "why"),
        [
            ([1], {}, r"x_history\.json: needs one object of users"),
            ({"a": 3}, {"a": [[1]]}, "x_history.json: user a has no list of baskets"),
            ({"a": [3]}, {"a": [[1]]}, "x_history.json: user a has a basket that is no list"),
            ({"a": [[1.5]]}, {"a": [[1]]}, "x_history.json: user a has a basket that is no list"),
            ({"a": [[1]]}, {"a": [[1], [2]]}, "x_future.json: user a has 2 next baskets"),
            ({"a": [[1]]}, {"b": [[1]]}, "no user with a history and a next basket"),
        ],
    )
    def test_what_is_no_basket_is_named(
        self, history: object, future: object, why: str, tmp_path: Path
    ) -> None:
        with pytest.raises(Invalid, match=why):
            baskets.read(carts(tmp_path, history, future))

    def test_two_sets_in_one_folder_are_refused(self, tmp_path: Path) -> None:
        carts(tmp_path, {"a": [[1]]}, {"a": [[1]]})
        write(tmp_path, "y_history.json", "{}")
        with pytest.raises(Invalid, match="has 2 files"):
            baskets.read(tmp_path)

    def test_the_last_basket_was_a_day_ago(self) -> None:
        acts = nextbasket.history([[5, 6], [7]])
        assert [(act.item, (START - act.at) // DAY_MS) for act in acts] == [(5, 2), (6, 2), (7, 1)]
        assert {act.kind for act in acts} == {Kind.PURCHASE}

    @given(st.integers(1, 40))
    def test_each_user_is_tested_once_by_a_model_that_others_taught(self, count: int) -> None:
        dealt = list(nextbasket.folds(count))
        assert sorted(user for tests, _ in dealt for user in tests.tolist()) == list(range(count))
        for tests, rest in dealt:
            assert not set(tests.tolist()) & set(rest.tolist())


class TestMeasure:
    def test_metrics_are_those_of_the_definition(self) -> None:
        data = nextbasket.Data([], [[[0]], [[1, 2]]], [np.array([0, 7, -1]), np.array([3])])
        ranks = {0: np.array([2, 15, MISSED], np.int32), 1: np.array([11], np.int32)}
        found = {name: one.value for name, one in nextbasket.measure(data, ranks).items()}
        ideal = 1 + 1 / math.log2(3) + 1 / 2
        assert tuple(found) == nextbasket.METRICS
        assert found == pytest.approx(
            {
                "recall@10": (1 / 3 + 0) / 2,
                "ndcg@10": (1 / math.log2(3) / ideal + 0) / 2,
                "phr@10": 1 / 2,
                "recall@20": (2 / 3 + 1) / 2,
                "ndcg@20": ((1 / math.log2(3) + 1 / 4) / ideal + 1 / math.log2(12)) / 2,
                "phr@20": 1,
                "recall_repeat@10": 1,
                "recall_new@10": 0,
                "recall_repeat@20": 1,
                "recall_new@20": (1 / 2 + 1) / 2,
            }
        )


class TestShoppers:
    BASKETS = (((0, 1), (0, 2), (0,)), ((3,), (4,)), ((0, 1), (5,)), ((4, 3), (4,)))

    def test_personal_counts_come_before_what_is_popular(self) -> None:
        counts = shoppers.bought(self.BASKETS, 7)
        everybody = np.arange(4)
        own = shoppers.personal(counts)(everybody)
        assert own[0].tolist() == [3, 1, 1, 0, 0, 0, 0]
        mixed = shoppers.personal_then_popular(counts)(everybody)
        assert np.argsort(-mixed[1], kind="stable")[:3].tolist() == [4, 3, 0]
        popular = np.asarray(counts.sum(axis=0), np.float64).ravel()
        targets = [np.array([1, 2]), np.array([0, -1]), np.array([6]), np.array([4])]
        ranks = shoppers.ranks_of(shoppers.personal(counts), everybody, targets, popular)
        assert [one.tolist() for one in ranks] == [[2, 3], [MISSED] * 2, [MISSED], [1]]

    def test_tifuknn_fades_by_basket_and_by_group(self) -> None:
        alone = shoppers.tifuknn(self.BASKETS, 7, np.array([1]), 1, 0.5, 0.1, 1.0, 2)
        # three baskets in two groups: the older basket alone, the two newer ones share a group
        first, second, third = 0.25 * 0.1 / 2, 0.5 / 4, 1 / 4
        expected = [first + second + third, first, second, 0, 0, 0, 0]
        assert alone(np.array([0]))[0].tolist() == pytest.approx(expected)

    def test_neighbours_bring_what_one_never_bought(self) -> None:
        near = shoppers.tifuknn(self.BASKETS, 7, np.array([1, 2, 3]), 1, own=0.5)
        assert near(np.array([0]))[0][5] > 0
        alike = shoppers.upcf(self.BASKETS, 7, alike=1)(np.array([1]))[0]
        assert np.flatnonzero(alike).tolist() == [3, 4]
        assert alike[4] > alike[3]
