"""Item-to-item links: kept as capped rows, read off for a history."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from typing import Any, ClassVar, Self

import msgspec
import numpy as np
from numpy.typing import NDArray

from data.dataset import Interactions, Visits
from models.base import Among, Arrays, History, ItemFacts, NotFitted, Retriever, Rows, Scores
from models.sheet import add_up, best, between, read_sheet, spread
from models.signals import EVEN, Signals
from models.signals import NAMES as SIGNALS
from models.spans import Span, Spans


@dataclass(frozen=True, slots=True)
class Links:
    """Hold the links that leave each item, strongest first.

    `starts` int64[items + 1]; `targets` int32[links]: item rows; `strengths` float32[links].
    """

    starts: NDArray[np.int64]
    targets: NDArray[np.int32]
    strengths: NDArray[np.float32]

    @classmethod
    def strongest(
        cls,
        sources: NDArray[np.int32],
        targets: NDArray[np.int32],
        strengths: NDArray[np.float32],
        n_items: int,
        cap: int,
    ) -> Links:
        """Keep each source's `cap` strongest links; equal strengths go by item row."""
        order = np.lexsort((targets, -strengths, sources))
        sources = sources[order]
        begins = np.searchsorted(sources, np.arange(n_items + 1)).astype(np.int64)
        kept = np.arange(len(order)) - begins[sources] < cap
        starts = np.zeros(n_items + 1, np.int64)
        np.cumsum(np.bincount(sources[kept], minlength=n_items), out=starts[1:])
        chosen = order[kept]
        return cls(starts, targets[chosen].astype(np.int32), strengths[chosen].astype(np.float32))


@dataclass(eq=False)
class SignalSettings:
    """Let a retriever count visits as the recommender's `signals` weigh them."""

    signals: Signals = EVEN

    def visits(self, interactions: Interactions) -> Visits:
        """Fold interactions into weighted visits."""
        return self.signals.visits(interactions)


@dataclass(eq=False)
class LinkRetriever(SignalSettings, Retriever):
    """Score items by the links from what a visitor has visited.

    `cap` is the most links kept an item; a visit counts by its weight x exp(-place/`recency`) x
    2^(-age/`half_life`), places from 0 for the latest visit, ages in days, 0 for no half-life.
    Not for two threads at once: a sheet of one line an item holds the sums of the history that
    was last retrieved for, so that to score for it then adds them up no second time.
    """

    spans: ClassVar[Spans] = {
        "cap": Span(50, 200, log=True, whole=True),
        "recency": Span(1.0, 20.0, log=True),
    }
    cap: int = 100
    recency: float = 3.0
    half_life: float = 0.0
    links: Links | None = field(default=None, init=False)
    _sheet: NDArray[np.float32] = field(
        default_factory=lambda: np.zeros((0, 4), np.float32), init=False, repr=False
    )
    _touched: Rows = field(default_factory=lambda: np.zeros(0, np.int32), init=False, repr=False)
    _places: Rows = field(default_factory=lambda: np.zeros(0, np.int32), init=False, repr=False)
    _asked: History | None = field(default=None, init=False, repr=False)

    @abstractmethod
    def link(self, interactions: Interactions, facts: ItemFacts) -> Links:
        """Return the links that interactions or facts speak for."""

    def fit(self, interactions: Interactions, facts: ItemFacts) -> Self:
        """Learn the links."""
        self._take(self.link(interactions, facts))
        return self

    def _take(self, links: Links) -> None:
        self.links = links
        self._sheet = np.zeros((len(links.starts) - 1, 4), np.float32)
        self._touched = np.zeros(0, np.int32)
        self._places = np.full(len(links.starts) - 1, -1, np.int32)
        self._asked = None

    def score(self, history: History, rows: Rows, out: Scores) -> None:
        """Fill sum, maximum, the latest visit's link and the number of links to each row."""
        if history is self._asked:
            read_sheet(self._sheet, rows, out)
            return
        links = self._fitted()
        add_up(
            links.starts, links.targets, links.strengths, history.rows, history.weights,
            history.ages, self.recency, self.half_life, self._places, rows, out,
        )  # fmt: skip

    def speak(self, visits: Rows, rows: Rows, out: Scores) -> None:
        """Add to `out` float32[visits, rows] what the link from each visit to each row counts."""
        links = self._fitted()
        between(links.starts, links.targets, links.strengths, visits, rows, out)

    def retrieve(self, history: History, count: int, among: Among | None = None) -> Rows:
        """Return the rows with the highest sums; equal sums go by row."""
        links = self._fitted()
        if history is not self._asked:
            self._asked = history
            self._touched = spread(
                links.starts, links.targets, links.strengths, history.rows, history.weights,
                history.ages, self.recency, self.half_life, self._touched, self._sheet,
            )  # fmt: skip
        touched = self._touched if among is None else among.only(self._touched)
        return best(touched, self._sheet, count)

    def arrays(self) -> Arrays:
        """Return the links."""
        links = self._fitted()
        return {
            "starts": links.starts,
            "targets": links.targets,
            "strengths": links.strengths,
        }

    @classmethod
    def from_arrays(cls, arrays: Arrays, settings: Mapping[str, float]) -> Self:
        """Rebuild from links."""
        retriever = cls(**as_declared(cls, settings))
        retriever._take(
            Links(
                np.asarray(arrays["starts"], np.int64),
                np.asarray(arrays["targets"], np.int32),
                np.asarray(arrays["strengths"], np.float32),
            )
        )
        return retriever

    def settings(self) -> dict[str, float]:
        """Return the hyper-parameters by name."""
        return declared(self)

    def _fitted(self) -> Links:
        if self.links is None:
            raise NotFitted(f"{self.name} has no links yet: call fit first.")
        return self.links


def declared(model: SignalSettings | Retriever) -> dict[str, float]:
    """Return the constructor's numbers of a model, those of its signals among them."""
    numbers: dict[str, float] = {}
    for one in fields(model):  # type: ignore[arg-type]
        value = getattr(model, one.name)
        if isinstance(value, Signals):
            numbers |= msgspec.structs.asdict(value)
        elif one.init:
            numbers[one.name] = float(value)
    return numbers


def as_declared(model: type, settings: Mapping[str, float]) -> dict[str, Any]:
    """Give settings back the declared types, whole numbers as int, signals as one value."""
    known = {one.name: one.default for one in fields(model) if one.init}
    signals = {name: value for name, value in settings.items() if name in SIGNALS - known.keys()}
    found: dict[str, Any] = {
        name: int(value) if isinstance(known.get(name), int) else value
        for name, value in settings.items()
        if name not in signals
    }
    return found | ({"signals": Signals(**signals)} if signals and "signals" in known else signals)
