"""The one fold: the log, entry by entry, into profiles, item statistics and the catalogue.

The service keeps a `State` in step with the log; training replays the same log through the same
class. Nothing else may change what features read, which is why both see the same numbers.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator
from functools import lru_cache
from typing import Final

import msgspec
import numpy as np

from data.catalogue import Catalogue, Entry, listing_key
from data.edits import EDITS, Edits
from data.knowledge import Knowledge
from data.profiles import Profile, dwell_value
from data.schemas import (
    CODES,
    IDLE_CAP_MS,
    INTERACTIONS,
    Consent,
    Erasure,
    Event,
    Kind,
    Logged,
    Stay,
    TagRemoved,
    key64,
)
from data.statistics import Statistics, fold_both
from data.stores.ports import Checkpoint, Stores
from data.visitors import Load, Visitors

LAYOUT: Final = 4
"""Rises when the derived tables change shape; an older checkpoint is then folded again from 0."""

_TOUCHING: Final = INTERACTIONS | {Kind.NOT_INTERESTED}
_KNOWING: Final = {Kind.FAQ, Kind.CONSULTATION, Kind.QUESTION, Kind.REPLY, Kind.ANSWER_RATED}
_READ_AT_ONCE: Final = 10_000
ROWS_AT_HAND: Final = 20_000
"""Listings whose rows of statistics are found without mixing their keys."""


class _Shown(msgspec.Struct, frozen=True, array_like=True):
    """Read of a slot what a profile keeps."""

    item_id: str


class _List(msgspec.Struct, frozen=True):
    """Read of a `Recommendation` what a profile keeps."""

    slots: tuple[_Shown, ...]


@lru_cache(maxsize=100_000)
def _seller_key(seller_id: str) -> tuple[int, np.uint64]:
    """Return a seller's key, as Python counts and as arrays do."""
    key = key64("seller", seller_id)
    return key, np.uint64(key)


_SHOWN: Final = msgspec.json.Decoder(_List)


