"""Item-to-item links: counted from visits, kept as capped rows, read off for a history."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from typing import Any, ClassVar, Self

import msgspec
import numpy as np
from numpy.typing import NDArray

from data.dataset import Interactions, Visits
from data.kernels import kernel
from models.base import Arrays, History, ItemFacts, NotFitted, Retriever, Rows, Scores
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
    Not for two threads at once: a sheet of one line an item holds the sums of the history asked
    about last, so that to retrieve and then to score for one history adds them up once.
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
        self._asked = None

    def _spread(self, history: History) -> Links:
        """Fill the sheet for a history, unless it is the one that the sheet holds."""
        links = self._fitted()
        if history is not self._asked:
            before = history.rows[:0] if self._asked is None else self._asked.rows
            self._asked = history
            _spread(
                links.starts, links.targets, links.strengths, before, history.rows,
                history.weights, history.ages, self.recency, self.half_life, self._sheet,
            )  # fmt: skip
        return links

    def score(self, history: History, rows: Rows, out: Scores) -> None:
        """Fill sum, maximum, the latest visit's link and the number of links to each row."""
        self._spread(history)
        read_sheet(self._sheet, rows, out)

    def retrieve(self, history: History, count: int) -> Rows:
        """Return the rows with the highest sums; equal sums go by row."""
        links = self._spread(history)
        return _best(links.starts, links.targets, history.rows, self._sheet, count)

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


def counted(
    visits: Visits,
    forward: NDArray[np.float32],
    backward: NDArray[np.float32],
    powers: tuple[float, float],
    shrink: float,
    cap: int,
) -> Links:
    """Link items that stand near each other in visitors' sequences.

    A pair (i, then j after a gap of g visits) adds w_i w_j forward[g] to the link i -> j and
    w_i w_j backward[g] to j -> i. The strength is the sum / (n_i^powers[0] n_j^powers[1] +
    shrink), where n is an item's sum of squared weights.
    """
    sizes = np.bincount(visits.items, visits.weights.astype(np.float64) ** 2, visits.n_items)
    sizes = np.maximum(sizes, 1e-9)
    by_item = np.argsort(visits.items, kind="stable")
    lists = np.zeros(visits.n_items + 1, np.int64)
    np.cumsum(visits.counts(), out=lists[1:])
    owners = np.repeat(np.arange(len(visits.starts) - 1), np.diff(visits.starts))
    targets, strengths = _count(
        lists, by_item, owners, visits.starts, visits.items, visits.weights, forward, backward,
        np.power(sizes, powers[0], dtype=np.float64), np.power(sizes, powers[1], dtype=np.float64),
        shrink, cap,
    )  # fmt: skip
    kept = targets >= 0
    starts = np.zeros(visits.n_items + 1, np.int64)
    np.cumsum(kept.sum(axis=1), out=starts[1:])
    return Links(starts, targets[kept], strengths[kept])


@kernel
def _count(
    lists: NDArray[np.int64],
    by_item: NDArray[np.int64],
    owners: NDArray[np.int64],
    starts: NDArray[np.int64],
    items: NDArray[np.int32],
    weights: NDArray[np.float32],
    forward: NDArray[np.float32],
    backward: NDArray[np.float32],
    source_sizes: NDArray[np.float64],
    target_sizes: NDArray[np.float64],
    shrink: float,
    cap: int,
) -> tuple[NDArray[np.int32], NDArray[np.float32]]:
    n_items = len(lists) - 1
    targets = np.full((n_items, cap), np.int32(-1))
    strengths = np.zeros((n_items, cap), np.float32)
    sums = np.zeros(n_items, np.float64)
    touched = np.zeros(n_items, np.int32)
    for i in range(n_items):
        n = gather_pairs(
            by_item[lists[i] : lists[i + 1]], owners, starts, items, weights, forward, backward,
            sums, touched,
        )  # fmt: skip
        near = np.sort(touched[:n])
        values = sums[near] / (source_sizes[i] * target_sizes[near] + shrink)
        order = np.argsort(-values, kind="mergesort")[:cap]
        targets[i, : len(order)] = near[order]
        strengths[i, : len(order)] = values[order].astype(np.float32)
        sums[near] = 0.0
    return targets, strengths


