"""Mask personal data in free texts before they are written anywhere."""

from __future__ import annotations

import re
from typing import Final

_DIGITS: Final = r"(?<![\d.])"
PATTERNS: Final[tuple[tuple[str, re.Pattern[str]], ...]] = (
    ("[email]", re.compile(r"[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){1,4}", re.ASCII)),
    ("[id]", re.compile(rf"{_DIGITS}\d{{6}}(?:19|20)\d{{2}}\d{{2}}\d{{2}}\d{{3}}[\dXx](?!\d)")),
    ("[phone]", re.compile(rf"{_DIGITS}(?:\+?86[- ]?)?1[3-9]\d[- ]?\d{{4}}[- ]?\d{{4}}(?!\d)")),
    ("[phone]", re.compile(rf"{_DIGITS}0\d{{2,3}}[- ]\d{{7,8}}(?!\d)")),
    ("[phone]", re.compile(r"\+\d{1,3}(?:[- ]?\d{2,4}){2,5}(?!\d)")),
    ("[card]", re.compile(rf"{_DIGITS}\d{{4}}(?:[- ]?\d{{4}}){{2,3}}(?:[- ]?\d{{1,3}})?(?!\d)")),
    (
        "[account]",
        re.compile(
            r"(?<=微信)(?:号)?[:： ]{0,2}[A-Za-z][\w-]{5,19}"
            r"|(?<=(?i:wechat))(?: ?id)?[:： ]{1,2}[A-Za-z][\w-]{5,19}"
            r"|(?<![A-Za-z])[Vv][Xx]?[:： ]{1,2}[A-Za-z][\w-]{5,19}"
            r"|(?<=[Qq][Qq])[:： ]{0,2}\d{5,11}",
        ),
    ),
    (
        "[address]",
        re.compile(
            r"[一-鿿]{2,10}(?:省|市|区|县|镇|乡)[一-鿿\d]{1,20}(?:路|街|道|巷|弄|村|小区|大厦|号楼)"
            r"[一-鿿\dA-Za-z-]{0,20}(?:号|室|栋|单元|楼|层)?"
        ),
    ),
    ("[name]", re.compile(r"(?<=我叫)[一-鿿]{2,3}|(?<=收件人)[:： ]{0,2}[一-鿿]{2,4}")),
    ("[name]", re.compile(r"(?<=[Mm]y name is )[A-Z][a-z]+(?: [A-Z][a-z]+)?")),
)
"""What is masked, in this order: an identity number holds what looks like a phone number."""


def mask(text: str) -> str:
    """Return the text with mail addresses, numbers of people and places of theirs replaced.

    >>> mask("电话13800138000，邮箱 ann@example.com，要2支299元的")
    '电话[phone]，邮箱 [email]，要2支299元的'
    """
    for name, pattern in PATTERNS:
        text = pattern.sub(name, text)
    return text
