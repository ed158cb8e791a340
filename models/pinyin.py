"""How Chinese characters sound: the usual syllable of each, without its tone."""

from __future__ import annotations

import unicodedata
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Final

import msgspec

TABLE: Final = "pinyin_dict.json"


@cache
def syllables() -> dict[str, str]:
    """Return the syllable of every character, the most usual one of several.

    The table comes with the package pypinyin, which is not imported: its phrases take memory.
    """
    found = find_spec("pypinyin")
    if found is None or found.origin is None:
        return {}
    data = (Path(found.origin).parent / TABLE).read_bytes()
    readings = msgspec.json.decode(data, type=dict[str, str])
    plain = {reading: _toneless(reading) for reading in set(readings.values())}
    return {chr(int(code)): plain[reading] for code, reading in readings.items()}


def _toneless(readings: str) -> str:
    first = unicodedata.normalize("NFD", readings.partition(",")[0].replace("ü", "v"))
    return "".join(one for one in first if unicodedata.category(one) != "Mn")
