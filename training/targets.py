"""Cut the log by time and draw the interactions to ask about: to learn from, and to judge on."""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from data.schemas import DAY_MS
from training.config import Cuts, Examples
from training.scanned import NEVER, Scanned

HOUR_MS: Final = 3_600_000
SEARCHED_FOR_ONE: Final = 2_000.0
"""How many rows of a shelf, searched, count as one candidate ranked.

A small seller's shelf costs nothing to search, and one of 75,000 products a third more; a million
products leave a sixth of the questions, which bounds how long the replay takes.
"""


@dataclass(frozen=True, slots=True)
class Split:
    """Hold the cuts in epoch ms: `starts` of the label windows, rising, then `judge` and `end`.

    Questions of a window are answered by retrievers fitted on what happened before the window; the
    judged ones, in [judge, end), by retrievers fitted on what happened before `judge`.
    """

    starts: tuple[int, ...]
    judge: int
    end: int

    def window(self, at: int) -> int:
        """Return the window of a moment: len(starts) for the judged one, -1 before the first."""
        return bisect_right((*self.starts, self.judge), at) - 1


@dataclass(frozen=True, slots=True)
class Targets:
    """Hold the interactions to ask about: rising places into `Scanned`, and which of them judge."""

    places: NDArray[np.int64]
    judges: NDArray[np.bool_]
    just_listed: int = 0  # interactions passed over because the product had just appeared

    def only_judges(self) -> Targets:
        """Return the targets to judge on."""
        return Targets(self.places[self.judges], self.judges[self.judges], self.just_listed)


def split(scanned: Scanned, cuts: Cuts) -> Split:
    """Cut by days when given, else by shares of the interactions, however short the log."""
    end = scanned.last_at + 1
    if not len(scanned.at):
        return Split((), end, end)
    if cuts.judge_days > 0:
        judge = end - int(cuts.judge_days * DAY_MS)
        first = judge - int(cuts.labels_days * DAY_MS)
        edges = np.linspace(first, judge, cuts.windows + 1)
    else:
        shares = np.linspace(cuts.labels_from, cuts.judge_from, cuts.windows + 1)
        edges = np.quantile(scanned.at, shares, method="higher")
    *starts, judge = (int(edge) for edge in edges)
    rising = dict.fromkeys(start for start in starts if start < judge)
    return Split(tuple(rising), judge, end)


def choose(
    scanned: Scanned, cuts: Split, config: Examples, most_candidates: int, seed: int
) -> Targets:
    """Draw the targets, at most so many a visitor and so many rows in all, the newest first.

    What came of a logged recommendation is learned from as an impression, if at all.
    """
    windows = np.searchsorted((*cuts.starts, cuts.judge), scanned.at, side="right") - 1
    settled = scanned.at - scanned.listed >= settled_ms(scanned)
    judge = scanned.asks & settled & (windows == len(cuts.starts))
    learn = scanned.asks & settled & (windows >= 0) & (windows < len(cuts.starts))
    if config.impressions:
        learn &= ~scanned.joined
    parts: list[NDArray[np.int64]] = []
    for mask, each, rows in (
        (learn, config.learn_per_visitor, config.learn_rows),
        (judge, config.judge_per_visitor, config.judge_rows),
    ):
        drawn = np.random.default_rng([seed, len(parts)]).permutation(np.flatnonzero(mask))
        drawn = drawn[np.argsort(-windows[drawn], kind="stable")]
        drawn = drawn[_before(scanned.visitor[drawn]) < each]
        costs = _costs(scanned, most_candidates)[scanned.seller[drawn]]
        parts.append(drawn[np.cumsum(costs) <= rows])
    places = np.concatenate(parts)
    judges = np.repeat([False, True], [len(part) for part in parts])
    order = np.argsort(places, kind="stable")
    passed = scanned.asks & ~settled & (windows >= 0) & (scanned.listed < NEVER)
    return Targets(places[order], judges[order], int(np.count_nonzero(passed)))


def settled_ms(scanned: Scanned) -> int:
    """Return how long a listing must stand before it may be an answer: an hour, less in short logs.

    A log of acts alone tells of a product only when somebody acts on it: to have just appeared
    would give the answer away.
    """
    return min(HOUR_MS, int(np.ptp(scanned.at)) // 100) if len(scanned.at) else HOUR_MS


def _costs(scanned: Scanned, most_candidates: int) -> NDArray[np.float64]:
    """Return in rows what a question costs on each seller's shelf: those ranked, and the search."""
    sizes = [scanned.shelf_sizes.get(seller, 1) for seller in scanned.sellers]
    shelf = np.array(sizes, np.float64)
    return np.minimum(shelf, most_candidates) + shelf / SEARCHED_FOR_ONE


def _before(labels: NDArray[np.int32]) -> NDArray[np.int64]:
    """Return how many equal labels stand before each."""
    order = np.argsort(labels, kind="stable")
    ranked = labels[order]
    counts = np.empty(len(labels), np.int64)
    counts[order] = np.arange(len(labels)) - np.searchsorted(ranked, ranked, side="left")
    return counts
