"""The words of a shelf: which of its products a word means, and what kind of word it is."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import lru_cache
from sys import getsizeof
from types import MappingProxyType
from typing import Final, Literal

import numpy as np
from numpy.typing import NDArray

from data.catalogue import Listings
from data.schemas import Item
from models.answers import ages, measures
from models.answers.facts import BOTH
from models.answers.lines import LATIN, PARTED, Lines, Mask, holds, phrase, singular
from models.answers.synonyms import ALIKE, HEADS, means_kind
from models.language import HAN, plain

BY_WORDS: Final = 0.5
"""What a word counts that stands in a product's texts alone."""
REMEMBERED: Final = 128
"""Words whose products are remembered until the shelf changes."""
REMEMBERED_VALUES: Final = 20_000
"""Values of all shelves whose folded form is remembered."""
LOOKED_FOR: Final = 1_000
"""Pieces of questions of which it is remembered whether they stand on the shelf."""
A_PRODUCT: Final = 1_000
"""Bytes that a product takes beside its texts."""
_PARTS: Final = re.compile(r"\s?[,，、;；]\s?|\s/\s")
_HEAD: Final = re.compile(r"^.*?(?=[,(/|–]|\s-\s|\s(?:in|with|for|by|of|from)\s|$)")
_HAN_AFTER: Final = r"(?![㐀-䶿一-鿿豈-﫿])"
_WARNS: Final = r"(?:不适合|不适用|不建议|不推荐|禁|忌|避免|\bnot |\bavoid)"
_WARNED: Final = r"(?:不|禁|慎|勿|忌|避免|咨询|遵医嘱|should not|must not|consult|avoid|ask )"
_NEAR: Final = rf"[^{PARTED}\n。;]"

Floats = NDArray[np.float64]
Kind = Literal["", "weak", "strong"]
"""Whether a word names things by its ending or place alone, or by a category or by its meaning."""


class Read:
    """Hold what was read of a product, folded, in few strings; PARTED stands between the parts."""

    __slots__ = ("ages", "item", "kinds", "measures", "named", "text", "titles", "values")

    def __init__(self, item: Item) -> None:
        """Fold a product's texts."""
        titles = [plain(item.title), plain(item.title_en)]
        sides = [plain(one) for one in item.category.split(BOTH) if one]
        known = (*item.attributes.values(), *item.tags)
        values = [plain(part) for one in known for part in parts(one)]
        heads = [_head(one) for one in titles if one and not HAN.search(one)]
        labelled = (f"{name} {value}" for name, value in item.attributes.items())
        told = (item.brand, *item.tags, *labelled, item.description, item.description_en)
        self.item = item
        self.titles = PARTED.join(titles)
        self.named = PARTED.join((*titles, *sides))
        self.values = PARTED.join(values)
        self.kinds = PARTED.join((*sides, *heads))
        self.text = PARTED.join((*titles, *sides, *map(plain, filter(None, told))))
        self.measures = measures.told(PARTED.join((*titles, *values)))
        self.ages = [months for one in (*values, *titles) for months in ages.told(one)]


