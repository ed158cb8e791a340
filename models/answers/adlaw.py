"""Lint texts against the advertising law: absolute terms, medical claims, promises of results.

Rests on the Advertising Law of the PRC (2021), art. 9 (3) absolute terms, art. 16 and 17 medical
claims, art. 28 false statements; what stands here is a shop assistant, not a lawyer.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from typing import Final, Literal, NamedTuple

import msgspec

from models.language import HAN, read_as

REMEMBERED: Final = 2_000
"""Texts of shelves and answers that were looked at, for they are shown again and again."""
Severity = Literal["refuse", "warn"]


class Finding(msgspec.Struct, frozen=True):
    """Point at a doubtful span `text[start:end]`, how grave it is, and what to say instead."""

    start: int
    end: int
    term: str
    rule: str
    severity: Severity
    suggestion: str


RULES: Final[tuple[tuple[str, Severity, str, str], ...]] = (
    (
        "absolute",
        "refuse",
        r"国家级|世界级|宇宙级|最高级|(?:全网|全国|全球|行业|销量|排名|口碑|世界|国内)第一(?!次"
        r"|时间)|第一(?:品牌|名牌|大牌)"
        r"|销[量售]冠军|之王(?!者)|顶级|顶尖|极品|至尊|巅峰(?!期)|无敌|独一无二|绝无仅有|史无前例"
        r"|前无古人|空前绝后"
        r"|举世无双|万能|百分之百|100%(?=有效|安全|纯天然|正品保证)|永久|绝对(?=有效|安全|不"
        r"|正宗)|唯一"
        r"|史上最|全网最|(?:全球|行业|国内|销量|同行)[^,，。]{0,4}领先|(?:中国|全国|世界)第一"
        r"|领导品牌|全网底价",
        "不少顾客喜欢 / liked by many customers",
    ),
    (
        "absolute",
        "refuse",
        r"最好(?=的|[吃喝看卖](?!前)|用的|[^\w]|$)|最大(?=优惠|力度|品牌|规模|功效)|最高(?=级"
        r"|品质|境界|标准|端)"
        r"|最(?:佳|强|优|低价|便宜|先进|安全|有效|受欢迎|新科技|舒适|时尚|顶尖|正宗|优质|专业"
        r"|优惠"
        r"|权威|完美|具|健康|流行|火爆|赚|省钱|实惠|奢华|天然|纯净|牛)",
        "很、比较、我们觉得 / very, rather",
    ),
    (
        "absolute",
        "refuse",
        r"\b(?:the best(?! before| way| thing|-| sell)|best (?:in the world|ever|on the market)"
        r"|world[- ]class|number one"
        r"|(?:no\.? ?|#)1(?!\d)|cheapest|world'?s (?:best|first|finest)"
        r"|100% (?:effective|safe|natural)|unbeatable|unrivalled)(?!\w)",
        "popular, well liked",
    ),
    (
        "absolute",
        "warn",
        r"首选|极致|终极|王牌|尖端|独家(?!配方表)|首家|首创|全[网球国]首发|完美无瑕|纯天然|零添加"
        r"|无添加|永不|秒杀(?=全|所有|大牌|一切|同)|碾压|完胜|底价|御用|皇室|宫廷(?!风)|国家专利"
        r"|吊打|top ?1(?!\d)",
        "说得出凭据的事实 / a fact that you can prove",
    ),
    (
        "authority",
        "refuse",
        r"国家(?:免检|机关|领导人)|领导人|人民大会堂|国宴|特供|(?:机关|部队|军队|政府)专供|驰名"
        r"|(?:专家|医生|医师|名医)(?:都?在?用|推荐|认可)|中国名牌|免检"
        r"|祖传|秘方|中央电视台|央视(?:推荐|品牌|上榜)|(?:国务院|卫健委|药监局|工商局"
        r"|质检局)(?:推荐|认证|批准)",
        "不借国家机关和奖项说话 / leave authorities out",
    ),
    (
        "medical",
        "refuse",
        r"治疗|治愈|医治|疗效|根治|根除|抗抑郁|药效|药用|消炎|抗炎|杀菌|抑菌|抗菌(?!材质|涂层"
        r"|砧板|面料)|抗癌|防癌|降血?[压糖脂]|降三高"
        r"|除皱|祛疤|祛斑(?!瑕)|再生细胞|干细胞|激素调节|排毒|解毒|医用(?!口罩|棉)|处方|药妆"
        r"|医学(?:护肤|认证|级)|特效"
        r"|增强免疫|提高免疫|免疫力|丰胸|壮阳|补肾|减肥|瘦身(?![款裤版])|燃脂|排油|包治|百病"
        r"|延年益寿|抗衰老|活血|化瘀|祛湿|止痛|安神|助消化"
        r"|抗过敏|补气|养血|补血|益气|长高|增高(?!鞋)|专治|轻松瘦|变瘦|吃了.{0,6}聪明"
        r"|(?:改善|缓解|告别|预防|调理|防治|远离)(?:睡眠|失眠|疼痛|便秘|痛经|关节|颈椎|炎症|湿疹"
        r"|脱发"
        r"|近视|记忆|口臭|三高|高?血[压糖脂]|胃病|疾病|感冒|焦虑)",
        "说感受和成分，不说治病 / tell ingredients, not cures",
    ),
    (
        "medical",
        "refuse",
        r"\b(?:cures?|heals?|treats? (?:acne|eczema|disease)|anti-?cancer|medical[- ]grade"
        r"|clinically proven|boosts? (?:your )?immun\w+|lose (?:weight|\d+ (?:pounds|kg|lbs))"
        r"|weight loss|detox\w*"
        r"|lowers? blood (?:pressure|sugar))\b",
        "tell ingredients, not cures",
    ),
    (
        "promise",
        "warn",
        r"保证(?=见效|有效|瘦|白)|[一二三四五六七八九十\d]+(?:天|次|周)(?:见效|变白|变瘦|瘦|美白"
        r"|祛|淡斑|去)|立竿见影|见效"
        r"|不反弹|[零无](?:风险|副作用)|无毒无害|100% ?(?=祛|去|见效|满意)|一(?:擦|抹|喷|吃)就"
        r"|彻底(?=去除|解决|告别|清除)|稳赚|躺赚|年轻.{0,2}岁|皱纹消失|吃不胖|包你?满意|无效退",
        "效果因人而异 / results vary",
    ),
    (
        "promise",
        "warn",
        r"\b(?:guaranteed results|no side effects|risk[- ]free|instantly|miracle"
        r"|overnight results|permanently)\b",
        "results vary",
    ),
)
_COMPILED: Final = tuple(
    (rule, severity, re.compile(pattern, re.IGNORECASE), suggestion)
    for rule, severity, pattern, suggestion in RULES
)

ALLOWED: Final = re.compile(
    r"最后(?:一天|一件|几件|一批)|最近|最多|最少|最晚|最早|最迟|最初|最终|最低(?:消费|起送|订购)"
    r"|最小(?:码|号|起订)"
    r"|最大(?:码|号|承重|载|尺寸|长度|限度|容量|直径|功率|支持|可)|最高(?:温|可|不超过|承|支持"
    r"|气温|水位)"
    r"|最佳(?:赏味|食用|饮用|观赏|保存|使用|拍照)|唯一(?:编号|编码|码|的?(?:区别|不同|要注意|缺点"
    r"|不足))"
    r"|第一次|第一时间|不(?:能|可|得|可以)?(?:替代|代替)?(?:药物)?治疗|(?:替代|代替)药物"
    r"|并?非(?:药品|药物)"
    r"|不(?:是|能|会|可以?)(?:减肥|瘦身|治|消炎|杀菌|祛斑)|没有?(?:减肥|治疗|疗效|药效)\w*|不是药"
    r"|就医治疗|治愈系|万能(?:转换|插|胶|充|油|表|钥匙|贴|扣)"
    r"|永久(?:居留|地址|性标记)|非处方|特效(?:镜头|化妆|妆)|免疫力(?:低|差|不好|弱)|减肥(?:餐|期"
    r"|人群|党|的?(?:人|朋友|客人))|治疗(?:期|中|前|后)|王牌特工"
    r"|最(?:好|佳)(?=在|用|先|提前|不要|避免|避光|放|存|搭配|咨询|联系|是|别|和|现|趁|当天|冷藏|密封|尽快"
    r"|早|晚|不|能|再|多|少)"
    r"|(?<=[完内前了])最好(?=[,，。;；!！~\s]|$)"
    r"|(?:the )?best before|the best (?:way to|thing is)|best (?:kept|stored|served|used|if)",
    re.IGNORECASE,
)
"""Harmless words in which a doubtful one stands."""
_SPLIT: Final = re.compile(
    rf"(?<={HAN.pattern})[ \t\u200b-\u200d\u2060\ufeff]{{1,3}}(?={HAN.pattern})"
)
"""Spaces between Chinese characters, which Chinese is written without."""
_CLEAR: Final = 4
"""Characters from which a term that spaces split is no accident, as 风格独特 效果好 is one."""


class _Reading(NamedTuple):
    """Hold a text as it is read, and where each of its characters stands in what was written."""

    text: str
    places: Sequence[int]

    def span(self, match: re.Match[str]) -> tuple[int, int]:
        """Return where a match, never an empty one, stands in what was written."""
        return self.places[match.start()], self.places[match.end() - 1] + 1


def lint(text: str, allowed: Iterable[str] = ()) -> list[Finding]:
    """Return what is doubtful in a text, in its order; `allowed` are words the seller may prove.

    Width, script and spaces within words hide nothing; a short term that spaces split is told of,
    not refused.

    >>> [finding.term for finding in lint("最后一天！全網 第一的面霜，治療痘痘")]
    ['全網 第一', '治療']
    """
    readings = _readings(text)
    excused = [ALLOWED, *(re.compile(re.escape(read_as(word))) for word in allowed if word)]
    found = []
    for reading in readings:  # each by its own words: a space may stand for a comma
        spans = [
            reading.span(match) for pattern in excused for match in pattern.finditer(reading.text)
        ]
        found += [
            finding
            for finding in _doubtful(text, reading, joined=reading is not readings[0])
            if not any(low <= finding.start and finding.end <= high for low, high in spans)
        ]
    return sorted(found, key=lambda finding: (finding.start, finding.end))


def _readings(text: str) -> list[_Reading]:
    """Return a text as it is read, and once more without spaces in Chinese where there are any."""
    read = read_as(text)
    readings = [_Reading(read, range(len(text)))]
    gaps = [match.span() for match in _SPLIT.finditer(read)]
    if gaps:
        left = {place for gap in gaps for place in range(*gap)}
        places = [place for place in range(len(text)) if place not in left]
        readings.append(_Reading("".join(read[place] for place in places), places))
    return readings


def _doubtful(text: str, reading: _Reading, *, joined: bool) -> Iterator[Finding]:
    """Yield what is doubtful in a reading; of a joined one only what spaces split."""
    for rule, severity, pattern, suggestion in _COMPILED:
        for match in pattern.finditer(reading.text):
            start, end = reading.span(match)
            split = end - start > len(match[0])
            if split or not joined:
                clear = not split or len(match[0]) >= _CLEAR
                grave: Severity = severity if clear else "warn"
                yield Finding(start, end, text[start:end], rule, grave, suggestion)


def refused(text: str, allowed: Iterable[str] = ()) -> bool:
    """Say whether a text holds what may not be shown."""
    return _refused(text, tuple(allowed))


@lru_cache(REMEMBERED)
def _refused(text: str, allowed: tuple[str, ...]) -> bool:
    return any(finding.severity == "refuse" for finding in lint(text, allowed))
