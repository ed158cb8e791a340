"""The two gates before an answer: is it about this shop at all, and is it the right entry?"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Final, Literal

import msgspec
import numpy as np
from numpy.typing import NDArray

from data.errors import Misconfigured
from models.answers.blend import SCORED
from models.answers.confidence import SIGNALS, Confidence, Scores

SHIPPED: Final = Path(__file__).with_name("judge.json")
RATED: Final = "judge.rated.json"
"""The judge in a version that training made; those of before learned otherwise and are not read."""
Tier = Literal["answered", "clarify", "handed_off", "abstained"]

_ABOUT: Final = [SIGNALS.index(name) for name in ("dense_most", "lexical_most")]
_CONTRADICTS: Final = SIGNALS.index("contradicts")
SHRINK: Final = 100.0
"""How strongly the weights of a seller's own confidence are held at those of all sellers."""
NEWTON_STEPS: Final = 30
LEAST_SLOPE: Final = 0.05


class Judge(msgspec.Struct, frozen=True):
    """Hold the confidence with its thresholds.

    It was learned from scores of the meaning `scored`. A question is answered from probability
    `answers` on, asked back from `asks` on; below `about` (see the function) it is not about the
    shop.
    """

    confidence: Confidence
    scored: int
    answers: float = 0.8
    asks: float = 0.3
    about: float = 0.35

    @classmethod
    def shipped(cls, encoders: Sequence[str]) -> Judge:
        """Return what other sets taught for encoders by name: `python -m training judge`.

        Encoders it does not know by name are judged as others of their number are.
        """
        judges = cls.read(SHIPPED)
        return judges.get(judge_key(encoders)) or judges[str(len(encoders))]

    @classmethod
    def open(cls, path: Path, encoders: Sequence[str]) -> Judge:
        """Read the judge of these encoders. Raises Misconfigured where the file has none."""
        found = cls.read(path).get(judge_key(encoders))
        if found is None:
            raise Misconfigured(f"{path} has no judge of the encoders {list(encoders)}")
        return found

    @classmethod
    def read(cls, path: Path) -> dict[str, Judge]:
        """Read the judges of a file by their names. Raises Misconfigured for a broken one."""
        try:
            found = msgspec.json.decode(path.read_bytes(), type=dict[str, Judge])
        except (OSError, msgspec.DecodeError) as error:
            raise Misconfigured(f"{path} is no judge: {error}") from error
        if any(len(judge.confidence.centre) != len(SIGNALS) for judge in found.values()):
            raise Misconfigured(f"{path} is no judge of this version's {len(SIGNALS)} signals")
        if any(judge.scored != SCORED for judge in found.values()):
            raise Misconfigured(f"{path} is no judge of this version's scores")
        return found

    def probability(self, rows: Scores) -> Scores:
        """Return the calibrated float32[n] that the best entry answers."""
        return self.confidence.probability(rows)

    def tier(self, row: Scores) -> tuple[Tier, float]:
        """Return what to do with a question of these signals, and the probability behind it."""
        chance = float(self.probability(row[None])[0])
        if float(about(row[None])[0]) < self.about:
            return "abstained", chance
        if chance >= self.answers and not row[_CONTRADICTS]:
            return "answered", chance
        return ("clarify" if chance >= self.asks else "handed_off"), chance

    def answered(self, rows: Scores) -> NDArray[np.bool_]:
        """Mask the rows float32[n, SIGNALS] whose questions are answered."""
        ours = about(rows) >= self.about
        sure = self.probability(rows) >= self.answers
        answered: NDArray[np.bool_] = ours & sure & (rows[:, _CONTRADICTS] == 0)
        return answered

    def shrunk(self, rows: Scores, right: NDArray[np.bool_]) -> Judge:
        """Return the judge of a seller, corrected by what visitors thought of her answers.

        First the slope and the shift of the logit (Platt 1999), drawn towards none; then, from
        there, single weights as far as the labels insist.
        """
        if not len(right):
            return self
        confidence = self.confidence.scaled(*_platt(self.confidence.logit(rows), right))
        confidence = Confidence.fit(rows, right, None, confidence, SHRINK)
        return msgspec.structs.replace(self, confidence=confidence)


def about(rows: Scores) -> Scores:
    """Return float32[n]: how near questions of these signals are to anything that stands here.

    By encoders or words: some topic has a share of whatever is said.
    """
    likeness: Scores = rows[:, _ABOUT].max(axis=1)
    return likeness


def judge_key(encoders: Sequence[str]) -> str:
    """Return the name of the judge of these encoders; that of words alone is 0."""
    return "+".join(encoders) or "0"


def _platt(logit: Scores, right: NDArray[np.bool_]) -> tuple[float, float]:
    """Return slope and shift by Newton's method, each with a unit normal prior about 1 and 0."""
    design = np.stack((logit.astype(np.float64), np.ones(len(logit))), axis=1)
    start = point = np.array([1.0, 0.0])
    for _ in range(NEWTON_STEPS):
        chance = 1.0 / (1.0 + np.exp(-np.clip(design @ point, -30, 30)))
        slope = design.T @ (chance - right) + (point - start)
        bend = (design * (chance * (1.0 - chance))[:, None]).T @ design + np.eye(2)
        step = np.linalg.solve(bend, slope)
        point = point - np.clip(step, -1.0, 1.0)
        if np.abs(step).max() < 1e-6:
            break
    return max(float(point[0]), LEAST_SLOPE), float(point[1])
