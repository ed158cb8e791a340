"""The rows of a profile, and the compiled loops that fold acts into them.

Rows are changed in place; where they are full the weakest facet or the oldest act makes room.
"""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from data.kernels import kernel
from data.schemas import CODES, DAY_MS, Kind

TOUCH: Final = np.dtype(
    [
        ("item", "<u8"),
        ("seller", "<u8"),
        ("at", "<i8"),
        ("value", "<f4"),  # 1: usual; dwell: log2(1 + visible / usual), at most 3
        ("ms", "<i4"),  # dwell: visible milliseconds of the visit so far
        ("kind", "u1"),
    ]
)
AFFINITY: Final = np.dtype(
    [("key", "<u8"), ("browse", "<f4"), ("intent", "<f4"), ("bought", "<f4"), ("disliked", "<f4")]
)
SHOWN: Final = np.dtype([("item", "<u8"), ("at", "<i8")])

MAX_TOUCHES: Final = 64
MAX_AFFINITY: Final = 128
MAX_SHOWN: Final = 64
MAX_DECLINED: Final = 128
"""Products turned down last whose weights are kept beside the others, whatever she does after."""
VISIT_GAP_MS: Final = 30 * 60_000
EVERYTHING: Final = 1
"""The affinity key that sums all weights, to turn weights into shares."""
ITEM: Final = 1
"""Where a product's own key stands among its facets."""

HALF_LIVES_DAYS: Final = np.array([7.0, 30.0, 90.0, 60.0])  # browse, intent, bought, disliked
_RATES: Final = np.log(2.0) / (HALF_LIVES_DAYS * DAY_MS)

SIGNALS: Final[dict[Kind, tuple[int, float]]] = {
    Kind.VIEW: (0, 1.0),
    Kind.CLICK: (0, 1.0),
    Kind.DWELL: (0, 1.0),  # times how long compared with what is usual
    Kind.FAVORITE: (1, 1.0),
    Kind.SHARE: (1, 1.0),
    Kind.CART: (1, 1.0),
    Kind.CONSULT: (1, 0.5),
    Kind.PURCHASE: (2, 1.0),
    Kind.NOT_INTERESTED: (3, 1.0),
}
"""Which class a signal belongs to, and its unit weight; the ranker learns what a class is worth."""

_CLASS: Final = np.array([SIGNALS[kind][0] if kind in SIGNALS else -1 for kind in Kind])
_UNIT: Final = np.array([SIGNALS[kind][1] if kind in SIGNALS else 0.0 for kind in Kind])
"""By kind code."""

_DWELL: Final = CODES[Kind.DWELL]
_NOT_INTERESTED: Final = CODES[Kind.NOT_INTERESTED]


@kernel
def _add(  # noqa: C901, PLR0912 - one compiled loop; calls in it would hide the eviction
    affinity: NDArray[np.void],
    used: int,
    keys: NDArray[np.uint64],
    signal: int,
    weight: float,
    declined: NDArray[np.uint64],
) -> int:
    for k in range(len(keys)):
        key = keys[k]
        if key == 0:
            continue
        slot = -1
        for i in range(used):
            if affinity[i].key == key:
                slot = i
                break
        if slot < 0:
            if used < len(affinity):
                slot = used
                used += 1
            else:  # full: the weakest facet makes room
                weakest = np.inf
                for i in range(used):
                    entry = affinity[i]
                    total = entry.browse + entry.intent + entry.bought + entry.disliked
                    if total < weakest and entry.key != EVERYTHING:
                        kept = False
                        for item in declined:
                            kept = kept or item == entry.key
                        if not kept:
                            weakest = total
                            slot = i
            affinity[slot].key = key
            affinity[slot].browse = 0.0
            affinity[slot].intent = 0.0
            affinity[slot].bought = 0.0
            affinity[slot].disliked = 0.0
        if signal == 0:  # a visit told to be shorter than first thought takes weight away
            affinity[slot].browse = max(affinity[slot].browse + weight, 0.0)
        elif signal == 1:
            affinity[slot].intent += weight
        elif signal == 2:
            affinity[slot].bought += weight
        else:
            affinity[slot].disliked += weight
    return used


@kernel
def _decay(affinity: NDArray[np.void], used: int, gap: float) -> None:
    browse, intent = np.exp(-_RATES[0] * gap), np.exp(-_RATES[1] * gap)
    bought, disliked = np.exp(-_RATES[2] * gap), np.exp(-_RATES[3] * gap)
    for i in range(used):
        affinity[i].browse *= browse
        affinity[i].intent *= intent
        affinity[i].bought *= bought
        affinity[i].disliked *= disliked


