"""Which of two shapes of an ensemble serves where few groups teach: what they say of each other.

Few questions teach many large trees noise in one log and a strong pattern in another; how many they
are does not tell. So each third of the groups is ranked by trees of either shape that learned from
the other two (cross-validation), and the shape that does better on the whole is taken.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, TypeVar

import numpy as np
from numpy.typing import NDArray

from data.ranking_metrics import gains, rank_against
from models.base import Scores

FOLDS: Final = 3
AT: Final = 10
Shape = TypeVar("Shape")
Rows = NDArray[np.bool_]


def proven(
    shapes: tuple[Shape, Shape],
    learn: Callable[[Shape, Rows, NDArray[np.int32]], Callable[[Rows], Scores]],
    labels: NDArray[np.float32],
    groups: NDArray[np.int32],
) -> Shape:
    """Return the shape with the better mean NDCG@10 on groups left out; of equals the second.

    `learn` is given a shape, bool[n] of the rows to learn from and int32[g] of their groups, and
    returns what scores the rows of another bool[n]. `labels` float32[n] and `groups` int32[g] are
    of all; a group's answer is its row of the highest label. With fewer groups than folds there is
    nothing to prove: the second is returned.
    """
    if len(groups) < FOLDS:
        return shapes[1]
    ends = np.cumsum(groups)
    starts = ends - groups
    reached = [0.0, 0.0]
    for fold in np.array_split(np.arange(len(groups)), FOLDS):
        left_out = np.zeros(len(labels), np.bool_)
        left_out[starts[fold[0]] : ends[fold[-1]]] = True
        taught = np.delete(groups, fold)
        answers = [int(np.argmax(labels[starts[one] : ends[one]])) for one in fold]
        for place, shape in enumerate(shapes):
            scores = np.split(
                learn(shape, ~left_out, taught)(left_out), np.cumsum(groups[fold])[:-1]
            )
            ranks = [rank_against(*pair) for pair in zip(scores, answers, strict=True)]
            reached[place] += float(gains(np.array(ranks, np.int32), AT).sum())
    return shapes[0] if reached[0] > reached[1] else shapes[1]
