"""Measures in words: lengths, volumes, weights and counts, the same in whatever unit they stand."""

from __future__ import annotations

import re
from typing import Final

Measure = tuple[str, float]
"""A dimension and a value in its base unit: cm, ml, g, or pieces of a kind."""

_UNITS: Final[dict[str, Measure]] = {
    "mm": ("length", 0.1), "毫米": ("length", 0.1), "cm": ("length", 1.0), "厘米": ("length", 1.0),
    "m": ("length", 100.0), "米": ("length", 100.0),
    "ml": ("volume", 1.0), "毫升": ("volume", 1.0), "l": ("volume", 1000.0),
    "升": ("volume", 1000.0),
    "g": ("weight", 1.0), "克": ("weight", 1.0), "kg": ("weight", 1000.0),
    "公斤": ("weight", 1000.0), "千克": ("weight", 1000.0), "斤": ("weight", 500.0),
}  # fmt: skip
_COUNTED: Final = "片抽颗粒枚"
_PACKED: Final = "支瓶包袋盒罐只条双"
_NUMBER: Final = r"(?<![\d.a-z])(\d+(?:\.\d+)?)"
_UNIT: Final = "|".join(sorted(map(re.escape, _UNITS), key=len, reverse=True))
_HALVES: Final = re.compile(r"(?<!\d)(\d)米(\d)(?!\d)(?:的?床(?=用))?")
_MEASURED: Final = re.compile(rf"{_NUMBER}\s?({_UNIT})(?![a-z])")
_PIECES: Final = re.compile(rf"{_NUMBER}\s?([{_COUNTED}])装?|{_NUMBER}\s?([{_PACKED}])装")
_TOLD_PIECES: Final = re.compile(rf"{_NUMBER}\s?([{_COUNTED}{_PACKED}])")


def told(text: str) -> frozenset[Measure]:
    """Return the measures that a folded text of a product names.

    >>> sorted(told("腰果 500g 罐装")), sorted(told("四件套 1.8m床")), sorted(told("面膜 10片装"))
    ([('weight', 500.0)], [('length', 180.0)], [('片', 10.0)])
    """
    found = [_measure(*one) for one in _MEASURED.findall(text)]
    found += [(unit, float(number)) for number, unit in _TOLD_PIECES.findall(text)]
    return frozenset(found)


def written(text: str, dimension: str) -> str:
    """Return the first measure of a dimension as it stands in a text; empty for none.

    >>> written("四件套 1.8m床 4件", "length"), written("面膜 10片", "片"), written("茶", "weight")
    ('1.8m', '10片', '')
    """
    for one in (*_MEASURED.finditer(text.lower()), *_TOLD_PIECES.finditer(text.lower())):
        if dimension in {one[2], _UNITS.get(one[2], ("", 0.0))[0]}:
            return text[one.start() : one.end()]
    return ""


def asked(question: str) -> tuple[frozenset[Measure], str]:
    """Return the measures that a folded question asks for, and what else it says.

    How many she would like is no measure: 两盒 is not 两盒装.

    >>> asked("有1米8床的四件套吗")[0] == asked("1.8m 的床")[0] == frozenset({("length", 180.0)})
    True
    >>> sorted(asked("半斤的有吗，一斤 0.5kg")[0]), asked("要 3 盒")
    ([('weight', 500.0)], (frozenset(), '要 3 盒'))
    """
    found: set[Measure] = set()
    for one in _HALVES.finditer(question):
        found.add(("length", 100.0 * int(one[1]) + 10.0 * int(one[2])))
    rest = _HALVES.sub(" ", question)
    found |= {_measure(*one) for one in _MEASURED.findall(rest)}
    rest = _MEASURED.sub(" ", rest)
    for one in _PIECES.finditer(rest):
        found.add((one[2] or one[4], float(one[1] or one[3])))
    return frozenset(found), _PIECES.sub(" ", rest)


def _measure(number: str, unit: str) -> Measure:
    dimension, factor = _UNITS[unit]
    return dimension, round(float(number) * factor, 3)
