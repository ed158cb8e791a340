"""A head over a seller's texts: kernel ridge regression on the same likenesses as search.

It learns from phrasings and, less closely, from answers, so that a shop of one phrasing an entry
has one too, if its entries are answered.

One closed-form solve in the number of texts, equal bytes for equal input; at question time it
is one product of the likenesses that nearest-phrasing search has at hand anyway. Source: Saunders
et al. 1998, "Ridge regression learning algorithm in dual variables"; one column an entry. Of more
texts than `LARGEST` some of every entry are learned from: a solve takes their cube in time, their
square in memory.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Self

import numpy as np
from numpy.typing import NDArray
from scipy import linalg, sparse

Scores = NDArray[np.float32]
Rows = Scores | sparse.csr_matrix

SHARPNESS: Final = 1.0
RIDGE: Final = 0.1
ANSWER_RIDGE: Final = 0.4
"""How loosely an answer is fitted: visitors ask in words that are less like it."""
LEAST: Final = 1.5
"""Texts an entry needs on average before a head says more than its neighbours do."""
LARGEST: Final = 12_000
"""Texts that are learned from at most."""
WIDEST: Final = 50_000_000
"""Texts times entries of the largest shop with a head: 200 MB for what the head says of each."""
AT_ONCE: Final = 512
"""Texts compared with all others at once: bounds the memory beside the one square."""


@dataclass(frozen=True)
class Head:
    """Hold dual coefficients float32[rows, entries]; `held_out` are a phrasing's scores without it.

    `rows` are the places of the texts learned from among phrasings, then an answer an entry.
    `weights` weigh the channels, the lexical one last.
    """

    rows: NDArray[np.int64]
    coefficients: Scores
    weights: tuple[float, ...]
    held_out: Scores | None = None

    @staticmethod
    def worth(texts: int, entries: int) -> bool:
        """Say whether so many phrasings and answers of so many entries teach a head anything."""
        return entries > 1 and LEAST * entries <= min(texts, LARGEST) and texts * entries <= WIDEST

    @classmethod
    def fit(
        cls,
        channels: Sequence[Rows],
        weights: tuple[float, ...],
        owners: NDArray[np.int32],
        written: NDArray[np.bool_],
    ) -> Self:
        """Fit one-against-all targets on unit vectors [texts, width] a channel.

        Texts are phrasings, whose entries are `owners`, then the answers there are: `written` says
        which entries have one. The scores of each phrasing by a head fitted without it come from
        the same factorisation: y - a / diag(inverse) (Rifkin & Lippert 2007, "Notes on regularized
        least squares"); of one that was not learned from the head's own are just that.
        """
        entries, phrasings = len(written), len(owners)
        answered = np.flatnonzero(written)
        own = np.concatenate([owners, answered])
        learned = evenly(own, LARGEST)
        known = [channel[learned] for channel in channels]
        square = _square(known, weights)
        asked = int(np.searchsorted(learned, phrasings))
        square[np.diag_indices(asked)] += np.float32(RIDGE)
        rest = np.arange(asked, len(learned))
        square[rest, rest] += np.float32(ANSWER_RIDGE)
        targets = np.zeros((len(learned), entries), dtype=np.float32, order="F")
        targets[np.arange(len(learned)), own[learned]] = 1.0
        factor = linalg.cholesky(square.T, lower=True, overwrite_a=True, check_finite=False)
        del square  # the factor is in its place
        found = linalg.cho_solve((factor, True), targets, check_finite=False)
        inverse, _ = linalg.lapack.spotri(factor, lower=1, overwrite_c=1)
        held_out = np.empty((phrasings, entries), dtype=np.float32)
        held_out[learned[:asked]] = (targets - found / np.diag(inverse)[:, None])[:asked]
        del factor, inverse, targets
        unseen = np.setdiff1d(np.arange(phrasings), learned)
        for start in range(0, len(unseen), AT_ONCE):
            part = unseen[start : start + AT_ONCE]
            alike = [_alike(all_[part], some) for all_, some in zip(channels, known, strict=True)]
            held_out[part] = sharpened(alike, weights) @ found
        rows = np.concatenate([np.arange(phrasings), phrasings + answered])[learned]
        return cls(rows, np.ascontiguousarray(found, dtype=np.float32), weights, held_out)

    def score(self, likenesses: Sequence[Scores]) -> Scores:
        """Return float32[entries] for one question's likenesses, one vector a channel."""
        known = [likeness[self.rows] for likeness in likenesses]
        scores: Scores = sharpened(known, self.weights) @ self.coefficients
        return scores


def evenly(owners: NDArray[np.integer], most: int) -> NDArray[np.int64]:
    """Return the places of at most `most` texts, in order, as many of each owner as may be.

    Whoever has fewer gives all; of the others' the first, the last and some evenly between.
    """
    if len(owners) <= most:
        return np.arange(len(owners))
    order = np.argsort(owners, kind="stable")
    counts = np.bincount(owners)
    starts = np.cumsum(counts) - counts
    turns = np.arange(len(owners)) - np.repeat(starts, counts)
    first = order[np.argsort(turns, kind="stable")[:most]]
    taken = np.bincount(owners[first], minlength=len(counts))
    places = [
        start + np.arange(few) * (count - 1) // max(few - 1, 1)
        for start, count, few in zip(starts, counts, taken, strict=True)
    ]
    return np.sort(order[np.concatenate(places)])


def _square(channels: Sequence[Rows], weights: Sequence[float]) -> Scores:
    """Return the kernel float32[texts, texts] of unit vectors; below its diagonal it is empty."""
    texts = channels[0].shape[0]
    square = np.zeros((texts, texts), dtype=np.float32)
    for start in range(0, texts, AT_ONCE):
        part = slice(start, start + AT_ONCE)
        alike = [_alike(channel[part], channel[start:]) for channel in channels]
        square[part, start:] = sharpened(alike, weights)
    return square


def _alike(some: Rows, others: Rows) -> Scores:
    product = some @ others.T
    alike = product if isinstance(product, np.ndarray) else product.toarray()
    return alike.astype(np.float32, copy=False)


def sharpened(likenesses: Sequence[Scores], weights: Sequence[float]) -> Scores:
    """Return the product of the channels' Gaussian kernels: unit vectors at distance 2 - 2 cos."""
    total = np.float32(-sum(weights)) + np.zeros_like(likenesses[0])
    for weight, likeness in zip(weights, likenesses, strict=True):
        total += np.float32(weight) * likeness
    kernel: Scores = np.exp(np.float32(SHARPNESS) * total)
    return kernel
