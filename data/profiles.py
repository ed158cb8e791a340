"""A visitor's profile: what folding her events gives, and nothing else.

`touches` are her newest acts in event-time order; `affinity` are decayed weights over facets (item,
category, brand, price band, tags) in four signal classes, each with its own half-life. Both are
independent of the order in which events arrive, up to rounding and the bounds on their size; of
what she turned down the weights outlast these bounds.
"""

from __future__ import annotations

from math import log2
from typing import Final

import msgspec
import numpy as np
from numpy.typing import NDArray

from data.profile_rows import (
    AFFINITY,
    ITEM,
    MAX_AFFINITY,
    MAX_DECLINED,
    MAX_SHOWN,
    MAX_TOUCHES,
    SHOWN,
    TOUCH,
    dwelt,
    fold_dwell,
    fold_shown,
    fold_touch,
)
from data.schemas import CODES, Kind

MAX_DWELL_VALUE: Final = 3.0
ROOM: Final = 8
"""Rows of touches that are made room for at a time, at least."""


class Profile:
    """Hold what is known of one visitor; changed only by the functions of this module."""

    __slots__ = (
        "_affinity",
        "_held",
        "_touches",
        "_used",
        "declined",
        "personalization",
        "reference",
        "sharer",
        "sharer_seller",
        "shown",
    )

    def __init__(self) -> None:
        """Start with nothing known and personal picks allowed."""
        self.reference = 0  # epoch ms the affinity weights are relative to
        self.shown: NDArray[np.void] = np.empty(0, dtype=SHOWN)
        self.declined: NDArray[np.uint64] = np.empty(0, dtype=np.uint64)
        self.personalization = True
        self.sharer = ""  # keyed hash of who last led her to a card
        self.sharer_seller = 0  # key of that card's seller
        self._touches: NDArray[np.void] = np.empty(0, dtype=TOUCH)
        self._held = 0
        self._affinity: NDArray[np.void] = np.empty(0, dtype=AFFINITY)
        self._used = 0

    @property
    def touches(self) -> NDArray[np.void]:
        """Return her newest acts as they are now, in the order of their times."""
        whole = self._held == len(self._touches)
        return self._touches if whole else self._touches[: self._held]

    @property
    def affinity(self) -> NDArray[np.void]:
        """Return the facets with their weights as of `reference`."""
        return self._affinity[: self._used]

    def touch(
        self, kind: Kind, at: int, seller: np.uint64, value: float, facets: NDArray[np.uint64]
    ) -> None:
        """Fold one act that is no dwell; `facets` uint64 are the item's own and its key."""
        if kind is Kind.NOT_INTERESTED:
            item = facets[ITEM]
            others = self.declined[self.declined != item]
            self.declined = np.append(others, item)[-MAX_DECLINED:]
        if self._held == len(self._touches) or self._used + len(facets) > len(self._affinity):
            self._grow(len(facets))
        self._held, self._used = fold_touch(
            self._touches,
            self._held,
            self._affinity,
            self._used,
            self.reference,
            at,
            seller,
            value,
            CODES[kind],
            facets,
            self.declined,
        )
        if at > self.reference:
            self.reference = at

    def dwelt_before(self, at: int, facets: NDArray[np.uint64]) -> int:
        """Return the visible ms counted so far in the visit a dwell report continues, or 0."""
        return dwelt(self._touches, self._held, at, facets)

    def dwell(
        self, at: int, seller: np.uint64, ms: int, value: float, facets: NDArray[np.uint64]
    ) -> None:
        """Fold a visit's dwell: its total ms so far and what that is worth (`dwell_value`)."""
        if self._held == len(self._touches) or self._used + len(facets) > len(self._affinity):
            self._grow(len(facets))
        self._held, self._used, at = fold_dwell(
            self._touches,
            self._held,
            self._affinity,
            self._used,
            self.reference,
            at,
            seller,
            ms,
            value,
            facets,
            self.declined,
        )
        if at > self.reference:
            self.reference = at

    def _grow(self, facets: int) -> None:
        """Make room for one more touch and for some facets, as far as there may be more."""
        if self._held == len(self._touches) < MAX_TOUCHES:
            room = min(MAX_TOUCHES, self._held + max(ROOM, self._held // 2))
            touches = np.empty(room, dtype=TOUCH)
            touches[: self._held] = self._touches
            self._touches = touches
        most = MAX_AFFINITY + len(self.declined)
        if self._used + facets > len(self._affinity) < most:
            room = min(most, max(16, 2 * len(self._affinity), self._used + facets))
            grown = np.zeros(room, dtype=AFFINITY)
            grown[: self._used] = self._affinity[: self._used]
            self._affinity = grown

    def forget(self, key: int) -> None:
        """Forget all weights of one facet, until an act adds to it anew."""
        kept = self.affinity[self.affinity["key"] != np.uint64(key)]
        self._affinity, self._used = kept.copy(), len(kept)

    def show(self, items: NDArray[np.uint64], at: int) -> None:
        """Remember what was shown and when, best first; `MAX_SHOWN` are kept, one row an item."""
        self.shown = fold_shown(self.shown, items[:MAX_SHOWN], at)

    @property
    def blank(self) -> bool:
        """Say whether it is what a visitor nobody knows has."""
        known = self._used or self._held or len(self.shown) or self.sharer
        return self.personalization and not known

    def to_bytes(self) -> bytes:
        """Encode exactly; `from_bytes` is the inverse."""
        head = (self.reference, self.personalization, self.sharer, self.sharer_seller)
        arrays = (self.touches, self.affinity, self.shown, self.declined)
        return msgspec.msgpack.encode((*head, *(one.tobytes() for one in arrays)))

    @classmethod
    def from_bytes(cls, data: bytes) -> Profile:
        """Decode what `to_bytes` wrote."""
        row = _STORED.decode(data)
        self = cls()
        self.reference, self.personalization, self.sharer, self.sharer_seller = row[:4]
        self._touches = np.frombuffer(row[4], dtype=TOUCH).copy()
        self._held = len(self._touches)
        self._affinity = np.frombuffer(row[5], dtype=AFFINITY).copy()
        self._used = len(self._affinity)
        self.shown = np.frombuffer(row[6], dtype=SHOWN).copy()
        self.declined = np.frombuffer(row[7], dtype=np.uint64).copy()
        return self


_STORED: Final = msgspec.msgpack.Decoder(tuple[int, bool, str, int, bytes, bytes, bytes, bytes])


def dwell_value(ms: int, usual_ms: float) -> float:
    """Return what a visit's visible time is worth: 1 when it is usual for the item, 3 at most."""
    return min(MAX_DWELL_VALUE, log2(1.0 + (1.0 + ms) / (1.0 + usual_ms)))
