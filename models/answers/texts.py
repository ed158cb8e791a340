"""The texts of a product as they are compared: folded, in their parts, and what they measure."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Final

from data.schemas import Item
from models.answers import ages, measures
from models.answers.facts import BOTH
from models.answers.lines import LATIN, PARTED
from models.language import HAN, plain

REMEMBERED_VALUES: Final = 20_000
"""Values of all shelves whose folded form is remembered."""
_PARTS: Final = re.compile(r"\s?[,，、;；]\s?|\s/\s")
_HEAD: Final = re.compile(r"^.*?(?=[,(/|–]|\s-\s|\s(?:in|with|for|by|of|from)\s|$)")


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
