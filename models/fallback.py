"""The fallback chain: what a list can rest on for this visitor at this moment."""

from __future__ import annotations

from typing import Final

import numpy as np

from data.catalogue import Listings
from data.profile_rows import VISIT_GAP_MS
from data.profiles import Profile
from data.schemas import Query, key64
from data.state import State
from data.statistics import TOTAL

PERSONAL, SESSION, SHARED, POPULAR, CATALOGUE = range(5)
"""From the best known visitor to none at all; the wire's `fallback_level`."""

SOURCES: Final = ("personal", "session", "share", "popular", "catalogue")
"""The same levels as words, in the same order."""


def profile_of(query: Query, state: State) -> Profile:
    """Return the profile a query may read: an empty one when personal picks are off."""
    if not query.personalization:
        return Profile()
    profile = state.profile(query.visitor)
    return profile if profile.personalization else Profile()


def sharer_of(query: Query, profile: Profile, state: State) -> Profile:
    """Return the profile of who led her here; an empty one when nobody did or may be read."""
    name = query.from_visitor
    if not name and profile.sharer and profile.sharer_seller == key64("seller", query.seller_id):
        name = profile.sharer
    if not name or name == query.visitor or not query.personalization:
        return Profile()
    sharer = state.profile(name)
    return sharer if sharer.personalization else Profile()


def level_of(
    query: Query, profile: Profile, sharer: Profile, listings: Listings, state: State
) -> int:
    """Return the first level of the chain that has something to rest on.

    A visitor whose acts are all of this sitting is known by her session, not yet as a person.
    """
    if len(profile.touches):
        known = query.at - int(profile.touches["at"][0]) > VISIT_GAP_MS
        return PERSONAL if known else SESSION
    if not state.catalogue.entries.keys().isdisjoint(query.context_items):
        return SESSION
    if np.any(sharer.touches["seller"] == np.uint64(listings.seller_key)):
        return SHARED
    if state.items.values[listings.item_rows, TOTAL].any():
        return POPULAR
    return CATALOGUE
