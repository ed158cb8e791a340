"""How Chinese characters sound: the usual syllable of each, without its tone."""

from __future__ import annotations

import unicodedata
from functools import cache, lru_cache
from importlib.util import find_spec
from pathlib import Path
from typing import Final

import msgspec

TABLE: Final = "pinyin_dict.json"
PHRASES: Final = "phrases_dict.json"
REMEMBERED: Final = 1_000
"""Words of which it is remembered whether they are in the list."""


@cache
def syllables() -> dict[str, str]:
    """Return the syllable of every character, the most usual one of several.

    The table comes with the package pypinyin, which is not imported: its phrases take memory.
    """
    data = _read(TABLE)
    if not data:
        return {}
    readings = msgspec.json.decode(data, type=dict[str, str])
    plain = {reading: _toneless(reading) for reading in set(readings.values())}
    return {chr(int(code)): plain[reading] for code, reading in readings.items()}


@lru_cache(REMEMBERED)
def is_word(word: str) -> bool:
    """Say whether characters are one of 47,000 words whose sound the package tells.

    >>> is_word("宝石"), is_word("口宏")
    (True, False)
    """
    return f'"{word}"'.encode() in _read(PHRASES)  # looked through and not kept: few are asked for


def _read(name: str) -> bytes:
    found = find_spec("pypinyin")
    if found is None or found.origin is None:
        return b""
    return (Path(found.origin).parent / name).read_bytes()


def _toneless(readings: str) -> str:
    first = unicodedata.normalize("NFD", readings.partition(",")[0].replace("ü", "v"))
    return "".join(one for one in first if unicodedata.category(one) != "Mn")
