"""Which rows have changed since somebody last looked, told in bounded memory."""

from __future__ import annotations

from array import array
from collections.abc import Iterable
from typing import Final

LEAST_KEPT: Final = 4_096
"""Changes that are kept at least; beyond, as many as there are rows twice over."""


class Changes:
    """Count the changes of rows and keep the latest; `len` is how many there ever were."""

    def __init__(self) -> None:
        """Start with none."""
        self._kept = array("i")
        self._gone = 0

    def __len__(self) -> int:
        """Count all changes, those that are kept no more too."""
        return self._gone + len(self._kept)

    def add(self, row: int, rows: int) -> None:
        """Take down a change of one of so many rows."""
        self._kept.append(row)
        if len(self._kept) > 2 * max(LEAST_KEPT, 2 * rows):
            half = len(self._kept) // 2
            self._gone += half
            del self._kept[:half]

    def since(self, seen: int, rows: int) -> Iterable[int]:
        """Return the rows of all changes but the first `seen`; all rows where that is forgotten."""
        return self._kept[seen - self._gone :] if seen >= self._gone else range(rows)
