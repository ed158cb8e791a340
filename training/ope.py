"""Off-policy estimates: what another policy would have brought, from shows with known chances.

A show is weighed by how much more often the other policy would have had it seen. Sources: Li et
al. 2018, "Offline evaluation of ranking policies with click models" (a weight over all slots,
each counting as it is looked at); Swaminathan & Joachims 2015, "The self-normalized estimator for
counterfactual learning"; Dudik, Langford & Li 2011, "Doubly robust policy evaluation and learning".
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Values = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Shows:
    """Hold what was shown, one row a pick, and what each list of picks comes to.

    `lists` int64[rows]: which list a pick stood in; `weights` float64[rows]: how likely the other
    policy has it seen, to how likely the one that logged had; `seen` float64[rows]: how likely a
    pick in that slot is looked at; `rewards` float64[rows]; `whole` float64[lists]: what weights
    times `seen` add up to on average where all that the other policy shows had a chance.
    """

    lists: NDArray[np.int64]
    weights: Values
    seen: Values
    rewards: Values
    whole: Values

    def by_list(self, values: Values) -> Values:
        """Add up rows list by list."""
        found: Values = np.bincount(self.lists, values, len(self.whole)).astype(np.float64)
        return found


def weighed(shows: Shows) -> Values:
    """Return float64[lists] whose mean is the estimate by inverse propensity: no bias, wide."""
    return shows.by_list(shows.weights * shows.rewards)


def covered(shows: Shows) -> Values:
    """Return float64[lists] whose mean is 1, but for chance, where the log covers the policy."""
    mean = float(shows.whole.mean()) if len(shows.whole) else 0.0
    return shows.by_list(shows.weights * shows.seen) / max(mean, 1e-12)


def normalised(shows: Shows) -> Values:
    """Return float64[lists] whose mean is the self-normalised estimate: steadier, a little biased.

    It is a ratio of sums; a list's value is its linear part, so that means of drawn lists vary as
    the ratio does and differences are paired. Zeros where nothing is covered.
    """
    if not len(shows.whole):
        return np.zeros(0)
    brought, cover = weighed(shows), covered(shows)
    share = float(cover.mean())
    if share <= 0:
        return np.zeros(len(brought))
    worth = float(brought.mean()) / share
    of_whole = shows.whole / max(float(shows.whole.mean()), 1e-12)
    found: Values = worth * of_whole + (brought - worth * cover) / share
    return found


def doubly_robust(shows: Shows, predicted: Values, direct: Values) -> Values:
    """Return float64[lists] whose mean is the doubly robust estimate.

    `predicted` float64[rows]: the reward expected of each pick where it stood; `direct`
    float64[lists]: what the other policy's lists are expected to bring. Where the chances are
    right it has no bias, however wrong the expectations, which only narrow it.
    """
    return direct + shows.by_list(shows.weights * (shows.rewards - predicted))


def effective(shows: Shows) -> float:
    """Return how many equally weighed shows tell as much (Kong 1992), 0 without any."""
    squares = float(np.sum(shows.weights**2))
    return float(shows.weights.sum()) ** 2 / squares if squares > 0 else 0.0
