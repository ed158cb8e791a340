"""The learned order among first entries: what it reads, what it learns, when it is kept."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import msgspec
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from data.errors import Misconfigured
from models.answers.blend import SCORED
from models.answers.closeness import nearest
from models.answers.confidence import signals
from models.answers.heads import Head
from models.answers.index import Index
from models.answers.library import Entry, Library
from models.answers.rerank import (
    COLUMNS,
    FIRST,
    MOST_PHRASINGS,
    Contest,
    Reranker,
    contenders,
    first,
    worth,
)
from models.language import plain
from training.reranking import FOLDS, LEAST, contests, learn

WIDE = len(COLUMNS)


def reranker(**weights: float) -> Reranker:
    """Weigh the named columns as they are."""
    none, one = (0.0,) * WIDE, (1.0,) * WIDE
    return Reranker("0", SCORED, none, one, tuple(weights.get(name, 0.0) for name in COLUMNS))


def entry(name: str, *phrasings: str, answer: str = "") -> Entry:
    return Entry("faq", name, phrasings, answer)


def shop(entries: int = 12, phrasings: int = 3) -> list[Entry]:
    """Let every entry have a word of its own in several sentences."""
    frames = (
        "tell me about {}",
        "what is {} like",
        "is {} any good",
        "{} please",
        "why {}",
        "a {}",
    )
    words = [
        "apple",
        "banana",
        "cherry",
        "damson",
        "elder",
        "fig",
        "grape",
        "hazel",
        "iris",
        "jasmine",
        "kiwi",
        "lemon",
    ]
    return [
        entry(word, *(frame.format(word) for frame in frames[:phrasings]))
        for word in words[:entries]
    ]


SCORES = st.lists(st.integers(-40, 40), min_size=1, max_size=30)


@given(SCORES)
def test_with_nothing_learned_the_order_is_the_fused_one(tenths: list[int]) -> None:
    scores = np.array(tenths, np.float32) / np.float32(10)
    places = first(scores)
    rows = np.zeros((len(places), WIDE), np.float32)
    assert reranker().reordered(scores, places, rows).tolist() == scores.tolist()


@given(SCORES, st.integers(0, 2**32 - 1))
def test_the_first_entries_change_places_and_nothing_comes_in_from_behind(
    tenths: list[int], seed: int
) -> None:
    scores = np.array(tenths, np.float32) / np.float32(10)
    places = first(scores)
    rows = np.random.default_rng(seed).normal(size=(len(places), WIDE)).astype(np.float32)
    found = reranker(dense=3.0).reordered(scores, places, rows)
    behind = np.setdiff1d(np.arange(len(scores)), places)
    assert len(places) == min(len(scores), FIRST)
    assert found[behind].tolist() == scores[behind].tolist()
    assert not len(behind) or found[places].min() >= found[behind].max() - 1e-5
    wanted = scores[places] + 3.0 * np.clip(rows[:, 0], -4, 4)
    assert np.diff(found[places][np.argsort(wanted)]).min(initial=0.0) >= -1e-5


def test_columns_say_what_an_entry_has_that_others_have_not() -> None:
    entries = [*shop(5), entry("price", "how much for 3 bags?", answer="three bags cost little")]
    index = Index(Library(entries))
    like = index.like(plain("is banana any good"))
    places = first(like.score)
    rows = contenders(like, index, places)
    told = dict(zip(COLUMNS, rows[0].tolist(), strict=True))
    assert entries[places[0]].id == "banana"
    others = np.delete(like.score, places[0])
    assert told["score_gap"] == pytest.approx(like.score[places[0]] - others.max(), abs=1e-6)
    assert told["lexical"] == pytest.approx(1.0, abs=1e-5)
    assert told["told"] == pytest.approx(1.0, abs=1e-5)
    own = like.rows[-1][index.library.owners == places[0]]
    assert told["mean_lexical"] == pytest.approx(own.mean(), abs=1e-6)
    assert told["second"] == pytest.approx(index.weights[-1] * np.sort(own)[-2], abs=1e-6)
    for place, row in zip(places.tolist(), rows, strict=True):
        _, votes = nearest(like.rows, index.weights, index.library.owners, place)
        assert row[COLUMNS.index("votes")] == pytest.approx(votes, abs=1e-6)
    asked = index.like(plain("how much for 2 bags?"))
    (price,) = contenders(asked, index, np.array([5]))
    assert price[COLUMNS.index("figures")] == 1


def test_an_index_puts_first_what_its_reranker_says() -> None:
    rest = ("at all on any day", "of all days there are", "whenever that may come to be")
    short = entry("short", *(f"opening hours {when}" for when in ("today", "now", "soon")))
    library = Library([short, entry("long", *(f"opening hours {when}" for when in rest))])
    index = Index(library)
    plainly = index.like("opening hours")
    by_length = Index(library, (), reranker(length=-5.0)).like("opening hours")
    assert int(plainly.order.argmax()) == 0
    assert int(by_length.order.argmax()) == 1
    for place in (0, 1):  # a judge weighs what it weighed without that order
        told = signals(by_length, index, place)
        assert told.tolist() == signals(plainly, index, place).tolist()


def test_a_shop_of_another_kind_keeps_its_order() -> None:
    library = Library(
        [entry("a", "opening hours", "when open"), entry("b", "returns", "send back")]
    )
    assert Index(library, (), reranker(length=-5.0)).reranker is None
    assert contests([(library.entries, ())] * 9, seed=1) == []
    assert contests([(shop(12, 2), ())], seed=1) == []
    assert contests([(shop(12, 3), ())], seed=1)


@given(st.lists(st.integers(1, 12), min_size=2, max_size=12))
def test_a_shop_that_teaches_has_a_head_whichever_fifth_is_held_out(counts: list[int]) -> None:
    if worth(sum(counts), len(counts)):
        for fold in range(FOLDS):
            left = [count - len(range(count)[fold::FOLDS]) or count for count in counts]
            assert Head.worth(sum(left), len(left))


def test_a_shop_too_large_to_learn_an_order_has_a_head_all_the_same() -> None:
    assert worth(MOST_PHRASINGS, 10)
    assert not worth(MOST_PHRASINGS + 1, 10)
    assert Head.worth(MOST_PHRASINGS + 1, 10)


def test_where_there_are_shops_enough_whole_shops_are_held_out() -> None:
    alone = contests([(shop(12, 4), ())], seed=1)
    several = contests([(shop(12, 4), ())] * FOLDS, seed=1)
    assert {one.fold for one in alone} == set(range(4))
    counts = [sum(one.fold == fold for one in several) for fold in range(FOLDS)]
    assert counts == [len(alone)] * FOLDS


def drawn(count: int, speaks: bool) -> list[Contest]:
    """Make contests whose scores say nothing and whose third column says all, or nothing."""
    dice = np.random.default_rng(3)
    found = []
    for number in range(count):
        rows = dice.normal(size=(5, WIDE)).astype(np.float32)
        scores = dice.normal(size=5).astype(np.float32)
        right = int((rows[:, 2] + 0.3 * scores).argmax()) if speaks else int(scores.argmax())
        found.append(Contest(rows, scores, right, number % FOLDS))
    return found


def test_what_speaks_for_the_right_entry_is_learned() -> None:
    found = learn(drawn(400, speaks=True), "0")
    assert found is not None
    assert int(np.argmax(found.weights)) == 2
    fresh = drawn(500, speaks=True)[400:]
    first_now = [int((one.scores + found.lifts(one.rows)).argmax()) == one.right for one in fresh]
    assert np.mean(first_now) > 0.85


def test_where_the_fused_order_is_right_nothing_is_learned() -> None:
    assert learn(drawn(400, speaks=False), "0") is None
    dice = np.random.default_rng(5)  # or right as far as anything tells
    unsure = [
        replace(one, right=int((one.scores + dice.gumbel(size=5)).argmax()))
        for one in drawn(400, speaks=False)
    ]
    assert learn(unsure, "0") is None
    assert learn(drawn(LEAST - 1, speaks=True), "0") is None


def test_each_phrasing_is_asked_once_of_the_shop_without_it() -> None:
    entries = [*shop(12, 6), entry("lone", "where do you park")]
    found = contests([(entries, ())], seed=1)
    assert len(found) <= 12 * 6
    assert len(found) > 12 * 5
    assert {one.fold for one in found} == set(range(FOLDS))
    exact = COLUMNS.index("lexical")
    assert all(one.rows[one.right, exact] < 1 - 1e-3 for one in found)
    again = contests([(entries, ())], seed=1)
    assert [one.rows.tobytes() for one in again] == [one.rows.tobytes() for one in found]


def test_a_phrasing_that_stands_there_twice_leaves_no_entry_empty() -> None:
    entries = [*shop(11, 4), entry("twice", "same words", "same words")]
    found = contests([(entries, ())], seed=1)  # an index of an empty entry cannot be asked
    assert len(found) > 11 * 3


def test_only_a_reranker_of_these_encoders_is_opened(tmp_path: Path) -> None:
    path = tmp_path / "reranker.json"
    assert Reranker.open(path, "0") is None
    path.write_bytes(msgspec.json.encode(reranker(dense=1.0)))
    assert Reranker.open(path, "0") == reranker(dense=1.0)
    assert Reranker.open(path, "use") is None
    path.write_bytes(b"{}")
    with pytest.raises(Misconfigured, match="no reranker"):
        Reranker.open(path, "0")
    path.write_bytes(msgspec.json.encode(Reranker("0", SCORED, (1.0,), (1.0,), (1.0,))))
    with pytest.raises(Misconfigured, match="columns"):
        Reranker.open(path, "0")
    path.write_bytes(msgspec.json.encode(msgspec.structs.replace(reranker(), scored=SCORED - 1)))
    with pytest.raises(Misconfigured, match="scores"):
        Reranker.open(path, "0")
