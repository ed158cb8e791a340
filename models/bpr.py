"""BPR: item factors by which what was visited ranks above what was not."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Self

import numpy as np
from scipy import sparse

from data.dataset import Interactions
from models.base import History, ItemFacts
from models.factors import FactorRetriever, Factors
from models.spans import Span, Spans


@dataclass(eq=False)
class Bpr(FactorRetriever):
    """Score items by the dot product of their factors with the mean of a history's.

    The mean fades by exp(-place/`recency`) and takes the latest `places` visits, so that a visitor
    of whom nothing was known in fitting is one like any other. Visits count as once or not at all.
    Source: Rendle et al., "BPR: Bayesian Personalized Ranking from Implicit Feedback" (2009);
    fitted by `implicit`. Not among the shipped retrievers: see docs/results.md.
    """

    name: ClassVar[str] = "bpr"
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

    def fit(self, interactions: Interactions, facts: ItemFacts) -> Self:  # noqa: ARG002
        """Learn the factors on one thread; items nobody visited get zeros."""
        from implicit.cpu.bpr import BayesianPersonalizedRanking  # slow to load; only to fit

        visits = self.visits(interactions)
        seen = visits.weights > 0
        touched = np.bincount(visits.items[seen], minlength=visits.n_items) > 0
        if touched.sum() < 2:  # nothing to rank above anything else
            self._take(np.zeros((visits.n_items, self.factors), np.float32))
            return self
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
        self._take(np.where(touched[:, None], learned, np.float32(0)))
        return self

    def fold(self, history: History) -> Factors:
        """Return the faded mean float32[d] of a history's factors; zeros for an unknown one."""
        (vectors, scales), rows = self._fitted(), history.rows[: self.places]
        weights = np.exp(-np.arange(len(rows)) / self.recency) * history.weights[: self.places]
        known = (rows >= 0) & (weights > 0)
        if not known.any():
            return np.zeros(vectors.shape[1], np.float32)
        shares = weights[known] / weights[known].sum()
        mean = (shares * scales[rows[known]]) @ vectors[rows[known]]
        return np.asarray(mean, np.float32)
