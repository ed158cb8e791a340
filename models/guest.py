"""Who asks: her profile as far as a query may read it, and what it says at that moment."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from data.features import decayed
from data.kernels import kernel
from data.profile_rows import HALF_LIVES_DAYS
from data.profiles import Profile
from data.schemas import Query
from data.state import State
from models.fallback import profile_of


class Guest(NamedTuple):
    """Hold a profile, `off` uint64[k]: the keys of what she turned down, and its `decay`.

    `decay` float64[4] by class of signal is what is left of her weights at the moment of the query.
    """

    profile: Profile
    off: NDArray[np.uint64]
    decay: NDArray[np.float64]


def guest_of(query: Query, state: State) -> Guest:
    """Return what a query may read of who asks; nothing when personal picks are off."""
    profile = profile_of(query, state)
    return Guest(profile, turned_down(profile), decayed(profile, query.at))


def turned_down(profile: Profile) -> NDArray[np.uint64]:
    """Return the keys of what she turned down after she last wanted it, or more often.

    Weights fade by classes: compared as they are, a wish would be taken back by time alone. In
    half-lives a weight's logarithm is when one act would have left it, whenever it is looked at.
    """
    affinity = profile.affinity
    keys = np.empty(len(affinity), np.uint64)
    return keys[: _turned_down(affinity, HALF_LIVES_DAYS, keys)]


@kernel
def _turned_down(
    affinity: NDArray[np.void], half_lives: NDArray[np.float64], keys: NDArray[np.uint64]
) -> int:
    """Fill the keys and return how many there are; what she never did was for ever ago."""
    n = 0
    for i in range(len(affinity)):
        if affinity[i].disliked > 0:
            wanted = np.log2(np.float64(affinity[i].intent)) * half_lives[1]
            bought = np.log2(np.float64(affinity[i].bought)) * half_lives[2]
            off = np.log2(np.float64(affinity[i].disliked)) * half_lives[3]
            if off > max(wanted, bought):
                keys[n] = affinity[i].key
                n += 1
    return n
