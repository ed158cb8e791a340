"""A head over a seller's texts: kernel ridge regression on the same likenesses as search.

It learns from phrasings and, less closely, from answers, so that a shop of one phrasing an entry
has one too, if its entries are answered.

One closed-form solve in the number of texts, equal bytes for equal input; at question time it
is one product of the likenesses that nearest-phrasing search has at hand anyway. Source: Saunders
et al. 1998, "Ridge regression learning algorithm in dual variables"; one column an entry.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Self

import numpy as np
from numpy.typing import NDArray
from scipy import linalg

Scores = NDArray[np.float32]

SHARPNESS: Final = 1.0
RIDGE: Final = 0.1
ANSWER_RIDGE: Final = 0.4
"""How loosely an answer is fitted: visitors ask in words that are less like it."""
LEAST: Final = 1.5
"""Texts an entry needs on average before a head says more than its neighbours do."""
LARGEST: Final = 12_000


@dataclass(frozen=True)
class Head:
    """Hold dual coefficients float32[rows, entries]; `held_out` are a row's scores without it.

    Rows are phrasings, then an answer an entry: zeros where there is none. `held_out` has the
    phrasings alone. `weights` weigh the channels, the lexical one last.
    """

    coefficients: Scores
    weights: tuple[float, ...]
    held_out: Scores | None = None

    @staticmethod
    def worth(texts: int, entries: int) -> bool:
        """Say whether so many phrasings and answers of so many entries teach a head anything."""
        return entries > 1 and LEAST * entries <= texts <= LARGEST

    @classmethod
    def fit(
        cls,
        kernels: Sequence[Scores],
        weights: tuple[float, ...],
        owners: NDArray[np.int32],
        written: NDArray[np.bool_],
    ) -> Self:
        """Fit one-against-all targets on channels float32[rows, rows]: phrasings, then answers.

        `owners` are the phrasings' entries, `written` says which entries have an answer; `rows`
        counts both and no more. The scores of each phrasing by a head fitted without it come from
        the same factorisation: y - a / diag(inverse) (Rifkin & Lippert 2007, "Notes on regularized
        least squares").
        """
        entries, phrasings = len(written), len(owners)
        answered = np.flatnonzero(written)
        own = np.concatenate([owners, answered])
        square = sharpened(kernels, weights)
        ridge = np.full(len(own), RIDGE, np.float32)
        ridge[phrasings:] = ANSWER_RIDGE
        square[np.diag_indices(len(own))] += ridge
        targets = np.zeros((len(own), entries), dtype=np.float32)
        targets[np.arange(len(own)), own] = 1.0
        factor = linalg.cholesky(square, lower=True, overwrite_a=True, check_finite=False)
        found = linalg.cho_solve((factor, True), targets, check_finite=False)
        inverse, _ = linalg.lapack.spotri(factor, lower=1, overwrite_c=1)
        held_out = (targets - found / np.diag(inverse)[:, None])[:phrasings]
        coefficients = np.zeros((phrasings + entries, entries), dtype=np.float32)
        coefficients[:phrasings] = found[:phrasings]
        coefficients[phrasings + answered] = found[phrasings:]
        return cls(coefficients, weights, held_out.astype(np.float32))

    def score(self, likenesses: Sequence[Scores]) -> Scores:
        """Return float32[entries] for one question's likenesses, one vector a channel."""
        scores: Scores = sharpened(likenesses, self.weights) @ self.coefficients
        return scores


def sharpened(likenesses: Sequence[Scores], weights: Sequence[float]) -> Scores:
    """Return the product of the channels' Gaussian kernels: unit vectors at distance 2 - 2 cos."""
    total = np.float32(-sum(weights)) + np.zeros_like(likenesses[0])
    for weight, likeness in zip(weights, likenesses, strict=True):
        total += np.float32(weight) * likeness
    kernel: Scores = np.exp(np.float32(SHARPNESS) * total)
    return kernel
