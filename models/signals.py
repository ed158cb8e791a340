"""How strongly each kind of act counts: one declaration, for fitting as for a visitor's history."""

from __future__ import annotations

from typing import ClassVar

import msgspec
import numpy as np
from numpy.typing import NDArray

from data.dataset import Interactions, Visits
from data.schemas import CODES, Kind
from models.spans import Span, Spans


class Signals(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Weigh interactions by kind; only ratios matter, and a view is the measure.

    `dwell` is the power by which a visit's dwell, against what is usual for its item, scales it.
    """

    spans: ClassVar[Spans] = {
        "click": Span(0.25, 4.0, log=True),
        "favorite": Span(0.25, 8.0, log=True),
        "share": Span(0.25, 8.0, log=True),
        "cart": Span(0.25, 8.0, log=True),
        "purchase": Span(0.1, 10.0, log=True),
        "consult": Span(0.25, 8.0, log=True),
        "dwell": Span(0.0, 1.0),
    }
    view: float = 1.0
    click: float = 1.0
    favorite: float = 1.0
    share: float = 1.0
    cart: float = 1.0
    purchase: float = 1.0
    consult: float = 1.0
    dwell: float = 0.0

    def strengths(self) -> NDArray[np.float32]:
        """Return the strength of each kind by its code: float32[kinds]."""
        strengths = np.zeros(len(CODES), np.float32)
        for kind, code in CODES.items():
            if kind is not Kind.DWELL:
                strengths[code] = getattr(self, kind.value, 0.0)
        return strengths

    def visits(self, interactions: Interactions) -> Visits:
        """Fold interactions into weighted visits."""
        return interactions.visits(self.strengths(), self.dwell)


NAMES: frozenset[str] = frozenset(Signals.__struct_fields__)
"""The signals by name."""

EVEN: Signals = Signals()
"""Every kind as strong as any other."""
