"""Interactions as columns: what retrievers are fitted on, sorted by visitor and time."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from data.kernels import kernel
from data.schemas import CODES, Kind

DWELL: Final = CODES[Kind.DWELL]


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

    def starts(self) -> NDArray[np.int64]:
        """Return where each visitor's interactions begin: int64[n_visitors + 1]."""
        return np.searchsorted(self.visitor, np.arange(self.n_visitors + 1)).astype(np.int64)

    def visits(self, strengths: NDArray[np.float32], dwell_gain: float = 0.0) -> Visits:
        """Fold runs of interactions into visits.

        `strengths` float32[kinds]: how much an interaction of each kind (by code) counts; kinds of
        no positive strength are left out. A visit's weight is its strongest interaction's strength
        x exp(`dwell_gain` x its longest dwell's value).
        """
        counted = strengths[self.kind] > 0
        counted |= self.kind == DWELL if dwell_gain > 0 else False
        kept = self.where(counted)
        first = _beginnings(kept.visitor, kept.item, kept.kind)
        at = np.flatnonzero(first)
        dwells = np.where(kept.kind == DWELL, kept.value, np.float32(-np.inf)).astype(np.float32)
        weights = np.zeros(len(at), np.float32)
        if len(at):
            weights = np.maximum.reduceat(strengths[kept.kind], at)
            longest = np.maximum.reduceat(dwells, at)
            gains = np.exp(np.float32(dwell_gain) * np.clip(longest, -3, 3))
            weights = np.where(np.isfinite(longest), weights * gains, weights).astype(np.float32)
        visitors = kept.visitor[at]
        starts = np.searchsorted(visitors, np.arange(self.n_visitors + 1)).astype(np.int64)
        return Visits(starts, kept.item[at], weights, kept.at[at], self.n_items)


@dataclass(frozen=True, slots=True)
class Visits:
    """Hold visits by visitor, oldest first: what link models count pairs of.

    `starts` int64[visitors + 1]; `items` int32[v]; `weights` float32[v]; `at` int64[v], epoch ms.
    """

    starts: NDArray[np.int64]
    items: NDArray[np.int32]
    weights: NDArray[np.float32]
    at: NDArray[np.int64]
    n_items: int

    def counts(self) -> NDArray[np.int64]:
        """Count the visits of each item: int64[n_items]."""
        return np.bincount(self.items, minlength=self.n_items).astype(np.int64)

    def repeats(self) -> float:
        """Return the share of visits to an item the same visitor had visited before."""
        visitors = np.repeat(np.arange(len(self.starts) - 1), np.diff(self.starts))
        pairs = visitors.astype(np.int64) * max(self.n_items, 1) + self.items
        return 1.0 - len(np.unique(pairs)) / len(pairs) if len(pairs) else 0.0


@kernel
def _beginnings(
    visitor: NDArray[np.int32], item: NDArray[np.int32], kind: NDArray[np.uint8]
) -> NDArray[np.bool_]:
    """Mark the interactions that begin a visit.

    A visit begins with another visitor, another item, or a kind this visit already has: a second
    view is a second visit, a cart after a view is not. Dwell reports repeat within a visit.
    """
    first = np.zeros(len(item), np.bool_)
    seen = np.uint64(0)
    for i in range(len(item)):
        bit = np.uint64(1) << np.uint64(kind[i])
        same = i > 0 and visitor[i] == visitor[i - 1] and item[i] == item[i - 1]
        if not same or (seen & bit and kind[i] != DWELL):
            first[i] = True
            seen = np.uint64(0)
        seen |= bit
    return first