class State:
    """Fold the log strictly in `seq` order; hold what serving and training read."""

    def __init__(self, load_profile: Load | None = None, keep: int | None = None) -> None:
        """Start empty; profiles not in memory come from `load_profile`.

        `keep` bounds the clean profiles held in memory (None: all are kept).
        """
        self.seq = 0
        self.unreadable = 0  # entries passed over because their payload is no such document
        self.items = Statistics()
        self.listings = Statistics()
        self.catalogue = Catalogue(self.items.row, self.listings.row)
        self.knowledge = Knowledge()
        self.visitors = Visitors(load_profile, keep)
        self._once_saved: tuple[Load | None, int | None] | None = None
        self._edits = Edits()
        self._listing_row = lru_cache(ROWS_AT_HAND)(self._find_listing_row)

    def apply(self, logged: Logged) -> None:
        """Fold one entry; one with an unreadable payload is counted and passed over.

        Raises ValueError when it does not come after all folded so far.
        """
        if logged.seq <= self.seq:
            msg = f"entry {logged.seq} was folded already; the state stands at {self.seq}"
            raise ValueError(msg)
        event = logged.event
        try:
            if event.kind in _TOUCHING and event.item_id is not None:
                self._act(event, event.item_id)
            elif event.kind in _KNOWING:
                self.knowledge.fold(logged)
            else:
                self._fold(event, logged.seq)
        except msgspec.DecodeError:  # decoded before anything changes: the entry is as if not there
            self.unreadable += 1
        self.seq = logged.seq

    def _fold(self, event: Event, seq: int) -> None:
        if event.kind is Kind.IMPRESSION and event.item_id is not None:
            self._count(event, self.catalogue.entry(event.item_id))
        elif event.kind is Kind.RECOMMENDATION:
            self._shown(event)
        elif event.kind is Kind.OPEN:
            self._opened(event)
        elif event.kind in _WISHES:
            _WISHES[event.kind](self, event)
        elif event.kind in EDITS:
            self._edits.fold(event, seq, self.catalogue)

    def profile(self, visitor: str) -> Profile:
        """Return a visitor's profile; an empty one that is not kept when she is unknown."""
        return self.visitors.profile(visitor)

    def _act(self, event: Event, item_id: str) -> None:
        at, dwells = event.at, event.kind is Kind.DWELL
        stayed = _stayed(event) if dwells else 0
        entry = self.catalogue.entry(item_id)
        profile, (_, seller) = self.visitors.writable(event.visitor), _seller_key(event.seller_id)
        if dwells:
            ms = min(max(event.duration_ms or 0, 0), IDLE_CAP_MS)
            before = profile.dwelt_before(at, entry.facets) if profile is not None else stayed
            after = min(before + ms, IDLE_CAP_MS)
            if profile is not None:
                value = dwell_value(after, self.items.usual_dwell_ms(entry.row))
                profile.dwell(at, seller, after, value, entry.facets)
            if after > before:
                self.items.fold_dwell(entry.row, before, after)
        elif profile is not None:
            profile.touch(event.kind, at, seller, 1.0, entry.facets)
        self._count(event, entry)

    def _count(self, event: Event, entry: Entry) -> None:
        row = self._listing_row(event.seller_id, entry.key)
        fold_both(self.items, entry.row, self.listings, row, CODES[event.kind], event.at)

    def _find_listing_row(self, seller_id: str, item: int) -> int:
        return self.listings.row(listing_key(_seller_key(seller_id)[0], item))

    def _shown(self, event: Event) -> None:
        if event.payload is None:
            return
        record = _SHOWN.decode(event.payload)
        profile = self.visitors.writable(event.visitor)
        if profile is None:
            return
        entries = self.catalogue.entries
        keys = [
            key64("item", row.item_id) if (entry := entries.get(row.item_id)) is None else entry.key
            for row in record.slots
        ]
        profile.show(np.array(keys, np.uint64), event.at)

    def _opened(self, event: Event) -> None:
        if event.from_visitor and event.from_visitor != event.visitor:
            profile = self.visitors.writable(event.visitor)
            if profile is not None:
                profile.sharer = event.from_visitor
                profile.sharer_seller = key64("seller", event.seller_id)

    def _consented(self, event: Event) -> None:
        if event.visitor and event.payload is not None:
            consent = msgspec.json.decode(event.payload, type=Consent)
            self.visitors.consent(event.visitor, personalization=consent.personalization)

    def _erased(self, event: Event) -> None:
        """Forget what was learned of a visitor and what she said; that she refused stays."""
        payload = b"{}" if event.payload is None else event.payload
        led = msgspec.json.decode(payload, type=Erasure).led
        self.visitors.erase(event.visitor, led)
        self.knowledge.forget(event.visitor, event.seller_id)

    def _tag_removed(self, event: Event) -> None:
        if event.visitor and event.payload is not None:
            removed = msgspec.json.decode(event.payload, type=TagRemoved)
            self.visitors.forget(event.visitor, removed.key)

    def checkpoint(self) -> Checkpoint:
        """Return all that is not saved yet, as of `seq`; call `saved` when it is on disk."""
        self.set_apart()
        edits = self._edits.unsaved()
        return Checkpoint(
            seq=self.seq,
            version=LAYOUT,
            statistics=_pack(self.items, self.listings),
            profiles=self.visitors.unsaved(),
            items={item: row for (_, item), row in edits[Kind.ITEM].items()},
            sellers={seller: row for (seller, _), row in edits[Kind.SELLER].items()},
            listings=edits[Kind.LISTING],
            knowledge=self.knowledge.unsaved(),
        )

    def set_apart(self) -> None:
        """Tell what has changed so far from what changes later: `saved` lets go of the former."""
        self.visitors.set_apart()
        self._edits.set_apart()
        self.knowledge.set_apart()

    def saved(self) -> None:
        """Take note that what was set apart, for a checkpoint or without one, is on disk."""
        self.visitors.saved()
        if self._once_saved is not None:  # no row of another layout is left to be read
            self.visitors.read_from(*self._once_saved)
            self._once_saved = None
        self._edits.saved()
        self.knowledge.saved()

    @classmethod
    def restore(cls, stores: Stores, keep: int | None = None) -> State:
        """Load the last checkpoint and fold the log's tail: the state a full fold would give."""
        self = cls(stores.profiles.get, keep)
        saved = stores.checkpoints.load()
        if saved is not None and saved.version == LAYOUT:
            self.items, self.listings = _unpack(saved.statistics)
            self.catalogue = Catalogue(self.items.row, self.listings.row)
            self._edits.restore(stores.catalog, self.catalogue)
            self.knowledge.restore(stores.catalog.knowledge())
            self.seq = saved.seq
        elif saved is not None:
            self.visitors = Visitors()  # profiles of another layout are only written over
            self._once_saved = stores.profiles.get, keep
        for logged in tail(stores, self.seq):
            self.apply(logged)
        return self


_WISHES: Final[dict[Kind, Callable[[State, Event], None]]] = {
    Kind.CONSENT: State._consented,
    Kind.ERASURE: State._erased,
    Kind.TAG_REMOVED: State._tag_removed,
}
"""What a visitor wishes to be known of her."""


def _stayed(event: Event) -> int:
    """Return what a nobody's stay had come to before a report: told where she has been erased."""
    if event.visitor or event.payload is None:
        return 0
    before = msgspec.json.decode(event.payload, type=Stay).before_ms
    return min(max(before, 0), IDLE_CAP_MS)


def tail(stores: Stores, after: int) -> Iterator[Logged]:
    """Read the log in order, from the entry behind `after` to the end."""
    while batch := stores.log.read(after, _READ_AT_ONCE):
        yield from batch
        after = batch[-1].seq


def _pack(items: Statistics, listings: Statistics) -> bytes:
    arrays = {f"items_{name}": value for name, value in items.to_arrays().items()}
    arrays |= {f"listings_{name}": value for name, value in listings.to_arrays().items()}
    out = io.BytesIO()
    np.savez(out, allow_pickle=False, **arrays)
    return out.getvalue()


def _unpack(data: bytes) -> tuple[Statistics, Statistics]:
    with np.load(io.BytesIO(data), allow_pickle=False) as arrays:
        parts = {name: arrays[name] for name in arrays.files}
    items = {name[6:]: value for name, value in parts.items() if name.startswith("items_")}
    listings = {name[9:]: value for name, value in parts.items() if name.startswith("listings_")}
    return Statistics.from_arrays(items), Statistics.from_arrays(listings)
