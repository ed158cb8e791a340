"""Which picks were tapped of those that were seen: a place in a list counts once in either."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from typing import Final

from data.counters import PLACE, Amounts
from data.placed import Shown
from data.schemas import DAY_MS, Event, Kind, key64

SEEN: Final[Amounts] = ((PLACE["seen"], 1),)
TAPPED: Final[Amounts] = ((PLACE["tapped"], 1),)
SIGHTINGS: Final = frozenset({Kind.IMPRESSION, Kind.CLICK})
"""The kinds of acts that tell of a place in a list."""
Place = tuple[int, int]
"""A visitor and a place in a list of hers, as signed keys."""


@dataclass(slots=True)
class Sighting:
    """Hold what is known of one place: at which seller, if it was seen and tapped, and when.

    `slot` is the quarter of an hour in which it was seen first; of a tap that nobody's sighting
    stands behind yet, the tap's.
    """

    seller: int
    slot: int
    seen: bool = False
    tapped: bool = False

    def take(self, kind: Kind, slot: int) -> Amounts:
        """Take in a sighting or a tap; return what counts by it, in the quarter of the sighting."""
        if kind is Kind.CLICK:
            again, self.tapped = self.tapped, True
            return TAPPED if self.seen and not again else ()
        if self.seen:
            return ()
        self.slot, self.seen = slot, True
        return SEEN + TAPPED if self.tapped else SEEN


Sighted = Callable[[Collection[Place]], Mapping[Place, Sighting]]


def place_key(event: Event, shown: Shown | None) -> int | None:
    """Return the key of the place that a visitor saw or tapped; None where it is in no rate.

    Without a list's id a product has one place on a visitor's day (UTC). Of nobody's acts without
    one it cannot be told which are of one place; one on a list of another visitor's is of none.
    """
    if event.kind not in SIGHTINGS or event.item_id is None:
        return None
    named = event.recommendation_id
    if named is None:
        day = str(event.at // DAY_MS)
        return _key("day", event.seller_id, day, event.item_id) if event.visitor else None
    if shown is not None and not shown.holds(event):
        return None
    return _key("list", event.seller_id, named, event.item_id)


def _key(space: str, *names: str) -> int:
    return key64(space, "\x1f".join(names))
