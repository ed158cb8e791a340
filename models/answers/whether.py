"""Whether a product is as a question asks: told by its own value of what is asked about."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from data.schemas import Item
from models.answers.adlaw import refused
from models.answers.facts import BOTH
from models.answers.lines import holds
from models.answers.measures import written
from models.answers.reading import Reading
from models.answers.shelf_words import ShelfWords
from models.answers.synonyms import ALIKE
from models.answers.texts import folded
from models.answers.wishes import TRADE
from models.language import Language, side

LONGEST: Final = 32
"""Characters up to which a question asks for one thing."""
ASKS: Final = re.compile(
    r"吗|嘛|(?<![什怎那这多要])么|呢|什么(?!好|时候|意思)|([^有能可])不\1|不\W*$|有没有|还有|几岁|几个?月|多大"
    r"|^(?:is|are|does|do|will|can|could|what)\b|\bother\b"
)
"""Asks whether something is so of what is looked at."""
ELSEWHERE: Final = re.compile(
    r"推荐|哪[个款种支件]|搭配|[配搭]|更|区别|怎么|为什么|\b(?:recommend|which|suggest|how|why|with)\b"
)
"""Words of a question that asks for more than how a product is."""
_WHAT: Final = (
    (
        r"棉|亚麻|麻|真丝|丝|羊毛|羊绒|皮|木|竹|玻璃|陶瓷|瓷|不锈钢|铁|塑料|硅胶|涤纶|尼龙|亚克力"
        r"|\b(?:cotton|linen|silk|wool|leather|wood|wooden|glass|ceramic|steel|plastic|silicone|polyester|material|fabric)\b",
        ("材质", "面料", "材料", "material", "fabric"),
    ),
    (
        r"[红橙黄绿青蓝紫黑白灰粉棕金银杏驼]色?的|[红橙黄绿青蓝紫黑白灰粉棕金银]色|颜色"
        r"|\b(?:red|orange|yellow|green|blue|purple|black|white|grey|gray|pink|brown|beige|colou?rs?)\b",
        ("颜色", "色系", "色号", "colour", "color", "shade"),
    ),
    (
        r"辣|甜|咸|酸|苦|\b(?:spicy|sweet|salty|sour|bitter|flavou?r)\b",
        ("口味", "味道", "taste", "flavour", "flavor"),
    ),
    (
        r"[干油敏]皮|[干油]性|敏感肌|混合|混油|\b(?:oily|dry|sensitive|combination) skin",
        ("肤质", "适合肤质", "适用肤质", "skin type", "skin"),
    ),
    (
        r"几岁|几个?月|多大的?(?:孩子|宝宝|娃)|\d\s?岁|[一二两三四五六七八九十半]岁|个月"
        r"|\b(?:what age|years? old|months? old|year-old)\b",
        ("月龄", "年龄", "适用年龄", "age"),
    ),
    (r"硬|软|脆|有?嚼劲|糯|\b(?:hard|soft|crisp|crunchy|chewy)\b", ("口感", "texture")),
    (r"浓|淡|\b(?:strong|mild)\b", ("浓淡", "浓度", "strength")),
    (r"香味|好闻|\b(?:scent|smell)\b", ("香型", "香味", "气味", "aroma", "scent")),
)
MAY: Final = re.compile(r"(?:会|能|可以|怕|耐)(?![玩看用吃喝])|会不会|\b(?:can|will|safe)\b")
"""Asks what may happen to it or be done with it: what it is made of is no answer."""
WHAT: Final = tuple((re.compile(pattern), frozenset(names)) for pattern, names in _WHAT)
"""Words that ask about what attributes with one of some names tell, in whatever words these do."""


def asks_whether(question: str) -> bool:
    """Say whether a folded question may ask how a product is, by its words alone."""
    beyond = TRADE.search(question) or ELSEWHERE.search(question)
    return not beyond and len(question) <= LONGEST and ASKS.search(question) is not None


def whether(question: str, found: Reading, words: ShelfWords, place: int, spoken: Language) -> str:
    """Return what a product's attributes or tags tell of what a folded question asks.

    It goes on after the product's title. `found` is the question as it was read by the shelf's
    words. Empty where it asks for something else, or where nothing of it is known.
    """
    if found.needed or not asks_whether(question):
        return ""
    item = words.shelf.items[place]
    names = dict.fromkeys(_asked_about(question, found, words, item))
    colon, stop = ("：", "；") if spoken == "zh" else (": ", "; ")
    told = [f"{side(one, spoken)}{colon}{side(item.attributes[one], spoken)}" for one in names]
    begun = "的" if spoken == "zh" else ", "
    if not told:
        told, begun = _measured(found, item, spoken) or _tagged(found, item, spoken), colon
    said = stop.join(told)
    return begun + said if said and not refused(said) else ""


def _asked_about(question: str, found: Reading, words: ShelfWords, item: Item) -> Sequence[str]:
    """Return the names of a product's attributes that a question is about."""
    if not (found.left or found.lacking or found.barred):
        spoken_of = (words.attribute(word) for word in (*found.wanted, *found.unwanted))
        read = [name for name in spoken_of if name in item.attributes]
        if read:
            return read
    if MAY.search(question):
        return []
    asked = [names for pattern, names in WHAT if pattern.search(question)]
    return [
        name
        for name in item.attributes
        for names in asked
        if names & {folded(part) for part in name.split(BOTH)}
    ]


def _measured(found: Reading, item: Item, spoken: Language) -> list[str]:
    """Return the measures in the product's title that are of the kinds asked for."""
    title = item.title if spoken == "zh" else item.title_en or item.title
    told = (written(title, dimension) for dimension, _ in sorted(found.measures))
    return list(filter(None, told))


def _tagged(found: Reading, item: Item, spoken: Language) -> list[str]:
    """Return the product's tags that say what is asked, if they say all of it."""
    if found.left or found.lacking or found.barred:
        return []
    told: list[str] = []
    for word in found.wanted:
        names = ALIKE.get(word, (word,))
        said = [tag for tag in item.tags if holds(names, folded(tag))]
        if not said:
            return []
        told.append(side(said[0], spoken))
    return list(dict.fromkeys(told))
