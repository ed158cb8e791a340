"""Scan the log once into columns: interactions, what may be asked about, what was recommended."""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Iterator
from contextlib import suppress
from hashlib import blake2b
from typing import Any, Final

import msgspec
import numpy as np
from numpy.typing import NDArray

from data.profile_rows import VISIT_GAP_MS
from data.profiles import dwell_value
from data.schemas import (
    CODES,
    DAY_MS,
    IDLE_CAP_MS,
    INTERACTIONS,
    Consent,
    Event,
    Item,
    Kind,
    Listing,
    Logged,
    Recommendation,
)
from data.statistics import Statistics
from data.stores.ports import EventLog
from training.scanned import NEVER, NONE, Scanned, Shown

SKEW_MS: Final = 5 * 60_000
AT_ONCE: Final = 10_000


def entries(log: EventLog) -> Iterator[Logged]:
    """Read a log in order, to its end."""
    after = 0
    while batch := log.read(after, AT_ONCE):
        yield from batch
        after = batch[-1].seq


def scan(log: Iterable[Logged]) -> Scanned:
    """Read a log, in order, into columns."""
    scanner = _Scanner()
    for logged in log:
        scanner.see(logged)
    return scanner.done()


class _Scanner:
    def __init__(self) -> None:
        self.visitor, self.item, self.seller = array("i"), array("i"), array("i")
        self.at, self.seq, self.kind, self.value = array("q"), array("q"), array("B"), array("f")
        self.asks, self.joined, self.listed = array("B"), array("B"), array("q")
        self.last, self.before = array("i"), array("i")
        self.visitors: dict[str, int] = {}
        self.items: dict[str, int] = {}
        self.sellers: dict[str, int] = {}
        self.known_at = array("q")
        self.edits: dict[int, list[tuple[int, bytes]]] = {}
        self.shelves: dict[str, dict[str, int]] = {}  # seller: item: when it was listed
        self.shown: dict[str, Shown] = {}
        self.refused: set[str] = set()
        self.dwell = Statistics()
        self.visits: dict[tuple[int, int], tuple[int, int]] = {}  # last report, ms so far
        self.older_visits: dict[tuple[int, int], tuple[int, int]] = {}
        self.forgotten_at = 0
        self.latest: dict[int, int] = {}  # visitor: newest event time
        self.came_from: dict[tuple[int, int], tuple[int, int]] = {}  # visitor, seller: item, time
        self.hash = blake2b(digest_size=16)
        self.events, self.last_seq, self.first_at, self.last_at = 0, 0, 0, 0
        self.encoder = msgspec.msgpack.Encoder()

    def see(self, logged: Logged) -> None:
        event = logged.event
        self.events += 1
        self.last_seq = logged.seq
        self.first_at = min(self.first_at or event.at, event.at)
        self.last_at = max(self.last_at, event.at)
        self.hash.update(self.encoder.encode(logged))
        if event.kind in INTERACTIONS:
            self._act(event, logged.seq)
        elif event.kind is Kind.IMPRESSION:
            shown = self._named(event)
            if shown is not None and event.item_id is not None:
                shown.viewed.add(event.item_id)
        elif event.payload is not None:
            # an unreadable document: `State` passes it over, and so does the scan
            with suppress(msgspec.DecodeError):
                self._document(event, bytes(event.payload), logged.seq)

    def _document(self, event: Event, payload: bytes, seq: int) -> None:
        if event.kind is Kind.ITEM:
            place = self._item(msgspec.json.decode(payload, type=Item).item_id, event.at)
            self.edits.setdefault(place, []).append((event.at, payload))
        elif event.kind is Kind.LISTING:
            listing = msgspec.json.decode(payload, type=Listing)
            self._item(listing.item_id, event.at)
            self.shelves.setdefault(event.seller_id, {}).setdefault(listing.item_id, event.at)
        elif event.kind is Kind.RECOMMENDATION:
            record = msgspec.json.decode(payload, type=Recommendation)
            if not record.erased:
                self.shown[event.event_id] = Shown(event.event_id, seq, event.at, record)
        elif event.kind is Kind.CONSENT:
            allowed = msgspec.json.decode(payload, type=Consent).personalization
            (self.refused.discard if allowed else self.refused.add)(event.visitor)

    def _item(self, item_id: str, at: int) -> int:
        place = self.items.setdefault(item_id, len(self.items))
        if place == len(self.known_at):
            self.known_at.append(at)
        elif at < self.known_at[place]:
            self.known_at[place] = at
        return place

    def _act(self, event: Event, seq: int) -> None:
        if event.item_id is None or not event.visitor or event.visitor in self.refused:
            return
        visitor = self.visitors.setdefault(event.visitor, len(self.visitors))
        item = self._item(event.item_id, event.at)
        seller = self.sellers.setdefault(event.seller_id, len(self.sellers))
        last, came = self.came_from.get((visitor, seller), (NONE, 0))
        in_order = event.at >= self.latest.get(visitor, 0)
        self.visitor.append(visitor)
        self.item.append(item)
        self.seller.append(seller)
        self.at.append(event.at)
        self.seq.append(seq)
        self.kind.append(CODES[event.kind])
        self.value.append(self._dwelt(event, visitor, item) if event.kind is Kind.DWELL else 1.0)
        self.asks.append(event.kind is not Kind.DWELL and item != last and in_order)
        self.last.append(last)
        self.before.append(last if event.at - came <= VISIT_GAP_MS else NONE)
        self.joined.append(self._join(event))
        self.listed.append(self.shelves.get(event.seller_id, {}).get(event.item_id, NEVER))
        self.latest[visitor] = max(event.at, self.latest.get(visitor, 0))
        self.came_from[visitor, seller] = (item, event.at)

    def _dwelt(self, event: Event, visitor: int, item: int) -> float:
        """Return the log-ratio of a visit's dwell so far to what was usual by then."""
        row = self.dwell.row(item)
        pair = (visitor, item)
        then, before = self.visits.get(pair) or self.older_visits.get(pair, (0, 0))
        if abs(event.at - then) > VISIT_GAP_MS:
            before = 0
        after = min(before + min(max(event.duration_ms or 0, 0), IDLE_CAP_MS), IDLE_CAP_MS)
        value = dwell_value(after, self.dwell.usual_dwell_ms(row))
        if after > before:
            self.dwell.fold_dwell(row, before, after)
        self.visits[pair] = (max(event.at, then), after)
        self._forget_visits()
        return float(np.log(max(2.0**value - 1.0, 1e-3)))

    def _forget_visits(self) -> None:
        """Let visits go that ended a day before the newest event, so that they fill no memory.

        A report of such a visit that is still to come counts as if it began one.
        """
        if self.last_at >= self.forgotten_at + DAY_MS:
            self.older_visits, self.visits = self.visits, {}
            self.forgotten_at = self.last_at

    def _named(self, event: Event) -> Shown | None:
        """Return the recommendation an event names, if it was this visitor's, here and before.

        A device's clock may be `SKEW_MS` behind; log order has already proved the sequence.
        """
        shown = self.shown.get(event.recommendation_id or "")
        if shown is None or event.at < shown.at - SKEW_MS:
            return None
        query = shown.record.query
        mine = (event.seller_id, event.visitor) == (query.seller_id, query.visitor)
        return shown if mine else None

    def _join(self, event: Event) -> bool:
        shown = self._named(event)
        if shown is None or event.item_id is None or event.kind is Kind.DWELL:
            return False
        shown.outcomes.append((event.item_id, event.at))
        return True

    def done(self) -> Scanned:
        return Scanned(
            visitor=_column(self.visitor, np.int32),
            item=_column(self.item, np.int32),
            seller=_column(self.seller, np.int32),
            at=_column(self.at, np.int64),
            kind=_column(self.kind, np.uint8),
            value=_column(self.value, np.float32),
            seq=_column(self.seq, np.int64),
            asks=_column(self.asks, np.bool_),
            last=_column(self.last, np.int32),
            before=_column(self.before, np.int32),
            joined=_column(self.joined, np.bool_),
            listed=_column(self.listed, np.int64),
            visitors=list(self.visitors),
            items=list(self.items),
            sellers=list(self.sellers),
            known_at=_column(self.known_at, np.int64),
            edits=self.edits,
            shelf_sizes={seller: len(items) for seller, items in self.shelves.items()},
            shown=list(self.shown.values()),
            events=self.events,
            last_seq=self.last_seq,
            first_at=self.first_at,
            last_at=self.last_at,
            log_hash=self.hash.hexdigest(),
        )


def _column(values: array[int] | array[float], kind: type[np.generic]) -> NDArray[Any]:
    """Return an array over the very memory that was filled: a long log is held once."""
    return np.frombuffer(values, kind) if len(values) else np.zeros(0, kind)
