"""Plain questions about one product, answered from the catalogue: price, stock, offers, reviews."""

from __future__ import annotations

import re
from collections.abc import Sequence
from math import isfinite, isinf
from typing import Final

from data.catalogue import Listings
from data.knowledge import Source
from data.schemas import Item
from models.answers.adlaw import refused
from models.answers.facts import BOTH, fact, offers
from models.answers.rules import PRICE, STOCK, asks_for
from models.language import Language, language, plain, side

OFFERS: Final = re.compile(
    r"什么(?:优惠|活动|折扣)|有(?:没有)?(?:优惠|活动|折扣|券)|打折吗"
    r"|\b(?:any|what) (?:offers?|discounts?|deals?|coupons?)\b"
)
REVIEWS: Final = re.compile(
    r"评价|评分|口碑|好评率|用过的人.{0,4}说"
    r"|\b(?:reviews?|ratings?|rated|what do (?:people|buyers) say)\b"
)
ASKING: Final = r"(?:是|有|为|都是|用的)?(?:什么|哪|啥|多少|多大|怎么样|怎样|呢|吗)"
SHOWN: Final = 400
"""Characters of a description that are shown at most."""
LONGEST: Final = 40
"""Characters up to which a question that names an attribute asks for nothing else."""
OTHERWISE: Final = re.compile(r"退|换|不|别|推荐|适合|哪个好|return|exchange|refund|not|suit|best")
"""Words of a question that wants more than an attribute's value."""
SUITS: Final = re.compile(r"适合(?=什么|哪种|哪些|哪类|啥)")
"""Asks for a value: which skin it suits."""

BRAND: Final = re.compile(
    r"(?:什么|哪个|啥|哪家)(?:的)?(?:牌子|品牌)|(?:牌子|品牌)(?:是|叫)?(?:什么|哪个|啥)"
    r"|\b(?:what|which) brand\b"
)
ABOUT_IT: Final = re.compile(
    r"^(?:能|可以|请|帮我)?(?:详细)?介绍(?:一?下)?(?:吧|吗)?\W*$|^(?:这|那)?(?:个|款)?是(?:什么"
    r"|啥)(?:东西|产品)?\W*$"
    r"|^(?:tell me (?:more )?about (?:it|this)|what is (?:it|this))\W*$"
)
"""Asks for all that is told of a product."""
_COUNTED: Final = "片本包袋支只抽颗枚件册粒条双张个盒瓶罐桶"
SIZES: Final = (
    (r"多少克|几克|多重|净重|净含量|多少斤|\bhow (?:heavy|many grams)\b|\bweigh", r"k?g|克|公?斤"),
    (r"多少毫升|容量|几毫升|多少升|\bhow many ml\b|\bvolume\b", r"ml|毫升|升|l"),
    (rf"(?:几|多少)([{_COUNTED}])(?:装|一[盒包袋箱套组])?(?:的|吗|呢|啊|呀)?\W*$", ""),
    (rf"(?:一|每)[盒包袋箱套组](?:里面?)?(?:有|是|装|共)?(?:几|多少)([{_COUNTED}])(?!月)", ""),
    (r"\bhow many (piece|pack|bag|sheet|capsule|pod|tablet|cup|stick|can|pair)s?\b", ""),
    (r"多高|多宽|多长(?!时间)|多大(?!的?(?:孩|宝|娃|年纪|岁|力))|尺寸|规格"
     r"|\bhow (?:big|large|long|wide)\b|\bwhat size\b",
     r"cm|mm|m|厘米|米床?|寸|ml|g|l|克|毫升|片|件套"),
)  # fmt: skip
"""Asks for a measure, and the units it may have in a title; "": the unit in the question."""
SUN: Final = re.compile(r"防晒(?:倍数|指数|系数|值)|倍数|\b(?:what|how high).{0,12}\bspf\b")
"""Asks how well it keeps the sun away."""
NUMBERED: Final = re.compile(
    r"(?<![a-z])([a-z]{2,5})\s?(?:多少|是多少|值)|\bwhat (?:is the )?([a-z]{2,5})\b"
)

