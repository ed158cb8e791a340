"""Wishes in words: what asks for a choice, what it goes by, and what is not wanted."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Literal

from models.answers.measures import Measure

UNWANTED: Final = re.compile(
    r"(?:不(?:爱|能|太能|太爱)?(?:吃|喝)|(?<!不)怕|忌|(?:(?<!要)不要|(?<!想)不想要?|不喜欢|讨厌"
    r"|(?<!是)不是|(?<![特分级识区个])别要?|除了"
    r"|(?<![是要好])不)(?:太|那么|很)?|太"
    r"|\b(?:not|no|non|except|avoid|hate|don't (?:want|like))"
    r"(?: too| any| an?| the| made)?(?: of| from| in)?[ -])\s*$"
)
"""Ends what stands before a word that is not wanted."""
FREE_OF: Final = re.compile(r"(?:不含|不带|没有|无|非|零|0|\b(?:without|free of|no) )(?:any )?$")
"""Ends what stands before what a product must be free of; its own words have to say so."""
FREE_AFTER: Final = re.compile(r"[ -]free\b")
FREE: Final = ("无{}", "不含{}", "零{}", "0{}", "{} free", "no {}", "non-{}")

By = Literal["", "cheap", "dear", "popular", "new", "rated"]
BY: Final[Mapping[By, re.Pattern[str]]] = {
    "popular": re.compile(
        r"卖[得的](?:最|比较)?(?:好|多|火)|销量|热卖|热销|爆款|最火|最?受欢迎|人气"
        r"|畅销|买的人(?:最)?多"
        r"|\b(?:best[ -]?sell(?:er|ers|ing)|most popular|popular|trending)\b"
    ),
    "new": re.compile(
        r"新[品款货]|上新|新到|新上|有什么新[品款货]?"
        r"|\b(?:new arrivals?|what's new|anything new|newest|latest (?:product|item|arrival)s?)\b"
    ),
    "rated": re.compile(
        r"(?:评价|评分|口碑|好评)(?:最|比较)?(?:好|高|多)"
        r"|\b(?:best|top|highest)[ -]?(?:rated|reviewed)\b"
    ),
    "dear": re.compile(r"最贵|最高档|最高端|\bmost expensive\b"),
    "cheap": re.compile(
        r"便宜|不(?:要)?(?:太|那么)?贵|实惠|性价比|划算|平价|学生党"
        r"|\b(?:cheap(?:er|est)?|affordable|inexpensive|not (?:too |so )?(?:expensive|pricey))\b"
    ),
}
"""By what a choice is asked for, beside what meets it."""
CHEAPER: Final = re.compile(
    r"(?:能|可以|再|给我?|算)(?:不能|不可以)?便宜|^便宜(?:一?点)(?:吧|呗|嘛|卖)?\W*$|便宜卖|讲价"
    r"|cheaper ?(?:一点|点)?[吗么]?\?*$"
)
"""Haggles; asks for no choice."""

WANTS: Final = re.compile(
    r"(?:什么|啥).{0,6}(?:好|合适|适合)|[吃喝穿戴玩用买送选挑](?:点|些)?(?:什么|啥|哪)|想[买要找送]"
    r"|要买|我要|来[点个份一]"
    r"|求|预算|送(?:礼|给|妈|爸|朋友|女|男|长辈|老师|同事|领导|客户)|有(?:什么|啥|哪些)|的有哪|也行"
    r"|\b(?:please|i (?:want|need)|i'm after|show me|which|something|anything|gifts?|budget)\b"
)
"""Asks for a choice in other words than to recommend one."""
_ASKED: Final = r"(?:[吗嘛]|(?<![什怎那这多要])么)"
WHETHER: Final = re.compile(
    rf"是.*{_ASKED}|(?<![能有可])([^有能可])不\1|^(?!.*(?:有|推荐|卖)).*{_ASKED}"
    rf"|(?:可以|能|会)(?:用|吃|喝|穿|给|玩|洗)[^的]{{0,3}}(?:{_ASKED}|不)|(?:可以|能"
    rf"|会)[^的]*不\W*$"
    r"|^(?:is|are|does|do|will|would|can|could) (?!you\b|there\b|i (?:get|buy|have)\b)"
)
"""Asks whether something is so, which is no wish."""
TRADE: Final = re.compile(
    r"发货|快递|物流|运费|包邮|邮费|退(?![热烧红])|换货|售后|质保|保修|支付|付款|微信|支付宝|花呗"
    r"|信用卡|分期|发票|订单|下单"
    r"|优惠|折扣|[券劵]|活动|满减|积分|会员|库存|尺码|包装(?!的)|包起来|客服|门店|自提|代理|批发"
    r"|怎么(?![卖选样挑])|如何|用法|保质期|过期|生产日期"
    r"|产地|正品|授权|真假|区别|成分|试用|小样|赠品"
    r"|\b(?:ship\w*|deliver\w*|return\w*|refund\w*|exchange\w*|pay\w*|invoice|orders?|discounts?"
    r"|coupons?"
    r"|best[- ]before|expir\w+|shelf life|warranty|authentic|genuine|wholesale|ingredients?"
    r"|difference|how(?! much| about)|samples?|wrap\w*"
    r"|gift cards?|tester)\b"
)
"""Words of trade: a question with one of them is not for products."""

SOME: Final = re.compile(r"(?:推荐|介绍|来|找|看看?|选|挑|要)(?:一下)?[几两][个款件种支条]")
"""Asks for some of a kind, not how many there are."""
CALLED_OFF: Final = re.compile(r"不(?:想)?要了(?!解)|不(?:想)?买了|不用买|取消")
"""Does not want any more what she ordered."""


@dataclass(frozen=True, slots=True)
class Wish:
    """Hold what a question asks of a product.

    It is to be of one of `kinds`, as far as any are named; `wanted` are further words that it
    should meet, all of them if `whole`, and `unwanted` what it must not; `needed` must stand in its
    own words; `months` is the age of the child it is for, and it is to have all `measures`. `low`
    and `high` bound the price, and the choice goes `by` something among those that meet it; empty
    for her own taste.
    """

    kinds: tuple[str, ...] = ()
    wanted: tuple[str, ...] = ()
    low: float = 0.0
    high: float = math.inf
    unwanted: tuple[str, ...] = ()
    by: By = ""
    needed: tuple[str, ...] = ()
    months: float | None = None
    measures: frozenset[Measure] = frozenset()
    whole: bool = True

    @property
    def asks(self) -> bool:
        """Say whether anything is asked of the product at all."""
        named = self.kinds or self.wanted or self.unwanted or self.needed or self.by
        return (
            bool(named or self.measures)
            or self.months is not None
            or (self.low, self.high) != (0.0, math.inf)
        )


def going_by(question: str) -> By:
    """Return what a choice is to go by; empty where nothing is said or a price is haggled over."""
    for by, pattern in BY.items():
        if pattern.search(question) and not (by == "cheap" and CHEAPER.search(question)):
            return by
    return ""
