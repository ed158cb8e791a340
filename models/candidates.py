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
from data.statistics import ACTS_7D, TOTAL
from models.base import History, Retriever, Rows, Scores
from models.expressions import compile_filter
from models.settings import Settings
from models.shelf import ShelfView

Positions = NDArray[np.int32]
SEATS: Final = 5
"""One candidate in so many may be kept for what she visited, and one for what is new."""


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
    now: int,
) -> tuple[Positions, Scores]:
    """Cut positions to `limits.candidates`, in shelf order, beside what each retriever gives them.

    The scores are float32[n, columns of all retrievers]. A shelf of up to `limits.scan` positions
    is scored whole, of a larger one what the nominating retrievers find in the whole catalogue and
    what is popular here. Kept are what she visited and the newest of what no model knows yet, up to
    a fifth each, then the highest by the weighted sum of the `limits.nominate` columns, each
    divided by its maximum (CombSUM: Fox & Shaw 1994), what is popular here first among equals;
    an item with as many acts lately as any gets 1 + `limits.trend` times its sum.
    """
    most, listings = limits.candidates, view.listings
    if len(positions) <= most:
        return positions, _scored(retrievers, history, view.rows[positions])
    counts = state.listings.values[listings.listing_rows[positions], TOTAL]
    counts = counts + 1e-3 * state.items.values[listings.item_rows[positions], TOTAL]
    offered = np.zeros(listings.n, dtype=np.bool_)
    offered[positions] = True
    own = [listings.by_key.get(key, -1) for key in dict.fromkeys(visited.tolist())]
    seated = [_offered(np.array(own, np.int32), offered)[: most // SEATS]]
    seated.append(_newest(view, positions)[: most // SEATS])
    pool = positions
    if len(positions) > limits.scan:
        found = [
            _offered(view.places_of(retriever.retrieve(history, 2 * most)), offered)
            for retriever in retrievers
            if limits.nominate.keys() & set(retriever.columns)
        ]
        popular = best(counts.astype(np.float32), most)
        pool = np.unique(np.concatenate([*seated, *found, positions[popular]]))
        counts = counts[np.searchsorted(positions, pool)]
    scores = _scored(retrievers, history, view.rows[pool])
    lately = np.log1p(state.items.decayed(listings.item_rows[pool], ACTS_7D, now))
    fused = 1e-3 * of_highest(counts)
    names = [column for retriever in retrievers for column in retriever.columns]
    for column, weight in limits.nominate.items():
        if column in names:
            fused += weight * of_highest(scores[:, names.index(column)])
    fused *= 1.0 + limits.trend * of_highest(lately)
    first = np.concatenate(
        [np.searchsorted(pool, np.concatenate(seated)), best(fused.astype(np.float32), most)]
    )
    _, once = np.unique(first, return_index=True)
    kept = np.sort(first[np.sort(once)][:most])
    return pool[kept].astype(np.int32), scores[kept]


def _scored(retrievers: Sequence[Retriever], history: History, rows: Rows) -> Scores:
    """Ask each retriever once for all rows: float32[n, columns], side by side."""
    width = sum(len(retriever.columns) for retriever in retrievers)
    scores, column = np.zeros((len(rows), width), np.float32), 0
    for retriever in retrievers:
        end = column + len(retriever.columns)
        retriever.score(history, rows, scores[:, column:end])
        column = end
    return scores


def of_highest(scores: NDArray[np.floating]) -> NDArray[np.float64]:
    """Return scores as shares of the highest, those below zero as zero."""
    shares: NDArray[np.float64] = np.maximum(scores, 0.0) / max(float(scores.max(initial=0)), 1e-9)
    return shares


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


def _offered(places: Positions, offered: NDArray[np.bool_]) -> Positions:
    """Keep the places that are on offer, in order; -1 stands for not on this shelf."""
    found = places[places >= 0]
    return found[offered[found]]
