"""Advice: a wish in words becomes constraints on attributes and price, these become products."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from data.catalogue import Listings
from data.schemas import Item
from models.answers.budget import budget
from models.answers.facts import BOTH, price_of
from models.answers.rules import CAREFUL, CHOICE, PRICE, asks_for
from models.answers.wishes import (
    HAVE,
    KINDS,
    MOST_LEFT,
    SAME,
    SPENDS,
    By,
    Wish,
    going_by,
    left_over,
    told,
)
from models.language import SPACES, Language, language, plain, side

MOST: Final = 3
BY_WORDS: Final = 0.5
"""What a value counts that stands in a product's texts alone."""
ENOUGH: Final = 0.6
"""What meets this much of what the best meets is a choice, too."""
TOO_COMMON: Final = 0.9
"""A value that nearly every product has chooses none."""

REMEMBERED: Final = 64
"""Values whose products are remembered until the shelf changes."""
NEVER: Final = np.iinfo(np.int64).max

TRIMMED: Final = ' ,，:：《》“”"的'
"""What is left beside a title that was taken out of a question."""


@dataclass(frozen=True, slots=True)
class Advised:
    """Name a product that meets a wish, its price (nan: unknown), and what stands there for it."""

    place: int
    evidence: tuple[str, ...]
    price: float


