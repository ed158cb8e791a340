"""Ages in words: how old a child is that a question speaks of, and for what ages a product is."""

from __future__ import annotations

import re
from typing import Final

from models.answers.budget import DIGITS

Months = tuple[float, float]

_NUMBER: Final = (
    r"(\d+(?:\.\d+)?|[一二两三四五六七八九]?十[一二三四五六七八九]?|[半一二两三四五六七八九])"
)
_WORDS: Final = {
    word: float(number)
    for number, word in enumerate(
        [
            "zero",
            "one",
            "two",
            "three",
            "four",
            "five",
            "six",
            "seven",
            "eight",
            "nine",
            "ten",
            "eleven",
            "twelve",
        ]
    )
} | {"a": 1.0}
_ENGLISH: Final = rf"(\d+(?:\.\d+)?|{'|'.join(sorted(_WORDS, key=len, reverse=True))})"
_OLD: Final = (
    re.compile(rf"{_NUMBER}\s?(?:周岁|岁)(半)?"),
    re.compile(rf"{_NUMBER}\s?个?月(?:龄|大)?(?=的?(?:宝|娃|孩|婴|小|$|[^前后内就以不]))"),
    re.compile(r"()(?:刚出生|新生儿?|newborn|待产包?)"),
    re.compile(rf"\b{_ENGLISH}[ -](?:years?|yrs?|yo)(?:[ -]olds?)?\b()"),
    re.compile(rf"\b{_ENGLISH}[ -]months?(?:[ -]olds?)?\b"),
)
_FEASTS: Final = (
    ("满月", 1.0, re.compile(r"满月(?![脸灯])(?!.{0,3}[退换])[宴酒礼]?")),
    (
        "百天",
        3.3,
        re.compile(
            r"(?<![\d一二三四五六七八九千])(?:百[天日](?![咳草菊])|百岁(?![山老奶爷])"
            r"|100天(?=宴|酒|礼|送|的?宝))[宴酒礼]?"
        ),
    ),
    ("周岁", 12.0, re.compile(r"周岁[宴酒礼]")),
)
"""Feasts of a child's first year, and how many months old it is then."""
_BELOW: Final = re.compile(
    rf"(?<!质保)(?<!保修)(?<!用了)(?<!买了){_NUMBER}\s?(周岁|岁|个月|月龄)(?:以下|以内|之内|不到"
    rf"|内)(?!发|到|送)(?!.{{0,4}}[退换修坏用])"
)
_IN_YEARS: Final = (0, 3)
_CHILD: Final = re.compile(
    r"宝宝|宝贝|孩子|小孩|小朋友|娃娃?|婴儿|儿童|女儿|儿子|[男女]孩|[男女]宝|\b(?:bab(?:y|ies)"
    r"|toddlers?|child(?:ren)?|kids?|infants?|boys?|girls?|sons?|daughters?)\b"
)
_BETWEEN: Final = re.compile(
    r"(\d+(?:\.\d+)?)\s?(?:岁|个?月|months?|years?)?\s?(?:-|–|—|~|到|至|to)\s?(\d+(?:\.\d+)?)\s?(岁"
    r"|个?月|months?|years?)"
)
_FROM: Final = re.compile(r"(\d+(?:\.\d+)?)\s?(岁|个月|months?|years?)\s?(?:以上|\+|up|and up|起)")
_ANY: Final = re.compile(r"通用|全年龄|不限年龄|\b(?:any|all) ages?\b")


def asked(question: str) -> tuple[float | None, str]:
    """Return a child's age in months, None if none is told, and what else a folded question says.

    Of a range it is the middle. Words for children say nothing beside it.

    >>> asked("两岁半宝宝的玩具"), asked("books for a 4-year-old"), asked("六个月吃什么")[0]
    ((30.0, '   的玩具'), (48.0, 'books for a  '), 6.0)
    >>> asked("toys for a one year old")[0], asked("3-6岁的绘本")[0], asked("6个月以下的玩具")[0]
    (12.0, 54.0, 3.0)
    >>> asked("满月送什么礼好")
    (1.0, ' 送什么礼好')
    """
    if between := _BETWEEN.search(question):
        low, high = (float(one) * _unit(between[3]) for one in between.groups()[:2])
        rest = f"{question[: between.start()]} {question[between.end() :]}"
        return (low + high) / 2, _CHILD.sub("  ", rest)
    if below := _BELOW.search(question):
        rest = f"{question[: below.start()]} {question[below.end() :]}"
        return _number(below[1]) * _unit(below[2]) / 2, _CHILD.sub("  ", rest)
    for _, months, feast in _FEASTS:
        if feast.search(question):
            return months, _CHILD.sub("  ", feast.sub(" ", question, count=1))
    for place, pattern in enumerate(_OLD):
        if match := pattern.search(question):
            years = _number(match[1]) * (12 if place in _IN_YEARS else 1)
            half = 6 if match.lastindex and match.lastindex > 1 and match[2] else 0
            rest = f"{question[: match.start()]} {question[match.end() :]}"
            return years + half, _CHILD.sub("  ", rest)
    return None, _CHILD.sub("  ", question)


def feasts(question: str) -> list[str]:
    """Return the feasts of a child's first year that a folded question names.

    >>> feasts("满月送什么礼好"), feasts("一周岁宝宝")
    (['满月'], [])
    """
    return [name for name, _, feast in _FEASTS if feast.search(question)]


def told(text: str) -> list[Months]:
    """Return the ranges of ages in months that a folded text names, both ends included.

    >>> told("月龄 6-12个月"), told("1–3 years"), told("3岁以上"), told("40片")
    ([(6.0, 12.0)], [(12.0, 36.0)], [(36.0, inf)], [])
    """
    found = [
        (float(low) * unit, float(high) * unit)
        for low, high, named in _BETWEEN.findall(text)
        for unit in [_unit(named)]
    ]
    found += [(float(low) * _unit(named), float("inf")) for low, named in _FROM.findall(text)]
    return [*found, (0.0, float("inf"))] if _ANY.search(text) else found


def _unit(named: str) -> int:
    return 12 if named.startswith(("岁", "周岁", "year")) else 1


def _number(words: str) -> float:
    if not words:
        return 0.0
    if words[0].isdigit():
        return float(words)
    if words in _WORDS:
        return _WORDS[words]
    if words == "半":
        return 0.5
    tens, ten, ones = words.rpartition("十")
    return float((DIGITS.get(tens, 1) * 10 if ten else 0) + DIGITS.get(ones, 0))
