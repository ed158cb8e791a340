"""Learn the order among first entries from a home's own phrasings, and whether it is worth having.

A fifth of each entry's phrasings is taken out of the shop, which is indexed without them, and asked
of it; five times, so that each is asked once. An entry's only phrasing stays where it is. Whether
it is worth having is told by shops that it was not fitted on, where there are enough of them, else
by the fifths that it was not fitted on.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from typing import Final

import numpy as np

from models.answers.index import Channel, Index
from models.answers.library import Entry, Library
from models.answers.rerank import (
    Contest,
    Reranker,
    Scores,
    contenders,
    first,
    likelihood,
    scale_of,
    worth,
)
from models.language import plain
from training.drawn_shops import reworded

FOLDS: Final = 5
LEAST: Final = 100
"""Questions with the right entry among the first before anything is learned from them."""
ENOUGH: Final = 4_000
ASKED: Final = 800
"""The most that one fold of one shop is asked."""
STRENGTHS: Final = (3.0, 30.0, 300.0)
GAIN: Final = 1e-3
"""What a question's log-likelihood must gain at least before another order is worth its columns."""


def contests(
    shops: Iterable[tuple[Sequence[Entry], Sequence[Channel]]], seed: int
) -> list[Contest]:
    """Ask each shop about phrasings that it does not hold, until there are enough questions."""
    found: list[Contest] = []
    parts: list[list[Contest]] = []
    dice = np.random.default_rng(seed)
    for entries, channels in shops:
        if sum(map(len, parts)) >= ENOUGH:
            break
        parts += [part] if (part := list(_asked(entries, channels, dice))) else []
    for number, part in enumerate(parts):
        several = len(parts) >= FOLDS
        found += [replace(one, fold=number % FOLDS) if several else one for one in part]
    return found


def _asked(
    entries: Sequence[Entry], channels: Sequence[Channel], dice: np.random.Generator
) -> Iterator[Contest]:
    whole = Library(entries)
    if not worth(len(whole.texts), len(entries)):
        return
    for fold in range(FOLDS):
        kept, asked = [], []
        for place, entry in enumerate(entries):
            out = entry.phrasings[fold::FOLDS]
            rest = [one for one in entry.phrasings if one not in out]
            asked += [(text, place) for text in out if rest]
            kept.append(reworded(entry, rest or entry.phrasings))
        if not asked:
            continue
        index = Index(Library(kept), channels)
        for number in dice.permutation(len(asked))[:ASKED].tolist():
            text, owner = asked[number]
            like = index.like(plain(text))
            places = first(like.score)
            right = np.flatnonzero(places == owner)
            if len(right):
                rows = contenders(like, index, places)
                yield Contest(rows, like.score[places], int(right[0]), fold)


def learn(found: Sequence[Contest], encoders: str) -> Reranker | None:
    """Return what serves held-out folds best, None where the fused order does.

    Better is a higher likelihood of the right entries with at least as many of them first.
    """
    folds = sorted({one.fold for one in found})
    if len(found) < LEAST or len(folds) < 2:
        return None
    none = [np.zeros(len(one.scores), np.float32) for one in found]
    fused, strength = _figures(found, none, folds), 0.0
    best = fused[0] + GAIN
    for candidate in STRENGTHS:
        lifts = _held_out(found, folds, encoders, candidate)
        if lifts is None:
            continue
        likely, hits = _figures(found, lifts, folds)
        if likely > best and hits >= fused[1]:
            best, strength = likely, candidate
    return Reranker.fit(found, encoders, strength) if strength else None


def _held_out(
    found: Sequence[Contest], folds: Sequence[int], encoders: str, strength: float
) -> list[Scores] | None:
    """Return each contest's lifts by what learned from the other folds."""
    lifts: list[Scores] = [one.scores for one in found]
    for fold in folds:
        reranker = Reranker.fit([one for one in found if one.fold != fold], encoders, strength)
        if reranker is None:
            return None
        for place, one in enumerate(found):
            if one.fold == fold:
                lifts[place] = reranker.lifts(one.rows)
    return lifts


def _figures(
    found: Sequence[Contest], lifts: Sequence[Scores], folds: Sequence[int]
) -> tuple[float, int]:
    """Return the mean log-likelihood, scaled by the other folds, and how many stand first."""
    total, hits = 0.0, 0
    for fold in folds:
        rest = [place for place, one in enumerate(found) if one.fold != fold]
        held = [place for place, one in enumerate(found) if one.fold == fold]
        scale = scale_of([found[n] for n in rest], [lifts[n] for n in rest])
        part = [found[n] for n in held]
        total += len(held) * likelihood(part, [lifts[n] for n in held], scale)
        hits += sum(int(np.argmax(found[n].scores + lifts[n])) == found[n].right for n in held)
    return total / len(found), hits
