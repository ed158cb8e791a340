"""Retrieval: which rows of a shelf are worth ranking for a query."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from data import features
from data.catalogue import Listings
from data.kernels import kernel
from data.schemas import Query
from data.state import State
from data.statistics import ACTS_7D, TOTAL
from models.base import History, Retriever, Rows, Scores
from models.expressions import compile_filter
from models.kin import KIN
from models.settings import Settings
from models.sheet import highest
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


class Nomination:
    """Know which of a model's retrievers choose candidates, by which columns and how weighed."""

    def __init__(self, retrievers: Sequence[Retriever], nominate: Mapping[str, float]) -> None:
        """Look the columns up; `nominate` names them with their weights."""
        self.by = [one for one in retrievers if not nominate.keys().isdisjoint(one.columns)]
        names = [column for retriever in self.by for column in retriever.columns]
        said = [column for column in nominate if column in names]
        self.columns = np.array([names.index(column) for column in said], np.int32)
        self.weights = np.array([nominate[column] for column in said], np.float64)


def cut(
    retrievers: Sequence[Retriever],
    nomination: Nomination,
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
    a fifth each, then the highest by the weighted sum of the nominating columns, each
    divided by its maximum (CombSUM: Fox & Shaw 1994), what is popular here first among equals;
    an item with as many acts lately as any gets 1 + `limits.trend` times its sum.
    """
    most, listings = limits.candidates, view.listings
    if len(positions) <= most:
        rows, kin = view.rows[positions], view.kin_of(positions)
        return positions, _scored(retrievers, history, rows, kin)
    counts = _counts(state, listings)
    offered = np.zeros(listings.n, dtype=np.bool_)
    offered[positions] = True
    own = [listings.by_key.get(key, -1) for key in dict.fromkeys(visited.tolist())]
    seats = _seats(np.array(own, np.int32), offered, view.rows, listings.added_at, most // SEATS)
    pool = positions
    if len(positions) > limits.scan:
        found = [view.places_of(r.retrieve(history, 2 * most)) for r in nomination.by]
        pool = _pool(np.concatenate([seats, *found]), offered, counts, most)
    rows, kin = view.rows[pool], view.kin_of(pool)
    scores = _scored(nomination.by, history, rows, kin)
    fused = fuse(
        scores,
        nomination.columns,
        nomination.weights,
        counts[pool],
        np.log1p(state.items.decayed(listings.item_rows[pool], ACTS_7D, now)),
        limits.trend,
    )
    kept = _filled(fused, np.searchsorted(pool, seats), most)
    kin = None if kin is None else kin[kept]
    said_of = _scored(retrievers, history, rows[kept], kin, nomination.by, scores[kept])
    return pool[kept], said_of


def _counts(state: State, listings: Listings) -> NDArray[np.float64]:
    """Return what is popular on a shelf: acts here, and a little of acts anywhere."""
    here = state.listings.values[listings.listing_rows, TOTAL]
    counts: NDArray[np.float64] = here + 1e-3 * state.items.values[listings.item_rows, TOTAL]
    return counts


@kernel
def _seats(
    own: NDArray[np.int32],
    offered: NDArray[np.bool_],
    rows: NDArray[np.int32],
    added_at: NDArray[np.int64],
    most: int,
) -> NDArray[np.int32]:
    """Return what is kept whatever is said of it: `most` of her own, `most` new to the model."""
    mine = own[(own >= 0) & offered[own]][:most]
    new = np.flatnonzero(offered & (rows < 0)).astype(np.int32)
    latest = new[np.argsort(-added_at[new], kind="mergesort")][:most]
    return np.concatenate((mine, latest))


@kernel
def _pool(
    found: NDArray[np.int32], offered: NDArray[np.bool_], counts: NDArray[np.float64], most: int
) -> NDArray[np.int32]:
    """Return what was found, -1 for none, and what is popular, as far as it is on offer; rising."""
    kept = np.zeros(len(offered), np.bool_)
    for place in found:
        if place >= 0 and offered[place]:
            kept[place] = True
    places = np.flatnonzero(offered)
    for place in highest(counts[places].astype(np.float32), most):
        kept[places[place]] = True
    return np.flatnonzero(kept).astype(np.int32)


def _scored(
    retrievers: Sequence[Retriever],
    history: History,
    rows: Rows,
    kin: Rows | None = None,
    asked: Sequence[Retriever] = (),
    said: Scores | None = None,
) -> Scores:
    """Ask each retriever for all rows, but those `asked`, which `said`: float32[n, columns].

    Rows that have `kin` int32[n, KIN] get the mean of what a retriever that lends says of these.
    """
    width = sum(len(retriever.columns) for retriever in retrievers)
    scores, column, told = np.zeros((len(rows), width), np.float32), 0, 0
    for retriever in retrievers:
        columns = len(retriever.columns)
        if said is not None and retriever in asked:
            scores[:, column : column + columns] = said[:, told : told + columns]
            told += columns
        else:
            block = scores[:, column : column + columns]
            retriever.score(history, rows, block)
            if kin is not None and retriever.lends:
                _lend(retriever, history, kin, block)
        column += columns
    return scores


def _lend(retriever: Retriever, history: History, kin: Rows, block: Scores) -> None:
    """Write over the rows that have kin the mean of what is said of these."""
    needy = np.flatnonzero(kin[:, 0] >= 0)
    if not len(needy):
        return
    lenders = kin[needy].reshape(-1)
    said = np.zeros((len(lenders), block.shape[1]), np.float32)
    retriever.score(history, lenders, said)
    counts = np.count_nonzero(kin[needy] >= 0, axis=1).astype(np.float32)
    block[needy] = said.reshape(len(needy), KIN, -1).sum(axis=1) / np.maximum(counts, 1)[:, None]


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
def _filled(fused: NDArray[np.float32], seats: NDArray[np.int64], most: int) -> NDArray[np.int64]:
    """Return up to `most` rows, rising: the seats, then the highest, the earlier among equals."""
    kept = np.zeros(len(fused), np.bool_)
    for place in seats:
        kept[place] = True
    rest = np.flatnonzero(~kept)
    for place in highest(fused[rest], most - min(int(kept.sum()), most)):
        kept[rest[place]] = True
    return np.flatnonzero(kept)
