"""What sellers' figures are made of: events folded into sums by quarter of an hour.

Each event is counted once, in the quarter of an hour (UTC) in which it happened, however late it
arrives; local days are put together from quarters when they are asked for, in any time zone. A
batch of events folds into a `Rollup`; adding rollups in any order gives the same sums.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Final, TypeVar

import msgspec

from data.counters import COUNTERS, ONE_EACH, Amounts, amounts_of
from data.placed import Shown
from data.schemas import DAY_MS, GONE, Event, Item, Kind, Logged, key64
from data.sightings import SIGHTINGS, Place, Sighted, Sighting, place_key

SLOT_MS: Final = 900_000
"""A quarter of an hour: every time zone's days begin at one."""
SIGHTINGS_KEPT: Final = 30 * DAY_MS // SLOT_MS
"""Quarters for which a place in a list is known; what is told later than that is in no rate."""

PERSONAL, HOLDOUT = 1, 2
ARMS: Final = {"personal": PERSONAL, "holdout": HOLDOUT}
NEVER: Final = 1 << 62
"""Stands for the time of an act that did not happen."""

K = TypeVar("K")
Sums = list[float]


@dataclass(slots=True)
class Visit:
    """Hold one visitor's quarter of an hour on one card."""

    sums: Sums
    opened_at: int = NEVER
    channel: str = ""
    sharer: str = ""
    arms: int = 0


@dataclass(slots=True)
class Person:
    """Hold what is known of one visitor of one seller: her hash, her first and last act.

    Who did nothing herself (she was shown a list, or her share was opened) stands here too, so that
    she can be found when she is to be forgotten.
    """

    name: str
    first_at: int = NEVER
    last_at: int = -1


@dataclass(frozen=True, slots=True)
class Erased:
    """Name a visitor to be forgotten, at one seller or (None) at all of them."""

    visitor: int
    name: str
    seller: int | None


