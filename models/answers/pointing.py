"""What a question points at: a product at hand, one shown before, or one that it calls by name."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

import numpy as np

from data.knowledge import Asked
from models.answers.advice import Counter
from models.answers.following import ordinals, shown_last, taken_up
from models.answers.lines import Mask
from models.answers.product import THIS, of_which

THAT: Final = re.compile(r"那[个款件支瓶种套盒双]")
"""Points at what need not be at hand."""


def spoken_of(text: str, item_id: str, before: Sequence[Asked], counter: Counter) -> str:
    """Return the product that a folded question points at; empty where it is not clear which.

    What "that one" is called by a word (芝士那个多少钱) is looked for on the whole shelf, too.
    `item_id` is the page's, if any.
    """
    taken, shelf = taken_up(text, before, item_id), counter.shelf
    called = THAT.search(text) and not ordinals(text) and counter.speaks_of(text)
    far = bool(called) and of_which(text)
    if THIS.search(text) is None or (taken and not (far and taken in shelf.places)):
        return taken
    if taken and _met(text, counter)[shelf.places[taken]]:
        return taken
    named, places = _named(text, counter), shelf.places
    one = [name for name in shown_last(before) if name in places and named[places[name]]]
    if not one and far:
        one = [shelf.item_ids[place] for place in np.flatnonzero(named & shelf.active).tolist()]
    return one[0] if len(one) == 1 else ""


def meant(text: str, order: Sequence[int], counter: Counter) -> list[int]:
    """Return places of what on offer meets all that a folded question names; an order's if nothing.

    Those of the `order` come first.
    """
    met, listed = _met(text, counter) & counter.shelf.active, set(order)
    rest = [place for place in np.flatnonzero(met).tolist() if place not in listed]
    found = [*(place for place in order if met[place]), *rest]
    return found if found and counter.speaks_of(text) else list(order)


def _met(text: str, counter: Counter) -> Mask:
    found, words = counter.reading(text), counter.words
    met: Mask = np.ones(counter.shelf.n, dtype=np.bool_)
    for word in found.wanted:
        met &= words.meeting(word) > 0
    if found.kinds:
        met &= np.any([words.of_kind(one) > 0 for one in found.kinds], axis=0)
    return met


def _named(text: str, counter: Counter) -> Mask:
    """Say which products have all words of a question in their titles; none without words."""
    found = counter.reading(text)
    words = (*found.kinds, *found.wanted)
    named: Mask = np.full(counter.shelf.n, bool(words))
    for word in words:
        named &= counter.words.literal((word,))
    return named
