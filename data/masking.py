"""Mask personal data in free texts before they are written anywhere."""

from __future__ import annotations

import re
from typing import Final

_DIGITS: Final = r"(?<!\d)"
_FREE: Final = r"(?<!\d)(?<!\d\.)"
"""No part of a number with a point, such as a version; a point behind a word may stand before."""
_NUMBERED: Final = (
    r"(?P<keep>(?:(?:[单编货款型批色]号|条形?码)(?:码|是|为)?"
    r"|(?i:order|tracking|(?<![a-z])(?:upc|ean))(?: no\.?| number| id)?)"
    r"[:：. #]{0,3}[A-Z]{0,4}\d{8,24})"
)
_NUMERALS: Final = "零〇一幺壹二两三四五六七八九"
_REGIONS: Final = "京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼"
PATTERNS: Final[tuple[tuple[str, re.Pattern[str]], ...]] = (
    ("[email]", re.compile(r"[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){1,4}", re.ASCII)),
    ("[id]", re.compile(rf"{_DIGITS}\d{{6}}(?:19|20)\d{{2}}\d{{2}}\d{{2}}\d{{3}}[\dXx](?!\d)")),
    ("[id]", re.compile(rf"{_DIGITS}\d{{3}}-\d{{2}}-\d{{4}}(?!\d)")),
    (
        "[id]",
        re.compile(
            r"(?P<keep>(?:护照|通行证)(?:号码?)?[是为:： ]{0,3}"
            r"|(?i:passport(?: no\.?| number)?)[: ]{1,2})"
            r"[A-Z]{1,2}\d{7,8}(?!\d)"
        ),
    ),
    (
        "[phone]",
        re.compile(
            rf"{_DIGITS}(?:\+?86[-. ]?)?1[3-9]\d"
            r"(?:[- ]?\d{4}[- ]?\d{4}|[.·]\d{4}[.·]\d{4})(?!\d)"
        ),
    ),
    ("[phone]", re.compile(rf"{_DIGITS}0\d{{2,3}}[- ]\d{{7,8}}(?!\d)")),
    (
        "[phone]",
        re.compile(
            rf"{_NUMBERED}|(?<![\dA-Za-z])0(?:10|2\d|[3-9]\d{{2}})[1-9]\d{{6,7}}(?!\d)", re.ASCII
        ),
    ),
    ("[phone]", re.compile(rf"{_FREE}\(?\d{{3}}\)?[-. ]\d{{3}}[-. ]\d{{4}}(?!\d)")),
    ("[phone]", re.compile(r"\+\d{1,3}(?:[- ]?\d{2,4}){2,5}(?!\d)")),
    (
        "[phone]",
        re.compile(rf"[一幺壹1][三四五六七八九3-9][\d{_NUMERALS}]{{9}}(?![\d{_NUMERALS}])"),
    ),
    (
        "[card]",
        re.compile(
            rf"{_NUMBERED}"
            rf"|{_FREE}\d{{4}}(?:[- ]?\d{{4}}){{2,3}}(?:[- ]?\d{{1,3}})?(?!\d)"
        ),
    ),
    ("[ip]", re.compile(r"(?<![\d.])(?:\d{1,3}\.){3}\d{1,3}(?![\d.])")),
    ("[plate]", re.compile(rf"[{_REGIONS}][A-Z][·. ]?(?=[A-Z]*\d)[A-Z\d]{{5,6}}(?![A-Za-z\d])")),
    (
        "[account]",
        re.compile(
            r"(?P<keep>(?:[微威薇]信|[Vv]信|(?i:wechat|weixin)|(?<![A-Za-z])[WwVv][Xx]?)"
            r"(?:号|(?i: ?id))?(?:[是为叫:：]| (?:is )?){0,3})"
            r"(?:(?<=[是为叫:：号])|(?=[A-Za-z\d-]*[\d_-]))[A-Za-z][\w-]{5,19}",
            re.ASCII,
        ),
    ),
    ("[account]", re.compile(r"(?P<keep>[Qq][Qq](?:号|群)?[是为:： ]{0,2})\d{5,11}(?!\d)")),
    (
        "[address]",
        re.compile(
            r"[一-鿿]{2,10}(?:省|市|区|县|镇|乡)[一-鿿\d]{1,20}(?:路|街|道|巷|弄|村|小区|大厦|号楼)"
            r"[一-鿿\dA-Za-z-]{0,20}(?:号|室|栋|单元|楼|层)?"
        ),
    ),
    (
        "[name]",
        re.compile(
            r"(?P<keep>我叫|(?:姓名|收[件货]人|联系人)(?:[是:：]|[ :：]{1,2}))[一-鿿]{2,4}"
            r"|(?P<told>(?i:my name is) )[A-Z][a-z]+(?: [A-Z][a-z]+)?"
        ),
    ),
)
"""What is masked, in this order: an identity number holds what looks like a phone number.

`keep` and `told` stay; where nothing else is found, nothing is masked: an order's number is what a
seller needs to help.
"""
MARKS: Final = re.compile("|".join(sorted({re.escape(name) for name, _ in PATTERNS})))
"""What stands in a text in place of what was masked."""
_FULL: Final = {full: full - 0xFEE0 for full in range(0xFF10, 0xFF5B)} | {
    ord(full): plain for full, plain in ("＋+", "＠@", "．.", "－-", "（(", "）)")
}
"""Full-width digits, letters and the marks that stand between them, a character each."""


def mask(text: str) -> str:
    """Return the text with mail addresses, numbers of people and places of theirs replaced.

    >>> mask("电话13800138000，邮箱 ann@example.com，要2支299元的")
    '电话[phone]，邮箱 [email]，要2支299元的'
    >>> mask("１３８００１３８０００，订单号 202411110001234567")
    '[phone]，订单号 202411110001234567'
    """
    seen = text.translate(_FULL)
    for name, pattern in PATTERNS:
        for match in reversed(list(pattern.finditer(seen))):
            start, end = match.start(), match.end()
            start += sum(len(part or "") for part in match.groupdict().values())
            if start < end:
                text, seen = (one[:start] + name + one[end:] for one in (text, seen))
    return text
