"""The head: it learns from phrasings and answers, and says nothing of what it did not see."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.answers.heads import Head, sharpened
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
    rows = dice.normal(size=(len(owners) + sum(written), 8))
    rows /= np.linalg.norm(rows, axis=1, keepdims=True)
    alike, weights = (rows @ rows.T).astype(np.float32), (1.0,)
    known = np.array(written)
    head = Head.fit([alike], weights, owners, known)
    assert head.coefficients.shape == (len(owners) + entries, entries)
    assert not head.coefficients[len(owners) :][~known].any()
    assert head.held_out is not None
    rest = np.arange(len(rows)) != 0
    without = Head.fit([alike[rest][:, rest]], weights, owners[1:], known)
    held = np.concatenate([np.arange(len(owners) - 1), len(owners) - 1 + np.flatnonzero(known)])
    said = sharpened([alike[0, rest]], weights) @ without.coefficients[held]
    assert head.held_out[0] == pytest.approx(said, abs=1e-4)
