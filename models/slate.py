"""The slate: which of the ranked candidates are shown, in which order, with which propensity."""

from __future__ import annotations

from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from data.catalogue import CATEGORY
from data.kernels import kernel
from data.profiles import Profile
from data.schemas import Query, key64
from models import policy
from models.base import Scores
from models.candidates import Candidates
from models.history import turned_down

MOST_PINNED: Final = 2
Order = NDArray[np.int32]


class Opened(NamedTuple):
    """Hold how a list is laid out before anything is scored; rows are of the candidates.

    `pinned` int64[p]: what comes first; `rows` int32[m]: what the next `slots` are filled from;
    `held` int64[..]: what the re-show policy or she keeps back, for the end. With `diversity` above
    0 `categories` uint64[m] are those of the rows, else None.
    """

    pinned: NDArray[np.int64]
    rows: Order
    held: NDArray[np.int64]
    slots: int
    diversity: float
    categories: NDArray[np.uint64] | None


def fill(
    query: Query, candidates: Candidates, profile: Profile, scores: Scores, epsilon: float
) -> tuple[Order, Scores]:
    """Return the shown rows of the candidates int32[k], best first, and their propensities.

    Up to `MOST_PINNED` pinned products come first. The re-show policy holds back what was shown,
    and she what she turned down, but a shelf never runs dry: held-back products fill the end, the
    longest unseen first, what she turned down last.
    """
    opened = open_slots(query, candidates, profile)
    ranked, propensity = _explore(query, opened, scores, epsilon)
    missing = opened.slots - len(ranked)
    pinned = opened.pinned
    if not missing and not len(pinned):
        return ranked, propensity
    back = _longest_unseen(candidates, profile, scores, opened.held)[:missing]
    order = np.concatenate([pinned, ranked, back]).astype(np.int32)
    sure = np.ones(len(pinned), dtype=np.float32), np.ones(len(back), dtype=np.float32)
    return order, np.concatenate([sure[0], propensity, sure[1]])


def open_slots(query: Query, candidates: Candidates, profile: Profile) -> Opened:
    """Return what a list leaves to the order and to chance, and what stands before and behind."""
    listings, positions = candidates.listings, candidates.positions
    count, shown = min(query.count, len(positions)), profile.shown
    may = policy.may_show(query.reshow, shown["item"], shown["at"], candidates.keys, query.at)
    off = turned_down(profile)
    if len(off):
        may &= ~np.isin(candidates.keys, off)
    pinned = _pinned(listings.pinned, listings.position, positions, may)
    pinned = pinned[: min(MOST_PINNED, count)]
    free = may.copy()
    free[pinned] = False
    rows = np.flatnonzero(free).astype(np.int32)
    categories = None
    if query.diversity > 0:
        categories = listings.facets[positions[rows], CATEGORY]
    held = np.flatnonzero(~may)
    return Opened(pinned, rows, held, count - len(pinned), query.diversity, categories)


def preferred(opened: Opened, scores: Scores) -> Scores:
    """Return by what the open rows are ordered, float32[m]; `scores` float32[n] of all candidates.

    These are the scores, or where categories take turns the places that this gives them.
    """
    wanted: Scores = scores[opened.rows]
    if opened.categories is None or not len(wanted):
        return wanted
    ranking = np.argsort(-wanted, kind="stable").astype(np.int32)
    ranking = policy.diversify(ranking, wanted, opened.categories, opened.diversity)
    turns = np.empty(len(wanted), dtype=np.float32)
    turns[ranking] = -np.arange(len(wanted), dtype=np.float32)
    return turns


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


def _explore(query: Query, opened: Opened, scores: Scores, epsilon: float) -> tuple[Order, Scores]:
    if not len(opened.rows) or opened.slots <= 0:
        return np.empty(0, dtype=np.int32), np.empty(0, dtype=np.float32)
    draws = policy.Uniforms(key64("recommendation", query.recommendation_id))
    order, propensity = policy.order(preferred(opened, scores), opened.slots, epsilon, draws)
    return opened.rows[order], propensity


def _longest_unseen(
    candidates: Candidates, profile: Profile, scores: Scores, held: NDArray[np.int64]
) -> NDArray[np.int64]:
    """Put in order what is held back: the longest unseen first, what she turned down last."""
    keys, shown = candidates.keys[held], profile.shown
    when = dict(zip(shown["item"].tolist(), shown["at"].tolist(), strict=True))
    seen = np.array([when.get(key, 0) for key in keys.tolist()], dtype=np.int64)
    return held[np.lexsort((-scores[held], seen, np.isin(keys, turned_down(profile))))]
