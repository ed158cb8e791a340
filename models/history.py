"""A visitor's history as retrievers see it: her profile's touches, gathered into visits."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from data.kernels import kernel
from data.profiles import MAX_TOUCHES
from data.schemas import CODES, DAY_MS, Kind
from models.base import History

_DWELL: Final = CODES[Kind.DWELL]
_DAY_MS: Final = float(DAY_MS)


@kernel
def _visits(
    touches: NDArray[np.void],
    strengths: NDArray[np.float32],
    dwell_gain: float,
    now: int,
    keys: NDArray[np.uint64],
    weights: NDArray[np.float32],
    ages: NDArray[np.float32],
) -> int:
    """Gather runs of touches of one item into visits, oldest first; return how many there are.

    The rule is that of `Interactions.visits`: a second view is a second visit, a cart is not.
    """
    n, seen = 0, 0
    longest = np.full(len(touches), -np.inf)
    for t in range(len(touches)):
        kind = touches[t].kind
        dwell = kind == _DWELL
        if strengths[kind] <= 0 and not (dwell and dwell_gain > 0):
            continue
        bit = 1 << int(kind)
        if n == 0 or keys[n - 1] != touches[t].item or (seen & bit != 0 and not dwell):
            keys[n] = touches[t].item
            weights[n] = 0.0
            seen = 0
            n += 1
        seen |= bit
        if dwell:  # value is log2(1 + ratio to what is usual): back to the ratio's logarithm
            ratio = max(2.0 ** float(touches[t].value) - 1.0, 1e-3)
            longest[n - 1] = max(longest[n - 1], np.log(ratio))
        weights[n - 1] = max(weights[n - 1], strengths[kind])
        ages[n - 1] = max(now - touches[t].at, 0) / _DAY_MS
    for visit in range(n):
        if longest[visit] > -np.inf:
            weights[visit] *= np.exp(dwell_gain * min(max(longest[visit], -3.0), 3.0))
    return n


def gather(
    touches: NDArray[np.void],
    strengths: NDArray[np.float32],
    dwell_gain: float,
    now: int,
    known: NDArray[np.uint64],
    rows: NDArray[np.int32],
) -> tuple[History, NDArray[np.uint64]]:
    """Return the history, newest first, and the visited item keys uint64[h] beside it.

    `touches` as in `Profile`; `strengths` float32[kinds] by code; `known` uint64[I] are a model's
    item keys, sorted, and `rows` int32[I] the rows they stand for; other items get row -1.
    """
    keys = np.empty(MAX_TOUCHES, dtype=np.uint64)
    weights = np.empty(MAX_TOUCHES, dtype=np.float32)
    ages = np.empty(MAX_TOUCHES, dtype=np.float32)
    n = _visits(touches, strengths, dwell_gain, now, keys, weights, ages) if len(touches) else 0
    newest = keys[:n][::-1].copy()
    history = History(rows_of(newest, known, rows), weights[:n][::-1].copy(), ages[:n][::-1].copy())
    return history, newest


@kernel
def rows_of(
    keys: NDArray[np.uint64], known: NDArray[np.uint64], rows: NDArray[np.int32]
) -> NDArray[np.int32]:
    """Return the model rows int32[n] of item keys, -1 for those a model does not know."""
    found = np.full(len(keys), -1, np.int32)
    for i in range(len(keys)):
        place = np.searchsorted(known, keys[i])
        if place < len(known) and known[place] == keys[i]:
            found[i] = rows[place]
    return found
