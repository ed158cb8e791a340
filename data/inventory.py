"""Say what a log holds: events by kind, from when to when, and how many of whom."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime

from data.schemas import Event, Kind
from data.stores import EventLog


@dataclass(slots=True)
class Inventory:
    """Count events; `first` and `last` are epoch ms, 0 in an empty log."""

    kinds: Counter[Kind] = field(default_factory=Counter)
    first: int = 0
    last: int = 0
    sellers: set[str] = field(default_factory=set)
    items: set[str] = field(default_factory=set)
    visitors: set[str] = field(default_factory=set)

    def count(self, event: Event) -> None:
        """Take one event into account."""
        self.first = event.at if not self.kinds else min(self.first, event.at)
        self.last = max(self.last, event.at)
        self.kinds[event.kind] += 1
        if event.seller_id:
            self.sellers.add(event.seller_id)
        if event.item_id:
            self.items.add(event.item_id)
        if event.visitor:
            self.visitors.add(event.visitor)

    def lines(self) -> Iterator[str]:
        """Yield the inventory as text, kinds in the order of the vocabulary."""
        yield f"{sum(self.kinds.values()):>12,}  events"
        for kind in Kind:
            if self.kinds[kind]:
                yield f"{self.kinds[kind]:>12,}    {kind.value}"
        if self.kinds:
            yield f"{'from':>12}  {_text(self.first)}"
            yield f"{'to':>12}  {_text(self.last)}"
        yield f"{len(self.sellers):>12,}  sellers"
        yield f"{len(self.items):>12,}  items"
        yield f"{len(self.visitors):>12,}  visitors"


def inventory(log: EventLog) -> Inventory:
    """Read the whole log once. Memory grows with sellers, items and visitors, not with events."""
    found, after = Inventory(), 0
    while entries := log.read(after):
        after = entries[-1].seq
        for entry in entries:
            found.count(entry.event)
    return found


def _text(at: int) -> str:
    return datetime.fromtimestamp(at / 1000, UTC).strftime("%Y-%m-%d %H:%M:%S UTC")
