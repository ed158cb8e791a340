"""The learned order among a question's first entries: what each has that the others have not.

A conditional logit (McFadden 1974) over a few id-free columns, added to the fused score and drawn
towards it: with nothing learned the order is the fused one. `make train` fits it on the home's own
phrasings and keeps it only if it serves phrasings better that it was not fitted on; nothing is
shipped, since what was learned on other sets did not hold for shops of another kind.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Final, Self

import msgspec
import numpy as np
from numpy.typing import NDArray

from data.errors import Misconfigured
from models.answers.blend import SCORED
from models.answers.closeness import contend
from models.answers.heads import Head
from models.answers.rules import differs

if TYPE_CHECKING:  # an index ranks with this
    from models.answers.index import Index, Likeness

Scores = NDArray[np.float32]
Places = NDArray[np.int64]

FIRST: Final = 8
"""Entries that are put in order anew."""
COLUMNS: Final = (
    "dense",  # likeness to the nearest phrasing by encoders, by words, to the answer, by the head
    "lexical",
    "answer",
    "head",
    "score_gap",  # how far ahead of the best other entry, by the fused score and by each part
    "dense_gap",
    "lexical_gap",
    "answer_gap",
    "head_gap",
    "fused_gap",
    "votes",  # share of the five nearest phrasings
    "over_crowd",  # as in `confidence.SIGNALS`
    "over_tight",
    "over_typical",
    "second",  # likeness to the second nearest phrasing, to the five nearest, by words to all
    "mean",
    "mean_lexical",
    "told",  # shares of words in common with the nearest phrasing
    "back",
    "figures",  # whether figures, negation or kind of answer contradict
    "negation",
    "kind",
    "length",  # log of the question's length to the phrasing's
)
_COMPILED: Final = COLUMNS.index("told")
_WORDED: Final = COLUMNS.index("figures")
LEAST_PHRASINGS: Final = 3.0
"""Phrasings an entry has, on average, in the shops that it is learned from and used for."""
MOST_PHRASINGS: Final = 12_000
"""Phrasings that such a shop has at most: to learn an order takes a head for each fifth of them."""
BOUND: Final = 4.0
"""Standard deviations beyond which a column counts no more."""


@dataclass(frozen=True, slots=True)
class Contest:
    """Hold a question's first entries: `rows` float32[n, COLUMNS], fused scores, the right one.

    `fold` says with which others it was held out.
    """

    rows: Scores
    scores: Scores
    right: int
    fold: int


def worth(rows: int, entries: int) -> bool:
    """Say whether so many phrasings of so many entries teach an order, and are ranked by one.

    With a fifth of the phrasings held out such a shop still has a head, as it has when it serves.
    """
    return Head.worth(rows, entries) and LEAST_PHRASINGS * entries <= rows <= MOST_PHRASINGS


def first(scores: Scores) -> Places:
    """Return the places of the entries to put in order, the best first; ties by place."""
    return np.argsort(-scores, kind="stable")[:FIRST]


def contenders(like: Likeness, index: Index, places: Places) -> Scores:
    """Return float32[places, COLUMNS] for a question and some entries."""
    library, standing = index.library, index.standing
    parts = np.stack((like.score, like.dense, like.lexical, like.answers, like.head, like.fused))
    rows = np.zeros((len(places), len(COLUMNS)), dtype=np.float32)
    usual = np.stack((standing.crowd, standing.tight, standing.typical))
    nearest = contend(parts, like.rows, index.weights, library.starts, places, usual, rows)
    index.lexicon.in_common(like.terms, nearest, rows[:, _COMPILED : _COMPILED + 2])
    texts = [library.texts[row] for row in nearest.tolist()]
    rows[:, _WORDED:-1] = [differs(like.text, text) for text in texts]
    rows[:, -1] = np.log([(len(like.text) + 1) / (len(text) + 1) for text in texts])
    return rows


class Reranker(msgspec.Struct, frozen=True):
    """Add `weights` of the columns, scaled by `centre` and `spread`, to the fused scores.

    `encoders` names those it was fitted with (`judge_key`), `scored` what fused scores meant then.
    """

    encoders: str
    scored: int
    centre: tuple[float, ...]
    spread: tuple[float, ...]
    weights: tuple[float, ...]

    @classmethod
    def open(cls, path: Path, encoders: str) -> Self | None:
        """Read a reranker; None where there is none for these encoders.

        Raises Misconfigured for a broken file.
        """
        try:
            found = msgspec.json.decode(path.read_bytes(), type=cls)
        except FileNotFoundError:
            return None
        except (OSError, msgspec.DecodeError) as error:
            raise Misconfigured(f"{path} is no reranker: {error}") from error
        if {len(found.centre), len(found.spread), len(found.weights)} != {len(COLUMNS)}:
            raise Misconfigured(f"{path} is no reranker of this version's {len(COLUMNS)} columns")
        if found.scored != SCORED:
            raise Misconfigured(f"{path} is no reranker of this version's scores")
        return found if found.encoders == encoders else None

    def lifts(self, rows: Scores) -> Scores:
        """Return float32[n], what is added to the fused scores of rows float32[n, COLUMNS]."""
        centre, spread, weights = _arrays(self)
        scaled = (rows - centre) / spread
        lifts: Scores = np.minimum(np.maximum(scaled, -BOUND), BOUND) @ weights
        return lifts

    def reordered(self, scores: Scores, places: Places, rows: Scores) -> Scores:
        """Return float32[entries]: scores with the entries at `places` put in order anew.

        They stay ahead of all others.
        """
        found = scores.copy()
        found[places] = -np.inf
        behind = float(found.max())
        moved = scores[places] + self.lifts(rows)
        found[places] = moved + max(behind - float(moved.min()), 0.0)
        return found

    @classmethod
    def fit(cls, contests: Sequence[Contest], encoders: str, strength: float) -> Self | None:
        """Fit on contests, the weights drawn to none by `strength`.

        None where the fused score itself speaks against the right entries.
        """
        rows = np.concatenate([one.rows for one in contests])
        centre, spread = rows.mean(axis=0), np.maximum(rows.std(axis=0), 1e-3)
        design = np.clip((rows - centre) / spread, -BOUND, BOUND).astype(np.float64)
        point = _logit(contests, design, strength)
        if point[0] <= 0:
            return None
        parts = (tuple(map(float, part)) for part in (centre, spread, point[1:] / point[0]))
        return cls(encoders, SCORED, *parts)


@lru_cache(maxsize=8)
def _arrays(reranker: Reranker) -> tuple[Scores, Scores, Scores]:
    parts = (reranker.centre, reranker.spread, reranker.weights)
    centre, spread, weights = (np.array(part, np.float32) for part in parts)
    return centre, spread, weights


def likelihood(contests: Sequence[Contest], lifts: Sequence[Scores], scale: float) -> float:
    """Return the mean log-probability of the right entries, at `scale` times the lifted scores."""
    total = 0.0
    for one, lift in zip(contests, lifts, strict=True):
        logits = scale * (one.scores + lift).astype(np.float64)
        total += float(logits[one.right] - np.logaddexp.reduce(logits))
    return total / len(contests)


def scale_of(contests: Sequence[Contest], lifts: Sequence[Scores]) -> float:
    """Return by how much lifted scores must be multiplied to be log-odds."""
    lifted = [
        Contest(one.rows, (one.scores + lift).astype(np.float32), one.right, one.fold)
        for one, lift in zip(contests, lifts, strict=True)
    ]
    none = np.zeros((sum(len(one.scores) for one in lifted), 0))
    return float(_logit(lifted, none, 0.0)[0])


def _logit(
    contests: Sequence[Contest], design: NDArray[np.float64], strength: float
) -> NDArray[np.float64]:
    """Return the scale of the scores and the columns' weights, float64[1 + columns]."""
    from scipy import optimize  # slow to load, and serving never fits

    sizes = np.array([len(one.scores) for one in contests])
    starts = np.concatenate([[0], np.cumsum(sizes)[:-1]])
    scores = np.concatenate([one.scores for one in contests]).astype(np.float64)
    matrix = np.hstack([scores[:, None], design])
    chosen = np.zeros(len(matrix))
    chosen[starts + np.array([one.right for one in contests])] = 1.0
    shrink = np.append(0.0, np.full(design.shape[1], strength))

    def loss(point: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
        logits = matrix @ point
        top = np.maximum.reduceat(logits, starts)
        odds = np.exp(logits - np.repeat(top, sizes))
        sums = np.add.reduceat(odds, starts)
        chance = odds / np.repeat(sums, sizes)
        value = float((np.log(sums) + top).sum() - chosen @ logits + 0.5 * shrink @ point**2)
        return value, matrix.T @ (chance - chosen) + shrink * point

    start = np.append(5.0, np.zeros(design.shape[1]))
    found: NDArray[np.float64] = optimize.minimize(loss, start, jac=True, method="L-BFGS-B").x
    return found
