"""What visitors thought of answers: labels for a seller's judge, and for that of all sellers."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from data.knowledge import SellerKnowledge
from models.answers.confidence import SIGNALS, Scores


class Heard(NamedTuple):
    """Hold the signals float32[n, SIGNALS] of rated answers, whether each was right, as of when."""

    rows: Scores
    right: NDArray[np.bool_]
    ratings: int


def heard(several: Iterable[SellerKnowledge]) -> Heard:
    """Gather the ratings of sellers' answers that have as many signals as answers have now."""
    known = list(several)
    asked = [one for seller in known for one in seller.questions.values() if one.rating]
    rated = [one for one in asked if len(one.question.signals) == len(SIGNALS)]
    rows = np.array([one.question.signals for one in rated], dtype=np.float32)
    right = np.array([one.rating > 0 for one in rated], dtype=np.bool_)
    return Heard(rows.reshape(-1, len(SIGNALS)), right, sum(seller.ratings for seller in known))
