"""What is shown of what was scored: exploration with exact propensities, re-show, diversity."""

from __future__ import annotations

from typing import Final, Protocol

import numpy as np
from numpy.typing import NDArray

from data.kernels import kernel

COOLDOWN_MS: Final = 2 * 3_600_000
"""How long `cooldown` keeps a shown item back: past a sitting, within a day."""

_NEVER: Final = 1 << 62
_NO_DRAWS: Final = np.empty(0)

Order = NDArray[np.int32]
Floats = NDArray[np.float32]
Keys = NDArray[np.uint64]
Mask = NDArray[np.bool_]


class Randomness(Protocol):
    """Draw numbers; numpy's generators do, and so does `Uniforms`, which costs less to make."""

    def random(self, size: int, /) -> NDArray[np.float64]:
        """Return the next float64[size], uniform in [0, 1)."""


class Uniforms:
    """Draw uniform numbers from a seed of 64 bits, such as the key of a request's id.

    Source: Steele, Lea and Flood, "Fast Splittable Pseudorandom Number Generators" (2014).
    """

    def __init__(self, seed: int) -> None:
        """Start at a seed."""
        self._state = np.array([seed], dtype=np.uint64)

    def random(self, size: int, /) -> NDArray[np.float64]:
        """Return the next float64[size], uniform in [0, 1)."""
        drawn = np.empty(size)
        _splitmix(self._state, drawn)
        return drawn


