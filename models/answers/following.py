"""What a question takes up of the conversation before it: a pick, the last wish, or more of it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from data.knowledge import Asked
from models.answers.advice import Counter
from models.answers.filling import GENERAL
from models.answers.product import THIS
from models.answers.reading import Reading
from models.answers.rules import STOCK
from models.answers.synonyms import ALIKE
from models.answers.wishes import Wish
from models.language import plain

BARE: Final = 4
"""Characters up to which a question for stock names nothing."""
TURNS: Final = 5
"""Questions back that are looked through for what is taken up."""
LONGEST: Final = 18
"""Characters up to which a question without a kind may go on about the last one."""
SHORT: Final = 8
"""Characters up to which it does, whatever it begins and ends with."""
_ORDINAL: Final = re.compile(
    r"第([一二三123])[个款件支双条种瓶]|\bthe (first|second|third)(?: one)?\b"
    r"|(最后一?[个款件支双条种瓶]|\bthe last one\b)"
)
_PLACES: Final = {"一": 0, "二": 1, "三": 2, "1": 0, "2": 1, "3": 2}
_WORDS: Final = {"first": 0, "second": 1, "third": 2}
MORE: Final = re.compile(
    r"^(?:那|那么)?(?:还有(?:没有)?(?:别的|其他|其它|更多)?(?:的|款式?)?[吗么嘛呢]?"
    r"|换一?[批个些换几]+个?|(?:别的|其[他它]的?)[呢吗]?"
    r"|再(?:来|推荐|看)(?:看|几个|一些|一?点|两个)?(?:吧|别的)?"
    r"|(?:show me |any )?(?:more|others?)|(?:any|some)thing else|what else)\W*$"
)
"""Asks for more of what was shown."""
LESS: Final = re.compile(
    r"^(?:更|再)?便宜(?:一?点|一?些)儿?\W*$|(?:有(?:没有)?|要|来|换)(?:更|再)?便宜|(?:更"
    r"|再)?便宜(?:一?点|一?些)?的|太贵了?(?:有|换|,|$)"
    r"|\bcheaper (?:ones?|options?)\b|\b(?:any|some)thing cheaper\b|\btoo expensive\b"
    r"|^(?:something |a |any )?cheaper(?: (?:please|ones?|options?))?\W*$"
)
"""Asks for what costs less than what was shown."""
SIMILAR: Final = re.compile(
    r"类似|差不多的|相似|平替|同类|\b(?:similar|alternatives?|anything like (?:it|this))\b"
)
"""Asks for what is like a product."""
HERS: Final = frozenset(("干性", "油性", "敏感", "混合", "小个子"))
"""What a visitor is, not what she would like to have."""
_ON: Final = re.compile(
    r"^(?:那|那么|有|要|换|再|不要|或者|如果|预算|and\b|what about|how about|any\b|but\b|not\b)"
    r"|(?:呢|的话)\W*$"
)
"""Begins or ends a question that goes on about the last one."""


def taken_up(question: str, before: Sequence[Asked], item_id: str) -> str:
    """Return the product that a folded question points at; `item_id` is the page's, if any."""
    pointed = ordinals(question)
    if pointed:
        shown = shown_last(before)
        return shown[pointed[0]] if -len(shown) <= pointed[0] < len(shown) else item_id
    bare = len(question) <= BARE and STOCK.search(question) and not MORE.search(question)
    points = bare or THIS.search(question) or SIMILAR.search(question)
    if item_id or not before or not points:
        return item_id
    last = before[-1].question
    spoken_of = last.picks if len(last.picks) == 1 else last.shown
    return spoken_of[0] if len(spoken_of) == 1 else ""


def ordinals(question: str) -> list[int]:
    """Return the places that a folded question points at, from 0; -1 for the last."""
    found = _ORDINAL.finditer(question)
    return [_PLACES.get(one[1] or "", _WORDS.get(one[2] or "", -1)) for one in found]


def takes(question: str, found: Reading) -> bool:
    """Say whether a folded question, as it was read, takes one of the last products and no more."""
    return bool(ordinals(question)) and not found.left and not found.names_any


def last_wish(before: Sequence[Asked], counter: Counter) -> Wish | None:
    """Return the wish that products were last shown for; an empty one where nothing was asked."""
    last: Wish | None = None
    for asked in before[-TURNS:]:
        text = plain(asked.question.text)
        if MORE.search(text) or LESS.search(text):
            continue
        if not _chosen(asked):
            found = counter.reading(text)  # whom it is for stays, whatever was asked
            own = hers(found.wanted)
            if found.months is not None or own:
                last = replace(last or Wish(), months=found.months, wanted=own)
            continue
        wish = counter.wish(text, of_none=True) or counter.near(text)
        if wish is None:  # picks, or how those shown differ
            last = last or Wish()
            continue
        last = wish if last is None else gone_on(text, wish, last, counter)
    return last


def hers(words: Sequence[str]) -> tuple[str, ...]:
    """Return those words of a wish that tell of who is to have it, whatever kind it is."""
    return tuple(word for word in words if not HERS.isdisjoint(ALIKE.get(word, ())))


def shown_before(before: Sequence[Asked]) -> frozenset[str]:
    """Return all products that were shown in a conversation."""
    return frozenset(name for asked in before for name in _shown(asked))


def shown_last(before: Sequence[Asked]) -> tuple[str, ...]:
    """Return the products that were shown last, those rather that were chosen for a wish."""
    recent = [one for one in reversed(before[-TURNS:]) if _shown(one)]
    chosen = next(filter(_chosen, recent), recent[0] if recent else None)
    return _shown(chosen) if chosen is not None else ()


def gone_on(question: str, wish: Wish, last: Wish, counter: Counter) -> Wish:
    """Return a wish together with the last one, if it names no kind and goes on about it.

    What it says anew of price, age and an attribute takes the place of what was said before. For
    which child it is, stays.
    """
    goes_on = len(question) <= LONGEST and (len(question) <= SHORT or _ON.search(question))
    if wish.kinds or not last.asks or not goes_on:
        own = () if hers(wish.wanted) else hers(last.wanted)
        months = wish.months if wish.months is not None else last.months
        return replace(wish, wanted=(*wish.wanted, *own), months=months)
    said = {counter.words.attribute(word) for word in (*wish.wanted, *wish.unwanted)}
    kept = tuple(word for word in last.wanted if counter.words.attribute(word) not in said)
    bounded = (wish.low, wish.high) != (0.0, float("inf"))
    return replace(
        wish,
        kinds=tuple(kind for kind in last.kinds if kind not in GENERAL),
        wanted=(*wish.wanted, *kept),
        unwanted=(*wish.unwanted, *last.unwanted),
        needed=(*wish.needed, *last.needed),
        low=wish.low if bounded else last.low,
        high=wish.high if bounded else last.high,
        months=wish.months if wish.months is not None else last.months,
        measures=wish.measures or last.measures,
        by=wish.by or last.by,
    )


def _chosen(asked: Asked) -> bool:
    """Say whether products were chosen for a wish, not only shown beside an answer."""
    return asked.question.origin == "generated" or bool(asked.question.advised)


def _shown(asked: Asked) -> tuple[str, ...]:
    return asked.question.shown or asked.question.picks
