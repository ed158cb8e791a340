"""Learn when to answer, and what that reaches on shops of a set it was not learned from."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import msgspec
import numpy as np
from numpy.typing import NDArray
from scipy import special

from models.answers.blend import SCORED, TOPICS
from models.answers.confidence import Confidence, Scores
from models.answers.judge import Judge, about, judge_key
from models.encoders.provide import E5, MINILM, USE
from training.outcomes import Outcomes

SHIPPED: Final = {
    "0": (),
    "1": (USE,),
    "2": (USE, MINILM),
    "3": (USE, MINILM, E5),
    **{
        judge_key(names): names
        for names in ((E5,), (USE, TOPICS), (USE, MINILM, TOPICS), (USE, E5, TOPICS))
    },
}
"""The judges that ship and the channels each is learned with: by number, or for these by name."""
SEED: Final = 7
LABELS: Final = 100
BINS: Final = 10
RIGHT: Final = 0.95
"""Share of the answers given that must be right."""
NEAR_ANSWERED: Final = 0.012
FAR_ANSWERED: Final = 0.003
FEWEST: Final = 3
"""Strangers that may be answered, below which a single one of them would decide."""
TAIL: Final = 10
"""Strangers, or a tenth of them where that is more, that then speak for the rarer ones."""
ASKED_BACK: Final = 0.25
TURNED_AWAY: Final = 0.005
"""Share of the questions about a shop that may be taken for being about something else."""
NOTHING: Final = 0.02
"""Likeness below which a question has nothing in common with a shop, whoever asks."""


def learn(outcomes: Outcomes, folds: NDArray[np.int64], prior: Judge | None = None) -> Judge:
    """Fit the confidence on all questions; choose thresholds by confidences fitted without each.

    What a confidence says of questions it was fitted on flatters it: thresholds come from `folds`
    int64[n] that it has not seen. A `prior` draws the coefficients towards its own.
    """
    base = prior.confidence if prior is not None else None
    weights = balanced(outcomes.kinds)
    chance = np.zeros(len(folds), dtype=np.float32)
    for fold in np.unique(folds):
        rest, held = folds != fold, folds == fold
        part = outcomes[rest]
        confidence = Confidence.fit(part.rows, part.right, weights[rest], base)
        chance[held] = confidence.probability(outcomes.rows[held])
    confidence = Confidence.fit(outcomes.rows, outcomes.right, weights, base)
    judge = Judge(confidence, SCORED)
    if prior is not None:
        judge = msgspec.structs.replace(prior, confidence=confidence)
    return thresholds(judge, outcomes, chance)


def balanced(kinds: NDArray[np.str_]) -> Scores:
    """Return float32[n] that let strangers count as much as questions about what a shop knows."""
    ours = kinds == "in"
    share = ours.sum() / max((~ours).sum(), 1) if ours.any() else 1.0
    return np.where(ours, 1.0, np.clip(share, 0.2, 5.0)).astype(np.float32)


def thresholds(judge: Judge, outcomes: Outcomes, chance: Scores) -> Judge:
    """Choose the least probability at which answers are right, and hardly any is out of scope.

    `chance` float32[n] are honest probabilities of the outcomes. Strangers are taken to be as many
    as those whom the shop can answer.
    """
    clear = outcomes.rows[:, -1] == 0  # what contradicts is never answered
    least = ASKED_BACK
    for kind, most in (("near", NEAR_ANSWERED), ("far", FAR_ANSWERED)):
        theirs = outcomes.kinds == kind
        least = max(least, beyond(chance[theirs & clear], most * np.count_nonzero(theirs)))
    order = np.argsort(-chance[clear], kind="stable")
    weights = balanced(outcomes.kinds)[clear][order]
    right = np.cumsum(weights * outcomes.right[clear][order]) / np.cumsum(weights)
    enough = np.flatnonzero(right >= RIGHT)
    least = max(least, float(chance[clear][order][enough[-1]])) if len(enough) else 1.0
    turned = float(np.quantile(about(outcomes.rows)[outcomes.kinds == "in"], TURNED_AWAY))
    turned = max(turned, NOTHING)
    return msgspec.structs.replace(judge, answers=round(least, 6), about=round(turned, 6))


def beyond(chance: Scores, most: float) -> float:
    """Return a probability that hardly more than `most` of strangers like these are above.

    Where that is fewer than FEWEST, it is read off their tail: log odds above a high one fall off
    exponentially (Pickands 1975, "Statistical inference using extreme order statistics"). How fast
    is told without the highest, as if it were only known to be above the second (Epstein & Sobel
    1953, "Life testing"): one outlier does not move it.
    """
    ranked = np.sort(chance)[::-1]
    count, tail = int(most), max(TAIL, len(ranked) // 10)
    if len(ranked) <= count:
        return 0.0
    if count >= FEWEST or len(ranked) <= tail:
        return float(ranked[count]) + 1e-6
    odds = special.logit(np.clip(ranked[: tail + 1].astype(np.float64), 1e-9, 1 - 1e-7))
    excess = odds[1:tail] - odds[tail]
    scale = (excess[0] + excess.sum()) / (tail - 1)
    return float(special.expit(odds[tail] + scale * np.log(tail / most)))


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