@kernel
def _splitmix(state: Keys, drawn: NDArray[np.float64]) -> None:
    for i in range(len(drawn)):
        state[0] += np.uint64(0x9E3779B97F4A7C15)
        mixed = (state[0] ^ (state[0] >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        mixed = (mixed ^ (mixed >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
        mixed ^= mixed >> np.uint64(31)
        drawn[i] = np.float64(mixed >> np.uint64(11)) * 2.0**-53


def order(scores: Floats, count: int, epsilon: float, rng: Randomness) -> tuple[Order, Floats]:
    """Fill `count` slots from the top by sequential epsilon-greedy; tell each slot's propensity.

    At each slot the best item left is taken with probability 1 - epsilon, otherwise one of all m
    items left, uniformly. The propensity is that of the taken item given what stands above it:
    1 - epsilon + epsilon / m for the best one, epsilon / m for any other; over the items left it
    sums to 1. Ties go to the earlier position. `rng` is drawn from only when epsilon > 0.

    `scores` float32[n]; returns int32[k] positions and float32[k] with k = min(count, n).
    Source: Swaminathan and Joachims, "Counterfactual Risk Minimization" (2015), logged propensity.
    """
    slots = min(count, len(scores))
    draws = rng.random(2 * slots) if epsilon > 0.0 else _NO_DRAWS
    taken, propensity = np.empty(slots, np.int32), np.empty(slots, np.float32)
    _explored(scores, epsilon, draws, taken, propensity)
    return taken, propensity


@kernel
def _explored(
    scores: Floats,
    epsilon: float,
    draws: NDArray[np.float64],
    taken: Order,
    propensity: Floats,
) -> None:
    """Take each slot's item from the ranking that is left over.

    The first half of the draws tells where chance decides, the other what it takes.
    """
    left = np.argsort(-scores, kind="mergesort")
    size, slots = len(left), len(taken)
    for slot in range(slots):
        index = 0
        if epsilon > 0.0 and draws[slot] < epsilon:
            index = min(int(draws[slots + slot] * size), size - 1)
        taken[slot] = left[index]
        chance = epsilon / size
        propensity[slot] = 1.0 - epsilon + chance if index == 0 else chance
        for place in range(index, size - 1):
            left[place] = left[place + 1]
        size -= 1


def chances(size: int, slots: int, epsilon: float) -> NDArray[np.float64]:
    """Return float64[slots, size]: how likely `order` puts the r-th best of `size` into each slot.

    A row sums to 1 while items last. They hang on nothing but the place in the ranking, so that
    what one model showed tells what another would have shown as often.
    Raises ValueError when `slots` is above `size`.
    """
    if slots > size:
        raise ValueError(f"{size} items cannot fill {slots} slots")
    return _chances(size, slots, epsilon)


@kernel
def _chances(size: int, slots: int, epsilon: float) -> NDArray[np.float64]:
    """Go back from each slot: while it waits, what is taken stands above an item or below it."""
    found = np.empty((slots, size), np.float64)
    for slot in range(slots):
        chance = np.full(size, epsilon / (size - slot))  # by how many better ones are left
        chance[0] += 1.0 - epsilon
        for earlier in range(slot - 1, -1, -1):
            left = size - earlier
            for above in range(size - earlier - 1, 0, -1):
                rises = (1.0 - epsilon + epsilon * above / left) * chance[above - 1]
                chance[above] = rises + epsilon * (left - 1 - above) / left * chance[above]
            chance[0] *= epsilon * (left - 1) / left
        found[slot] = chance
    return found


def held_since(policy: str, at: int) -> int:
    """Return since when (epoch ms) what was shown is kept back by a re-show policy at a moment.

    `hide` keeps back all that was shown, `cooldown` what was shown less than `COOLDOWN_MS` ago (or
    later than `at`, by a fast clock), `allow` nothing. A profile remembers the last
    `profiles.MAX_SHOWN` products. The caller relaxes a shelf that runs dry.
    Raises ValueError for a policy of another name.
    """
    if policy == "allow":
        return _NEVER
    if policy == "cooldown":
        return at - COOLDOWN_MS + 1
    if policy == "hide":
        return -_NEVER
    raise ValueError(f"unknown re-show policy {policy!r}: hide, cooldown or allow")


@kernel
def may_show(shown: NDArray[np.void], since: int, off: Keys, item_keys: Keys) -> Mask:
    """Say which items were not shown `since` a moment, nor turned down: bool[n].

    `shown` as in `Profile`; `off` and `item_keys` uint64.
    """
    may = np.ones(len(item_keys), np.bool_)
    for one in shown:
        if one.at >= since:
            may &= item_keys != one.item
    for key in off:
        may &= item_keys != key
    return may


def diversify(
    ranking: Order, scores: Floats, category_keys: Keys, strength: float, count: int | None = None
) -> Order:
    """Re-rank so that categories take turns; the first place stays and nothing is lost.

    Each next place goes to the item with the greatest (1 - strength) * score - strength * share,
    where scores are brought to 0..1 over `ranking` and share is the part of the places already
    given that went to the item's category. 0 changes nothing, 1 takes the rarest category first.
    Only the first `count` places are re-ranked (all when None); the rest keeps its order.

    `ranking` int32[m] of positions in `scores` float32[n] and `category_keys` uint64[n], best
    first; returns int32[m]. Source: Carbonell and Goldstein, "The Use of MMR" (1998), with the
    category's share as similarity.
    """
    places = len(ranking) if count is None else min(count, len(ranking))
    if strength <= 0.0 or places < 2:
        return ranking
    return _turns(ranking, scores[ranking], category_keys[ranking], min(strength, 1.0), places)


@kernel
def _next(
    relevance: NDArray[np.float64], used: NDArray[np.int64], free: Mask, strength: float, place: int
) -> int:
    """Find the row whose worth, less the share of its category so far, is greatest."""
    best = -1
    best_value = -np.inf
    for row in range(len(relevance)):
        value = (1.0 - strength) * relevance[row] - strength * used[row] / place
        if free[row] and value > best_value:
            best = row
            best_value = value
    return best


@kernel
def _turns(ranking: Order, scores: Floats, categories: Keys, strength: float, places: int) -> Order:
    """Give the places one by one: `places` passes over the rows."""
    low = np.float64(scores.min())
    relevance = (scores - low) / max(scores.max() - low, 1e-9)
    used = np.zeros(len(ranking), np.int64)  # how many places went to this row's category
    free = np.ones(len(ranking), np.bool_)
    picked = np.empty(len(ranking), np.int32)
    best = 0
    for place in range(places):
        if place > 0:
            best = _next(relevance, used, free, strength, place)
        free[best] = False
        picked[place] = ranking[best]
        used += categories == categories[best]
    picked[places:] = ranking[free]
    return picked
