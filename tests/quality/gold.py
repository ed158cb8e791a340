"""Our own gold set: five shops, what each can answer, and what visitors ask in their own words.

`tests/gold/policies.txt` and `trades.txt` have a topic a line: its name, an answer, and eight ways
to ask: formal, plain, colloquial, English, mixed, with slips of the pen, in traditional script, and
colloquial again. `far.txt` has what no shop answers.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from models.answers.library import Entry
from models.answers.wording import title_of

FOLDER = Path(__file__).parents[1] / "gold"
STYLES = ("colloquial", "english", "mixed", "slips", "traditional", "chatty")
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