@kernel
def _weigh(
    affinity: NDArray[np.void],
    used: int,
    reference: int,
    at: int,
    value: float,
    kind: int,
    facets: NDArray[np.uint64],
    declined: NDArray[np.uint64],
) -> int:
    """Add to the facets what a signal is worth as of the reference, or of its own later time."""
    if at > reference:
        _decay(affinity, used, float(at - reference))
    else:
        value *= np.exp(-_RATES[_CLASS[kind]] * (reference - at))
    return _add(affinity, used, facets, _CLASS[kind], value * _UNIT[kind], declined)


@kernel
def fold_shown(shown: NDArray[np.void], items: NDArray[np.uint64], at: int) -> NDArray[np.void]:
    """Take out the rows of the items, put new ones behind, keep the last `MAX_SHOWN`."""
    kept = np.empty(len(shown) + len(items), shown.dtype)
    used = 0
    for i in range(len(shown)):
        again = False
        for item in items:
            again = again or item == shown[i].item
        if not again:
            kept[used] = shown[i]
            used += 1
    for item in items:
        kept[used].item = item
        kept[used].at = at
        used += 1
    return kept[max(0, used - MAX_SHOWN) : used].copy()


@kernel
def _insert(  # noqa: C901 - one compiled loop
    rows: NDArray[np.void],
    held: int,
    gone: int,
    item: np.uint64,
    seller: np.uint64,
    at: int,
    value: float,
    ms: int,
    kind: int,
) -> int:
    """Take out row `gone` (-1: none), put one in time order, keep the newest `MAX_TOUCHES`.

    It goes behind those of its time that are there already. Return how many there are.
    """
    if gone >= 0:
        held -= 1
        for i in range(gone, held):
            rows[i] = rows[i + 1]
    place = 0
    for i in range(held):
        if rows[i].at <= at:
            place = i + 1
    if held < MAX_TOUCHES:
        for i in range(held, place, -1):
            rows[i] = rows[i - 1]
        held += 1
    elif place == 0:
        return held
    else:  # full: the oldest makes room
        place -= 1
        for i in range(place):
            rows[i] = rows[i + 1]
    rows[place].item = item
    rows[place].seller = seller
    rows[place].at = at
    rows[place].value = value
    rows[place].ms = ms
    rows[place].kind = kind
    return held


@kernel
def _visit(touches: NDArray[np.void], held: int, at: int, item: np.uint64) -> int:
    """Find the newest dwell on an item within a visit's gap; -1: none."""
    for i in range(held - 1, -1, -1):
        same = touches[i].item == item and touches[i].kind == _DWELL
        if same and abs(touches[i].at - at) <= VISIT_GAP_MS:
            return i
    return -1


@kernel
def dwelt(touches: NDArray[np.void], held: int, at: int, facets: NDArray[np.uint64]) -> int:
    """Return the visible ms counted so far in the visit that a dwell report continues, or 0."""
    place = _visit(touches, held, at, facets[ITEM])
    return touches[place].ms if place >= 0 else 0


@kernel
def fold_touch(
    touches: NDArray[np.void],
    held: int,
    affinity: NDArray[np.void],
    used: int,
    reference: int,
    at: int,
    seller: np.uint64,
    value: float,
    kind: int,
    facets: NDArray[np.uint64],
    declined: NDArray[np.uint64],
) -> tuple[int, int]:
    """Fold an act that is no dwell; return how many touches and facets there are."""
    if kind != _NOT_INTERESTED:
        held = _insert(touches, held, -1, facets[ITEM], seller, at, value, 0, kind)
    return held, _weigh(affinity, used, reference, at, value, kind, facets, declined)


@kernel
def fold_dwell(
    touches: NDArray[np.void],
    held: int,
    affinity: NDArray[np.void],
    used: int,
    reference: int,
    at: int,
    seller: np.uint64,
    ms: int,
    value: float,
    facets: NDArray[np.uint64],
    declined: NDArray[np.uint64],
) -> tuple[int, int, int]:
    """Fold a visit's dwell; return how many touches and facets there are, and when it ended."""
    place = _visit(touches, held, at, facets[ITEM])
    before = 0.0
    if place >= 0:
        before = float(touches[place].value)
        at = max(at, touches[place].at)
    held = _insert(touches, held, place, facets[ITEM], seller, at, value, ms, _DWELL)
    worth = value - before
    return held, _weigh(affinity, used, reference, at, worth, _DWELL, facets, declined), at
