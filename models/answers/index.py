"""A seller's phrasings as matrices, and how a question is like each of her entries."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final, Protocol

import numpy as np
from numpy.typing import NDArray

from models.answers.blend import TOPICS, blend
from models.answers.closeness import best_of
from models.answers.heads import Head
from models.answers.lexical import Lexicon
from models.answers.library import Library
from models.answers.rerank import Reranker, contenders, first, worth
from models.answers.standing import Standing
from models.answers.wording import worded

Scores = NDArray[np.float32]

ANSWER_SHARE: Final = 0.5
"""What likeness to the answer's own text counts against likeness to a phrasing."""
HEAD_SHARE: Final = 4.0
"""What the learned head counts against the nearest phrasing, while that counts in full."""
FEW: Final = 2.0
"""Phrasings an entry up to which it does; beside a head that learned from more it counts less."""
LEAST_NEAR: Final = 0.5
UNCLEAR: Final = 0.5
CLEAR: Final = 0.65
"""How much of a phrasing's place is one topic's, on average, where topics count in full."""
LEAST_TOPICAL: Final = 0.5
"""What they count, of that, where phrasings are no clearer than `UNCLEAR`: of another trade's."""


class Channel(Protocol):
    """Turn texts into unit vectors."""

    @property
    def name(self) -> str:
        """Return the encoder's name."""
        ...

    def encode(self, texts: Sequence[str]) -> Scores:
        """Return float32[texts, width]."""
        ...


Terms = tuple[NDArray[np.int64], Scores]
"""Known terms of a question by place, and what share of the whole question each makes up."""


@dataclass(frozen=True, slots=True)
class Likeness:
    """Say how a question is like each phrasing and each entry.

    `rows` float32[channels, rows]: cosines with the phrasings, dense channels first, the lexical
    one last; `dense`, `lexical`, `fused`, `answers`, `head` float32[entries]: with the nearest
    phrasing by encoders, by words and by both, with the answer's text, and by the learned head
    (zeros without one); `score`: all of these together; `order`: what entries are ordered by, the
    score unless an order was learned at home; `text`: the question as compared; `terms`: its words;
    `vector`: the question by the first encoder; `topic` float32[entries]: with an entry's phrasings
    by topic, on average, and `sure` how much of the question is one topic's; zeros without topics;
    `nearest`: the largest cosine with any phrasing by encoders.
    """

    text: str
    rows: Scores
    dense: Scores
    lexical: Scores
    fused: Scores
    answers: Scores
    head: Scores
    score: Scores
    order: Scores
    terms: Terms
    topic: Scores
    vector: Scores | None = None
    sure: float = 0.0
    nearest: float = 0.0


