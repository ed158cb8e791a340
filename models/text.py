"""Words of a text in any script: Latin words as they stand, Chinese by characters and pairs."""

from __future__ import annotations

import re
import unicodedata
from typing import Final

from data.schemas import key64

WORD: Final = re.compile(r"[一-鿿぀-ヿ가-힣]+|[^\W_]+")
HAN: Final = re.compile(r"[一-鿿぀-ヿ가-힣]")


def normalise(text: str) -> str:
    """Fold width, case and compatibility forms (NFKC, casefold)."""
    return unicodedata.normalize("NFKC", text).casefold()


def words(text: str) -> list[str]:
    """Return the tokens of a text in order.

    A run of Han, kana or hangul gives its characters and its neighbouring pairs, because it has
    no spaces to split at.

    >>> words("Matte 口红 N°5")
    ['matte', '口', '红', '口红', 'n', '5']
    """
    tokens: list[str] = []
    for run in WORD.findall(normalise(text)):
        if HAN.match(run):
            tokens.extend(run)
            tokens.extend(run[i : i + 2] for i in range(len(run) - 1))
        else:
            tokens.append(run)
    return tokens


def bag(text: str, facets: tuple[str, ...]) -> dict[int, bool]:
    """Return the keys of an item's words and facets, and of each whether it is a facet."""
    terms = {key64("word", word): False for word in words(text)}
    terms.update({key64("facet", facet): True for facet in facets})
    return terms
