"""Measure how the cost of training grows with the log: stage by stage, each size by itself.

A small simulated world is played once and laid side by side with copies of itself until there are
enough interactions. Every copy has visitors and sellers of its own; its products are those of some
of the other copies, so many that the catalogue grows with sellers^0.7, as the world's own does. Up
to `log_up_to` interactions events are written and read as a log would; beyond it the columns that a
scan gives are laid out directly, because 35 million events take longer to make than to learn from.
"""

from __future__ import annotations

import resource
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import cached_property
from math import ceil
from time import process_time
from typing import Final, TypeVar

import msgspec
import numpy as np
from numpy.typing import NDArray

from data.schemas import Event, Logged
from data.state import State
from data.world import generate
from models.base import Retriever
from models.facts import facts_of
from training.config import Config
from training.fit import fit_on, settings_of
from training.scan import scan
from training.scanned import Scanned
from training.targets import choose, split

UNTIL: Final = 1_790_000_000_000
SELLERS: Final = 58
"""Sellers of the world that is copied: about 100,000 interactions."""
T = TypeVar("T")
Ints = NDArray[np.int32]


class Grown(msgspec.Struct, frozen=True, kw_only=True):
    """Hold what a size cost: CPU seconds and peak megabytes after each stage, in order."""

    interactions: int
    visitors: int
    items: int
    sellers: int
    seconds: dict[str, float]
    peak_mb: dict[str, float]


@dataclass(slots=True)
class _Meter:
    seconds: dict[str, float] = field(default_factory=dict)
    peak_mb: dict[str, float] = field(default_factory=dict)

    def measure(self, name: str, work: Callable[[], T]) -> T:
        begun = process_time()
        result = work()
        self.seconds[name] = round(process_time() - begun, 2)
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        self.peak_mb[name] = round(peak, 1)
        return result


class Copies:
    """Lay a played world side by side with copies of itself."""

    def __init__(self, interactions: int, seed: int) -> None:
        """Play the world and say how many copies are needed."""
        world = generate(SELLERS, seed, UNTIL, pseudonymise=str)
        self.events = list(world.events())
        self.one = scan(Logged(seq, event) for seq, event in enumerate(self.events, 1))
        self.count = max(1, round(interactions / len(self.one.at)))
        self.catalogues = ceil(self.count**0.7)

    def log(self) -> Iterator[Logged]:
        """Yield the events of all copies as a log: moment by moment, copy after copy."""
        seq = 0
        for event in self.events:
            for copy in range(self.count):
                seq += 1
                yield Logged(seq, self._renamed(event, copy))

    def _renamed(self, event: Event, copy: int) -> Event:
        catalogue = copy % self.catalogues
        payload = event.payload
        if payload is not None and event.item_id is not None:
            payload = _named(bytes(payload), event.item_id, f"{catalogue}:{event.item_id}")
        return msgspec.structs.replace(
            event,
            event_id=f"{copy}:{event.event_id}",
            seller_id=f"{copy}:{event.seller_id}" if event.seller_id else "",
            visitor=f"{copy}:{event.visitor}" if event.visitor else event.visitor,
            item_id=None if event.item_id is None else f"{catalogue}:{event.item_id}",
            payload=payload,
        )

    @cached_property
    def scanned(self) -> Scanned:
        """Return the columns that a scan of all copies gives, but for the order of entries."""
        one, n, copies = self.one, len(self.one.at), range(self.count)
        of_items = np.repeat(np.arange(self.count, dtype=np.int32) % self.catalogues, n)
        of_all = np.repeat(np.arange(self.count, dtype=np.int32), n)
        shift = (of_items * len(one.items)).astype(np.int32)
        last, before = (np.tile(column, self.count) for column in (one.last, one.before))
        return Scanned(
            visitor=np.tile(one.visitor, self.count) + of_all * np.int32(len(one.visitors)),
            item=np.tile(one.item, self.count) + shift,
            seller=np.tile(one.seller, self.count) + of_all * np.int32(len(one.sellers)),
            at=np.tile(one.at, self.count),
            kind=np.tile(one.kind, self.count),
            value=np.tile(one.value, self.count),
            seq=np.arange(1, n * self.count + 1, dtype=np.int64),
            asks=np.tile(one.asks, self.count),
            last=np.where(last >= 0, last + shift, last),
            before=np.where(before >= 0, before + shift, before),
            joined=np.tile(one.joined, self.count),
            listed=np.tile(one.listed, self.count),
            visitors=[f"{copy}:{name}" for copy in copies for name in one.visitors],
            items=[f"{c}:{name}" for c in range(self.catalogues) for name in one.items],
            sellers=[f"{copy}:{name}" for copy in copies for name in one.sellers],
            known_at=np.tile(one.known_at, self.catalogues),
            edits={
                c * len(one.items) + place: edits
                for c in range(self.catalogues)
                for place, edits in one.edits.items()
            },
            shelf_sizes={
                f"{copy}:{name}": size for copy in copies for name, size in one.shelf_sizes.items()
            },
            shown=[],
            events=one.events * self.count,
            last_seq=n * self.count,
            first_at=one.first_at,
            last_at=one.last_at,
            log_hash="",
        )


def grow(interactions: int, config: Config, log_up_to: int, say: Callable[[str], object]) -> Grown:
    """Measure one size in this process; peaks only mean something in a process of their own."""
    meter, copies = _Meter(), Copies(interactions, config.seed)
    if interactions <= log_up_to:
        scanned = meter.measure("scan", lambda: scan(copies.log()))
        say(f"scanned {scanned.events:,} events")
        meter.measure("fold", lambda: _folded(copies.log()))
    else:
        scanned = copies.scanned
    copies.events.clear()
    cuts = split(scanned, config.cuts)
    most = settings_of(config).candidates
    meter.measure("questions", lambda: choose(scanned, cuts, config.examples, most, config.seed))
    known = meter.measure("columns", lambda: scanned.until(cuts.end))
    described = meter.measure("documents", lambda: scanned.described(cuts.end))
    meter.measure("facts", lambda: facts_of(described))
    for name in config.retrievers:
        alone = msgspec.structs.replace(config, retrievers={name: config.retrievers[name]})
        model = meter.measure(name, lambda c=alone: fit_on(known, described, c))  # type: ignore[misc]
        size = sum(array.nbytes for array in _arrays(model.retrievers[0]))
        say(f"{name}: {meter.seconds[name]:,.1f} s, {size / 1e6:,.0f} MB kept")
    return Grown(
        interactions=len(scanned.at),
        visitors=len(scanned.visitors),
        items=len(scanned.items),
        sellers=len(scanned.sellers),
        seconds=meter.seconds,
        peak_mb=meter.peak_mb,
    )


def _folded(log: Iterator[Logged]) -> State:
    state = State()
    for logged in log:
        state.apply(logged)
    return state


def _arrays(retriever: Retriever) -> Iterator[NDArray[np.generic]]:
    yield from retriever.arrays().values()


def _named(payload: bytes, old: str, new: str) -> msgspec.Raw:
    before, after = (f'"item_id":"{name}"'.encode() for name in (old, new))
    return msgspec.Raw(payload.replace(before, after, 1))
