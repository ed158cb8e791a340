"""Keep what a benchmark learns from and answers, so that it can be studied without asking again."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from training.groups import Group, Groups

Matrix = NDArray[np.float32]
_AGAINST_US = 1.0 - 1e-9
_TAPE: ContextVar[Tape | None] = ContextVar("tape", default=None)


@dataclass(slots=True)
class Tape:
    """Hold the first lesson of a run, and the answers of one variant after it.

    `skip` variants are passed over before; of lesson and answers at most `most` groups are kept,
    drawn by `seed` and the first ones respectively.
    """

    most: int
    skip: int = 0
    seed: int = 7
    names: tuple[str, ...] = ()
    lessons: list[Group] = field(default_factory=list)
    answers: list[Group] = field(default_factory=list)
    _variants: list[int] = field(default_factory=list)

    def groups(self) -> tuple[Groups, Groups]:
        """Return lesson and answers; ties count against the right answer."""
        width = len(self.names)
        return Groups.of(self.lessons, width), Groups.of(self.answers, width)


@contextmanager
def recording(tape: Tape) -> Iterator[Tape]:
    """Record the benchmark that runs inside."""
    token = _TAPE.set(tape)
    try:
        yield tape
    finally:
        _TAPE.reset(token)


def taught(matrices: Sequence[Matrix], labels: Sequence[Matrix], names: tuple[str, ...]) -> None:
    """Keep groups that a ranker is about to be learned from."""
    tape = _TAPE.get()
    if tape is None or tape.names:
        return
    tape.names = names
    drawn = np.random.default_rng(tape.seed).permutation(len(matrices))[: tape.most]
    for place in np.sort(drawn).tolist():
        tape.lessons.append(_group(matrices[place], labels[place], place))


def answered(answers: object, matrix: Matrix, place: NDArray[np.int64], owner: int) -> None:
    """Keep an answered question; `place` holds the row of the right answer, if there is one."""
    tape = _TAPE.get()
    if tape is None or not tape.names:
        return
    if id(answers) not in tape._variants:
        tape._variants.append(id(answers))
    if tape._variants.index(id(answers)) == tape.skip and len(tape.answers) < tape.most:
        labels = np.zeros(len(matrix), np.float32)
        labels[place] = 1.0
        tape.answers.append(_group(matrix, labels, owner))


def _group(matrix: Matrix, labels: Matrix, owner: int) -> Group:
    count = len(labels)
    return Group(
        features=matrix,
        labels=labels,
        keys=np.zeros(count, np.uint64),
        acts=np.zeros(count, np.float32),
        visitor=str(owner),
        seller="",
        at=0,
        seq=0,
        shelf=count,
        known=0,
        luck=_AGAINST_US,
    )
