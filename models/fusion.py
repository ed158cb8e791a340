"""Which rows of a pool are kept: by seats, and by scores that are fused into one."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from data.kernels import kernel
from data.statistics import ACTS_7D, RATES, decayed_to
from models.base import Rows, Scores
from models.selection import edge_of

_LATELY: Final = float(RATES[ACTS_7D])


@kernel
def kept(
    scores: Scores,
    columns: NDArray[np.int32],
    weights: NDArray[np.float64],
    trend: float,
    pool: NDArray[np.int32],
    counts: NDArray[np.float64],
    seats: NDArray[np.int32],
    item_rows: Rows,
    acts: NDArray[np.float64],
    times: NDArray[np.int64],
    now: int,
    most: int,
) -> NDArray[np.int64]:
    """Return which rows of the pool are kept: the seats, then the highest by the fused scores."""
    popular, lately = np.empty(len(pool)), np.empty(len(pool))
    for i in range(len(pool)):
        popular[i] = counts[pool[i]]
        lately[i] = np.log1p(decayed_to(now, acts, times, item_rows[pool[i]], ACTS_7D, _LATELY))
    fused = fuse(scores, columns, weights, popular, lately, trend)
    return filled(fused, np.searchsorted(pool, seats), most)


@kernel
def fuse(
    scores: Scores,
    columns: NDArray[np.int32],
    weights: NDArray[np.float64],
    counts: NDArray[np.float64],
    lately: NDArray[np.float64],
    trend: float,
) -> NDArray[np.float32]:
    """Return float32[n]: the weighted sum of columns of the scores, as shares of their highest.

    What is popular, `counts`, comes in at a thousandth; `lately` raises by up to `trend`.
    """
    fused = np.zeros(len(scores))
    _add(fused, counts, 1e-3)
    for column in range(len(columns)):
        _add(fused, scores[:, columns[column]], weights[column])
    raised = np.ones(len(scores))
    _add(raised, lately, trend)
    return (fused * raised).astype(np.float32)


@kernel
def _add(fused: NDArray[np.float64], values: NDArray[np.floating], weight: float) -> None:
    """Add a weight times values as shares of their highest, those below zero as zero."""
    top = 1e-9
    for i in range(len(values)):
        top = max(top, float(values[i]))
    for i in range(len(values)):
        fused[i] += weight * (max(float(values[i]), 0.0) / top)


@kernel
def filled(fused: NDArray[np.float32], seats: NDArray[np.int64], most: int) -> NDArray[np.int64]:
    """Return up to `most` rows, rising: the seats, then the highest, the earlier among equals."""
    kept = np.zeros(len(fused), np.bool_)
    for place in seats:
        kept[place] = True
    rest = fused[~kept]
    free = most - (len(fused) - len(rest))
    if free > 0 and len(rest):
        edge, above = edge_of(rest, min(free, len(rest)))
        free -= above
        for place in range(len(fused)):
            if not kept[place] and fused[place] >= edge:
                kept[place] = fused[place] > edge or free > 0
                free -= int(fused[place] == edge)
    return np.flatnonzero(kept)
