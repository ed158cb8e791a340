"""What may be said of a pick: words are held against the facts of the asking seller's own card."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Final

import numpy as np
from numpy.typing import NDArray

from data.catalogue import BRAND, CATEGORY, FIRST_TAG
from data.features import FEATURES
from data.kernels import kernel
from data.profiles import Profile
from data.schemas import DAY_MS, Query
from models.base import Scores
from models.candidates import Candidates
from models.context import context_keys
from models.history import turned_down

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

Keys = NDArray[np.uint64]


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


@dataclass(frozen=True, slots=True)
class Known:
    """Hold what she is known by on this very card, as keys; those in arrays uint64[n] rise.

    `touched`: products she acted on here and has not turned down; `near`: these and what she is
    looking at; `facets`: what those she touched are on it; `prices` float32[n]: what those cost, as
    `paid` has it of the whole shelf. Acts on other cards move her picks, but nothing is ever said
    of them.
    """

    touched: Keys
    near: frozenset[int]
    facets: Keys
    prices: NDArray[np.float32]
    paid: NDArray[np.float32]


def known_here(query: Query, profile: Profile, candidates: Candidates) -> Known:
    """Gather what a visitor did on the asking seller's card and is looking at there."""
    listings, touches = candidates.listings, profile.touches
    own = touches["item"][touches["seller"] == np.uint64(listings.seller_key)]
    off = turned_down(profile)
    own = own[~np.isin(own, off)] if len(off) else own
    touched = set(own.tolist())
    near = touched | {key for key in context_keys(query).tolist() if key in listings.by_key}
    places = [listings.by_key[key] for key in touched if key in listings.by_key]
    facets, paid = listings.facets[places, CATEGORY:], listings.prices(query.at)
    return Known(_rising(own), frozenset(near), _rising(facets.reshape(-1)), paid[places], paid)


@kernel
def _rising(keys: Keys) -> Keys:
    """Return each key once, zeros aside, in rising order."""
    ordered = np.sort(keys)
    n = 0
    for key in ordered:
        if key != 0 and (n == 0 or ordered[n - 1] != key):
            ordered[n] = key
            n += 1
    return ordered[:n]


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
    listings, places = candidates.listings, candidates.positions[order]
    true = np.empty((len(order), len(CODES)), dtype=np.bool_)
    _fill(
        candidates.matrix, order, listings.facets[places], listings.item_keys[places],
        listings.rating[places], listings.reviews[places], known.paid[places],
        listings.pinned[places], listings.position[places], listings.front(),
        listings.added_at[places], listings.added_at.min() + DAY_MS, known.touched,
        bool(known.near), known.facets, known.prices, true,
    )  # fmt: skip
    return true[:, columns]


@kernel
def _fill(
    matrix: Scores,
    order: NDArray[np.int32],
    facets: NDArray[np.uint64],
    keys: Keys,
    rating: NDArray[np.floating],
    reviews: NDArray[np.floating],
    paid: NDArray[np.floating],
    pinned: NDArray[np.bool_],
    position: NDArray[np.floating],
    front: float,
    added_at: NDArray[np.int64],
    later: int,
    touched: Keys,
    near: bool,
    known: Keys,
    prices: NDArray[np.floating],
    true: NDArray[np.bool_],
) -> None:
    for i in range(len(order)):
        row, facet, said = matrix[order[i]], facets[i], true[i]
        said[0] = near
        said[1] = near and not (len(row) > _BUILT and row[-1] > 0)  # `NEW_TO_MODEL` stands last
        said[2] = _among(known, facet[CATEGORY])
        said[3] = _among(known, facet[BRAND])
        said[4] = False
        for tag in facet[FIRST_TAG:]:
            said[4] |= _among(known, tag)
        said[5] = False
        for price in prices:
            said[5] |= price > 0 and price <= paid[i] * RANGE and paid[i] <= price * RANGE
        said[6] = _among(touched, keys[i])
        said[7] = _popular(row)
        said[8] = _trends(row)
        said[9] = rating[i] >= WELL_RATED and reviews[i] >= REVIEWED
        said[10] = row[_FRIEND] > 0
        said[11] = row[_CONTEXT] > 0
        said[12] = 0 <= row[_LISTED] < _NEW and added_at[i] > later  # not what came with the shop
        said[13] = pinned[i] or position[i] < front


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


def popular(candidates: Candidates, place: int) -> bool:
    """Say whether this card's visitors act on a candidate more than on the usual one."""
    return bool(_popular(candidates.matrix[place]))


def set_first(candidates: Candidates, place: int) -> bool:
    """Say whether the seller pinned a candidate or put it among her first."""
    listings, position = candidates.listings, candidates.positions[place]
    return bool(listings.pinned[position] or listings.position[position] < listings.front())
