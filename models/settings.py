"""What bounds a request and how signals weigh: settings that travel with a model."""

from __future__ import annotations

from typing import ClassVar, Final

import msgspec

from models.signals import Signals
from models.spans import Span, Spans

NOMINATING: Final = {
    "slr_sum": 1.0,
    "session_knn_sum": 1.5,
    "als_dot": 0.7,
    "two_tower_chance": 2.0,
    "content_profile": 1.0,
    "repeat_chance": 1.0,
}
"""By the share of answers among 100: on held-out training questions of five public sets, but for
the towers' weight, which was chosen on Beauty's alone."""

NOMINATES: Final = Span(0.0, 2.0)
"""Where each nominating weight may lie."""


class Settings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Bound the work of a request and say how signals weigh.

    `candidates`: the most items ranked; `nominate`: the retrievers' columns by which they are
    chosen, with their weights; `trend`: how much more an item counts whose acts are the latest;
    `scan`: shelves up to this size are scored whole before the cut; `epsilon`: the share of slots
    given to exploration; `signals`: what each kind of act counts, in a history as in fitting;
    `recency`: visits after which a visit weighs 1/e in the content taste.
    """

    spans: ClassVar[Spans] = {"recency": Span(1.0, 12.0, log=True), "trend": Span(0.0, 2.0)}
    candidates: int = 100
    nominate: dict[str, float] = msgspec.field(default_factory=lambda: dict(NOMINATING))
    trend: float = 1.0
    scan: int = 2_000
    recency: float = 3.0
    epsilon: float = 0.02
    signals: Signals = Signals()

    def __post_init__(self) -> None:
        """Refuse bounds within which nothing can be ranked."""
        if self.candidates < 1 or self.scan < 0 or not 0 <= self.epsilon <= 1:
            msg = "needs candidates >= 1, scan >= 0, 0 <= epsilon <= 1"
            raise ValueError(msg)
