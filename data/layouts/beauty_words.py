"""A small lexicon of Chinese beauty titles: brand, category and attributes by what a title says.

Rules are tried in order and the first that is found wins, so what is special goes before what
is general (`眼霜` before `霜`, `套装` before what the set holds). Values are those of the beauty
trade in the simulated world where both have them.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final, NamedTuple


class Brand(NamedTuple):
    """Name a brand's shop: an id for addresses and its Latin name."""

    slug: str
    latin: str


BRANDS: Final[dict[str, Brand]] = {
    "佰草集": Brand("herborist", "Herborist"),
    "倩碧": Brand("clinique", "Clinique"),
    "兰芝": Brand("laneige", "Laneige"),
    "兰蔻": Brand("lancome", "Lancôme"),
    "妮维雅": Brand("nivea", "Nivea"),
    "娇兰": Brand("guerlain", "Guerlain"),
    "悦诗风吟": Brand("innisfree", "innisfree"),
    "植村秀": Brand("shu-uemura", "Shu Uemura"),
    "欧珀莱": Brand("aupres", "Aupres"),
    "欧莱雅": Brand("loreal", "L'Oréal"),
    "玉兰油": Brand("olay", "Olay"),
    "相宜本草": Brand("inoherb", "Inoherb"),
    "美加净": Brand("maxam", "Maxam"),
    "美宝莲": Brand("maybelline", "Maybelline"),
    "自然堂": Brand("chando", "Chando"),
    "薇姿": Brand("vichy", "Vichy"),
    "蜜丝佛陀": Brand("max-factor", "Max Factor"),
    "资生堂": Brand("shiseido", "Shiseido"),
    "雅漾": Brand("avene", "Avène"),
    "雅诗兰黛": Brand("estee-lauder", "Estée Lauder"),
    "SKII": Brand("sk-ii", "SK-II"),
}

CATEGORIES: Final = (
    ("套装", r"套装|套组|套盒|礼盒|礼包|部曲|件套|组合|\d件|[两三四五六七八]件|[三四五]步|旅行装"),
    ("工具", r"洁面仪|洗脸仪|洁面刷|化妆刷|刷具|刷头|粉扑|化妆棉|吸油纸|睫毛夹|卷翘器|化妆包"),
    ("工具", r"化妆镜|起泡网|工具|海绵|剪刀|镊子|美容仪"),
    ("香氛", r"香水|淡香|香氛|香体|古龙"),
    ("洗护发", r"洗发|护发|发膜|染发|洗护|头皮|发油|润发|秀发|发蜡|发泥|弹力素"),
    ("护手霜", r"护手|手膜|手霜|美手"),
    ("身体护理", r"沐浴|身体|润肤露|润体|护体|浴|香皂|止汗|足|颈霜|颈部|美体|润肤乳"),
    ("防晒", r"防晒[霜乳露]|晒后"),
    ("卸妆", r"卸妆|洁颜油|眼唇卸"),
    ("唇妆", r"口红|唇"),
    ("眼妆", r"眼影|眼线|睫毛|眉"),
    ("底妆", r"粉底|气垫|BB|CC|隔离|妆前|遮瑕|粉饼|散粉|蜜粉|定妆|粉霜|修颜|底妆|底霜|打底"),
    ("腮红", r"腮红|胭脂"),
    ("底妆", r"高光|修容|彩妆|粉球|流金|粉凝霜|饰底"),
    ("防晒", r"防晒"),
    ("眼部护理", r"眼霜|眼部|眼膜|眼精华|眼贴|走珠|眼胶|眼乳"),
    ("面膜", r"面膜|睡眠膜|贴膜|冻膜|泥膜|膜"),
    ("洁面", r"洁面|洗面|洁肤|磨砂|去角质|清洁|净肤乳|皂"),
    ("精华", r"精华(?!水|乳|霜|露水)|肌底|原液|安瓶|精油|美容油|小棕瓶|小黑瓶|奇焕|蜜凝露|复原蜜"),
    ("爽肤水", r"[肤妆湿衡华泉肌新]水(?!润|嫩|凝|感|光|衡)|喷雾|柔肤液|水露"),
    ("面霜", r"霜|啫喱|凝胶|冻"),
    ("乳液", r"乳|油"),
    ("爽肤水", r"(?<!补)水(?!润|嫩|凝|感|光|漾|芝|衡|动|盈|养)|露"),
)
"""Category and the pattern that tells it, special before general."""

