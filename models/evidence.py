"""What may be said of a pick: words are held against the facts of the asking seller's own card."""

from __future__ import annotations

from functools import cache
from typing import Final

import numpy as np
from numpy.typing import NDArray

from data.catalogue import BRAND, CATEGORY, FIRST_TAG
from data.features import FEATURES
from data.kernels import kernel
from data.schemas import DAY_MS
from models.base import Scores
from models.candidates import Candidates
from models.known import Keys, Known

NEW_DAYS: Final = 14.0
WELL_RATED: Final = 4.4
REVIEWED: Final = 5
LEAST_ACTS: Final = 2.5
"""Fewer acts, faded by now, make nothing popular: a visitor's own look does not."""
RISES: Final = 1.25
"""What trends has so many times as many acts a day this week as these weeks."""
RANGE: Final = 2**0.5
"""Prices of one range are at most so many times apart: as far as a band is wide."""

_BUILT: Final = len(FEATURES)
_SHARE: Final = FEATURES.index("listing_share")
_HERE: Final = FEATURES.index("listing_acts_30d")
_WEEK: Final = FEATURES.index("item_acts_7d")
_MONTH: Final = FEATURES.index("item_acts_30d")
_AGE: Final = FEATURES.index("item_age_days")
_FRIEND: Final = FEATURES.index("sharer_acts")
_CONTEXT: Final = FEATURES.index("context_category")
_LISTED: Final = FEATURES.index("listed_days")
_NEW: Final = float(np.log1p(NEW_DAYS))

CODES: Final = (
    "similar_to_viewed",
    "bought_next",
    "category_affinity",
    "brand_affinity",
    "tag_affinity",
    "price_match",
    "repeat",
    "popular_here",
    "trending",
    "well_reviewed",
    "shared_by_friend",
    "similar_to_context",
    "new_arrival",
    "sellers_choice",
)
"""Every reason there are words for, as the columns of what `_fill` fills."""

_PLACE: Final = {code: place for place, code in enumerate(CODES)}
_REASONS: Final = len(CODES)
_PLAIN: Final = ("on_shelf", "sellers_choice", "popular_here")


@cache
def columns_of(codes: tuple[str, ...]) -> NDArray[np.intp]:
    """Return where reasons stand among `CODES`: intp[codes], kept and not to be written."""
    found = np.array([_PLACE[code] for code in codes], np.intp)
    found.flags.writeable = False
    return found


def sayable(
    columns: NDArray[np.intp], known: Known, candidates: Candidates, order: NDArray[np.int32]
) -> NDArray[np.bool_]:
    """Say which reasons' words are true of which picks, whatever the score says.

    `columns` are the reasons asked about, as `columns_of` numbers them; `order` int32[k] are rows
    of the candidates; returns bool[k, columns].
    """
    listings = candidates.listings
    true = np.empty((len(order), len(columns)), dtype=np.bool_)
    _fill(
        candidates.matrix, order, candidates.positions, columns, listings.facets,
        listings.item_keys, listings.rating, listings.reviews, known.paid, listings.pinned,
        listings.position, listings.front(), listings.added_at, known.touched,
        len(known.near) > 0, known.facets, known.prices, true,
    )  # fmt: skip
    return true


@kernel
def _fill(
    matrix: Scores,
    order: NDArray[np.int32],
    positions: NDArray[np.int32],
    columns: NDArray[np.intp],
    facets: NDArray[np.uint64],
    keys: Keys,
    rating: NDArray[np.floating],
    reviews: NDArray[np.floating],
    paid: NDArray[np.floating],
    pinned: NDArray[np.bool_],
    position: NDArray[np.floating],
    front: float,
    added_at: NDArray[np.int64],
    touched: Keys,
    near: bool,
    known: Keys,
    prices: NDArray[np.floating],
    true: NDArray[np.bool_],
) -> None:
    said, opened = np.empty(_REASONS, np.bool_), added_at.min()
    for i in range(len(order)):
        row, at = matrix[order[i]], positions[order[i]]
        facet, cost = facets[at], paid[at]
        said[0] = near
        said[1] = near and not (len(row) > _BUILT and row[-1] > 0)  # `NEW_TO_MODEL` stands last
        said[2] = _among(known, facet[CATEGORY])
        said[3] = _among(known, facet[BRAND])
        said[4] = False
        for tag in facet[FIRST_TAG:]:
            said[4] |= _among(known, tag)
        said[5] = False
        for price in prices:
            said[5] |= price > 0 and price <= cost * RANGE and cost <= price * RANGE
        said[6] = _among(touched, keys[at])
        said[7] = _popular(row)
        said[8] = _trends(row)
        said[9] = rating[at] >= WELL_RATED and reviews[at] >= REVIEWED
        said[10] = row[_FRIEND] > 0
        said[11] = row[_CONTEXT] > 0
        came = added_at[at] > opened + DAY_MS  # and not with the shop
        said[12] = 0 <= row[_LISTED] < _NEW and came
        said[13] = pinned[at] or position[at] < front
        for column in range(len(columns)):
            true[i, column] = said[columns[column]]


@kernel
def _popular(row: Scores) -> bool:
    return bool(row[_SHARE] > 0 and np.expm1(row[_HERE]) >= LEAST_ACTS)


@kernel
def _trends(row: Scores) -> bool:
    """Say whether acts come faster than they did, by two half-lives as far as there is a past."""
    week, month = np.expm1(row[_WEEK]), np.expm1(row[_MONTH])
    age = max(np.expm1(row[_AGE]), 0.04)  # an hour
    short, long = 7.0 * (1.0 - 2.0 ** (-age / 7.0)), 30.0 * (1.0 - 2.0 ** (-age / 30.0))
    return bool(week >= LEAST_ACTS and week / short >= RISES * month / long)


@kernel
def _among(rising: Keys, key: np.uint64) -> bool:
    place = np.searchsorted(rising, key)
    return bool(place < len(rising) and rising[place] == key)


def plain(candidates: Candidates, order: NDArray[np.int32]) -> list[str]:
    """Return what is true of picks whose score nothing moved much.

    That this card's visitors act on them more than on the usual product, else that the seller
    pinned them or put them among her first, else that they are there.
    """
    listings = candidates.listings
    ranks = np.empty(len(order), np.int64)
    _plain(
        candidates.matrix, order, candidates.positions, listings.pinned, listings.position,
        listings.front(), ranks,
    )  # fmt: skip
    return [_PLAIN[rank] for rank in ranks.tolist()]


@kernel
def _plain(
    matrix: Scores,
    order: NDArray[np.int32],
    positions: NDArray[np.int32],
    pinned: NDArray[np.bool_],
    position: NDArray[np.floating],
    front: float,
    ranks: NDArray[np.int64],
) -> None:
    """Fill which of `_PLAIN` is said of each pick."""
    for i in range(len(order)):
        at = positions[order[i]]
        first = pinned[at] or position[at] < front
        ranks[i] = 2 if _popular(matrix[order[i]]) else int(first)
