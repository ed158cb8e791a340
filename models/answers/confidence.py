"""How sure an answer is: signals of a question's best entry, and the probability they amount to."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

import msgspec
import numpy as np
from numpy.typing import NDArray

from models.answers.closeness import leads, nearest, stands_out
from models.answers.index import Index, Likeness
from models.answers.rules import differs

Scores = NDArray[np.float32]

SIGNALS: Final = (
    "dense",  # cosine with the entry's nearest phrasing, by encoders
    "lexical",  # the same by words and character n-grams
    "answer",  # likeness to the entry's answer
    "head",  # the learned head's score
    "score_gap",  # how far the entry's fused score is ahead of the next
    "dense_gap",
    "lexical_gap",
    "head_gap",
    "votes",  # share of the five nearest phrasings that are the entry's
    "dense_most",  # largest cosine with anything here by encoders: is it about this shop at all
    "lexical_most",
    "head_sum",  # what the head gives to all entries together: about 1 for a known kind of question
    "over_crowd",  # how much nearer than the entry's phrasings are to those of other entries
    "over_tight",  # how much nearer than the entry's phrasings are to each other
    "over_typical",  # how much more the head gives than to the entry's phrasings when left out
    "stands_out",  # standard deviations above the shop's entries
    "rivals",  # log of how many other entries are hardly worse
    "first_dense",  # 1 where the entry is the nearest by encoders, by words, by the head
    "first_lexical",
    "first_head",
    "known",  # share of the question's words that stand anywhere in this shop's texts
    "told",  # share of them that stand in the nearest phrasing
    "back",  # share of that phrasing's words that stand in the question
    "length",  # log of the question's characters
    "entries",  # log of how many entries compete
    "phrasings",  # log of the phrasings of an entry, on average
    "lone",  # 1 for an entry of one phrasing
    "crowded",  # how near the shop's entries are to each other
    "found",  # share of the shop's phrasings that its head finds without having seen them
    "headless",  # 1 without a head
    "topic",  # likeness to the entry's phrasings by what they are about, on average
    "topic_gap",
    "topic_sure",  # how much of the question's place is one topic's: 0 where none is known
    "contradicts",  # how many of figures, negation and kind of answer differ
)


def signals(like: Likeness, index: Index, place: int) -> Scores:
    """Return float32[SIGNALS] for a question and the entry at `place`."""
    library, standing = index.library, index.standing
    rows, entries = len(library.texts), len(library.entries)
    columns = np.stack(
        (like.score, like.dense, like.lexical, like.answers, like.head, like.fused, like.topic)
    )
    ahead = np.empty(len(columns), dtype=np.float32)
    leads(columns, place, ahead)
    own, headed = columns[:, place], index.head is not None
    deviations, rivals = stands_out(like.fused, place)
    row, votes = nearest(like.rows, index.weights, library.owners, place)
    common = np.empty((1, 2), dtype=np.float32)
    index.lexicon.in_common(like.terms, np.array([row]), common)
    values = (
        own[1],
        own[2],
        own[3],
        own[4],
        ahead[0],
        ahead[1],
        ahead[2],
        ahead[4],
        votes,
        like.nearest,
        like.lexical.max(),
        np.maximum(like.head, 0.0).sum(),
        own[5] - standing.crowd[place],
        own[5] - standing.tight[place],
        own[4] - standing.typical[place] if headed else 0.0,
        deviations,
        np.log1p(rivals),
        ahead[1] >= 0.0,
        ahead[2] >= 0.0,
        headed and ahead[4] >= 0.0,
        like.terms[1].sum(),
        *common[0],
        np.log1p(len(like.text)),
        np.log(entries),
        np.log(rows / entries),
        standing.lone[place],
        standing.crowded,
        standing.found,
        not headed,
        own[6],
        ahead[6],
        like.sure,
        sum(differs(like.text, library.texts[row])),
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
        chance: Scores = (1.0 / (1.0 + np.exp(-self.logit(rows)))).astype(np.float32)
        return chance

    def logit(self, rows: Scores) -> Scores:
        """Return the log odds float32[n], within ±30, of the same."""
        logits = self._design(rows) @ np.array(self.weights, np.float32) + np.float32(self.bias)
        bounded: Scores = np.clip(logits, -30, 30).astype(np.float32)
        return bounded

    def scaled(self, slope: float, shift: float) -> Confidence:
        """Return the confidence with other log odds: `slope` times these, and `shift`."""
        return Confidence(
            self.centre,
            self.spread,
            tuple(slope * weight for weight in self.weights),
            slope * self.bias + shift,
        )

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
        from scipy import optimize  # slow to load, and serving never fits

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
