"""Retrieval: which rows of a shelf are worth ranking for a query."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from data import features
from data.catalogue import Listings
from data.schemas import Query
from data.state import State
from data.statistics import TOTAL
from models.base import History, Retriever, Scores
from models.expressions import compile_filter
from models.settings import Settings
from models.shelf import ShelfView

Positions = NDArray[np.int32]
OWN_SHARE: Final = 5


@dataclass(frozen=True, slots=True)
class Candidates:
    """Hold what is ranked: `positions` int32[n] on the shelf and `matrix` float32[n, columns]."""

    listings: Listings
    positions: Positions
    matrix: Scores
    history: History
    visited: NDArray[np.uint64]
    level: int

    @property
    def keys(self) -> NDArray[np.uint64]:
        """Return the item keys uint64[n] of the candidates."""
        return self.listings.item_keys[self.positions]

    def digest(self) -> str:
        """Hash the keys and the matrix."""
        return features.digest(self.keys, self.matrix)


def eligible(query: Query, listings: Listings) -> Positions:
    """Return the positions a query may be answered with, in shelf order.

    Left out: what is not on offer, what the filter refuses, what the query excludes, and on a
    product's page the product itself.
    """
    mask = listings.on_offer()
    if query.filter:
        mask = mask & compile_filter(query.filter)(listings)
    looked_at = query.context_items[:1] if query.placement == "product_page" else ()
    for item_id in (*query.exclude, *looked_at):
        place = listings.places.get(item_id)
        if place is not None:
            mask[place] = False
    return np.flatnonzero(mask).astype(np.int32)


def cut(
    retrievers: Sequence[Retriever],
    limits: Settings,
    view: ShelfView,
    positions: Positions,
    history: History,
    visited: NDArray[np.uint64],
    state: State,
) -> Positions:
    """Cut positions to `limits.candidates`; returned in shelf order.

    What she visited comes first, up to a fifth. Then the nominating retrievers and the newest of
    what no model knows yet take turns, each with its next best; the popular fill what is left. Up
    to `limits.scan` positions a retriever scores them all; on a larger shelf its best of the whole
    catalogue are looked up.
    """
    most = limits.candidates
    if len(positions) <= most:
        return positions
    listings, rows = view.listings, view.rows[positions]
    offered = np.zeros(listings.n, dtype=np.bool_)
    offered[positions] = True
    own = _offered([listings.by_key.get(key, -1) for key in visited.tolist()], offered)
    lists = [_newest(view, positions)[: most // OWN_SHARE]]
    for retriever in retrievers:
        if retriever.name not in limits.nominate:
            continue
        if len(positions) <= limits.scan:
            out = np.zeros((len(rows), len(retriever.columns)), dtype=np.float32)
            retriever.score(history, rows, out)
            places = best(out[:, 0], most)
            lists.append(positions[places[out[places, 0] > 0]])
        else:
            found = retriever.retrieve(history, 2 * most).tolist()
            lists.append(_offered([view.by_row.get(row, -1) for row in found], offered))
    counts = state.listings.values[listings.listing_rows[positions], TOTAL]
    counts = counts + 1e-3 * state.items.values[listings.item_rows[positions], TOTAL]
    popular = positions[best(counts.astype(np.float32), most)]
    union = np.concatenate([own[: most // OWN_SHARE], _in_turns(lists), popular])
    _, first = np.unique(union, return_index=True)
    return np.sort(union[np.sort(first)][:most])


def _in_turns(lists: Sequence[Positions]) -> Positions:
    """Return all entries: the first of each list, then the second of each, and so on."""
    place = np.concatenate([np.arange(len(one)) for one in lists])
    turn = np.argsort(place, kind="stable")
    return np.concatenate(lists)[turn].astype(np.int32)


def _newest(view: ShelfView, positions: Positions) -> Positions:
    """Return what the model does not know, the latest arrival first."""
    unknown = positions[view.rows[positions] < 0]
    return unknown[np.argsort(-view.listings.added_at[unknown], kind="stable")]


def best(scores: Scores, count: int) -> Positions:
    """Return the places of the `count` highest scores, best first, ties by place."""
    if len(scores) > count:
        edge = np.partition(scores, len(scores) - count)[len(scores) - count]
        places = np.flatnonzero(scores >= edge)
    else:
        places = np.arange(len(scores))
    ranked: Positions = places[np.argsort(-scores[places], kind="stable")].astype(np.int32)
    return ranked[:count]


def _offered(places: list[int], offered: NDArray[np.bool_]) -> Positions:
    """Keep the places that are on offer, in order; -1 stands for not on this shelf."""
    found = np.array(places, dtype=np.int32)
    found = found[found >= 0]
    return found[offered[found]]
