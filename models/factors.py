"""Factors: vectors of items by whose dot product with a folded-in history they are scored.

Items' numbers are kept in a byte each, times a scale of the row: a quarter of the memory traffic,
and products of whole numbers add up the same in any order, so that they are added many at a time.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import ClassVar, Final, Self

import numpy as np
from numpy.typing import NDArray

from data.kernels import kernel
from models.base import Among, Arrays, History, NotFitted, Retriever, Rows, Scores
from models.links import SignalSettings, as_declared, declared
from models.sheet import highest

Factors = NDArray[np.float32]
Bytes = NDArray[np.int8]

_STEPS: Final = 127
"""Of an item's number, to either side of zero."""
_FINE: Final = 16_383
"""Of a visitor's number: so many that `WIDEST` of their products with a byte fit into 32 bits."""
WIDEST: Final = 1_000


@dataclass(eq=False)
class FactorRetriever(SignalSettings, Retriever):
    """Score items by the dot product of their factors [items, d] with a history's."""

    lends: ClassVar[bool] = True
    vectors: Bytes | None = field(default=None, init=False)
    scales: Factors | None = field(default=None, init=False)

    @abstractmethod
    def fold(self, history: History) -> Factors:
        """Return the factors float32[d] of a history; zeros for an unknown one."""

    def _take(self, vectors: Factors) -> None:
        """Take what was learned, float32[items, d]."""
        self._hold(*in_bytes(vectors))

    def _hold(self, vectors: Bytes, scales: Factors) -> None:
        self.vectors, self.scales = vectors, scales

    def score(self, history: History, rows: Rows, out: Scores) -> None:
        """Fill the dot product."""
        dots(*self._fitted(), rows, self.fold(history), out[:, 0])

    def retrieve(self, history: History, count: int, among: Among | None = None) -> Rows:
        """Return the rows with the highest dot products; none for an unknown history."""
        vectors, scales = self._fitted()
        visitor = self.fold(history)
        if not visitor.any():
            return np.zeros(0, np.int32)
        rows = np.arange(len(vectors), dtype=np.int32) if among is None else among.rows
        found = np.empty(len(rows), np.float32)
        dots(vectors, scales, rows, visitor, found)
        return rows[highest(found, count)]

    def arrays(self) -> Arrays:
        """Return the item factors."""
        vectors, scales = self._fitted()
        return {"vectors": vectors, "scales": scales}

    @classmethod
    def from_arrays(cls, arrays: Arrays, settings: Mapping[str, float]) -> Self:
        """Rebuild from item factors; models of before kept them in float32."""
        retriever = cls(**as_declared(cls, settings))
        if "scales" in arrays:
            retriever._hold(
                np.asarray(arrays["vectors"], np.int8), np.asarray(arrays["scales"], np.float32)
            )
        else:
            retriever._take(np.asarray(arrays["vectors"], np.float32))
        return retriever

    def settings(self) -> dict[str, float]:
        """Return the hyper-parameters by name."""
        return declared(self)

    def _fitted(self) -> tuple[Bytes, Factors]:
        if self.vectors is None or self.scales is None:
            raise NotFitted(f"{self.name} has no factors yet: call fit first.")
        return self.vectors, self.scales


def in_bytes(vectors: Factors) -> tuple[Bytes, Factors]:
    """Return vectors [n, d] as whole numbers of one byte, and what one is worth in each row.

    Raises ValueError for more numbers a row than `dots` can add up.
    """
    if vectors.shape[1] > WIDEST:
        raise ValueError(f"{vectors.shape[1]} factors, more than {WIDEST}")
    scales = (np.abs(vectors).max(axis=1, initial=0.0) / _STEPS).astype(np.float32)
    worth = np.where(scales > 0, scales, np.float32(1))
    return np.rint(vectors / worth[:, None]).astype(np.int8), scales


@kernel
def dots(vectors: Bytes, scales: Factors, rows: Rows, visitor: Factors, out: Factors) -> None:
    """Fill `out` float32[n] with the dot products of `rows` with a visitor; row -1 gets zero."""
    top = np.float32(0)
    for d in range(len(visitor)):
        top = max(top, abs(visitor[d]))
    worth = top / np.float32(_FINE)
    whole = np.zeros(len(visitor), np.int16)
    if top > 0:
        for d in range(len(visitor)):
            whole[d] = np.int16(np.rint(visitor[d] / worth))
    for i in range(len(rows)):
        out[i] = np.float32(0)
        if rows[i] >= 0:
            vector = vectors[rows[i]]
            total = np.int32(0)
            for d in range(len(whole)):
                total = np.int32(total + np.int32(np.int32(vector[d]) * np.int32(whole[d])))
            out[i] = np.float32(total) * worth * scales[rows[i]]
