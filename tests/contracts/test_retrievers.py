"""What every retriever promises; each kind inherits the whole list."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import replace

import numpy as np
import pytest

from data.dataset import Interactions
from data.schemas import CODES, DAY_MS, Kind
from models.als import Als
from models.base import Among, Arrays, History, ItemFacts, NotFitted, Retriever, Rows, Scores
from models.bpr import Bpr
from models.content import Content
from models.hodge_rank import HodgeRank
from models.item_knn import ItemKnn
from models.popularity import Popularity
from models.repeat import Repeat
from models.sequence import NextItem, Transitions
from models.session_knn import SessionKnn
from models.slr import LocalRidge
from models.two_tower import TwoTower

N_ITEMS = 20
ALL = np.arange(N_ITEMS, dtype=np.int32)
NOBODY = History(np.zeros(0, np.int32), np.zeros(0, np.float32), np.zeros(0, np.float32))


def interactions(sequences: list[list[int]], n_items: int = N_ITEMS) -> Interactions:
    lengths = [len(sequence) for sequence in sequences]
    m = sum(lengths)
    return Interactions(
        visitor=np.repeat(np.arange(len(sequences), dtype=np.int32), lengths),
        item=np.array([item for sequence in sequences for item in sequence], np.int32),
        at=np.zeros(m, np.int64),
        kind=np.full(m, CODES[Kind.VIEW], np.uint8),
        value=np.ones(m, np.float32),
        seller=np.zeros(m, np.int32),
        seq=np.arange(m),
        item_keys=np.arange(n_items, dtype=np.uint64),
        n_visitors=len(sequences),
        n_sellers=1,
    )


def checkerboard() -> tuple[Interactions, ItemFacts]:
    """Even visitors visit only even items and odd ones odd: the right neighbours are obvious."""
    rng = np.random.default_rng(3)
    sequences = [[int(i) * 2 + v % 2 for i in rng.permutation(10)[:6]] for v in range(80)]
    facts = ItemFacts(
        [("rouge matte" if item % 2 else "面霜 保湿") + f" n{item}" for item in ALL],
        [(f"category:{item % 2}", f"tag:{item % 2}-{item % 5}") for item in ALL],
    )
    return interactions(sequences), facts


def history(*rows: int) -> History:
    n = len(rows)
    return History(np.array(rows, np.int32), np.ones(n, np.float32), np.zeros(n, np.float32))


def scores(retriever: Retriever, asked: History, rows: Rows = ALL) -> Scores:
    out = np.full((len(rows), len(retriever.columns)), np.float32(9))
    retriever.score(asked, rows, out)
    return out


class RetrieverContract(ABC):
    personal = True

    @classmethod
    @abstractmethod
    def make(cls) -> Retriever: ...

    @pytest.fixture(scope="class")
    @classmethod
    def fitted(cls) -> Retriever:
        return cls.make().fit(*checkerboard())

    def test_says_that_it_is_not_fitted(self) -> None:
        out = np.zeros((1, len(self.make().columns)), np.float32)
        with pytest.raises(NotFitted):
            self.make().score(history(0), ALL[:1], out)
        with pytest.raises(NotFitted):
            self.make().retrieve(history(0), 3)
        with pytest.raises(NotFitted):
            self.make().arrays()

    def test_fitting_twice_gives_the_same_bytes(self, fitted: Retriever) -> None:
        again = self.make().fit(*checkerboard())
        assert _bytes(fitted.arrays()) == _bytes(again.arrays())

    def test_saving_and_loading_changes_nothing(self, fitted: Retriever) -> None:
        arrays: Arrays = {}
        for name, array in fitted.arrays().items():  # read-only, as memory maps are
            arrays[name] = array.copy()
            arrays[name].flags.writeable = False
        settings: Mapping[str, float] = fitted.settings()
        loaded = type(fitted).from_arrays(arrays, settings)
        assert loaded.settings() == settings
        assert _bytes(loaded.arrays()) == _bytes(arrays)
        for asked in (history(2, 5, 2), NOBODY):
            assert scores(loaded, asked).tobytes() == scores(fitted, asked).tobytes()
            assert loaded.retrieve(asked, 5).tolist() == fitted.retrieve(asked, 5).tolist()

    def test_unknown_rows_score_zero_and_unknown_visits_are_passed_over(
        self, fitted: Retriever
    ) -> None:
        rows = np.array([-1, 4, -1], np.int32)
        out = scores(fitted, history(-1, 2), rows)
        assert not out[[0, 2]].any()
        assert np.isfinite(out).all()
        assert len(fitted.retrieve(history(-1), 5)) == (0 if self.personal else 5)

    def test_finds_the_obvious_neighbours(self, fitted: Retriever) -> None:
        """On a checkerboard the same colour follows; what is not personal is the same for all."""
        everyone = fitted.retrieve(NOBODY, 6)
        for item in (0, 1, 8, 13):
            found = fitted.retrieve(history(item), 6)
            if not self.personal:
                assert found.tolist() == everyone.tolist()
                continue
            found = found[found != item][:4]
            assert len(found) == 4
            assert (found % 2 == item % 2).all()

    def test_an_unknown_visitor_gets_finite_scores(self, fitted: Retriever) -> None:
        out = scores(fitted, NOBODY)
        assert np.isfinite(out).all()
        if self.personal:
            assert not out.any()

    def test_retrieves_what_it_scores_highest(self, fitted: Retriever) -> None:
        asked = history(3, 7)
        best = fitted.retrieve(asked, 4)
        column = self.order(scores(fitted, asked))
        assert column[best].tolist() == sorted(column, reverse=True)[:4]

    def order(self, out: Scores) -> Scores:
        return out[:, 0]

    @pytest.mark.parametrize("seed", range(5))
    def test_of_a_shelf_it_retrieves_what_it_would_without_the_others(
        self, fitted: Retriever, seed: int
    ) -> None:
        held = np.random.default_rng(seed).random(N_ITEMS) < 0.4
        shelf = Among(ALL[held], held)
        for asked in (history(3, 7), history(2, -1, 11, 4), NOBODY):
            whole = fitted.retrieve(asked, N_ITEMS)
            here = [row for row in whole.tolist() if held[row]]
            for count in (1, 4, N_ITEMS):
                assert fitted.retrieve(asked, count, shelf).tolist() == here[:count]
        assert len(fitted.retrieve(history(3, 7), 4, Among(ALL[:0], np.zeros(20, np.bool_)))) == 0

    def test_scoring_leaves_no_trace(self, fitted: Retriever) -> None:
        before = scores(fitted, history(3, 7))
        fitted.retrieve(history(1, 2, 3), 3)
        scores(fitted, history(4, -1, 9))
        assert scores(fitted, history(3, 7)).tobytes() == before.tobytes()

    def test_scores_after_retrieving_as_without(self, fitted: Retriever) -> None:
        asked = history(2, 4, 2, -1, 7)._replace(ages=np.arange(5, dtype=np.float32))
        rows = np.array([7, 2, -1, 2, 0, 7, 13], np.int32)
        alone = scores(fitted, asked, rows)
        fitted.retrieve(asked, 3)
        assert scores(fitted, asked, rows).tobytes() == alone.tobytes()
        fitted.retrieve(history(1, 3), 20)
        assert scores(fitted, asked, rows).tobytes() == alone.tobytes()
        fitted.retrieve(asked, 20)
        assert scores(fitted, asked, rows).tobytes() == alone.tobytes()

    def test_repeated_rows_score_alike(self, fitted: Retriever) -> None:
        out = scores(fitted, history(3, 7), np.array([5, 5], np.int32))
        assert out[0].tolist() == out[1].tolist()

    def test_learns_from_nothing_without_failing(self) -> None:
        facts = ItemFacts([""] * 3, [()] * 3)
        empty = self.make().fit(interactions([], 3), facts)
        assert np.isfinite(scores(empty, history(1), ALL[:3])).all()
        none = self.make().fit(interactions([], 0), ItemFacts([], []))
        assert len(none.retrieve(NOBODY, 5)) == 0
        assert scores(none, NOBODY, ALL[:0]).shape[0] == 0


def _bytes(arrays: Arrays) -> dict[str, tuple[str, tuple[int, ...], bytes]]:
    return {name: (str(a.dtype), a.shape, a.tobytes()) for name, a in arrays.items()}


class TestPopularity(RetrieverContract):
    personal = False

    @classmethod
    def make(cls) -> Retriever:
        return Popularity()

    def order(self, out: Scores) -> Scores:
        return out[:, 1]


class TestItemKnn(RetrieverContract):
    @classmethod
    def make(cls) -> Retriever:
        return ItemKnn()


class TestTransitions(RetrieverContract):
    @classmethod
    def make(cls) -> Retriever:
        return Transitions()


class TestNextItem(RetrieverContract):
    @classmethod
    def make(cls) -> Retriever:
        return NextItem()


class TestLocalRidge(RetrieverContract):
    @classmethod
    def make(cls) -> Retriever:
        return LocalRidge()


class TestContent(RetrieverContract):
    @classmethod
    def make(cls) -> Retriever:
        return Content(depth=4)


class TestAls(RetrieverContract):
    @classmethod
    def make(cls) -> Retriever:
        return Als(factors=4)


class TestBpr(RetrieverContract):
    @classmethod
    def make(cls) -> Retriever:
        return Bpr(factors=4, iterations=200)


class TestTwoTower(RetrieverContract):
    @classmethod
    def make(cls) -> Retriever:
        return TwoTower(factors=4, voices=2, epochs=30, batch=32, rivals=16)


class TestHodgeRank(RetrieverContract):
    @classmethod
    def make(cls) -> Retriever:
        return HodgeRank()

    def test_finds_the_obvious_neighbours(self, fitted: Retriever) -> None:
        """It says what is early and what is late, which makes nobody want it."""
        assert not len(fitted.retrieve(history(4, 2), 6))

    def test_retrieves_what_it_scores_highest(self, fitted: Retriever) -> None:
        """Nothing, however it scores: a place on the line is not a wish."""
        assert scores(fitted, history(3, 7))[:, 0].any()
        assert not len(fitted.retrieve(history(3, 7), 4))


class TestSessionKnn(RetrieverContract):
    @classmethod
    def make(cls) -> Retriever:
        return SessionKnn()


class TestRepeat(RetrieverContract):
    @classmethod
    def make(cls) -> Retriever:
        return Repeat()

    def test_finds_the_obvious_neighbours(self, fitted: Retriever) -> None:
        """What she visited comes back, the oftener the sooner; where nobody returns, nothing."""
        assert not len(fitted.retrieve(history(4, 2), 6))
        facts = ItemFacts([""] * N_ITEMS, [()] * N_ITEMS)
        weekly = Repeat().fit(interactions([[*range(N_ITEMS)] * 2] * 3), facts)
        assert weekly.retrieve(history(4, 2, 9, 2, 9, 9), 6).tolist() == [9, 2, 4]
        assert not scores(weekly, history(4), ALL[ALL != 4]).any()

    def test_retrieves_what_it_scores_highest(self, fitted: Retriever) -> None:
        facts = ItemFacts([""] * N_ITEMS, [()] * N_ITEMS)
        some = Repeat().fit(interactions([[1, 3, 7, 3, 7, 7, 7], [3, 1, 7]]), facts)
        column = scores(some, history(3, 7, 1))[:, 0]
        assert some.retrieve(history(3, 7, 1), 3).tolist() == np.argsort(-column)[:3].tolist()
        assert fitted.columns == some.columns

    def test_what_people_return_to_counts_more_and_a_long_absence_is_overdue(self) -> None:
        daily = interactions([[1, 2, 1, 2, 1, 3, 1]] * 9, 5)
        at = np.tile(np.arange(7) * DAY_MS, 9)
        fitted = Repeat().fit(replace(daily, at=at), ItemFacts([""] * 5, [()] * 5))
        rate = scores(fitted, history(1, 2, 3), ALL[:5])[:, 1]
        assert rate[1] > rate[2] > rate[3] > 0
        assert rate[[0, 4]].tolist() == [0, 0]
        visit, one = np.array([1], np.int32), np.ones(1, np.float32)
        due = [
            scores(fitted, History(visit, one, np.full(1, age, np.float32)), visit)[0, 2]
            for age in (0, 2, 30)
        ]
        assert due[0] < 0 < due[2]
        assert abs(due[1]) < 0.1
