"""Learn how upset visitors sound, from sentences of our own; nothing of others' goes in."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import numpy as np
from sklearn.linear_model import LogisticRegression

from models.answers.temper import Temper
from models.answers.wording import worded
from models.encoders.encoder import Encodes
from models.language import plain

SENTENCES: Final = Path(__file__).with_name("moods.txt")
PHRASINGS: Final = Path(__file__).with_name("phrasings.txt")
STRENGTH: Final = 10.0
"""The inverse of the penalty; from 1 to 100 five folds differ by chance."""
CLOSE: Final = 3.0
"""What an upset sentence counts, and a calm one that shares words with such, against another."""
DIGITS: Final = 4


def sentences() -> list[tuple[str, str]]:
    """Return sentences with how they sound: upset, calm, talk, ask."""
    found = []
    for line in SENTENCES.read_text("utf-8").splitlines():
        if not line.startswith("#"):
            kind, *texts = (part.strip() for part in line.split(" | "))
            found += [(kind, text) for text in texts]
    for line in PHRASINGS.read_text("utf-8").splitlines():
        found += [("ask", text.strip()) for text in line.partition(" = ")[0].split(" | ")]
    return found


def learn(encoder: Encodes, told: list[tuple[str, str]]) -> Temper:
    """Fit the weights of an encoder's vectors to how sentences sound."""
    vectors = encoder.encode([worded(plain(text)) for _, text in told])
    upset = np.array([kind == "upset" for kind, _ in told])
    weights = np.array([1.0 if kind in {"ask", "talk"} else CLOSE for kind, _ in told])
    model = LogisticRegression(C=STRENGTH, max_iter=2000).fit(vectors, upset, weights)
    return Temper(
        encoder.name,
        tuple(round(float(one), DIGITS) for one in model.coef_[0]),
        round(float(model.intercept_[0]), DIGITS),
    )
