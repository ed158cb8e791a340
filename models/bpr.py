"""BPR: item factors by which what was visited ranks above what was not."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import ClassVar, Self

import numpy as np
from scipy import sparse

from data.dataset import Interactions
from models.als import Factors, dots
from models.base import Arrays, History, ItemFacts, NotFitted, Retriever, Rows, Scores
from models.links import SignalSettings, as_declared, declared, highest
from models.spans import Span, Spans


@dataclass(eq=False)
class Bpr(SignalSettings, Retriever):
    """Score items by the dot product of their factors with the mean of a history's.

    The mean fades by exp(-place/`recency`) and takes the latest `places` visits, so that a visitor
    of whom nothing was known in fitting is one like any other. Visits count as once or not at all.
    Source: Rendle et al., "BPR: Bayesian Personalized Ranking from Implicit Feedback" (2009);
    fitted by `implicit`. Not among the shipped retrievers: see docs/results.md.
    """

    name: ClassVar[str] = "bpr"
    lends: ClassVar[bool] = True
    columns: ClassVar[tuple[str, ...]] = ("bpr_dot",)
    spans: ClassVar[Spans] = {
        "learning_rate": Span(0.005, 0.2, log=True),
        "regularization": Span(0.0005, 0.2, log=True),
        "recency": Span(1.0, 30.0, log=True),
    }
    factors: int = 64
    learning_rate: float = 0.05
    regularization: float = 0.01
    iterations: int = 60
    recency: float = 5.0
    places: int = 20
    seed: int = 0
    vectors: Factors | None = field(default=None, init=False)

    def fit(self, interactions: Interactions, facts: ItemFacts) -> Self:  # noqa: ARG002
        """Learn the factors on one thread; items nobody visited get zeros."""
        from implicit.cpu.bpr import BayesianPersonalizedRanking  # slow to load; only to fit

        visits = self.visits(interactions)
        seen = visits.weights > 0
        touched = np.bincount(visits.items[seen], minlength=visits.n_items) > 0
        self.vectors = np.zeros((visits.n_items, self.factors), np.float32)
        if touched.sum() < 2:
            return self  # nothing to rank above anything else
        shape = (len(visits.starts) - 1, visits.n_items)
        matrix = sparse.csr_matrix((visits.weights, visits.items, visits.starts), shape=shape)
        matrix.sum_duplicates()
        model = BayesianPersonalizedRanking(
            factors=self.factors, learning_rate=self.learning_rate,
            regularization=self.regularization, iterations=self.iterations, num_threads=1,
            random_state=self.seed,
        )  # fmt: skip
        model.fit(matrix, show_progress=False)
        learned = np.asarray(model.item_factors[:, :-1], np.float32)  # the last one is a bias
        self.vectors = np.where(touched[:, None], learned, np.float32(0))
        return self

    def fold(self, history: History) -> Factors:
        """Return the faded mean float32[d] of a history's factors; zeros for an unknown one."""
        vectors, rows = self._fitted(), history.rows[: self.places]
        weights = np.exp(-np.arange(len(rows)) / self.recency) * history.weights[: self.places]
        known = (rows >= 0) & (weights > 0)
        if not known.any():
            return np.zeros(vectors.shape[1], np.float32)
        mean = weights[known] @ vectors[rows[known]] / weights[known].sum()
        return np.asarray(mean, np.float32)

    def score(self, history: History, rows: Rows, out: Scores) -> None:
        """Fill the dot product."""
        dots(self._fitted(), rows, self.fold(history), out[:, 0])

    def retrieve(self, history: History, count: int) -> Rows:
        """Return the rows with the highest dot products; none for an unknown history."""
        vectors, visitor = self._fitted(), self.fold(history)
        if not visitor.any():
            return np.zeros(0, np.int32)
        return highest(vectors @ visitor, count).astype(np.int32)

    def arrays(self) -> Arrays:
        """Return the item factors."""
        return {"vectors": self._fitted()}

    @classmethod
    def from_arrays(cls, arrays: Arrays, settings: Mapping[str, float]) -> Self:
        """Rebuild from item factors."""
        retriever = cls(**as_declared(cls, settings))
        retriever.vectors = np.asarray(arrays["vectors"], np.float32)
        return retriever

    def settings(self) -> dict[str, float]:
        """Return the hyper-parameters by name."""
        return declared(self)

    def _fitted(self) -> Factors:
        if self.vectors is None:
            raise NotFitted("bpr has no factors yet: call fit first.")
        return self.vectors
