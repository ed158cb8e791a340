"""One trial: fit retrievers, learn the order from questions, answer the test's questions."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from time import perf_counter
from typing import Final

import numpy as np
from numpy.typing import NDArray

from data.dataset import Interactions
from data.ranking_metrics import MISSED, Ranks, rank_against
from data.schemas import Item
from models.ranker import Ranker
from models.recommender import Recommender
from training.benchmarks import tape
from training.benchmarks.stage import Question, Stage
from training.config import Config
from training.fit import fit_on, trees_of

Progress = Callable[[str, int], object]
MOST_LEARNED: Final = 30_000


@dataclass(slots=True)
class Learnt:
    """Gather groups of candidates that hold the right answer."""

    matrices: list[NDArray[np.float32]] = field(default_factory=list)
    labels: list[NDArray[np.float32]] = field(default_factory=list)

    def add(self, stage: Stage, question: Question, recommender: Recommender) -> None:
        """Ask a question and keep its candidates when the answer is one of them, and not alone."""
        candidates = stage.ask(question, recommender)
        right = candidates.keys == stage.key(question.target)
        if right.any() and len(right) > 1:
            self.matrices.append(candidates.matrix)
            self.labels.append(right.astype(np.float32))

    def rank(self, names: tuple[str, ...], config: Config) -> Ranker | None:
        """Learn the order; None when there is nothing to learn from."""
        if not self.matrices:
            return None
        tape.taught(self.matrices, self.labels, names)
        return Ranker.fit(
            np.concatenate(self.matrices),
            np.concatenate(self.labels),
            np.array([len(one) for one in self.labels], np.int32),
            names,
            config.seed,
            trees_of(config),
        )


@dataclass(slots=True)
class Answers:
    """Gather where the right answers came, and what answering cost."""

    ranks: list[int] = field(default_factory=list)
    owners: list[int] = field(default_factory=list)
    micros: list[float] = field(default_factory=list)
    found: int = 0

    def add(self, stage: Stage, question: Question, recommender: Recommender) -> None:
        """Answer a question: candidates above all others, ties against the right answer.

        A target that is no candidate, such as an item nobody knows, misses.
        """
        begun = perf_counter()
        candidates = stage.ask(question, recommender)
        scores = recommender.score(candidates)
        self.micros.append((perf_counter() - begun) * 1e6)
        place = np.flatnonzero(candidates.keys == stage.key(question.target))
        self.ranks.append(rank_against(scores, int(place[0])) if len(place) else MISSED)
        self.owners.append(question.owner)
        self.found += len(place)
        tape.answered(self, candidates.matrix, place, question.owner)

    def as_ranks(self) -> Ranks:
        """Return the ranks int32[questions]."""
        return np.array(self.ranks, np.int32)


def fit(known: Interactions, items: Sequence[Item], config: Config) -> Recommender:
    """Fit the configured retrievers as a training run does; no order yet."""
    return replace(fit_on(known, items, config), version="benchmark")


def drawn(questions: Sequence[Question], most: int, seed: int) -> list[Question]:
    """Draw at most so many questions, in their own order."""
    if len(questions) <= most:
        return list(questions)
    places = np.random.default_rng(seed).choice(len(questions), most, replace=False)
    return [questions[place] for place in np.sort(places).tolist()]
