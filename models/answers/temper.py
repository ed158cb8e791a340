"""How upset a question sounds, learned: for what patterns of words cannot foresee."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Final, Self

import msgspec
import numpy as np
from numpy.typing import NDArray

LEAST: Final = 4
"""Characters of the shortest question whose vector tells how it sounds."""
MARGIN: Final = 0.5
"""Log odds from which one does: an urgent question that is none costs the seller's trust."""
SHIPPED: Final = Path(__file__).with_name("temper.json")


class Temper(msgspec.Struct, frozen=True):
    """Weigh a question's vector by an encoder: log odds of sounding upset (logistic regression)."""

    encoder: str
    weights: tuple[float, ...]
    bias: float

    @classmethod
    def shipped(cls, names: Sequence[str]) -> Self | None:
        """Return what ships for the first of some encoders; None without."""
        if not names or not SHIPPED.is_file():
            return None
        found = msgspec.json.decode(SHIPPED.read_bytes(), type=cls)
        return found if found.encoder == names[0] else None

    def upset(self, text: str, vector: NDArray[np.float32]) -> bool:
        """Say whether a folded question, by its unit vector float32[width], sounds upset."""
        if len(text) < LEAST:
            return False
        return float(np.dot(vector, np.array(self.weights, dtype=np.float32))) + self.bias > MARGIN
