"""The contracts of what is learned: a retriever gives scores for items from a visitor's history."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar, Final, NamedTuple, Self

import numpy as np
from numpy.typing import NDArray

from data.dataset import Interactions
from data.kernels import kernel
from models.spans import Spans

Rows = NDArray[np.int32]
Scores = NDArray[np.float32]
Arrays = dict[str, NDArray[np.generic]]

NEW_TO_MODEL: Final = "new_to_model"
"""The column that says that nobody had touched an item when the retrievers were fitted."""


class NotFitted(RuntimeError):  # noqa: N818 - reads as the state it names, like its peers
    """Say that a model was asked to score before `fit` or `from_arrays`."""


class History(NamedTuple):
    """Hold a visitor's visits, the most recent first, as a model sees them.

    `rows` int32[h]: the model's item rows (-1: not known to the model); `weights` float32[h]: how
    strongly each visit counts (learned signal weights applied); `ages` float32[h]: days between
    the visit and the query; 0 where the data has no times.
    """

    rows: Rows
    weights: Scores
    ages: Scores


@dataclass(frozen=True, slots=True)
class ItemFacts:
    """Describe the items of a training set beside their rows, for content models.

    `texts`: title and description words; `facets`: tokens such as `category:serum`, `brand:x`,
    `tag:y`, `attribute:skin=dry`; both are lists with one entry an item row.
    """

    texts: list[str]
    facets: list[tuple[str, ...]]


class Among(NamedTuple):
    """Hold the rows of a shelf: int32, rising, each once; and which of all rows these are."""

    rows: Rows
    held: NDArray[np.bool_]

    def only(self, rows: Rows) -> Rows:
        """Return those of some rows that are on the shelf."""
        return _held(rows, self.held)


class Retriever(ABC):
    """Score items for a history; each kind of retriever is one file with one subclass.

    Arrays are all a fitted retriever is: `arrays()` and `from_arrays()` are exact inverses, and
    the registry stores nothing else. Hyper-parameters are keyword arguments of `__init__`, plain
    numbers, and travel as `settings()`.
    """

    name: ClassVar[str]
    columns: ClassVar[tuple[str, ...]]  # the feature names `score` fills, in order
    spans: ClassVar[Spans] = {}  # where hyper-parameters may lie when they are tuned
    lends: ClassVar[bool] = False  # whether an item without acts gets what its kin are given

    @abstractmethod
    def fit(self, interactions: Interactions, facts: ItemFacts) -> Self:
        """Learn from interactions; the same input gives the same bytes."""

    @abstractmethod
    def score(self, history: History, rows: Rows, out: Scores) -> None:
        """Fill `out` float32[n, len(columns)] for the asked item rows; row -1 scores zero."""

    @abstractmethod
    def retrieve(self, history: History, count: int, among: Among | None = None) -> Rows:
        """Return up to `count` best rows, best first; may be empty.

        Of the whole catalogue, or `among` those of a shelf: the same as if no others were there.
        """

    @abstractmethod
    def arrays(self) -> Arrays:
        """Return what was learned."""

    @classmethod
    @abstractmethod
    def from_arrays(cls, arrays: Arrays, settings: Mapping[str, float]) -> Self:
        """Rebuild a fitted retriever; the arrays may be read-only memory maps."""

    @abstractmethod
    def settings(self) -> dict[str, float]:
        """Return the hyper-parameters by name."""


@kernel
def _held(rows: Rows, held: NDArray[np.bool_]) -> Rows:
    found, n = np.empty(len(rows), np.int32), 0
    for row in rows:
        found[n] = row
        n += int(held[row])
    return found[:n]
