"""What a visitor is known by on the asking seller's own card."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from data.catalogue import CATEGORY, FACETS
from data.kernels import kernel
from data.schemas import Query
from data.standing import Slots, one_of, standing
from models.candidates import Candidates
from models.context import context_keys

Keys = NDArray[np.uint64]


class Known(NamedTuple):
    """Hold what she is known by on this very card, as keys; those in arrays uint64[n] rise.

    `touched`: products she acted on here and has not turned down; `near`: these and what she is
    looking at; `facets`: what those she touched are on it; `prices` float32[n]: what those cost, as
    `paid` has it of the whole shelf. Acts on other cards move her picks, but nothing is ever said
    of them.
    """

    touched: Keys
    near: Keys
    facets: Keys
    prices: NDArray[np.float32]
    paid: NDArray[np.float32]


def known_here(query: Query, candidates: Candidates) -> Known:
    """Gather what a visitor did on the asking seller's card and is looking at there."""
    listings, guest, context = candidates.listings, candidates.guest, context_keys(query)
    touches, paid = guest.profile.touches, listings.prices(query.at)
    keys = np.empty((2, len(touches) + len(context)), np.uint64)
    facets = np.empty(len(touches) * FACETS, np.uint64)
    prices = np.empty(len(touches), np.float32)
    touched, near, told, priced = _here(
        touches, np.uint64(listings.seller_key), guest.off, context, listings.item_keys,
        listings.slots, listings.facets, paid, keys[0], keys[1], facets, prices,
    )  # fmt: skip
    return Known(keys[0, :touched], keys[1, :near], facets[:told], prices[:priced], paid)


@kernel
def _here(
    touches: NDArray[np.void],
    seller: np.uint64,
    off: Keys,
    context: Keys,
    keys: Keys,
    slots: Slots,
    shelf: Keys,
    paid: NDArray[np.float32],
    touched: Keys,
    near: Keys,
    facets: Keys,
    prices: NDArray[np.float32],
) -> tuple[int, int, int, int]:
    """Fill the columns of `Known` and return how much there is of each."""
    n = 0
    for touch in touches:
        if touch.seller == seller and not one_of(off, touch.item):
            touched[n] = touch.item
            n += 1
    n = _rising(touched, n)
    close, told, priced = n, 0, 0
    near[:n] = touched[:n]
    for key in context:
        if standing(slots, keys, key) >= 0:
            near[close] = key
            close += 1
    for key in touched[:n]:
        place = standing(slots, keys, key)
        if place >= 0:
            prices[priced] = paid[place]
            priced += 1
            for facet in shelf[place, CATEGORY:]:
                facets[told] = facet
                told += 1
    return n, _rising(near, close), _rising(facets, told), priced


@kernel
def _rising(keys: Keys, count: int) -> int:
    """Put each of the first keys once, zeros aside, in rising order; return how many are left."""
    ordered = np.sort(keys[:count])
    n = 0
    for key in ordered:
        if key != 0 and (n == 0 or keys[n - 1] != key):
            keys[n] = key
            n += 1
    return n
