"""Learn when to answer: judges from sets of phrasings, and what they reach on questions held out.

Questions are phrasings that were left out of a small shop drawn from a set; `near` ones belong to
entries the shop does not have, `far` ones to another set. No test question of any set is read.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import msgspec
import numpy as np
from numpy.typing import NDArray

from models.answers.confidence import SIGNALS, Confidence, Scores, signals
from models.answers.index import Channel, Index
from models.answers.judge import Judge
from models.answers.library import Entry, Library
from models.language import plain

SEED: Final = 7
FOLDS: Final = 5
SHOPS: Final = 60
"""Shops drawn from a set."""
ENTRIES: Final = (1, 3, 6, 12, 25, 50, 75)
PHRASINGS: Final = (1, 1, 2, 3, 5, 10)
IN, NEAR, FAR = 80, 60, 20
"""Questions asked of a shop: about its entries, near them, and of another set."""
RIGHT: Final = 0.95
"""Share of the answers given that must be right."""
NEAR_ANSWERED: Final = 0.012
FAR_ANSWERED: Final = 0.003
ASKED_BACK: Final = 0.25
TURNED_AWAY: Final = 0.02
"""Share of the questions about a shop that may be taken for being about something else."""

MOST_DENSE, MOST_LEXICAL = SIGNALS.index("dense_most"), SIGNALS.index("lexical_most")


@dataclass(frozen=True, slots=True)
class Outcomes:
    """Hold questions with their signals float32[n, SIGNALS], kinds and whether they were right."""

    rows: Scores
    kinds: NDArray[np.str_]
    right: NDArray[np.bool_]

    @classmethod
    def of(cls, found: Sequence[tuple[Scores, str, bool]]) -> Outcomes:
        """Gather single outcomes."""
        rows = np.stack([row for row, _, _ in found])
        kinds = np.array([kind for _, kind, _ in found])
        return cls(rows, kinds, np.array([right for _, _, right in found], dtype=np.bool_))


def draw(
    sets: Mapping[str, Sequence[Entry]],
    channels: Sequence[Channel],
    seed: int,
    step: Callable[[int], object] = lambda count: count,
) -> Outcomes:
    """Ask shops drawn from sets about phrasings they do not hold."""
    dice = np.random.default_rng(seed)
    found: list[tuple[Scores, str, bool]] = []
    for name, entries in sets.items():
        others = [entry for other, theirs in sets.items() if other != name for entry in theirs]
        for _ in range(SHOPS):
            found += _shop(entries, others, channels, dice)
        step(1)
    return Outcomes.of(found)


def _shop(
    entries: Sequence[Entry],
    others: Sequence[Entry],
    channels: Sequence[Channel],
    dice: np.random.Generator,
) -> list[tuple[Scores, str, bool]]:
    order = dice.permutation(len(entries))
    size = min(int(dice.choice(ENTRIES)), max(2 * len(entries) // 3, 1))
    known, unknown = order[:size], order[size:]
    most = int(dice.choice(PHRASINGS))
    kept: list[Entry] = []
    asked: list[tuple[str, str, int]] = []
    for place in known.tolist():
        phrasings = list(entries[place].phrasings)
        dice.shuffle(phrasings)
        held = phrasings[: max(min(most, len(phrasings) - 1), 1)]
        asked += [(text, "in", len(kept)) for text in phrasings[len(held) :]]
        kept.append(reworded(entries[place], held))
    near = [(text, "near", -1) for place in unknown.tolist() for text in entries[place].phrasings]
    far = [(text, "far", -1) for entry in others for text in entry.phrasings]
    library = Library(kept)
    index = Index(library, channels)
    found = []
    for rows, count in ((asked, IN), (near, NEAR), (far, FAR)):
        for place in dice.permutation(len(rows))[:count].tolist():
            text, kind, owner = rows[place]
            found.append(outcome(text, kind, owner, index))
    return found


def reworded(entry: Entry, phrasings: Sequence[str]) -> Entry:
    """Return an entry with other phrasings."""
    return Entry(entry.kind, entry.id, tuple(phrasings), entry.answer)


def outcome(text: str, kind: str, owner: int, index: Index) -> tuple[Scores, str, bool]:
    """Ask one question; return its signals, its kind and whether the best entry is the right."""
    like = index.like(text)
    best = int(np.argmax(like.score))
    return signals(plain(text), like, index.library, best), kind, best == owner


def learn(outcomes: Outcomes, prior: Judge | None = None, strength: float = 10.0) -> Judge:
    """Fit the confidence on all questions; choose thresholds by confidences fitted without each.

    `prior` draws the coefficients by `strength`. What a confidence says of questions it was fitted
    on flatters it: thresholds come from folds it has not seen.
    """
    base = prior.confidence if prior is not None else None
    folds = np.arange(len(outcomes.rows)) % FOLDS
    chance = np.zeros(len(folds), dtype=np.float32)
    for fold in range(FOLDS if len(folds) >= FOLDS else 0):
        rest, held = folds != fold, folds == fold
        part = Confidence.fit(outcomes.rows[rest], outcomes.right[rest], None, base, strength)
        chance[held] = part.probability(outcomes.rows[held])
    confidence = Confidence.fit(outcomes.rows, outcomes.right, None, base, strength)
    judge = Judge(confidence) if prior is None else _with(prior, confidence)
    return thresholds(judge, outcomes, chance)


def _with(judge: Judge, confidence: Confidence) -> Judge:
    return msgspec.structs.replace(judge, confidence=confidence)


def thresholds(judge: Judge, outcomes: Outcomes, chance: Scores) -> Judge:
    """Choose the least probability at which answers are right, and hardly any is out of scope.

    `chance` float32[n] are honest probabilities of the outcomes.
    """
    clear = outcomes.rows[:, -1] == 0  # what contradicts is never answered
    least = ASKED_BACK
    for kind, most in (("near", NEAR_ANSWERED), ("far", FAR_ANSWERED)):
        theirs = np.sort(chance[(outcomes.kinds == kind) & clear])[::-1]
        count = int(most * np.count_nonzero(outcomes.kinds == kind))
        if len(theirs) > count:
            least = max(least, float(theirs[count]) + 1e-6)
    order = np.argsort(-chance[clear], kind="stable")
    right = np.cumsum(outcomes.right[clear][order]) / np.arange(1, len(order) + 1)
    enough = np.flatnonzero(right >= RIGHT)
    least = max(least, float(chance[clear][order][enough[-1]])) if len(enough) else 1.0
    about = np.maximum(outcomes.rows[:, MOST_DENSE], outcomes.rows[:, MOST_LEXICAL])
    turned = float(np.quantile(about[outcomes.kinds == "in"], TURNED_AWAY))
    return msgspec.structs.replace(judge, answers=round(least, 6), about=round(turned, 6))
