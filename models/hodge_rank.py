"""Where items stand in the order in which people come to them: what is early, what is late."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import ClassVar, Self

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from data.dataset import Interactions, Visits
from data.kernels import kernel
from models.base import Among, Arrays, History, ItemFacts, NotFitted, Retriever, Rows, Scores
from models.links import SignalSettings, as_declared, declared
from models.spans import Span, Spans

Floats = NDArray[np.float32]
_CLOSE = 1e-6
_ITERATIONS = 300


@dataclass(eq=False)
class HodgeRank(SignalSettings, Retriever):
    """Place items on one line, so that a visit lies one step past the visit before it.

    Fashion, seasons, a skin that ages: people come to some products early and to others late, and
    how far one lies from where a visitor has got to tells of what is next. Places t minimise
    the sum of (t[later] - t[earlier] - visits apart)^2 over all pairs within `window` visits of
    a visitor, plus `calm` times that of t^2, and are scaled to mean 0 and variance 1 over the
    items that were visited; for others, and where nothing of a visitor is known, all is 0. Needs
    no times. At most `pairs` are looked at, of visitors spread evenly over the log.
    Source: Jiang, Lim, Yao & Ye 2011, "Statistical ranking and combinatorial Hodge theory".
    """

    name: ClassVar[str] = "hodge_rank"
    lends: ClassVar[bool] = True
    columns: ClassVar[tuple[str, ...]] = ("hodge_rank_place", "hodge_rank_step")
    spans: ClassVar[Spans] = {
        "window": Span(1, 10, log=True, whole=True),
        "calm": Span(0.1, 10.0, log=True),
    }
    window: int = 3
    calm: float = 1.0
    pairs: int = 5_000_000
    places: Floats | None = field(default=None, init=False)

    def fit(self, interactions: Interactions, facts: ItemFacts) -> Self:  # noqa: ARG002
        """Solve the normal equations, a Laplacian of the pairs, by conjugate gradients."""
        from scipy.sparse.linalg import cg  # slow to load, and serving never fits

        every = -(-len(interactions.item) * self.window // self.pairs)
        if every > 1:
            interactions = interactions.where(interactions.visitor % every == 0)
        visits = self.visits(interactions)
        n = visits.n_items
        earlier, later, between = _pairs(visits, self.window)
        links = sparse.csr_array((np.ones(len(later)), (earlier, later)), shape=(n, n))
        pull = np.bincount(later, between, n) - np.bincount(earlier, between, n)
        seen = np.bincount(earlier, minlength=n) + np.bincount(later, minlength=n) > 0
        both = links + links.T
        held = sparse.diags_array(both.sum(axis=1) + self.calm)
        places = np.zeros(n)
        if seen.any():
            found, _ = cg(held - both, pull, rtol=_CLOSE, maxiter=_ITERATIONS)
            spread = max(float(found[seen].std()), _CLOSE)
            places[seen] = (found[seen] - found[seen].mean()) / spread
        self.places = places.astype(np.float32)
        return self

    def score(self, history: History, rows: Rows, out: Scores) -> None:
        """Fill each item's place, and how far past the visitor's latest it lies."""
        _steps(self._known(), history.rows, rows, out)

    def retrieve(self, history: History, count: int, among: Among | None = None) -> Rows:  # noqa: ARG002
        """Return nothing: that an item is late makes nobody want it."""
        self._known()
        return np.empty(0, np.int32)

    def arrays(self) -> Arrays:
        """Return the items' places."""
        return {"places": self._known()}

    @classmethod
    def from_arrays(cls, arrays: Arrays, settings: Mapping[str, float]) -> Self:
        """Rebuild from the places."""
        retriever = cls(**as_declared(cls, settings))
        retriever.places = np.asarray(arrays["places"], np.float32)
        return retriever

    def settings(self) -> dict[str, float]:
        """Return the hyper-parameters by name."""
        return declared(self)

    def _known(self) -> Floats:
        if self.places is None:
            raise NotFitted("hodge_rank has learned nothing yet: call fit first.")
        return self.places


def _pairs(visits: Visits, window: int) -> tuple[Rows, Rows, NDArray[np.float64]]:
    """Return pairs of visits of one visitor that count: earlier, later, how many visits apart."""
    owner = np.repeat(np.arange(len(visits.starts) - 1), np.diff(visits.starts))
    counts = visits.weights > 0
    owner, items = owner[counts], visits.items[counts]
    apart = range(1, window + 1)
    same = [owner[:-between] == owner[between:] for between in apart]
    return (
        np.concatenate([items[:-between][kept] for between, kept in zip(apart, same, strict=True)]),
        np.concatenate([items[between:][kept] for between, kept in zip(apart, same, strict=True)]),
        np.repeat(np.arange(1.0, window + 1), [int(kept.sum()) for kept in same]),
    )


@kernel
def _steps(places: Floats, visited: Rows, rows: Rows, out: Scores) -> None:
    latest = -1
    for row in visited:
        if row >= 0:
            latest = row
            break
    for i in range(len(rows)):
        known = latest >= 0 and rows[i] >= 0
        out[i, 0] = places[rows[i]] if known else np.float32(0)
        out[i, 1] = places[rows[i]] - places[latest] if known else np.float32(0)
