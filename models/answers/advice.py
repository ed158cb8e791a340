"""Advice: a wish in words becomes constraints on attributes and price, these become products."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from data.catalogue import Listings
from data.schemas import Item
from models.answers.budget import budget
from models.answers.facts import price_of
from models.answers.rules import CHOICE
from models.language import SPACES, plain

MOST: Final = 3
TOO_COMMON: Final = 0.9
"""A value that nearly every product has chooses none."""

NEGATED: Final = re.compile(
    r"(?:(?<!要)不要|(?<!想)不想要?|不喜欢|讨厌|不含|不带|(?<!是)不是|无|非|(?<![特分级识区个])别要?|除了"
    r"|\b(?:not|no|non|without|except|avoid|hate|don't (?:want|like))"
    r"(?: too| any| an?| the)?[ -])\s*$"
)
"""Ends what stands before a value that is not wanted."""

TRIMMED: Final = ' ,，:：《》“”"的'
"""What is left beside a title that was taken out of a question."""

SAME: Final[Mapping[str, tuple[str, ...]]] = {
    "干性": ("干皮", "干燥", "皮肤干", "dry"),
    "油性": ("油皮", "出油", "大油", "oily"),
    "敏感": ("敏感肌", "敏皮", "敏感皮", "sensitive", "gentle", "温和"),
    "混合": ("混油", "混干", "混合皮", "combination"),
    "黄皮": ("黄黑皮", "皮肤黄", "肤色黄", "yellow undertone", "warm undertone", "olive skin"),
    "白皮": ("冷白皮", "肤色白", "fair skin", "cool undertone"),
    "补水": ("保湿", "滋润", "hydrating", "moisturising", "moisturizing"),
    "提亮": ("美白", "亮白", "显白", "brightening"),
    "控油": ("去油", "oil control", "oil-control"),
    "舒缓": ("soothing", "泛红", "redness", "calming"),
    "抗初老": ("抗老", "抗皱", "紧致", "anti-aging", "firming"),
    "哑光": ("雾面", "matte"),
    "正红": ("大红", "true red"),
    "送礼": ("礼物", "送人", "gift", "送妈妈", "送女友", "送长辈"),
    "无香": ("没有香味", "unscented", "fragrance free", "fragrance-free"),
    "通勤": ("上班", "日常", "office", "everyday"),
    "口红": ("唇膏", "唇釉", "lipstick", "lip"),
    "面霜": ("乳霜", "cream"),
    "精华": ("serum", "essence"),
}
"""Words that visitors use for what catalogues say."""


@dataclass(frozen=True, slots=True)
class Wish:
    """Hold what a question asks of a product: wanted values, price bounds, unwanted values."""

    wanted: tuple[str, ...]
    low: float
    high: float
    unwanted: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Advised:
    """Name a product that meets a wish, and what of its attributes meets it."""

    place: int
    evidence: tuple[str, ...]


class Counter:
    """Know a shelf by the words of its attributes, tags, categories and titles."""

    def __init__(self, shelf: Listings) -> None:
        """Read the shelf as it is; make a new one when it changes."""
        self._shelf = shelf
        self._texts = [plain(_words(item)) for item in shelf.items]
        values: dict[str, set[int]] = {}
        for place, item in enumerate(shelf.items):
            if shelf.active[place]:
                for value in _values(item):
                    values.setdefault(plain(value), set()).add(place)
        self._values = values
        self._limited = [place for place, one in enumerate(shelf.listings) if one.promotions]
        self._titles = {
            title: place
            for place, item in enumerate(shelf.items)
            for title in (plain(item.title), plain(item.title_en))
            if shelf.active[place] and len(title) > 2
        }

    def wish(self, question: str) -> Wish | None:
        """Read a folded question as a wish; None where no choice is asked for."""
        low, high = budget(question)
        wanted: list[str] = []
        unwanted: list[str] = []
        for name in dict.fromkeys((*(one for one in self._values if len(one) > 1), *SAME)):
            told = _told(question, (name, *SAME.get(name, ())))
            if told is not None and self._meeting(name).any():
                (wanted if told else unwanted).append(name)
        bounded = bool(np.isfinite(high)) or low > 0
        if CHOICE.search(question) is None and not (wanted and bounded):
            return None
        found = Wish(tuple(wanted), low, high, tuple(unwanted))
        return found if wanted or bounded else None

    def named(self, question: str) -> tuple[str, str]:
        """Return the product whose whole title stands in a folded question, and what else it says.

        The longest title counts; without any the product is empty and the question whole.
        """
        best = max((title for title in self._titles if title in question), key=len, default="")
        if not best:
            return "", question
        rest = SPACES.sub(" ", question.replace(best, " ")).strip(TRIMMED)
        return self._shelf.item_ids[self._titles[best]], rest or question

    def _meeting(self, value: str) -> NDArray[np.bool_]:
        """Mask the products that have a value, by attribute or by their words."""
        names = (value, *SAME.get(value, ()))
        found = [any(name in text for name in names) for text in self._texts]
        return np.array(found, dtype=np.bool_)

    def advise(self, wish: Wish, order: Sequence[int], at: int) -> list[Advised]:
        """Return up to three products on offer that meet the wish best; `order` breaks ties.

        `order` lists places of the shelf, the best for this visitor first. Prices are those of the
        moment `at` (epoch ms), limited offers included; without one no bound is met. None where
        something is wanted and nothing on offer has any of it.
        """
        shelf = self._shelf
        offered = shelf.on_offer()
        if np.isfinite(wish.high) or wish.low > 0:
            price = shelf.price.copy()
            for place in self._limited:
                price[place] = price_of(shelf, place, at)[0]
            offered &= (price >= wish.low) & (price <= wish.high)
        for value in wish.unwanted:
            offered &= ~self._meeting(value)
        count = max(int(shelf.active.sum()), 1)
        total = np.zeros(shelf.n)
        met = {value: self._meeting(value) for value in wish.wanted}
        if met and not (offered & np.logical_or.reduce(list(met.values()))).any():
            return []
        for mask in met.values():
            share = float((mask & shelf.active).sum()) / count
            total += mask * (np.log((1 + count) / (1 + share * count)) + (share < TOO_COMMON))
        rank = np.full(shelf.n, shelf.n)
        rank[np.array(order, dtype=np.int64)] = np.arange(len(order))
        places = np.lexsort((rank, -total))
        best = total[offered].max(initial=0.0)
        chosen = [int(p) for p in places if offered[p] and total[p] >= 0.6 * best][:MOST]
        return [
            Advised(place, tuple(value for value, mask in met.items() if mask[place]))
            for place in chosen
        ]


def _told(question: str, names: Sequence[str]) -> bool | None:
    """Say whether a value is wanted, by any of its names; None for one that is not spoken of."""
    told = None
    for name in names:
        for match in re.finditer(re.escape(name), question):
            if NEGATED.search(question[: match.start()]) is None:
                return True
            told = False
    return told


def _values(item: Item) -> list[str]:
    return [*item.attributes.values(), *item.tags, *([item.category] if item.category else [])]


def _words(item: Item) -> str:
    values = " ".join(f"{name} {value}" for name, value in item.attributes.items())
    return " ".join((item.title, item.title_en, item.category, item.brand, *item.tags, values,
                     item.description, item.description_en))  # fmt: skip
