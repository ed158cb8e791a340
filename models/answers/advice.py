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
from models.answers.rules import CHOICE
from models.language import SPACES, plain

MOST: Final = 3
TOO_COMMON: Final = 0.9
"""A value that nearly every product has chooses none."""

BELOW: Final = re.compile(
    r"(?:不超过|不要超过|低于|预算)\s*(\d+)|(\d+)\s*(?:元|块)?\s*(?:以内|以下|之内)"
    r"|\b(?:under|below|less than|up to|within|max)\s*[¥$]?\s*(\d+)"
)
ABOVE: Final = re.compile(
    r"(?:高于|至少)\s*(\d+)\s*元|(\d+)\s*(?:元|块)\s*以上|\bover\s*[¥$]?\s*(\d+)"
)

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
    """Hold what a question asks of a product: wanted values with their weight, price bounds."""

    wanted: tuple[str, ...]
    low: float
    high: float


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
        self._titles = {
            title: place
            for place, item in enumerate(shelf.items)
            for title in (plain(item.title), plain(item.title_en))
            if shelf.active[place] and len(title) > 2
        }

    def wish(self, question: str) -> Wish | None:
        """Read a folded question as a wish; None where no choice is asked for."""
        low, high = _bounds(question)
        wanted = [value for value in self._values if len(value) > 1 and value in question]
        for name, others in SAME.items():
            if name in question or any(word in question for word in others):
                wanted.append(name)
        wanted = [one for one in dict.fromkeys(wanted) if self._meeting(one).any()]
        asked = CHOICE.search(question) is not None
        if not asked and not (wanted and np.isfinite(high)):
            return None
        return Wish(tuple(wanted), low, high) if wanted or np.isfinite(high) else None

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

    def advise(self, wish: Wish, order: Sequence[int]) -> list[Advised]:
        """Return up to three products on offer that meet the wish best; `order` breaks ties.

        `order` lists places of the shelf, the best for this visitor first.
        """
        shelf = self._shelf
        offered = shelf.on_offer()
        price = np.nan_to_num(shelf.price, nan=0.0)
        offered &= (price >= wish.low) & (price <= wish.high)
        count = max(int(shelf.active.sum()), 1)
        total = np.zeros(shelf.n)
        met = {value: self._meeting(value) for value in wish.wanted}
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


def _bounds(question: str) -> tuple[float, float]:
    def figure(pattern: re.Pattern[str], missing: float) -> float:
        match = pattern.search(question)
        return float(next(filter(None, match.groups()))) if match else missing

    return figure(ABOVE, 0.0), figure(BELOW, np.inf)


def _values(item: Item) -> list[str]:
    return [*item.attributes.values(), *item.tags, *([item.category] if item.category else [])]


def _words(item: Item) -> str:
    values = " ".join(f"{name} {value}" for name, value in item.attributes.items())
    return " ".join((item.title, item.title_en, item.category, item.brand, *item.tags, values,
                     item.description, item.description_en))  # fmt: skip
