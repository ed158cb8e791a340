"""Learn when to answer: judges from sets of phrasings, and what they reach on questions held out.

Questions are phrasings that were left out of a small shop drawn from a set; `near` ones belong to
entries the shop does not have, `far` ones to another set. Where a set has answers, every other shop
knows them. No test question of any set is read.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import msgspec
import numpy as np
from numpy.typing import NDArray

from models.answers.confidence import SIGNALS, Confidence, Scores, signals
from models.answers.index import Channel, Index
from models.answers.judge import Judge, judge_key
from models.answers.library import Entry, Library, folded
from models.encoders.provide import E5, MINILM, USE
from models.language import plain

SHIPPED: Final = {
    "0": (),
    "1": (USE,),
    "2": (USE, MINILM),
    "3": (USE, MINILM, E5),
    judge_key((E5,)): (E5,),
    judge_key((USE, E5)): (USE, E5),
}
"""The judges that ship and the encoders each is learned with: by number, or for these by name."""
SEED: Final = 7
FOLDS: Final = 5
SHOPS: Final = 96
"""Shops drawn from a set."""
ENTRIES: Final = (1, 3, 6, 12, 25, 50, 75, 100)
PHRASINGS: Final = (1, 1, 2, 3, 5, 10)
IN, NEAR, FAR = 100, 75, 25
"""Questions asked of a shop: about its entries, near them, and of another set."""
MIXED: Final = "all together"
MIXED_PHRASINGS: Final = 12
LABELS: Final = 100
BINS: Final = 10
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
    """Hold questions with their signals float32[n, SIGNALS], kinds and whether they were right.

    `groups` says which shop or set each is of: what is left out together.
    """

    rows: Scores
    kinds: NDArray[np.str_]
    right: NDArray[np.bool_]
    groups: NDArray[np.str_]

    @classmethod
    def of(cls, found: Sequence[tuple[Scores, str, bool]], group: str = "") -> Outcomes:
        """Gather single outcomes."""
        rows = np.stack([row for row, _, _ in found])
        kinds = np.array([kind for _, kind, _ in found])
        right = np.array([right for _, _, right in found], dtype=np.bool_)
        return cls(rows, kinds, right, np.full(len(rows), group))

    @classmethod
    def together(cls, parts: Iterable[Outcomes]) -> Outcomes:
        """Put outcomes one behind the other."""
        several = list(parts)
        return cls(
            np.concatenate([one.rows for one in several]),
            np.concatenate([one.kinds for one in several]),
            np.concatenate([one.right for one in several]),
            np.concatenate([one.groups for one in several]),
        )

    def __getitem__(self, mask: NDArray[np.bool_] | NDArray[np.int64]) -> Outcomes:
        """Return the outcomes of a mask or of places."""
        return Outcomes(self.rows[mask], self.kinds[mask], self.right[mask], self.groups[mask])


class Remembering:
    """Encode every text once: sets are drawn from, and variants asked, again and again."""

    def __init__(self, channel: Channel, texts: Iterable[str] = ()) -> None:
        """Encode these texts together; others are encoded when they come."""
        self._channel, self.name = channel, channel.name
        self._vectors: dict[str, Scores] = {}
        self.encode(list(texts))

    def encode(self, texts: Sequence[str]) -> Scores:
        """Return float32[texts, width]."""
        new = [text for text in dict.fromkeys(texts) if text not in self._vectors]
        if new:
            self._vectors |= dict(zip(new, self._channel.encode(new), strict=True))
        if not texts:
            return np.zeros((0, 0), np.float32)
        return np.stack([self._vectors[text] for text in texts])


def draw(
    sets: Mapping[str, Sequence[Entry]],
    channels: Sequence[Channel],
    seed: int,
    step: Callable[[int], object] = lambda count: count,
    shops: int = SHOPS,
) -> dict[str, Outcomes]:
    """Ask shops drawn from each set, and from all together, about phrasings they do not hold.

    Every third shop has entries that are alike, as a shop of one trade has.
    """
    dice = np.random.default_rng(seed)
    found: dict[str, Outcomes] = {}
    mixed = [
        Entry(entry.kind, f"{name}/{entry.id}", entry.phrasings[:MIXED_PHRASINGS], entry.answer)
        for name, entries in sets.items()
        for entry in entries
    ]
    for name, entries in [*sets.items(), (MIXED, mixed)]:
        others = [entry for other, theirs in sets.items() if other != name for entry in theirs]
        others = others if name != MIXED else []
        centres = _centres(entries, channels)
        drawn = []
        for number in range(shops):
            near = centres if number % 3 == 0 else None
            group = f"{name}/{number}"
            drawn.append(Outcomes.of(_shop(entries, others, channels, dice, near), group))
        found[name] = Outcomes.together(drawn)
        step(1)
    return found


def _centres(entries: Sequence[Entry], channels: Sequence[Channel]) -> Scores | None:
    if not channels:
        return None
    means = [
        channels[0].encode([folded(text) for text in entry.phrasings[:5]]).mean(axis=0)
        for entry in entries
    ]
    centres = np.stack(means)
    return np.asarray(centres / np.linalg.norm(centres, axis=1, keepdims=True))


def _shop(
    entries: Sequence[Entry],
    others: Sequence[Entry],
    channels: Sequence[Channel],
    dice: np.random.Generator,
    centres: Scores | None,
) -> list[tuple[Scores, str, bool]]:
    order = dice.permutation(len(entries))
    size = min(int(dice.choice(ENTRIES)), max(2 * len(entries) // 3, 1))
    if centres is not None:  # round one entry, with some of the nearest left out
        nearest = np.argsort(-(centres @ centres[order[0]]), kind="stable")
        order = dice.permutation(nearest[: min(len(entries), 3 * size // 2 + 2)])
    known, unknown = order[:size], order[size:]
    most, answered = int(dice.choice(PHRASINGS)), bool(dice.integers(2))
    kept: list[Entry] = []
    asked: list[tuple[str, str, int]] = []
    for place in known.tolist():
        phrasings = list(entries[place].phrasings)
        dice.shuffle(phrasings)
        held = phrasings[: max(min(most, len(phrasings) - 1), 1)]
        asked += [(text, "in", len(kept)) for text in phrasings[len(held) :]]
        kept.append(reworded(entries[place], held, answered=answered))
    near = [(text, "near", -1) for place in unknown.tolist() for text in entries[place].phrasings]
    far = [(text, "far", -1) for entry in others for text in entry.phrasings]
    index = Index(Library(kept), channels)
    found = []
    for rows, count in ((asked, IN), (near, NEAR), (far, FAR)):
        for place in dice.permutation(len(rows))[:count].tolist():
            text, kind, owner = rows[place]
            found.append(outcome(text, kind, owner, index))
    return found


def reworded(entry: Entry, phrasings: Sequence[str], *, answered: bool = True) -> Entry:
    """Return an entry with other phrasings, with its answer or without."""
    return Entry(entry.kind, entry.id, tuple(phrasings), entry.answer if answered else "")


def outcome(text: str, kind: str, owner: int, index: Index) -> tuple[Scores, str, bool]:
    """Ask one question; return its signals, its kind and whether the best entry is the right."""
    like = index.like(plain(text))
    best = int(np.argmax(like.score))
    return signals(like, index, best), kind, best == owner


def learn(
    outcomes: Outcomes,
    prior: Judge | None = None,
    strength: float = 10.0,
    folds: NDArray[np.int64] | None = None,
) -> Judge:
    """Fit the confidence on all questions; choose thresholds by confidences fitted without each.

    `prior` draws the coefficients by `strength`. What a confidence says of questions it was fitted
    on flatters it: thresholds come from folds int64[n] it has not seen (by turns where not given).
    """
    base = prior.confidence if prior is not None else None
    folds = np.arange(len(outcomes.rows)) % FOLDS if folds is None else folds
    weights = balanced(outcomes.kinds)
    chance = np.zeros(len(folds), dtype=np.float32)
    for fold in np.unique(folds):
        rest, held = folds != fold, folds == fold
        part = outcomes[rest]
        confidence = Confidence.fit(part.rows, part.right, weights[rest], base, strength)
        chance[held] = confidence.probability(outcomes.rows[held])
    confidence = Confidence.fit(outcomes.rows, outcomes.right, weights, base, strength)
    judge = Judge(confidence) if prior is None else _with(prior, confidence)
    return thresholds(judge, outcomes, chance)


def balanced(kinds: NDArray[np.str_]) -> Scores:
    """Return float32[n] that let strangers count as much as questions about what a shop knows."""
    ours = kinds == "in"
    share = ours.sum() / max((~ours).sum(), 1) if ours.any() else 1.0
    return np.where(ours, 1.0, np.clip(share, 0.2, 5.0)).astype(np.float32)


def _with(judge: Judge, confidence: Confidence) -> Judge:
    return msgspec.structs.replace(judge, confidence=confidence)


def thresholds(judge: Judge, outcomes: Outcomes, chance: Scores) -> Judge:
    """Choose the least probability at which answers are right, and hardly any is out of scope.

    `chance` float32[n] are honest probabilities of the outcomes. Strangers are taken to be as many
    as those whom the shop can answer.
    """
    clear = outcomes.rows[:, -1] == 0  # what contradicts is never answered
    least = ASKED_BACK
    for kind, most in (("near", NEAR_ANSWERED), ("far", FAR_ANSWERED)):
        theirs = np.sort(chance[(outcomes.kinds == kind) & clear])[::-1]
        count = int(most * np.count_nonzero(outcomes.kinds == kind))
        if len(theirs) > count:
            least = max(least, float(theirs[count]) + 1e-6)
    order = np.argsort(-chance[clear], kind="stable")
    weights = balanced(outcomes.kinds)[clear][order]
    right = np.cumsum(weights * outcomes.right[clear][order]) / np.cumsum(weights)
    enough = np.flatnonzero(right >= RIGHT)
    least = max(least, float(chance[clear][order][enough[-1]])) if len(enough) else 1.0
    about = np.maximum(outcomes.rows[:, MOST_DENSE], outcomes.rows[:, MOST_LEXICAL])
    turned = float(np.quantile(about[outcomes.kinds == "in"], TURNED_AWAY))
    return msgspec.structs.replace(judge, answers=round(least, 6), about=round(turned, 6))


def by_set(found: Mapping[str, Outcomes]) -> tuple[Outcomes, NDArray[np.int64]]:
    """Put the outcomes of sets together; return with them which set each is of, as folds."""
    folds = [np.full(len(one.rows), place) for place, one in enumerate(found.values())]
    return Outcomes.together(found.values()), np.concatenate(folds).astype(np.int64)


def judged(found: Mapping[str, Outcomes], seed: int) -> dict[str, dict[str, float]]:
    """Return by set what a judge reaches on its shops that was learned from the other sets."""
    told: dict[str, dict[str, float]] = {}
    for name, held in found.items():
        rest, folds = by_set({other: one for other, one in found.items() if other != name})
        judge = learn(rest, folds=folds)
        answered, chance = judge.answered(held.rows), judge.probability(held.rows)
        before, after = labelled(judge, held, LABELS, seed)
        told[name] = {
            "ece": calibration_error(chance, held.right),
            "ece_rest": before,
            f"ece_after_{LABELS}": after,
            "threshold": judge.answers,
            "right": float(held.right[answered].mean()) if answered.any() else 1.0,
            **{
                f"answered_{kind}": float(answered[held.kinds == kind].mean())
                for kind in ("in", "near", "far")
                if (held.kinds == kind).any()
            },
        }
    return told


def labelled(judge: Judge, outcomes: Outcomes, labels: int, seed: int) -> tuple[float, float]:
    """Return the calibration error on each group's questions but `labels` of them: before, after.

    Each group (a shop) has its own judge, corrected by the outcomes of the labelled questions.
    """
    dice, kept, before, after = np.random.default_rng(seed), [], [], []
    for group in np.unique(outcomes.groups):
        order = dice.permutation(np.flatnonzero(outcomes.groups == group))
        known, rest = outcomes[order[:labels]], outcomes[order[labels:]]
        if len(rest.rows):
            own = judge.shrunk(known.rows, known.right)
            kept.append(rest.right)
            before.append(judge.probability(rest.rows))
            after.append(own.probability(rest.rows))
    right = np.concatenate(kept) if kept else np.zeros(0, np.bool_)
    if not len(right):
        return 0.0, 0.0
    return (
        calibration_error(np.concatenate(before), right),
        calibration_error(np.concatenate(after), right),
    )


def calibration_error(chance: Scores, right: NDArray[np.bool_]) -> float:
    """Return the expected calibration error over ten bins of equal width (Guo et al. 2017)."""
    places = np.clip((chance * BINS).astype(np.int64), 0, BINS - 1)
    total = np.bincount(places, minlength=BINS)
    said = np.bincount(places, chance, minlength=BINS)
    held = np.bincount(places, right.astype(np.float64), minlength=BINS)
    return float(np.abs(said - held).sum() / max(total.sum(), 1))
