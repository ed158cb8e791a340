"""The words of each trade, read from `trades/*.toml`: its products and what they are called.

All brands, shops and nicknames are invented. Every word stands in Chinese and English.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Final

import msgspec

Words = tuple[str, str]
"""A text in Chinese and in English."""

TRADES: Final = ("beauty", "food", "baby", "fashion", "home", "tea")
_FOLDER: Final = Path(__file__).parent / "trades"


class Attribute(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Name an attribute and its values; the one at `neutral` pleases everyone a little."""

    name: Words
    values: tuple[Words, ...]
    weight: float = 1.0
    neutral: int = -1


class Category(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Describe a category: its words, price, seasons and what is looked at next.

    `price` CNY at the middle tier; `peak` month of the year and `swing` its strength in logits;
    `gift` pull before gift festivals; `repeat_days` usual gap between purchases, 0: bought once;
    `leads_to` logits by English category name; `packs[k]` are those of `nouns[k]` (the last one
    serves the rest), alternatives parted by `|`; `only` limits attributes to some of their values;
    `zh`, `en` (title patterns), `heroes` and `sentences` stand in for the trade's.
    """

    name: Words
    price: float
    nouns: tuple[Words, ...]
    packs: tuple[Words, ...]
    attributes: tuple[str, ...]
    leads_to: dict[str, float] = {}
    peak: int = 1
    swing: float = 0.0
    gift: float = 0.0
    repeat_days: int = 0
    only: dict[str, tuple[int, ...]] = {}
    zh: str = ""
    en: str = ""
    heroes: tuple[Words, ...] = ()
    sentences: tuple[Words, ...] = ()


class Brand(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Name a brand and its price tier: 0 budget, 1 middle, 2 premium."""

    name: Words
    tier: int


class Trade(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Hold everything that is said and sold in one trade; `weight` is its share of the sellers."""

    id: str
    name: Words
    weight: float
    zh: str
    en: str
    heroes: tuple[Words, ...]
    tags: tuple[Words, ...]
    sentences: tuple[Words, ...]
    brands: tuple[Brand, ...]
    shops: tuple[Words, ...]
    titles: tuple[Words, ...]
    stories: tuple[Words, ...]
    attributes: dict[str, Attribute]
    categories: tuple[Category, ...]


class Names(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Hold shopkeepers' nicknames and places, shared by all trades."""

    nicks: tuple[Words, ...]
    regions: tuple[Words, ...]


def both(words: Words) -> str:
    """Write a bilingual label as one string.

    >>> both(("面膜", "Face masks"))
    '面膜 / Face masks'
    """
    return f"{words[0]} / {words[1]}"


@cache
def trades() -> tuple[Trade, ...]:
    """Read all trades, the most common first."""
    return tuple(
        msgspec.toml.decode((_FOLDER / f"{name}.toml").read_bytes(), type=Trade) for name in TRADES
    )


@cache
def names() -> Names:
    """Read nicknames and places."""
    return msgspec.toml.decode((_FOLDER / "names.toml").read_bytes(), type=Names)
