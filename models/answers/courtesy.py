"""What people say to be polite, and who is talking: nothing of it is asked of the shop."""

from __future__ import annotations

import re
from typing import Final, Literal

from models.answers.mood import CROSS

Courtesy = Literal["greeting", "assistant", "thanks", "noted", ""]

_WORDS: Final[dict[Courtesy, str]] = {
    "greeting": "你好 您好 你们好 哈喽 哈啰 哈罗 嗨 在不在 在不 在 有人 亲爱 亲"
    " 老板娘 老板 店主 店家 掌柜 卖家 客服"
    " 早上好 早安 早 上午好 中午好 下午好 晚上好 晚安 hi hello hey hiya there",
    "assistant": "你是谁 你是哪位 你叫什么名字 你叫什么 你叫啥",
    "thanks": "谢谢你 谢谢您 谢谢 谢 多谢 感谢 3q 辛苦 麻烦你 麻烦您 亲 老板"
    " thanks thx ty cheers many",
    "noted": "好 嗯 恩 行 可以 明白 知道 懂 收到 没事 没事了 没问题"
    " 不用 不用了 算了 哈哈哈 哈哈 呵呵 嘿嘿 再见 拜拜 拜 回见"
    " ok okay k great cool nice alright bye goodbye",
}
_PHRASES: Final[dict[Courtesy, tuple[str, ...]]] = {
    "greeting": (
        "good (?:morning|afternoon|evening)",
        "(?:is )?(?:anyone|anybody|someone) (?:there|here)",
        "are you there",
    ),
    "assistant": (
        "你是(?:不是)?(?:机器人|人工智能|ai|智能客服|真人|人工|人)(?:还是(?:机器人|ai|真人|人))?",
        "是(?:机器人|真人|人工)(?:还是(?:机器人|真人|人))?",
        "(?:are you|is this|am i (?:talking|chatting) (?:to|with)) (?:a |an |the )?"
        "(?:bot|robot|human|real person|person|ai|machine|real)"
        "(?: or (?:a |an )?(?:bot|robot|human|real person|person|ai|machine))?",
        "(?:who|what) are you",
        "what(?: i)? ?s your name",
    ),
    "thanks": ("thank (?:you|u)", "so much", "very much", "a lot"),
    "noted": ("got it", "i see", "all right", "see you"),
}
_GOOD: Final = (
    r"好看|好吃|好喝|好用|好闻|便宜|划算|实惠|赞|棒|好|香|美|漂亮|可爱|值|值了|喜欢|爱了|开心"
    r"|满意|舒服|不错|精致|新鲜|快"
)
PRAISE: Final = re.compile(
    rf"(?:(?:谢谢|你们|你家|我|的|这|那|个|款|真|东西|质量|味道|包装|衣服|宝贝|物流|发货|服务|态度"
    rf"|颜色|做工|收到)|\s)*"
    rf"(?:(?:太|很|真|非常|特别|超|超级|挺|蛮|好)的?(?:{_GOOD})(?:了|啊|呀|哦)?|一点都不贵|不错"
    rf"|五星|好评)"
    rf"(?:\s|了|啊|呀|下次(?:还|再)(?:来|买)|会再来|回购|以后还来|推荐给朋友|(?:太|很|真|非常"
    rf"|也)(?:{_GOOD})了?)*"
    r"|(?:love|loved|really like|like) (?:it|them|this)(?: so much| a lot)?|(?:very|so"
    r"|really) (?:good|nice|pretty|beautiful|happy)"
)
"""Praise and nothing more."""
PLEASED: Final = re.compile(
    r"(?!.*(?:有没有|推荐|想要|想买|求|哪|什么|怎么|[吗么?？]|能|可以|多少|不|但|就是|没|退|换|坏"
    r"|破|少|要))"
    rf"[^,。!]{{0,8}}(?:很|太|真|非常|特别|超级?|挺|蛮|都)(?:{_GOOD}|显瘦|合身|合适)(?:了|啊|呀|哦"
    rf"|呢)?"
    r"(?:[ ,。!~]+.{0,14})?|(?:五星)?好评"
    r"|(?!.*(?:\bbut\b|\?|\bwant\b|\bneed\b|\bany\b|\bplease\b|\bother\b|\bnot\b|n't))"
    r"(?:.{0,20}(?:delicious|yummy|fits? perfectly|arrived safely).{0,24}"
    r"|(?:i|we|my \w+) (?:really )?(?:love|loved|like|liked) (?:it|this|the|these|them)\b.{0,20})"
)
"""Praise of something, with a word of thanks or none."""
_MARKS: Final = re.compile(r"[^\w]+")
LONGEST: Final = 40


def _of(*kinds: Courtesy) -> re.Pattern[str]:
    """Match any number of these in a row; what was matched is not tried another way."""
    known = [one for kind in kinds for one in (*_WORDS[kind].split(), *_PHRASES[kind])]
    said = sorted(known, key=len, reverse=True)
    each = rf"(?>(?:{'|'.join(said)})(?![a-z]))[啊呀哦噢吗嘛么呢哈哟啦了的呗\s]*+"
    return re.compile(rf"(?:{each})++")


_KINDS: Final[tuple[tuple[Courtesy, re.Pattern[str]], ...]] = (
    *((kind, _of(kind)) for kind in _WORDS),
    ("thanks", _of("thanks", "noted")),
)


def courtesy(question: str) -> Courtesy:
    """Return which courtesy a folded text is and nothing more; empty for anything that asks.

    >>> [courtesy(text) for text in ("你好呀，在吗?", "ok, thanks!", "好的", "你好，怎么退货")]
    ['greeting', 'thanks', 'noted', '']
    """
    said = _MARKS.sub(" ", question).strip()
    if not said:  # a picture or dots alone say something, a mark asks or shouts
        quiet = not set("?!") & set(question) and CROSS.search(question) is None
        return "noted" if question.strip() and quiet else ""
    if len(said) > LONGEST:
        return ""
    if "?" not in question and (
        PRAISE.fullmatch(said) or PLEASED.fullmatch(question.strip(" ,。!~"))
    ):
        return "thanks"
    return next((kind for kind, pattern in _KINDS if pattern.fullmatch(said)), "")
