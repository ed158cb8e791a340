"""The slate: which of the ranked candidates are shown, in which order, with which propensity."""

from __future__ import annotations

from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from data.catalogue import CATEGORY
from data.kernels import kernel
from data.schemas import Query, key64
from data.standing import one_of
from models import policy
from models.base import Scores
from models.candidates import Candidates

MOST_PINNED: Final = 2
Order = NDArray[np.int32]


class Opened(NamedTuple):
    """Hold how a list is laid out before anything is scored; rows are of the candidates.

    `pinned` int32[p]: what comes first; `rows` int32[m]: what the next `slots` are filled from;
    `held` int32[..]: what the re-show policy or she keeps back, for the end. With `diversity` above
    0 `categories` uint64[m] are those of the rows, else None.
    """

    pinned: Order
    rows: Order
    held: Order
    slots: int
    diversity: float
    categories: NDArray[np.uint64] | None


def fill(
    query: Query, candidates: Candidates, scores: Scores, epsilon: float
) -> tuple[Order, Scores]:
    """Return the shown rows of the candidates int32[k], best first, and their propensities.

    Up to `MOST_PINNED` pinned products come first. The re-show policy holds back what was shown,
    and she what she turned down, but a shelf never runs dry: held-back products fill the end, the
    longest unseen first, what she turned down last.
    """
    opened = open_slots(query, candidates)
    ranked, propensity = _explore(query, opened, scores, epsilon)
    missing = opened.slots - len(ranked)
    pinned = opened.pinned
    if not missing and not len(pinned):
        return ranked, propensity
    back = _longest_unseen(candidates, scores, opened.held)[:missing]
    order = np.concatenate([pinned, ranked, back]).astype(np.int32)
    sure = np.ones(len(pinned), dtype=np.float32), np.ones(len(back), dtype=np.float32)
    return order, np.concatenate([sure[0], propensity, sure[1]])


def open_slots(query: Query, candidates: Candidates) -> Opened:
    """Return what a list leaves to the order and to chance, and what stands before and behind."""
    listings, positions, guest = candidates.listings, candidates.positions, candidates.guest
    count = min(query.count, len(positions))
    rows = np.empty((3, len(positions)), np.int32)
    pinned, free, held = _opened(
        positions, listings.item_keys, listings.pinned, listings.position, guest.profile.shown,
        policy.held_since(query.reshow, query.at), guest.off, min(MOST_PINNED, count), rows,
    )  # fmt: skip
    first, rest = rows[0, :pinned], rows[1, :free]
    categories = None
    if query.diversity > 0:
        categories = listings.facets[positions[rest], CATEGORY]
    return Opened(first, rest, rows[2, :held], count - pinned, query.diversity, categories)


@kernel
def _opened(
    positions: NDArray[np.int32],
    item_keys: NDArray[np.uint64],
    pinned: NDArray[np.bool_],
    position: NDArray[np.float64],
    shown: NDArray[np.void],
    since: int,
    off: NDArray[np.uint64],
    most: int,
    rows: Order,
) -> tuple[int, int, int]:
    """Fill the rows that are pinned, up to `most` in the seller's order, are open and are held."""
    may = policy.may_show(shown, since, off, item_keys[positions])
    leading = np.flatnonzero(may & pinned[positions])
    leading = leading[np.argsort(position[positions[leading]], kind="mergesort")][:most]
    for place in range(len(leading)):
        rows[0, place] = leading[place]
    free, held = 0, 0
    for row in range(len(positions)):
        if not may[row]:
            rows[2, held] = row
            held += 1
        elif not one_of(leading, row):
            rows[1, free] = row
            free += 1
    return len(leading), free, held


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


def _longest_unseen(candidates: Candidates, scores: Scores, held: Order) -> Order:
    """Put in order what is held back: the longest unseen first, what she turned down last."""
    keys, guest = candidates.keys[held], candidates.guest
    shown = guest.profile.shown
    when = dict(zip(shown["item"].tolist(), shown["at"].tolist(), strict=True))
    seen = np.array([when.get(key, 0) for key in keys.tolist()], dtype=np.int64)
    return held[np.lexsort((-scores[held], seen, np.isin(keys, guest.off)))]
