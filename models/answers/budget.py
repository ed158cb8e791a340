"""Budgets in a question: between which prices, as people write them in Chinese and English."""

from __future__ import annotations

import re
from typing import Final

DIGITS: Final = {word: value for value, word in enumerate("零一二三四五六七八九")} | {"两": 2}
UNITS: Final = {"十": 10, "百": 100, "千": 1_000, "万": 10_000, "k": 1_000, "w": 10_000}
NEAR: Final = (0.7, 1.2)
"""What `about 200` lets through, by 200."""

_FIGURE: Final = (
    r"(\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d+(?:\.\d+)?\s?[kw千百万]?(?![a-z])|[零一二两三四五六七八九十百千万]*[十百千万]"
    r"[零一二两三四五六七八九]?)"
)
_SIGN: Final = r"[¥$€£]?\s?"
_SKIP: Final = r"[^\d零一二两三四五六七八九十百千万]{0,3}"
_COIN: Final = r"\s?(?:元|块钱?|rmb|yuan|cny|usd|dollars?|bucks)"
_WAYS: Final = {
    "between": (
        rf"{_SIGN}{_FIGURE}(?:{_COIN})?\s?(?:-|~|—|–|到|至)\s?{_SIGN}{_FIGURE}(?:{_COIN}|\s?之间)",
        rf"[¥$€£]\s?{_FIGURE}\s?(?:-|~|–|to)\s?{_SIGN}{_FIGURE}",
        rf"\b(?:between|from)\s{_SIGN}{_FIGURE}(?:{_COIN})?\s(?:and|to)\s{_SIGN}{_FIGURE}",
    ),
    "around": (
        rf"(?:预算|价位|价格){_SKIP}{_FIGURE}(?:{_COIN})?\s?(?:左右|上下|附近)",
        rf"{_FIGURE}{_COIN}\s?(?:左右|上下|附近)",
        rf"\b(?:around|about|roughly|approximately)\s[¥$€£]\s?{_FIGURE}",
        rf"\b(?:around|about|roughly|approximately)\s{_FIGURE}{_COIN}",
    ),
    "below": (
        rf"(?:不超过|不要超过|别超过|低于|少于|小于|最多|顶多|预算){_SKIP}{_FIGURE}",
        rf"{_FIGURE}(?:{_COIN})?\s?(?:以内|以下|之内|内的)",
        r"\b(?:under|below|less than|cheaper than|up to|within|max|at most|no more than"
        rf"|budget(?: is| of)?)\s{_SIGN}{_FIGURE}",
    ),
    "above": (
        rf"(?:高于|至少|不低于|超过)\s?{_FIGURE}{_COIN}",
        rf"{_FIGURE}{_COIN}\s?(?:以上|起)",
        rf"\b(?:over|above|more than|at least)\s[¥$€£]\s?{_FIGURE}",
        rf"\b(?:over|above|more than|at least)\s{_FIGURE}{_COIN}",
    ),
}
_PATTERNS: Final = {kind: [re.compile(way) for way in ways] for kind, ways in _WAYS.items()}


def budget(question: str) -> tuple[float, float]:
    """Return the lowest and the highest price that a folded question allows: 0 and inf without.

    >>> budget("推荐一支两百块以内的口红"), budget("a serum between $20 and $49.90")
    ((0.0, 200.0), (20.0, 49.9))
    """
    for pattern in _PATTERNS["between"]:
        if found := pattern.search(question):
            low, high = sorted(figure(one) for one in found.groups())
            return low, high
    for pattern in _PATTERNS["around"]:
        if found := pattern.search(question):
            middle = figure(found[1])
            return NEAR[0] * middle, NEAR[1] * middle
    high = next(
        (figure(m[1]) for p in _PATTERNS["below"] if (m := p.search(question))), float("inf")
    )
    low = next((figure(m[1]) for p in _PATTERNS["above"] if (m := p.search(question))), 0.0)
    return (low, high) if low <= high else (0.0, high)


def unpriced(question: str) -> str:
    """Return a folded question with spaces where it speaks of a budget.

    >>> unpriced("200以内的口红"), unpriced("a gift under $20")
    ('     的口红', 'a gift          ')
    """
    for ways in _PATTERNS.values():
        for way in ways:
            question = way.sub(lambda match: " " * len(match[0]), question)
    return question


def figure(words: str) -> float:
    """Return a figure in digits, with a unit or in Chinese words, as a number.

    >>> [figure(one) for one in ("1,299", "19.90", "2k", "3千", "两百五", "一千零八十", "十五")]
    [1299.0, 19.9, 2000.0, 3000.0, 250.0, 1080.0, 15.0]
    """
    text = words.replace(",", "").replace(" ", "")
    if text[0].isdigit():
        unit = UNITS.get(text[-1], 1)
        return float(text.rstrip("".join(UNITS))) * unit
    total, part, last, digit = 0, 0, 10, 0
    zero = False
    for sign in text:
        if sign in DIGITS:
            digit, zero = DIGITS[sign], zero or sign == "零"
        elif UNITS[sign] == UNITS["万"]:
            total, part, digit, last = (total + part + digit) * UNITS["万"], 0, 0, UNITS["万"]
        else:
            part, last = part + (digit or 1) * UNITS[sign], UNITS[sign]
            digit, zero = 0, False
    return float(total + part + (digit if zero else digit * max(last // 10, 1)))
