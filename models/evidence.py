"""What may be said of a pick: words are held against the facts of the asking seller's own card."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from data.catalogue import BAND, BRAND, CATEGORY, FIRST_TAG
from data.features import FEATURES
from data.profiles import Profile
from data.schemas import Query
from data.state import State
from models.candidates import Candidates
from models.context import context_keys

NEW_DAYS: Final = 14.0
WELL_RATED: Final = 4.4
REVIEWED: Final = 5
FRONT: Final = 10
"""The seller's own first products: being among them is her choice."""

_LEAST: Final = {
    "popular_here": ("listing_share", 0.0),
    "trending": ("item_trend", 0.0),
    "shared_by_friend": ("sharer_acts", 0.0),
    "similar_to_context": ("context_category", 0.0),
}
_FACETS: Final = {"category_affinity": CATEGORY, "brand_affinity": BRAND, "price_match": BAND}


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


def holds(code: str, known: Known, candidates: Candidates, place: int) -> bool:
    """Say whether a reason's words are true of a candidate, whatever the score says."""
    listings, position = candidates.listings, int(candidates.positions[place])
    if code in _LEAST:
        name, least = _LEAST[code]
        acts = column(candidates, place, "item_acts_7d")
        return column(candidates, place, name) > least and (code != "trending" or acts > 0.0)
    if code in _FACETS:
        return int(listings.facets[position, _FACETS[code]]) in known.facets
    if code in ("similar_to_viewed", "bought_next"):
        return bool(known.near)
    days = column(candidates, place, "listed_days")
    rating, reviews = listings.rating[position], listings.reviews[position]
    front = 0 <= listings.position[position] < FRONT
    facts = {
        "repeat": int(candidates.keys[place]) in known.touched,
        "tag_affinity": not known.facets.isdisjoint(listings.facets[position, FIRST_TAG:].tolist()),
        "new_arrival": 0.0 <= days < float(np.log1p(NEW_DAYS)),
        "well_reviewed": rating >= WELL_RATED and reviews >= REVIEWED,
        "sellers_choice": listings.pinned[position] or front,
    }
    return bool(facts[code])


def popular(candidates: Candidates, place: int) -> bool:
    """Say whether anybody acted on a candidate on this card."""
    return column(candidates, place, "listing_acts_total") > 0


def column(candidates: Candidates, place: int, name: str) -> float:
    """Return a named feature of a candidate."""
    return float(candidates.matrix[place, FEATURES.index(name)])
