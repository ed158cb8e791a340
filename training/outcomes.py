"""What came of questions asked of a shop: signals, kinds, and whether the best entry was right."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from models.answers.confidence import Scores, signals
from models.answers.index import Index
from models.language import plain


@dataclass(frozen=True, slots=True)
class Outcomes:
    """Hold questions with their signals float32[n, SIGNALS], kinds and whether they were right.

    `groups` says which shop or set each is of: what is left out together.
    """

    rows: Scores
    kinds: NDArray[np.str_]
    right: NDArray[np.bool_]
    groups: NDArray[np.str_]

    @classmethod
    def of(cls, found: Sequence[tuple[Scores, str, bool]], group: str = "") -> Outcomes:
        """Gather single outcomes."""
        rows = np.stack([row for row, _, _ in found])
        kinds = np.array([kind for _, kind, _ in found])
        right = np.array([right for _, _, right in found], dtype=np.bool_)
        return cls(rows, kinds, right, np.full(len(rows), group))

    @classmethod
    def together(cls, parts: Iterable[Outcomes]) -> Outcomes:
        """Put outcomes one behind the other."""
        several = list(parts)
        return cls(
            np.concatenate([one.rows for one in several]),
            np.concatenate([one.kinds for one in several]),
            np.concatenate([one.right for one in several]),
            np.concatenate([one.groups for one in several]),
        )

    def __getitem__(self, mask: NDArray[np.bool_] | NDArray[np.int64]) -> Outcomes:
        """Return the outcomes of a mask or of places."""
        return Outcomes(self.rows[mask], self.kinds[mask], self.right[mask], self.groups[mask])


def outcome(text: str, kind: str, owner: int, index: Index) -> tuple[Scores, str, bool]:
    """Ask one question; return its signals, its kind and whether the best entry is the right."""
    like = index.like(plain(text))
    best = int(np.argmax(like.order))
    return signals(like, index, best), kind, best == owner
