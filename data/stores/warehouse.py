"""What a store of sellers' figures must do; all of it can always be rolled up anew from the log."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from data.rollups import Rollup
from data.sightings import Place, Sighting

Floats = NDArray[np.float64]
Longs = NDArray[np.int64]


@dataclass(frozen=True)
class Visits:
    """Hold visitors' quarters: each row's visitor, quarter and sums float64[n, counters].

    A visitor's quarter may stand in several rows. `first_at` is the visitor's first act at this
    seller ever, 0 when that was before the range; `opened_at` the row's first opening
    (`rollups.NEVER`: none), `arms` the bits of the lists she was shown.
    """

    visitor: Longs
    slot: Longs
    sums: Floats
    first_at: Longs
    opened_at: Longs
    arms: Longs
    channel: Sequence[str]
    sharer: Sequence[str]


@dataclass(frozen=True)
class Guest:
    """Tell of one visitor in a range: her hash, her first and last act, her sums."""

    name: str
    first_at: int
    last_at: int
    sharer: str
    channel: str
    sums: Sequence[float]


@dataclass(frozen=True)
class Fact:
    """State what a supplier asked and had at a moment (epoch ms)."""

    at: int
    price: float | None
    stock: int | None


class Warehouse(Protocol):
    """Keep the rollups. Sellers, items and visitors are signed 64-bit keys, quarters are UTC.

    Calls block and may come from any thread; they raise `StoreUnavailable`. Ranges of quarters
    are [since, until).
    """

    def sweep(self) -> None:
        """Leave nothing in the warehouse's own files of what was forgotten before."""
        ...

    def cursor(self) -> int:
        """Return the seq of the last event that is rolled up."""
        ...

    def latest(self) -> int:
        """Return the newest quarter of all sightings and taps that are rolled up, 0 for none."""
        ...

    def add(self, rollup: Rollup, after: int, seq: int) -> bool:
        """Add a rollup of the events in (after, seq], all or nothing.

        First its `erased` are forgotten in what stands already: their acts count for nobody, sums
        stay what they are, and they stand in no list.

        Return False and change nothing when another process has already gone on from `after`.
        """
        ...

    def placements(self, seller: int, since: int, until: int) -> tuple[list[str], Floats]:
        """Return the sums of each placement."""
        ...

    def products(self, seller: int, since: int, until: int) -> tuple[Longs, Longs, Floats]:
        """Return items int64[n], quarters int64[n] and sums float64[n, counters].

        An item's quarter may stand in several rows.
        """
        ...

    def visits(self, seller: int, since: int, until: int) -> Visits:
        """Return the visitors' quarters; those of nobody have visitor 0."""
        ...

    def guests(self, seller: int, since: int, until: int, limit: int, skip: int = 0) -> list[Guest]:
        """Return the visitors of a range, the last seen first, but for the first `skip`."""
        ...

    def sightings(self, places: Collection[Place]) -> dict[Place, Sighting]:
        """Return what is known of places in lists; nothing of those that nobody saw or tapped.

        Those of quarters more than `SIGHTINGS_KEPT` before the latest are not kept.
        """
        ...

    def people(self) -> dict[int, int]:
        """Return how many visitors each seller is known to have."""
        ...

    def facts(self, item: int, limit: int) -> list[Fact]:
        """Return an item's dated facts, the newest first."""
        ...


@dataclass(frozen=True)
class OpenWarehouse:
    """Hold an opened warehouse and how to close it."""

    rollups: Warehouse
    close: Callable[[], None]
