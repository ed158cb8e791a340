"""Steps between categories: what kind of product comes after what kind, also for new products."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import ClassVar, Self

import numpy as np

from data.dataset import Interactions
from models.base import Among, Arrays, History, ItemFacts, NotFitted, Rows, Scores
from models.links import LinkRetriever, Links
from models.pairs import counted
from models.spans import Span, Spans

_SPACE = "category:"


@dataclass(eq=False)
class CategorySteps(LinkRetriever):
    """Link categories that follow one another within `window` visits of a visitor.

    The strength of i -> j is the share of the acts after i that go to j, over j's share of all
    acts, as a logarithm, mixed with `doubt` acts of the crowd. An item stands for its category;
    items without one score zero, and nothing is retrieved.
    """

    name: ClassVar[str] = "category_steps"
    columns: ClassVar[tuple[str, ...]] = (
        "category_steps_sum", "category_steps_max", "category_steps_last", "category_steps_links",
    )  # fmt: skip
    spans: ClassVar[Spans] = {
        **LinkRetriever.spans,
        "window": Span(1, 8, whole=True),
        "doubt": Span(0.5, 30.0, log=True),
    }
    window: int = 3
    doubt: float = 3.0
    _numbers: Rows | None = field(default=None, init=False, repr=False)  # and -1 for row -1

    def fit(self, interactions: Interactions, facts: ItemFacts) -> Self:
        """Learn which categories follow which."""
        self._number(_categories(facts))
        self._take(self.link(interactions, facts))
        return self

    def link(self, interactions: Interactions, facts: ItemFacts) -> Links:  # noqa: ARG002
        """Count steps and turn them into log-lifts."""
        category = self._fitted_numbers()[:-1]
        count = int(category.max(initial=-1)) + 1
        visits = self.visits(interactions)
        known = category[visits.items] >= 0 if len(visits.items) else np.zeros(0, np.bool_)
        before = np.concatenate([[0], np.cumsum(known)])
        visits = replace(
            visits,
            starts=before[visits.starts].astype(np.int64),
            items=category[visits.items[known]].astype(np.int32),
            weights=np.ones(int(known.sum()), np.float32),
            at=visits.at[known],
            n_items=max(count, 1),
        )
        forward = np.zeros(self.window + 1, np.float32)
        forward[1:] = 1.0 / np.arange(1, self.window + 1)
        steps = counted(visits, forward, np.zeros(1, np.float32), (0.0, 0.0), 0.0, self.cap)
        sources = np.repeat(np.arange(len(steps.starts) - 1), np.diff(steps.starts))
        left = np.bincount(sources, steps.strengths, max(count, 1))
        share = (visits.counts() + 0.5) / (visits.counts().sum() + 0.5 * max(count, 1))
        crowd = self.doubt * share[steps.targets]
        lift = (steps.strengths + crowd) / ((left[sources] + self.doubt) * share[steps.targets])
        return Links(steps.starts, steps.targets, np.log1p(lift).astype(np.float32))

    def score(self, history: History, rows: Rows, out: Scores) -> None:
        """Fill the links' columns by the items' categories."""
        visits = History(self._of(history.rows), history.weights, history.ages)
        super().score(visits, self._of(rows), out)

    def speak(self, visits: Rows, rows: Rows, out: Scores) -> None:
        """Add what the links between the items' categories count."""
        super().speak(self._of(visits), self._of(rows), out)

    def retrieve(self, history: History, count: int, among: Among | None = None) -> Rows:  # noqa: ARG002
        """Return nothing: a category is no product."""
        return np.empty(0, np.int32)

    def arrays(self) -> Arrays:
        """Return the links and each item's category."""
        return super().arrays() | {"category": self._fitted_numbers()[:-1]}

    @classmethod
    def from_arrays(cls, arrays: Arrays, settings: Mapping[str, float]) -> Self:
        """Rebuild from links and categories."""
        steps = super().from_arrays(arrays, settings)
        steps._number(np.asarray(arrays["category"], np.int32))
        return steps

    def _number(self, category: Rows) -> None:
        self._numbers = np.append(category, np.int32(-1))

    def _of(self, rows: Rows) -> Rows:
        return self._fitted_numbers()[rows]

    def _fitted_numbers(self) -> Rows:
        if self._numbers is None:
            raise NotFitted("category_steps knows no categories yet: call fit first.")
        return self._numbers


def _categories(facts: ItemFacts) -> Rows:
    """Number the items' categories by first appearance; -1 for items without one."""
    numbers: dict[str, int] = {}
    rows = np.full(len(facts.facets), -1, np.int32)
    for row, facets in enumerate(facts.facets):
        for facet in facets:
            if facet.startswith(_SPACE):
                rows[row] = numbers.setdefault(facet, len(numbers))
                break
    return rows
