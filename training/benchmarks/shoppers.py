"""Baselines for next baskets: what people bought before, and what people like them buy."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from data.ranking_metrics import MISSED, Ranks

Floats = NDArray[np.float64]
Rows = NDArray[np.int64]
Baskets = Sequence[Sequence[Sequence[int]]]
"""Users' baskets of item rows, oldest first."""
Scorer = Callable[[Rows], Floats]
"""Gives float64[users, items] for users; only scores above 0 are in the list."""

BATCH: Final = 500


def ranks_of(
    scorer: Scorer, users: Rows, targets: Sequence[NDArray[np.int64]], popular: Floats
) -> list[Ranks]:
    """Rank each user's targets among all items; ties go by popularity, then by row."""
    order = np.empty(len(popular))
    order[np.lexsort((-np.arange(len(popular)), popular))] = np.arange(len(popular))
    ties = 1e-9 * order / max(len(popular), 1)
    found = []
    for start in range(0, len(users), BATCH):
        batch = users[start : start + BATCH]
        for user, scores in zip(batch, scorer(batch), strict=True):
            wanted = targets[user]
            whole = scores + ties
            ranks = [np.count_nonzero(whole >= value) for value in whole[wanted].tolist()]
            known = (wanted >= 0) & (scores[wanted] > 0)
            found.append(np.where(known, ranks, MISSED).astype(np.int32))
    return found


def bought(baskets: Baskets, n_items: int) -> sparse.csr_array:
    """Count how many baskets of each user held each item: [users, items]."""
    return _laid(baskets, n_items, [np.ones(len(one)) for one in baskets])


def popularity(counts: sparse.csr_array) -> Scorer:
    """Rank by the baskets that held an item (G-TopFreq)."""
    everyone = np.asarray(counts.sum(axis=0), np.float64).ravel()
    return lambda users: np.tile(everyone, (len(users), 1))


def personal(counts: sparse.csr_array) -> Scorer:
    """Rank a user's own items by her baskets that held them (P-TopFreq)."""
    return lambda users: counts[users].toarray()


def personal_then_popular(counts: sparse.csr_array) -> Scorer:
    """Rank a user's own items by her baskets, then what is popular (GP-TopFreq)."""
    everyone = np.asarray(counts.sum(axis=0), np.float64).ravel()
    rest = everyone / (everyone.max(initial=0.0) + 1.0)
    return lambda users: counts[users].toarray() + rest


def tifuknn(
    baskets: Baskets,
    n_items: int,
    others: Rows,
    neighbours: int = 300,
    within: float = 0.9,
    between: float = 0.7,
    own: float = 0.7,
    groups: int = 7,
) -> Scorer:
    """Rank by decayed personal frequency mixed with that of the nearest among `others`.

    Source: Hu et al., "Modeling Personalized Item Frequency Information for Next-basket
    Recommendation" (SIGIR 2020); the defaults are its settings for Ta-Feng.
    """
    weights = [_decays(len(one), within, between, groups) for one in baskets]
    vectors = _laid(baskets, n_items, weights)
    theirs = vectors[others]
    lengths = np.asarray(theirs.multiply(theirs).sum(axis=1)).ravel()
    count = min(neighbours, len(others))

    def score(users: Rows) -> Floats:
        mine = vectors[users]
        far = lengths[None, :] - 2.0 * (mine @ theirs.T).toarray()
        near = np.argpartition(far, count - 1, axis=1)[:, :count]
        return own * mine.toarray() + (1.0 - own) * _mixed(near, np.full(near.shape, 1.0), theirs)

    return score


def upcf(
    baskets: Baskets, n_items: int, latest: int = 10, asymmetry: float = 0.75, alike: int = 100
) -> Scorer:
    """Rank by users alike (asymmetric cosine), by how often they bought of late (UP-CF@r).

    Source: Faggioli, Polato & Aiolli, "Recency Aware Collaborative Filtering for Next Basket
    Recommendation" (UMAP 2020), with locality 1.
    """
    held = bought(baskets, n_items)
    held.data[:] = 1.0
    sizes = np.maximum(np.asarray(held.sum(axis=1)).ravel(), 1.0)
    recent = [one[-latest:] for one in baskets]
    often = _laid(recent, n_items, [np.full(len(one), 1.0 / max(len(one), 1)) for one in recent])
    count = min(alike, held.shape[0])

    def score(users: Rows) -> Floats:
        like = (held[users] @ held.T).toarray()
        like /= np.outer(sizes[users] ** asymmetry, sizes ** (1.0 - asymmetry))
        like[np.arange(len(users)), users] = 0.0
        near = np.argpartition(-like, count - 1, axis=1)[:, :count]
        theirs = _mixed(near, np.take_along_axis(like, near, axis=1), often, mean=False)
        return np.asarray(theirs + often[users].toarray(), np.float64)

    return score


def _decays(baskets: int, within: float, between: float, groups: int) -> Floats:
    """Return what each basket weighs: by its age, and by the age of its group, shared in it."""
    count = min(baskets, groups)
    sizes = np.full(count, baskets // max(count, 1))
    sizes[count - baskets % max(count, 1) :] += 1 if baskets % max(count, 1) else 0
    group = np.repeat(np.arange(count), sizes)
    ages = np.arange(baskets)[::-1]
    fading = within**ages * between ** (groups - 1 - group)
    return np.asarray(fading / (sizes[group] * count), np.float64)


def _laid(baskets: Baskets, n_items: int, weights: Sequence[Floats]) -> sparse.csr_array:
    """Sum the baskets' weights by user and item."""
    rows, columns, values = [], [], []
    for user, one in enumerate(baskets):
        for basket, weight in zip(one, weights[user], strict=True):
            rows += [user] * len(basket)
            columns += list(basket)
            values += [float(weight)] * len(basket)
    shape = (len(baskets), n_items)
    return sparse.csr_array((values, (rows, columns)), shape=shape, dtype=np.float64)


def _mixed(near: Rows, weights: Floats, vectors: sparse.csr_array, *, mean: bool = True) -> Floats:
    """Sum the neighbours' vectors by weight, for each row of `near`."""
    share = weights / near.shape[1] if mean else weights
    rows = np.repeat(np.arange(len(near)), near.shape[1])
    shape = (len(near), vectors.shape[0])
    picked = sparse.csr_array((share.ravel(), (rows, near.ravel())), shape=shape)
    return np.asarray((picked @ vectors).toarray(), np.float64)
