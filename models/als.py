"""ALS: matrix factors of who visited what; a history is folded in when it is asked about."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import ClassVar, Final, Self

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from data.dataset import Interactions
from data.kernels import kernel
from models.base import Arrays, History, ItemFacts, NotFitted, Retriever, Rows, Scores
from models.links import SignalSettings, as_declared, declared, highest
from models.spans import Span, Spans

Factors = NDArray[np.float32]
_LANES: Final = 16


@dataclass(eq=False)
class Als(SignalSettings, Retriever):
    """Score items by the dot product of their factors with the folded-in history.

    Confidence is 1 + `alpha` x weight; fold-in weights fade by exp(-place/`recency`) and the
    latest `places` visits count. Source: Hu, Koren & Volinsky 2008; fitted by `implicit`, whose
    matrix values are the confidence itself.
    """

    name: ClassVar[str] = "als"
    lends: ClassVar[bool] = True
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
    vectors: Factors | None = field(default=None, init=False)
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

    def _take(self, vectors: Factors) -> None:
        self.vectors = vectors
        self._asked = None
        exact = vectors.astype(np.float64)
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
        vectors = self._fitted()
        rows = history.rows[: self.places]
        fading = self._fading[: len(rows)] * history.weights[: self.places].astype(np.float64)
        known = (rows >= 0) & (fading > 0)
        if not known.any():
            return np.zeros(vectors.shape[1], np.float32)
        return _fold(vectors, rows[known], self.alpha * fading[known], self._inverse)

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
        retriever._take(np.asarray(arrays["vectors"], np.float32))
        return retriever

    def settings(self) -> dict[str, float]:
        """Return the hyper-parameters by name."""
        return declared(self)

    def _fitted(self) -> Factors:
        if self.vectors is None:
            raise NotFitted("als has no factors yet: call fit first.")
        return self.vectors


@kernel
def _fold(
    vectors: Factors,
    rows: Rows,
    extra: NDArray[np.float64],
    inverse: NDArray[np.float64],
) -> Factors:
    visited = np.empty((len(rows), vectors.shape[1]))
    for place in range(len(rows)):
        visited[place] = vectors[rows[place]]
    spread = np.dot(visited, inverse)
    near = np.dot(spread, visited.T)
    system = near.copy()
    for place in range(len(rows)):
        system[place, place] += 1.0 / extra[place]
    pull = 1.0 + extra
    pull -= np.linalg.solve(system, np.dot(near, pull))
    folded: Factors = np.dot(pull, spread).astype(np.float32)
    return folded


@kernel
def dots(vectors: Factors, rows: Rows, visitor: Factors, out: NDArray[np.float32]) -> None:
    """Fill dot products; sums in lanes, which one instruction adds, in an order that is fixed."""
    width = vectors.shape[1]
    whole = width - width % _LANES
    sums = np.empty(_LANES, np.float32)
    for i in range(len(rows)):
        out[i] = np.float32(0)
        if rows[i] < 0:
            continue
        vector = vectors[rows[i]]
        sums[:] = np.float32(0)
        for start in range(0, whole, _LANES):
            for lane in range(_LANES):
                sums[lane] += vector[start + lane] * visitor[start + lane]
        for lane in range(width - whole):
            sums[lane] += vector[whole + lane] * visitor[whole + lane]
        for lane in range(_LANES):
            out[i] += sums[lane]
