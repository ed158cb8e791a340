"""Session neighbours: what visitors with a similar recent history visited."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import ClassVar, Final, Self

import numpy as np
from numpy.typing import NDArray

from data.dataset import Interactions, Visits
from models.base import Among, Arrays, History, ItemFacts, NotFitted, Retriever, Rows, Scores
from models.links import SignalSettings, as_declared, declared
from models.neighbours import add_up, add_up_asked, members_of
from models.sheet import best, read_sheet
from models.spans import Span, Spans

_FAR: Final = 256
"""Places from the shared item beyond which all are equally far."""


@dataclass(frozen=True, slots=True)
class Sessions:
    """Hold the kept sequences and, for each item, the latest ones it stands in.

    `starts` int64[s + 1], `items` int32[v]: sequences, the latest last; `lists` int64[items + 1],
    `members` int32[..]: sequences of each item, latest first; `rarity` float32[items]: idf.
    """

    starts: NDArray[np.int64]
    items: NDArray[np.int32]
    lists: NDArray[np.int64]
    members: NDArray[np.int32]
    rarity: NDArray[np.float32]


@dataclass(eq=False)
class SessionKnn(SignalSettings, Retriever):
    """Score items by the most similar of the latest sequences that share an item with a history.

    A shared item adds its visit's weight x exp(-place/`recency`) x idf to a sequence's
    similarity, which is divided by (length of the sequence)^`length_power`. Of the `neighbours`
    most similar, each item gets similarity x exp(-distance/`reach`) from the latest shared item,
    times `backward` if it stood before it, x idf^`idf_power`. Source: VMIS-kNN (Kersbergen et al.
    2022) and VSTAN (Ludewig et al. 2021).
    """

    name: ClassVar[str] = "session_knn"
    lends: ClassVar[bool] = True
    columns: ClassVar[tuple[str, ...]] = (
        "session_knn_sum", "session_knn_max", "session_knn_next", "session_knn_sessions",
    )  # fmt: skip
    spans: ClassVar[Spans] = {
        "neighbours": Span(50, 1_500, log=True, whole=True),
        "recency": Span(1.0, 20.0, log=True),
        "reach": Span(1.0, 30.0, log=True),
        "backward": Span(0.0, 1.0),
        "length_power": Span(0.0, 1.0),
        "idf_power": Span(0.0, 1.5),
    }
    neighbours: int = 500
    latest: int = 1000
    places: int = 20
    recency: float = 3.0
    reach: float = 10.0
    backward: float = 0.8
    length_power: float = 0.5
    idf_power: float = 0.5
    keep: int = 2_000_000
    sessions: Sessions | None = field(default=None, init=False)
    _alike: NDArray[np.float32] = field(
        default_factory=lambda: np.zeros(0, np.float32), init=False, repr=False
    )
    _shared: NDArray[np.int32] = field(
        default_factory=lambda: np.zeros(0, np.int32), init=False, repr=False
    )
    _sheet: NDArray[np.float32] = field(
        default_factory=lambda: np.zeros((0, 4), np.float32), init=False, repr=False
    )
    _touched: NDArray[np.int32] = field(
        default_factory=lambda: np.zeros(0, np.int32), init=False, repr=False
    )
    _places: Rows = field(default_factory=lambda: np.zeros(0, np.int32), init=False, repr=False)
    _asked: History | None = field(default=None, init=False, repr=False)

    def fit(self, interactions: Interactions, facts: ItemFacts) -> Self:  # noqa: ARG002
        """Index the latest sequences."""
        visits = self.visits(interactions)
        order = _by_time(visits)
        sizes = np.diff(visits.starts)[order]
        enough = np.cumsum(sizes[::-1])[::-1] <= self.keep
        order, sizes = order[enough], sizes[enough]
        starts = np.zeros(len(order) + 1, np.int64)
        np.cumsum(sizes, out=starts[1:])
        items = np.concatenate(
            [visits.items[visits.starts[s] : visits.starts[s + 1]] for s in order]
            or [np.zeros(0, np.int32)]
        )
        lists, members = members_of(starts, items, visits.n_items, self.latest)
        owners = np.repeat(np.arange(len(order)), sizes)
        holders = np.unique(owners * max(visits.n_items, 1) + items) % max(visits.n_items, 1)
        counts = np.bincount(holders, minlength=visits.n_items)
        rarity = np.log1p(len(order) / np.maximum(counts, 1)).astype(np.float32)
        self._take(Sessions(starts, items, lists, members, rarity))
        return self

    def _take(self, sessions: Sessions) -> None:
        self.sessions = sessions
        lengths = np.diff(sessions.starts).astype(np.float32)
        self._shares = (lengths ** np.float32(-self.length_power)).astype(np.float32)
        self._alike = np.zeros(len(lengths), np.float32)
        self._shared = np.zeros(len(lengths), np.int32)
        self._sheet = np.zeros((len(sessions.rarity), 4), np.float32)
        self._touched = np.zeros(0, np.int32)
        self._places = np.full(len(sessions.rarity), -1, np.int32)
        self._lifts = (sessions.rarity**self.idf_power).astype(np.float32)
        self._fades = np.exp(-np.arange(_FAR) / self.reach).astype(np.float32)
        self._asked = None

    def _fill(self, history: History) -> None:
        """Fill the sheet for a history, unless it is the one that the sheet holds."""
        s = self._fitted()
        if history is self._asked:
            return
        self._asked = history
        self._touched = add_up(
            s.lists, s.members, s.rarity, s.starts, s.items, history.rows[: self.places],
            history.weights, self._shares, self._lifts, self._fades, self.recency, self.backward,
            self.neighbours, self._alike, self._shared, self._touched, self._sheet,
        )  # fmt: skip

    def score(self, history: History, rows: Rows, out: Scores) -> None:
        """Fill sum, maximum, what came right after the shared item, and the sequences' number."""
        if history is self._asked:
            read_sheet(self._sheet, rows, out)
            return
        s = self._fitted()
        add_up_asked(
            s.lists, s.members, s.rarity, s.starts, s.items, history.rows[: self.places],
            history.weights, self._shares, self._lifts, self._fades, self.recency, self.backward,
            self.neighbours, self._alike, self._shared, self._places, rows, out,
        )  # fmt: skip

    def retrieve(self, history: History, count: int, among: Among | None = None) -> Rows:
        """Return the rows with the highest sums; equal sums go by row."""
        self._fill(history)
        touched = self._touched if among is None else among.only(self._touched)
        return best(touched, self._sheet, count)

    def arrays(self) -> Arrays:
        """Return the sequences and the lists."""
        s = self._fitted()
        return {
            "starts": s.starts,
            "items": s.items,
            "lists": s.lists,
            "members": s.members,
            "rarity": s.rarity,
        }

    @classmethod
    def from_arrays(cls, arrays: Arrays, settings: Mapping[str, float]) -> Self:
        """Rebuild from sequences and lists."""
        retriever = cls(**as_declared(cls, settings))
        retriever._take(
            Sessions(
                np.asarray(arrays["starts"], np.int64),
                np.asarray(arrays["items"], np.int32),
                np.asarray(arrays["lists"], np.int64),
                np.asarray(arrays["members"], np.int32),
                np.asarray(arrays["rarity"], np.float32),
            )
        )
        return retriever

    def settings(self) -> dict[str, float]:
        """Return the hyper-parameters by name."""
        return declared(self)

    def _fitted(self) -> Sessions:
        if self.sessions is None:
            raise NotFitted("session_knn knows no sessions yet: call fit first.")
        return self.sessions


def _by_time(visits: Visits) -> NDArray[np.int64]:
    """Order sequences that have visits by their last visit; without times, as they stand."""
    some = np.flatnonzero(np.diff(visits.starts) > 0)
    return some[np.argsort(visits.at[visits.starts[some + 1] - 1], kind="stable")]
