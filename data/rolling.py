"""The sellers' figures kept up with the log: what is new is read once, summed and added."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from sys import intern
from typing import Final

from data.placed import Shown, shown_of
from data.rollups import Rollup
from data.schemas import Kind, Logged
from data.stores.ports import LogReader
from data.stores.warehouse import Warehouse

BATCH: Final = 5_000
"""Events read, summed and added together at most by a service that answers meanwhile."""
MANY: Final = 50_000
"""The same where nobody waits: each day of a seller is then written a few times only."""
REMEMBERED: Final = 50_000
"""Recommendations whose placement is kept in memory; older ones are looked up in the log."""


class Roller:
    """Roll up one log into one warehouse; for one thread at a time."""

    def __init__(self, log: LogReader, warehouse: Warehouse, batch: int = BATCH) -> None:
        """Take where events are read and where sums are kept."""
        self._log, self._warehouse, self._batch = log, warehouse, batch
        self._shown: OrderedDict[tuple[str, str], Shown | None] = OrderedDict()
        self._taken: tuple[Rollup, int, int] | None = None  # sums, and after which seq, up to which

    def pending(self) -> int:
        """Return how many events of the log are not rolled up yet."""
        return max(0, self._log.last_seq() - self._warehouse.cursor())

    def take(self, most: int) -> int:
        """Sum the next events; return how many, 0 at the log's end. They count when `put`."""
        after = self._taken[2] if self._taken is not None else self._warehouse.cursor()
        entries = self._log.read(after, most)
        if entries:
            rollup, begin, _ = self._taken or (self._begun(), after, after)
            self._remember(entries)
            self._taken = None  # what fails on the way is begun again
            rollup.fold(entries, self._find, self._warehouse.sightings)
            self._taken = (rollup, begin, entries[-1].seq)
        return len(entries)

    def put(self) -> None:
        """Add to the warehouse what was taken, unless another process was faster."""
        if self._taken is not None:
            rollup, after, seq = self._taken
            self._taken = None
            self._warehouse.add(rollup, after, seq)

    def step(self) -> int:
        """Roll up the next batch of events; return how many, 0 at the log's end."""
        count = self.take(self._batch)
        self.put()
        return count

    def run(self, told: Callable[[int], object] | None = None) -> int:
        """Roll up to the end of the log; return how many events, telling each batch."""
        count = 0
        while step := self.step():
            count += step
            if told is not None:
                told(step)
        return count

    def _begun(self) -> Rollup:
        return Rollup(latest=self._warehouse.latest())

    def _remember(self, entries: list[Logged]) -> None:
        for logged in entries:
            if logged.event.kind is Kind.RECOMMENDATION:
                event = logged.event
                self._shown[_named(event.seller_id, event.event_id)] = shown_of(event)
        while len(self._shown) > REMEMBERED:
            self._shown.popitem(last=False)

    def _find(self, seller_id: str, recommendation_id: str) -> Shown | None:
        name = (seller_id, recommendation_id)
        if name not in self._shown:
            found = self._log.find(seller_id, recommendation_id)
            name = _named(seller_id, recommendation_id)
            self._shown[name] = shown_of(found.event if found is not None else None)
        return self._shown[name]


def _named(seller_id: str, recommendation_id: str) -> tuple[str, str]:
    """Return the key of a list, its seller's name held once for all that are remembered."""
    return intern(seller_id), recommendation_id
