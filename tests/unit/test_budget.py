"""Price bounds as visitors write them, and what only looks like one."""

from __future__ import annotations

from math import inf

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.answers.budget import budget, figure
from models.language import plain


@pytest.mark.parametrize(
    ("question", "low", "high"),
    [
        ("200以内的口红", 0, 200),
        ("有没有两百块以内的面霜", 0, 200),
        ("预算三百五，推荐一款精华", 0, 350),
        ("预算是 1,000 元", 0, 1000),
        ("不超过1千的礼盒", 0, 1000),
        ("别超过一百五十的", 0, 150),
        ("最多 80 块", 0, 80),
        ("100到200之间的口红", 100, 200),
        ("100-200元的面膜", 100, 200),
        ("五十到一百块的", 50, 100),
        ("预算200左右", 140, 240),
        ("300块左右的礼物", 210, 360),
        ("500元以上的礼盒", 500, inf),
        ("something for dry skin under 200", 0, 200),
        ("a lipstick under $19.99 please", 0, 19.99),
        ("up to 1,299", 0, 1299),
        ("my budget is $50", 0, 50),
        ("between 20 and 40 dollars", 20, 40),
        ("$20-$40 serum", 20, 40),
        ("around $30", 21, 36),
        ("at least 100 yuan", 100, inf),
        ("ＵＮＤＥＲ ２００", 0, 200),
    ],
)
def test_bounds_are_read(question: str, low: float, high: float) -> None:
    assert budget(plain(question)) == pytest.approx((low, high))


@pytest.mark.parametrize(
    "question",
    [
        "3到5天能到吗",
        "适合18-24岁的面霜",
        "30ml 和 50ml 哪个好",
        "spf50 的防晒推荐",
        "推荐一款口红",
        "about 3 weeks to deliver?",
        "7天以上还没到",
        "十分好用吗",
        "over 18 only?",
        "千万别推荐贵的",
    ],
)
def test_other_figures_bound_no_price(question: str) -> None:
    assert budget(plain(question)) == (0, inf)


def written(number: int) -> str:
    """Write 1 to 9,999 in Chinese, as one does on a cheque."""
    digits, words, gap = "零一二三四五六七八九", "", False
    for unit, name in ((1000, "千"), (100, "百"), (10, "十"), (1, "")):
        digit, number = divmod(number, unit)
        if digit:
            words += "零" * (gap and bool(words)) + digits[digit] + name
        gap = not digit
    return words


@given(st.integers(1, 9_999))
def test_chinese_numbers_are_what_they_were_written_from(number: int) -> None:
    words = written(number)
    assert figure(words) == number
    if words[-1] in "十百千":
        assert budget(f"{words}块以内") == (0, number)
