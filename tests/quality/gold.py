"""Our own gold set: five shops, what each can answer, and what visitors ask in their own words.

`tests/gold/policies.txt` and `trades.txt` have a topic a line: its name, an answer, and eight ways
to ask: formal, plain, colloquial, English, mixed, with slips of the pen, in traditional script, and
colloquial again. `far.txt` has what no shop answers.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from models.answers.library import Entry, folded
from models.answers.wording import title_of

FOLDER = Path(__file__).parents[1] / "gold"
STYLES = ("colloquial", "english", "mixed", "slips", "traditional", "chatty")
OTHER_STYLES = ("chatty", "hint", "english", "slips")
FIRST_ASKED = 2
LEFT_OUT = 6
"""Policies that a shop has nothing to say about: questions about them are near its own."""
ASKED = 3


@dataclass(frozen=True)
class Question:
    """Ask a shop; `entry` is empty where it has no answer."""

    seller: str
    text: str
    entry: str
    kind: str
    style: str


def shops(*, titled: bool = False) -> tuple[dict[str, list[Entry]], list[Question]]:
    """Return the shops' entries and the questions asked of them.

    `titled` entries are found by their topic's name, too, as by an id that a bot gives.
    """
    policies, far = _topics("policies.txt"), _lines("far.txt")
    trades: dict[str, list[list[str]]] = {}
    for topic in _topics("trades.txt"):
        trades.setdefault(topic[0].partition(":")[0], []).append(topic)
    entries: dict[str, list[Entry]] = {}
    questions: list[Question] = []
    for number, (seller, own) in enumerate(trades.items()):
        gone = {(number * 7 + step * 5) % len(policies) for step in range(LEFT_OUT)}
        kept = [topic for place, topic in enumerate(policies) if place not in gone] + own[:-1]
        left = [policies[place] for place in sorted(gone)] + own[-1:]
        phrasings = FIRST_ASKED
        entries[seller] = [
            Entry(
                "faq",
                topic[0],
                tuple(topic[2 : 2 + phrasings]),
                topic[1],
                title=title_of(topic[0].partition(":")[2] or topic[0]) if titled else "",
            )
            for topic in kept
        ]
        for place, topic in enumerate(kept):
            for step in range(ASKED):
                style = (number + place + 2 * step) % len(STYLES)
                text = topic[2 + FIRST_ASKED + style]
                questions.append(Question(seller, text, topic[0], "in", STYLES[style]))
        for topic in left:
            for style in (0, 1, 4):
                text = topic[2 + FIRST_ASKED + style]
                questions.append(Question(seller, text, "", "near", STYLES[style]))
        odd = far[number * 8 : number * 8 + 8]
        questions += [Question(seller, text, "", "far", "far") for text in odd]
    return entries, questions


def other_hand() -> tuple[dict[str, list[Entry]], list[Question]]:
    """Return the shops and questions of `tests/gold/other_hand.txt`, which somebody else wrote.

    A shop's name stands behind `#`; then an entry a line: its id, its answer, two phrasings, and
    four ways to ask (in chat, by a hint, English or mixed, with a slip or in traditional script);
    behind `?` what it does not answer, behind `!` what no shop does.
    """
    entries: dict[str, list[Entry]] = {}
    questions: list[Question] = []
    seller = ""
    for line in _lines("other_hand.txt"):
        sign, text = line[0], line[1:].strip()
        if sign == "#":
            entries[seller := text] = []
        elif sign in "?!":
            kind = "near" if sign == "?" else "far"
            questions.append(Question(seller, text, "", kind, kind))
        else:
            name, answer, *told = line.split(" | ")
            entries[seller].append(Entry("faq", name, (*told[:2],), answer))
            for style, way in zip(OTHER_STYLES, told[2:], strict=True):
                questions.append(Question(seller, way, name, "in", style))
    return entries, questions


def said() -> set[str]:
    """Return every sentence of both gold sets, folded: nothing may learn from any of them."""
    found = set()
    for entries, questions in (shops(), other_hand()):
        found |= {folded(question.text) for question in questions}
        for entry in (entry for own in entries.values() for entry in own):
            found |= {folded(text) for text in (*entry.phrasings, entry.answer)}
    return found


def policy_questions() -> list[str]:
    """Return every way that policies are asked about."""
    return [text for topic in _topics("policies.txt") for text in topic[2:]]


def far_questions() -> list[str]:
    """Return what no shop answers."""
    return _lines("far.txt")


def _topics(name: str) -> list[list[str]]:
    return [[part.strip() for part in line.split(" | ")] for line in _lines(name)]


def _lines(name: str) -> list[str]:
    text = (FOLDER / name).read_text("utf-8")
    return [line.strip() for line in text.splitlines() if line.strip()]
