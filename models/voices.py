"""One voice of the two towers: lessons made of visits, and vectors learned from them once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from data.dataset import Visits
from models.bags import Bags, Floats, Ints, sums
from models.softmax import Lessons, Pace, Tower, learn

_BEGIN: Final = 0.02
"""How far from zero vectors begin, each voice's elsewhere."""
_MOST: Final = 2**31


@dataclass(frozen=True, slots=True)
class Course:
    """Say how a voice is learned; `lessons` bounds all epochs together."""

    factors: int
    epochs: int
    lessons: int
    rivals: int
    batch: int
    rate: float
    drop: float
    temperature: float


def lessons_of(visits: Visits, places: int) -> Lessons:
    """Make each visit that counts and follows others a lesson; the mean lesson counts 1."""
    begins = np.repeat(visits.starts[:-1], np.diff(visits.starts))
    before = np.arange(len(visits.items)) - begins
    right = np.flatnonzero((before > 0) & (visits.weights > 0))
    counts = visits.weights[right]
    depth = np.minimum(before[right], places).astype(np.int32)
    mean = max(float(counts.mean()), 1e-9) if len(counts) else 1.0
    return Lessons(visits.items, visits.weights, right, depth, (counts / mean).astype(np.float32))


def learned(
    lessons: Lessons,
    touched: Ints,
    bags: Bags,
    n_terms: int,
    fading: Floats,
    course: Course,
    seed: Sequence[int],
) -> tuple[Floats, Floats, Floats]:
    """Learn a voice of so many terms, rivals drawn from the `touched` items.

    Returns the items as parts of a history float32[items, d], as what comes next float32[items, d],
    neither scaled to unit length, and the biases float32[items].
    """
    rng = np.random.default_rng(seed)
    seen, following = (
        Tower(
            (_BEGIN * rng.standard_normal((n_terms, course.factors))).astype(np.float32),
            np.zeros((n_terms, course.factors), np.float32),
        )
        for _ in range(2)
    )
    column: tuple[int, int] = (len(bags.starts) - 1, 1)
    bias = Tower(np.zeros(column, np.float32), np.zeros(column, np.float32))
    most, stands_for = max(1, course.lessons // course.epochs), len(touched) / course.rivals
    for _epoch in range(course.epochs):
        n = len(lessons.places)
        order: NDArray[np.int64] = (
            rng.permutation(n) if n <= most else rng.choice(n, most, replace=False)
        )
        steps = -(-len(order) // course.batch)
        drawn = touched[rng.integers(0, len(touched), (steps, course.rivals))]
        masks = int(rng.integers(_MOST))
        pace = Pace(course.batch, course.rate, course.drop, course.temperature, masks)
        learn(lessons, order, drawn, stands_for, fading, bags, seen, following, bias, pace)
    return sums(bags, seen.vectors), sums(bags, following.vectors), bias.vectors[:, 0]
