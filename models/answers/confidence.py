"""How sure an answer is: signals of a question's best entry, and the probability they amount to."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

import msgspec
import numpy as np
from numpy.typing import NDArray
from scipy import optimize

from models.answers.index import Likeness
from models.answers.library import Library
from models.answers.rules import differs

Scores = NDArray[np.float32]

SIGNALS: Final = (
    "dense",  # cosine with the entry's nearest phrasing, by encoders
    "lexical",  # the same by words and character n-grams
    "answer",  # likeness to the entry's answer
    "head",  # the learned head's score
    "score_gap",  # how far the entry's fused score is ahead of the next
    "dense_gap",
    "head_gap",
    "votes",  # share of the five nearest phrasings that are the entry's
    "dense_most",  # largest cosine with anything here: is it about this shop at all
    "lexical_most",
    "head_sum",  # what the head gives to all entries together: about 1 for a known kind of question
    "length",  # log of the question's characters
    "entries",  # log of how many entries compete
    "phrasings",  # log of the phrasings of an entry, on average
    "headless",  # 1 without a head
    "contradicts",  # how many of figures, negation and kind of answer differ
)
NEIGHBOURS: Final = 5


def signals(question: str, like: Likeness, library: Library, place: int) -> Scores:
    """Return float32[SIGNALS] for a folded question and the entry at `place`."""
    rows, entries = len(library.texts), len(library.entries)
    others = np.arange(entries) != place
    fused = like.rows.mean(axis=0)
    near = np.argpartition(-fused, min(NEIGHBOURS, rows) - 1)[:NEIGHBOURS]
    mine = np.flatnonzero(library.owners == place)
    nearest = library.texts[mine[int(np.argmax(fused[mine]))]]

    def gap(scores: Scores) -> float:
        return float(scores[place] - (scores[others].max() if entries > 1 else 0.0))

    headless = not like.head.any()
    values = (
        like.dense[place],
        like.lexical[place],
        like.answers[place],
        like.head[place],
        gap(like.score),
        gap(like.dense),
        gap(like.head),
        float(np.mean(library.owners[near] == place)),
        like.dense.max(),
        like.lexical.max(),
        float(np.clip(like.head, 0.0, None).sum()),
        np.log1p(len(question)),
        np.log(entries),
        np.log(rows / entries),
        headless,
        sum(differs(question, nearest)),
    )
    return np.array(values, dtype=np.float32)


class Confidence(msgspec.Struct, frozen=True):
    """Turn signals into the probability that the entry answers the question: logistic regression.

    `centre` and `spread` scale each signal, `weights` weigh them and their products with having a
    head, `bias` is added.
    """

    centre: tuple[float, ...]
    spread: tuple[float, ...]
    weights: tuple[float, ...]
    bias: float

    def probability(self, rows: Scores) -> Scores:
        """Return float32[n] for signals float32[n, SIGNALS]."""
        logits = self._design(rows) @ np.array(self.weights, np.float32) + np.float32(self.bias)
        chance: Scores = (1.0 / (1.0 + np.exp(-np.clip(logits, -30, 30)))).astype(np.float32)
        return chance

    def _design(self, rows: Scores) -> Scores:
        scaled = (rows - np.array(self.centre, np.float32)) / np.array(self.spread, np.float32)
        return _design(np.clip(scaled, -4, 4), rows[:, SIGNALS.index("headless")])

    @classmethod
    def fit(
        cls,
        rows: Scores,
        right: NDArray[np.bool_],
        weights: Scores | None = None,
        prior: Confidence | None = None,
        strength: float = 10.0,
    ) -> Confidence:
        """Fit on questions with known outcome, drawn towards a prior by `strength`."""
        if prior is None:
            centre = rows.mean(axis=0)
            spread = np.maximum(rows.std(axis=0), 1e-3)
        else:
            centre, spread = np.array(prior.centre), np.array(prior.spread)
        scaled = np.clip((rows - centre) / spread, -4, 4).astype(np.float32)
        design = _design(scaled, rows[:, SIGNALS.index("headless")]).astype(np.float64)
        start = np.zeros(design.shape[1] + 1)
        if prior is not None:
            start = np.array([*prior.weights, prior.bias])
        sign = np.where(right, 1.0, -1.0)
        share = np.ones(len(sign)) if weights is None else weights.astype(np.float64)
        shrink = np.append(np.full(design.shape[1], strength), 0.1)

        def loss(point: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
            logits = sign * (design @ point[:-1] + point[-1])
            off = point - start
            value = float(share @ np.logaddexp(0, -logits) + 0.5 * shrink @ (off * off))
            slope = -share * sign / (1.0 + np.exp(np.clip(logits, -500, 500)))
            return value, np.append(design.T @ slope, slope.sum()) + shrink * off

        point = optimize.minimize(loss, start, jac=True, method="L-BFGS-B").x
        return cls(
            tuple(map(float, centre)),
            tuple(map(float, spread)),
            tuple(map(float, point[:-1])),
            float(point[-1]),
        )


def _design(scaled: Scores, headless: Scores) -> Scores:
    with_head = scaled * (1.0 - headless)[:, None]
    return np.hstack([scaled, with_head]).astype(np.float32)


def named(row: Sequence[float] | Scores) -> Mapping[str, float]:
    """Return signals by name, for a report."""
    return dict(zip(SIGNALS, map(float, row), strict=True))