class ShelfWords:
    """Know a shelf by the words of its titles, categories, attributes, tags and descriptions."""

    def __init__(self, shelf: Listings, known: Mapping[str, Read] = MappingProxyType({})) -> None:
        """Read the shelf as it is; what is `known` of the same products, by their ids, is kept."""
        self.shelf = shelf
        self.read: dict[str, Read] = {}
        for item in shelf.items:
            kept = known.get(item.item_id)
            same = kept is not None and kept.item is item
            self.read[item.item_id] = kept if kept is not None and same else Read(item)
        told = [self.read[name] for name in shelf.item_ids]
        self._titles = Lines([one.titles for one in told])
        self._named = Lines([one.named for one in told])
        self._values = Lines([one.values for one in told])
        self._kinds = Lines([one.kinds for one in told])
        self._texts = Lines([one.text for one in told])
        self.aged = any(one.ages for one in told)
        offered = np.flatnonzero(shelf.active).tolist()
        values = {value for place in offered for value in told[place].values.split(PARTED)}
        self.values = {phrase(value) for value in values if value}
        self._begun = {value[0] for value in self.values if value}
        self._sides: dict[str, list[int]] = {}
        for place, item in enumerate(shelf.items):
            for one in filter(None, item.category.split(BOTH)):
                self._sides.setdefault(one, []).append(place)
        self._sides = {phrase(plain(name)): places for name, places in self._sides.items()}
        called = f"{self._named.text} {self._values.text}"
        self._latin = {singular(word) for word in LATIN.findall(called)}
        self._met: dict[str, Floats] = {}
        self._of: dict[str, str] = {}
        self._stands: dict[str, bool] = {}

    @property
    def nbytes(self) -> int:
        """Count the bytes of what was read, to within a tenth: texts stand here twice."""
        lines = (self._titles, self._named, self._values, self._kinds, self._texts)
        texts = sum(getsizeof(one.text) for one in lines)
        return 2 * texts + A_PRODUCT * self.shelf.n + 8 * self.shelf.n * len(self._met)

    def titles(self, item_id: str) -> list[str]:
        """Return a product's folded titles."""
        return self.read[item_id].titles.split(PARTED)

    def written(self, place: int) -> str:
        """Return all folded texts of a product."""
        return self.read[self.shelf.item_ids[place]].text

    def meeting(self, word: str) -> Floats:
        """Return how products meet a word: 1 by attribute, `BY_WORDS` by their texts, else 0."""
        if word in self._met:
            return self._met[word]
        if len(word) == 1 and word not in ALIKE:  # 黑 stands for 黑色, not for what has it inside
            begun = re.compile(rf"(?:^|{PARTED}){re.escape(word)}", re.MULTILINE)
            return self._keep(word, self._values.matching(begun).astype(np.float64))
        names = ALIKE.get(word, (word,))
        long, short = [one for one in names if len(one) > 1], [one for one in names if len(one) < 2]
        found = np.where(self._texts.holding(long) | self._named.holding(short), BY_WORDS, 0.0)
        found[self._values.holding(long) | self._kinds.holding(long)] = 1.0
        for sign in short:
            found[self._values.holding(sign)] = 1.0
        return self._keep(word, found)

    def of_kind(self, word: str) -> Floats:
        """Return which products are of a kind, by their titles and categories."""
        key = f"kind {word}"
        if key in self._met:
            return self._met[key]
        names = ALIKE.get(word, (word,))
        found = np.zeros(self.shelf.n, dtype=np.bool_)
        if word in self._sides:  # a category's whole name
            found[self._sides[word]] = True
        elif len(word) == 1:  # 包 ends 托特包, and begins much else
            found = self._named.matching(re.compile(re.escape(word) + _HAN_AFTER))
            found |= self._kinds.holding(one for one in names if len(one) > 1)
        else:
            found = self._titles.holding(names)
        if len(word) > 1 and not found.any():
            found = self._kinds.holding(names) | self._named.holding(names)
        return self._keep(key, found.astype(np.float64))

    def free_of(self, forms: tuple[str, ...]) -> str:
        """Return the first of some ways to say what products lack that something on offer says."""
        return next((form for form in forms if self.offers(self._texts.holding((form,)))), "")

    def speaks_for(self, word: str) -> Mask:
        """Return which products' texts hold a word, and none of them warns of what it says."""
        name = re.escape(word)
        warned = re.compile(rf"{_WARNS}{_NEAR}{{0,16}}{name}|{name}{_NEAR}{{0,12}}{_WARNED}")
        return self._texts.holding((word,)) & ~self._texts.matching(warned)

    def fits(self, months: float) -> Mask:
        """Return which products are told to be for a child of some months."""
        told = (self.read[name].ages for name in self.shelf.item_ids)
        fit = (any(low <= months <= high for low, high in one) for one in told)
        return np.fromiter(fit, np.bool_, self.shelf.n)

    def measured(self, wanted: frozenset[measures.Measure]) -> Mask:
        """Return which products are told to have all of some measures."""
        told = (self.read[name].measures for name in self.shelf.item_ids)
        return np.fromiter((wanted <= one for one in told), np.bool_, self.shelf.n)

    def offers(self, met: Floats | Mask) -> bool:
        """Say whether anything on offer is among what was found."""
        return bool((self.shelf.active & (met > 0)).any())

    def kind(self, word: str) -> Kind:
        """Say whether a word that stands on the shelf names a kind of products."""
        if word in self._sides or means_kind(word):
            return "strong"
        if word in self.values or word in ALIKE:
            return ""
        if self._kinds.holding((word,)).any() or word[-1] in HEADS:
            return "weak"
        return ""

    def stands(self, name: str) -> bool:
        """Say whether some Chinese characters stand in a title, category or attribute."""
        known = self._stands.get(name)
        if known is None:
            if len(self._stands) >= LOOKED_FOR:
                self._stands.clear()
            known = name in self._named.text or name in self._values.text
            self._stands[name] = known
        return known

    def says(self, word: str) -> bool:
        """Say whether an English word stands in a title, category or attribute."""
        return word in self._latin

    def begins(self, sign: str) -> bool:
        """Say whether an attribute's value begins with a character."""
        return sign in self._begun

    def attribute(self, word: str) -> str:
        """Return the name of the attribute that a word is a value of, else the word."""
        if word not in self._of:
            if len(self._of) >= LOOKED_FOR:
                self._of.clear()
            self._of[word] = next(self._attributes(ALIKE.get(word, (word,))), word)
        return self._of[word]

    def _attributes(self, names: tuple[str, ...]) -> Iterator[str]:
        for place in np.flatnonzero(self._values.holding(names)).tolist():
            for kind, value in self.shelf.items[place].attributes.items():
                if holds(names, folded(value)):
                    yield kind

    def _keep(self, key: str, found: Floats) -> Floats:
        if len(self._met) >= REMEMBERED:
            self._met.clear()
        self._met[key] = found
        return found


@lru_cache(REMEMBERED_VALUES)
def folded(value: str) -> str:
    """Return a value of an attribute, a tag or a category as it is compared."""
    return plain(value)


def parts(value: str) -> list[str]:
    """Return the values that stand in one text, be it in either language.

    >>> parts("干性 / dry skin"), parts("dry, oily"), parts("")
    (['干性', 'dry skin'], ['dry', 'oily'], [])
    """
    return list(filter(None, _PARTS.split(value)))


def _head(title: str) -> str:
    """Return the word that an English title is about.

    >>> _head("relaxed linen dress in off-white"), _head("retinol night cream 50ml")
    ('dress', 'cream')
    """
    begun = _HEAD.match(title)
    words = [one for one in LATIN.findall(begun[0] if begun else title) if one[0].isalpha()]
    return words[-1] if words else ""
