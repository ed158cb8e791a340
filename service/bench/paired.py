"""Figures of alternating rounds: medians, paired ratios, and how far to trust them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import msgspec
import numpy as np

RESAMPLES: Final = 2_000


class Figure(msgspec.Struct, frozen=True):
    """Hold a median over rounds with its 95 % bootstrap interval."""

    value: float
    low: float
    high: float

    def text(self, form: str = ".2f") -> str:
        """Write it as `1.23 (1.20 to 1.31)`."""
        return f"{self.value:{form}} ({self.low:{form}} to {self.high:{form}})"


def figure(values: Sequence[float]) -> Figure:
    """Return the median of some rounds; resampled with a fixed seed.

    >>> figure([2.0, 2.0, 2.0])
    Figure(value=2.0, low=2.0, high=2.0)
    """
    found = np.asarray(values, dtype=np.float64)
    drawn = np.random.default_rng(7).choice(found, size=(RESAMPLES, len(found)))
    low, high = np.quantile(np.median(drawn, axis=1), [0.025, 0.975])
    return Figure(float(np.median(found)), float(low), float(high))


def ratio(these: Sequence[float], those: Sequence[float]) -> Figure:
    """Return the median ratio of rounds that were taken one after the other.

    >>> ratio([2.0, 6.0], [1.0, 3.0]).value
    2.0
    """
    return figure([a / b for a, b in zip(these, those, strict=True)])
