"""Logged lists asked again: what another order of the same shelf would have brought.

Chance put some picks where a ranking alone would not have, and how likely each stood where it did
is known of every model (`policy.chances`). So a list tells of each order that would have shown some
of its picks, in whichever slot: who would have acted on a pick is taken to hang on her and on it,
and whether she looks at it on its slot alone.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy.stats import norm

from data.ranking_metrics import Interval, bootstrap
from data.state import State
from models import policy, slate
from models.base import Scores
from models.candidates import Candidates
from models.cards import OffPolicy, Weighed
from models.recommender import Recommender, Scorer
from training import ope
from training.config import Judge
from training.scanned import Shown

_LEAST_SEEN: Final = 1e-3
Values = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Made:
    """Say how chance filled a list: `slots` from a ranking of `size`, after `first` others.

    `places` int64[slots]: where in that ranking each pick stood.
    """

    places: NDArray[np.int64]
    size: int
    slots: int
    first: int
    epsilon: float


@dataclass(frozen=True, slots=True)
class Offered:
    """Hold a logged list beside what a model to be judged would have chosen from.

    `matrix` float32[n, F] and `opened` are the model's candidates and slots; `places` int64[m]:
    where each of the m `opened.rows` stood in the ranking that made the list, -1 for one that was
    not in it; `rows` int64[slots]: which of them each pick is, -1 for none; `rewards`
    float64[slots]: 1 for a pick that was acted on; `looked` bool[slots]: whether it was looked at,
    None where nothing tells.
    """

    visitor: str
    matrix: Scores
    opened: slate.Opened
    made: Made
    places: NDArray[np.int64]
    rows: NDArray[np.int64]
    rewards: Values
    looked: NDArray[np.bool_] | None


def offered(
    shown: Shown,
    chosen: set[str],
    logging: tuple[Recommender, Candidates | None],
    model: Recommender,
    state: State,
) -> Offered | None:
    """Set a logged list beside a model's candidates at that moment.

    `chosen` are the ids that were acted on; `logging` is the version that made it, with its
    candidates rebuilt. None where nothing was left to chance, where a boost changed the scores, and
    where the version does not put the same items into the same slots again.
    """
    query, ids, seen = shown.record.query, shown.ids, shown.seen(chosen)
    candidates, (maker, known) = model.candidates(query, state), logging
    if candidates is None or known is None or query.boost:
        return None
    scores, epsilon = maker.score(known), maker.settings.epsilon
    order, _ = slate.fill(query, known, scores, epsilon)
    theirs = slate.open_slots(query, known)
    slots, first = min(theirs.slots, len(theirs.rows)), len(theirs.pinned)
    if slots <= 0 or [known.listings.item_ids[p] for p in known.positions[order]] != ids:
        return None
    shelf = known.listings.n
    ranked = np.full(shelf, -1)
    ranked[known.positions[theirs.rows]] = _places(slate.preferred(theirs, scores))
    opened, there = slate.open_slots(query, candidates), np.full(shelf, -1)
    ours = candidates.positions[opened.rows]
    there[ours] = np.arange(len(ours))
    picks, positions = ids[first : first + slots], known.positions[order[first : first + slots]]
    return Offered(
        query.visitor,
        candidates.matrix,
        opened,
        Made(ranked[positions], len(theirs.rows), slots, first, epsilon),
        ranked[ours],
        there[positions],
        np.array([item in chosen for item in picks], np.float64),
        np.array([item in seen for item in picks]) if seen else None,
    )


def compare(
    lists: Sequence[Offered],
    rankers: Mapping[str, Scorer],
    epsilon: float,
    config: Judge,
    seed: int,
) -> OffPolicy | None:
    """Estimate the picks acted on a list under each ranker, the first being the one judged.

    None without a list. How far an estimate may be off is worked out from the chances, which are
    all known: the spread among the shows at hand hardly tells of picks that an order would show
    often and that had next to no chance. What was brought as logged varies by visitor.
    """
    if not lists:
        return None
    looked = examination(lists)
    visitors = {name: place for place, name in enumerate(dict.fromkeys(o.visitor for o in lists))}
    owners = np.array([visitors[one.visitor] for one in lists], np.int32)
    brought = np.array([one.rewards.sum() for one in lists])
    (logged,) = bootstrap(brought[:, None], owners, config.resamples, seed, config.confidence)
    reach = float(norm.ppf(0.5 + config.confidence / 2))
    wide = ((logged.high - logged.low) / 2 / reach) ** 2
    exposed = [_exposed(one, list(rankers.values()), epsilon, looked) for one in lists]
    worth = float(brought.sum()) / max(sum(one[0].sum() for one in exposed), 1e-12)

    def around(value: float, this: int, that: int, more: float = 0.0) -> Interval:
        apart = sum(_apart(one[this], one[that], one[0]) for one in exposed)
        far = reach * float(np.sqrt(worth * apart / len(lists) ** 2 + more))
        return Interval(value, value - far, value + far)

    policies, values = {}, []
    for number, name in enumerate(rankers, 1):
        shows = _shows(lists, exposed, number, looked)
        values.append(float(ope.normalised(shows).mean()))
        plain = float(ope.weighed(shows).mean())
        policies[name] = Weighed(
            value=around(values[-1], number, 0, wide),
            plain=around(plain, number, 0, wide),
            covered=_covered(exposed, number),
            behind=around(values[0] - values[-1], 1, number),
            effective=round(ope.effective(shows), 1),
        )
    return OffPolicy(
        lists=len(lists),
        visitors=len(visitors),
        acts=int(brought.sum()),
        logged=logged,
        above_logged=around(values[0] - logged.value, 1, 0),
        policies=policies,
    )


def examination(lists: Sequence[Offered]) -> Values:
    """Return how often each slot is looked at, of those lists that tell: float64[slots]."""
    most = max(one.made.first + one.made.slots for one in lists)
    asked, looked = np.zeros(most), np.zeros(most)
    for one in lists:
        if one.looked is not None:
            slots = slice(one.made.first, one.made.first + one.made.slots)
            asked[slots] += 1
            looked[slots] += one.looked
    known = asked > 0
    if not known.any():
        return np.ones(most)
    shares = np.interp(np.arange(most), np.flatnonzero(known), looked[known] / asked[known])
    return np.maximum(shares, _LEAST_SEEN)


def _exposed(one: Offered, rankers: Sequence[Scorer], epsilon: float, looked: Values) -> Values:
    """Return how often each product would be looked at: float64[1 + rankers, m + 1].

    The first row is of the ranking that made the list; the last column of what it ranked and the
    model did not choose from.
    """
    made, size = one.made, len(one.opened.rows)
    counts = looked[made.first : made.first + made.slots]
    found = np.zeros((1 + len(rankers), size + 1))
    by_place = counts @ policy.chances(made.size, made.slots, made.epsilon)
    ranked = one.places >= 0
    found[0, :-1][ranked] = by_place[one.places[ranked]]
    found[0, -1] = max(by_place.sum() - found[0].sum(), 0.0)
    filled = min(made.slots, size)
    by_place = counts[:filled] @ policy.chances(size, filled, epsilon)
    for number, ranker in enumerate(rankers, 1):
        scores = np.nan_to_num(ranker.score(one.matrix)) if size else np.zeros(0, np.float32)
        found[number, :-1] = by_place[_places(slate.preferred(one.opened, scores))]
    return found


def _shows(
    lists: Sequence[Offered], exposed: Sequence[Values], number: int, looked: Values
) -> ope.Shows:
    """Weigh each pick by how often an order would have it looked at, to how often it was."""
    owners, weights, seen = [], [], []
    for place, (one, rates) in enumerate(zip(lists, exposed, strict=True)):
        first, slots, known = one.made.first, one.made.slots, one.rows >= 0
        ours = np.zeros(slots)
        ours[known] = rates[number, one.rows[known]] / rates[0, one.rows[known]]
        owners.append(np.full(slots, place))
        weights.append(ours)
        seen.append(looked[first : first + slots])
    return ope.Shows(
        np.concatenate(owners),
        np.concatenate(weights),
        np.concatenate(seen),
        np.concatenate([one.rewards for one in lists]),
        np.array([rates[number].sum() for rates in exposed]),
    )


def _apart(this: Values, that: Values, logged: Values) -> float:
    """Return the mean square of two orders' difference in weights, by how often picks are seen."""
    known = logged > 0
    return float(np.sum((this[known] - that[known]) ** 2 / logged[known]))


def _covered(exposed: Sequence[Values], number: int) -> float:
    """Return which share of what an order would have looked at had any chance of being shown."""
    there = sum(float(one[number][one[0] > 0].sum()) for one in exposed)
    return round(there / max(sum(float(one[number].sum()) for one in exposed), 1e-12), 4)


def _places(wanted: Scores) -> NDArray[np.int64]:
    """Return where each stands in the order of its score, the earlier of equals first."""
    found = np.empty(len(wanted), np.int64)
    found[np.argsort(-wanted, kind="stable")] = np.arange(len(wanted))
    return found
