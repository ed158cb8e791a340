"""Ask some questions again with the future cut out of the log: not a byte may change.

What serving cannot know, training must not know either. A question's features may rest on what
reached the log before the answer, and on retrievers that saw what happened before its window. So
the log is read anew without everything else, scanned, fitted and folded by the same code, and the
questions' features are compared with those that are learned from.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from data.schemas import Logged, Query
from data.state import State
from data.stores.ports import EventLog
from models.cards import Check
from models.recommender import Recommender
from training.config import Config
from training.examples import Built
from training.fit import fit
from training.groups import Group
from training.scan import entries, scan
from training.targets import Split

NAME: Final = "the future moves no feature"
STRAGGLING: Final = 1e-3
"""How far a float may move when entries older than the window arrived after its questions."""


@dataclass(frozen=True, slots=True)
class Witness:
    """Hold a question as it was learned from or judged on: `matrix` float32[n, columns]."""

    query: Query
    seq: int
    window: int
    keys: NDArray[np.uint64]
    matrix: NDArray[np.float32]


def witnesses(built: Built, cuts: Split, count: int, seed: int) -> list[Witness]:
    """Draw questions of the earliest window that has any, in log order.

    The earliest, because the least of the log must be read, fitted and folded again for it.
    """
    asked = [group for group in (*built.learn, *built.judge) if group.query is not None]
    if not asked or not count:
        return []
    windows = np.array([cuts.window(group.at) for group in asked])
    first = int(windows.min())
    drawn = np.random.default_rng([seed, 8]).permutation(np.flatnonzero(windows == first))[:count]
    chosen = sorted((asked[place] for place in drawn.tolist()), key=lambda group: group.seq)
    return [found for group in chosen for found in _witness(group, first)]


def _witness(group: Group, window: int) -> Iterator[Witness]:
    if group.query is not None:
        yield Witness(group.query, group.seq, window, group.keys.copy(), group.features.copy())


def reask(
    log: EventLog, cuts: Split, asked: Sequence[Witness], names: Sequence[str], config: Config
) -> Check:
    """Compare the witnesses' features with those of a log that ends before their answers."""
    if not asked:
        return Check(NAME, True, "no question to ask again")
    start = (*cuts.starts, cuts.judge)[asked[0].window]
    cut = _Cut(start, asked[-1].seq)
    scanned = scan(cut.of(entries(log)))
    model = fit(scanned, start, config)
    moved: dict[str, int] = {}
    others = 0
    for one, found in zip(asked, _again(log, asked, model), strict=True):
        if found is None or not np.array_equal(found.keys, one.keys):
            others += 1
            continue
        for column in _apart(found.matrix, one.matrix, cut.stragglers > 0):
            moved[names[column]] = moved.get(names[column], 0) + 1
    detail = f"{len(asked)} questions asked again of the log before their answers: "
    if not moved and not others:
        return Check(NAME, True, detail + "the same candidates and features")
    told = [f"{name} in {count}" for name, count in sorted(moved.items(), key=lambda kv: -kv[1])]
    told += [f"other candidates in {others}"] if others else []
    return Check(NAME, False, detail + "moved " + ", ".join(told[:6]))


@dataclass(slots=True)
class _Cut:
    """Pass on what happened before `start`, and what reached the log before entry `seq`."""

    start: int
    seq: int
    stragglers: int = 0

    def of(self, log: Iterator[Logged]) -> Iterator[Logged]:
        for logged in log:
            if logged.seq < self.seq:
                yield logged
            elif logged.event.at < self.start:
                self.stragglers += 1
                yield logged


def _again(log: EventLog, asked: Sequence[Witness], model: Recommender) -> Iterator[Witness | None]:
    """Fold up to each question's answer, not one entry further, and ask."""
    state, log_entries = State(), entries(log)
    waiting = next(log_entries, None)
    for one in asked:
        while waiting is not None and waiting.seq < one.seq:
            state.apply(waiting)
            waiting = next(log_entries, None)
        found = model.candidates(one.query, state)
        yield (
            None
            if found is None
            else Witness(one.query, one.seq, one.window, found.keys, found.matrix)
        )


def _apart(
    one: NDArray[np.float32], other: NDArray[np.float32], straggling: bool
) -> NDArray[np.int64]:
    """Return the columns that differ: in any byte, or when entries straggled in, by a little."""
    if one.shape != other.shape:
        return np.arange(min(one.shape[1], other.shape[1]))
    same = one.view(np.uint32) == other.view(np.uint32)
    if straggling:
        same |= np.abs(one - other) <= STRAGGLING * np.maximum(np.abs(one), 1.0)
    return np.flatnonzero(~same.all(axis=0))