class Index:
    """Search one seller's library: lexically always, densely by as many encoders as there are."""

    def __init__(
        self,
        library: Library,
        channels: Sequence[Channel] = (),
        reranker: Reranker | None = None,
    ) -> None:
        """Encode the phrasings and answers and fit the head, where texts are enough."""
        self.library = library
        self.reranker = reranker if worth(len(library.texts), len(library.entries)) else None
        self.lexicon = Lexicon([*library.texts, *library.answers])
        names = [channel.name for channel in channels]
        self._channels = tuple(channels)
        self._topics = names.index(TOPICS) if TOPICS in names else -1
        self._encoders = len(names) - (TOPICS in names)  # which stand before it
        self._starts = library.starts
        self._rows = rows = len(library.texts)
        self._counts = np.diff(self._starts, append=rows).astype(np.float32)
        matrices = [channel.encode(library.texts) for channel in channels]
        share = topical(matrices[self._topics]) if self._topics >= 0 else 1.0
        self.blend = blend(names, share)
        self.weights = np.array(self.blend.nearest, dtype=np.float32)
        self._written = np.array([bool(text) for text in library.answers], dtype=np.float32)
        self._any_written = self.weights[-1] * self._written
        answers = [channel.encode(library.answers) for channel in channels]
        self._matrices = [np.concatenate(pair) for pair in zip(matrices, answers, strict=True)]
        self._centres = [
            matrix.mean(axis=0) if rows else np.zeros(matrix.shape[1], np.float32)
            for matrix in matrices
        ]
        self._off = [m @ c for m, c in zip(self._matrices, self._centres, strict=True)]
        self._lengths = [
            np.maximum(np.linalg.norm(m - c, axis=1), 1e-9).astype(np.float32)
            for m, c in zip(self._matrices, self._centres, strict=True)
        ]
        self.head = self._fitted()
        few = FEW * len(library.entries) / max(rows, 1) if self.head is not None else 1.0
        self._near = np.float32(np.clip(few, LEAST_NEAR, 1.0))
        lexical = self.lexicon.rows[:rows]
        self.standing = Standing.of(matrices, lexical, self.weights, library.owners, self.head)

    def _fitted(self) -> Head | None:
        owners, written = self.library.owners, self._written > 0
        if not Head.worth(self._rows + int(written.sum()), len(written)):
            return None
        held = np.concatenate([np.arange(self._rows), self._rows + np.flatnonzero(written)])
        lexical = self.lexicon.rows[held]
        centred = [_unit(m[held] - c) for m, c in zip(self._matrices, self._centres, strict=True)]
        return Head.fit([*centred, lexical], self.blend.head, owners, written)

    @property
    def nbytes(self) -> int:
        """Count the bytes of the arrays that searching keeps in memory."""
        held = [*self._matrices, *self._off, *self._lengths, *self.lexicon.arrays]
        held += [self.head.rows, self.head.coefficients] if self.head is not None else []
        return sum(array.nbytes for array in held)

    def light(self) -> None:
        """Let go of what training reads and answering does not: the head's held-out scores."""
        if self.head is not None:
            self.head = replace(self.head, held_out=None)

    def like(self, text: str) -> Likeness:
        """Return how a folded question is like everything here."""
        text, rows = worded(text), self._rows
        terms = self.lexicon.weigh(text)
        lexical = self.lexicon.score(terms)
        near = np.empty((len(self._channels) + 1, rows), dtype=np.float32)
        near[-1] = lexical[:rows]
        answers = self._any_written * lexical[rows:]
        centred, vectors = [], []
        for place, channel in enumerate(self._channels):
            vector = channel.encode([text])[0]
            vectors.append(vector)
            alike = self._matrices[place] @ vector
            near[place] = alike[:rows]
            answers += self.weights[place] * alike[rows:] * self._written
            if self.head is not None:
                centred.append(self._centred(place, vector, alike))
        head = np.zeros(len(self.library.entries), dtype=np.float32)
        if self.head is not None:
            head = self.head.score([*centred, lexical])
        like = self._fused(text, near, answers, head, (terms[0], terms[1] * terms[1]))
        nearest = self._nearest(near[: self._encoders])
        like = replace(like, vector=vectors[0] if vectors else None, nearest=nearest)
        if self._topics >= 0:
            sure = float(vectors[self._topics].max())
            like = replace(like, topic=self._averaged(near[self._topics]), sure=sure)
        if self.reranker is None:
            return like
        places = first(like.score)
        told = contenders(like, self, places)
        return replace(like, order=self.reranker.reordered(like.score, places, told))

    def _nearest(self, rows: Scores) -> float:
        """Return the largest mean of what encoders say of a phrasing, each by its weight."""
        if not len(rows):
            return 0.0
        weights = self.weights[: len(rows)]
        return float((weights @ rows).max() / weights.sum())

    def _averaged(self, rows: Scores) -> Scores:
        """Return float32[entries]: the mean of what is said of their phrasings."""
        totals: Scores = np.add.reduceat(rows, self._starts)
        return np.asarray(totals / self._counts, dtype=np.float32)

    def _centred(self, place: int, vector: Scores, alike: Scores) -> Scores:
        """Return cosines about a channel's centre, from the cosines about the origin."""
        centre = self._centres[place]
        moved = vector - centre
        along = alike - self._off[place]
        along -= np.float32(centre @ moved)
        along /= self._lengths[place]
        along /= np.float32(max(float(np.sqrt(moved @ moved)), 1e-9))
        return along

    def _fused(
        self, text: str, near: Scores, answers: Scores, head: Scores, terms: Terms
    ) -> Likeness:
        dense, lexical, fused = np.empty((3, len(self._starts)), dtype=np.float32)
        best_of(near, self.weights, self._starts, dense, lexical, fused)
        head_share, answer_share = np.float32(HEAD_SHARE), np.float32(ANSWER_SHARE)
        score = self._near * fused + head_share * head + answer_share * answers
        topic = np.zeros(len(score), dtype=np.float32)
        return Likeness(
            text, near, dense, lexical, fused, answers, head, score, score, terms, topic
        )


def topical(places: Scores) -> float:
    """Return what topics count in a shop, 1 for in full, by the places of its phrasings."""
    clear = float(places.max(axis=1).mean()) if len(places) else 0.0
    return float(np.interp(clear, (UNCLEAR, CLEAR), (LEAST_TOPICAL, 1.0)))


def _unit(matrix: Scores) -> Scores:
    lengths = np.linalg.norm(matrix, axis=1, keepdims=True)
    unit: Scores = (matrix / np.maximum(lengths, 1e-9)).astype(np.float32)
    return unit
