"""Choosing between two shapes by what groups say of each other."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from numpy.typing import NDArray

from models.base import Scores
from models.shape import FOLDS, proven

Rows = NDArray[np.bool_]


class Lessons:
    """Let a shape of quality q score the answer first in the share q of the groups left out."""

    def __init__(self, groups: int, size: int) -> None:
        self.labels = np.zeros(groups * size, np.float32)
        self.labels[::size] = 1.0
        self.groups, self.size = np.full(groups, size, np.int32), size
        self.asked: list[tuple[float, Rows, Rows]] = []

    def learn(
        self, shape: float, rows: Rows, taught: NDArray[np.int32]
    ) -> Callable[[Rows], Scores]:
        assert int(taught.sum()) == int(rows.sum())

        def score(others: Rows) -> Scores:
            self.asked.append((shape, rows, others))
            scores = self.labels[others] - 0.5
            right = np.arange(len(scores)) // self.size < shape * len(scores) / self.size
            return np.where(right, scores, -scores)

        return score


@pytest.mark.parametrize(("shapes", "best"), [((0.9, 0.4), 0.9), ((0.2, 0.6), 0.6)])
def test_the_shape_that_ranks_groups_left_out_better_is_taken(
    shapes: tuple[float, float], best: float
) -> None:
    lessons = Lessons(31, 4)
    assert proven(shapes, lessons.learn, lessons.labels, lessons.groups) == best


def test_no_group_is_ranked_by_what_learned_from_it_and_each_is_ranked_once() -> None:
    lessons = Lessons(10, 3)
    proven((0.5, 0.5), lessons.learn, lessons.labels, lessons.groups)
    assert len(lessons.asked) == 2 * FOLDS
    assert not any((rows & others).any() for _, rows, others in lessons.asked)
    times = np.sum([others for _, _, others in lessons.asked[::2]], axis=0)
    assert (times == 1).all()


def test_of_equals_and_of_too_few_groups_the_second_is_taken() -> None:
    same, few = Lessons(9, 3), Lessons(FOLDS - 1, 3)
    ones: tuple[str, str] = ("large", "small")

    def learn(_: str, rows: Rows, taught: NDArray[np.int32]) -> Callable[[Rows], Scores]:
        return same.learn(0.5, rows, taught)

    assert proven(ones, learn, same.labels, same.groups) == "small"
    assert proven(ones, learn, few.labels, few.groups) == "small"
    assert not few.asked
