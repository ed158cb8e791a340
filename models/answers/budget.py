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
_BARE: Final = r"\d{2,5}(?![\d岁月年天日号码斤克片个支件条毫厘米升gkmlc%度])"
"""A figure without a unit, of two digits and more: people leave out what money is."""
_SIZED: Final = r"(?!.{0,4}(?:穿|码|身高|体重|能到|发货|到货))"
_UNNAMED: Final = re.compile(
    rf"(?<![\d.高重码年])({_BARE})\s?(?:-|~|–|到|至)\s?({_BARE})(?=的|\W*$){_SIZED}"
)
APART: Final = 50
"""How far apart two bare figures are that are prices, and not sizes of shoes or children."""
_HUNDREDS: Final = re.compile(
    r"(?<![二三四五六七八九十])([一两二三四五六七八九])百(多|来|出头)(?:块钱?|元)?|(几)([十百])(?:块钱?|元)"
)
_WAYS: Final = {
    "between": (
        rf"{_SIGN}{_FIGURE}(?:{_COIN})?\s?(?:-|~|—|–|到|至)\s?{_SIGN}{_FIGURE}(?:{_COIN}|\s?之间)",
        rf"[¥$€£]\s?{_FIGURE}\s?(?:-|~|–|to)\s?{_SIGN}{_FIGURE}",
        rf"\b(?:between|from)\s{_SIGN}{_FIGURE}(?:{_COIN})?\s(?:and|to)\s{_SIGN}{_FIGURE}",
    ),
    "around": (
        rf"(?:预算|价位|价格){_SKIP}{_FIGURE}(?:{_COIN})?\s?(?:左右|上下|附近)",
        rf"{_FIGURE}{_COIN}\s?(?:左右|上下|附近)",
        rf"(?<!身高)(?<!体重)(?<![\d.高重约点])({_BARE})\s?(?:左右|上下){_SIZED}",
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
        rf"(?<![\d高重])({_BARE})\s?以上(?=的|\W*$){_SIZED}",
        rf"\b(?:over|above|more than|at least)\s[¥$€£]\s?{_FIGURE}",
        rf"\b(?:over|above|more than|at least)\s{_FIGURE}{_COIN}",
    ),
}
_PATTERNS: Final = {kind: [re.compile(way) for way in ways] for kind, ways in _WAYS.items()}


def budget(question: str) -> tuple[float, float]:
    """Return the lowest and the highest price that a folded question allows: 0 and inf without.

    >>> budget("推荐一支两百块以内的口红"), budget("a serum between $20 and $49.90")
    ((0.0, 200.0), (20.0, 49.9))
    >>> budget("200左右的裙子"), budget("300-500的鞋"), budget("一百多的包")
    ((140.0, 240.0), (300.0, 500.0), (100.0, 199.0))
    >>> budget("38-40的鞋"), budget("有120-130的吗"), budget("160左右能穿吗")
    ((0.0, inf), (0.0, inf), (0.0, inf))
    """
    if some := _HUNDREDS.search(question):
        if some[3]:
            unit = 10.0 if some[4] == "十" else 100.0
            return unit, 10 * unit
        low = 100.0 * DIGITS[some[1]]
        return low, low + (30 if some[2] == "出头" else 99)
    for pattern in _PATTERNS["between"]:
        if found := pattern.search(question):
            low, high = sorted(figure(one) for one in found.groups())
            return low, high
    if (found := _UNNAMED.search(question)) and int(found[2]) - int(found[1]) >= APART:
        return float(found[1]), float(found[2])
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
    if budget(question) != (0.0, float("inf")):
        question = _UNNAMED.sub(lambda match: " " * len(match[0]), question)
    question = _HUNDREDS.sub(lambda match: " " * len(match[0]), question)
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
