"""What is wrong with what she got, or has not come: told, not asked about."""

from __future__ import annotations

import re
from typing import Final

from models.answers.rules import A_NOT_A

_FAULT: Final = (
    r"碎|裂(?![纹面])|裂开|破(?!壁|损)|破损|坏|烂|断|化(?![妆学])|漏(?:液|水|油|气|尿|粉)?|洒|瘪"
    r"|变[黄色形味软硬]"
    r"|褪色|掉色|掉漆|掉毛|掉钻|脱线|开线|开胶|脱胶|起球|缩水|发黄|发酸|受潮|返潮|生锈|堵|融化|鼓包"
    r"|胀气"
)
_FOUND: Final = r"线头|(?:破|小)?洞(?!洞)|裂[纹缝]|划痕|污渍|异味|怪味|臭味|霉味|瑕疵|色差|虫眼"
_STATED: Final = (
    r"缺页|不亮了|不响了|打不开|充不进|按不出|结块了|扎人|歪了|掉了[一两几]?[颗个块]"
    r"|一[只个]大一[只个]小"
    r"|[大小]了一码|图片(?:上)?的?不(?:一样|符)|没有?想象|是坏的"
)
_RULED_OUT: Final = r"(?<![会易怕防不否能没担心怎如])(?<!是不是)(?<!容易)(?<!担心)"
_NOT_ASKED: Final = r"(?!.{0,8}(?:吗|么|嘛|会不会|能不能|正常|\?|保养|清洗|包赔|赔付|怎么洗))"
_BROKEN: Final = (
    rf"(?:收到|寄[来到]|发来|到手|拆开|打开|签收|才?[用穿戴洗](?:了|过)?[一两几]?[次天回])"
    rf"[^吗?不没无]{{0,14}}?(?:{_FAULT}|{_FOUND}|没气|少了|脏|旧|空的|(?<!不)错)"
    rf"|{_RULED_OUT}(?:{_FAULT})了(?!什么){_NOT_ASKED}"
    rf"|{_RULED_OUT}(?:{_STATED}){_NOT_ASKED}"
    rf"|{_RULED_OUT}(?:掉色|褪色|起球|掉毛|脱线|搓泥|卡粉|拔干|晕染)\W*$"
    r"|[个只件条瓶支]是(?:坏|断|碎|破|烂|空|漏|裂|旧)的|没(?:有)?气(?:了|啊|$)"
    r"|(?<![不防怕会能老夜])漏[液水气尿粉](?:了|啊|$|[,。!])"
    r"|用了[^不没]{0,4}(?:长|起|爆|冒)痘(?!的)"
)
_BLEMISHED: Final = (
    r"(?:(?<!没)有|是|这么|好|都是|全是|一股|股)(?:[一几]?[个条点股处道])?"
    rf"(?:{_FOUND})(?=$|[,。!了啊呀]|\s){_NOT_ASKED}"
    r"|(?:线头|色差|异味|味道|质量|做工).{0,2}(?:超级?|太|好|特别|非常|很)"
    r"(?:多|大(?!气|方)|重(?!的|吗)|难闻|刺鼻|冲|糙|粗糙)(?!不)"
    r"|(?<![没有])有(?:点|股|一股)?味(?:道|儿)[啊了呀]?\W*$"
)
_LACKING: Final = (
    r"(?<![有要的])没(?:有)?(?:什么|啥|一点)?(?:味道?|香味|效果|用)(?:啊|了|呀)?\W*$"
    r"|一点儿?[都也]不(?:脆|甜|香|酥|鲜|软|辣|好[吃喝用闻看]|保湿|新鲜|遮瑕|显白|持久|舒服"
    r"|合身|值|像|准|粘|牢)[啊了呀]?\W*$"
    r"|(?<![是会要想可能有])不(?:脆|贴|香|酥|吸水|遮瑕|保湿|持久|好用|好吃|好喝|好闻|好看|新鲜"
    r"|准|平整|牢)(?:了|啊|呀)?\W*$"
    r"|(?<!不)难[吃喝闻用看](?!吗|不|么)|又贵又"
    r"|^[^怕嫌别不要会]{0,6}太(?:甜|咸|酸|辣|苦|油|腻|油腻|浓|淡|硬|薄|糙|粗糙|差|臭|腥|假|吵"
    r"|刺鼻|干|暗|高|紧|难\w)(?:了|\W*$)(?!.{0,8}(?:有|换|要|推荐|吗|能|么|\?))"
)
_SENT: Final = (
    r"(?:少|漏|错|多)(?:发|寄|装)了|发错|寄错|少了(?:一|两|几|\d|[个件支本瓶包])|缺了[一两几\d]"
    r"|(?:快递|包裹|货|件|东西)(?:丢|弄丢|不见)了"
    r"|(?:没|没有|还没|未)收到(?!.{0,3}(?:怎么|货?(?:可以|能)))(?!.{0,8}吗)"
    r"|迟迟(?:不|没|未)|(?:退款|钱|快递|货|物流).{0,4}(?:怎么|为什么|咋)(?:还|一直)(?:没|不)"
    r"|(?:一直|还)没(?:发货|更新|动静)"
)
_IN_ENGLISH: Final = (
    r"\b(?:arrived|came|received?|got)\b.{0,24}\b(?:open(?:ed)?|broken|damaged|cracked|leak\w*"
    r"|melted|torn|wrong|empty|crushed|spoil\w*|shattered)\b"
    r"|\b(?:is|are|was|were)\s(?:all\s|already\s)?(?:torn|broken|cracked|damaged|melted|leaking"
    r"|shattered|ripped|crushed|stale|spoilt|spoiled)\b(?!.{0,20}\?)"
    r"|\b(?:leaks|sheds|doesn'?t work|does not work|(?:isn'?t|not) working|stopped working"
    r"|fell (?:apart|off))\b(?!.*\?)"
    r"|^(?!is |are |will |does |would |do |not |nothing |anything ).*\btoo (?:strong|weak|sweet"
    r"|salty|sour|spicy|bitter|hard|tight|thin|oily|rough)\W*$"
    r"|\bmissing (?:a|one|two|an|the|from)\b|\bwrong (?:item|product|size|colou?r)\b"
)
FAULT: Final = re.compile("|".join((_BROKEN, _BLEMISHED, _LACKING, _SENT, _IN_ENGLISH)))
"""Tells what is wrong with what she got, or that it has not come."""
WILL: Final = re.compile(
    r"会不会|是不是会|怕不怕|(?:会|容易)[^,。!]{0,8}[吗么嘛?]|\b(?:will|would|does|do) (?:it"
    r"|they)\b"
)
"""Asks whether there may be a fault."""
GOT: Final = re.compile(r"收到|到手|拆开|打开|签收|寄来|发来|\b(?:arrived|received|came|got)\b")
PLEASED: Final = re.compile(
    r"不错|满意|可爱|惊喜|(?:没有?|无)(?:[一任]何?|什么)?(?:碎|破|坏|异味|瑕疵|划痕|色差|漏|问题)"
    r"|高兴|开心|笑|不难|我发错|不好意思|优惠[券劵]|验证码|钱包瘪|难选"
    r"|\b(?:nothing|not) (?:is )?(?:broken|damaged|wrong|missing)\b"
)
"""Says that nothing is wrong with it, or speaks of something else."""
WISHES: Final = re.compile(
    r"想(?:买|换|要|送|找)|推荐|求|来[点个]|家里缺|我缺|要一[个件双]|最好|喜欢|怕|用什么|买[点个]"
    r"|皮肤|t区|嘴唇|脚后跟|脚跟|牙齿|眉毛|毛孔|指甲|头发|身材|睡眠|宿舍|旧的?[锅包鞋]|鞋柜"
    r"|\b(?:need|want|looking for|any)\b|\bmy (?:lips?|heels?|skin|phone|nails?|hair|belt|wall)\b"
)
"""Tells what she would like, or what is wrong with something of her own."""
CALM: Final = re.compile(
    r"谢谢|感谢|满意|回购|好[吃喝用看闻](?!吗|不|么)|喜欢|态度(?:很|真|特别|非常)?好|没有?(?:问题"
    r"|破损)|挺好|不错"
    r"|(?:不|无|没|防)[^,。!]{1,4}的[^,。!]{1,6}$|皮肤|肤质|洗完脸|几点|什么时候(?:能|可以)?(?:回"
    r"|上班)"
    r"|\b(?:thank\w*|love|yummy|delicious|great|happy|perfect\w*|my skin|which|bought it again)\b"
)
"""Words of who is pleased, wishes for what is not so, or tells of her skin."""
_ASKS: Final = re.compile(
    r"怎么|咋|吗|么|嘛|能|可以|什么|啥|多久|多少|哪|谁|有没有|[?]|不\W*$"
    r"|\b(?:how|what|why|can|could|when|where|who|which|do|does|will|is it)\b"
)


def states(text: str) -> bool:
    """Say whether a folded text tells of a fault and asks nothing at all.

    >>> [states(one) for one in ("包带断了", "收到坏了怎么办")]
    [True, False]
    """
    return troubled(text) and _ASKS.search(text) is None


def at_ease(text: str) -> bool:
    """Say whether a folded text cannot be upset by its words, however it sounds."""
    return CALM.search(text) is not None or A_NOT_A.search(text) is not None


def troubled(text: str) -> bool:
    """Say whether a folded text tells of a fault: a person is asked where no entry answers.

    >>> [troubled(one) for one in ("收到口红是断的", "会起球吗", "红茶太浓了")]
    [True, False, True]
    """
    told = A_NOT_A.sub(" ", text)
    if FAULT.search(told) is None or PLEASED.search(text) is not None:
        return False
    if GOT.search(told) is not None:
        return True
    return WILL.search(text) is None and WISHES.search(text) is None
