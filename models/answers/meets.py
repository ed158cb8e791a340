"""How well the products of a shelf meet what is wished."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from models.answers.filling import SOFT
from models.answers.lines import Mask
from models.answers.shelf_words import ShelfWords
from models.answers.synonyms import ALIKE
from models.answers.wishes import Wish

TOO_COMMON: Final = 0.9
"""A value that nearly every product has chooses none."""


def leaving_out(words: ShelfWords, unwanted: Sequence[str]) -> Mask:
    """Return which products have nothing of what is not wanted, a character of their titles too."""
    free = np.ones(words.shelf.n, dtype=np.bool_)
    for word in unwanted:
        free &= words.meeting(word) == 0
        if len(word) == 1:
            free &= ~words.literal((word,))
    return free


def fitting(words: ShelfWords, months: float, wanted: Sequence[str]) -> Mask:
    """Return what is for a child of some months, or for a feast of hers, no age told."""
    feasts = [words.meeting(one) > 0 for one in wanted if one in SOFT]
    fit = words.fits(months)
    return fit | words.ageless() & np.any(feasts, axis=0) if feasts else fit


def enough(words: ShelfWords, wish: Wish, met: Mapping[str, NDArray[np.float64]]) -> Mask:
    """Return what meets a wish's words: each of them if it is whole, any of them else.

    Of values of one attribute, any is enough.
    """
    groups: dict[str, list[NDArray[np.float64]]] = {}
    for word, found in met.items():
        if not SOFT.isdisjoint(ALIKE.get(word, ())):
            continue
        groups.setdefault(words.attribute(word), []).append(found)
    masks = [np.any([one > 0 for one in group], axis=0) for group in groups.values()]
    if not masks:
        return np.ones(words.shelf.n, dtype=np.bool_)
    found_in: Mask = np.all(masks, axis=0) if wish.whole else np.any(masks, axis=0)
    return found_in


def scored(words: ShelfWords, met: Mapping[str, NDArray[np.float64]]) -> NDArray[np.float64]:
    """Return how well products meet words, rare ones counting for more."""
    active = words.shelf.active
    count = max(int(active.sum()), 1)
    total = np.zeros(words.shelf.n)
    for found in met.values():
        share = float(((found > 0) & active).sum()) / count
        total += found * (np.log((1 + count) / (1 + share * count)) + (share < TOO_COMMON))
    return total
