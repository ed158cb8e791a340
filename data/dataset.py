"""Interactions as columns: what retrievers are fitted on, sorted by visitor and time."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class Interactions:
    """Hold interactions in arrays sorted by (visitor, at, log order).

    `visitor` int32[m] dense, rising; `item` int32[m]: row in `item_keys`; `at` int64[m]: epoch ms,
    0 where the source has no times; `kind` uint8[m]: `schemas.CODES`; `value` float32[m]: the
    event's normalised value (dwell: log-ratio to what is usual for the item; else 1);
    `seller` int32[m]: dense; `seq` int64[m]: log order. `item_keys` uint64[I], unsorted, in order
    of first appearance in the catalogue; every item known by the cut has a row, also those
    nobody has touched.
    """

    visitor: NDArray[np.int32]
    item: NDArray[np.int32]
    at: NDArray[np.int64]
    kind: NDArray[np.uint8]
    value: NDArray[np.float32]
    seller: NDArray[np.int32]
    seq: NDArray[np.int64]
    item_keys: NDArray[np.uint64]
    n_visitors: int
    n_sellers: int

    @property
    def n_items(self) -> int:
        """Count the items, touched or not."""
        return len(self.item_keys)

    def before(self, at: int) -> Interactions:
        """Keep what happened strictly before a moment (epoch ms); rows and keys stay."""
        return self.where(self.at < at)

    def where(self, keep: NDArray[np.bool_]) -> Interactions:
        """Keep the interactions a mask selects; item rows, keys and counts stay as they are."""
        return Interactions(
            visitor=self.visitor[keep],
            item=self.item[keep],
            at=self.at[keep],
            kind=self.kind[keep],
            value=self.value[keep],
            seller=self.seller[keep],
            seq=self.seq[keep],
            item_keys=self.item_keys,
            n_visitors=self.n_visitors,
            n_sellers=self.n_sellers,
        )
