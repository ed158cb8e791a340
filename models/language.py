"""Which language a text is in, and one script for all Chinese."""

from __future__ import annotations

import re
import unicodedata
from functools import cache
from typing import Any, Final, Literal

from data.terms import SIDES
from models.text import normalise

HAN: Final = re.compile(r"[㐀-䶿一-鿿豈-﫿]")
LATIN: Final = re.compile(r"[a-z]+", re.IGNORECASE)
SPACES: Final = re.compile(r"\s+")
HAN_SHARE: Final = 0.3
"""A Chinese character says about what a third of a Latin word's letters do."""


Language = Literal["zh", "en"]
LANGUAGES: Final[tuple[Language, ...]] = ("zh", "en")
"""In the order in which words stand in both."""


def language(text: str) -> Language:
    """Return the language of a question by its share of Chinese characters among its words.

    >>> language("这支口红有 MAC 的吗"), language("do you have 口红")
    ('zh', 'en')
    """
    han, latin = len(HAN.findall(text)), len(LATIN.findall(text))
    return "zh" if han and han >= HAN_SHARE * (han + latin) * (1 + (latin > han / 2)) else "en"


def spoken(text: str, locale: str = "") -> Language:
    """Return the language to answer a text in: its own, that of a locale where it has no letters.

    >>> spoken("有吗"), spoken("???"), spoken("1", "en-GB")
    ('zh', 'zh', 'en')
    """
    lettered = HAN.search(text) or LATIN.search(text)
    return language(text) if lettered else language_of(locale or "zh")


def language_of(locale: str) -> Language:
    """Return the language that a visitor of a locale is spoken to in."""
    return "zh" if locale.lower().startswith("zh") else "en"


def side(text: str, wanted: Language) -> str:
    """Return one side of a text that stands in both languages, `中文 / English`, else all of it.

    >>> side("面膜 / Face masks", "en"), side("雪芽集", "en"), side("S / M", "zh")
    ('Face masks', '雪芽集', 'S / M')
    """
    if text.count(SIDES) != 1:
        return text
    halves = {language(half): half for half in text.split(SIDES)}
    return halves[wanted] if len(halves) == 2 else text


def plain(text: str) -> str:
    """Return a text for comparison: compatibility forms, case, script and spaces folded.

    >>> plain("請問  Ｈ２Ｏ 面膜？")
    '请问 h2o 面膜?'
    """
    folded = normalise(text)
    if HAN.search(folded):
        folded = str(_simplifier().convert(folded))
    return SPACES.sub(" ", folded).strip()


class _Characters(dict[int, int]):
    """Map characters to what they are read as, each worked out when it is first met."""

    def __missing__(self, code: int) -> int:
        read = unicodedata.normalize("NFKC", chr(code))
        if HAN.match(read):
            read = str(_simplifier().convert(read))
        found = self[code] = ord(read) if len(read) == 1 else code
        return found


_CHARACTERS: Final = _Characters()


def read_as(text: str) -> str:
    """Return a text of the same length, each character in its usual width and simplified.

    >>> read_as("治療痘痘，１００％")
    '治疗痘痘,100%'
    """
    return text if text.isascii() else text.translate(_CHARACTERS)


@cache
def _simplifier() -> Any:
    import opencc

    return opencc.OpenCC("t2s")
