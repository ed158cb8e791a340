"""Figures of answers: who is answered, how often rightly, and how honest the confidence is."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray
from sklearn.metrics import roc_auc_score

from models.answers.confidence import Scores
from training.judges import RIGHT, calibration_error
from training.outcomes import Outcomes

FIGURES: Final = (
    "auroc_far",
    "auroc_near",
    "answered_in",
    "answered_near",
    "answered_far",
    "precision_answered",
    "coverage@95",
    "ece",
)


def figures(
    outcomes: Outcomes, ranks: NDArray[np.int64], chance: Scores, answered: NDArray[np.bool_]
) -> dict[str, float]:
    """Return the figures by name; those that need questions there are none of are left out."""
    found: dict[str, float] = {}
    kinds = outcomes.kinds
    ours = kinds == "in"
    for kind in ("far", "near"):
        theirs = kinds == kind
        if theirs.any() and ours.any():
            both = ours | theirs
            found[f"auroc_{kind}"] = float(roc_auc_score(ours[both], chance[both]))
    for kind in ("in", "near", "far"):
        if (kinds == kind).any():
            found[f"answered_{kind}"] = float(answered[kinds == kind].mean())
    found["precision_answered"] = float(outcomes.right[answered].mean()) if answered.any() else 1.0
    found["coverage@95"] = coverage(chance[ours], ranks[ours] == 1)
    found["ece"] = calibration_error(chance, outcomes.right)
    return found


def coverage(chance: Scores, right: NDArray[np.bool_]) -> float:
    """Return the largest share that can be answered, the surest first, with 95 % right."""
    if not len(chance):
        return 0.0
    order = np.argsort(-chance, kind="stable")
    share = np.cumsum(right[order]) / np.arange(1, len(order) + 1)
    enough = np.flatnonzero(share >= RIGHT)
    return float((enough[-1] + 1) / len(order)) if len(enough) else 0.0
