"""The history: catalogue facts and visits as one stream of events, in the order they arrive.

Visits are played in order of their beginning; shares bring friends, purchases bring people back.
A few events reach the log late, as they do when a phone was offline: `at` stays what it was.
"""

from __future__ import annotations

import heapq
from collections.abc import Iterator
from dataclasses import replace
from math import exp
from typing import Final

from data.schemas import DAY_MS, Event
from data.world.choice import Memory
from data.world.dice import Dice, opaque, stream
from data.world.scene import Scene
from data.world.sessions import Guest, Invite, Session
from data.world.shops import NEVER
from data.world.stands import Stand
from data.world.visitors import next_visit

_STEP_MS: Final = 6 * 3_600_000
_HOUR_MS: Final = 3_600_000
_OFFLINE_VISIT: Final = 0.015
_LATE_EVENT: Final = 0.012

_Visit = tuple[int, int, int, int, Invite | None]
"""When, order of planning, visitor, shop, and the share that led here."""


class Simulation:
    """Play a world once, from its start to its end."""

    def __init__(self, scene: Scene) -> None:
        """Take the scene; nothing in it is changed."""
        self.scene, self.catalogue, self.visitors = scene, scene.catalogue, scene.visitors
        seed = scene.catalogue.seed
        self._dice = Dice(stream(seed, "simulation"))
        self._tag = "w" + opaque(seed, "simulation", length=4)
        goods = scene.catalogue.goods
        self._stands = [Stand(shop, goods[shop.trade]) for shop in scene.catalogue.shops]
        self._memories: dict[tuple[int, int], Memory] = {}
        self._names: dict[int, str] = {}
        self._due: dict[int, int] = {}  # when each visitor means to come back
        self._visits: list[_Visit] = []
        self._planned = 0
        self._played = 0

    def run(self) -> Iterator[Event]:
        """Yield every event of the history in order of arrival."""
        facts = self.catalogue.events()
        told = 0
        waiting: list[tuple[int, int, Event]] = []
        order = 0
        self._plan_arrivals()
        edge = self.catalogue.start
        while edge <= self.catalogue.until:
            edge += _STEP_MS
            while told < len(facts) and facts[told][0] < edge:
                waiting.append((facts[told][0], order, self.catalogue.event(facts[told])))
                told, order = told + 1, order + 1
            while self._visits and self._visits[0][0] < edge:
                for arrival, event in self._play(heapq.heappop(self._visits)):
                    waiting.append((arrival, order, event))
                    order += 1
            waiting.sort(key=_by_arrival)
            ready = 0
            while ready < len(waiting) and waiting[ready][0] < edge:
                ready += 1
            yield from (event for _, _, event in waiting[:ready])
            del waiting[:ready]
        yield from (event for _, _, event in waiting)

    def _plan_arrivals(self) -> None:
        for visitor, at in enumerate(self.visitors.arrival.tolist()):
            if at < NEVER:
                self._plan(at, visitor, int(self.visitors.shop[visitor]), None)

    def _plan(self, at: int, visitor: int, shop: int, invite: Invite | None) -> None:
        if at <= self.catalogue.until:
            heapq.heappush(self._visits, (at, self._planned, visitor, shop, invite))
            self._planned += 1

    def _play(self, visit: _Visit) -> list[tuple[int, Event]]:
        """Play a visit, plan what follows from it, and return its events with their arrivals."""
        at, _, visitor, shop, invite = visit
        stand = self._stands[shop].on(at)
        self._played += 1
        if not len(stand.rows):
            return []
        prefix = f"{self._tag}{self._played:x}"
        session = Session(stand, self._guest(visitor, stand, at, prefix), self._dice, at, prefix)
        session.play(invite)
        self._due.setdefault(visitor, at)
        self._come_back(visitor, shop, session)
        for share in session.shares:
            self._tell_friends(visitor, shop, share, session.at)
        until = self.catalogue.until
        return self._deliver([event for event in session.events if event.at <= until])

    def _guest(self, visitor: int, stand: Stand, at: int, session_id: str) -> Guest:
        trade = stand.shop.trade
        name = self._names.get(visitor)
        if name is None:
            name = self._names[visitor] = self.scene.name(visitor)
        guest = self.scene.guest(visitor, trade, at, name, session_id)
        kept = self._memories.setdefault((visitor, trade), guest.memory)
        return replace(guest, memory=kept)

    def _come_back(self, visitor: int, shop: int, session: Session) -> None:
        dice, visitors = self._dice, self.visitors
        if self._due.get(visitor, 0) > session.at:
            return  # she came in between, through a share
        if session.restock_at and dice.chance(0.6):
            gap = (session.restock_at - session.at) / DAY_MS
            self._promise(next_visit(session.at, gap, dice), visitor, shop)
            return
        if not dice.chance(float(visitors.loyalty[visitor])):
            return
        second = int(visitors.second[visitor])
        if second >= 0 and dice.chance(0.3):
            shop = second if shop == int(visitors.shop[visitor]) else int(visitors.shop[visitor])
        gap = 3.0 * exp(0.9 * dice.normal())
        self._promise(next_visit(session.at, gap, dice), visitor, shop)

    def _promise(self, at: int, visitor: int, shop: int) -> None:
        self._due[visitor] = at
        self._plan(at, visitor, shop, None)

    def _tell_friends(self, visitor: int, shop: int, share: Invite, at: int) -> None:
        first, last = (int(x) for x in self.visitors.friends[visitor])
        for friend in range(first, last):
            if friend == visitor or not self._dice.chance(0.2 if friend in self._due else 0.45):
                continue
            delay = int(_HOUR_MS * exp(0.5 + 1.1 * self._dice.normal()))
            self._plan(at + max(delay, 20_000), friend, shop, share)

    def _deliver(self, events: list[Event]) -> list[tuple[int, Event]]:
        """Pair events with the moment they reach the log."""
        dice, until = self._dice, self.catalogue.until
        if dice.chance(_OFFLINE_VISIT):
            delay = int(_HOUR_MS * exp(1.0 + dice.normal()))
            return [(min(event.at + delay, until), event) for event in events]
        delivered = []
        for event in events:
            delay = int(60_000 * exp(1.0 + dice.normal())) if dice.chance(_LATE_EVENT) else 0
            delivered.append((min(event.at + delay, until), event))
        return delivered


def _by_arrival(waiting: tuple[int, int, Event]) -> tuple[int, int]:
    return waiting[:2]