ELSEWHERE: Final = re.compile(
    r"(?:一次|一天|每天|每次|每日|一日|吃|服|喝).{0,3}(?:几|多少)|发货|快递|运费|包邮|起送|限购"
    r"|保修|质保|工作日|[打几]折|优惠|便宜|贵(?!吗|不)|少点|退|保护"
    r"|保价|差价|补差|降价|涨价"
    r"|会员|积分|\b(?:discount|shipping|deliver\w*|return\w*|refund\w*|limit|warranty|cheaper"
    r"|match)\b"
)
"""Words of a question for terms of trade, whatever figure or price it names."""
RESTOCKED: Final = re.compile(
    r"什么时候|何时|几时|多久|补货|再来|到货|预[售订定]|卖完(?:了|还|会|就)|\b(?:when|restock\w*"
    r"|back in stock)\b"
)
"""Asks when there will be more."""

THIS: Final = re.compile(
    r"(?:这|那)(?:个|款|件|支|瓶|种|套|盒|双)|它"
    r"|\b(?:it|this|that(?! (?:is|are|has|have|can)\b)|this one|that one|these|those)\b"
)

Told = tuple[str, Source]


def about(question: str, item_id: str, shelf: Listings, at: int) -> Told | None:
    """Answer a folded, plain question about a product as of a moment; None for any other."""
    place = shelf.places.get(item_id)
    if place is None or not shelf.active[place]:
        return None
    chinese = language(question) == "zh"
    item = shelf.items[place]
    title = titled(item, "zh" if chinese else "en")
    found = (
        _price(question, shelf, place, at, chinese)
        or _stock(question, shelf, place, chinese)
        or _offers(question, shelf, place, at, chinese)
        or _reviews(question, shelf, place, chinese)
        or _attribute(question, item.attributes, chinese)
        or _brand(question, item.brand, chinese)
        or _size(question, item, chinese)
        or _in_full(question, item, chinese)
    )
    if found is None:
        return None
    said, quote = found
    return title + said, Source("product", item_id, quote)


def titled(item: Item, spoken: Language) -> str:
    """Return a product's title in a sentence."""
    return f"《{item.title}》" if spoken == "zh" else f"“{item.title_en or item.title}”"


def of_which(question: str) -> bool:
    """Say whether a folded question asks for the price or stock of a product it only points at."""
    if THIS.search(question) is None or asks_for(question) - {"how_much", "how_many"}:
        return False
    return bool(PRICE.search(question) or STOCK.search(question))


def asked_of(shelf: Listings, places: Sequence[int], question: str) -> list[str]:
    """Return what a question that points at a product would be of each of some products."""
    chinese, price = language(question) == "zh", PRICE.search(question) is not None
    items = [shelf.items[place] for place in places]
    if chinese:
        return [f"《{one.title}》{'多少钱' if price else '有货吗'}？" for one in items]
    named = [one.title_en or one.title for one in items]
    return [f"How much is “{one}”?" if price else f"Is “{one}” in stock?" for one in named]


def in_short(shelf: Listings, place: int, at: int, spoken: Language) -> str:
    """Return what goes on after a title: the price at a moment (epoch ms), and if it is there."""
    price = fact(shelf, place, "price", at)
    there = float(shelf.stock[place]) > 0
    if spoken == "zh":
        stands = "现在可以下单" if there else "暂时缺货"
        return f"：{price} 元，{stands}" if price else f"：{stands}"
    return (
        f"{f' is ¥{price} and' if price else ''} {'can be ordered now' if there else 'is sold out'}"
    )


Said = tuple[str, str]
"""How a sentence that begins with the title goes on, and what of the catalogue it rests on."""


def _price(question: str, shelf: Listings, place: int, at: int, chinese: bool) -> Said | None:
    price = fact(shelf, place, "price", at)
    if not PRICE.search(question) or not price or ELSEWHERE.search(question):
        return None
    said = f"现在的价格是 {price} 元。" if chinese else f" is ¥{price} now."
    return said, f"price {price}"


def _stock(question: str, shelf: Listings, place: int, chinese: bool) -> Said | None:
    if not STOCK.search(question) or RESTOCKED.search(question):
        return None
    stock = float(shelf.stock[place])
    if stock <= 0:
        said = "暂时缺货。" if chinese else " is sold out for now."
    elif isinf(stock):
        said = "现在可以下单。" if chinese else " can be ordered now."
    else:
        said = f"还有 {int(stock)} 件。" if chinese else f": {int(stock)} left."
    return said, "stock" if isinf(stock) else f"stock {stock:g}"


