"""Small shops drawn from sets of phrasings, and what came of asking them.

Questions are phrasings that were left out of the shop; `near` ones belong to entries the shop does
not have, `far` ones to another set. Where a set has answers, half of the shops know them. No test
question of any set is read.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Final

import numpy as np

from models.answers.confidence import Scores
from models.answers.index import Channel, Index
from models.answers.library import Entry, Library, folded
from training.outcomes import Outcomes, outcome

SHOPS: Final = 96
"""Shops drawn from a set."""
ENTRIES: Final = (1, 3, 6, 12, 25, 50, 75, 100)
PHRASINGS: Final = (1, 1, 2, 3, 5, 10)
IN, NEAR, FAR = 100, 75, 25
"""Questions asked of a shop: about its entries, near them, and of another set."""
MIXED: Final = "all together"
MIXED_PHRASINGS: Final = 12


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
    answer = entry.answer if answered else ""
    return replace(entry, phrasings=tuple(phrasings), answer=answer)
