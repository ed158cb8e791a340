"""Columns of taste: what a visitor's facet weights, and her friend's, say of a product."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from data.catalogue import BAND, BRAND, CATEGORY, FACETS, FIRST_TAG
from data.kernels import kernel
from data.profile_rows import EVERYTHING

_PLACES: Final = 1024
"""Places of the table by which a facet's weights are found; a power of two, far above 128."""


@kernel
def indexed(
    affinity: NDArray[np.void], decay: NDArray[np.float64]
) -> tuple[NDArray[np.uint64], NDArray[np.int16], NDArray[np.float64]]:
    """Return an affinity's keys, where each stands by open addressing, and its weights.

    uint64[n]; int16[places], n where none stands; float64[n + 1, 4]: browse, intent, bought and
    disliked weights, decayed to now, and zeros for what she has nothing to do with.
    """
    n = len(affinity)
    keys, index, weights = np.empty(n, np.uint64), np.empty(_PLACES, np.int16), np.zeros((n + 1, 4))
    index[:] = n
    for i in range(n):
        keys[i] = affinity[i].key
        weights[i, 0] = affinity[i].browse * decay[0]
        weights[i, 1] = affinity[i].intent * decay[1]
        weights[i, 2] = affinity[i].bought * decay[2]
        weights[i, 3] = affinity[i].disliked * decay[3]
        place = np.int64(keys[i] & np.uint64(_PLACES - 1))
        while index[place] < n:
            place = (place + 1) & (_PLACES - 1)
        index[place] = i
    return keys, index, weights


@kernel
def found(keys: NDArray[np.uint64], index: NDArray[np.int16], key: np.uint64) -> int:
    """Return where a facet stands in an affinity; behind the last where it does not, or is 0."""
    place = np.int64(key & np.uint64(_PLACES - 1))
    while key != 0 and index[place] < len(keys):
        if keys[index[place]] == key:
            return int(index[place])
        place = (place + 1) & (_PLACES - 1)
    return len(keys)


@kernel
def taste_columns(
    out: NDArray[np.float32],
    facets: NDArray[np.uint64],
    affinity: NDArray[np.void],
    decay: NDArray[np.float64],
) -> None:
    """Fill columns 32, 33, 36 to 45 and 65: which shares of her weights fall on what it is."""
    keys, index, weights = indexed(affinity, decay)
    # one act's worth of doubt: few acts make small shares
    everything = weights[found(keys, index, facets[0, 0])] + 1.0
    for i in range(len(facets)):
        own = weights[found(keys, index, facets[i, 1])]
        out[i, 32] = own[0] + 2.0 * own[1]
        out[i, 33] = own[3]
        out[i, 65] = own[2]
        category = weights[found(keys, index, facets[i, CATEGORY])]
        for k in range(4):
            out[i, 36 + k] = category[k] / everything[k]
        brand = weights[found(keys, index, facets[i, BRAND])]
        out[i, 40] = brand[0] / everything[0]
        out[i, 41] = brand[1] / everything[1]
        browse, intent, best, tags = 0.0, 0.0, 0.0, 0
        for k in range(FIRST_TAG, FACETS):
            if facets[i, k] == 0:
                break
            tag = weights[found(keys, index, facets[i, k])]
            browse += tag[0]
            intent += tag[1]
            best = max(best, tag[0] / everything[0])
            tags += 1
        out[i, 42] = browse / max(tags, 1) / everything[0]
        out[i, 43] = intent / max(tags, 1) / everything[1]
        out[i, 44] = best
        out[i, 45] = weights[found(keys, index, facets[i, BAND])][0] / everything[0]


@kernel
def sharer_columns(
    out: NDArray[np.float32],
    keys: NDArray[np.uint64],
    facets: NDArray[np.uint64],
    touches: NDArray[np.void],
    affinity: NDArray[np.void],
    seller: np.uint64,
    decay: NDArray[np.float64],
) -> None:
    """Fill columns 53 and 54: what who led her here did with each item on this card."""
    if len(touches) == 0 and len(affinity) == 0:
        out[:, 53:55] = np.float32(0)
        return
    held, index, weights = indexed(affinity, decay)
    everything = weights[found(held, index, facets[0, 0])][0] + 1.0
    for i in range(len(keys)):
        acts = 0.0
        for t in range(len(touches)):
            if touches[t].item == keys[i] and touches[t].seller == seller:
                acts += 1.0
        out[i, 53] = acts
        out[i, 54] = weights[found(held, index, facets[i, CATEGORY])][0] / everything