@dataclass(slots=True)
class Rollup:
    """Hold the sums of a batch of events, ready to be added to those of all events before.

    `erased` are to be forgotten in what was added before; in the batch itself they are already.
    `latest` is the newest quarter in which something of a list was seen or tapped, in all so far.
    """

    placements: dict[tuple[int, int, str], Sums] = field(default_factory=dict)
    products: dict[tuple[int, int, int], Sums] = field(default_factory=dict)
    visits: dict[tuple[int, int, int], Visit] = field(default_factory=dict)
    people: dict[tuple[int, int], Person] = field(default_factory=dict)
    facts: dict[tuple[int, int], tuple[float | None, int | None]] = field(default_factory=dict)
    sightings: dict[Place, Sighting] = field(default_factory=dict)
    erased: list[Erased] = field(default_factory=list)
    latest: int = 0
    _told: list[tuple[Place, Event, Shown | None]] = field(default_factory=list)

    def fold(
        self,
        entries: Iterable[Logged],
        shown: Callable[[str, str], Shown | None],
        sighted: Sighted,
    ) -> None:
        """Count events; `shown` tells of a seller's recommendation by its id.

        `sighted` tells what was known of places in lists before all that is folded here.
        """
        for logged in entries:
            event = logged.event
            if event.kind in ONE_EACH:  # has no document that could be unreadable
                if event.seller_id:
                    self._count(event, shown)
                continue
            with suppress(msgspec.DecodeError):  # decoded before anything is added
                if event.kind is Kind.RECOMMENDATION:
                    self._arm(event, shown)
                elif event.kind is Kind.ITEM:
                    self._fact(event)
                elif event.kind is Kind.ERASURE:
                    self._match(sighted)
                    self._erase(event)
                elif event.seller_id:
                    self._count(event, shown)
        self._match(sighted)

    def _count(self, event: Event, shown: Callable[[str, str], Shown | None]) -> None:
        named = event.recommendation_id
        place = shown(event.seller_id, named) if named is not None else None
        amounts = amounts_of(event, picked=place is not None and place.holds(event))
        if not amounts:
            return
        seller, slot = _key("seller", event.seller_id), event.at // SLOT_MS
        visit = self._visit(event, seller, slot)
        self._sum(visit, event, (seller, slot), place, amounts)
        if event.kind in SIGHTINGS and (key := place_key(event, place)) is not None:
            self._told.append(((visitor_key(event.visitor), signed(key)), event, place))
        elif event.kind is Kind.OPEN and event.visitor:
            self._opened(visit, event, seller)

    def _sum(
        self,
        visit: Visit,
        event: Event,
        quarter: tuple[int, int],
        place: Shown | None,
        amounts: Amounts,
    ) -> None:
        """Add amounts to a visit, and to the product's and the placement's quarter of a seller."""
        _add(visit.sums, amounts)
        if event.item_id is not None:
            _add(_sums(self.products, (*quarter, _key("item", event.item_id))), amounts)
        if place is not None:
            _add(_sums(self.placements, (*quarter, place.placement)), amounts)

    def _match(self, sighted: Sighted) -> None:
        """Count what was seen and tapped since the last time, each place once."""
        told, self._told = self._told, []
        new = {place for place, _, _ in told if place not in self.sightings}
        for place, known in sighted(new).items():
            gone = [one for one in self.erased if one.visitor == place[0]]
            if not any(_falls_to(one, known.seller) for one in gone):
                self.sightings[place] = known
        for place, event, shown in told:
            slot = event.at // SLOT_MS
            self.latest = max(self.latest, slot)
            oldest = self.latest - SIGHTINGS_KEPT
            if slot < oldest:
                continue  # whether it counted before is forgotten: that quarter's rate stays
            found = self.sightings.get(place)
            if found is None or found.slot < oldest:
                found = self.sightings[place] = Sighting(_key("seller", event.seller_id), slot)
            amounts = found.take(event.kind, slot)
            if amounts:
                quarter = (_key("seller", event.seller_id), found.slot)
                visit = self._row((*quarter, visitor_key(event.visitor)))
                self._sum(visit, event, quarter, shown, amounts)

    def _visit(self, event: Event, seller: int, slot: int) -> Visit:
        visitor = visitor_key(event.visitor)
        if visitor:
            person = self._person(seller, visitor, event.visitor)
            if event.kind is not Kind.RECOMMENDATION:
                if event.at < person.first_at:
                    person.first_at = event.at
                if event.at > person.last_at:
                    person.last_at = event.at
        return self._row((seller, slot, visitor))

    def _row(self, key: tuple[int, int, int]) -> Visit:
        visit = self.visits.get(key)
        if visit is None:
            visit = self.visits[key] = Visit([0] * len(COUNTERS))
        return visit

    def _opened(self, visit: Visit, event: Event, seller: int) -> None:
        """Keep the earliest opening of the quarter; ties go to the lesser channel."""
        channel, sharer = channel_of(event), event.from_visitor or ""
        sharer = "" if sharer == GONE else sharer
        if sharer:
            self._person(seller, visitor_key(sharer), sharer)
        if (event.at, channel, sharer) < (visit.opened_at, visit.channel, visit.sharer):
            visit.opened_at, visit.channel, visit.sharer = event.at, channel, sharer

    def _person(self, seller: int, visitor: int, name: str) -> Person:
        key = (seller, visitor)
        person = self.people.get(key)
        if person is None:
            person = self.people[key] = Person(name)
        return person

    def _arm(self, event: Event, shown: Callable[[str, str], Shown | None]) -> None:
        """Take note of which list the experiment showed a visitor."""
        if not event.visitor:
            return
        place = shown(event.seller_id, event.event_id)
        arm = ARMS.get(place.arm) if place is not None else None
        if arm is not None:
            seller = _key("seller", event.seller_id)
            self._visit(event, seller, event.at // SLOT_MS).arms |= arm

    def _erase(self, event: Event) -> None:
        """Let a visitor's acts so far count for nobody."""
        seller = _key("seller", event.seller_id) if event.seller_id else None
        gone = Erased(visitor_key(event.visitor), event.visitor, seller)
        self.erased.append(gone)
        for key in [key for key in self.visits if _falls_to(gone, key[0])]:
            visit = self.visits[key]
            if visit.sharer == gone.name:
                visit.sharer = ""
            if key[2] == gone.visitor:
                self._give_up(key)
        for known in [key for key in self.people if _falls_to(gone, key[0])]:
            if known[1] == gone.visitor:
                del self.people[known]
        for place in [one for one in self.sightings if one[0] == gone.visitor]:
            if _falls_to(gone, self.sightings[place].seller):
                del self.sightings[place]

    def _give_up(self, key: tuple[int, int, int]) -> None:
        """Add one visitor's quarter to that of nobody."""
        visit = self.visits.pop(key)
        nobody = self.visits.setdefault((*key[:2], 0), Visit([0] * len(COUNTERS)))
        nobody.sums = [a + b for a, b in zip(nobody.sums, visit.sums, strict=True)]

    def _fact(self, event: Event) -> None:
        if event.payload is None or event.item_id is None:
            return
        item = msgspec.json.decode(event.payload, type=Item)
        at = item.facts_at or event.at
        self.facts[(_key("item", event.item_id), at)] = (item.price, item.stock)


def channel_of(event: Event) -> str:
    """Return how an opening came about: the share's channel, `share` without one, or `direct`."""
    if event.channel:
        return event.channel
    return "share" if event.share_id is not None else "direct"


def _falls_to(gone: Erased, seller: int) -> bool:
    return gone.seller is None or gone.seller == seller


def _add(row: Sums, amounts: Amounts) -> None:
    for counter, amount in amounts:
        row[counter] += amount


def _sums(rows: dict[K, Sums], key: K) -> Sums:
    found = rows.get(key)
    if found is None:
        found = rows[key] = [0] * len(COUNTERS)
    return found


def visitor_key(visitor: str) -> int:
    """Return the number under which a visitor (keyed hash) is counted; 0 for nobody.

    >>> visitor_key("")
    0
    """
    return _key("visitor", visitor) if visitor else 0


def seller_key(seller_id: str) -> int:
    """Return the number under which a seller's sums are kept."""
    return _key("seller", seller_id)


@lru_cache(maxsize=100_000)
def _key(space: str, name: str) -> int:
    return signed(key64(space, name))


def signed(key: int) -> int:
    """Return a 64-bit key as stores keep it.

    >>> signed(2**64 - 1), signed(5)
    (-1, 5)
    """
    return key - (1 << 64) if key >= 1 << 63 else key
