"""Repeat consumption: what a visitor comes back to, and how likely people do for each item."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import ClassVar, Self

import numpy as np
from numpy.typing import NDArray

from data.dataset import Interactions, Visits
from data.kernels import kernel
from data.schemas import DAY_MS
from models.base import Among, Arrays, History, ItemFacts, NotFitted, Retriever, Rows, Scores
from models.links import SignalSettings, as_declared, declared
from models.spans import Span, Spans


@dataclass(eq=False)
class Repeat(SignalSettings, Retriever):
    """Score the items of a history by how often they were visited and how often people return.

    Columns, all 0 for what is not in the history: weights of the visits, halved every `half_life`
    days, x the item's rate; the rate: the share of its visits that the same visitor followed by
    another, shrunk by `doubt` visits to that of all items; log1p of the days since the last visit
    less what is usual between two (days, log1p, shrunk alike). Source of the idea: Hu et al. 2020
    (personal decayed frequency); Anderson et al. 2014 (recency and quality of what is reconsumed).
    """

    name: ClassVar[str] = "repeat"
    columns: ClassVar[tuple[str, ...]] = ("repeat_chance", "repeat_rate", "repeat_due")
    spans: ClassVar[Spans] = {
        "half_life": Span(2.0, 120.0, log=True),
        "doubt": Span(1.0, 50.0, log=True),
    }
    half_life: float = 14.0
    doubt: float = 5.0
    habits: NDArray[np.float32] | None = field(default=None, init=False)
    _sheet: NDArray[np.float32] = field(
        default_factory=lambda: np.zeros((0, 2), np.float32), init=False, repr=False
    )

    def fit(self, interactions: Interactions, facts: ItemFacts) -> Self:  # noqa: ARG002
        """Count returns and the days between them: float32[items, 2]."""
        visits = self.visits(interactions)
        item, gap = _returns(visits)
        again = np.bincount(item, minlength=visits.n_items)
        everyone = len(item) / max(len(visits.items), 1)
        rate = (again + self.doubt * everyone) / (visits.counts() + self.doubt)
        usual = np.bincount(item, gap, visits.n_items) + self.doubt * (
            gap.mean() if len(gap) else 0.0
        )
        self._take(np.stack([rate, usual / (again + self.doubt)], axis=1).astype(np.float32))
        return self

    def _take(self, habits: NDArray[np.float32]) -> None:
        self.habits = habits
        self._sheet = np.zeros((len(habits), 2), np.float32)

    def score(self, history: History, rows: Rows, out: Scores) -> None:
        """Fill chance, rate and how overdue a return is."""
        habits = self._fitted()
        _score(
            history.rows, history.weights, history.ages, self.half_life, self._sheet, habits,
            rows, out,
        )  # fmt: skip

    def retrieve(self, history: History, count: int, among: Among | None = None) -> Rows:
        """Return the history's items by chance, if there is any; equal chances go by row."""
        found = _returning(
            history.rows, history.weights, history.ages, self.half_life, self._sheet, self._fitted()
        )
        return (found if among is None else among.only(found))[:count]

    def arrays(self) -> Arrays:
        """Return rates and usual gaps."""
        return {"habits": self._fitted()}

    @classmethod
    def from_arrays(cls, arrays: Arrays, settings: Mapping[str, float]) -> Self:
        """Rebuild from rates and usual gaps."""
        retriever = cls(**as_declared(cls, settings))
        retriever._take(np.asarray(arrays["habits"], np.float32))
        return retriever

    def settings(self) -> dict[str, float]:
        """Return the hyper-parameters by name."""
        return declared(self)

    def _fitted(self) -> NDArray[np.float32]:
        if self.habits is None:
            raise NotFitted("repeat knows no habits yet: call fit first.")
        return self.habits


def _returns(visits: Visits) -> tuple[Rows, NDArray[np.float64]]:
    """Return, for each visit that was not the visitor's last of its item, item and log1p gap."""
    visitors = np.repeat(np.arange(len(visits.starts) - 1), np.diff(visits.starts))
    order = np.lexsort((np.arange(len(visitors)), visits.items, visitors))
    item, visitor, at = visits.items[order], visitors[order], visits.at[order]
    same = (item[1:] == item[:-1]) & (visitor[1:] == visitor[:-1])
    days = np.maximum(np.diff(at), 0)[same] / DAY_MS
    return item[:-1][same], np.log1p(days)


@kernel
def _score(
    visited: NDArray[np.int32],
    weights: NDArray[np.float32],
    ages: NDArray[np.float32],
    half_life: float,
    sheet: NDArray[np.float32],
    habits: NDArray[np.float32],
    rows: NDArray[np.int32],
    out: NDArray[np.float32],
) -> None:
    """Fill the columns; `sheet` float32[items, 2] is zeros, and is so again afterwards."""
    _spread(visited, weights, ages, half_life, sheet)
    _read(sheet, habits, rows, out)
    _wipe(visited, sheet)


@kernel
def _returning(
    visited: NDArray[np.int32],
    weights: NDArray[np.float32],
    ages: NDArray[np.float32],
    half_life: float,
    sheet: NDArray[np.float32],
    habits: NDArray[np.float32],
) -> NDArray[np.int32]:
    """Return the visited rows by chance, if there is any; equal chances go by row."""
    rows = np.unique(visited[visited >= 0])
    out = np.empty((len(rows), 3), np.float32)
    _score(visited, weights, ages, half_life, sheet, habits, rows, out)
    likely = np.argsort(-out[:, 0], kind="mergesort")
    found: Rows = rows[likely[out[likely, 0] > 0]]
    return found


@kernel
def _spread(
    rows: NDArray[np.int32],
    weights: NDArray[np.float32],
    ages: NDArray[np.float32],
    half_life: float,
    sheet: NDArray[np.float32],
) -> None:
    """Sum the decayed visits of each item; keep the age of the last, which stands first."""
    for place in range(len(rows)):
        row = rows[place]
        if row < 0:
            continue
        if sheet[row, 0] == 0:
            sheet[row, 1] = ages[place]
        sheet[row, 0] += weights[place] * np.float32(2.0 ** (-ages[place] / half_life))


@kernel
def _read(
    sheet: NDArray[np.float32],
    habits: NDArray[np.float32],
    rows: NDArray[np.int32],
    out: NDArray[np.float32],
) -> None:
    for i in range(len(rows)):
        out[i, :] = np.float32(0)
        row = rows[i]
        if row >= 0 and sheet[row, 0] > 0:
            out[i, 0] = sheet[row, 0] * habits[row, 0]
            out[i, 1] = habits[row, 0]
            out[i, 2] = np.float32(np.log1p(sheet[row, 1])) - habits[row, 1]


@kernel
def _wipe(rows: NDArray[np.int32], sheet: NDArray[np.float32]) -> None:
    for row in rows:
        if row >= 0:
            sheet[row, 0] = np.float32(0)
            sheet[row, 1] = np.float32(0)
