"""On our own gold set the right entry comes first, and what is sent by itself is right."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from models.answers.confidence import signals
from models.answers.index import Channel, Index
from models.answers.judge import Judge
from models.answers.library import Library
from models.encoders.encoder import TextEncoder
from models.language import plain
from tests.quality.gold import Question, shops


class Found:
    """Hold what came of the gold questions: ranks (0: none is right), tiers, chances."""

    def __init__(self, channels: Sequence[Channel], *, titled: bool = False) -> None:
        entries, self.questions = shops(titled=titled)
        judge = Judge.shipped([channel.name for channel in channels])
        indexes = {seller: Index(Library(own), channels) for seller, own in entries.items()}
        self.ranks, self.tiers, self.chances = [], [], []
        for question in self.questions:
            index = indexes[question.seller]
            like = index.like(plain(question.text))
            names = [entry.id for entry in index.library.entries]
            place = names.index(question.entry) if question.entry else -1
            rank = int((like.order >= like.order[place]).sum()) if place >= 0 else 0
            best = int(np.argmax(like.order))
            tier, chance = judge.tier(signals(like, index, best))
            self.ranks.append(rank)
            self.tiers.append(tier)
            self.chances.append(chance)

    def share(self, kind: str, at: int, style: str = "") -> float:
        ranks = [
            rank
            for rank, question in zip(self.ranks, self.questions, strict=True)
            if question.kind == kind and (not style or question.style == style)
        ]
        return sum(0 < rank <= at for rank in ranks) / len(ranks)

    def answered(self, kind: str) -> float:
        tiers = [
            tier
            for tier, question in zip(self.tiers, self.questions, strict=True)
            if question.kind == kind
        ]
        return tiers.count("answered") / len(tiers)

    def wrong(self) -> float:
        """Return the share of answers given that are not the right entry's."""
        given = [
            rank == 1
            for rank, tier in zip(self.ranks, self.tiers, strict=True)
            if tier == "answered"
        ]
        return 1 - sum(given) / max(len(given), 1)


@pytest.fixture(scope="module")
def found(encoder_folder: Path) -> Found:
    return Found([TextEncoder(encoder_folder)])


def test_the_gold_set_is_large_and_its_questions_are_nobodys_phrasings() -> None:
    entries, questions = shops()
    held = {phrasing for own in entries.values() for e in own for phrasing in e.phrasings}
    assert sum(map(len, entries.values())) >= 200
    assert len(questions) >= 600
    assert not held & {question.text for question in questions}
    assert {question.kind for question in questions} == {"in", "near", "far"}


def test_the_right_entry_comes_first(found: Found) -> None:
    told = {style: round(found.share("in", 1, style), 3) for style in _styles(found.questions)}
    print("r@1", found.share("in", 1), "r@3", found.share("in", 3), told)
    assert found.share("in", 1) >= 0.80
    assert found.share("in", 3) >= 0.94


def test_ids_of_words_help_those_who_ask_in_their_language(
    found: Found, encoder_folder: Path
) -> None:
    titled = Found([TextEncoder(encoder_folder)], titled=True)
    told = {style: round(titled.share("in", 1, style), 3) for style in _styles(found.questions)}
    print("ids of words: r@1", titled.share("in", 1), "r@3", titled.share("in", 3), told)
    print("wrong", titled.wrong(), {k: titled.answered(k) for k in ("in", "near", "far")})
    for style in ("english", "mixed"):
        assert titled.share("in", 1, style) > found.share("in", 1, style)
    assert titled.share("in", 1) > found.share("in", 1)
    assert titled.wrong() <= 0.03
    assert titled.answered("near") <= 0.02
    assert titled.answered("far") == 0.0


def test_what_is_sent_by_itself_is_right(found: Found) -> None:
    print("wrong", found.wrong(), {kind: found.answered(kind) for kind in ("in", "near", "far")})
    assert found.wrong() <= 0.03
    assert found.answered("near") <= 0.02
    assert found.answered("far") == 0.0


def test_words_alone_are_never_worse_than_wrong(encoder_folder: Path) -> None:
    assert encoder_folder.is_dir()
    found = Found([])
    print("words alone: r@1", found.share("in", 1), "wrong", found.wrong())
    assert found.share("in", 1) >= 0.4
    assert found.answered("far") == 0.0


def _styles(questions: Sequence[Question]) -> list[str]:
    return sorted({question.style for question in questions if question.kind == "in"})
