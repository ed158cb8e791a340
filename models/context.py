"""The moment of a query: what the visitor is looking at, looked at last, and who led her here."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from data import features
from data.catalogue import FACETS
from data.profiles import Profile
from data.schemas import Query, key64
from data.state import State
from models.base import History, Rows
from models.guest import Guest

MOST_CONTEXT: Final = 8
_NO_KEYS: Final = np.empty(0, np.uint64)
_UNKNOWN: Final = np.zeros(FACETS, np.uint64)
_NO_FACETS: Final = np.empty((0, FACETS), np.uint64)


def context_keys(query: Query) -> NDArray[np.uint64]:
    """Return the keys of the items the visitor is looking at, at most `MOST_CONTEXT`."""
    if not query.context_items:
        return _NO_KEYS
    keys = [key64("item", item_id) for item_id in query.context_items[:MOST_CONTEXT]]
    return np.array(keys, dtype=np.uint64)


def with_context(
    context: NDArray[np.uint64], rows: Rows, history: History, visited: NDArray[np.uint64]
) -> tuple[History, NDArray[np.uint64]]:
    """Put what she is looking at in front of the history, but for what is its newest already."""
    fresh = ~np.isin(context, visited[:1])
    count = int(fresh.sum())
    joined = History(
        np.concatenate([rows[fresh], history.rows]),
        np.concatenate([np.ones(count, dtype=np.float32), history.weights]),
        np.concatenate([np.zeros(count, dtype=np.float32), history.ages]),
    )
    return joined, np.concatenate([context[fresh], visited])


def moment_of(
    query: Query, visited: NDArray[np.uint64], guest: Guest, sharer: Profile, state: State
) -> features.Moment:
    """Gather what features read of the moment; `visited` uint64[h] item keys, newest first."""
    last_price = np.nan
    entry = state.catalogue.by_key.get(int(visited[0])) if len(visited) else None
    if entry is not None and entry.item is not None and entry.item.price:
        last_price = float(np.log1p(entry.item.price))
    last = _facets(visited[: features.RECENT], state)
    context = _facets(context_keys(query), state)
    return features.Moment(query.at, last, last_price, context, sharer, guest.decay)


def _facets(keys: NDArray[np.uint64], state: State) -> NDArray[np.uint64]:
    if not len(keys):
        return _NO_FACETS
    entries = map(state.catalogue.by_key.get, keys.tolist())
    return np.array([_UNKNOWN if entry is None else entry.facets for entry in entries])
