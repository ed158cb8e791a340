"""Retrieval: which rows of a shelf are worth ranking for a query."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from data import features
from data.catalogue import Listings, Offered
from data.kernels import kernel
from data.schemas import Query
from data.state import State
from data.statistics import ACTS_7D, RATES, TOTAL, decayed_to
from models.asker import Asker
from models.base import History, Retriever, Rows, Scores
from models.expressions import Boosted, compile_filter
from models.scored import scored
from models.seats import SEATS, raised, seated
from models.selection import edge_of
from models.settings import Settings
from models.sheet import highest
from models.shelf import ShelfView

Positions = NDArray[np.int32]

_LATELY: Final = float(RATES[ACTS_7D])


class Candidates(NamedTuple):
    """Hold what is ranked: `positions` int32[n] on the shelf and `matrix` float32[n, columns].

    `boosted` is what the query's boost makes of the shelf, where it has one, `asker` who asks.
    """

    listings: Listings
    positions: Positions
    matrix: Scores
    history: History
    visited: NDArray[np.uint64]
    level: int
    asker: Asker
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
    asker: Asker,
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
    seats = seated(visited, asker, listings, view.rows, offered.mask, most // SEATS)
    if boosted is not None:
        factors = np.where(offered.mask, boosted.factors, 0)
        seats = np.concatenate((seats, raised(factors, counts, most // SEATS)))
    pool = offered.places
    if len(pool) > limits.scan:
        found = np.concatenate(
            [view.rows[:0], *(r.retrieve(history, 2 * most, view.among) for r in nomination.by)]
        )
        pool = _pool(view.holds(found) & offered.mask, seats, offered.places, counts, most)
    said = np.zeros((len(pool), nomination.width), np.float32)
    scored(nomination.by, history, view.rows[pool], view.kin_of(pool), said)
    kept = _kept(
        said, nomination.columns, nomination.weights, limits.trend, pool, counts, seats,
        listings.item_rows, state.items.values, state.items.times, query.at, most,
    )  # fmt: skip
    return pool[kept], said[kept]


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


def _pool(
    kept: NDArray[np.bool_],
    seats: Positions,
    places: Positions,
    counts: NDArray[np.float64],
    most: int,
) -> Positions:
    """Return what was found, has a seat, or is popular among what is on offer, rising."""
    kept[seats] = True
    kept[places[highest(counts[places].astype(np.float32), most)]] = True
    return np.flatnonzero(kept).astype(np.int32)


@kernel
def _kept(
    scores: Scores,
    columns: NDArray[np.int32],
    weights: NDArray[np.float64],
    trend: float,
    pool: Positions,
    counts: NDArray[np.float64],
    seats: Positions,
    item_rows: Rows,
    acts: NDArray[np.float64],
    times: NDArray[np.int64],
    now: int,
    most: int,
) -> NDArray[np.int64]:
    """Return which rows of the pool are kept: the seats, then the highest by the fused scores."""
    popular, lately = np.empty(len(pool)), np.empty(len(pool))
    for i in range(len(pool)):
        popular[i] = counts[pool[i]]
        lately[i] = np.log1p(decayed_to(now, acts, times, item_rows[pool[i]], ACTS_7D, _LATELY))
    fused = fuse(scores, columns, weights, popular, lately, trend)
    return filled(fused, np.searchsorted(pool, seats), most)


@kernel
def fuse(
    scores: Scores,
    columns: NDArray[np.int32],
    weights: NDArray[np.float64],
    counts: NDArray[np.float64],
    lately: NDArray[np.float64],
    trend: float,
) -> NDArray[np.float32]:
    """Return float32[n]: the weighted sum of columns of the scores, as shares of their highest.

    What is popular, `counts`, comes in at a thousandth; `lately` raises by up to `trend`.
    """
    fused = np.zeros(len(scores))
    _add(fused, counts, 1e-3)
    for column in range(len(columns)):
        _add(fused, scores[:, columns[column]], weights[column])
    raised = np.ones(len(scores))
    _add(raised, lately, trend)
    return (fused * raised).astype(np.float32)


@kernel
def _add(fused: NDArray[np.float64], values: NDArray[np.floating], weight: float) -> None:
    """Add a weight times values as shares of their highest, those below zero as zero."""
    top = 1e-9
    for i in range(len(values)):
        top = max(top, float(values[i]))
    for i in range(len(values)):
        fused[i] += weight * (max(float(values[i]), 0.0) / top)


@kernel
def filled(fused: NDArray[np.float32], seats: NDArray[np.int64], most: int) -> NDArray[np.int64]:
    """Return up to `most` rows, rising: the seats, then the highest, the earlier among equals."""
    kept = np.zeros(len(fused), np.bool_)
    for place in seats:
        kept[place] = True
    rest = fused[~kept]
    free = most - (len(fused) - len(rest))
    if free > 0 and len(rest):
        edge, above = edge_of(rest, min(free, len(rest)))
        free -= above
        for place in range(len(fused)):
            if not kept[place] and fused[place] >= edge:
                kept[place] = fused[place] > edge or free > 0
                free -= int(fused[place] == edge)
    return np.flatnonzero(kept)
