"""Lint texts against the advertising law: absolute terms, medical claims, promises of results.

Rests on the Advertising Law of the PRC (2021), art. 9 (3) absolute terms, art. 16 and 17 medical
claims, art. 28 false statements; what stands here is a shop assistant, not a lawyer.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final, Literal

import msgspec

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
        r"国家级|世界级|最高级|全网第一|全国第一|销量第一|排名第一|第一品牌|顶级|极品|独一无二|绝无仅有|史无前例"
        r"|万能|百分之百|100%(?=有效|安全|纯天然|正品保证)|永久|绝对(?=有效|安全|不)|唯一",
        "不少顾客喜欢 / liked by many customers",
    ),
    (
        "absolute",
        "refuse",
        r"最(?:好|佳|强|优|大|低价|便宜|高|先进|安全|有效|受欢迎|新科技|舒适|时尚|顶尖|正宗|优质|专业|优惠)",
        "很、比较、我们觉得 / very, rather",
    ),
    (
        "absolute",
        "refuse",
        r"\b(?:the best|world[- ]class|number one|no\. ?1|cheapest"
        r"|100% (?:effective|safe|natural))\b",
        "popular, well liked",
    ),
    (
        "medical",
        "refuse",
        r"治疗|治愈|疗效|根治|药效|消炎|抗炎|杀菌|抗癌|降血压|降血糖|除皱|祛疤|祛斑(?!瑕)|再生细胞|激素调节|排毒|医用|处方"
        r"|药妆|医学护肤",
        "说感受和成分，不说治病 / tell ingredients, not cures",
    ),
    (
        "medical",
        "refuse",
        r"\b(?:cures?|heals?|treats? (?:acne|eczema|disease)|anti-?cancer|medical[- ]grade"
        r"|clinically proven)\b",
        "tell ingredients, not cures",
    ),
    (
        "promise",
        "warn",
        r"保证(?=见效|有效|瘦|白)|无效退款|[一二三四五六七八九十\d]+天(?:见效|变白|瘦)|立竿见影|永不反弹|零风险|无副作用",
        "效果因人而异 / results vary",
    ),
    (
        "promise",
        "warn",
        r"\b(?:guaranteed results|no side effects|risk[- ]free|instantly)\b",
        "results vary",
    ),
)
_COMPILED: Final = tuple(
    (rule, severity, re.compile(pattern, re.IGNORECASE), suggestion)
    for rule, severity, pattern, suggestion in RULES
)

ALLOWED: Final = re.compile(
    r"最后(?:一天|一件|几件|一批)|最近|最多|最少|最晚|最早|最迟|最初|最终|最低(?:消费|起送|订购)|最小(?:码|号|起订)"
    r"|最大(?:码|号)|唯一(?:编号|编码|码)|第一次|第一时间|不(?:能|可|得)?(?:替代)?治疗|并?非(?:药品|药物)"
    r"|不是药|没有(?:疗效|药效)|最(?:好|佳)(?=在|用|先|提前|不要|避免|避光|放|存|搭配|咨询|联系)"
    r"|best before|the best way to reach",
    re.IGNORECASE,
)
"""Harmless words in which a doubtful one stands."""


def lint(text: str, allowed: Iterable[str] = ()) -> list[Finding]:
    """Return what is doubtful in a text, in its order; `allowed` are words the seller may prove.

    >>> [finding.term for finding in lint("最后一天！全网第一的面霜，治疗痘痘")]
    ['全网第一', '治疗']
    """
    harmless = [match.span() for match in ALLOWED.finditer(text)]
    for word in allowed:
        harmless += [match.span() for match in re.finditer(re.escape(word), text)] if word else []
    found = []
    for rule, severity, pattern, suggestion in _COMPILED:
        for match in pattern.finditer(text):
            start, end = match.span()
            if not any(low <= start and end <= high for low, high in harmless):
                found.append(Finding(start, end, match[0], rule, severity, suggestion))
    return sorted(found, key=lambda finding: (finding.start, finding.end))


def refused(text: str, allowed: Iterable[str] = ()) -> bool:
    """Say whether a text holds what may not be shown."""
    return any(finding.severity == "refuse" for finding in lint(text, allowed))
