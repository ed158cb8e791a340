"""Factors: vectors of items by whose dot product with a folded-in history they are scored."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import ClassVar, Final, Self

import numpy as np
from numpy.typing import NDArray

from data.kernels import kernel
from models.base import Arrays, History, NotFitted, Retriever, Rows, Scores
from models.links import SignalSettings, as_declared, declared
from models.sheet import highest

Factors = NDArray[np.float32]
_LANES: Final = 16


@dataclass(eq=False)
class FactorRetriever(SignalSettings, Retriever):
    """Score items by the dot product of their factors float32[items, d] with a history's."""

    lends: ClassVar[bool] = True
    vectors: Factors | None = field(default=None, init=False)

    @abstractmethod
    def fold(self, history: History) -> Factors:
        """Return the factors float32[d] of a history; zeros for an unknown one."""

    def _take(self, vectors: Factors) -> None:
        self.vectors = vectors

    def score(self, history: History, rows: Rows, out: Scores) -> None:
        """Fill the dot product."""
        _dots(self._fitted(), rows, self.fold(history), out[:, 0])

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
            raise NotFitted(f"{self.name} has no factors yet: call fit first.")
        return self.vectors


@kernel
def _dots(vectors: Factors, rows: Rows, visitor: Factors, out: NDArray[np.float32]) -> None:
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
