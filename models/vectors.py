"""Content vectors of a catalogue's items, encoded once and kept until an item changes."""

from __future__ import annotations

from typing import Final, Protocol

import numpy as np
from numpy.typing import NDArray

from data.schemas import Item
from data.state import State
from models.base import Scores
from models.kin import Kin

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
        self._held: dict[int, tuple[Item | None, Scores]] = {}

    def of(self, keys: NDArray[np.uint64], state: State) -> Scores:
        """Return float32[len(keys), width]; zeros for items the catalogue does not describe."""
        vectors = np.zeros((len(keys), self.encoder.width), dtype=np.float32)
        for place, key in enumerate(keys.tolist()):
            entry = state.catalogue.by_key.get(key)
            if entry is None or entry.item is None:
                continue
            held = self._held.get(key)
            if held is None or held[0] is not entry.item:
                held = self._held[key] = (entry.item, self.encoder.encode(entry.item))
            vectors[place] = held[1]
        return vectors
