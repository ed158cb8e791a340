"""Content vectors of a catalogue's items, encoded once and kept until an item changes."""

from __future__ import annotations

from typing import Final, Protocol

import numpy as np
from numpy.typing import NDArray

from data.catalogue import Entry
from data.schemas import Item
from data.state import State
from models.base import Scores
from models.kin import Kin

_ROOM: Final = 256
CONTENT_COLUMNS: Final = ("vector_taste", "vector_latest", "vector_best")


class Encoder(Protocol):
    """Turn an item's words and facets into a unit vector: what `models.content` learned."""

    width: int

    @property
    def kin(self) -> Kin | None:
        """Return what finds items of like content; None where nothing is lent."""

    def encode(self, item: Item) -> Scores:
        """Return float32[width]; zeros when nothing of the item is known."""


class Vectors:
    """Look up vectors by item key."""

    def __init__(self, encoder: Encoder) -> None:
        """Start with none encoded."""
        self.encoder = encoder
        self._rows: dict[int, tuple[Item, int]] = {}
        self._table = np.zeros((_ROOM, encoder.width), dtype=np.float32)  # row 0: not described

    def of(self, keys: NDArray[np.uint64], state: State) -> Scores:
        """Return float32[len(keys), width]; zeros for items the catalogue does not describe."""
        rows, described = [], state.catalogue.by_key
        for key in keys.tolist():
            entry, held = described.get(key), self._rows.get(key)
            if held is not None and entry is not None and held[0] is entry.item:
                rows.append(held[1])
            else:
                rows.append(self._row(key, entry))
        return self._table[rows]

    def _row(self, key: int, entry: Entry | None) -> int:
        """Return an item's row of the table, its vector anew where the item has changed."""
        if entry is None or entry.item is None:
            return 0
        held = self._rows.get(key)
        row = len(self._rows) + 1 if held is None else held[1]
        if row == len(self._table):
            self._table = np.concatenate([self._table, np.zeros_like(self._table)])
        self._table[row] = self.encoder.encode(entry.item)
        self._rows[key] = (entry.item, row)
        return row