SKIN: Final = (
    ("敏感性", r"敏感|脆弱|泛红"),
    ("干性", r"干性|干皮|干燥|滋润型"),
    ("油性", r"油性|油皮|控油|清爽型|祛痘|痘"),
    ("混合性", r"混合|混油"),
    ("所有肤质", r"所有肤质|任何肤质|各种肤质|肤质通用"),
)
EFFECTS: Final = (
    ("抗初老", r"抗皱|紧致|抗老|抗衰|淡纹|细纹|去皱|塑颜|提拉|驻颜|紧肤|紧颜|弹力|抗氧"),
    ("提亮", r"[美亮焕透臻净嫩]白|雪颜|提亮|亮肤|淡斑|祛斑|光采|焕采|亮采|肤色"),
    ("控油", r"控油|祛痘|毛孔|去黑头|黑头|净油|清爽"),
    ("舒缓", r"舒缓|舒护|镇静|镇定|敏感|温和|安肤"),
    ("修护", r"修护|修复|滋养|滋润|多效|新生"),
    ("补水", r"补水|保湿|水润|锁水|水感|水凝|活泉|水分"),
    ("防晒", r"防晒|SPF|隔离"),
    ("持久", r"持久|防水|不脱色|不晕染|不脱妆"),
)
FINISHES: Final = (
    ("哑光", r"哑光|雾感|雾面"),
    ("水光", r"水光|光泽|莹润|闪"),
    ("丝绒", r"丝绒|丝柔"),
    ("自然", r"自然(?!堂)|裸妆|裸色"),
)
ENGLISH: Final[dict[str, str]] = {
    "套装": "Sets",
    "工具": "Tools",
    "香氛": "Fragrance",
    "洗护发": "Hair care",
    "护手霜": "Hand creams",
    "身体护理": "Body care",
    "卸妆": "Make-up removers",
    "唇妆": "Lips",
    "眼妆": "Eye make-up",
    "底妆": "Foundations",
    "腮红": "Blush",
    "眼部护理": "Eye care",
    "面膜": "Face masks",
    "洁面": "Cleansers",
    "精华": "Serums",
    "爽肤水": "Toners",
    "面霜": "Creams",
    "乳液": "Lotions",
    "防晒": "Sun care",
    "敏感性": "sensitive skin",
    "干性": "dry skin",
    "油性": "oily skin",
    "混合性": "combination skin",
    "所有肤质": "all skin",
    "抗初老": "firming",
    "提亮": "brightening",
    "控油": "oil-control",
    "舒缓": "soothing",
    "修护": "repairing",
    "补水": "hydrating",
    "持久": "long-wearing",
    "哑光": "matte",
    "水光": "dewy",
    "丝绒": "velvet",
    "自然": "natural",
    "男士": "men",
}
"""The English of every word that the rules give; facets are written `中文 / English`."""

MAX_EFFECTS: Final = 3
_SIZE: Final = re.compile(r"(\d+(?:\.\d+)?)\s*(ml|g)(?![a-z])", re.IGNORECASE)
_Rules = tuple[tuple[str, re.Pattern[str]], ...]


def _compiled(rules: Sequence[tuple[str, str]]) -> _Rules:
    return tuple((value, re.compile(pattern, re.IGNORECASE)) for value, pattern in rules)


_CATEGORIES, _SKIN, _FINISHES = map(_compiled, (CATEGORIES, SKIN, FINISHES))
_EFFECTS: Final = _compiled(EFFECTS)


def _both(word: str) -> str:
    return f"{word} / {ENGLISH[word]}"


def _first(rules: _Rules, title: str) -> str:
    return next((_both(value) for value, pattern in rules if pattern.search(title)), "")


def brand_of(shop: str) -> str:
    """Return a shop's brand in both languages, as it stands when unknown.

    >>> brand_of("佰草集"), brand_of("一家小店")
    ('佰草集 / Herborist', '一家小店')
    """
    return f"{shop} / {BRANDS[shop].latin}" if shop in BRANDS else shop


def category_of(title: str) -> str:
    """Return the category a title tells, or nothing.

    >>> category_of("CHANDO/自然堂娇颜粉嫩保湿眼霜20g 淡化黑眼圈细纹")
    '眼部护理 / Eye care'
    """
    return _first(_CATEGORIES, title)


def effects_of(title: str) -> tuple[str, ...]:
    """Return what a product is said to do, at most three, in the lexicon's order.

    >>> effects_of("玉兰油新生塑颜金纯修护精华乳去皱淡化细纹")
    ('抗初老 / firming', '修护 / repairing')
    """
    found = [_both(value) for value, pattern in _EFFECTS if pattern.search(title)]
    return tuple(found[:MAX_EFFECTS])


def attributes_of(title: str) -> dict[str, str]:
    """Return skin type, effect, finish, whom it is for and size, where the title tells them.

    >>> attributes_of("欧珀莱男士控油洁面膏125g")["肤质 / Skin type"]
    '油性 / oily skin'
    """
    size = _SIZE.search(title)
    found = {
        "肤质 / Skin type": _first(_SKIN, title),
        "功效 / Effect": (effects_of(title) or ("",))[0],
        "妆效 / Finish": _first(_FINISHES, title),
        "适用 / For": _both("男士") if "男" in title else "",
        "规格 / Size": f"{size[1]}{size[2].lower()}" if size else "",
    }
    return {name: value for name, value in found.items() if value}
