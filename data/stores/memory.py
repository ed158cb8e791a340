"""Everything in this process's memory, for tests, demos and benchmarks: gone when it ends."""

from __future__ import annotations

from threading import Lock
from typing import TYPE_CHECKING

import msgspec

from data.errors import Conflict, Misconfigured
from data.schemas import Logged
from data.stores.ports import NO_SEQ, Checkpoint, Cursor, Stores
from data.stores.storable import refuse_unstorable

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from data.schemas import Event
    from data.stores.urls import StoreUrl


class MemoryLog:
    """Keep the log in a list: seq n stands at index n - 1."""

    def __init__(self) -> None:
        self._entries: list[Logged] = []
        self._seqs: dict[tuple[str, str], int] = {}
        self._lock = Lock()

    def append(self, events: Sequence[Event]) -> list[int | None]:
        """Append what is new; see `EventLog.append`."""
        refuse_unstorable(events)
        with self._lock:
            return [self._append(event) for event in events]

    def _append(self, event: Event) -> int | None:
        identity = event.seller_id, event.event_id
        if identity in self._seqs:
            return None
        seq = self._seqs[identity] = len(self._entries) + 1
        self._entries.append(Logged(seq, _detached(event)))
        return seq

    def read(self, after: int = 0, limit: int = 10_000) -> list[Logged]:
        """Return a slice of the list."""
        after = max(after, 0)
        return self._entries[after : after + max(limit, 0)]

    def last_seq(self) -> int:
        """Return the length of the list."""
        return len(self._entries)

    def find(self, seller_id: str, event_id: str) -> Logged | None:
        """Return the entry of this id at this seller."""
        seq = self._seqs.get((seller_id, event_id))
        return None if seq is None else self._entries[seq - 1]

    def mentions(
        self, words: Sequence[str], seller_id: str = "", after: int = 0, before: int = NO_SEQ
    ) -> list[Logged]:
        """Look through the list; see `Erasure.mentions`."""
        return [
            logged
            for logged in self._entries[max(after, 0) : max(before - 1, 0)]
            if (not seller_id or logged.event.seller_id == seller_id)
            and _names(logged.event, words)
        ]

    def rewrite(
        self, seqs: Sequence[int], change: Callable[[list[Logged]], Sequence[Logged]]
    ) -> None:
        """Put events in the place of others; see `Erasure.rewrite`."""
        with self._lock:
            entries = change([self._entries[seq - 1] for seq in sorted(set(seqs))])
            refuse_unstorable([logged.event for logged in entries])
            for seq, event in ((logged.seq, logged.event) for logged in entries):
                self._entries[seq - 1] = Logged(seq, _detached(event))

    def sweep(self) -> None:
        """Do nothing: there are no files."""


class MemoryDerived:
    """Keep the derived state in dictionaries: profiles, catalogue and cursor in one."""

    def __init__(self) -> None:
        self._cursor: Cursor | None = None
        self._profiles: dict[str, bytes] = {}
        self._items: dict[str, bytes] = {}
        self._sellers: dict[str, bytes] = {}
        self._listings: dict[str, dict[str, bytes]] = {}
        self._knowledge: dict[tuple[str, str], bytes] = {}
        self._lock = Lock()

    def get(self, visitor: str) -> bytes | None:
        """Return the profile of one visitor."""
        return self._profiles.get(visitor)

    def count(self) -> int:
        """Return how many visitors have a profile."""
        return len(self._profiles)

    def items(self) -> Iterator[tuple[str, bytes]]:
        """Yield the items as of now, whatever is saved meanwhile."""
        yield from tuple(self._items.items())

    def sellers(self) -> Iterator[tuple[str, bytes]]:
        """Yield the sellers as of now, whatever is saved meanwhile."""
        yield from tuple(self._sellers.items())

    def shelves(self) -> Iterator[str]:
        """Yield who has listings as of now, whatever is saved meanwhile."""
        yield from tuple(self._listings)

    def shelf(self, seller_id: str) -> Sequence[bytes]:
        """Return the rows of one seller's listings."""
        return list(self._listings.get(seller_id, {}).values())

    def knowledge(self) -> Iterator[tuple[tuple[str, str], bytes]]:
        """Yield what is known for answers as of now, whatever is saved meanwhile."""
        yield from tuple(self._knowledge.items())

    def save(self, checkpoint: Checkpoint) -> None:
        """Upsert the rows and move the cursor; see `Checkpoints.save`."""
        with self._lock:
            old = self._cursor
            if old is not None and old.version != checkpoint.version:
                for rows in (self._profiles, self._items, self._sellers):
                    rows.clear()
                self._listings.clear()
                self._knowledge.clear()
            elif old is not None and old.seq > checkpoint.seq:
                raise Conflict(
                    f"a checkpoint at {old.seq} is stored, {checkpoint.seq} is behind it"
                )
            self._profiles.update(checkpoint.profiles)
            for visitor in [name for name, row in checkpoint.profiles.items() if not row]:
                del self._profiles[visitor]
            self._items.update(checkpoint.items)
            self._sellers.update(checkpoint.sellers)
            for (seller_id, item_id), row in checkpoint.listings.items():
                self._listings.setdefault(seller_id, {})[item_id] = row
            self._knowledge.update(checkpoint.knowledge)
            for key in [key for key, row in checkpoint.knowledge.items() if not row]:
                del self._knowledge[key]
            self._cursor = Cursor(
                seq=checkpoint.seq, version=checkpoint.version, statistics=checkpoint.statistics
            )

    def load(self) -> Cursor | None:
        """Return the cursor of the last checkpoint."""
        return self._cursor


def open_memory(url: StoreUrl, *, readonly: bool) -> Stores:
    """Open a new, empty store; nobody else can ever read it."""
    url.refuse_options(known=())
    if url.path:
        raise Misconfigured(f"{url} names a place, but memory:// has none")
    if readonly:
        raise Misconfigured(
            "memory:// lives inside one process: there is nothing to read from here"
        )
    derived, log = MemoryDerived(), MemoryLog()
    return Stores(
        log=log,
        erasure=log,
        profiles=derived,
        catalog=derived,
        checkpoints=derived,
        close=lambda: None,
        durable=False,
    )


def _names(event: Event, words: Sequence[str]) -> bool:
    payload = b"" if event.payload is None else bytes(event.payload)
    return any(
        word in (event.visitor, event.from_visitor) or word.encode() in payload for word in words
    )


def _detached(event: Event) -> Event:
    """Return the event with its payload copied out of the request's buffer."""
    if event.payload is None:
        return event
    return msgspec.structs.replace(event, payload=event.payload.copy())
