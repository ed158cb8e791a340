"""Wishes in words: what is wanted of a product and what is not, and what a choice goes by."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Literal

NEGATED: Final = re.compile(
    r"(?:(?<!要)不要|(?<!想)不想要?|不喜欢|讨厌|不含|不带|(?<!是)不是|无|非|(?<![特分级识区个])别要?|除了"
    r"|\b(?:not|no|non|without|except|avoid|hate|don't (?:want|like))"
    r"(?: too| any| an?| the)?[ -])\s*$"
)
"""Ends what stands before a value that is not wanted."""

SPENDS: Final = re.compile(
    r"预算|想(?:买|送)|送(?:礼|给|妈|爸|朋友|女友|男友|长辈|老师|同事)|\b(?:budget|gift)\b"
)
"""Asks for a choice where a budget is named beside it."""

By = Literal["", "cheap", "popular", "new", "rated"]
BY: Final[Mapping[By, re.Pattern[str]]] = {
    "popular": re.compile(
        r"卖[得的](?:最|比较)?(?:好|多|火)|销量|热卖|热销|爆款|最火|最?受欢迎|人气|畅销|买的人(?:最)?多"
        r"|\b(?:best[ -]?sell(?:er|ers|ing)|most popular|popular|trending)\b"
    ),
    "new": re.compile(
        r"新品|新款|上新|新到|新上|有什么新"
        r"|\b(?:new arrivals?|what's new|anything new|newest|latest (?:product|item|arrival)s?)\b"
    ),
    "rated": re.compile(
        r"(?:评价|评分|口碑|好评)(?:最|比较)?(?:好|高|多)"
        r"|\b(?:best|top|highest)[ -]?(?:rated|reviewed)\b"
    ),
    "cheap": re.compile(
        r"便宜|不(?:要)?(?:太|那么)?贵|实惠|性价比|划算|平价|学生党"
        r"|\b(?:cheap(?:er|est)?|affordable|inexpensive|not (?:too |so )?(?:expensive|pricey))\b"
    ),
}
"""By what a choice is asked for, beside what meets it."""
KINDS: Final = frozenset(
    ("口红", "面霜", "精华", "眼霜", "防晒", "洁面", "面膜", "眼影", "睫毛膏", "香水")
)
"""Names of kinds of products: a shop that has none of one has nothing to advise there."""
HAVE: Final = re.compile(
    r"有没有|有.*[吗么嘛]|有不|\b(?:do you (?:have|sell|carry|stock)|any|got)\b"
)
"""Asks whether there is something; what it is stands beside."""
_FILLING: Final = (
    "有没有 请问 你们家 你们 你 家 咱们 店里 店 这里 最近 现在 什么 啥 哪个 哪款 哪些 哪种"
    " 哪支 哪 一个 一款 一支 一些 一下 吗 么 嘛 呢 啊 呀 吧 的 了 是 有 色 系 款 卖 不 最"
    " 比较 更 都 能 可以 给我 给 看看 推荐 求 适合 合适 好用 好 用 个 件 支 到 和 或 想 要 买"
    " 送 礼 妈妈 爸爸 朋友 女友 男友 长辈 老师 同事 预算 左右 上下 以内 以下 之内 之间 以上"
    " 不超过 最多 元 块 钱 价位 价格 多少"
)
_FILLING_WORDS: Final = (
    "what which is are the your you do does have has sell carry stock got any a an one ones"
    " s in of under below less than up to within max at more no budget my i am looking"
    " something anything gift yuan rmb dollar dollars between and around about over recommend"
    " suggest good best suitable with want need buy for me please show shade color colour"
    " there some most product products item items now right"
)
_FILLED: Final = re.compile(
    "|".join(sorted(map(re.escape, _FILLING.split()), key=len, reverse=True))
    + rf"|[\d零一二两三四五六七八九十百千万]|[^\w]|\b(?:{'|'.join(_FILLING_WORDS.split())})\b"
)
MOST_LEFT: Final = 1
"""Letters that may be left of a question beside what is known of it."""
CHEAPER: Final = re.compile(
    r"便宜点|便宜一点|再便宜|能不能便宜|可以便宜|能便宜|便宜卖|cheaper\?*$|讲价"
)
"""Haggles; asks for no choice."""

SAME: Final[Mapping[str, tuple[str, ...]]] = {
    "干性": ("干皮", "干燥", "皮肤干", "dry"),
    "油性": ("油皮", "出油", "大油", "oily"),
    "敏感": ("敏感肌", "敏皮", "敏感皮", "sensitive", "gentle", "温和"),
    "混合": ("混油", "混干", "混合皮", "combination"),
    "黄皮": ("黄黑皮", "皮肤黄", "肤色黄", "yellow undertone", "warm undertone", "olive skin"),
    "白皮": ("冷白皮", "肤色白", "fair skin", "cool undertone"),
    "补水": ("保湿", "滋润", "hydrating", "moisturising", "moisturizing"),
    "提亮": ("美白", "亮白", "显白", "brightening"),
    "控油": ("去油", "oil control", "oil-control"),
    "舒缓": ("soothing", "泛红", "redness", "calming"),
    "抗初老": ("抗老", "抗皱", "紧致", "anti-aging", "firming"),
    "哑光": ("雾面", "matte"),
    "正红": ("大红", "true red"),
    "送礼": ("礼物", "送人", "gift", "送妈妈", "送女友", "送长辈"),
    "无香": ("没有香味", "unscented", "fragrance free", "fragrance-free"),
    "通勤": ("上班", "日常", "office", "everyday"),
    "口红": ("唇膏", "唇釉", "lipstick", "lip"),
    "面霜": ("乳霜", "face cream", "moisturiser", "moisturizer"),
    "眼霜": ("eye cream",),
    "防晒": ("sunscreen", "sunblock", "sun cream", "sun milk"),
    "洁面": ("洗面奶", "洗脸", "cleanser", "face wash"),
    "面膜": ("face mask", "sheet mask"),
    "眼影": ("eyeshadow", "eye shadow"),
    "睫毛膏": ("mascara",),
    "香水": ("perfume", "cologne"),
    "精华": ("serum", "essence"),
}
"""Words that visitors use for what catalogues say."""


@dataclass(frozen=True, slots=True)
class Wish:
    """Hold what a question asks of a product: values, price bounds, what is not wanted, and `by`.

    `by` is what the choice goes by among those that meet it; empty for her own taste. `needed`
    must stand in a product's own words.
    """

    wanted: tuple[str, ...]
    low: float
    high: float
    unwanted: tuple[str, ...] = ()
    by: By = ""
    needed: tuple[str, ...] = ()


def going_by(question: str) -> By:
    """Return what a choice is to go by; empty where nothing is said or a price is haggled over."""
    for by, pattern in BY.items():
        if pattern.search(question) and not (by == "cheap" and CHEAPER.search(question)):
            return by
    return ""


def told(question: str, names: Sequence[str]) -> bool | None:
    """Say whether a value is wanted, by any of its names; None for one that is not spoken of."""
    found = None
    for name in names:
        start = question.find(name)
        while start >= 0:
            if NEGATED.search(question[:start]) is None:
                return True
            found, start = False, question.find(name, start + 1)
    return found


def left_over(question: str, names: Sequence[str]) -> int:
    """Count the letters of a question that are neither known values nor filling."""
    rest = question
    for pattern in BY.values():
        rest = pattern.sub(" ", rest)
    for name in sorted(names, key=len, reverse=True):
        rest = rest.replace(name, " ")
    return len(_FILLED.sub("", rest))
