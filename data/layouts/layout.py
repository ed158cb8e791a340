"""What a layout is: how the rows of one kind of file become sightings, and sightings events."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import msgspec

from data.layouts.source import Source
from data.schemas import Event, Item

CLOCK_SKEW_MS: Final = 5 * 60_000
"""How far ahead of our clock a row may be stamped before it counts as from the future."""


class Sighting(msgspec.Struct, frozen=True, omit_defaults=True, kw_only=True):
    """Say what one row tells: an act, facts about an item, or both. `at` is epoch ms."""

    at: int
    seller_id: str = ""
    event: Event | None = None
    item: Item | None = None
    price: float | None = None  # the seller's own, where it differs from the item's


class Rejected(msgspec.Struct, frozen=True):
    """Say why a row was left out, and where it stands."""

    reason: str
    source: str
    line: int


@dataclass(frozen=True, slots=True)
class Job:
    """Carry what every layout needs to know besides the files.

    `now` is epoch ms: later rows are refused. `visitor` hashes a raw visitor id with the home's
    key; `mapping` is the column mapping file of layout `csv`.
    """

    seller_id: str
    now: int
    visitor: Callable[[str], str]
    mapping: Path | None = None


Told = Iterator[Sighting | Rejected]
Expand = Callable[[Sighting], list[Event]]


@dataclass(frozen=True, slots=True)
class Layout:
    """Describe one kind of file.

    `read` turns files into sightings; `expand` makes, for one import, the function that turns a
    sighting into events (catalogue entries go before the act that first needs them) and can ask
    what the catalogue holds already; `ordered` says that the files are in time order.
    """

    name: str
    about: str
    read: Callable[[Sequence[Source], Job], Told]
    expand: Callable[[Callable[[], Catalogued]], Expand]
    ordered: bool = False


Catalogued = frozenset[tuple[str, str]]
"""The (seller id, item id) pairs that others than an import wrote: an import leaves them alone.

An item alone stands as ("", item id), a seller as (seller id, "").
"""


def one_by_one(read: Callable[[Source, Job], Told]) -> Callable[[Sequence[Source], Job], Told]:
    """Read one file after the other with a function that reads one."""

    def read_all(sources: Sequence[Source], job: Job) -> Told:
        for source in sources:
            yield from read(source, job)

    return read_all
