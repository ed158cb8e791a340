"""Popularity: what everyone visits, over all time and lately."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import ClassVar, Self

import numpy as np
from numpy.typing import NDArray

from data.dataset import Interactions
from data.schemas import DAY_MS
from models.base import Among, Arrays, History, ItemFacts, NotFitted, Retriever, Rows, Scores
from models.links import SignalSettings, as_declared, declared
from models.sheet import highest, read_sheet
from models.spans import Span, Spans


@dataclass(eq=False)
class Popularity(SignalSettings, Retriever):
    """Score items by their visits, the same for every history.

    Columns: log(1 + weights of all visits); log(1 + weights halved every `half_life` days before
    the newest interaction). Without times both are equal.
    """

    name: ClassVar[str] = "popularity"
    lends: ClassVar[bool] = True
    columns: ClassVar[tuple[str, ...]] = ("popularity_total", "popularity_recent")
    spans: ClassVar[Spans] = {
        "half_life": Span(2.0, 180.0, log=True),
    }
    half_life: float = 30.0
    counts: NDArray[np.float32] | None = field(default=None, init=False)
    _order: NDArray[np.int32] = field(
        default_factory=lambda: np.zeros(0, np.int32), init=False, repr=False
    )

    def fit(self, interactions: Interactions, facts: ItemFacts) -> Self:  # noqa: ARG002
        """Count visits."""
        visits = self.visits(interactions)
        newest = visits.at.max(initial=0)
        fading = 2.0 ** (-(newest - visits.at) / (DAY_MS * self.half_life))
        total = np.bincount(visits.items, visits.weights, visits.n_items)
        recent = np.bincount(visits.items, visits.weights * fading, visits.n_items)
        self._take(np.log1p(np.stack([total, recent], axis=1)).astype(np.float32))
        return self

    def _take(self, counts: NDArray[np.float32]) -> None:
        self.counts = counts
        self._order = np.argsort(-counts[:, 1], kind="stable").astype(np.int32)

    def score(self, history: History, rows: Rows, out: Scores) -> None:  # noqa: ARG002
        """Fill both counts."""
        read_sheet(self._fitted(), rows, out)

    def retrieve(self, history: History, count: int, among: Among | None = None) -> Rows:  # noqa: ARG002
        """Return what was visited most lately."""
        counts = self._fitted()
        if among is None:
            return self._order[:count]
        return among.rows[highest(counts[among.rows, 1], count)]

    def arrays(self) -> Arrays:
        """Return the counts."""
        return {"counts": self._fitted()}

    @classmethod
    def from_arrays(cls, arrays: Arrays, settings: Mapping[str, float]) -> Self:
        """Rebuild from counts."""
        retriever = cls(**as_declared(cls, settings))
        retriever._take(np.asarray(arrays["counts"], np.float32))
        return retriever

    def settings(self) -> dict[str, float]:
        """Return the hyper-parameters by name."""
        return declared(self)

    def _fitted(self) -> NDArray[np.float32]:
        if self.counts is None:
            raise NotFitted("popularity has counted nothing yet: call fit first.")
        return self.counts
