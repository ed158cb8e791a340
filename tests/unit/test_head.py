"""The head: it learns from phrasings and answers, and says nothing of what it did not see."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy import sparse

from models.answers import heads
from models.answers.heads import Head, Rows, Scores, evenly, sharpened
from models.answers.index import Index
from models.answers.library import Entry, Library
from models.language import plain

WORDS = ("wool", "silk", "linen", "cotton", "hemp", "jute")
ANSWERS = [f"our {word} is woven in the hills" for word in WORDS]


def shop(phrasings: int, answers: list[str]) -> Index:
    frames = ("about {}", "any {}", "{} please")[:phrasings]
    return Index(
        Library(
            [
                Entry("faq", word, tuple(frame.format(word) for frame in frames), answer)
                for word, answer in zip(WORDS, answers, strict=True)
            ]
        )
    )


def unit(rows: NDArray[np.float64]) -> Scores:
    lengths = np.linalg.norm(rows, axis=1, keepdims=True)
    scaled: Scores = (rows / lengths).astype(np.float32)
    return scaled


def test_a_shop_of_one_phrasing_an_entry_has_a_head_if_its_entries_are_answered() -> None:
    silent, answered = shop(1, [""] * len(WORDS)), shop(1, ANSWERS)
    assert silent.head is None
    assert answered.head is not None
    scores = answered.like(plain("is your linen woven")).head
    assert int(scores.argmax()) == WORDS.index("linen")
    assert silent.like(plain("is your linen woven")).head.tolist() == [0.0] * len(WORDS)


def test_what_an_answer_alone_says_is_learned() -> None:
    told = ["", "", "washed by hand in cold water", "", "", ""]
    after = shop(3, told).like(plain("washed in cold water")).head
    before = shop(3, [""] * len(WORDS)).like(plain("washed in cold water")).head
    assert int(after.argmax()) == 2
    assert after[2] > 2 * before[2]


@given(
    st.lists(st.booleans(), min_size=2, max_size=6), st.integers(1, 3), st.integers(0, 2**32 - 1)
)
def test_what_is_held_out_is_what_a_head_without_it_says(
    written: list[bool], each: int, seed: int
) -> None:
    dice, entries = np.random.default_rng(seed), len(written)
    owners = np.repeat(np.arange(entries, dtype=np.int32), each)
    rows = unit(dice.normal(size=(len(owners) + sum(written), 8)))
    weights = (1.0,)
    known = np.array(written)
    head = Head.fit([rows], weights, owners, known)
    held = np.concatenate([np.arange(len(owners)), len(owners) + np.flatnonzero(known)])
    assert head.rows.tolist() == held.tolist()
    assert head.coefficients.shape == (len(held), entries)
    assert head.held_out is not None
    without = Head.fit([rows[1:]], weights, owners[1:], known)
    said = sharpened([rows[1:] @ rows[0]], weights) @ without.coefficients
    assert head.held_out[0] == pytest.approx(said, abs=1e-4)


def test_a_solve_of_several_blocks_is_that_of_one(monkeypatch: pytest.MonkeyPatch) -> None:
    """By vectors and by words: the kernel is made in parts, of which one may be cut short."""
    dice = np.random.default_rng(1)
    rows = unit(dice.normal(size=(11, 8)))
    words = sparse.csr_matrix(np.where(rows > 0, rows, 0))
    channels: list[Rows] = [rows, words]
    owners, known = np.repeat(np.arange(4, dtype=np.int32), 2), np.array([1, 0, 1, 1], np.bool_)
    whole = Head.fit(channels, (1.0, 0.5), owners, known)
    kernel = sharpened([rows @ rows.T, (words @ words.T).toarray()], (1.0, 0.5))
    ridge = np.diag([heads.RIDGE] * 8 + [heads.ANSWER_RIDGE] * 3)
    targets = np.eye(4)[[*owners, 0, 2, 3]]
    assert whole.coefficients == pytest.approx(np.linalg.solve(kernel + ridge, targets), abs=1e-4)
    monkeypatch.setattr(heads, "AT_ONCE", 3)
    parted = Head.fit(channels, (1.0, 0.5), owners, known)
    assert parted.coefficients == pytest.approx(whole.coefficients, abs=1e-5)
    assert parted.held_out == pytest.approx(whole.held_out, abs=1e-5)


def test_of_too_many_texts_each_entry_gives_as_many_as_may_be() -> None:
    owners = np.array([0] * 7 + [1] + [2] * 4 + [0, 2])
    assert evenly(owners, 14).tolist() == list(range(14))
    taken = evenly(owners, 9)
    assert np.bincount(owners[taken]).tolist() == [4, 1, 4]
    assert taken.tolist() == [0, 2, 4, 7, 8, 9, 10, 12, 13]  # first and last, and between
    assert evenly(owners, 3).tolist() == [0, 7, 8]


@given(st.lists(st.integers(0, 6), min_size=1, max_size=60), st.integers(1, 60))
def test_no_entry_gives_less_than_another_that_has_as_much(owners: list[int], most: int) -> None:
    own = np.array(owners)
    taken = evenly(own, most)
    assert len(set(taken.tolist())) == len(taken) == min(most, len(own))
    given_, held = np.bincount(own[taken], minlength=7), np.bincount(own, minlength=7)
    assert (given_[given_ < held] >= given_.max() - 1).all()


def test_a_shop_of_more_texts_than_are_learned_from_keeps_its_head(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    whole = shop(3, ANSWERS)
    assert whole.head is not None
    monkeypatch.setattr(heads, "LARGEST", 13)
    some = shop(3, ANSWERS)
    assert some.head is not None
    assert some.head.rows.tolist() == [0, 1, 3, 6, 9, 12, 15, *range(18, 24)]
    assert some.head.held_out is not None
    for row in (4, 5, 17):  # not learned from: asked as any question is
        said = some.like(some.library.texts[row]).head
        assert some.head.held_out[row] == pytest.approx(said, abs=1e-5)
        assert int(said.argmax()) == some.library.owners[row]
    typical = [float(some.head.held_out[3 * one : 3 * one + 3, one].mean()) for one in range(6)]
    assert some.standing.typical == pytest.approx(typical, abs=1e-5)
    assert some.standing.found == whole.standing.found == 1.0
    monkeypatch.setattr(heads, "LARGEST", 8)  # fewer than teach so many entries anything
    assert shop(3, ANSWERS).head is None


def test_a_shop_whose_head_would_fill_the_memory_has_none() -> None:
    assert Head.worth(12_000, 4_000)
    assert Head.worth(20_000, 150)
    assert not Head.worth(20_000, 8_000)
