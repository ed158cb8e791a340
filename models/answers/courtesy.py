"""What people say to be polite, and who is talking: nothing of it is asked of the shop."""

from __future__ import annotations

import re
from typing import Final, Literal

Courtesy = Literal["greeting", "assistant", "thanks", "noted", ""]

_PARTICLES: Final = r"[啊呀哦噢吗嘛么呢哈哟啦了的呗\s]*"
_SAID: Final[dict[Courtesy, str]] = {
    "greeting": (
        r"你好|您好|你们好|哈喽|哈啰|哈罗|嗨|在吗|在么|在嘛|在不|在不在|在|有人|有人在|亲|亲爱|老板|老板娘|店主|店家|掌柜|卖家|客服"
        r"|早|早安|早上好|上午好|中午好|下午好|晚上好|晚安"
        r"|hi|hello|hey|hiya|there|good morning|good afternoon|good evening"
        r"|(?:is )?(?:anyone|anybody|someone) (?:there|here)|are you there"
    ),
    "assistant": (
        r"你是(?:不是)?(?:机器人|人工智能|ai|智能客服|真人|人工|人)(?:还是(?:机器人|ai|真人|人))?"
        r"|是(?:机器人|真人|人工)(?:还是(?:机器人|真人|人))?|你是谁|你是哪位|你叫什么|你叫什么名字|你叫啥"
        r"|(?:are you|is this|am i (?:talking|chatting) (?:to|with)) (?:a |an |the )?"
        r"(?:bot|robot|human|real person|person|ai|machine|real)"
        r"(?: or (?:a |an )?(?:bot|robot|human|real person|person|ai|machine))?"
        r"|who are you|what are you|what(?: i)? ?s your name"
    ),
    "thanks": (
        r"谢谢|谢谢你|谢谢您|多谢|感谢|谢|3q|辛苦|麻烦你|麻烦您|亲|老板"
        r"|thanks|thank you|thank u|thx|ty|cheers|so much|very much|a lot|many"
    ),
    "noted": (
        r"好|嗯|嗯嗯|恩|行|可以|明白|知道|懂|收到|没事|没问题|再见|拜拜|拜|回见"
        r"|ok|okay|k|great|cool|nice|got it|i see|alright|all right|bye|bye bye|goodbye|see you"
    ),
}
_KINDS: Final = {
    kind: re.compile(rf"(?:(?:{said})(?![a-z]){_PARTICLES})+") for kind, said in _SAID.items()
}
_THANKED: Final = re.compile(rf"(?:(?:{_SAID['noted']}|{_SAID['thanks']})(?![a-z]){_PARTICLES})+")
_MARKS: Final = re.compile(r"[^\w]+")
LONGEST: Final = 40


def courtesy(question: str) -> Courtesy:
    """Return which courtesy a folded text is and nothing more; empty for anything that asks.

    >>> [courtesy(text) for text in ("你好呀，在吗?", "ok, thanks!", "好的", "你好，怎么退货")]
    ['greeting', 'thanks', 'noted', '']
    """
    said = _MARKS.sub(" ", question).strip()
    if not said or len(said) > LONGEST:
        return ""
    for kind, pattern in _KINDS.items():
        if pattern.fullmatch(said):
            return kind
    return "thanks" if _THANKED.fullmatch(said) else ""
