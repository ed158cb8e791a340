"""Budgets in a question: between which prices, as people write them in Chinese and English."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Final

DIGITS: Final = {word: value for value, word in enumerate("零一二三四五六七八九")} | {"两": 2}
UNITS: Final = {"十": 10, "百": 100, "千": 1_000, "万": 10_000, "k": 1_000, "w": 10_000}
Bounds = tuple[float, float]

NEAR: Final = (0.7, 1.2)
"""What `about 200` lets through, by 200."""

_FIGURE: Final = (
    r"(\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d+(?:\.\d+)?\s?[kw千百万]?(?![a-z])"
    r"|[零一二两三四五六七八九十百千万]*[十百千万]"
    r"[零一二两三四五六七八九]?)"
)
_SIGN: Final = r"[¥$€£]?\s?"
_SKIP: Final = r"[^\d零一二两三四五六七八九十百千万]{0,3}"
_COIN: Final = r"\s?(?:元|块钱?|rmb|yuan|cny|usd|dollars?|bucks)"
_BARE: Final = r"\d{3,5}(?![\d岁月年天日号码斤克片个支件条毫厘米升gkmlc%度])"
"""A figure without a unit, of three digits and more: people leave out what money is."""
_SIZED: Final = (
    r"(?!.{0,5}(?:穿|码|身高|体重|鞋|童装|裤|宝宝|孩子|女生|男生|老人|拼图|灯|能到|发货|到货))"
)
_UNNAMED: Final = re.compile(
    r"(?<![\d.高重码年温])(\d{2,5})\s?(?:-|~|–|到|至)\s?(\d{2,5})(?=的|\W*$)"
    r"(?!.{0,3}(?:穿|码|童装|拼图|灯|宝宝|孩子))"
)
APART: Final = 50
"""How far apart two bare figures are that are prices, and not sizes of shoes or children."""
_ONES: Final = "一二两三四五六七八九"
_IN_COINS: Final = r"(?:块钱?|元)"
_NO_MONEY: Final = r"(?!\s?[天年月岁个片包克斤页人种毫mg])"
_TENS: Final = {"十": 10.0, "百": 100.0, "千": 1_000.0}


def _span(first: str, second: str, unit: str) -> Bounds:
    return _TENS[unit] * DIGITS[first], _TENS[unit] * (DIGITS[second] + 0.2)


def _more(words: str, unit: str, more: str) -> Bounds:
    low = _TENS[unit] * DIGITS.get(words, 1)
    return low, low + (0.3 if more == "出头" else 1.0) * _TENS[unit] - 1


def _some(unit: str) -> Bounds:
    return _TENS[unit], 10 * _TENS[unit]


def _more_than(words: str) -> Bounds:
    low = float(words)
    return low, low + 10.0 ** (len(words) - 1) - 1


def _near(words: str) -> Bounds:
    middle = figure(words)
    return NEAR[0] * middle, NEAR[1] * middle


_SPOKEN: Final[tuple[tuple[re.Pattern[str], Callable[..., Bounds]], ...]] = (
    (re.compile(rf"([{_ONES}])([{_ONES}])([十百千])(?![{_ONES}]){_IN_COINS}?{_NO_MONEY}"), _span),
    (re.compile(rf"([{_ONES}]?)(十)(几){_IN_COINS}?{_NO_MONEY}"), _more),
    (re.compile(rf"(?<![{_ONES}十重])([{_ONES}])([百千])(多|出头){_IN_COINS}?{_NO_MONEY}"), _more),
    (re.compile(rf"([{_ONES}]?)(十)(多){_IN_COINS}"), _more),
    (re.compile(rf"几([十百千]){_IN_COINS}"), _some),
    (re.compile(rf"(?<![\d.])(\d{{2,4}})多(?:{_IN_COINS}|(?=的|$))"), _more_than),
    (re.compile(rf"([百千])(?:来|把){_IN_COINS}"), _near),
    (
        re.compile(rf"([{_ONES}]?[十百千][零{_ONES}十百]*)\s?(?:左右|上下)(?!.{{0,4}}[天年月岁])"),
        _near,
    ),
    (re.compile(r"\b(?:around|about) (\d{2,4})(?=\W*$| (?:for|please|yuan)\b)"), _near),
)
"""Prices as they are said, a unit or a figure left out."""
_WAYS: Final = {
    "between": (
        rf"{_SIGN}{_FIGURE}(?:{_COIN})?\s?(?:-|~|—|–|到|至)\s?{_SIGN}{_FIGURE}(?:{_COIN}|\s?之间)",
        r"([一二两三四五六七八九]?[百千])(?:到|至)([一二两三四五六七八九][百千])",
        rf"[¥$€£]\s?{_FIGURE}\s?(?:-|~|–|to)\s?{_SIGN}{_FIGURE}",
        rf"\b(?:between|from)\s{_SIGN}{_FIGURE}(?:{_COIN})?\s(?:and|to)\s{_SIGN}{_FIGURE}",
    ),
    "around": (
        rf"(?:预算|价位|价格){_SKIP}{_FIGURE}(?:{_COIN})?\s?(?:左右|上下|附近)",
        rf"{_FIGURE}{_COIN}\s?(?:左右|上下|附近)",
        rf"(?<!身高)(?<!体重)(?<!围)(?<!spf)(?<![\d.高重约点])({_BARE})\s?(?:左右|上下){_SIZED}",
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
        r"([一二两三四五六七八九]?[百千])以上",
        rf"(?<!spf)(?<![\d高重])({_BARE})\s?以上(?=的|\W*$){_SIZED}",
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
    >>> budget("五六十的湿巾"), budget("十几块的零食"), budget("三百左右的红茶")
    ((50.0, 62.0), (10.0, 19.0), (210.0, 360.0))
    >>> budget("500多的大衣"), budget("一百到两百的茶"), budget("a bag around 200")
    ((500.0, 599.0), (100.0, 200.0), (140.0, 240.0))
    >>> budget("38-40的鞋"), budget("有120-130的吗"), budget("160左右能穿吗")
    ((0.0, inf), (0.0, inf), (0.0, inf))
    """
    for way, bounds in _SPOKEN:
        if found := way.search(question):
            return bounds(*found.groups())
    for pattern in _PATTERNS["between"]:
        if found := pattern.search(question):
            low, high = sorted(figure(one) for one in found.groups())
            return low, high
    if (found := _UNNAMED.search(question)) and _apart(found):
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


def _apart(found: re.Match[str]) -> bool:
    return int(found[2]) - int(found[1]) >= APART


def unpriced(question: str) -> str:
    """Return a folded question with spaces where it speaks of a budget.

    >>> unpriced("200以内的口红"), unpriced("a gift under $20")
    ('     的口红', 'a gift          ')
    """
    question = _UNNAMED.sub(
        lambda found: " " * len(found[0]) if _apart(found) else found[0], question
    )
    for way, _ in _SPOKEN:
        question = way.sub(lambda match: " " * len(match[0]), question)
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
