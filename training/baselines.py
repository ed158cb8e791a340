"""What a model must beat, told by the same live state: popularity, recency, item-kNN."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, Protocol

import numpy as np
from numpy.typing import NDArray

from data.catalogue import Listings
from data.schemas import Event, Query
from data.state import State
from data.statistics import ACTS_7D, TOTAL
from models.history import gather, rows_of
from models.item_knn import ItemKnn
from models.recommender import Recommender

Floats = NDArray[np.float64]

_NOTHING: Final = np.empty(0, np.uint64)
_OWN: Final = 1e15  # above any epoch in ms


class Baseline(Protocol):
    """Score a whole shelf for a query: float64[listings.n], higher is better."""

    def __call__(self, query: Query, listings: Listings, state: State) -> Floats:
        """Return the scores."""


def popularity(query: Query, listings: Listings, state: State) -> Floats:
    """Score by all acts on this shelf so far; ties by the acts on the item everywhere."""
    del query
    here = state.listings.values[listings.listing_rows, TOTAL]
    anywhere = state.items.values[listings.item_rows, TOTAL]
    scores: Floats = here + 0.5 * anywhere / (anywhere.max(initial=0.0) + 1.0)
    return scores


def trending(query: Query, listings: Listings, state: State) -> Floats:
    """Score by the acts on this shelf halved every seven days."""
    return state.listings.decayed(listings.listing_rows, ACTS_7D, query.at)


def recency(query: Query, listings: Listings, state: State) -> Floats:
    """Score by time: what she touched herself, the latest first, then what anyone touched."""
    scores: Floats = state.listings.times[listings.listing_rows, 1].astype(np.float64)
    touches = state.profile(query.visitor).touches
    for item, at in zip(touches["item"], touches["at"], strict=True):  # oldest first
        scores[listings.item_keys == item] = _OWN + at
    return scores


class Neighbours:
    """Score by item-kNN alone, as the recommender has it; ties by popularity."""

    def __init__(self, recommender: Recommender) -> None:
        """Use the recommender's item-kNN."""
        order = np.argsort(recommender.item_keys, kind="stable")
        self._known, self._rows = recommender.item_keys[order], order.astype(np.int32)
        self._settings = recommender.settings
        self._knn = next(r for r in recommender.retrievers if isinstance(r, ItemKnn))

    def __call__(self, query: Query, listings: Listings, state: State) -> Floats:
        """Return the sums of cosines, popularity below any of them."""
        touches, settings = state.profile(query.visitor).touches, self._settings
        strengths, gain = settings.signals.strengths(), settings.signals.dwell
        history, _ = gather(touches, _NOTHING, strengths, gain, query.at, self._known, self._rows)
        wanted = rows_of(listings.item_keys, self._known, self._rows)
        out = np.zeros((len(wanted), len(self._knn.columns)), np.float32)
        self._knn.score(history, wanted, out)
        popular = popularity(query, listings, state)
        scores: Floats = out[:, 0] + 1e-9 * popular / (popular.max(initial=0.0) + 1.0)
        return scores


class Oracle(Protocol):
    """Know the tastes of a simulated world's visitors."""

    def watch(self, event: Event) -> None:
        """Take in what happened."""

    def utility(self, visitor: str, item_ids: Sequence[str], at: int) -> Floats:
        """Return what items are worth to a visitor at a moment (epoch ms)."""


def baselines(recommender: Recommender, oracle: Oracle | None = None) -> dict[str, Baseline]:
    """Return the baselines by name; item-kNN where the recommender has it."""
    found: dict[str, Baseline] = {
        "popularity": popularity,
        "trending": trending,
        "recency": recency,
    }
    if any(isinstance(r, ItemKnn) for r in recommender.retrievers):
        found["item-kNN"] = Neighbours(recommender)
    if oracle is not None:

        def told(query: Query, listings: Listings, state: State) -> Floats:
            del state
            return oracle.utility(query.visitor, listings.item_ids, query.at)

        found["oracle"] = told
    return found
