"""What a model knows of one seller's shelf: model rows and content vectors beside its listings."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from data.catalogue import Listings
from data.kernels import kernel
from data.schemas import Item
from models.base import Among, Rows
from models.kin import KIN, Kin

Vectors = NDArray[np.float32]
_UNASKED: Final = -2
_NEWEST: Final = 8
"""Visits that an item is compared with one by one."""


@dataclass(frozen=True, slots=True)
class Pending:
    """Hold what a view has to catch up with, as it was at one moment.

    `changes` is how many changes the listings had had; `places` those that changed; `keys`
    uint64[n] and `items` are of all places.
    """

    changes: int
    places: tuple[int, ...]
    keys: NDArray[np.uint64]
    items: list[Item]


class ShelfView:
    """Follow one shelf: rows int32[n] of the model (-1: not known) and vectors float32[n, d].

    A row is looked up when the listing appears and again when its item has changed; both are pure
    functions of the item, so it does not matter when that happens.
    """

    def __init__(
        self, listings: Listings, known: int, width: int = 0, kin: Kin | None = None
    ) -> None:
        """Start with nothing looked up; the model knows items in so many rows.

        `kin` finds who lends scores to items without acts.
        """
        self.listings = listings
        self._known = known
        self._among: Among | None = None
        self._finder = kin
        self.rows: Rows = np.empty(0, dtype=np.int32)
        self.vectors: Vectors = np.empty((0, width), dtype=np.float32)
        self._followed = 0
        self._items: list[Item] = []
        self._kin = np.empty((0, KIN), dtype=np.int32)
        self._alone = np.empty(0, dtype=np.bool_)  # what nobody had touched in fitting
        self._some_alone = False
        self._room_rows, self._room_vectors = self.rows, self.vectors

    def pending(self) -> Pending | None:
        """Return what has changed since the last call of `catch_up`, None when nothing has."""
        listings = self.listings
        changes = len(listings.changes)
        if changes == self._followed:
            return None
        places = tuple(dict.fromkeys(listings.changes.since(self._followed, listings.n)))
        return Pending(changes, places, listings.item_keys.copy(), list(listings.items))

    def catch_up(
        self,
        pending: Pending,
        find: Callable[[NDArray[np.uint64]], Rows],
        encode: Callable[[Item], Vectors] | None,
    ) -> None:
        """Look up what has changed; on another thread, if nobody reads the view meanwhile."""
        known, n = len(self._items), len(pending.items)
        self._grow(n)
        self.rows[known:] = rows = find(pending.keys[known:])
        fresh = rows < 0 if self._finder is None else self._finder.needed(rows)
        self._alone = np.concatenate([self._alone, fresh])
        self._some_alone = bool(self._alone.any())
        self._items += pending.items[known:]
        self._followed = pending.changes
        self._among = None
        if encode is None:
            return
        for place in pending.places:
            item = pending.items[place]
            if place >= known or item is not self._items[place]:
                self.vectors[place] = encode(item)
                self._kin[place] = _UNASKED
                self._items[place] = item

    def untouched(self, places: NDArray[np.int32]) -> NDArray[np.bool_]:
        """Say which places hold items that nobody had touched when the model was fitted."""
        return self._alone[places]

    def kin_of(self, places: NDArray[np.int32]) -> Rows | None:
        """Return the kin int32[n, KIN] of the untouched among places, -1 for the others.

        None when there are none. Found when first asked for: it takes a look at all items.
        """
        if self._finder is None or not self._some_alone:
            return None
        found = np.empty((len(places), KIN), dtype=np.int32)
        alone, unasked = _of_the_alone(self._kin, self._alone, places, found)
        if unasked:
            for place in places[found[:, 0] == _UNASKED].tolist():
                self._kin[place] = self._finder.of(self.vectors[place])
            _of_the_alone(self._kin, self._alone, places, found)
        return found if alone else None

    @property
    def among(self) -> Among:
        """Return the known rows of the shelf, for who looks for some of them."""
        if self._among is None:
            held = np.zeros(self._known + 1, np.bool_)  # the last one is -1's
            held[self.rows] = True
            self._among = Among(np.flatnonzero(held[:-1]).astype(np.int32), held[:-1])
        return self._among

    def _grow(self, n: int) -> None:
        known = len(self._items)
        if n > len(self._room_rows):
            room = max(16, 2 * len(self._room_rows), n)
            rows = np.empty(room, dtype=np.int32)
            vectors = np.zeros((room, self.vectors.shape[1]), dtype=np.float32)
            kin = np.full((room, KIN), _UNASKED, dtype=np.int32)
            rows[:known], vectors[:known], kin[:known] = self.rows, self.vectors, self._kin[:known]
            self._room_rows, self._room_vectors, self._kin = rows, vectors, kin
        self.rows, self.vectors = self._room_rows[:n], self._room_vectors[:n]


@kernel
def _of_the_alone(
    kin: NDArray[np.int32],
    alone: NDArray[np.bool_],
    places: NDArray[np.int32],
    found: NDArray[np.int32],
) -> tuple[int, int]:
    """Fill the kin of the untouched among places, -1 for the others.

    Returns how many are untouched, and of how many of these nobody has asked yet.
    """
    count, unasked = 0, 0
    for i in range(len(places)):
        if alone[places[i]]:
            found[i] = kin[places[i]]
            count += 1
            unasked += int(found[i, 0] == _UNASKED)
        else:
            found[i] = np.int32(-1)
    return count, unasked


@kernel
def content_scores(
    vectors: Vectors,
    positions: NDArray[np.int32],
    visited: Vectors,
    weights: NDArray[np.float32],
    recency: float,
    out: NDArray[np.float32],
) -> None:
    """Fill cosine to the weighted taste, to the newest visit, and the best of the newest visits.

    `visited` float32[h, d] are unit vectors, newest first; rows of zeros (unknown) count nothing.
    """
    out[:] = np.float32(0)
    newest = min(len(visited), _NEWEST)
    if newest == 0 or vectors.shape[1] == 0:
        return
    taste = np.zeros(vectors.shape[1])
    for v in range(len(visited)):
        taste += weights[v] * np.exp(-v / recency) * visited[v]
    norm = np.sqrt((taste * taste).sum())
    asked = np.empty((1 + newest, vectors.shape[1]), np.float32)
    asked[0] = (taste / (norm if norm > 0 else 1.0)).astype(np.float32)
    asked[1:] = visited[:newest]
    taken = np.empty((len(positions), vectors.shape[1]), np.float32)
    for i in range(len(positions)):
        taken[i] = vectors[positions[i]]
    dots = np.dot(taken, asked.T)
    for i in range(len(positions)):
        out[i, 0], out[i, 1] = dots[i, 0], dots[i, 1]
        for v in range(newest):
            out[i, 2] = max(out[i, 2], dots[i, 1 + v])
