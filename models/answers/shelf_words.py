"""The words of a shelf: which of its products a word means, and what kind of word it is."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import cached_property
from sys import getsizeof
from types import MappingProxyType
from typing import Final, Literal

import numpy as np
from numpy.typing import NDArray

from data.catalogue import Listings
from models.answers import measures
from models.answers.compounds import beside
from models.answers.facts import BOTH
from models.answers.goods import WIDE, Gathered
from models.answers.lines import LATIN, PARTED, Lines, Mask, holds, phrase, singular
from models.answers.sounds import Aloud
from models.answers.synonyms import ALIKE, HEADS, means_kind
from models.answers.texts import Read, folded
from models.language import HAN, plain

BY_WORDS: Final = 0.5
"""What a word counts that stands in a product's texts alone."""
SAID_OF_ALL: Final = 0.8
"""What texts of more products than this say chooses none of them."""
REMEMBERED: Final = 128
"""Words whose products are remembered until the shelf changes."""
LOOKED_FOR: Final = 1_000
"""Pieces of questions of which it is remembered whether they stand on the shelf."""
A_PRODUCT: Final = 1_000
"""Bytes that a product takes beside its texts."""
_HAN_AFTER: Final = r"(?![㐀-䶿一-鿿豈-﫿])"
_WARNS: Final = r"(?:不适合|不适用|不建议|不推荐|禁|忌|避免|\bnot |\bavoid)"
_WARNED: Final = r"(?:不|禁|慎|勿|忌|避免|咨询|遵医嘱|should not|must not|consult|avoid|ask )"
_NEAR: Final = rf"[^{PARTED}\n。;]"

Floats = NDArray[np.float64]
Kind = Literal["", "weak", "strong"]
"""Whether a word names things by its ending or place alone, or by a category or by its meaning."""


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
        self._with: dict[str, Mask] = {}
        self._stands: dict[str, bool] = {}
        self.entries: Callable[[str], bool] = lambda _: False

    @property
    def nbytes(self) -> int:
        """Count the bytes of what was read, to within a tenth: texts stand here twice."""
        lines = (self._titles, self._named, self._values, self._kinds, self._texts)
        texts = sum(getsizeof(one.text) for one in lines)
        texts += self.aloud.nbytes // 2 if "aloud" in vars(self) else 0
        return 2 * texts + A_PRODUCT * self.shelf.n + 8 * self.shelf.n * len(self._met)

    @cached_property
    def aloud(self) -> Aloud:
        """Return how what stands in titles, categories and values sounds."""
        return Aloud(self._named.text, self._values.text, self._latin)

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
        written = self._texts.holding(long) | self._titles.holding(short)
        valued, attribute = self._values.holding(long), self.attribute(word)
        if attribute == word:
            valued |= self._kinds.holding(long)
        written &= ~self._having(attribute)
        if (written & self.shelf.active).sum() > SAID_OF_ALL * self.shelf.active.sum():
            written[:] = False  # what every description says tells nothing of one
        found = np.where(written, BY_WORDS, 0.0)
        found[valued] = 1.0
        for sign in short:
            found[self._values.holding(sign)] = 1.0
        return self._keep(word, found)

    def _having(self, attribute: str) -> Mask:
        """Return which products have a value of an attribute, which counts, not what is told."""
        known = self._with.get(attribute)
        if known is None:
            told = (attribute in item.attributes for item in self.shelf.items)
            known = self._with[attribute] = np.fromiter(told, np.bool_, self.shelf.n)
        return known

    def of_kind(self, word: str) -> Floats:
        """Return which products are of a kind, by their titles and categories."""
        key = f"kind {word}"
        if key in self._met:
            return self._met[key]
        names = ALIKE.get(word, (word,))
        found = np.zeros(self.shelf.n, dtype=np.bool_)
        if word in WIDE:
            found = self._gathered(WIDE[word])
        elif word in self._sides:  # a category's whole name
            found[self._sides[word]] = True
        elif len(word) == 1:  # 包 ends 托特包, and begins much else
            found = self._named.matching(re.compile(re.escape(word) + _HAN_AFTER))
            found |= self._kinds.holding(one for one in names if len(one) > 1)
        else:
            found = self._titles.holding(names)
        if len(word) > 1 and not found.any():
            found = self._kinds.holding(names) | self._named.holding(names)
            for place in np.flatnonzero(found).tolist():
                found[place] = not self._is_other(place, names)
        return self._keep(key, found.astype(np.float64))

    def _is_other(self, place: int, names: Iterable[str]) -> bool:
        """Say whether a product is, by its title, the other of two kinds its category joins."""
        sides = [folded(one) for one in self.shelf.items[place].category.split(BOTH) if one]
        others = (one for side in sides for name in names for one in beside(side, name))
        return holds(others, self.read[self.shelf.item_ids[place]].titles)

    def _gathered(self, wide: Gathered) -> Mask:
        """Return what is of the kinds that a wide name gathers: by category, or as titles end."""
        names = "|".join(re.escape(one) for one in wide.names if HAN.search(one))
        ends = rf"(?:{names})(?![色味树套])[^\s{PARTED}]{{0,2}}(?=[\s{PARTED}\d(（]|$)"
        found = self._kinds.holding(wide.names) | self._titles.matching(re.compile(ends, re.M))
        beside: Mask = self._titles.holding(wide.beside) | self._kinds.holding(wide.beside)
        return found & ~beside

    def literal(self, words: Iterable[str]) -> Mask:
        """Return which products' titles hold any of some words as they are."""
        return self._titles.holding(words)

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

    def ageless(self) -> Mask:
        """Return which products are not told to be for any age."""
        told = (not self.read[name].ages for name in self.shelf.item_ids)
        return np.fromiter(told, np.bool_, self.shelf.n)

    def measured(self, wanted: frozenset[measures.Measure]) -> Mask:
        """Return which products are told to have all of some measures."""
        told = (self.read[name].measures for name in self.shelf.item_ids)
        return np.fromiter((wanted <= one for one in told), np.bool_, self.shelf.n)

    def offers(self, met: Floats | Mask) -> bool:
        """Say whether anything on offer is among what was found."""
        return bool((self.shelf.active & (met > 0)).any())

    def kind(self, word: str) -> Kind:
        """Say whether a word that stands on the shelf names a kind of products."""
        if word in self._sides or word in WIDE or means_kind(word):
            return "strong"
        if word in self.values or word in ALIKE:
            return ""
        if self._kinds.holding((word,)).any() or word[-1] in HEADS or self.heads(word):
            return "weak"
        return ""

    def heads(self, word: str) -> bool:
        """Say whether a Chinese title's first part ends in a word: 孜然原味鸭脖 15包 is 鸭脖."""
        key = f"head {word}"
        if key not in self._met:
            ends = re.compile(
                rf"(?:^|{PARTED})[^\s{PARTED}]*{re.escape(word)}(?=\s|{PARTED}|$)", re.M
            )
            found = HAN.search(word) is not None and len(word) > 1 and self._titles.matching(ends)
            self._keep(key, np.asarray(found, dtype=np.float64))
        return bool(np.any(self._met[key]))

    def stands(self, name: str) -> bool:
        """Say whether some Chinese characters stand in a title, category or attribute."""
        known = self._stands.get(name)
        if known is None:
            if len(self._stands) >= LOOKED_FOR:
                self._stands.clear()
            known = name in self._named.text or name in self._values.text
            self._stands[name] = known
        return known

    def writes(self, word: str) -> bool:
        """Say whether a word stands in any text of the shelf or of its seller's `entries`."""
        return bool(self._texts.holding((word,)).any()) or self.entries(word)

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
