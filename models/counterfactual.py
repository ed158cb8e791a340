"""Counterfactuals: what a pick's score falls to when a group of columns says nothing special."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from data.kernels import kernel
from models.base import Scores

if TYPE_CHECKING:  # the recommender calls what calls this module
    from models.recommender import Scorer


def falls(
    ranker: Scorer,
    matrix: Scores,
    scores: Scores,
    order: NDArray[np.int32],
    asked: NDArray[np.bool_],
    columns: NDArray[np.int64],
) -> Scores:
    """Score picks once more for each group asked about, its columns made ordinary.

    `order` int32[k] are the picks' rows of `matrix` and `scores`; `asked` bool[k, groups];
    `columns` int64[groups, most] name each group's columns, filled up with -1. Returns by how much
    the scores fall, float32[k, groups], minus infinity where nothing was asked.
    """
    without = _without(np.ascontiguousarray(matrix), order, asked, columns)
    found = np.full(asked.shape, -np.inf, dtype=np.float32)
    if len(without):
        _fall(scores, order, asked, ranker.score(without), found)
    return found


@kernel
def _fall(
    scores: Scores, order: NDArray[np.int32], asked: NDArray[np.bool_], then: Scores, out: Scores
) -> None:
    """Fill what is asked with the difference to the scores `then`, one after the other."""
    n = 0
    for i in range(len(order)):
        for group in range(asked.shape[1]):
            if asked[i, group]:
                out[i, group] = scores[order[i]] - then[n]
                n += 1


@kernel
def _without(  # noqa: C901 - one compiled loop
    matrix: Scores,
    order: NDArray[np.int32],
    asked: NDArray[np.bool_],
    columns: NDArray[np.int64],
) -> Scores:
    """Copy each pick's row for each group asked about, the group's columns set to their medians."""
    wanted = np.zeros(matrix.shape[1], np.bool_)
    n = 0
    for group in range(len(columns)):
        count = 0
        for i in range(len(order)):
            count += asked[i, group]
        n += count
        for column in columns[group]:
            if count > 0 and column >= 0:
                wanted[column] = True
    out = np.empty((n, matrix.shape[1]), np.float32)
    if n == 0:
        return out
    medians = _medians(matrix, np.flatnonzero(wanted))
    n = 0
    for i in range(len(order)):
        for group in range(len(columns)):
            if asked[i, group]:
                out[n] = matrix[order[i]]
                for column in columns[group]:
                    if column >= 0:
                        out[n, column] = medians[column]
                n += 1
    return out


@kernel
def _medians(  # noqa: C901 - one compiled loop
    matrix: Scores, columns: NDArray[np.int64]
) -> Scores:
    """Return float32[all columns]: the medians of those asked for.

    Rows are put in order by a network whose steps do not depend on what they hold, for all
    columns side by side. Source: Knuth, TAOCP 3, 5.2.2 M ("merge exchange", after Batcher).
    """
    n, width = len(matrix), len(columns)
    lines = np.empty((n, width), np.float32)
    for row in range(n):
        for place in range(width):
            lines[row, place] = matrix[row, columns[place]]
    top = 1
    while 2 * top < n:
        top *= 2
    step = top
    while step > 0:
        reach, rest, span = top, 0, step
        while True:
            for row in range(n - span):
                if row & step == rest:
                    _exchange(lines[row], lines[row + span])
            if reach == step:
                break
            span, rest = reach - step, step
            reach //= 2
        step //= 2
    out = np.zeros(matrix.shape[1], np.float32)
    for place in range(width):
        below, middle = lines[(n - 1) // 2, place], lines[n // 2, place]
        out[columns[place]] = (below + middle) / np.float32(2.0)
    return out


@kernel
def _exchange(first: Scores, second: Scores) -> None:
    """Put the smaller of each two values first."""
    for place in range(len(first)):
        one, other = first[place], second[place]
        first[place] = one if one < other else other
        second[place] = other if one < other else one
