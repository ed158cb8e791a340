"""The two gates before an answer: is it about this shop at all, and is it the right entry?"""

from __future__ import annotations

from pathlib import Path
from typing import Final, Literal

import msgspec
import numpy as np
from numpy.typing import NDArray
from scipy import optimize

from data.errors import Misconfigured
from models.answers.confidence import SIGNALS, Confidence, Scores

SHIPPED: Final = Path(__file__).with_name("judge.json")
Tier = Literal["answered", "clarify", "handed_off", "abstained"]

_DENSE, _LEXICAL = SIGNALS.index("dense_most"), SIGNALS.index("lexical_most")
_CONTRADICTS: Final = SIGNALS.index("contradicts")
SHRINK: Final = 1.0
"""How strongly a seller's own calibration is held at that of all sellers."""


class Judge(msgspec.Struct, frozen=True):
    """Hold the confidence with its thresholds.

    A question is answered from probability `answers` on, asked back from `asks` on; below
    `about` likeness (by encoder or, without one, by words) it is not about the shop. `slope` and
    `shift` are a seller's own correction of the logit.
    """

    confidence: Confidence
    answers: float = 0.8
    asks: float = 0.3
    about: float = 0.35
    slope: float = 1.0
    shift: float = 0.0

    @classmethod
    def shipped(cls, channels: int) -> Judge:
        """Return what other sets taught for a number of encoders: `python -m training judge`."""
        return cls.open(SHIPPED, channels)

    @classmethod
    def open(cls, path: Path, channels: int) -> Judge:
        """Read the judge for a number of encoders. Raises Misconfigured for a broken file."""
        try:
            return msgspec.json.decode(path.read_bytes(), type=dict[str, cls])[str(channels)]  # type: ignore[valid-type]
        except (OSError, msgspec.DecodeError, KeyError) as error:
            raise Misconfigured(f"{path} is no judge: {error}") from error

    def probability(self, rows: Scores) -> Scores:
        """Return the calibrated float32[n] that the best entry answers."""
        chance = np.clip(self.confidence.probability(rows), 1e-6, 1 - 1e-6)
        logit = self.slope * np.log(chance / (1 - chance)) + self.shift
        calibrated: Scores = (1.0 / (1.0 + np.exp(-logit))).astype(np.float32)
        return calibrated

    def tier(self, row: Scores) -> tuple[Tier, float]:
        """Return what to do with a question of these signals, and the probability behind it."""
        chance = float(self.probability(row[None])[0])
        if max(float(row[_DENSE]), float(row[_LEXICAL])) < self.about:
            return "abstained", chance
        if chance >= self.answers and not row[_CONTRADICTS]:
            return "answered", chance
        return ("clarify" if chance >= self.asks else "handed_off"), chance

    def answered(self, rows: Scores) -> NDArray[np.bool_]:
        """Mask the rows float32[n, SIGNALS] whose questions are answered."""
        about = np.maximum(rows[:, _DENSE], rows[:, _LEXICAL]) >= self.about
        sure = self.probability(rows) >= self.answers
        answered: NDArray[np.bool_] = about & sure & (rows[:, _CONTRADICTS] == 0)
        return answered

    def shrunk(self, labels: tuple[Scores, Scores]) -> Judge:
        """Return the judge of a seller, corrected by answers that her visitors rated."""
        rows, right = labels
        if not len(right):
            return self
        chance = np.clip(self.confidence.probability(rows).astype(np.float64), 1e-6, 1 - 1e-6)
        logit, sign = np.log(chance / (1 - chance)), np.where(right > 0, 1.0, -1.0)

        def loss(point: NDArray[np.float64]) -> float:
            fit = np.logaddexp(0, -sign * (point[0] * logit + point[1])).sum()
            return float(fit + SHRINK * ((point[0] - 1) ** 2 + point[1] ** 2) / 2)

        slope, shift = optimize.minimize(loss, np.array([1.0, 0.0]), method="L-BFGS-B").x
        return msgspec.structs.replace(self, slope=float(slope), shift=float(shift))
