"""Retrieval: which rows of a shelf are worth ranking for a query."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from data import features
from data.catalogue import Listings, Offered
from data.kernels import kernel
from data.schemas import Query
from data.state import State
from data.statistics import TOTAL
from models.base import History, Retriever, Rows, Scores
from models.expressions import Boosted, compile_filter
from models.fusion import kept
from models.guest import Guest
from models.scored import scored
from models.seats import SEATS, raised, seated
from models.selection import edge_of
from models.settings import Settings
from models.shelf import ShelfView

Positions = NDArray[np.int32]


class Candidates(NamedTuple):
    """Hold what is ranked: `positions` int32[n] on the shelf and `matrix` float32[n, columns].

    `boosted` is what the query's boost makes of the shelf, where it has one, `guest` who asks.
    """

    listings: Listings
    positions: Positions
    matrix: Scores
    history: History
    visited: NDArray[np.uint64]
    level: int
    guest: Guest
    boosted: Boosted | None = None

    @property
    def keys(self) -> NDArray[np.uint64]:
        """Return the item keys uint64[n] of the candidates."""
        return self.listings.item_keys[self.positions]

    def digest(self) -> str:
        """Hash the keys and the matrix."""
        return features.digest(self.keys, self.matrix)


def eligible(query: Query, listings: Listings) -> Offered:
    """Return what a query may be answered with.

    Left out: what is not on offer, what the filter refuses, what the query excludes, and on a
    product's page the product itself.
    """
    offered = listings.offered()
    looked_at = query.context_items[:1] if query.placement == "product_page" else ()
    if not (query.filter or query.exclude or looked_at):
        return offered
    mask = offered.mask.copy()
    if query.filter:
        mask &= compile_filter(query.filter)(listings, query.at)
    for item_id in (*query.exclude, *looked_at):
        place = listings.places.get(item_id)
        if place is not None:
            mask[place] = False
    return Offered.of(mask)


class Nomination:
    """Know which of a model's retrievers choose candidates, by which columns and how weighed."""

    def __init__(self, retrievers: Sequence[Retriever], nominate: Mapping[str, float]) -> None:
        """Look the columns up; `nominate` names them with their weights."""
        self.by = [one for one in retrievers if not nominate.keys().isdisjoint(one.columns)]
        names = [column for retriever in self.by for column in retriever.columns]
        said = [column for column in nominate if column in names]
        self.width = len(names)
        self.columns = np.array([names.index(column) for column in said], np.int32)
        self.weights = np.array([nominate[column] for column in said], np.float64)


def cut(
    nomination: Nomination,
    limits: Settings,
    view: ShelfView,
    offered: Offered,
    history: History,
    visited: NDArray[np.uint64],
    guest: Guest,
    state: State,
    query: Query,
    boosted: Boosted | None = None,
) -> tuple[Positions, Scores | None]:
    """Cut what is offered to `limits.candidates`, in shelf order, beside what chose them.

    That is what the nominating retrievers give them, float32[n, their columns], None where nothing
    had to be cut. A shelf of up to `limits.scan` positions is scored whole, of a larger one what
    these retrievers find on it and what is popular here. Kept are what she visited last, what is
    dear to her beside it, what the seller pinned, what the query's boost raises and the newest of
    what no model knows yet, up to a fifth each, then the highest by the weighted sum of the
    nominating columns, each divided by its maximum (CombSUM: Fox & Shaw 1994), what is popular here
    first among equals; an item with as many acts lately as any gets 1 + `limits.trend` times its
    sum.
    """
    most, listings = limits.candidates, view.listings
    if len(offered.places) <= most:
        return offered.places, None
    counts = _counts(state, listings)
    seats = seated(visited, guest, listings, view.rows, offered.mask, most // SEATS)
    if boosted is not None:
        factors = np.where(offered.mask, boosted.factors, 0)
        seats = np.concatenate((seats, raised(factors, counts, most // SEATS)))
    pool = offered.places
    if len(pool) > limits.scan:
        found = np.concatenate(
            [view.rows[:0], *(r.retrieve(history, 2 * most, view.among) for r in nomination.by)]
        )
        pool = _pool(found, view.rows, seats, offered.places, counts, most)
    said = np.zeros((len(pool), nomination.width), np.float32)
    scored(nomination.by, history, view.rows[pool], view.kin_of(pool), said)
    rows = kept(
        said, nomination.columns, nomination.weights, limits.trend, pool, counts, seats,
        listings.item_rows, state.items.values, state.items.times, query.at, most,
    )  # fmt: skip
    return pool[rows], said[rows]


def _counts(state: State, listings: Listings) -> NDArray[np.float64]:
    """Return what is popular on a shelf: acts here, and a little of acts anywhere."""
    here, anywhere = state.listings.values, state.items.values
    return _total(here, listings.listing_rows, anywhere, listings.item_rows)


@kernel
def _total(
    here: NDArray[np.float64],
    listing_rows: Rows,
    anywhere: NDArray[np.float64],
    item_rows: Rows,
) -> NDArray[np.float64]:
    counts = np.empty(len(item_rows))
    for i in range(len(item_rows)):
        counts[i] = here[listing_rows[i], TOTAL] + 1e-3 * anywhere[item_rows[i], TOTAL]
    return counts


@kernel
def _pool(
    found: Rows,
    rows: Rows,
    seats: Positions,
    places: Positions,
    counts: NDArray[np.float64],
    most: int,
) -> Positions:
    """Return which of the `places` on offer hold what was found, have a seat or are popular.

    `found` are rows of the model, `rows` those of the whole shelf, -1 for what it does not know.
    Popular are the `most` of the highest counts, ties by place; the positions rise.
    """
    last = -1
    for row in found:
        last = max(last, row)
    marked, kept = np.zeros(last + 1, np.bool_), np.zeros(len(rows), np.bool_)
    for row in found:
        marked[row] = True
    for place in places:
        kept[place] = 0 <= rows[place] <= last and marked[rows[place]]
    for place in seats:
        kept[place] = True
    popular = counts[places].astype(np.float32)
    edge, above = edge_of(popular, most)
    free = most - above
    for i in range(len(places)):
        if popular[i] > edge or (popular[i] == edge and free > 0):
            kept[places[i]] = True
            free -= int(popular[i] == edge)
    return np.flatnonzero(kept).astype(np.int32)
