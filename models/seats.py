"""Seats: which positions of a shelf are candidates whatever retrievers say of them."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from data.catalogue import Listings
from data.kernels import kernel

SEATS: Final = 5
"""One candidate in so many may be kept for each of what she visited last, what is dear to her,
what is pinned, what is raised and what is new."""


def hers(
    visited: NDArray[np.uint64],
    dear: NDArray[np.uint64],
    listings: Listings,
    offered: NDArray[np.bool_],
    most: int,
) -> NDArray[np.int32]:
    """Return where on the shelf stands what she visited, then what is dear to her beside it.

    Up to `most` of each, in the order of the item keys; other facets' keys stand for nothing.
    """
    found: dict[int, None] = {}
    for keys in (visited, dear):
        places = (listings.by_key.get(key, -1) for key in dict.fromkeys(keys.tolist()))
        fresh = [place for place in places if place >= 0 and offered[place] and place not in found]
        found.update(dict.fromkeys(fresh[:most]))
    return np.array([*found], np.int32)


@kernel
def seated(
    own: NDArray[np.int32],
    offered: NDArray[np.bool_],
    rows: NDArray[np.int32],
    added_at: NDArray[np.int64],
    pinned: NDArray[np.bool_],
    position: NDArray[np.float64],
    most: int,
) -> NDArray[np.int32]:
    """Return what is kept whatever is said of it: her `own`, what the seller pinned, new products.

    `most` of both others, the pinned in the seller's order, the latest of those new to the model.
    """
    new = np.flatnonzero(offered & (rows < 0)).astype(np.int32)
    latest = new[np.argsort(-added_at[new], kind="mergesort")][:most]
    set_first = np.flatnonzero(offered & pinned).astype(np.int32)
    leading = set_first[np.argsort(position[set_first], kind="mergesort")][:most]
    return np.concatenate((own, leading, latest))


def raised(
    factors: NDArray[np.float32], counts: NDArray[np.float64], most: int
) -> NDArray[np.int32]:
    """Return up to `most` of what is raised: by the highest factor, then what is popular here."""
    rows = np.flatnonzero(factors > 1)
    order = np.lexsort((-counts[rows], -factors[rows]))[:most]
    return rows[order].astype(np.int32)
