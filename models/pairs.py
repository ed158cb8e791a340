"""Links counted from pairs of visits that stand near each other in visitors' sequences."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from data.dataset import Visits
from data.kernels import kernel
from models.links import Links


def counted(
    visits: Visits,
    forward: NDArray[np.float32],
    backward: NDArray[np.float32],
    powers: tuple[float, float],
    shrink: float,
    cap: int,
) -> Links:
    """Link items that stand near each other in visitors' sequences.

    A pair (i, then j after a gap of g visits) adds w_i w_j forward[g] to the link i -> j and
    w_i w_j backward[g] to j -> i. The strength is the sum / (n_i^powers[0] n_j^powers[1] +
    shrink), where n is an item's sum of squared weights.
    """
    sizes = np.bincount(visits.items, visits.weights.astype(np.float64) ** 2, visits.n_items)
    sizes = np.maximum(sizes, 1e-9)
    by_item = np.argsort(visits.items, kind="stable")
    lists = np.zeros(visits.n_items + 1, np.int64)
    np.cumsum(visits.counts(), out=lists[1:])
    owners = np.repeat(np.arange(len(visits.starts) - 1), np.diff(visits.starts))
    targets, strengths = _count(
        lists, by_item, owners, visits.starts, visits.items, visits.weights, forward, backward,
        np.power(sizes, powers[0], dtype=np.float64), np.power(sizes, powers[1], dtype=np.float64),
        shrink, cap,
    )  # fmt: skip
    kept = targets >= 0
    starts = np.zeros(visits.n_items + 1, np.int64)
    np.cumsum(kept.sum(axis=1), out=starts[1:])
    return Links(starts, targets[kept], strengths[kept])


@kernel
def _count(
    lists: NDArray[np.int64],
    by_item: NDArray[np.int64],
    owners: NDArray[np.int64],
    starts: NDArray[np.int64],
    items: NDArray[np.int32],
    weights: NDArray[np.float32],
    forward: NDArray[np.float32],
    backward: NDArray[np.float32],
    source_sizes: NDArray[np.float64],
    target_sizes: NDArray[np.float64],
    shrink: float,
    cap: int,
) -> tuple[NDArray[np.int32], NDArray[np.float32]]:
    n_items = len(lists) - 1
    targets = np.full((n_items, cap), np.int32(-1))
    strengths = np.zeros((n_items, cap), np.float32)
    sums = np.zeros(n_items, np.float64)
    touched = np.zeros(n_items, np.int32)
    for i in range(n_items):
        n = gather_pairs(
            by_item[lists[i] : lists[i + 1]], owners, starts, items, weights, forward, backward,
            sums, touched,
        )  # fmt: skip
        near = np.sort(touched[:n])
        values = sums[near] / (source_sizes[i] * target_sizes[near] + shrink)
        order = np.argsort(-values, kind="mergesort")[:cap]
        targets[i, : len(order)] = near[order]
        strengths[i, : len(order)] = values[order].astype(np.float32)
        sums[near] = 0.0
    return targets, strengths


@kernel
def gather_pairs(
    places: NDArray[np.int64],
    owners: NDArray[np.int64],
    starts: NDArray[np.int64],
    items: NDArray[np.int32],
    weights: NDArray[np.float32],
    forward: NDArray[np.float32],
    backward: NDArray[np.float32],
    sums: NDArray[np.float64],
    touched: NDArray[np.int32],
) -> int:
    """Add what stands near an item's places onto `sums`; return how many items were touched."""
    n = 0
    for place in places:
        owner = owners[place]
        low = max(starts[owner], place - len(backward) + 1)
        high = min(starts[owner + 1], place + len(forward))
        for other in range(low, high):
            gap = other - place
            value = forward[gap] if gap > 0 else backward[-gap]
            value *= weights[place] * weights[other]
            if gap == 0 or value <= 0:  # a sum of zero means: not touched yet
                continue
            item = items[other]
            if sums[item] == 0.0:
                touched[n] = item
                n += 1
            sums[item] += value
    return n
