"""Which language a text is in, and one script for all Chinese."""

from __future__ import annotations

import re
from functools import cache
from typing import Any, Final, Literal

from models.text import normalise

HAN: Final = re.compile(r"[㐀-䶿一-鿿豈-﫿]")
LATIN: Final = re.compile(r"[a-z]+", re.IGNORECASE)
SPACES: Final = re.compile(r"\s+")
HAN_SHARE: Final = 0.3
"""A Chinese character says about what a third of a Latin word's letters do."""


def language(text: str) -> Literal["zh", "en"]:
    """Return the language of a question by its share of Chinese characters among its words.

    >>> language("这支口红有 MAC 的吗"), language("do you have 口红")
    ('zh', 'en')
    """
    han, latin = len(HAN.findall(text)), len(LATIN.findall(text))
    return "zh" if han and han >= HAN_SHARE * (han + latin) * (1 + (latin > han / 2)) else "en"


def plain(text: str) -> str:
    """Return a text for comparison: compatibility forms, case, script and spaces folded.

    >>> plain("請問  Ｈ２Ｏ 面膜？")
    '请问 h2o 面膜?'
    """
    folded = normalise(text)
    if HAN.search(folded):
        folded = str(_simplifier().convert(folded))
    return SPACES.sub(" ", folded).strip()


@cache
def _simplifier() -> Any:
    import opencc

    return opencc.OpenCC("t2s")
