"""What words alone say about a question: figures, negation, what kind of answer, and the mood."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Final

REMEMBERED: Final = 20_000
"""Texts of sellers whose words were looked at before."""

NUMBER: Final = re.compile(r"\d+(?:\.\d+)?")
CHINESE_NUMBER: Final = re.compile(
    r"[一二两三四五六七八九十百千万]+(?=[天斤公斤克毫升件瓶支盒包个月年小时折元块寸号])"
)
NEGATION: Final = re.compile(
    r"不(?!错|同|过|知道|好意思|会吧|少)|没(?!问题|事)|别|无法|未|非|拒绝"
    r"|\b(?:not|no|never|without|cannot|can't|won't|don't|doesn't|isn't|aren't|didn't|wasn't)\b"
)
A_NOT_A: Final = re.compile(
    r"(.{1,3})不\1|有没有|能不能|是不是|可不可以|会不会|要不要|好不好|行不行|在不在"
)
"""A question of the form "is it or is it not" denies nothing."""

ASKED_FOR: Final[dict[str, re.Pattern[str]]] = {
    "when": re.compile(
        r"什么时候|几时|何时|多久|几天|多长时间|啥时候|\b(?:when|how long|what time)\b"
    ),
    "how_much": re.compile(
        r"多少钱|卖多少|什么价|价格|价钱|怎么卖|几块|贵[不吗]|费(?:是|要)?多少|\b(?:how much|price"
        r"|costs?|pricing)\b"
    ),
    "where": re.compile(r"哪里|哪儿|在哪|什么地方|何处|\bwhere\b"),
    "why": re.compile(r"为什么|为啥|怎么回事|\bwhy\b"),
    "who": re.compile(r"谁|\bwho\b"),
    "how_many": re.compile(r"(?<!卖)(?<!价格)(?<!价)(?<!费)多少(?!钱)|几个|几件|几瓶|\bhow many\b"),
}
"""Kinds of answer a question may ask for; one kind cannot stand for another."""

PRICE: Final = re.compile(
    r"多少钱|贵[不吗]|价格|什么价|价钱|怎么卖|几块钱|\b(?:how much is|how much are|price)\b"
)
STOCK: Final = re.compile(
    r"有货|现货|库存|缺货|断货|还有吗|卖完|\b(?:in stock|available|sold out)\b"
)
CHOICE: Final = re.compile(
    r"哪[个款种支瓶件套色].{0,8}(?:适合|好|合适|推荐|显白|好用)|推荐|适合.{0,14}(?:吗|的|用)"
    r"|求安利|怎么选|选哪|挑"
    r"|\b(?:recommend|suggest|which (?:one|shade|colou?r|product|of)|suitable for|good for|best for"
    r"|something for|anything for|looking for)\b"
)
SHOP: Final = re.compile(
    r"发货|快递|物流|运费|包邮|退货|退款|换货|售后|质保|保修|支付|付款|微信支付|支付宝|花呗|信用卡"
    r"|分期|发票|订单|下单"
    r"|优惠|折扣|券|活动|满减|积分|会员|价|库存|现货|尺码|尺寸|颜色|色号|规格|成分|材质|保质期"
    r"|生产日期|产地|正品|授权"
    r"|包装|礼盒|客服|门店|自提|代理|批发|怎么用|用法|适合|过敏|敏感|商品|产品|这款|这个|这件|你们"
    r"|你家|店"
    r"|\b(?:ship\w*|deliver\w*|return\w*|refund\w*|exchange\w*|pay\w*|invoice|order\w*|discount"
    r"|coupon|price"
    r"|stock|size|colou?r|shade|ingredient\w*|material|warranty|authentic|genuine|store|shop"
    r"|product|item|sell"
    r"|wholesale|gift|package|packaging)\b"
)
"""Words of trade: a question with one of them is about the shop, even when nothing is known."""

PROMISE: Final = re.compile(
    r"最低价|保价|保证.{0,6}(?:有效|治|好)|能治|治疗|疗效|处方|医保|法律|合同|赔偿|假一赔|返现"
    r"|\b(?:guarantee[ds]?|cure|legal|lawsuit|compensation|cheapest)\b"
)
CAREFUL: Final = re.compile(
    r"孕|哺乳|喂奶|产后|坐月子|新生儿|婴儿|早产|宝宝(?=.{0,4}(?:能|可以|可不可以|会|吃|喝|用))|老人"
    r"|清真|素食|纯素|全素|乳糖不耐|麸质|失眠|睡不着|睡眠(?:不好|质量|差)"
    r"|糖尿病|高血压|高血脂|痛风|肾病|心脏病|癌|哮喘|湿疹|术后|过敏(?!感)"
    r"|pregnan|breastfeed|breast-feed|nursing|newborn|infant|elderly"
    r"|diabet|blood pressure|asthma|eczema|allerg|surgery"
    r"|\bvegans?\b|vegetarian|halal|kosher|gluten|lactose|insomnia|(?:help|can.?t|cannot"
    r"|trouble).{0,12}\bsleep"
)
"""Those for whom a wrong answer does harm: only what speaks of them is an answer for them."""


@lru_cache(REMEMBERED)
def figures(text: str) -> frozenset[str]:
    """Return the numbers that stand in a text.

    >>> sorted(figures("满 99 减 10"))
    ['10', '99']
    """
    return frozenset(NUMBER.findall(text)) | frozenset(CHINESE_NUMBER.findall(text))


@lru_cache(REMEMBERED)
def denies(text: str) -> bool:
    """Say whether a folded text denies something.

    >>> denies("这个能退吗"), denies("为什么不能退"), denies("能不能退")
    (False, True, False)
    """
    return bool(NEGATION.search(A_NOT_A.sub("", text)))


@lru_cache(REMEMBERED)
def asks_for(text: str) -> frozenset[str]:
    """Return the kinds of answer a folded question asks for."""
    return frozenset(kind for kind, pattern in ASKED_FOR.items() if pattern.search(text))


def differs(question: str, phrasing: str) -> tuple[bool, bool, bool]:
    """Say whether figures, negation or the kind of answer of two folded questions contradict."""
    mine, theirs = figures(question), figures(phrasing)
    wanted, given = asks_for(question), asks_for(phrasing)
    return (
        bool(mine) and bool(theirs) and not mine & theirs,
        denies(question) != denies(phrasing),
        bool(wanted) and bool(given) and not wanted & given,
    )