_SLOTS: Final = 4096
_DOUBT: Final = 2.0
"""Acts of the crowd's taste that every visitor's own is mixed with."""


@kernel
def _slot(keys: NDArray[np.uint64], key: int) -> np.int64:
    """Find a key's place in an open-addressing table, or the free place where it belongs."""
    place = np.int64(key & np.uint64(_SLOTS - 1))
    while keys[place] != 0 and keys[place] != key:
        place = (place + 1) & (_SLOTS - 1)
    return place


@kernel
def _tally(
    facets: NDArray[np.uint64],
    acts: NDArray[np.float32],
    slots: NDArray[np.int32],
    numbered: NDArray[np.uint64],
    counts: NDArray[np.float64],
) -> int:
    """Number the candidates' facets and count the crowd's acts (and one an item) on each.

    `slots` int32[n, FACETS] gets each facet's number, -1 for none; `numbered` the keys by number;
    `counts[0]` the acts in all. Returns the next free number. What does not fit is left out.
    """
    keys, numbers = np.zeros(_SLOTS, np.uint64), np.zeros(_SLOTS, np.int32)
    used = 1
    for i in range(len(facets)):
        weight = np.exp(acts[i])  # acts is log1p(acts): this is acts + 1
        counts[0] += weight
        for k in range(FACETS):
            slots[i, k] = -1
            if k < CATEGORY or facets[i, k] == 0 or used == len(numbered):
                continue
            place = _slot(keys, facets[i, k])
            if keys[place] == 0:
                keys[place] = facets[i, k]
                numbers[place] = used
                numbered[used] = facets[i, k]
                used += 1
            slots[i, k] = numbers[place]
            counts[numbers[place]] += weight
    return used


@kernel
def _lifts(
    facets: NDArray[np.uint64],
    counts: NDArray[np.float64],
    affinity: NDArray[np.void],
    decay: NDArray[np.float64],
    lifts: NDArray[np.float64],
) -> None:
    """Fill log-lifts float64[facets, 2] over the crowd: of all acts, of wanting and buying."""
    keys, index, weights = indexed(affinity, decay)
    everything = weights[found(keys, index, np.uint64(EVERYTHING))]
    acts, wants = everything[:3].sum(), everything[1:3].sum()
    for n in range(1, len(facets)):
        share = max(counts[n] / counts[0], 1e-4)
        own = weights[found(keys, index, facets[n])]
        mixed = _DOUBT * share
        lifts[n, 0] = np.log((own[0] + own[1] + own[2] + mixed) / ((acts + _DOUBT) * share))
        lifts[n, 1] = np.log((own[1] + own[2] + mixed) / ((wants + _DOUBT) * share))


@kernel
def lift_columns(
    out: NDArray[np.float32],
    facets: NDArray[np.uint64],
    affinity: NDArray[np.void],
    decay: NDArray[np.float64],
    sharer: NDArray[np.void],
    sharer_decay: NDArray[np.float64],
) -> None:
    """Fill columns 55 to 60: how much more than the crowd she and her friend turn to what it is."""
    slots = np.empty(facets.shape, np.int32)
    numbered, counts = np.zeros(_SLOTS // 2, np.uint64), np.zeros(_SLOTS // 2)
    used = _tally(facets, out[:, 15], slots, numbered, counts)
    mine, theirs = np.zeros((used, 2)), np.zeros((used, 2))
    _lifts(numbered[:used], counts, affinity, decay, mine)
    if len(sharer) > 0:
        _lifts(numbered[:used], counts, sharer, sharer_decay, theirs)
    for i in range(len(facets)):
        for column in range(55, 61):
            out[i, column] = 0.0
        for k in range(CATEGORY, FACETS):
            number = slots[i, k]
            if number > 0:
                out[i, 55 + min(k - CATEGORY, 3)] += mine[number, 0]
                out[i, 59] += mine[number, 1]
                out[i, 60] += theirs[number, 0]
