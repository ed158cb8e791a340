"""What a store must do: small protocols, each with one contract suite that every adapter runs.

All calls block and may come from any thread. Unless a method says otherwise it raises
`StoreUnavailable` when the store cannot be read or written, and `Invalid` for what cannot be kept.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, Protocol, Self

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from data.schemas import Event, Logged


NO_SEQ: Final = 1 << 62
"""Above every seq."""


class LogReader(Protocol):
    """Read what is kept in the order of `seq`: 1, 2, 3 … without gaps."""

    def read(self, after: int = 0, limit: int = 10_000) -> list[Logged]:
        """Return up to `limit` entries with seq > `after`, in seq order."""
        ...

    def last_seq(self) -> int:
        """Return the seq of the newest entry, 0 for an empty log."""
        ...

    def find(self, seller_id: str, event_id: str) -> Logged | None:
        """Return the entry of this id at this seller."""
        ...


class EventLog(LogReader, Protocol):
    """Keep events for good."""

    def append(self, events: Sequence[Event]) -> list[int | None]:
        """Write all of them or, on an error, none, durably; return each one's seq.

        None stands for a duplicate of (seller_id, event_id), in the log or earlier in `events`.
        """
        ...


class Erasure(Protocol):
    """Take out of the log what somebody left in it; the only way its entries ever change."""

    def mentions(
        self, words: Sequence[str], seller_id: str = "", after: int = 0, before: int = NO_SEQ
    ) -> list[Logged]:
        """Return, in seq order, the entries in (after, before) that name one of a few words.

        As visitor, as sharer or anywhere in the payload; of one seller, or of all. This reads the
        whole log.
        """
        ...

    def rewrite(
        self, seqs: Sequence[int], change: Callable[[list[Logged]], Sequence[Logged]]
    ) -> None:
        """Put what `change` makes of the entries with these seqs in their place, all or nothing.

        `change` is given them as they stand, while nobody else can write. Durable. `event_id` and
        `seller_id` are what they were: a retry of the same event is a duplicate still.
        """
        ...

    def sweep(self) -> None:
        """Leave nothing in the store's own files of what was replaced or dropped before.

        Raises `StoreUnavailable` while somebody reads from it for too long.
        """
        ...


class ProfileStore(Protocol):
    """Look up visitors' profiles as of the checkpoint's cursor, as the bytes that were saved."""

    def get(self, visitor: str) -> bytes | None:
        """Return the profile of one visitor (keyed hash)."""
        ...

    def count(self) -> int:
        """Return how many visitors have one."""
        ...


class CatalogStore(Protocol):
    """Iterate over the catalogue as of the checkpoint's cursor, in the order of first saving."""

    def items(self) -> Iterator[tuple[str, bytes]]:
        """Yield (item_id, row)."""
        ...

    def sellers(self) -> Iterator[tuple[str, bytes]]:
        """Yield (seller_id, row)."""
        ...

    def shelves(self) -> Iterator[str]:
        """Yield the seller_id of each that has listings, once, in no order."""
        ...

    def shelf(self, seller_id: str) -> Sequence[bytes]:
        """Return the rows of one seller's listings, in the order of first saving."""
        ...

    def knowledge(self) -> Iterator[tuple[tuple[str, str], bytes]]:
        """Yield ((seller_id, name), row): FAQ entries, consultations and questions."""
        ...


@dataclass(frozen=True, kw_only=True)
class Checkpoint:
    """Carry what changed in the derived state up to `seq`; the statistics blob is always whole.

    An empty profile is one that is gone, an empty row of knowledge too.

    `version` names the layout of the bytes. Saving another version than the stored one drops all
    derived rows first; so an empty checkpoint at seq 0 clears the way for a new fold of the log.
    """

    seq: int
    version: int
    statistics: bytes
    profiles: Mapping[str, bytes] = field(default_factory=dict)
    items: Mapping[str, bytes] = field(default_factory=dict)
    sellers: Mapping[str, bytes] = field(default_factory=dict)
    listings: Mapping[tuple[str, str], bytes] = field(default_factory=dict)
    knowledge: Mapping[tuple[str, str], bytes] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Cursor:
    """Say up to where, and in which layout, the derived state was saved."""

    seq: int
    version: int
    statistics: bytes


class Checkpoints(Protocol):
    """Save the derived state; it can always be folded anew from the log."""

    def save(self, checkpoint: Checkpoint) -> None:
        """Upsert every row and move the cursor, all in one transaction.

        Raises `Conflict` and changes nothing if the stored cursor of the same version is ahead.
        """
        ...

    def load(self) -> Cursor | None:
        """Return the cursor of the last checkpoint, None if there is none."""
        ...


@dataclass(frozen=True)
class Stores:
    """Hold the ports of one opened store; `durable`: what it took outlives the process."""

    log: EventLog
    erasure: Erasure
    profiles: ProfileStore
    catalog: CatalogStore
    checkpoints: Checkpoints
    close: Callable[[], None]
    durable: bool = True

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
