"""Who is upset, was harmed, or asks for a person: a person answers, not a program."""

from __future__ import annotations

import re
from typing import Final, Literal

Called = Literal["", "upset", "person"]

_BODY: Final = r"脸|皮肤|嘴|眼睛?|头皮|胃|肚子|喉咙|手|身上"
_ILL: Final = (
    r"过敏|红肿|肿|发红|发痒|痒|刺痛|疼|痛|灼|火辣|起疹|疹子|起痘|爆痘|脱皮|烂脸|拉肚子|腹泻|呕吐"
    r"|吐|头晕|恶心"
    r"|中毒|住院|发烧|不舒服|掉头发"
)
HARMED: Final = re.compile(
    rf"(?:用|吃|喝|涂|抹|敷|穿|戴|洗)(?:了|完|过|着)?(?:你们?家?的?|这个?|它)?(?:之后|以后"
    rf"|后)?[^会吗]{{0,8}}?(?:{_ILL})"
    rf"(?!.{{0,6}}(?:吗|能|可以|怎么会))(?:了|得|死|的?厉害|怎么|很|$|[,!。 ])"
    rf"|(?:{_BODY})(?:都|就|全|有点)?(?:{_ILL})(?:了|得|死)"
    r"|过敏了(?!.{0,4}(?:能|可以|怎么))|烂脸"
    r"|\b(?:face|skin|eyes?|lips?|scalp|stomach|throat)\b.{0,24}\b(?:burn(?:s|ed|ing)?|swell\w*"
    r"|swollen|hurts?|itch\w*|(?:turned|turns|went|got|is|are|all) red)\b"
    r"|\b(?:allergic reaction|got allergic|got (?:a |an )?(?:rash|sick|ill)|threw up|throwing up"
    r"|vomit\w*|food poisoning|broke out)\b"
)
"""Was harmed by what she bought; asks not whether one might be."""
SPOILT: Final = re.compile(
    r"(?:发霉|变质|发臭|长毛|生虫)了(?!.{0,3}(?:吗|能))|(?<!会)(?:里面|里头|居然|竟然|都)有(?:虫"
    r"|头发|异物|玻璃)|有虫(?!.{0,4}(?:吗|怎么))"
    r"|货不对[板版办]|(?:收到|发来|寄来).{0,8}(?:垃圾|破烂|二手)"
    r"|\b(?:mould|mold)y\b|\b(?:bugs?|worms?|hair) in (?:it|the|my)\b|\byou sent me (?:garbage"
    r"|trash|junk)\b"
)
"""Got what no shop should send."""
ANGRY: Final = re.compile(
    r"(?<!怎么)(?<!如何)(?<!有人)(?<!不是)(?<!不是来)(?<!不想)投诉(?!过)|(?<!有)差评(?!多)|骗子"
    r"|骗人|骗钱|假货(?!.{0,3}(?:包|怎么|吗|赔))|退钱|曝光(?!补偿"
    r"|度|量|时间)|12315"
    r"|消协|垃圾(?![桶袋篓箱铲分处食车])|坑人|坑爹|(?<!皮肤)(?<!睡眠)(?<!视力)(?<!记性)太差|欺骗"
    r"|欺诈|诈骗|维权|起诉|律师函|[找请]律师"
    r"|律师见|工商(?!银行|管理)|举报"
    r"|生气(?!.{0,5}[送哄])|失望|恶心人|黑店|黑心|无良|奸商|上当|被骗|忽悠|态度(?:太|很|真)?(?:差"
    r"|恶劣|不好)|恶劣"
    r"|再也不(?:买|来|会)"
    r"|给(?:我)?一?个(?:说法|交代|解释)|讨(?:个)?说法|什么情况|(?<!这)(?<!是)怎么回事[啊呀!]"
    r"|怎么搞的|搞什么|什么破|烦死|气死|无语"
    r"|说好的.{1,10}呢|听不懂(?![英中外])|答非所问|不(?:管|处理|解决)(?:我(?!多)|是吧|吗)"
    r"|\b(?:complain(?:t|ing)?|fraud|my lawyer|sue you"
    r"|refund now|money back now|terrible|horrible(?! weather)|awful|disgust\w+"
    r"|disappoint(?:ed|ing)|worst(?! case)|unacceptable|rip-?off|stupid(?! question)|ridiculous"
    r"|furious"
    r"|pissed)\b"
    r"|\b(?:is|are|was|were|it's|they're|all|sells?|selling|sold|sent)(?: me)?(?: a)? fakes?(?=$"
    r"|\W*$|[,.!]| (?:product|item|thing|one|good)s?)"
    r"|\b(?:so|totally|is|was|are) useless(?! for)\W*$|\buseless (?:bot|service|product|thing"
    r"|shop)\b"
    r"|\b(?:i am|i'm|so|very|really) angry\b"
    r"|\b(?:this|you|it|what|total|complete|such).{0,8}\bscam(?! proof)|\b(?:wtf|what the (?:hell"
    r"|fuck)|where the hell)\b"
    r"|^[?!\s]{3,}$|过分了|什么玩意|\bi(?: will|.ll| am going to) sue\b|^\W*(?:angry|useless"
    r"|fakes?)\W*$"
)
WAITING: Final = re.compile(
    r"(?:天|周|星期|礼拜|个?月|小时|好久|半天)了?,?.{0,4}(?:还没|还不|也没|都没|没人|没到|没发"
    r"|没动静)|再不(?!买|下单|抢).{1,8}(?:就|我)"
    r"|等了.{0,4}(?:天|周|星期|礼拜|月|小时|好久|很久|半天)|到底.{0,6}(?:发不发|退不退|管不管"
    r"|有没有人|给不给|什么时候)"
    r"|说了.{0,4}遍|第[三四五六七八九十3-9][次遍](?:问|说|找|联系|反映)"
    r"|问了.{0,5}[次遍](?!.{0,4}吗)"
    r"|(?:没人|不)(?:回复?|理|管)(?:我|啊|$|[,!。])|(?:一直|总是|老)不(?:回|理)|没人(?:回|理|管)"
    r"|\b(?:no ?(?:one|body)) (?:answers?|replies|responds?|cares?)\b|\basked .{0,12}\btimes\b"
    r"|\bstill (?:no|not|have ?n.t|has ?n.t|waiting)\b"
    r"|\b(?:i|we)(?: have|.ve)? been waiting\b|\bnever (?:arrived|came|replied)\b"
)
"""Has waited, or asked in vain."""
PERSON: Final = re.compile(
    r"不(?:想|要)(?:跟|和)?(?:机器人|ai|智能)|让(?:店主|老板|客服|真人)(?:来|回|联系)"
    r"|(?<![老女男客病孕年国器中轻家本])人呢|(?:打"
    r"|回)(?:个|一个)?电话给?我|给我(?:打|回)(?:个)?电话"
    r"|\bcustomer (?:service|support)\W*(?:please\W*)?$|\bcall me\b|转?人工(?!智能|费"
    r"|(?:客服)?(?:几点|时间|上班|在线))|真人(?!头发|发|娃|版)|(?:找|叫|联系|要)(?:一?个)?(?:客服"
    r"|店主|老板|人来?$"
    r"|人(?:聊|说|问))"
    r"|\b(?:human(?! hair)|real person|live (?:agent|chat|person)|agent please"
    r"|(?:talk|speak|chat) (?:to|with) (?:a |an |some|the )?"
    r"(?:one|body|person|human|agent|seller|owner))\b"
)
"""Asks for a person, politely."""


CROSS: Final = re.compile(
    "[\U0001f621\U0001f620\U0001f92c\U0001f624\U0001f44e\U0001f4a2\U0001f4a9\U0001f92e]"
)
"""Faces and signs of anger and disgust."""


def called(text: str) -> Called:
    """Say whether a folded text needs a person at once, and why.

    >>> [called(one) for one in ("用了脸都肿了", "会不会起疹子", "都一周了还没发货", "转人工")]
    ['upset', '', 'upset', 'person']
    """
    if any(way.search(text) for way in (HARMED, SPOILT, ANGRY, WAITING, CROSS)):
        return "upset"
    return "person" if PERSON.search(text) else ""
