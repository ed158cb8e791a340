"""A public data set as the product sees it: items on shelves, acts in a log, questions asked.

Features, candidates and order come from the very classes that serve; only the reader of the set
and the protocol are of the benchmark.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import msgspec
import numpy as np
from numpy.typing import NDArray

from data.dataset import Interactions
from data.profiles import Profile, dwell_value
from data.schemas import CODES, IDLE_CAP_MS, Event, Item, Kind, Listing, Logged, Query, key64
from data.state import State
from models.candidates import Candidates
from models.recommender import Recommender

START: Final = 1_700_000_000_000
"""The moment of everything in a set without times (epoch ms)."""

ASKER: Final = "asker"
SHELF: Final = "all"


@dataclass(frozen=True, slots=True)
class Act:
    """State one act on an item (its row, below 0 for an item not in the catalogue).

    `at` epoch ms; `ms` visible time of a dwell.
    """

    item: int
    at: int = START
    kind: Kind = Kind.VIEW
    ms: int = 0


@dataclass(frozen=True, slots=True)
class Question:
    """Ask what comes next: the acts known, oldest first, and the right answer.

    `owner` groups questions that resemble each other (a visitor, a session) for the bootstrap;
    `barred` items may not be answers: the protocol masks them.
    """

    acts: tuple[Act, ...]
    target: int
    at: int
    owner: int
    barred: frozenset[int] = frozenset()
    shelf: str = SHELF
    sharer: tuple[Act, ...] = ()


class Stage(State):
    """Hold a set's catalogue and statistics, and the profile of whoever is asked for."""

    def __init__(self, items: Sequence[Item], shelves: Mapping[str, Iterable[int]]) -> None:
        """Fold the catalogue; `shelves` give item rows by seller."""
        super().__init__()
        self.described = list(items)
        self._asker = Profile()
        for item in items:
            self._tell(Kind.ITEM, item)
        for seller, rows in shelves.items():
            for row in rows:  # a set knows of no order on a shelf: all stand in one place
                self._tell(Kind.LISTING, Listing(item_id=items[row].item_id), seller)

    def profile(self, visitor: str) -> Profile:
        """Return the asker's profile, or what the log says of anybody else."""
        return self._asker if visitor == ASKER else super().profile(visitor)

    def key(self, item: int) -> int:
        """Return an item's key; 0, which no item has, for one that is not known (row below 0)."""
        return self.catalogue.entries[self.described[item].item_id].key if item >= 0 else 0

    def count(self, act: Act, shelf: str = SHELF) -> None:
        """Fold an act of somebody: into the item's statistics alone."""
        seq = self.seq + 1
        event = Event(
            event_id=str(seq),
            kind=act.kind,
            at=act.at,
            seller_id=shelf,
            item_id=self.described[act.item].item_id,
            duration_ms=act.ms if act.kind is Kind.DWELL else None,
        )
        self.apply(Logged(seq, event))

    def ask(self, question: Question, recommender: Recommender) -> Candidates:
        """Return the candidates the product would rank for a question."""
        self._asker = self._remember(question.acts, question.shelf)
        query = Query(
            recommendation_id="benchmark",
            seller_id=question.shelf,
            visitor=ASKER,
            at=question.at,
            exclude=tuple(self.described[row].item_id for row in sorted(question.barred)),
        )
        found = recommender.candidates(query, self)
        if found is None:
            msg = f"no shelf {question.shelf!r}"
            raise ValueError(msg)
        return found

    def _remember(self, acts: Iterable[Act], shelf: str) -> Profile:
        profile, seller = Profile(), np.uint64(key64("seller", shelf))
        for act in acts:
            if act.item < 0:
                continue
            entry = self.catalogue.entries[self.described[act.item].item_id]
            if act.kind is Kind.DWELL:
                total = min(profile.dwelt_before(act.at, entry.facets) + act.ms, IDLE_CAP_MS)
                value = dwell_value(total, self.items.usual_dwell_ms(entry.row))
                profile.dwell(act.at, seller, total, value, entry.facets)
            else:
                profile.touch(act.kind, act.at, seller, 1.0, entry.facets)
        return profile

    def _tell(self, kind: Kind, value: Item | Listing, seller_id: str = "") -> None:
        seq = self.seq + 1
        event = Event(
            event_id=str(seq),
            kind=kind,
            at=START,
            seller_id=seller_id,
            item_id=value.item_id,
            payload=msgspec.Raw(msgspec.json.encode(value)),
        )
        self.apply(Logged(seq, event))


def interactions(sequences: Sequence[Sequence[Act]], items: Sequence[Item]) -> Interactions:
    """Lay acts by visitor into the columns that retrievers are fitted on."""
    acts = [act for sequence in sequences for act in sequence]
    lengths = [len(sequence) for sequence in sequences]
    item = np.fromiter((act.item for act in acts), np.int32, len(acts))
    kind = np.fromiter((CODES[act.kind] for act in acts), np.uint8, len(acts))
    ms = np.fromiter((act.ms for act in acts), np.float64, len(acts))
    return Interactions(
        visitor=np.repeat(np.arange(len(sequences), dtype=np.int32), lengths),
        item=item,
        at=np.fromiter((act.at for act in acts), np.int64, len(acts)),
        kind=kind,
        value=_dwell_values(item, kind, ms, len(items)),
        seller=np.zeros(len(acts), np.int32),
        seq=np.arange(len(acts), dtype=np.int64),
        item_keys=np.array([key64("item", one.item_id) for one in items], np.uint64),
        n_visitors=len(sequences),
        n_sellers=1,
    )


def _dwell_values(
    item: NDArray[np.int32], kind: NDArray[np.uint8], ms: NDArray[np.float64], n_items: int
) -> NDArray[np.float32]:
    """Return the log-ratio of each dwell to what is usual for its item (shrunk), 1 for the rest."""
    values = np.ones(len(item), np.float32)
    dwells = kind == CODES[Kind.DWELL]
    if dwells.any():
        logs = np.log1p(np.minimum(ms[dwells], IDLE_CAP_MS))
        total = np.bincount(item[dwells], logs, n_items)
        usual = (total + 5.0 * logs.mean()) / (np.bincount(item[dwells], minlength=n_items) + 5.0)
        values[dwells] = logs - usual[item[dwells]]
    return values
