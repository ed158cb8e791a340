"""What bounds a request and how signals weigh: settings that travel with a model."""

from __future__ import annotations

from typing import Final

import msgspec
import numpy as np
from numpy.typing import NDArray

from data.schemas import CODES, Kind

VISITING: Final = ("view", "click", "favorite", "share", "cart", "purchase", "consult")
"""The signals that make a visit, as strong as one another until tuning says otherwise."""

NOMINATING: Final = {
    "slr_sum": 1.0,
    "session_knn_sum": 1.5,
    "als_dot": 0.7,
    "content_profile": 1.0,
    "repeat_chance": 1.0,
}
"""Chosen on held-out training questions of five public sets: the share of answers among 100."""


class Settings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Bound the work of a request and say how signals weigh.

    `candidates`: the most items ranked; `nominate`: the retrievers' columns by which they are
    chosen, with their weights; `trend`: how much more an item counts whose acts are the latest;
    `scan`: shelves up to this size are scored whole before the cut;
    `epsilon`: the share of slots given to exploration; `signals`: strength of an act by kind;
    `dwell_gain`: the power by which a visit's dwell, against what is usual, scales it; `recency`:
    visits after which a visit weighs 1/e in the content taste.
    """

    candidates: int = 100
    nominate: dict[str, float] = msgspec.field(default_factory=lambda: dict(NOMINATING))
    trend: float = 1.0
    scan: int = 2_000
    recency: float = 3.0
    epsilon: float = 0.02
    dwell_gain: float = 0.0
    signals: dict[str, float] = msgspec.field(default_factory=lambda: dict.fromkeys(VISITING, 1.0))

    def strengths(self) -> NDArray[np.float32]:
        """Return the strength of each kind by its code: float32[kinds]."""
        strengths = np.zeros(len(Kind), dtype=np.float32)
        for name, value in self.signals.items():
            strengths[CODES[Kind(name)]] = value
        return strengths
