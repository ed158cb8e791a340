"""SLR, sequential local ridge: a linear next-item model in closed form, linear in the catalogue."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from data.dataset import Interactions, Visits
from data.kernels import kernel
from models.base import ItemFacts
from models.links import LinkRetriever, Links
from models.pairs import gather_pairs
from models.spans import Span, Spans


@dataclass(eq=False)
class LocalRidge(LinkRetriever):
    """Predict the next item from the decayed history by ridge over each item's own predecessors.

    For a target j with its `predecessors` strongest predecessors P,
    w_j = (G[P, P] + `ridge` I)^-1 R[P, j]: G and R sum, over all prefixes, products of
    exp(-gap/`reach`)-weighted history entries, and of history entries with the next item; the
    sequences reversed count `backward` times. w_j is scaled by n_j^-`target_power`.
    EASE (Steck 2019) and SLIT (Choi et al. 2021) solve one ridge over all items instead.
    """

    name: ClassVar[str] = "slr"
    lends: ClassVar[bool] = True
    columns: ClassVar[tuple[str, ...]] = ("slr_sum", "slr_max", "slr_last", "slr_links")
    spans: ClassVar[Spans] = {
        **LinkRetriever.spans,
        "ridge": Span(5.0, 1_000.0, log=True),
        "reach": Span(1.0, 30.0, log=True),
        "backward": Span(0.0, 1.0),
        "target_power": Span(0.0, 0.3),
    }
    ridge: float = 200.0
    reach: float = 6.0
    window: int = 20
    backward: float = 0.3
    predecessors: int = 200
    gram: int = 300
    target_power: float = 0.05

    def link(self, interactions: Interactions, facts: ItemFacts) -> Links:  # noqa: ARG002
        """Solve one small ridge problem for each item."""
        visits = self.visits(interactions)
        sources, strengths = solve(
            visits, self.reach, self.window, self.backward, self.predecessors, self.gram, self.ridge
        )
        counts = np.maximum(visits.counts(), 1).astype(np.float64)
        strengths *= (counts**-self.target_power)[:, None].astype(np.float32)
        kept = (sources >= 0) & (strengths > 0)
        targets = np.broadcast_to(np.arange(len(sources), dtype=np.int32)[:, None], sources.shape)
        return Links.strongest(
            sources[kept], targets[kept], strengths[kept], visits.n_items, self.cap
        )


def solve(
    visits: Visits,
    reach: float,
    window: int,
    backward: float,
    predecessors: int,
    gram: int,
    ridge: float,
) -> tuple[NDArray[np.int32], NDArray[np.float32]]:
    """Return each item's predecessors int32[items, k], -1 where fewer, and their coefficients."""
    by_item = np.argsort(visits.items, kind="stable")
    lists = np.zeros(visits.n_items + 1, np.int64)
    np.cumsum(visits.counts(), out=lists[1:])
    owners = np.repeat(np.arange(len(visits.starts) - 1), np.diff(visits.starts))
    decays = np.exp(-np.arange(window + 1) / reach)
    following = np.concatenate([[0.0], decays[:-1]])  # the last visit before the target counts 1
    near = np.zeros((visits.n_items, gram), np.int32)
    values = np.zeros((visits.n_items, gram), np.float64)
    sizes = np.zeros(visits.n_items, np.int64)
    tails = np.concatenate([[0.0], np.cumsum(decays**2), [np.sum(decays**2)]])
    _gram(
        lists, by_item, owners, visits.starts, visits.items, visits.weights, decays, tails,
        backward, near, values, sizes,
    )  # fmt: skip
    return _solve(
        lists, by_item, owners, visits.starts, visits.items, visits.weights,
        (backward * following).astype(np.float32), following.astype(np.float32),
        near, values, sizes, predecessors, ridge,
    )  # fmt: skip


@kernel
def _gram(
    lists: NDArray[np.int64],
    by_item: NDArray[np.int64],
    owners: NDArray[np.int64],
    starts: NDArray[np.int64],
    items: NDArray[np.int32],
    weights: NDArray[np.float32],
    decays: NDArray[np.float64],
    tails: NDArray[np.float64],
    backward: float,
    near: NDArray[np.int32],
    values: NDArray[np.float64],
    sizes: NDArray[np.int64],
) -> None:
    """Fill each item's strongest entries of the Gram matrix: `near`, `values` [items, gram]."""
    sums = np.zeros(len(lists) - 1, np.float64)
    touched = np.zeros(len(lists) - 1, np.int32)
    for i in range(len(lists) - 1):
        n = _gram_row(
            by_item[lists[i] : lists[i + 1]], owners, starts, items, weights, decays, tails,
            backward, sums, touched,
        )  # fmt: skip
        row = np.sort(touched[:n])
        order = np.argsort(-sums[row], kind="mergesort")[: near.shape[1]]
        sizes[i] = len(order)
        near[i, : len(order)] = row[order]
        values[i, : len(order)] = sums[row[order]]
        sums[row] = 0.0


