"""A whole log's interactions in columns, beside what was recommended and what became of it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

import msgspec
import numpy as np
from numpy.typing import NDArray

from data.dataset import Interactions
from data.schemas import CODES, Item, Kind, Recommendation, key64

NONE: Final = -1
NEVER: Final = 1 << 62


@dataclass(slots=True)
class Shown:
    """Hold one logged recommendation with what became of it.

    `viewed`: items that came into view; `outcomes`: items acted on, with the times (epoch ms).
    """

    recommendation_id: str
    seq: int
    at: int
    record: Recommendation
    viewed: set[str] = field(default_factory=set)
    outcomes: list[tuple[str, int]] = field(default_factory=list)

    @property
    def ids(self) -> list[str]:
        """Return the items, first slot first."""
        return [slot.item_id for slot in self.record.slots]

    def chosen(self, until: int) -> set[str]:
        """Return what was acted on before a moment."""
        return {item for item, at in self.outcomes if at < until}

    def seen(self, chosen: set[str]) -> set[str]:
        """Return what came into view, else all down to one below the last of the `chosen`.

        Who acted on the third pick has passed the first two; of those further down nothing is
        known. Source: Joachims et al. 2005, "skip above" and "skip next".
        """
        if self.viewed:
            return self.viewed | chosen
        ids = self.ids
        lowest = max((place for place, item in enumerate(ids) if item in chosen), default=-1)
        return set(ids[: lowest + 2])


@dataclass(frozen=True, slots=True)
class Scanned:
    """Hold a whole log's interactions in log order, one entry an interaction in each array.

    `item`, `visitor`, `seller` int32 are dense and named by `items`, `visitors`, `sellers`; `value`
    as in `Interactions`; `asks`: may be the answer to a question; `last`: the item the visitor
    touched last on that shelf, -1 without one; `before`: the same within one visit; `joined`: came
    of a logged recommendation; `listed`: when the item came to that shelf (ms), `NEVER` when it has
    not. `known_at` int64[items]: when an item was first heard of (ms).
    `edits` hold an item's documents with their times, `shelf_sizes` the listings of each seller.
    """

    visitor: NDArray[np.int32]
    item: NDArray[np.int32]
    seller: NDArray[np.int32]
    at: NDArray[np.int64]
    kind: NDArray[np.uint8]
    value: NDArray[np.float32]
    seq: NDArray[np.int64]
    asks: NDArray[np.bool_]
    last: NDArray[np.int32]
    before: NDArray[np.int32]
    joined: NDArray[np.bool_]
    listed: NDArray[np.int64]
    visitors: list[str]
    items: list[str]
    sellers: list[str]
    known_at: NDArray[np.int64]
    edits: dict[int, list[tuple[int, bytes]]]
    shelf_sizes: dict[str, int]
    shown: list[Shown]
    events: int
    last_seq: int
    first_at: int
    last_at: int
    log_hash: str

    @property
    def dwells(self) -> int:
        """Count the dwell reports."""
        return int(np.count_nonzero(self.kind == CODES[Kind.DWELL]))

    def until(self, at: int, without: frozenset[Kind] = frozenset()) -> Interactions:
        """Return what happened, and the items known, strictly before a moment."""
        known = self.known_at < at
        rows = np.cumsum(known, dtype=np.int32) - 1
        keep = (self.at < at) & ~np.isin(self.kind, [CODES[kind] for kind in without])
        place = np.flatnonzero(keep)
        order = place[np.lexsort((self.seq[place], self.at[place], self.visitor[place]))]
        keys = [key64("item", self.items[i]) for i in np.flatnonzero(known)]
        visitors, dense = np.unique(self.visitor[order], return_inverse=True)
        return Interactions(
            visitor=dense.astype(np.int32),
            item=rows[self.item[order]],
            at=self.at[order],
            kind=self.kind[order],
            value=self.value[order],
            seller=self.seller[order],
            seq=self.seq[order],
            item_keys=np.array(keys, np.uint64),
            n_visitors=len(visitors),
            n_sellers=len(self.sellers),
        )

    def described(self, at: int) -> list[Item | None]:
        """Return, as of a moment, the items known before it; None for one without a document."""
        found: list[Item | None] = []
        for place in np.flatnonzero(self.known_at < at).tolist():
            edits = [raw for then, raw in self.edits.get(place, ()) if then < at]
            found.append(msgspec.json.decode(edits[-1], type=Item) if edits else None)
        return found
