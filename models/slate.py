"""The slate: which of the ranked candidates are shown, in which order, with which propensity."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from data.catalogue import CATEGORY
from data.kernels import kernel
from data.profiles import Profile
from data.schemas import Query, key64
from models import policy
from models.base import Scores
from models.candidates import Candidates

MOST_PINNED: Final = 2
Order = NDArray[np.int32]


def fill(
    query: Query, candidates: Candidates, profile: Profile, scores: Scores, epsilon: float
) -> tuple[Order, Scores]:
    """Return the shown rows of the candidates int32[k], best first, and their propensities.

    Up to `MOST_PINNED` pinned products come first. The re-show policy holds back what was shown,
    but a shelf never runs dry: held-back products fill the end, the longest unseen first.
    """
    listings, positions = candidates.listings, candidates.positions
    count, shown = min(query.count, len(positions)), profile.shown
    may = policy.may_show(query.reshow, shown["item"], shown["at"], candidates.keys, query.at)
    pinned = _pinned(listings.pinned, listings.position, positions, may)
    pinned = pinned[: min(MOST_PINNED, count)]
    free = may.copy()
    free[pinned] = False
    ranked, propensity = _explore(query, candidates, scores, free, count - len(pinned), epsilon)
    missing = count - len(pinned) - len(ranked)
    if not missing and not len(pinned):
        return ranked, propensity
    back = _longest_unseen(candidates, shown, scores, np.flatnonzero(~may))[:missing]
    order = np.concatenate([pinned, ranked, back]).astype(np.int32)
    sure = np.ones(len(pinned), dtype=np.float32), np.ones(len(back), dtype=np.float32)
    return order, np.concatenate([sure[0], propensity, sure[1]])


@kernel
def _pinned(
    pinned: NDArray[np.bool_],
    position: NDArray[np.float64],
    positions: NDArray[np.int32],
    may: NDArray[np.bool_],
) -> NDArray[np.int64]:
    """Return the rows that are pinned and may be shown, in the seller's order."""
    rows = np.empty(len(positions), np.int64)
    n = 0
    for row in range(len(positions)):
        if pinned[positions[row]] and may[row]:
            rows[n] = row
            n += 1
    return rows[:n][np.argsort(position[positions[rows[:n]]], kind="mergesort")]


def seller_order(candidates: Candidates) -> Scores:
    """Score by the seller's own order: position, then first appearance; float32[n] in (0, 1]."""
    place = candidates.listings.position[candidates.positions]
    rank = np.argsort(np.argsort(place, kind="stable"), kind="stable")
    return (1.0 - rank / max(len(rank), 1)).astype(np.float32)


def _explore(
    query: Query,
    candidates: Candidates,
    scores: Scores,
    free: NDArray[np.bool_],
    count: int,
    epsilon: float,
) -> tuple[Order, Scores]:
    places = np.flatnonzero(free).astype(np.int32)
    if not len(places) or count <= 0:
        return np.empty(0, dtype=np.int32), np.empty(0, dtype=np.float32)
    wanted = scores[places]
    if query.diversity > 0:
        ranking = np.argsort(-wanted, kind="stable").astype(np.int32)
        category = candidates.listings.facets[candidates.positions[places], CATEGORY]
        ranking = policy.diversify(ranking, wanted, category, query.diversity)
        wanted = np.empty(len(places), dtype=np.float32)
        wanted[ranking] = -np.arange(len(places), dtype=np.float32)
    draws = policy.Uniforms(key64("recommendation", query.recommendation_id))
    order, propensity = policy.order(wanted, count, epsilon, draws)
    return places[order], propensity


def _longest_unseen(
    candidates: Candidates, shown: NDArray[np.void], scores: Scores, held: NDArray[np.int64]
) -> NDArray[np.int64]:
    when = dict(zip(shown["item"].tolist(), shown["at"].tolist(), strict=True))
    seen = np.array([when.get(key, 0) for key in candidates.keys[held].tolist()], dtype=np.int64)
    return held[np.lexsort((-scores[held], seen))]
