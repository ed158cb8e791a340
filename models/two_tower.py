"""Two towers: vectors of what was looked at and of what came next, learned from each other."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import ClassVar, Final, Self

import numpy as np

from data.dataset import Interactions
from data.kernels import kernel
from models.bags import Floats, bags_of
from models.base import Among, Arrays, History, ItemFacts, NotFitted, Retriever, Rows, Scores
from models.factors import Bytes, dots, in_bytes
from models.links import SignalSettings, as_declared, declared
from models.sheet import highest
from models.spans import Span, Spans
from models.voices import Course, learned, lessons_of

SOFTER: Final = 3.0
"""Logits are divided by this: a chance alone is all on a handful, and what nominates is a sum."""


@dataclass(frozen=True, slots=True)
class Towers:
    """Hold what was learned of items, a byte a number: bytes x scale of the row.

    `seen` int8[items, voices x d] and `seen_scales` float32[items]: the items as parts of a
    history; `next_` and `next_scales`: as what comes next, by temperature; `bias` float32[items],
    -inf for an item nobody visited.
    """

    seen: Bytes
    seen_scales: Floats
    next_: Bytes
    next_scales: Floats
    bias: Floats


@dataclass(eq=False)
class TwoTower(SignalSettings, Retriever):
    """Score items by a softmax over what comes next, its logits made softer.

    An item is the sum of the vectors of itself, its words and its facets: one set of vectors for
    items in histories, one for items that come next. A history is the sum of its items' vectors,
    fading by exp(-place/`recency`), of the latest `places` visits. Both are scaled to unit length;
    the logit is their product by `temperature`, plus a bias of the item, the mean of so many
    `voices`, each learned from a beginning of its own; every second one remembers `longer` times
    as long. Each visit but a visitor's first is a lesson, `epochs` times, of all at most `lessons`.
    Sources: Covington et al. 2016, "Deep neural networks for YouTube recommendations" (towers);
    Kula 2015, "Metadata embeddings for user and item cold-start recommendations" (sums of terms).
    """

    name: ClassVar[str] = "two_tower"
    lends: ClassVar[bool] = True
    columns: ClassVar[tuple[str, ...]] = ("two_tower_chance",)
    spans: ClassVar[Spans] = {
        "temperature": Span(0.05, 0.3, log=True),
        "drop": Span(0.0, 0.6),
        "rate": Span(0.02, 0.4, log=True),
        "recency": Span(1.0, 10.0, log=True),
        "epochs": Span(3, 15, log=True, whole=True),
    }
    factors: int = 64
    voices: int = 6
    longer: float = 3.0
    temperature: float = 0.1
    drop: float = 0.3
    rate: float = 0.1
    epochs: int = 7
    batch: int = 512
    rivals: int = 512
    recency: float = 2.0
    places: int = 20
    rarest: int = 2
    lessons: int = 1_000_000
    seed: int = 0
    towers: Towers | None = field(default=None, init=False)

    def __post_init__(self) -> None:
        """Lay out how places fade: float32[voices, places]."""
        memory = self.recency * np.where(np.arange(self.voices) % 2, self.longer, 1.0)
        self._fading = np.exp(-np.arange(self.places) / memory[:, None]).astype(np.float32)

    def fit(self, interactions: Interactions, facts: ItemFacts) -> Self:
        """Learn on one thread; items nobody visited get no chance of their own."""
        visits = self.visits(interactions)
        given = lessons_of(visits, self.places)
        touched = np.flatnonzero(visits.counts()).astype(np.int32)
        width = self.voices * self.factors
        seen = np.zeros((visits.n_items, width), np.float32)
        following = np.zeros((visits.n_items, width), np.float32)
        bias = np.full(visits.n_items, -np.inf, np.float32)
        if len(touched) > 1 and len(given.places):  # else nothing to tell from anything else
            bags, n_terms = bags_of(facts, self.rarest)
            course = Course(
                self.factors, self.epochs, self.lessons, self.rivals, self.batch, self.rate,
                self.drop, self.temperature,
            )  # fmt: skip
            bias[touched] = 0
            for voice in range(self.voices):
                block = slice(voice * self.factors, (voice + 1) * self.factors)
                one, other, biases = learned(
                    given, touched, bags, n_terms, self._fading[voice], course, [self.seed, voice]
                )
                lengths = np.linalg.norm(other, axis=1, keepdims=True) + np.float32(1e-6)
                seen[touched, block] = one[touched]
                following[touched, block] = (other / lengths / self.temperature)[touched]
                bias[touched] += biases[touched]
        softer = np.float32(1 / (self.voices * SOFTER))
        self._take(Towers(*in_bytes(seen), *in_bytes(following * softer), bias * softer))
        return self

    def _take(self, towers: Towers) -> None:
        self.towers = towers
        self._touched = np.flatnonzero(towers.bias > -np.inf).astype(np.int32)

    def fold(self, history: History) -> Floats:
        """Return float32[voices x d] of a history, each voice of unit length; unknown: zeros."""
        known = self._known()
        return _fold(known.seen, known.seen_scales, history.rows, history.weights, self._fading)

    def score(self, history: History, rows: Rows, out: Scores) -> None:
        """Fill e to the softened logit; 0 for what is not known."""
        known = self._known()
        _chances(
            known.seen, known.seen_scales, history.rows, history.weights, self._fading,
            known.next_, known.next_scales, known.bias, rows, out,
        )  # fmt: skip

    def retrieve(self, history: History, count: int, among: Among | None = None) -> Rows:
        """Return the rows of the highest chances; none for an unknown history."""
        known = self._known()
        rows = self._touched if among is None else among.only(self._touched)
        visitor = self.fold(history)
        if not visitor.any():
            return rows[:0]
        logits = np.empty(len(rows), np.float32)
        _logits(known.next_, known.next_scales, known.bias, rows, visitor, logits)
        return rows[highest(logits, count)]

    def arrays(self) -> Arrays:
        """Return both towers of the items."""
        known = self._known()
        return {
            "seen": known.seen,
            "seen_scales": known.seen_scales,
            "next": known.next_,
            "next_scales": known.next_scales,
            "bias": known.bias,
        }

    @classmethod
    def from_arrays(cls, arrays: Arrays, settings: Mapping[str, float]) -> Self:
        """Rebuild from both towers; voices that were saved without `longer` remember alike."""
        retriever = cls(**as_declared(cls, {"longer": 1.0, **settings}))
        towers = Towers(
            np.asarray(arrays["seen"], np.int8),
            np.asarray(arrays["seen_scales"], np.float32),
            np.asarray(arrays["next"], np.int8),
            np.asarray(arrays["next_scales"], np.float32),
            np.asarray(arrays["bias"], np.float32),
        )
        retriever._take(towers)
        return retriever

    def settings(self) -> dict[str, float]:
        """Return the hyper-parameters by name."""
        return declared(self)

    def _known(self) -> Towers:
        if self.towers is None:
            raise NotFitted("two_tower has learned nothing yet: call fit first.")
        return self.towers


@kernel
def _fold(seen: Bytes, scales: Floats, history: Rows, weights: Scores, fading: Floats) -> Floats:
    folded = np.zeros(seen.shape[1], np.float32)
    depth = len(folded) // len(fading)
    for place in range(min(len(history), fading.shape[1])):
        row = history[place]
        if row < 0:
            continue
        for voice in range(len(fading)):
            weight = fading[voice, place] * weights[place] * scales[row]
            for d in range(voice * depth, (voice + 1) * depth):
                folded[d] += weight * np.float32(seen[row, d])
    for voice in range(len(fading)):
        one = folded[voice * depth : (voice + 1) * depth]
        length = np.float32(0)
        for d in range(depth):
            length += one[d] * one[d]
        if length > 0:
            one /= np.sqrt(length)
    return folded


@kernel
def _logits(
    vectors: Bytes, scales: Floats, bias: Floats, rows: Rows, visitor: Floats, out: Floats
) -> None:
    dots(vectors, scales, rows, visitor, out)
    for i in range(len(rows)):
        out[i] += bias[rows[i]]


@kernel
def _chances(
    seen: Bytes,
    seen_scales: Floats,
    history: Rows,
    weights: Scores,
    fading: Floats,
    vectors: Bytes,
    scales: Floats,
    bias: Floats,
    rows: Rows,
    out: Scores,
) -> None:
    visitor, logits = _fold(seen, seen_scales, history, weights, fading), out[:, 0]
    _logits(vectors, scales, bias, rows, visitor, logits)
    known = np.any(visitor != 0)
    for i in range(len(rows)):
        logits[i] = np.exp(logits[i]) if known and rows[i] >= 0 else np.float32(0)
