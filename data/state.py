"""The one fold: the log, entry by entry, into profiles, item statistics and the catalogue.

The service keeps a `State` in step with the log; training replays the same log through the same
class. Nothing else may change what features read, which is why both see the same numbers.
"""

from __future__ import annotations

import io
from collections import OrderedDict
from collections.abc import Callable, Iterable, Iterator
from functools import lru_cache
from operator import itemgetter
from typing import Final

import msgspec
import numpy as np

from data.catalogue import Catalogue, Entry, listing_key
from data.knowledge import Knowledge
from data.profiles import Profile, dwell_value
from data.schemas import (
    CODES,
    GONE,
    IDLE_CAP_MS,
    INTERACTIONS,
    Consent,
    Erasure,
    Event,
    Item,
    Kind,
    Listing,
    Logged,
    Seller,
    key64,
)
from data.statistics import Statistics
from data.stores.ports import Checkpoint, Stores

LAYOUT: Final = 3
"""Rises when the derived tables change shape; an older checkpoint is then folded again from 0."""

_TOUCHING: Final = INTERACTIONS | {Kind.NOT_INTERESTED}
_KNOWING: Final = {Kind.FAQ, Kind.CONSULTATION, Kind.QUESTION, Kind.REPLY, Kind.ANSWER_RATED}
_READ_AT_ONCE: Final = 10_000
_Name = tuple[Kind, str, str]  # kind, seller, item
_Row = tuple[int, int, Kind, str, str, bytes]


class _Shown(msgspec.Struct, frozen=True, array_like=True):
    """Read of a slot what a profile keeps."""

    item_id: str


class _List(msgspec.Struct, frozen=True):
    """Read of a `Recommendation` what a profile keeps."""

    slots: tuple[_Shown, ...]


@lru_cache(maxsize=100_000)
def _seller_key(seller_id: str) -> int:
    return key64("seller", seller_id)


_SHOWN: Final = msgspec.json.Decoder(_List)
_ROW: Final = msgspec.msgpack.Decoder(_Row)  # `decode(…, type=_Row)` makes one for each row


