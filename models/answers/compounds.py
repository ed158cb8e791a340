"""Names of categories that join two kinds: 白茶普洱, Masks & cleansers."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Final

from models.answers.goods import GOODS, WIDE
from models.answers.lines import holds, phrase
from models.answers.synonyms import HEADS, means_kind
from models.language import HAN

REMEMBERED: Final = 1_000
"""Words and categories of which it is remembered what else is joined."""
_APART: Final = re.compile(r"\s*(?:[&+,/、·]|\band\b|[和与及])\s*")
_GATHERED: Final = frozenset(name for wide in WIDE.values() for name in wide.names)

_SHORT: Final = {"普洱": ("生普", "熟普", "熟茶")}
"""Kinds that titles call by a shorter name."""


@lru_cache(REMEMBERED)
def beside(category: str, word: str) -> tuple[str, ...]:
    """Return the kinds that a folded name of a category joins to one; none where it is no pair.

    >>> beside("白茶普洱", "白茶"), beside("masks & cleansers", "mask")
    (('普洱', '生普', '熟普', '熟茶'), ('cleanser',))
    >>> beside("电子文具", "文具"), beside("绿茶", "绿茶")
    ((), ())
    """
    parts = list(filter(None, _APART.split(category)))
    if len(parts) > 1:
        others = [phrase(part) for part in parts if not holds((word,), part)]
        return tuple(others) if len(others) < len(parts) else ()
    rest = category.removeprefix(word) if category.startswith(word) else category.removesuffix(word)
    if rest == category or not (_is_kind(word) and _is_kind(rest)):
        return ()
    return (rest, *_SHORT.get(rest, ()))


def _is_kind(word: str) -> bool:
    """Say whether Chinese characters name a kind by themselves, by their meaning or their end."""
    ends = len(word) > 1 and HAN.search(word) is not None and word[-1] in HEADS
    return ends or word in GOODS or word in _GATHERED or means_kind(word)
