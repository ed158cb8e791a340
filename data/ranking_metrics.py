"""Ranking metrics over arrays of ranks, and intervals by the bootstrap.

A group is one question with one right answer; its rank is where that answer came (1: first,
`MISSED`: not among what was ranked). Every metric gives one number a group, so that methods are
compared group by group.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import msgspec
import numpy as np
from numpy.typing import NDArray

Ranks = NDArray[np.int32]
Values = NDArray[np.float64]
Scores = NDArray[np.float32] | NDArray[np.float64]

MISSED: Final = np.iinfo(np.int32).max


class Interval(msgspec.Struct, frozen=True):
    """Give a mean with the bounds of its bootstrap interval."""

    value: float
    low: float
    high: float


def rank_against(scores: Scores, target: int) -> int:
    """Return the rank of row `target`, ties counted against it."""
    return int(np.count_nonzero(scores >= scores[target]))


def rank_fairly(scores: Scores, target: int, luck: float) -> int:
    """Return the rank of row `target`, its place among ties drawn by `luck` in [0, 1).

    With the same luck for every method, ties favour none of them.
    """
    above = int(np.count_nonzero(scores > scores[target]))
    tied = int(np.count_nonzero(scores == scores[target]))
    return 1 + above + int(luck * tied)


def hits(ranks: Ranks, at: int) -> Values:
    """Return 1 where the answer is among the first `at`, else 0: HR@k, recall@k of one answer."""
    return (ranks <= at).astype(np.float64)


def gains(ranks: Ranks, at: int) -> Values:
    """Return NDCG@k with one right answer: 1 / log2(1 + rank) within the first `at`, else 0."""
    return np.where(ranks <= at, 1.0 / np.log2(1.0 + ranks.astype(np.float64)), 0.0)


def reciprocals(ranks: Ranks, at: int) -> Values:
    """Return 1 / rank within the first `at`, else 0: MRR@k."""
    return np.where(ranks <= at, 1.0 / ranks.astype(np.float64), 0.0)


_BY_NAME: Final = {"hr": hits, "recall": hits, "p": hits, "ndcg": gains, "mrr": reciprocals}


def metric(name: str, ranks: Ranks) -> Values:
    """Return a metric by name, such as `ndcg@10`, `hr@20` or `mrr` (no cut-off), for each group.

    >>> metric("ndcg@10", np.array([1, 3, 11], np.int32)).tolist()
    [1.0, 0.5, 0.0]
    >>> metric("mrr", np.array([4, MISSED], np.int32)).round(3).tolist()
    [0.25, 0.0]
    """
    kind, _, at = name.partition("@")
    if kind not in _BY_NAME or (at and not at.isdigit()):
        msg = f"no metric {name!r}; known: {', '.join(_BY_NAME)}, with @k"
        raise ValueError(msg)
    return _BY_NAME[kind](ranks, int(at) if at else MISSED - 1)


def bootstrap(
    columns: NDArray[np.float64],
    owners: NDArray[np.int32],
    resamples: int = 1000,
    seed: int = 7,
    confidence: float = 0.95,
) -> list[Interval]:
    """Return the mean of each column [groups, m] with its percentile interval.

    Whole owners (visitors; int32[groups], dense) are drawn with replacement, as groups of one
    visitor resemble each other; all columns share the draws, so a column of differences is paired.
    Source: Efron & Tibshirani 1993, ch. 13; Field & Welsh 2007 (cluster bootstrap).
    """
    groups, width = columns.shape
    if groups == 0:
        return [Interval(0.0, 0.0, 0.0)] * width
    n_owners = int(owners.max()) + 1
    sums = np.empty((n_owners, width + 1))
    for column in range(width):
        sums[:, column] = np.bincount(owners, columns[:, column], n_owners)
    sums[:, width] = np.bincount(owners, minlength=n_owners)
    sums = sums[sums[:, width] > 0]
    rng = np.random.default_rng(seed)
    means = np.empty((resamples, width))
    for draw in range(resamples):
        drawn = np.bincount(rng.integers(len(sums), size=len(sums)), minlength=len(sums))
        total = drawn @ sums
        means[draw] = total[:width] / total[width]
    tail = (1.0 - confidence) / 2.0
    low, high = np.quantile(means, [tail, 1.0 - tail], axis=0)
    value = columns.mean(axis=0)
    return [
        Interval(float(v), float(a), float(b)) for v, a, b in zip(value, low, high, strict=True)
    ]


def intervals(
    names: Sequence[str],
    ranks: Ranks,
    owners: NDArray[np.int32],
    resamples: int = 1000,
    seed: int = 7,
    confidence: float = 0.95,
) -> dict[str, Interval]:
    """Return metrics by name with their intervals (`bootstrap`)."""
    columns = np.stack([metric(name, ranks) for name in names], axis=1)
    return dict(zip(names, bootstrap(columns, owners, resamples, seed, confidence), strict=True))