class State:
    """Fold the log strictly in `seq` order; hold what serving and training read."""

    def __init__(
        self, load_profile: Callable[[str], bytes | None] | None = None, keep: int | None = None
    ) -> None:
        """Start empty; profiles not in memory come from `load_profile`.

        `keep` bounds the clean profiles held in memory (None: all are kept).
        """
        self.seq = 0
        self.unreadable = 0  # entries passed over because their payload is no such document
        self.items = Statistics()
        self.listings = Statistics()
        self.catalogue = Catalogue(self.items.row, self.listings.row)
        self.knowledge = Knowledge()
        self._profiles: OrderedDict[str, Profile] = OrderedDict()
        self._load, self._keep = load_profile, keep
        self._dirty: dict[str, Profile] = {}
        self._saving: dict[str, Profile] = {}  # set apart, not yet `saved`
        self._edits: dict[_Name, bytes] = {}
        self._saving_edits: dict[_Name, bytes] = {}
        self._first: dict[_Name, tuple[int, int]] = {}  # seq and time of the first edit

    def apply(self, logged: Logged) -> None:
        """Fold one entry; one with an unreadable payload is counted and passed over.

        Raises ValueError when it does not come after all folded so far.
        """
        if logged.seq <= self.seq:
            msg = f"entry {logged.seq} was folded already; the state stands at {self.seq}"
            raise ValueError(msg)
        try:
            if logged.event.kind in _KNOWING:
                self.knowledge.fold(logged)
            else:
                self._fold(logged.event, logged.seq)
        except msgspec.DecodeError:  # decoded before anything changes: the entry is as if not there
            self.unreadable += 1
        self.seq = logged.seq

    def _fold(self, event: Event, seq: int) -> None:
        if event.kind in _TOUCHING and event.item_id is not None:
            self._act(event, event.item_id)
        elif event.kind is Kind.IMPRESSION and event.item_id is not None:
            entry = self.catalogue.entry(event.item_id)
            self.items.fold(entry.row, CODES[event.kind], event.at)
            self._count_listing(event, entry)
        elif event.kind is Kind.RECOMMENDATION:
            self._shown(event)
        elif event.kind is Kind.OPEN:
            self._opened(event)
        elif event.kind is Kind.CONSENT:
            self._consented(event)
        elif event.kind is Kind.ERASURE:
            self._erased(event)
        elif event.kind in (Kind.ITEM, Kind.SELLER, Kind.LISTING):
            self._edit(event, seq)

    def profile(self, visitor: str) -> Profile:
        """Return a visitor's profile; an empty one that is not kept when she is unknown."""
        if not visitor:
            return Profile()
        profile = self._profiles.get(visitor)
        if profile is not None:
            self._profiles.move_to_end(visitor)
            return profile
        profile = self._dirty.get(visitor) or self._saving.get(visitor)
        if profile is None:
            data = self._load(visitor) if self._load is not None else None
            if data is None:
                return Profile()
            profile = Profile.from_bytes(data)
        self._profiles[visitor] = profile
        self._shrink()
        return profile

    def _act(self, event: Event, item_id: str) -> None:
        entry = self.catalogue.entry(item_id)
        profile = self._writable(event.visitor)
        if event.kind is Kind.DWELL:
            ms = min(max(event.duration_ms or 0, 0), IDLE_CAP_MS)
            before = profile.dwelt_before(event.at, entry.key) if profile else 0
            after = min(before + ms, IDLE_CAP_MS)
            if profile is not None:
                value = dwell_value(after, self.items.usual_dwell_ms(entry.row))
                seller = _seller_key(event.seller_id)
                profile.dwell(event.at, entry.key, seller, after, value, entry.facets)
            if after > before:
                self.items.fold_dwell(entry.row, before, after)
        elif profile is not None:
            seller = _seller_key(event.seller_id)
            profile.touch(event.kind, event.at, entry.key, seller, 1.0, entry.facets)
        self.items.fold(entry.row, CODES[event.kind], event.at)
        self._count_listing(event, entry)

    def _count_listing(self, event: Event, entry: Entry) -> None:
        key = listing_key(_seller_key(event.seller_id), entry.key)
        self.listings.fold(self.listings.row(key), CODES[event.kind], event.at)

    def _shown(self, event: Event) -> None:
        if event.payload is None:
            return
        record = _SHOWN.decode(event.payload)
        profile = self._writable(event.visitor)
        if profile is None:
            return
        profile.show(
            np.array([self._key(row.item_id) for row in record.slots], np.uint64), event.at
        )

    def _key(self, item_id: str) -> int:
        entry = self.catalogue.entries.get(item_id)
        return key64("item", item_id) if entry is None else entry.key

    def _opened(self, event: Event) -> None:
        if event.from_visitor and event.from_visitor != event.visitor:
            profile = self._writable(event.visitor)
            if profile is not None:
                profile.sharer = event.from_visitor
                profile.sharer_seller = key64("seller", event.seller_id)

    def _consented(self, event: Event) -> None:
        if event.visitor and event.payload is not None:
            consent = msgspec.json.decode(event.payload, type=Consent)
            profile = self._kept(event.visitor)
            profile.personalization = consent.personalization
            self._dirty[event.visitor] = profile

    def _erased(self, event: Event) -> None:
        """Forget what was learned of a visitor and what she said; that she refused stays."""
        payload = b"{}" if event.payload is None else event.payload
        led = msgspec.json.decode(payload, type=Erasure).led
        blank = Profile()
        blank.personalization = self.profile(event.visitor).personalization
        self._profiles[event.visitor] = self._dirty[event.visitor] = blank
        self._shrink()
        for other in led:
            profile = self._kept(other)
            if profile.sharer == event.visitor:
                profile.sharer = GONE
                self._dirty[other] = profile
        self.knowledge.forget(event.visitor, event.seller_id)

    def _edit(self, event: Event, seq: int) -> None:
        if event.payload is None:
            return
        name: _Name
        if event.kind is Kind.ITEM:
            item = msgspec.json.decode(event.payload, type=Item)
            self.catalogue.put_item(item)
            name = (event.kind, "", item.item_id)
        elif event.kind is Kind.SELLER:
            seller = msgspec.json.decode(event.payload, type=Seller)
            self.catalogue.put_seller(seller)
            name = (event.kind, seller.seller_id, "")
        else:
            listing = msgspec.json.decode(event.payload, type=Listing)
            self.catalogue.shelf(event.seller_id)  # awake, its listings' first times are known
            first_at = self._first.get(
                (event.kind, event.seller_id, listing.item_id), (0, event.at)
            )
            self.catalogue.put_listing(event.seller_id, listing, first_at[1])
            name = (event.kind, event.seller_id, listing.item_id)
        first = self._first.setdefault(name, (seq, event.at))
        self._edits[name] = msgspec.msgpack.encode((*first, *name, bytes(event.payload)))

    def _writable(self, visitor: str) -> Profile | None:
        """Return the profile an event may change: none without a visitor or without consent."""
        if not visitor:
            return None
        profile = self._kept(visitor)
        if not profile.personalization:
            return None
        self._dirty[visitor] = profile
        return profile

    def _kept(self, visitor: str) -> Profile:
        profile = self.profile(visitor)
        if visitor not in self._profiles:
            self._profiles[visitor] = profile
            self._shrink()
        return profile

    def _shrink(self) -> None:
        """Let go of the least recently used profiles; unsaved ones stay with `_dirty`."""
        while self._keep is not None and len(self._profiles) > self._keep:
            self._profiles.popitem(last=False)

    def checkpoint(self) -> Checkpoint:
        """Return all that is not saved yet, as of `seq`; call `saved` when it is on disk."""
        self.set_apart()
        edits: dict[Kind, dict[tuple[str, str], bytes]] = {}
        for (kind, seller_id, item_id), row in self._saving_edits.items():
            edits.setdefault(kind, {})[(seller_id, item_id)] = row
        return Checkpoint(
            seq=self.seq,
            version=LAYOUT,
            statistics=_pack(self.items, self.listings),
            profiles={
                visitor: b"" if profile.blank else profile.to_bytes()
                for visitor, profile in self._saving.items()
            },
            items={item: row for (_, item), row in edits.get(Kind.ITEM, {}).items()},
            sellers={seller: row for (seller, _), row in edits.get(Kind.SELLER, {}).items()},
            listings=edits.get(Kind.LISTING, {}),
            knowledge=self.knowledge.unsaved(),
        )

    def set_apart(self) -> None:
        """Tell what has changed so far from what changes later: `saved` lets go of the former."""
        self._saving |= self._dirty
        self._saving_edits |= self._edits
        self._dirty, self._edits = {}, {}
        self.knowledge.set_apart()

    def saved(self) -> None:
        """Take note that what was set apart, for a checkpoint or without one, is on disk."""
        self._saving, self._saving_edits = {}, {}
        self.knowledge.saved()

    @classmethod
    def restore(cls, stores: Stores, keep: int | None = None) -> State:
        """Load the last checkpoint and fold the log's tail: the state a full fold would give."""
        self = cls(stores.profiles.get, keep)
        saved = stores.checkpoints.load()
        if saved is not None and saved.version == LAYOUT:
            self.items, self.listings = _unpack(saved.statistics)
            self.catalogue = Catalogue(self.items.row, self.listings.row)
            self._restore_catalogue(stores)
            self.knowledge.restore(stores.catalog.knowledge())
            self.seq = saved.seq
        elif saved is not None:
            self._load = self._keep = None  # profiles of another layout are only written over
        for logged in tail(stores, self.seq):
            self.apply(logged)
        return self

    def _restore_catalogue(self, stores: Stores) -> None:
        catalog = stores.catalog
        saved = [data for source in (catalog.items(), catalog.sellers()) for _, data in source]
        for kind, payload, _ in self._known(saved):
            if kind is Kind.ITEM:
                self.catalogue.put_item(msgspec.json.decode(payload, type=Item))
            else:
                self.catalogue.put_seller(msgspec.json.decode(payload, type=Seller))

        def wake(seller_id: str) -> list[tuple[Listing, int]]:
            return [
                (msgspec.json.decode(payload, type=Listing), at)
                for _, payload, at in self._known(catalog.shelf(seller_id))
            ]

        self.catalogue.sleep(catalog.shelves(), wake)

    def _known(self, saved: Iterable[bytes]) -> Iterator[tuple[Kind, bytes, int]]:
        """Read saved rows in order of first appearance, as those of a shelf stand."""
        rows = [_ROW.decode(data) for data in saved]
        for seq, at, kind, seller_id, item_id, payload in sorted(rows, key=itemgetter(0)):
            self._first[(kind, seller_id, item_id)] = (seq, at)
            yield kind, payload, at


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
