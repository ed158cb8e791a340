"""What may be said of a pick: words are held against the facts of the asking seller's own card."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from data.catalogue import BAND, BRAND, CATEGORY, FIRST_TAG, Listings
from data.features import FEATURES
from data.profiles import Profile
from data.schemas import Query
from data.state import State
from models.base import Scores
from models.candidates import Candidates
from models.context import context_keys

NEW_DAYS: Final = 14.0
WELL_RATED: Final = 4.4
REVIEWED: Final = 5
FRONT: Final = 10
"""The seller's own first products: being among them is her choice."""

_COLUMN: Final = {name: place for place, name in enumerate(FEATURES)}


@dataclass(frozen=True, slots=True)
class Known:
    """Hold what she is known by on this very card, as keys.

    `touched`: products she acted on here; `near`: these and what she is looking at; `facets`:
    what these are. Acts on other cards move her picks, but nothing is ever said of them.
    """

    touched: frozenset[int]
    near: frozenset[int]
    facets: frozenset[int]


def known_here(query: Query, profile: Profile, candidates: Candidates, state: State) -> Known:
    """Gather what a visitor did on the asking seller's card and is looking at there."""
    listings, touches = candidates.listings, profile.touches
    mine = touches["item"][touches["seller"] == np.uint64(listings.seller_key)]
    touched = frozenset(mine.tolist())
    near = touched | {key for key in context_keys(query).tolist() if key in listings.by_key}
    entries = [entry for key in near if (entry := state.catalogue.by_key.get(key)) is not None]
    facets = frozenset(key for entry in entries for key in entry.facets[CATEGORY:].tolist() if key)
    return Known(touched, near, facets)


@dataclass(frozen=True, slots=True)
class _Picks:
    """Hold some candidates: their rows on the shelf, of the matrix and of the facets."""

    listings: Listings
    places: NDArray[np.int32]
    matrix: Scores
    facets: NDArray[np.uint64]

    def column(self, name: str) -> Scores:
        values: Scores = self.matrix[:, _COLUMN[name]]
        return values


def sayable(
    codes: Sequence[str], known: Known, candidates: Candidates, order: NDArray[np.int32]
) -> NDArray[np.bool_]:
    """Say which reasons' words are true of which picks, whatever the score says.

    `order` int32[k] are rows of the candidates; returns bool[k, codes].
    """
    listings, places = candidates.listings, candidates.positions[order]
    picks = _Picks(listings, places, candidates.matrix[order], listings.facets[places])
    true = np.empty((len(order), len(codes)), dtype=np.bool_)
    for column, code in enumerate(codes):
        true[:, column] = _TRUE[code](known, picks)
    return true


def _shares(facet: int) -> _Test:
    return lambda known, picks: [key in known.facets for key in picks.facets[:, facet].tolist()]


def _more(name: str) -> _Test:
    return lambda _, picks: picks.column(name) > 0.0


def _trending(_: Known, picks: _Picks) -> NDArray[np.bool_]:
    return (picks.column("item_trend") > 0.0) & (picks.column("item_acts_7d") > 0.0)


def _tags(known: Known, picks: _Picks) -> list[bool]:
    return [not known.facets.isdisjoint(tags) for tags in picks.facets[:, FIRST_TAG:].tolist()]


def _touched(known: Known, picks: _Picks) -> list[bool]:
    return [key in known.touched for key in picks.listings.item_keys[picks.places].tolist()]


def _new(_: Known, picks: _Picks) -> NDArray[np.bool_]:
    days = picks.column("listed_days")
    true: NDArray[np.bool_] = (days >= 0.0) & (days < np.log1p(NEW_DAYS))
    return true


def _well_reviewed(_: Known, picks: _Picks) -> NDArray[np.bool_]:
    rating, reviews = picks.listings.rating[picks.places], picks.listings.reviews[picks.places]
    true: NDArray[np.bool_] = (rating >= WELL_RATED) & (reviews >= REVIEWED)
    return true


def _chosen(_: Known, picks: _Picks) -> NDArray[np.bool_]:
    place, pinned = picks.listings.position[picks.places], picks.listings.pinned[picks.places]
    return pinned | ((place >= 0) & (place < FRONT))


def _near(known: Known, _: _Picks) -> bool:
    return bool(known.near)


_Test = Callable[[Known, _Picks], NDArray[np.bool_] | list[bool] | bool]
_TRUE: Final[Mapping[str, _Test]] = {
    "similar_to_viewed": _near,
    "bought_next": _near,
    "category_affinity": _shares(CATEGORY),
    "brand_affinity": _shares(BRAND),
    "tag_affinity": _tags,
    "price_match": _shares(BAND),
    "repeat": _touched,
    "popular_here": _more("listing_share"),
    "trending": _trending,
    "well_reviewed": _well_reviewed,
    "shared_by_friend": _more("sharer_acts"),
    "similar_to_context": _more("context_category"),
    "new_arrival": _new,
    "sellers_choice": _chosen,
}


def popular(candidates: Candidates, place: int) -> bool:
    """Say whether anybody acted on a candidate on this card."""
    return bool(candidates.matrix[place, _COLUMN["listing_acts_total"]] > 0)