@kernel
def _gram_row(
    places: NDArray[np.int64],
    owners: NDArray[np.int64],
    starts: NDArray[np.int64],
    items: NDArray[np.int32],
    weights: NDArray[np.float32],
    decays: NDArray[np.float64],
    tails: NDArray[np.float64],
    backward: float,
    sums: NDArray[np.float64],
    touched: NDArray[np.int32],
) -> int:
    """Add an item's products with its neighbours over all prefixes onto `sums`.

    Entries at places p <= q of a sequence of n share the prefixes that end at q .. n - 2: their
    products sum to exp(-(q - p)/reach) x tails[n - 1 - q], tails being geometric sums.
    """
    n = 0
    last = len(tails) - 1
    for place in places:
        begin, end = starts[owners[place]], starts[owners[place] + 1]
        for other in range(max(begin, place - len(decays) + 1), min(end, place + len(decays))):
            after = min(end - 1 - max(place, other), last)
            before = min(min(place, other) - begin, last)
            value = decays[abs(other - place)] * (tails[after] + backward * tails[before])
            value *= weights[place] * weights[other]
            if value <= 0:  # a sum of zero means: not touched yet
                continue
            item = items[other]
            if sums[item] == 0.0:
                touched[n] = item
                n += 1
            sums[item] += value
    return n


@kernel
def _solve(
    lists: NDArray[np.int64],
    by_item: NDArray[np.int64],
    owners: NDArray[np.int64],
    starts: NDArray[np.int64],
    items: NDArray[np.int32],
    weights: NDArray[np.float32],
    forward: NDArray[np.float32],
    backward: NDArray[np.float32],
    near: NDArray[np.int32],
    values: NDArray[np.float64],
    sizes: NDArray[np.int64],
    predecessors: int,
    ridge: float,
) -> tuple[NDArray[np.int32], NDArray[np.float32]]:
    n_items = len(lists) - 1
    sources = np.full((n_items, predecessors), np.int32(-1))
    strengths = np.zeros((n_items, predecessors), np.float32)
    sums = np.zeros(n_items, np.float64)
    touched = np.zeros(n_items, np.int32)
    seats = np.full(n_items, np.int32(-1))
    for j in range(n_items):
        n = gather_pairs(
            by_item[lists[j] : lists[j + 1]], owners, starts, items, weights, forward, backward,
            sums, touched,
        )  # fmt: skip
        row = np.sort(touched[:n])
        order = np.argsort(-sums[row], kind="mergesort")[:predecessors]
        chosen = row[order]
        right = sums[chosen]
        sums[row] = 0.0
        matrix = _block(chosen, near, values, sizes, seats, ridge)
        sources[j, : len(chosen)] = chosen
        strengths[j, : len(chosen)] = _conjugate_gradient(matrix, right)
    return sources, strengths


@kernel
def _block(
    chosen: NDArray[np.int32],
    near: NDArray[np.int32],
    values: NDArray[np.float64],
    sizes: NDArray[np.int64],
    seats: NDArray[np.int32],
    ridge: float,
) -> NDArray[np.float64]:
    """Cut the dense block of the Gram matrix over the chosen items and add the ridge."""
    matrix = np.zeros((len(chosen), len(chosen)), np.float64)
    for seat in range(len(chosen)):
        seats[chosen[seat]] = seat
    for seat in range(len(chosen)):
        item = chosen[seat]
        for entry in range(sizes[item]):
            other = seats[near[item, entry]]
            if other >= 0:  # an entry kept on one side only counts for both
                matrix[seat, other] = values[item, entry]
                matrix[other, seat] = values[item, entry]
        matrix[seat, seat] += ridge
    for item in chosen:
        seats[item] = -1
    return matrix


@kernel
def _conjugate_gradient(
    matrix: NDArray[np.float64], right: NDArray[np.float64]
) -> NDArray[np.float32]:
    """Solve a symmetric positive system to 1e-5 of its right side.

    Rows are added one by one, so that the compiler keeps the order of operations: the same bytes
    on one machine as on another with as wide registers. Source: Hestenes & Stiefel 1952.
    """
    n = len(right)
    solution = np.zeros(n)
    residual = right.copy()
    direction = right.copy()
    product = np.zeros(n)
    energy = np.sum(residual * residual)
    goal = energy * 1e-10
    for _ in range(100):
        if energy <= goal:
            break
        product[:] = 0.0
        for k in range(n):
            product += direction[k] * matrix[k]
        step = energy / np.sum(direction * product)
        solution += step * direction
        residual -= step * product
        fresh = np.sum(residual * residual)
        direction = residual + (fresh / energy) * direction
        energy = fresh
    return solution.astype(np.float32)
