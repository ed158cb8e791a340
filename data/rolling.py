"""The sellers' figures kept up with the log: what is new is read once, summed and added."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from sys import intern
from typing import Final

from data.rollups import Rollup, Shown, shown_of
from data.schemas import Kind, Logged
from data.stores.ports import EventLog
from data.stores.warehouse import Warehouse

BATCH: Final = 5_000
"""Events read, summed and added together at most by a service that answers meanwhile."""
MANY: Final = 50_000
"""The same where nobody waits: each day of a seller is then written a few times only."""
REMEMBERED: Final = 50_000
"""Recommendations whose placement is kept in memory; older ones are looked up in the log."""


class Roller:
    """Roll up one log into one warehouse; for one thread at a time."""

    def __init__(self, log: EventLog, warehouse: Warehouse, batch: int = BATCH) -> None:
        """Take where events are read and where sums are kept."""
        self._log, self._warehouse, self._batch = log, warehouse, batch
        self._shown: OrderedDict[tuple[str, str], Shown | None] = OrderedDict()

    def pending(self) -> int:
        """Return how many events of the log are not rolled up yet."""
        return max(0, self._log.last_seq() - self._warehouse.cursor())

    def step(self, most: int | None = None) -> int:
        """Roll up the next events, a batch unless `most`; return how many, 0 at the log's end."""
        after = self._warehouse.cursor()
        entries = self._log.read(after, most or self._batch)
        if not entries:
            return 0
        self._remember(entries)
        rollup = Rollup()
        rollup.fold(entries, self._find)
        self._warehouse.add(rollup, after, entries[-1].seq)  # False: another process was faster
        return len(entries)

    def run(self, told: Callable[[int], object] | None = None) -> int:
        """Roll up to the end of the log; return how many events, telling each batch."""
        count = 0
        while step := self.step():
            count += step
            if told is not None:
                told(step)
        return count

    def _remember(self, entries: list[Logged]) -> None:
        for logged in entries:
            if logged.event.kind is Kind.RECOMMENDATION:
                event = logged.event
                self._shown[_named(event.seller_id, event.event_id)] = shown_of(event)
        while len(self._shown) > REMEMBERED:
            self._shown.popitem(last=False)

    def _find(self, seller_id: str, recommendation_id: str) -> Shown | None:
        name = _named(seller_id, recommendation_id)
        if name not in self._shown:
            found = self._log.find(seller_id, recommendation_id)
            self._shown[name] = shown_of(found.event if found is not None else None)
        return self._shown[name]


def _named(seller_id: str, recommendation_id: str) -> tuple[str, str]:
    """Return the key of a list, its seller's name held once for all that are remembered."""
    return intern(seller_id), recommendation_id
