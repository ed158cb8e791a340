"""How Chinese characters sound: the usual syllable of each, without its tone."""

from __future__ import annotations

import re
import unicodedata
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Final

import msgspec

TABLE: Final = "pinyin_dict.json"
PHRASES: Final = "phrases_dict.json"
_WORD: Final = re.compile(r'^"([^"]+)": ', re.MULTILINE)


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


def is_word(word: str) -> bool:
    """Say whether characters are one of 47,000 words whose sound the package tells.

    >>> is_word("宝石"), is_word("口宏")
    (True, False)
    """
    return f"\n{word}\n" in words().get(word[:1], "")


@cache
def words() -> dict[str, str]:
    """Return the words by their first character, a line each: a set takes five times as much."""
    found: dict[str, list[str]] = {}
    for word in _WORD.findall(_read(PHRASES).decode()):
        found.setdefault(word[0], []).append(word)
    return {first: "\n".join(("", *words, "")) for first, words in found.items()}


def _read(name: str) -> bytes:
    found = find_spec("pypinyin")
    if found is None or found.origin is None:
        return b""
    return (Path(found.origin).parent / name).read_bytes()


def _toneless(readings: str) -> str:
    first = unicodedata.normalize("NFD", readings.partition(",")[0].replace("ü", "v"))
    return "".join(one for one in first if unicodedata.category(one) != "Mn")
