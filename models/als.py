"""ALS: matrix factors of who visited what; a history is folded in when it is asked about."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import ClassVar, Self

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from data.dataset import Interactions
from data.kernels import kernel
from models.base import History, ItemFacts, Rows
from models.factors import Bytes, FactorRetriever, Factors
from models.spans import Span, Spans


@dataclass(eq=False)
class Als(FactorRetriever):
    """Score items by the dot product of their factors with the folded-in history.

    Confidence is 1 + `alpha` x weight; fold-in weights fade by exp(-place/`recency`) and the
    latest `places` visits count. Source: Hu, Koren & Volinsky 2008; fitted by `implicit`, whose
    matrix values are the confidence itself.
    """

    name: ClassVar[str] = "als"
    columns: ClassVar[tuple[str, ...]] = ("als_dot",)
    spans: ClassVar[Spans] = {
        "alpha": Span(1.0, 60.0, log=True),
        "regularization": Span(0.05, 20.0, log=True),
        "recency": Span(1.0, 30.0, log=True),
    }
    factors: int = 64
    alpha: float = 10.0
    regularization: float = 1.0
    iterations: int = 10
    recency: float = 5.0
    places: int = 20
    seed: int = 0
    _inverse: NDArray[np.float64] = field(
        default_factory=lambda: np.zeros((0, 0)), init=False, repr=False
    )
    _asked: tuple[History, Factors] | None = field(default=None, init=False, repr=False)

    def fit(self, interactions: Interactions, facts: ItemFacts) -> Self:  # noqa: ARG002
        """Factorise visitors x items on one thread."""
        from implicit.cpu.als import AlternatingLeastSquares  # slow to load; serving never fits

        visits = self.visits(interactions)
        shape = (len(visits.starts) - 1, visits.n_items)
        if not len(visits.items):
            self._take(np.zeros((visits.n_items, self.factors), np.float32))
            return self
        matrix = sparse.csr_matrix((visits.weights, visits.items, visits.starts), shape=shape)
        matrix.sum_duplicates()
        matrix.data = (1.0 + self.alpha * matrix.data).astype(np.float32)
        model = AlternatingLeastSquares(
            factors=self.factors, regularization=self.regularization, alpha=1.0,
            iterations=self.iterations, num_threads=1, random_state=self.seed,
        )  # fmt: skip
        model.fit(matrix, show_progress=False)
        touched = np.bincount(visits.items, minlength=visits.n_items) > 0
        self._take(np.where(touched[:, None], model.item_factors, np.float32(0)))
        return self

    def _hold(self, vectors: Bytes, scales: Factors) -> None:
        super()._hold(vectors, scales)
        self._asked = None
        exact = vectors * scales[:, None].astype(np.float64)
        ridge = self.regularization * np.eye(vectors.shape[1])
        self._fading = np.exp(-np.arange(self.places) / self.recency)
        self._inverse = np.asarray(np.linalg.inv(exact.T @ exact + ridge), np.float64)

    def fold(self, history: History) -> Factors:
        """Return the visitor factors float32[d] of a history, by the Woodbury identity.

        With B the visited vectors, c the confidences and P the inverse of Y'Y + ridge:
        x = P B' (c - (D^-1 + B P B')^-1 B P B' c), D = diag(c - 1).
        """
        if self._asked is None or self._asked[0] is not history:
            self._asked = (history, self._folded(history))
        return self._asked[1]

    def _folded(self, history: History) -> Factors:
        return _fold(
            *self._fitted(), history.rows, history.weights, self._fading, self.alpha, self._inverse
        )


@kernel
def _fold(
    vectors: Bytes,
    scales: Factors,
    history: Rows,
    weights: NDArray[np.float32],
    fading: NDArray[np.float64],
    alpha: float,
    inverse: NDArray[np.float64],
) -> Factors:
    rows, extra = np.empty(len(fading), np.int32), np.empty(len(fading))
    n = 0
    for place in range(min(len(history), len(fading))):
        if history[place] >= 0 and weights[place] > 0:
            rows[n] = history[place]
            extra[n] = alpha * (fading[place] * weights[place])
            n += 1
    if n == 0:
        return np.zeros(vectors.shape[1], np.float32)
    rows, extra = rows[:n], extra[:n]
    visited = np.empty((len(rows), vectors.shape[1]))
    for place in range(len(rows)):
        visited[place] = vectors[rows[place]] * np.float64(scales[rows[place]])
    spread = np.dot(visited, inverse)
    near = np.dot(spread, visited.T)
    system = near.copy()
    for place in range(len(rows)):
        system[place, place] += 1.0 / extra[place]
    pull = 1.0 + extra
    pull -= np.linalg.solve(system, np.dot(near, pull))
    folded: Factors = np.dot(pull, spread).astype(np.float32)
    return folded
