"""How a seller's entries stand to each other: what a likeness means here, before anyone asks.

In a shop of few, distinct entries a likeness of one half is much; among fifty shades of one topic
it is nothing. All of it comes from her own phrasings, each looked at without itself.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Self

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from models.answers.heads import Head

Scores = NDArray[np.float32]

AT_ONCE: Final = 512
"""Phrasings compared with all others at once: bounds the memory of a large shop."""


@dataclass(frozen=True)
class Standing:
    """Hold what is usual for each entry and for the shop.

    `crowd`, `tight`, `typical` float32[entries]: the mean, over an entry's phrasings, of likeness
    to the nearest phrasing of another entry, to the nearest other of its own (the shop's mean where
    it has one phrasing), and of the head's score without the phrasing. `lone` float32[entries] is 1
    for an entry of one phrasing. `crowded` is the shop's mean crowd; `found` the share of its
    phrasings that the head gives to their entry without having seen them.
    """

    crowd: Scores
    tight: Scores
    typical: Scores
    lone: Scores
    crowded: float
    found: float

    @classmethod
    def of(
        cls,
        matrices: Sequence[Scores],
        lexical: sparse.csr_matrix,
        weights: Scores,
        owners: NDArray[np.int32],
        head: Head | None,
    ) -> Self:
        """Compare phrasings float32[rows, width] by channels and by words, weighed as in search."""
        entries = int(owners.max()) + 1 if len(owners) else 0
        counts = np.maximum(np.bincount(owners, minlength=entries), 1)
        others, own = _nearest(matrices, lexical, weights, owners)

        def mean(values: Scores) -> Scores:
            return (np.bincount(owners, values, entries) / counts).astype(np.float32)

        lone = counts < 2
        tight = mean(own)
        tight[lone] = tight[~lone].mean() if (~lone).any() else 0.0
        typical, found = np.zeros(entries, np.float32), 0.0
        if head is not None and head.held_out is not None:
            rows = np.arange(len(owners))
            typical = mean(head.held_out[rows, owners])
            found = float(np.mean(head.held_out.argmax(axis=1) == owners))
        crowd = mean(others) if entries > 1 else np.zeros(entries, np.float32)
        crowded = float(crowd.mean()) if entries else 0.0
        return cls(crowd, tight, typical, lone.astype(np.float32), crowded, found)


def _nearest(
    matrices: Sequence[Scores],
    lexical: sparse.csr_matrix,
    weights: Scores,
    owners: NDArray[np.int32],
) -> tuple[Scores, Scores]:
    """Return float32[rows]: likeness to the nearest of other entries, and of the own entry."""
    rows = len(owners)
    others, own = np.zeros(rows, np.float32), np.zeros(rows, np.float32)
    for start in range(0, rows, AT_ONCE):
        part = slice(start, min(start + AT_ONCE, rows))
        alike = weights[-1] * (lexical[part] @ lexical.T).toarray().astype(np.float32)
        for weight, matrix in zip(weights, matrices, strict=False):
            alike += weight * (matrix[part] @ matrix.T)
        same = owners[part, None] == owners[None, :]
        others[part] = np.where(same, -1.0, alike).max(axis=1)
        alike[np.arange(part.stop - start), np.arange(start, part.stop)] = -1.0
        own[part] = np.where(same, alike, -1.0).max(axis=1)
    return others, own