def _offers(question: str, shelf: Listings, place: int, at: int, chinese: bool) -> Said | None:
    asked = OFFERS.search(question) is not None
    told = offers(shelf, place, at, "zh" if chinese else "en") if asked else ""
    if not told or refused(told):
        return None
    return (f"现在有：{told}。" if chinese else f" now: {told}."), told


def _reviews(question: str, shelf: Listings, place: int, chinese: bool) -> Said | None:
    """Tell stars and how many gave them, and what one buyer wrote, if that may be shown."""
    stars, count = float(shelf.rating[place]), int(shelf.reviews[place])
    if not REVIEWS.search(question) or not isfinite(stars) or not count:
        return None
    said = f"评分 {stars:g}，{count} 条评价" if chinese else (
        f" has {stars:g} stars from {count} reviews"
    )  # fmt: skip
    snippet = next((one for one in shelf.items[place].review_snippets if not refused(one)), "")
    if snippet:
        wrote = f"，有买家说：“{snippet}”" if chinese else f"; one buyer wrote: “{snippet}”"
        return said + wrote + ("。" if chinese else "."), snippet
    return said + ("。" if chinese else "."), f"rating {stars:g}, {count} reviews"


def _attribute(question: str, attributes: dict[str, str], chinese: bool) -> Said | None:
    if len(question) > LONGEST or OTHERWISE.search(SUITS.sub("", question)):
        return None
    for name, value in attributes.items():
        zh, _, en = map(plain, name.partition(BOTH))
        asked = rf"{re.escape(zh)}{ASKING}|(?:什么|哪种|哪些|啥){re.escape(zh)}"
        if en:
            asked += rf"|\b(?:what|which)\b.{{0,12}}\b{re.escape(en)}\b"
        if re.search(asked, question):
            which = 0 if chinese or BOTH not in value else 1
            label = (name.split(BOTH) * 2)[0 if chinese or BOTH not in name else 1]
            told = value.split(BOTH)[which]
            if not refused(told):
                said = f"的{label}：{told}。" if chinese else f", {label}: {told}."
                return said, f"{label}: {told}"
    return None


def _brand(question: str, brand: str, chinese: bool) -> Said | None:
    if not brand or BRAND.search(question) is None:
        return None
    name = side(brand, "zh" if chinese else "en")
    return (f"的品牌：{name}。" if chinese else f" is by {name}."), f"brand {name}"


def _size(question: str, item: Item, chinese: bool) -> Said | None:
    """Tell the measure in a product's title that is of the kind asked for."""
    if len(question) > LONGEST or ELSEWHERE.search(question):
        return None
    title = item.title if chinese else item.title_en or item.title
    if SUN.search(question):
        told = re.search(r"(?i)spf\s?\d+\+*(?:\s?pa\+*)?", title)
        return ((f"：{told[0]}。" if chinese else f": {told[0]}."), told[0]) if told else None
    for asked, units in SIZES:
        found = re.search(asked, question)
        unit = units or (f"{found[1]}s?" if found and found.lastindex else "")
        if found and unit:
            each = rf"\d+(?:\.\d+)?\s?(?:{unit})(?![a-z])(?:\s?[×x*]\s?\d+[^\W\d]?)?"
            told = re.search(rf"{each}|\d+\s?[×x*]\s?\d+\s?(?:{unit})", title, re.IGNORECASE)
            if told:
                return (f"：{told[0]}。" if chinese else f": {told[0]}."), told[0]
    named = NUMBERED.search(question)
    told = named and re.search(rf"(?i)(?<![a-z]){named[1] or named[2]}\s?\d+\+*", title)
    return ((f"：{told[0]}。" if chinese else f": {told[0]}."), told[0]) if told else None


def _in_full(question: str, item: Item, chinese: bool) -> Said | None:
    """Tell what a supplier says of a product, if it may be shown."""
    text = item.description if chinese else item.description_en
    if not text or refused(text) or ABOUT_IT.search(question) is None:
        return None
    told = text if len(text) <= SHOWN else text[:SHOWN].rstrip() + "…"
    return ("：" if chinese else ": ") + told, told
