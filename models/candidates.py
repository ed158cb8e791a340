"""Retrieval: which rows of a shelf are worth ranking for a query."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from data import features
from data.catalogue import Listings
from data.schemas import Query
from data.state import State
from data.statistics import TOTAL
from models.base import History, Retriever, Scores
from models.expressions import compile_filter
from models.shelf import ShelfView

Positions = NDArray[np.int32]


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
    most: int,
    scan: int,
    view: ShelfView,
    positions: Positions,
    history: History,
    visited: NDArray[np.uint64],
    state: State,
) -> Positions:
    """Cut positions to `most`: what she visited, each retriever's best, then the popular.

    Up to `scan` positions every retriever scores them all; on larger shelves its own best of the
    whole catalogue are looked up on the shelf. Returned in shelf order.
    """
    if len(positions) <= most:
        return positions
    listings, rows = view.listings, view.rows[positions]
    share = max(1, most // (len(retrievers) + 3))
    offered = np.zeros(listings.n, dtype=np.bool_)
    offered[positions] = True
    own = [listings.by_key.get(key, -1) for key in visited.tolist()]
    chosen = [_offered(own, offered)[: 2 * share]]
    for retriever in retrievers:
        if len(positions) <= scan:
            out = np.zeros((len(rows), len(retriever.columns)), dtype=np.float32)
            retriever.score(history, rows, out)
            places = best(out[:, 0], share)
            chosen.append(positions[places[out[places, 0] > 0]])
        else:
            found = retriever.retrieve(history, 4 * share).tolist()
            places = _offered([view.by_row.get(row, -1) for row in found], offered)
            chosen.append(places[:share])
    counts = state.listings.values[listings.listing_rows[positions], TOTAL]
    counts = counts + 1e-3 * state.items.values[listings.item_rows[positions], TOTAL]
    chosen.append(positions[best(counts.astype(np.float32), most)])
    union = np.concatenate(chosen)
    _, first = np.unique(union, return_index=True)
    return np.sort(union[np.sort(first)][:most])


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
