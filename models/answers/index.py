"""A seller's phrasings as matrices, and how a question is like each of her entries."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final, Protocol

import numpy as np
from numpy.typing import NDArray

from models.answers.heads import Head
from models.answers.lexical import Lexicon
from models.answers.library import Library
from models.language import plain

Scores = NDArray[np.float32]

ANSWER_SHARE: Final = 0.5
"""What likeness to the answer's own text counts against likeness to a phrasing."""
HEAD_SHARE: Final = 10.0
"""What the learned head counts against the nearest phrasing."""
NOWHERE: Final = np.float32(-1.0)
WEIGHTS: Final[dict[int, tuple[float, ...]]] = {0: (1.0,), 1: (0.6, 0.4), 2: (0.2, 0.5, 0.3)}
"""Weight of each channel in the nearest phrasing, by the number of encoders; words stand last."""


class Channel(Protocol):
    """Turn texts into unit vectors."""

    def encode(self, texts: Sequence[str]) -> Scores:
        """Return float32[texts, width]."""
        ...


@dataclass(frozen=True, slots=True)
class Likeness:
    """Say how a question is like each phrasing and each entry.

    `rows` float32[channels, rows]: cosines with the phrasings, dense channels first, the lexical
    one last; `dense`, `lexical`, `answers`, `head` float32[entries]: with the nearest phrasing by
    encoders and by words, with the answer's text, and by the learned head (zeros without one);
    `score`: what entries are ordered by.
    """

    rows: Scores
    dense: Scores
    lexical: Scores
    answers: Scores
    head: Scores
    score: Scores


class Index:
    """Search one seller's library: lexically always, densely by as many encoders as there are."""

    def __init__(self, library: Library, channels: Sequence[Channel] = ()) -> None:
        """Encode the phrasings and answers and fit the head, where phrasings are enough."""
        self.library = library
        self._channels = tuple(channels)
        self._lexicon = Lexicon([*library.texts, *library.answers])
        self._matrices = [channel.encode(library.texts) for channel in self._channels]
        self._answers = [channel.encode(library.answers) for channel in self._channels]
        self._written = np.array([bool(text) for text in library.answers], dtype=np.float32)
        self._weights = np.array(WEIGHTS[len(self._channels)], dtype=np.float32)
        self._centres = [
            matrix.mean(axis=0) if len(matrix) else np.zeros(matrix.shape[1], np.float32)
            for matrix in self._matrices
        ]
        centred = [_unit(m - c) for m, c in zip(self._matrices, self._centres, strict=True)]
        self._off = [m @ c for m, c in zip(self._matrices, self._centres, strict=True)]
        self._lengths = [
            np.maximum(np.linalg.norm(m - c, axis=1), 1e-9).astype(np.float32)
            for m, c in zip(self._matrices, self._centres, strict=True)
        ]
        self.head: Head | None = None
        rows = len(library.texts)
        if rows:
            lexical = self._lexicon.rows[:rows]
            square = (lexical @ lexical.T).toarray().astype(np.float32)
            kernels = [*(matrix @ matrix.T for matrix in centred), square]
            self.head = Head.fit(kernels, library.owners, len(library.entries))

    def like(self, question: str) -> Likeness:
        """Return how a question is like everything here."""
        text, rows = plain(question), len(self.library.texts)
        lexical = self._lexicon.score(text)
        vectors = [channel.encode([text])[0] for channel in self._channels]
        near = np.empty((len(vectors) + 1, rows), dtype=np.float32)
        near[-1] = lexical[:rows]
        answers = self._weights[-1] * lexical[rows:]
        for place, vector in enumerate(vectors):
            near[place] = self._matrices[place] @ vector
            answers = answers + self._weights[place] * (self._answers[place] @ vector)
        head = np.zeros(len(self.library.entries), dtype=np.float32)
        if self.head is not None:
            head = self.head.score([*self._centred(vectors, near), near[-1]])
        return self._fused(near, answers * self._written, head)

    def _centred(self, vectors: Sequence[Scores], near: Scores) -> list[Scores]:
        """Return cosines about each channel's centre, from the cosines about the origin."""
        found = []
        for place, (vector, centre) in enumerate(zip(vectors, self._centres, strict=True)):
            along = near[place] - self._off[place] - np.float32(centre @ (vector - centre))
            length = max(float(np.linalg.norm(vector - centre)), 1e-9)
            found.append(along / (self._lengths[place] * np.float32(length)))
        return found

    def held_out(self) -> Iterator[tuple[str, int, Likeness]]:
        """Yield each phrasing as a question asked of the library without it.

        Gives its text, its entry and its likeness; needs a head (None of it without one). An
        entry's answer is left out: it was not written for that phrasing alone.
        """
        if self.head is None or self.head.held_out is None:
            return
        rows, none = len(self.library.texts), np.zeros(len(self.library.entries), np.float32)
        lexical = self._lexicon.rows[:rows]
        for row in range(rows):
            near = np.empty((len(self._channels) + 1, rows), dtype=np.float32)
            for place, matrix in enumerate(self._matrices):
                near[place] = matrix @ matrix[row]
            near[-1] = (lexical @ lexical[row].T).toarray().ravel()
            near[:, row] = NOWHERE
            owner = int(self.library.owners[row])
            yield self.library.texts[row], owner, self._fused(near, none, self.head.held_out[row])

    def _fused(self, near: Scores, answers: Scores, head: Scores) -> Likeness:
        starts = self.library.starts
        if not len(starts):
            return Likeness(near, head, head, head, head, head)
        dense: Scores = self._weights[:-1] @ near[:-1]
        fused = np.maximum.reduceat(dense + self._weights[-1] * near[-1], starts)
        score = fused + np.float32(HEAD_SHARE) * head
        if self.head is None or self._written.any():
            score = score + np.float32(ANSWER_SHARE) * answers
        return Likeness(
            near,
            np.maximum.reduceat(dense, starts) * np.float32(1 / (self._weights[:-1].sum() or 1)),
            np.maximum.reduceat(near[-1], starts),
            answers,
            head,
            score.astype(np.float32),
        )


def _unit(matrix: Scores) -> Scores:
    lengths = np.linalg.norm(matrix, axis=1, keepdims=True)
    unit: Scores = (matrix / np.maximum(lengths, 1e-9)).astype(np.float32)
    return unit
