"""Seats: which positions of a shelf are candidates whatever retrievers say of them."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from data.catalogue import Listings
from data.kernels import kernel
from data.standing import Slots, one_of, standing
from models.base import Rows
from models.guest import Guest

SEATS: Final = 5
"""One candidate in so many may be kept for each of what she visited last, what is dear to her,
what is pinned, what is raised and what is new."""


def seated(
    visited: NDArray[np.uint64],
    guest: Guest,
    listings: Listings,
    rows: Rows,
    offered: NDArray[np.bool_],
    most: int,
) -> NDArray[np.int32]:
    """Return positions that are kept whatever is said of them, up to `most` of each kind.

    What she `visited` last, then what is dear to her beside it: what she turned to, by how much,
    however many acts ago that was, but for what she turned down. Then what the seller pinned, in
    her order, and the latest of what is new to the model, whose `rows` of the shelf are -1.
    """
    return _seated(
        visited, guest.profile.affinity, guest.off, guest.decay, listings.item_keys,
        listings.slots, offered, rows, listings.added_at, listings.pinned, listings.position, most,
    )  # fmt: skip


@kernel
def _seated(
    visited: NDArray[np.uint64],
    affinity: NDArray[np.void],
    off: NDArray[np.uint64],
    decay: NDArray[np.float64],
    keys: NDArray[np.uint64],
    slots: Slots,
    offered: NDArray[np.bool_],
    rows: Rows,
    added_at: NDArray[np.int64],
    pinned: NDArray[np.bool_],
    position: NDArray[np.float64],
    most: int,
) -> NDArray[np.int32]:
    last = np.empty(most, np.int32)
    n = 0
    for key in visited:
        place = standing(slots, keys, key)
        if n < most and place >= 0 and offered[place] and not one_of(last[:n], place):
            last[n] = place
            n += 1
    last = last[:n]
    dear = _dear(affinity, off, decay, keys, slots, offered, last)[:most]
    new, set_first = np.empty((2, len(rows) + 1), np.int32)
    fresh, put = 0, 0
    for place in range(len(rows)):  # without a branch
        new[fresh], set_first[put] = place, place
        fresh += int(offered[place] and rows[place] < 0)
        put += int(offered[place] and pinned[place])
    new, set_first = new[:fresh], set_first[:put]
    latest = new[np.argsort(-added_at[new], kind="mergesort")][:most]
    leading = set_first[np.argsort(position[set_first], kind="mergesort")][:most]
    return np.concatenate((last, dear, leading, latest))


@kernel
def _dear(
    affinity: NDArray[np.void],
    off: NDArray[np.uint64],
    decay: NDArray[np.float64],
    keys: NDArray[np.uint64],
    slots: Slots,
    offered: NDArray[np.bool_],
    last: NDArray[np.int32],
) -> NDArray[np.int32]:
    """Return what of the shelf is dear to her and none of the `last`, the dearest first."""
    places, worth = np.empty(len(affinity), np.int32), np.empty(len(affinity))
    n = 0
    for i in range(len(affinity)):
        one = affinity[i]
        place = standing(slots, keys, one.key)
        if place < 0 or not offered[place]:  # a facet's key stands for nothing
            continue
        worth[n] = one.browse * decay[0] + one.intent * decay[1] + one.bought * decay[2]
        if worth[n] > 0 and not one_of(last, place) and not one_of(off, one.key):
            places[n] = place
            n += 1
    return places[np.argsort(-worth[:n], kind="mergesort")]


def raised(
    factors: NDArray[np.float32], counts: NDArray[np.float64], most: int
) -> NDArray[np.int32]:
    """Return up to `most` of what is raised: by the highest factor, then what is popular here."""
    rows = np.flatnonzero(factors > 1)
    order = np.lexsort((-counts[rows], -factors[rows]))[:most]
    return rows[order].astype(np.int32)
