"""How products differ that a question holds against each other: in price and what is told."""

from __future__ import annotations

import re
from collections.abc import Sequence
from math import isfinite
from typing import Final

from data.catalogue import Listings
from data.knowledge import Asked
from models.answers.adlaw import refused
from models.answers.facts import price_of
from models.answers.following import ordinals, shown_last
from models.answers.product import THIS
from models.answers.rules import PRICE
from models.language import Language, side
from models.money import money

BARE: Final = 8
"""Characters up to which a question for a price names nothing."""
MOST: Final = 3
"""Products that are compared at once."""
COMPARES: Final = re.compile(
    r"区别|不同|不一样|差别|差在|对比|比较|哪[个款件支]?(?:更|比较)?(?:好|便宜|值|贵|划算|合适|适合)|选哪|怎么选"
    r"|\b(?:differen\w+|compar\w+|versus|vs|better|cheaper one|which one)\b"
)
"""Asks how products differ."""
_THEM: Final = re.compile(r"^(?:那|请问)?(?:哪[个款件支]|which (?:one|is))[^,]{0,8}$")
"""Asks which of what was shown, as nothing is named."""
_BOTH: Final = re.compile(
    r"这[两俩2]|两[个款件支]|它们|这几[个款]|这些"
    r"|\b(?:these|the two|both|them)\b"
)


def compared(question: str, named: Sequence[str], before: Sequence[Asked]) -> list[str]:
    """Return the products that a folded question compares, by ids; none where it does not.

    They are `named` by their titles, pointed at by their places in the last answer, or are those
    of that answer altogether.
    """
    if COMPARES.search(question) is None:
        return []
    shown = shown_last(before)
    places = (place for place in ordinals(question) if -len(shown) <= place < len(shown))
    pointed = [*named, *(shown[place] for place in places)]
    if len(pointed) < 2 and not named and (_BOTH.search(question) or _THEM.search(question)):
        two = re.search(r"[两俩2]|\b(?:two|both)\b", question) is not None
        pointed = list(shown[: 2 if two else MOST])
    return list(dict.fromkeys(pointed))[:MOST] if len(set(pointed)) > 1 else []


def asked_of_all(question: str, before: Sequence[Asked]) -> list[str]:
    """Return the products shown last, if a folded question asks for no more than their price."""
    bare = len(question) <= BARE and PRICE.search(question) is not None
    points = ordinals(question) or THIS.search(question)
    return list(shown_last(before)[:MOST]) if bare and not points else []


def differences(shelf: Listings, names: Sequence[str], at: int, spoken: Language) -> list[str]:
    """Return for each product what is told of it that is not told alike of all; its price first.

    Prices are those of the moment `at` (epoch ms); what the law forbids to say is left out.
    """
    places = [shelf.places[name] for name in names]
    items = [shelf.items[place] for place in places]
    told = dict.fromkeys(name for item in items for name in item.attributes)
    apart = [one for one in told if len({item.attributes.get(one, "") for item in items}) > 1]
    chinese = spoken == "zh"
    found = []
    for place, item in zip(places, items, strict=True):
        price, stars = price_of(shelf, place, at)[0], float(shelf.rating[place])
        said = [f"¥{money(price)}"] if isfinite(price) else []
        said += [
            f"{side(name, spoken)}{'：' if chinese else ': '}{side(item.attributes[name], spoken)}"
            for name in apart
            if name in item.attributes and not refused(item.attributes[name])
        ]
        if isfinite(stars):
            said.append(f"{stars:g} 分" if chinese else f"{stars:g} stars")
        found.append(("，" if chinese else ", ").join(said))
    return found