class Counter:
    """Know a shelf by the words of its attributes, tags, categories and titles."""

    def __init__(self, shelf: Listings) -> None:
        """Read the shelf as it is; make a new one when it changes."""
        self._shelf = shelf
        self._texts = [plain(_words(item)) for item in shelf.items]
        known = [_values(item) for item in shelf.items]
        spelled = {value: plain(value) for one in known for value in one}  # few, of many products
        self._told = ["\n".join(spelled[value] for value in one) for one in known]
        offered = np.flatnonzero(shelf.active).tolist()
        self._values = list(dict.fromkeys(spelled[v] for place in offered for v in known[place]))
        self._met: dict[str, NDArray[np.float64]] = {}
        self._limited = [place for place, one in enumerate(shelf.listings) if one.promotions]
        self._titles = {
            title: place
            for place, item in enumerate(shelf.items)
            for title in (plain(item.title), plain(item.title_en))
            if shelf.active[place] and len(title) > 2
        }

    def wish(self, question: str, *, of_none: bool = False) -> Wish | None:
        """Read a folded question as a wish; None where no choice is asked for.

        Asked `of_none` of the products, what a kind of them costs is one.
        """
        low, high = budget(question)
        wanted: list[str] = []
        unwanted: list[str] = []
        missing = False
        for name in dict.fromkeys((*(one for one in self._values if len(one) > 1), *SAME)):
            said = told(question, (name, *SAME.get(name, ())))
            if said is not None and self._meeting(name).any():
                (wanted if said else unwanted).append(name)
            missing |= bool(said) and name in KINDS and name not in wanted
        if missing and KINDS.isdisjoint(wanted):
            return None
        wanted = [one for one in wanted if one in SAME or not _same_as(one, wanted)]
        bounded = bool(np.isfinite(high)) or low > 0
        needed = tuple(dict.fromkeys(match[0] for match in CAREFUL.finditer(question)))
        by, has = going_by(question), of_none and bool(wanted) and HAVE.search(question)
        names = [*needed, *(name for one in wanted for name in (one, *SAME.get(one, ())))]
        plainly = left_over(question, names) <= MOST_LEFT
        if by and not bounded and (asks_for(question) or not (wanted or plainly)):
            by = ""  # when new ones come, why the popular ones are dear, the cheapest of what
        there = (has and plainly) or (of_none and wanted and PRICE.search(question))
        asked = by or there or CHOICE.search(question)
        if not asked and not (bounded and (wanted or SPENDS.search(question))):
            return None
        if not wanted and not plainly:  # what is wanted besides is not known here
            return None
        found = Wish(tuple(wanted), low, high, tuple(unwanted), by, needed)
        return found if wanted or bounded or by else None

    def named(self, question: str) -> tuple[str, str]:
        """Return the product whose whole title stands in a folded question, and what else it says.

        The longest title counts; without any the product is empty and the question whole.
        """
        best = max((title for title in self._titles if title in question), key=len, default="")
        if not best:
            return "", question
        rest = SPACES.sub(" ", question.replace(best, " ")).strip(TRIMMED)
        return self._shelf.item_ids[self._titles[best]], rest or question

    def _meeting(self, value: str) -> NDArray[np.float64]:
        """Return how products meet a value: 1 by attribute, `BY_WORDS` by their texts, else 0."""
        if value in self._met:
            return self._met[value]
        names = (value, *SAME.get(value, ()))
        found = [
            1.0 if any(name in values for name in names) else
            BY_WORDS if any(name in text for name in names) else 0.0
            for values, text in zip(self._told, self._texts, strict=True)
        ]  # fmt: skip
        if len(self._met) >= REMEMBERED:
            self._met.clear()
        self._met[value] = np.array(found)
        return self._met[value]

    def advise(self, wish: Wish, order: Sequence[int], at: int, spoken: Language) -> list[Advised]:
        """Return up to three products on offer that meet the wish best; `order` breaks ties.

        `order` lists places of the shelf, the best for this visitor first. Prices are those of the
        moment `at` (epoch ms), limited offers included; without one no bound is met. None where
        something is wanted and nothing on offer has any of it, or where nothing is known of what
        the choice goes by. What stands for a product is told in the language `spoken`.
        """
        shelf = self._shelf
        offered, price = shelf.on_offer(), shelf.price.copy()
        for place in self._limited:
            price[place] = price_of(shelf, place, at)[0]
        if np.isfinite(wish.high) or wish.low > 0:
            offered &= (price >= wish.low) & (price <= wish.high)
        merit = self._merit(wish.by, price)
        offered &= merit > -np.inf
        for value in wish.unwanted:
            offered &= self._meeting(value) == 0
        for word in wish.needed:
            offered &= self._meeting(word) > 0
        count = max(int(shelf.active.sum()), 1)
        total = np.zeros(shelf.n)
        met = {value: self._meeting(value) for value in wish.wanted}
        if met and not (offered & (sum(met.values()) > 0)).any():
            return []
        for mask in met.values():
            share = float(((mask > 0) & shelf.active).sum()) / count
            total += mask * (np.log((1 + count) / (1 + share * count)) + (share < TOO_COMMON))
        rank = np.full(shelf.n, shelf.n)
        rank[np.array(order, dtype=np.int64)] = np.arange(len(order))
        best = total[offered].max(initial=0.0)
        offered &= total >= ENOUGH * best
        places = np.lexsort((rank, -total, -merit))
        return [
            Advised(
                place,
                self._evidence(place, [one for one in met if met[one][place]], wish.by, spoken),
                float(price[place]),
            )
            for place in places[offered[places]][:MOST].tolist()
        ]

    def _evidence(
        self, place: int, values: Sequence[str], by: By, spoken: Language
    ) -> tuple[str, ...]:
        """Return what stands for a product, each once."""
        told = [self._standing(place, one, spoken) for one in values]
        return tuple(dict.fromkeys(filter(None, [*told, *self._known_for(place, by, spoken)])))

    def _merit(self, by: By, price: NDArray[np.float32]) -> NDArray[np.float64]:
        """Return what a choice goes by, the highest first; -inf where it is not known."""
        shelf, none = self._shelf, -np.inf
        if by == "cheap":
            return np.where(np.isfinite(price), -price.astype(np.float64), none)
        if by == "new":  # what a shelf began with is not
            later = shelf.added_at > shelf.added_at.min(initial=NEVER, where=shelf.active)
            return np.where(later, shelf.added_at.astype(np.float64), none)
        if by == "rated":
            known = np.isfinite(shelf.rating) & (shelf.reviews > 0)
            return np.where(known, shelf.rating + 1e-6 * np.minimum(shelf.reviews, 1e4), none)
        if by == "popular":
            sold = shelf.sales if (shelf.sales > 0).any() else shelf.reviews
            return np.where(sold > 0, sold.astype(np.float64), none)
        return np.zeros(shelf.n)

    def _standing(self, place: int, value: str, spoken: Language) -> str:
        """Return what stands in a product's attributes for a value, else the word of its texts.

        Empty where that is in the other language.
        """
        names = (value, *SAME.get(value, ()))
        item = self._shelf.items[place]
        for one in (*item.attributes.values(), *item.tags, *filter(None, [item.category])):
            if any(name in plain(one) for name in names):
                return side(one, spoken)
        said = (name for name in names if name in self._texts[place])
        return next((name for name in said if language(name) == spoken), "")

    def _known_for(self, place: int, by: By, spoken: Language) -> list[str]:
        """Return the figure that a choice went by, in words."""
        shelf, chinese = self._shelf, spoken == "zh"
        if by == "popular" and shelf.sales[place] > 0:
            count = int(shelf.sales[place])
            return [f"已售 {count}" if chinese else f"{count} sold"]
        if by in {"popular", "rated"}:
            stars, count = float(shelf.rating[place]), int(shelf.reviews[place])
            starred = f"{stars:g} 分、" if chinese else f"{stars:g} stars, "
            counted = f"{count} 条评价" if chinese else f"{count} reviews"
            return [(starred if np.isfinite(stars) else "") + counted]
        return []


def _same_as(value: str, wanted: Sequence[str]) -> bool:
    """Say whether a value of the catalogue is one that is wanted by another name, too."""
    return any(name in value for one in wanted if one in SAME for name in (one, *SAME[one]))


def _values(item: Item) -> list[str]:
    known = [*item.attributes.values(), *item.tags, item.category]
    return [part for one in known for part in one.split(BOTH) if part]


def _words(item: Item) -> str:
    values = " ".join(f"{name} {value}" for name, value in item.attributes.items())
    return " ".join((item.title, item.title_en, item.category, item.brand, *item.tags, values,
                     item.description, item.description_en))  # fmt: skip
