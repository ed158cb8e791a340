"""What a seller's knowledge lacks: questions that were not answered well, alike ones together."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from data.knowledge import Asked
from models.answers.index import Channel, Scores
from models.answers.lexical import Lexicon
from models.language import plain

ALIKE: Final = 0.62
ALIKE_WORDS: Final = 0.35
"""Likeness from which two questions mean the same: by an encoder, or by words where none is."""
MOST: Final = 300


@dataclass(frozen=True, slots=True)
class Group:
    """Hold questions that mean the same; the heading is the one most like the others."""

    text: str
    visitors: int
    urgent: bool
    question_ids: tuple[str, ...]


def grouped(gaps: Sequence[Asked], channels: Sequence[Channel]) -> list[Group]:
    """Group the newest questions by meaning, complaints first, then by how many visitors asked.

    Leader clustering in order of asking: a question joins the group whose first question it is
    most like, or begins one.
    """
    gaps = list(gaps)[-MOST:]
    texts = [plain(asked.question.text) for asked in gaps]
    if not texts:
        return []
    rows = Lexicon(texts).rows
    if channels:
        vectors = channels[0].encode(texts if len(texts) > 1 else texts * 2)[: len(texts)]
        alike, least = vectors @ vectors.T, ALIKE
    else:
        alike, least = (rows @ rows.T).toarray(), ALIKE_WORDS
    leaders: list[int] = []
    members: list[list[int]] = []
    for place in range(len(texts)):
        near = alike[place, leaders] if leaders else np.zeros(0)
        if len(near) and near.max() >= least:
            members[int(near.argmax())].append(place)
        else:
            leaders.append(place)
            members.append([place])
    groups = [_group([gaps[n] for n in rows], alike[np.ix_(rows, rows)]) for rows in members]
    return sorted(groups, key=lambda group: (not group.urgent, -group.visitors))


def _group(asked: Sequence[Asked], alike: Scores) -> Group:
    middle = asked[int(alike.sum(axis=1).argmax())]
    nameless = sum(1 for one in asked if not one.visitor)
    return Group(
        text=middle.question.text,
        visitors=len({one.visitor for one in asked if one.visitor}) + nameless,
        urgent=any(one.question.urgent and one.waiting for one in asked),
        question_ids=tuple(one.question.question_id for one in asked),
    )
