"""One wording for what people write in many ways: spoken forms and abbreviations of trade."""

from __future__ import annotations

import re
from typing import Final

SPOKEN: Final[tuple[tuple[str, str], ...]] = (
    ("啥时候", "什么时候"),
    ("多会儿", "什么时候"),
    ("啥", "什么"),
    ("咋整", "怎么办"),
    ("咋", "怎么"),
    ("肿么", "怎么"),
    ("木有", "没有"),
    ("造吗", "知道吗"),
    ("俩", "两个"),
    ("仨", "三个"),
    ("俺", "我"),
    ("亲们", ""),
    ("哎呀", ""),
    ("呗", ""),
    ("自取", "自提"),
    ("微信付", "微信支付"),
)
"""Spoken and net forms with what is written for them."""

SHORT: Final[dict[str, str]] = {
    "cod": "货到付款",
    "sf": "顺丰",
    "ems": "邮政快递",
    "vip": "会员",
    "tb": "淘宝",
    "jd": "京东",
    "wx": "微信",
    "zfb": "支付宝",
    "kd": "快递",
    "kf": "客服",
    "yhq": "优惠券",
    "xl": "加大码",
    "ootd": "穿搭",
}
"""Abbreviations of trade that stand among Chinese words."""

_SPOKEN: Final = dict(SPOKEN)
_FORMS: Final = re.compile("|".join(re.escape(form) for form, _ in SPOKEN))
_ASKED: Final = re.compile(r"(?<=[一-鿿])不(?=$|[ ?!,。])")
"""A question that ends in "not" asks whether."""
_NAMED: Final = re.compile(r"[^\W\d]+(?:[ _.:/-]+[^\W\d]+)*")
_PARTS: Final = re.compile(r"[A-Z]?[^\W\d_A-Z]+|[A-Z]+(?![^\W\d_A-Z])")
LEAST_LETTERS: Final = 4
_LATIN: Final = re.compile(r"(?<![a-z])[a-z]{2,4}(?![a-z])")
_HAN: Final = re.compile(r"[一-鿿]")


def worded(text: str) -> str:
    """Return a folded text with spoken forms and, among Chinese words, abbreviations written out.

    >>> worded("啥时候发 能cod不")
    '什么时候发 能货到付款吗'
    """
    if not _HAN.search(text):
        return text
    written = _FORMS.sub(lambda match: _SPOKEN[match[0]], text)
    written = _LATIN.sub(lambda match: SHORT.get(match[0], match[0]), written)
    return _ASKED.sub("吗", written).strip() or text


def title_of(name: str) -> str:
    """Return what an id that is made of words says, such as a bot's name of an intent; else "".

    Digits make it a number or a code, which say nothing.

    >>> title_of("refund_not_showing_up"), title_of("beauty:orderOfUse"), title_of("faq-17")
    ('refund not showing up', 'beauty order of use', '')
    >>> title_of("退货"), title_of("faq")
    ('退货', '')
    """
    if not _NAMED.fullmatch(name):
        return ""
    words = _PARTS.findall(name)
    letters = "".join(words)
    enough = len(letters) >= LEAST_LETTERS or _HAN.search(letters)
    return " ".join(words).lower() if enough and letters.isalpha() else ""
