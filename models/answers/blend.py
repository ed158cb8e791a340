"""How much each channel counts in comparing texts, by which encoders there are."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, NamedTuple

from models.encoders.provide import E5, MINILM, USE

TOPICS: Final = "topics"
"""The channel that compares texts by what they are about (`models/answers/topics.py`)."""
SCORED: Final = 4
"""Rises when scores change what they mean: what was learned from others is not read then."""


class Blend(NamedTuple):
    """Weigh the channels, a value an encoder and then the words.

    `nearest` weighs cosines with single phrasings, `head` cosines about the shop's centre.
    """

    nearest: tuple[float, ...]
    head: tuple[float, ...]


BY_NUMBER: Final = (
    Blend((1.0,), (1.0,)),
    Blend((0.6, 0.4), (1.0, 0.25)),
    Blend((0.2, 0.5, 0.3), (0.6, 1.3, 0.2)),
    Blend((0.2, 0.4, 0.2, 0.2), (0.4, 1.2, 0.5, 0.2)),
)
BY_NAME: Final[dict[tuple[str, ...], Blend]] = {
    (USE, TOPICS): Blend((0.3, 0.4, 0.3), (0.6, 1.0, 0.2)),
    (USE, MINILM, TOPICS): Blend((0.2, 0.4, 0.2, 0.2), (0.5, 1.2, 0.4, 0.2)),
    (USE, E5, TOPICS): Blend((0.2, 0.3, 0.3, 0.2), (0.4, 0.8, 1.0, 0.2)),
}
"""Chosen, like those by number, on training sentences that were drawn and held out."""


def blend(names: Sequence[str], topical: float = 1.0) -> Blend:
    """Return the weights for at most three encoders by name, in their order.

    Topics count in full, or the share `topical` of it: between that and the weights without them.
    """
    found = BY_NAME.get(tuple(names), BY_NUMBER[len(names)])
    if TOPICS not in names:
        return found
    without = BY_NUMBER[len(names) - 1]
    return Blend(
        *(
            _between(all_, (*encoders[:-1], 0.0, encoders[-1]), topical)
            for all_, encoders in zip(found, without, strict=True)
        )
    )


def _between(some: Sequence[float], others: Sequence[float], share: float) -> tuple[float, ...]:
    pairs = zip(some, others, strict=True)
    return tuple(share * one + (1.0 - share) * other for one, other in pairs)
