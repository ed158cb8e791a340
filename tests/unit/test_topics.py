"""Topics: texts are near by what they are about, and one that is about none keeps its distance."""

from __future__ import annotations

import os
import re
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from models.answers import topics
from models.answers.blend import TOPICS, blend
from models.answers.index import Index, topical
from models.answers.library import Entry, Library, folded
from models.answers.topics import ByTopic, Topics
from models.encoders.provide import E5, MINILM, USE
from tests.quality import gold

WAYS = {
    "parcel": ["when does it ship", "is my parcel on its way", "send it today"],
    "money": ["give me my money back", "refund", "what did you charge"],
    "colour": ["is it red", "which shade", "does it come in blue"],
}


class Words:
    """Encode a text by its words: each has a direction of its own, the same in every run."""

    name, width = USE, 64

    def encode(self, texts: Sequence[str]) -> NDArray[np.float32]:
        rows = np.zeros((len(texts), self.width), np.float32)
        for row, text in zip(rows, texts, strict=True):
            for word in text.split():
                seed = sum(ord(letter) * 31**place for place, letter in enumerate(word)) % 2**32
                row += np.random.default_rng(seed).standard_normal(self.width)
        unit: NDArray[np.float32] = rows / np.linalg.norm(rows, axis=1, keepdims=True)
        return unit


def test_texts_of_a_topic_are_near_though_they_share_no_word() -> None:
    channel = ByTopic(Words(), Topics.fit(Words(), WAYS))
    parcel, sent, refund = channel.encode(["when does it ship", "send today", "refund"])
    assert parcel @ sent > 0.5
    assert parcel @ refund < 0.2
    assert int(np.argmax(parcel)) == int(np.argmax(sent)) == 0


def test_what_is_about_no_topic_is_near_nothing() -> None:
    found = Topics.fit(Words(), WAYS)
    channel = ByTopic(Words(), found)
    placed = channel.encode(["refund", "blackbirds sing at dawn", "Where is the moon tonight"])
    lengths = np.linalg.norm(placed, axis=1)
    assert lengths[0] == pytest.approx(1.0, abs=1e-5)
    assert (np.linalg.norm(channel.encode(["refund"] * 3), axis=1) <= 1.0 + 1e-5).all()
    assert float(placed[1].max()) < float(placed[0].max())
    assert channel.encode([]).shape == (0, len(WAYS))


def test_a_home_learns_topics_once_and_anew_where_an_encoder_or_the_list_is_another(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(topics, "read", lambda: WAYS)
    first = Topics.provide(Words(), tmp_path)
    (kept,) = tmp_path.iterdir()
    before = kept.read_bytes()
    again = Topics.provide(Words(), tmp_path)
    assert [kept] == list(tmp_path.iterdir())
    assert kept.read_bytes() == before
    np.testing.assert_array_equal(first.weights, again.weights)
    np.testing.assert_array_equal(first.weights, Topics.fit(Words(), WAYS).weights)
    kept.write_bytes(before[:100])  # as after a power cut
    np.testing.assert_array_equal(first.weights, Topics.provide(Words(), tmp_path).weights)
    assert kept.read_bytes() == before
    monkeypatch.setattr(Words, "name", "another")
    Topics.provide(Words(), tmp_path)
    assert len(list(tmp_path.iterdir())) == 2


def test_what_was_learned_of_former_lists_goes_once_nobody_reads_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def learned(version: int) -> Path:
        monkeypatch.setattr(topics, "VERSION", version)
        before = set(tmp_path.iterdir())
        Topics.provide(Words(), tmp_path)
        (made,) = set(tmp_path.iterdir()) - before
        os.utime(made, (made.stat().st_mtime - topics.UNUSED_S - 60,) * 2)
        return made

    monkeypatch.setattr(topics, "read", lambda: WAYS)
    (tmp_path / "an-encoder.onnx").touch()
    os.utime(tmp_path / "an-encoder.onnx", (0, 0))
    read, _ = learned(101), learned(102)
    monkeypatch.setattr(topics, "VERSION", 101)
    Topics.provide(Words(), tmp_path)  # a process that has not been renewed starts
    last = learned(103)
    assert set(tmp_path.iterdir()) == {tmp_path / "an-encoder.onnx", read, last}


@pytest.mark.parametrize(
    ("encoders", "channels"),
    [
        ([], []),
        ([USE], [USE, TOPICS]),
        ([USE, MINILM], [USE, MINILM, TOPICS]),
        ([MINILM, USE], [MINILM, USE, TOPICS]),
        ([E5], [E5]),
        ([USE, MINILM, E5], [USE, MINILM, E5]),
    ],
)
def test_topics_stand_beside_the_default_encoder_and_one_more(
    encoders: list[str], channels: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(topics, "read", lambda: WAYS)

    class Named(Words):
        def __init__(self, name: str) -> None:
            self.name = name

    opened = [Named(name) for name in encoders]
    assert topics.names(encoders) == channels
    joined = topics.joined(opened, topics.opened(opened, tmp_path))
    assert [channel.name for channel in joined] == channels


def test_every_topic_is_told_in_many_words_of_its_own() -> None:
    lines = topics.FILE.read_text("utf-8").splitlines()
    found = topics.read()
    assert len(found) == len(lines) >= 300  # no name twice
    ways = [folded(way) for one in found.values() for way in one]
    assert len(ways) == len(set(ways))
    for name, one in found.items():
        assert re.fullmatch(r"[a-z0-9_]+", name)
        assert len(one) >= 8, name


def test_no_sentence_of_the_gold_sets_stands_among_the_topics() -> None:
    ways = {folded(way) for one in topics.read().values() for way in one}
    assert not ways & gold.said()


class Placed:
    """Place every text with this much in a topic, and the rest in another."""

    name = TOPICS

    def __init__(self, clear: float) -> None:
        self.clear = clear

    def encode(self, texts: Sequence[str]) -> NDArray[np.float32]:
        return np.tile(np.array([self.clear, 0.3], np.float32), (len(texts), 1))


def test_topics_count_in_full_where_what_the_seller_wrote_is_of_them_and_less_elsewhere() -> None:
    library = Library([Entry("faq", "1", ("refund",), "yes"), Entry("faq", "2", ("shade",), "red")])
    hers, others = (Index(library, [Words(), Placed(clear)]).weights for clear in (0.8, 0.4))
    assert tuple(hers) == pytest.approx(blend([USE, TOPICS]).nearest)
    assert 0.0 < others[1] < hers[1]
    assert others[0] > hers[0]


def test_what_topics_count_rises_with_how_clear_they_are_between_two_bounds() -> None:
    def clear(share: float) -> NDArray[np.float32]:
        return np.array([[share, 0.1], [0.1, share]], np.float32)

    assert topical(clear(0.3)) == topical(clear(0.5)) == pytest.approx(0.5)
    assert topical(clear(0.7)) == topical(clear(0.9)) == 1.0
    assert 0.5 < topical(clear(0.55)) < topical(clear(0.6)) < 1.0
    assert topical(np.zeros((0, 2), np.float32)) == pytest.approx(0.5)


def test_weights_between_topics_and_none_are_weights_too() -> None:
    for names in ([USE, TOPICS], [USE, MINILM, TOPICS], [USE, E5, TOPICS]):
        without, half, in_full = (np.array(blend(names, share).nearest) for share in (0, 0.5, 1))
        assert half == pytest.approx((without + in_full) / 2)
        assert without[-2] == 0.0
        assert half.sum() == pytest.approx(1.0)
