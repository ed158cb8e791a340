"""A visitor's history as retrievers see it: her profile's touches, gathered into visits."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from data.kernels import kernel
from data.schemas import CODES, DAY_MS, Kind
from data.standing import one_of
from models.base import History

_DWELL: Final = CODES[Kind.DWELL]
_DAY_MS: Final = float(DAY_MS)


def gather(
    touches: NDArray[np.void],
    off: NDArray[np.uint64],
    strengths: NDArray[np.float32],
    dwell_gain: float,
    now: int,
    known: NDArray[np.uint64],
    rows: NDArray[np.int32],
) -> tuple[History, NDArray[np.uint64]]:
    """Return the history, newest first, and the visited item keys uint64[h] beside it.

    `touches` as in `Profile`, but for those of items in `off`; `strengths` float32[kinds] by code;
    `known` uint64[I] are a model's item keys, sorted, and `rows` int32[I] the rows they stand for;
    other items get row -1.
    """
    keys = np.empty(len(touches), dtype=np.uint64)
    found = np.empty(len(touches), dtype=np.int32)
    weights, ages = np.empty((2, len(touches)), dtype=np.float32)
    n = 0
    if len(touches):
        n = _visits(
            touches, off, strengths, dwell_gain, now, known, rows, keys, found, weights, ages
        )
    return History(found[:n], weights[:n], ages[:n]), keys[:n]


@kernel
def _visits(
    touches: NDArray[np.void],
    off: NDArray[np.uint64],
    strengths: NDArray[np.float32],
    dwell_gain: float,
    now: int,
    known: NDArray[np.uint64],
    rows: NDArray[np.int32],
    keys: NDArray[np.uint64],
    found: NDArray[np.int32],
    weights: NDArray[np.float32],
    ages: NDArray[np.float32],
) -> int:
    """Gather runs of touches of one item into visits, newest first; return how many there are.

    The rule is that of `Interactions.visits`: a second view is a second visit, a cart is not.
    """
    n, seen = 0, 0
    longest = np.full(len(touches), -np.inf)
    for t in range(len(touches)):
        kind = touches[t].kind
        dwell = kind == _DWELL
        if (strengths[kind] <= 0 and not (dwell and dwell_gain > 0)) or one_of(
            off, touches[t].item
        ):
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
    keys[:n] = keys[:n][::-1].copy()
    weights[:n] = weights[:n][::-1].copy()
    ages[:n] = ages[:n][::-1].copy()
    _look_up(keys[:n], known, rows, found)
    return n


def rows_of(
    keys: NDArray[np.uint64], known: NDArray[np.uint64], rows: NDArray[np.int32]
) -> NDArray[np.int32]:
    """Return the model rows int32[n] of item keys, -1 for those a model does not know."""
    found = np.empty(len(keys), np.int32)
    _look_up(keys, known, rows, found)
    return found


@kernel
def _look_up(
    keys: NDArray[np.uint64],
    known: NDArray[np.uint64],
    rows: NDArray[np.int32],
    found: NDArray[np.int32],
) -> None:
    for i in range(len(keys)):
        place = np.searchsorted(known, keys[i])
        here = place < len(known) and known[place] == keys[i]
        found[i] = rows[place] if here else np.int32(-1)