@kernel
def gather_pairs(
    places: NDArray[np.int64],
    owners: NDArray[np.int64],
    starts: NDArray[np.int64],
    items: NDArray[np.int32],
    weights: NDArray[np.float32],
    forward: NDArray[np.float32],
    backward: NDArray[np.float32],
    sums: NDArray[np.float64],
    touched: NDArray[np.int32],
) -> int:
    """Add what stands near an item's places onto `sums`; return how many items were touched."""
    n = 0
    for place in places:
        owner = owners[place]
        low = max(starts[owner], place - len(backward) + 1)
        high = min(starts[owner + 1], place + len(forward))
        for other in range(low, high):
            gap = other - place
            value = forward[gap] if gap > 0 else backward[-gap]
            value *= weights[place] * weights[other]
            if gap == 0 or value <= 0:  # a sum of zero means: not touched yet
                continue
            item = items[other]
            if sums[item] == 0.0:
                touched[n] = item
                n += 1
            sums[item] += value
    return n


@kernel
def _wipe(
    starts: NDArray[np.int64],
    targets: NDArray[np.int32],
    rows: NDArray[np.int32],
    sheet: NDArray[np.float32],
) -> None:
    for row in rows:
        if row >= 0:
            for link in range(starts[row], starts[row + 1]):
                for column in range(sheet.shape[1]):
                    sheet[targets[link], column] = np.float32(0)


@kernel
def _spread(
    starts: NDArray[np.int64],
    targets: NDArray[np.int32],
    strengths: NDArray[np.float32],
    before: NDArray[np.int32],
    rows: NDArray[np.int32],
    weights: NDArray[np.float32],
    ages: NDArray[np.float32],
    recency: float,
    half_life: float,
    sheet: NDArray[np.float32],
) -> None:
    """Wipe off the sheet what the rows `before` had spread, and spread what these rows have."""
    _wipe(starts, targets, before, sheet)
    latest = True
    for place in range(len(rows)):
        row = rows[place]
        if row < 0:
            continue
        weight = weights[place] * np.exp(-place / recency)
        if half_life > 0:
            weight *= 2.0 ** (-ages[place] / half_life)
        for link in range(starts[row], starts[row + 1]):
            target = targets[link]
            value = np.float32(weight * strengths[link])
            sheet[target, 0] += value
            sheet[target, 1] = max(sheet[target, 1], value)
            sheet[target, 2] += value * np.float32(latest)
            sheet[target, 3] += np.float32(1)
        latest = False


@kernel
def read_sheet(
    sheet: NDArray[np.float32], rows: NDArray[np.int32], out: NDArray[np.float32]
) -> None:
    """Copy the lines of the asked rows; row -1 reads zeros."""
    for i in range(len(rows)):
        for column in range(sheet.shape[1]):
            out[i, column] = sheet[rows[i], column] if rows[i] >= 0 else np.float32(0)


@kernel
def highest(values: NDArray[np.float32], count: int) -> NDArray[np.int64]:
    """Return the places of the `count` highest values, the highest first, ties by place."""
    if count == 0:
        return np.empty(0, np.int64)
    if len(values) > count:
        edge = np.partition(values, len(values) - count)[len(values) - count]
        near = np.flatnonzero(values >= edge)
    else:
        near = np.arange(len(values))
    return near[np.argsort(-values[near], kind="mergesort")[:count]]


@kernel
def _best(
    starts: NDArray[np.int64],
    targets: NDArray[np.int32],
    rows: NDArray[np.int32],
    sheet: NDArray[np.float32],
    count: int,
) -> NDArray[np.int32]:
    room = 0
    for row in rows:
        if row >= 0:
            room += starts[row + 1] - starts[row]
    touched = np.empty(room, np.int32)
    n = 0
    for row in rows:
        if row < 0:
            continue
        for link in range(starts[row], starts[row + 1]):
            target = targets[link]
            if sheet[target, 3] > 0:  # its mark is turned, so that it is listed once
                sheet[target, 3] = -sheet[target, 3]
                touched[n] = target
                n += 1
    for target in touched[:n]:
        sheet[target, 3] = -sheet[target, 3]
    near = np.sort(touched[:n])
    kept: NDArray[np.int32] = near[highest(sheet[near, 0], count)]
    return kept
