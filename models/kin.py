"""Kin: known items of like content, which lend their scores to an item nobody has touched."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from models.base import Rows, Scores
from models.sheet import highest

LENDERS: Final = 4_096
"""How many items may lend, those with the most acts: each new item takes a look at all of them."""
KIN: Final = 10
"""How many items lend, those most alike first; -1 fills up."""
NOBODY: Final = np.full(KIN, -1, dtype=np.int32)


class Kin:
    """Find the touched items whose content is most like an item's.

    What has no acts has no links, no factors and no neighbours: to every retriever that learns from
    acts it is nothing at all. The mean of what they say of its kin is a guess to start from.
    """

    def __init__(self, vectors: Scores, acts: NDArray[np.int64]) -> None:
        """Take unit vectors float32[items, d] and how many acts each item has, int64[items]."""
        self._touched = acts > 0
        self._lenders = np.argsort(-acts, kind="stable")[:LENDERS].astype(np.int32)
        self._lenders = self._lenders[self._touched[self._lenders]]
        self._vectors = np.ascontiguousarray(vectors[self._lenders])

    def needed(self, rows: Rows) -> NDArray[np.bool_]:
        """Say which rows are of items without acts; -1, an item not known at all, is."""
        alone = rows < 0
        if len(self._touched):
            alone |= ~self._touched[rows]
        return alone

    def of(self, vector: Scores) -> Rows:
        """Return the rows int32[KIN] of the kin of a vector float32[d], the most alike first."""
        if not len(self._lenders) or not vector.any():
            return NOBODY
        alike = self._vectors @ vector
        near = highest(alike, KIN)
        near = near[alike[near] > 0]
        found = NOBODY.copy()
        found[: len(near)] = self._lenders[near]
        return found
