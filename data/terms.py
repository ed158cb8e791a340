"""Where on a shelf a text stands: categories, brands, tags and attributes, followed as they change.

Of a text in both languages, `绿茶 / Green tea`, either side is the text, too.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence, Set
from copy import copy
from functools import lru_cache, partial
from operator import attrgetter
from typing import Final, Self

import numpy as np
from numpy.typing import NDArray

from data.changes import Changes
from data.schemas import Item

SIDES: Final = " / "
Term = tuple[str, str | None]
"""What a text is said of, such as an attribute's name, and the text; None stands for any text."""

Places = NDArray[np.int32]
_NOWHERE: Final = np.empty(0, np.int32)
_NONE: Final[frozenset[Term]] = frozenset()


@lru_cache(maxsize=4_096)
def names(text: str) -> frozenset[str]:
    """Return a text and its sides, where it stands in both languages."""
    return frozenset((text, *text.split(SIDES)))


@lru_cache(maxsize=16_384)
def _terms(name: str, text: str) -> frozenset[Term]:
    """Return what is said by a text of a name."""
    return frozenset((name, side) for side in names(text))


def _category(item: Item) -> Set[Term]:
    return _terms("", item.category)


def _brand(item: Item) -> Set[Term]:
    return _terms("", item.brand)


def _tags(item: Item) -> Set[Term]:
    return _NONE.union(*(_terms("", tag) for tag in item.tags))


def _attributes(item: Item) -> Set[Term]:
    """Return each attribute by its whole name and by either side; the first of a name counts."""
    said: dict[str, str] = {}
    for attribute, value in item.attributes.items():
        for name in names(attribute):
            said.setdefault(name, value)
    return _NONE.union(*(_terms(*one) for one in said.items()), ((name, None) for name in said))


FIELDS: Final[Mapping[str, Callable[[Item], Set[Term]]]] = {
    "category": _category,
    "brand": _brand,
    "tags": _tags,
    "attributes": _attributes,
}


class Terms:
    """Know the places of each text of one field of a shelf."""

    def __init__(self, field: str) -> None:
        """Know none; `follow` looks them up."""
        self._said, self._told = attrgetter(field), FIELDS[field]
        self._lacking = field == "attributes"
        self._items: list[Item | None] = []
        self._followed = 0
        self._places: dict[Term, Places] = {}

    def behind(self, changes: Changes) -> int:
        """Count the changes that were not taken over yet."""
        return len(changes) - self._followed

    def follow(self, items: Sequence[Item], changes: Changes) -> None:
        """Take over what has changed: of a new price or stock nothing is looked up anew."""
        if self.behind(changes):
            rows = set(changes.since(self._followed, len(items)))
            self._take(items, rows, len(changes))

    def ahead(self, items: Sequence[Item], changes: Changes) -> Callable[[], Self]:
        """Return what gives a copy that has taken over what has changed by now, on any thread."""
        fresh = copy(self)
        fresh._items, fresh._places = self._items.copy(), self._places.copy()
        rows = set(changes.since(self._followed, len(items)))
        return partial(fresh._take, list(items), rows, len(changes))

    def _take(self, items: Sequence[Item], rows: Iterable[int], followed: int) -> Self:
        came: dict[Term, list[int]] = {}
        gone: dict[Term, list[int]] = {}
        self._items += [None] * (len(items) - len(self._items))
        for place in rows:
            item, before = items[place], self._items[place]
            self._items[place] = item
            if before is not None and self._said(item) == self._said(before):
                continue
            new, old = self._told(item), _NONE if before is None else self._told(before)
            for term in new - old:
                came.setdefault(term, []).append(place)
            for term in old - new:
                gone.setdefault(term, []).append(place)
        self._move(came, gone)
        self._followed = followed
        return self

    def _move(self, came: Mapping[Term, list[int]], gone: Mapping[Term, list[int]]) -> None:
        for term, places in gone.items():
            held = self._places[term]
            self._places[term] = held[np.isin(held, np.array(places, np.int32), invert=True)]
        for term, places in came.items():
            held = self.places(*term)
            self._places[term] = np.concatenate((held, np.array(places, np.int32)))
        for term in gone:
            if not len(self._places[term]):
                del self._places[term]

    def places(self, name: str, text: str | None) -> Places:
        """Return where a text is said; None asks for any."""
        return self._places.get((name, text), _NOWHERE)

    def mask(self, name: str, texts: Collection[str]) -> NDArray[np.bool_]:
        """Return the rows bool[n] that say one of some texts; an attribute that lacks says ""."""
        found = np.zeros(len(self._items), np.bool_)
        for text in texts:
            found[self.places(name, text)] = True
        if self._lacking and "" in texts:
            has = np.zeros(len(self._items), np.bool_)
            has[self.places(name, None)] = True
            found |= ~has
        return found
