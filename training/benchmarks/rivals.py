"""Baselines in the same run: what plain methods reach on the same questions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from scipy.linalg import lapack

from data.dataset import Interactions
from data.ranking_metrics import MISSED, Ranks, rank_against
from data.schemas import Kind
from models.base import History, ItemFacts, Retriever
from models.item_knn import ItemKnn
from models.session_knn import SessionKnn
from training.benchmarks.stage import Question

MOST_DENSE: Final = 9_000
"""EASE inverts a matrix of items by items; beyond this many items it is left out."""
RIDGE: Final = 250.0
_ALIKE: Final = 50


def popularity(known: Interactions, questions: Sequence[Question]) -> Ranks:
    """Rank by how often an item was acted on."""
    counts = np.bincount(known.item, minlength=known.n_items).astype(np.float32)
    return np.array([_rank(counts, question) for question in questions], np.int32)


def shelf_popularity(
    known: Interactions, questions: Sequence[Question], shelves: Mapping[str, Sequence[int]]
) -> Ranks:
    """Rank a shelf's items by how often each was acted on."""
    counts = np.bincount(known.item, minlength=known.n_items).astype(np.float32)
    ranks = []
    for question in questions:
        rows = np.array([r for r in shelves[question.shelf] if r not in question.barred], np.int32)
        place = np.flatnonzero(rows == question.target)
        ranks.append(rank_against(counts[rows], int(place[0])) if len(place) else MISSED)
    return np.array(ranks, np.int32)


def recency(known: Interactions, questions: Sequence[Question]) -> Ranks:
    """Rank by when an item was last acted on, by log order."""
    latest = np.full(known.n_items, -1.0, np.float32)
    np.maximum.at(latest, known.item, np.arange(len(known.item), dtype=np.float32))
    return np.array([_rank(latest, question) for question in questions], np.int32)


def item_knn(known: Interactions, questions: Sequence[Question]) -> Ranks:
    """Rank by cosine to the history, later acts counting more."""
    return _by_retriever(ItemKnn(), known, questions)


def vmis_knn(known: Interactions, questions: Sequence[Question]) -> Ranks:
    """Rank by the most similar recent sessions. Source: Kersbergen et al., "Serenade" (2022)."""
    return _by_retriever(SessionKnn(), known, questions)


def ease(known: Interactions, questions: Sequence[Question]) -> Ranks | None:
    """Rank by the closed-form linear auto-encoder. Source: Steck, "EASE" (WWW 2019).

    None when there are too many items for a dense inverse.
    """
    if known.n_items > MOST_DENSE:
        return None
    ones = np.ones(len(known.item), np.float32)
    shape = (known.n_visitors, known.n_items)
    matrix = sparse.csr_array((ones, (known.visitor, known.item)), shape=shape)
    matrix.data[:] = 1.0
    gram = np.asarray((matrix.T @ matrix).todense(), np.float64)
    gram[np.diag_indices_from(gram)] += RIDGE
    inverse = _inverse(gram)
    weights = (inverse / -np.diag(inverse)).astype(np.float32)
    np.fill_diagonal(weights, 0.0)
    ranks = []
    for question in questions:
        rows = sorted({act.item for act in question.acts})
        ranks.append(_rank(weights[rows].sum(axis=0), question))
    return np.array(ranks, np.int32)


def _inverse(gram: NDArray[np.float64]) -> NDArray[np.float64]:
    """Invert a symmetric positive definite matrix in place: a quarter of a general one's time."""
    factor, _ = lapack.dpotrf(gram.T, lower=1, overwrite_a=1)
    lower, _ = lapack.dpotri(factor, lower=1, overwrite_c=1)
    upper = np.triu_indices_from(lower, 1)
    lower[upper] = lower.T[upper]
    return np.asarray(lower)


def _by_retriever(
    retriever: Retriever, known: Interactions, questions: Sequence[Question]
) -> Ranks:
    facts = ItemFacts([""] * known.n_items, [()] * known.n_items)
    retriever.fit(known, facts)
    every = np.arange(known.n_items, dtype=np.int32)
    ranks = []
    for question in questions:
        visits = [a.item for a in question.acts if a.kind is not Kind.DWELL and a.item >= 0]
        rows = np.array(visits[::-1][:_ALIKE], np.int32)
        ones, zeros = np.ones(len(rows), np.float32), np.zeros(len(rows), np.float32)
        out = np.zeros((known.n_items, len(retriever.columns)), np.float32)
        retriever.score(History(rows, ones, zeros), every, out)
        ranks.append(_rank(out[:, 0], question))
    return np.array(ranks, np.int32)


def _rank(scores: NDArray[np.float32], question: Question) -> int:
    if question.target < 0 or question.target in question.barred:
        return int(MISSED)  # a masked target is out of reach for every method alike
    if question.barred:
        scores = scores.copy()
        scores[sorted(question.barred)] = -np.inf
    return rank_against(scores, question.target)
