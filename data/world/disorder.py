"""Disorder for tests: the duplicates and late arrivals that real pages and networks send."""

from __future__ import annotations

import heapq
from collections.abc import Iterable, Iterator

from data.schemas import Event
from data.world.dice import Dice, stream


def disturb(
    events: Iterable[Event], seed: int, duplicates: float = 0.03, late: float = 0.05, by: int = 50
) -> Iterator[Event]:
    """Yield all events, some of them again and some out of order.

    A share `duplicates` is sent twice, byte for byte; a share `late` arrives up to `by` events
    after its turn. Catalogue events (without a visitor) are sent once and on time.
    """
    dice = Dice(stream(seed, "disorder"))
    held: list[tuple[int, int, Event]] = []
    for turn, event in enumerate(events):
        copies = 2 if event.visitor and dice.chance(duplicates) else 1
        for copy in range(copies):
            wait = 1 + dice.below(by) if event.visitor and (copy or dice.chance(late)) else 0
            heapq.heappush(held, (turn + wait, 2 * turn + copy, event))
        while held and held[0][0] <= turn:
            yield heapq.heappop(held)[2]
    while held:
        yield heapq.heappop(held)[2]
