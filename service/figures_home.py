"""A home whose log grows: the simulated world's events, replayed under new ids and days."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from time import process_time
from typing import Any, Final

import msgspec

from data.rolling import MANY, Roller
from data.rollups import NEVER, SLOT_MS, Person, Rollup, visitor_key
from data.schemas import DAY_MS, Event, Kind, Logged
from data.state import State
from data.stores import Stores, open_stores, open_warehouse
from data.world import generate
from service.settings import ServiceSettings

CHUNK: Final = 50_000
DAYS: Final = 1
SPREAD: Final = 60
FACTS: Final = frozenset({Kind.ITEM, Kind.SELLER, Kind.LISTING})


def settings_of(home: Path) -> ServiceSettings:
    """Return the settings the home is made and served with."""
    return ServiceSettings(home=home, poll_seconds=1.0)


class GrownLog:
    """Hold a home whose log grows: the simulated world's events, replayed under new ids.

    The first turn goes the way that events go: appended, folded, rolled up. Later turns are the
    same acts of other people, days earlier; they are appended too, and their sums are the first
    turn's under those names and days. After `SPREAD` turns the days begin anew: first the history
    grows longer, then denser. The state knows the first turn, the newest days, alone.
    """

    def __init__(self, home: Path, sellers: int) -> None:
        """Take an empty folder; the log is made by `to`."""
        self.home, self.events = home, 0
        self.settings = settings_of(home)
        self.until = 1_790_000_000_000 // DAY_MS * DAY_MS
        world = generate(sellers, 7, self.until, DAYS, pseudonymise=str)
        self._first = list(world.events())
        self._acts = [event for event in self._first if event.kind not in FACTS]
        self._sums: dict[tuple[int, int], Rollup] = {}
        self._state = State()

    def to(self, size: int) -> dict[str, Any]:
        """Append events up to a size and bring state and figures there; tell what that took."""
        begun, before = process_time(), self.events
        stores = open_stores(self.settings.store_url)
        opened = open_warehouse(self.settings.store_url)
        roller = Roller(stores.log, opened.rollups, MANY)
        roller.run()  # what came in while the size before was measured
        roll, rolled = self._first_turn(size, stores, roller)
        seq = stores.log.last_seq()
        while self.events < size:
            turn, start = divmod(self.events - len(self._first), len(self._acts))
            part = (start, min(start + CHUNK, len(self._acts), start + size - self.events))
            back = (turn + 1) % SPREAD * DAYS
            stores.log.append([_moved(one, turn + 1, back) for one in self._acts[slice(*part)]])
            if part not in self._sums:
                self._sums[part] = Rollup()
                entries = [Logged(0, event) for event in self._acts[slice(*part)]]
                self._sums[part].fold(entries, lambda *_: None, lambda _: {})
            moved = _others(self._sums[part], turn + 1, back)
            added = part[1] - part[0]
            opened.rollups.add(moved, seq, seq + added)
            self.events, seq = self.events + added, seq + added
        if roller.pending():
            raise RuntimeError("the figures are behind the log")
        self._state.seq = seq
        stores.checkpoints.save(self._state.checkpoint())
        self._state.saved()
        opened.close()
        stores.close()
        return {
            "events": self.events,
            "added": self.events - before,
            "loading_cpu_s": process_time() - begun,
            "roll_up_us": roll / rolled * 1e6 if rolled else None,
            "figures_mb": (self.home / "log.figures.db").stat().st_size / 1e6,
            "log_mb": (self.home / "log.db").stat().st_size / 1e6,
        }

    def _first_turn(self, size: int, stores: Stores, roller: Roller) -> tuple[float, int]:
        """Append the world's own events; return how long rolling up took, and of how many."""
        roll, begun = 0.0, self.events
        while self.events < min(size, len(self._first)):
            end = min(self.events + CHUNK, size, len(self._first))
            batch = self._first[self.events : end]
            seqs = stores.log.append(batch)
            for seq, event in zip(seqs, batch, strict=True):
                self._state.apply(Logged(seq or 0, event))
            now = process_time()
            roller.run()
            roll += process_time() - now
            self.events = end
        return roll, self.events - begun


def _moved(event: Event, turn: int, days: int) -> Event:
    """Return the same act of another person, days earlier."""
    return msgspec.structs.replace(
        event,
        event_id=f"{turn}.{event.event_id}",
        visitor=f"{turn}.{event.visitor}",
        at=event.at - days * DAY_MS,
    )


def _others(rollup: Rollup, turn: int, days: int) -> Rollup:
    """Return the sums of a turn's moved acts: those of the first, under other names and days."""
    back, moved = days * DAY_MS // SLOT_MS, Rollup()
    names = {key: f"{turn}.{one.name}" for (_, key), one in rollup.people.items()}
    keys = {key: visitor_key(name) for key, name in names.items()} | {0: 0}
    for (seller, slot, visitor), visit in rollup.visits.items():
        opened = visit.opened_at if visit.opened_at == NEVER else visit.opened_at - days * DAY_MS
        moved.visits[seller, slot - back, keys[visitor]] = replace(visit, opened_at=opened)
    for (seller, visitor), one in rollup.people.items():
        if one.first_at < NEVER:
            first, last = one.first_at - days * DAY_MS, one.last_at - days * DAY_MS
            moved.people[seller, keys[visitor]] = Person(names[visitor], first, last)
    moved.sightings = {
        (keys[visitor], place): replace(one, slot=one.slot - back)
        for (visitor, place), one in rollup.sightings.items()
    }
    moved.products = {
        (s, slot - back, item): row for (s, slot, item), row in rollup.products.items()
    }
    moved.placements = {
        (s, slot - back, at): row for (s, slot, at), row in rollup.placements.items()
    }
    return moved
