"""What shopkeepers have answered in advance: policies, care of goods, what is on the shelf."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from itertools import chain
from pathlib import Path
from typing import Final

import msgspec

from data.knowledge import Faq
from data.schemas import Item
from data.world.dice import stream
from data.world.lexicon import Words, both

MOST_GOODS: Final = 3
CATEGORIES: Final = 5
"""Categories that a shopkeeper writes an entry about, those with most products first."""
WRITTEN: Final = 0.88
"""Share of the topics of her trade that a shopkeeper has thought of."""


class Topic(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Word one question in both languages, with the answers that shops may give."""

    id: str
    zh: tuple[str, ...]
    en: tuple[str, ...]
    answers: tuple[Words, ...]
    trade: str = ""


class Pattern(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Word a question about what is on a shelf."""

    zh: tuple[str, ...]
    en: tuple[str, ...]
    answer: Words
    goods: str = ""


class Topics(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Hold all topics and the patterns for attributes and categories."""

    topics: tuple[Topic, ...]
    values: Pattern
    category: Pattern


@cache
def topics() -> Topics:
    """Read all topics."""
    path = Path(__file__).with_name("trades") / "answers.toml"
    return msgspec.toml.decode(path.read_bytes(), type=Topics)


@dataclass(frozen=True, slots=True)
class Author:
    """Write one shop's entries: the same for the same seed, shop and shelf."""

    seed: int
    number: int
    trade: str

    def faqs(self, goods: list[Item]) -> list[Faq]:
        """Return the entries of a shop that sells these goods, those that stay, in her order."""
        return [*self._policies(), *_attributes(goods), *_categories(goods)]

    def _policies(self) -> Iterator[Faq]:
        dice = stream(self.seed, "answers", self.number)
        for topic in topics().topics:
            answer = topic.answers[int(dice.integers(len(topic.answers)))]
            if dice.random() < WRITTEN and topic.trade in {"", self.trade}:
                yield _faq(topic.id, [*topic.zh, *topic.en], answer)


def _attributes(goods: list[Item]) -> Iterator[Faq]:
    """Write an entry for each attribute of the goods with more than one value."""
    named: dict[str, dict[str, None]] = {}
    for name, value in chain.from_iterable(item.attributes.items() for item in goods):
        named.setdefault(name, {})[value] = None
    pattern = topics().values
    for place, (name, values) in enumerate(sorted(named.items())):
        if len(values) > 1:
            parts = [_parted(value) for value in values]
            listed = ("、".join(zh for zh, _ in parts), ", ".join(en for _, en in parts))
            yield _about(f"attribute-{place}", pattern, _parted(name), {"values": listed})


def _categories(goods: list[Item]) -> Iterator[Faq]:
    """Write an entry for each of the largest categories; names and prices are filled when asked."""
    shelves: dict[str, list[str]] = {}
    for item in goods:
        shelves.setdefault(item.category, []).append(item.item_id)
    order = sorted(shelves, key=lambda name: (-len(shelves[name]), name))
    pattern = topics().category
    for place, name in enumerate(order[:CATEGORIES]):
        items = tuple(shelves[name][:MOST_GOODS])
        told = "，".join(pattern.goods.format(item=item) for item in items)
        yield _about(f"category-{place}", pattern, _parted(name), {"goods": (told, "")}, items)


def _about(
    name: str, pattern: Pattern, of: Words, words: dict[str, Words], items: tuple[str, ...] = ()
) -> Faq:
    zh, en = ({"name": of[side]} | {k: word[side] for k, word in words.items()} for side in (0, 1))
    asked = [line.format(**zh) for line in pattern.zh]
    asked += [line.format(**en | {"name": of[1].lower()}) for line in pattern.en]
    answer = (pattern.answer[0].format(**zh), pattern.answer[1].format(**en) if not items else "")
    return _faq(name, asked, answer, items)


def _faq(name: str, asked: list[str], answer: Words, items: tuple[str, ...] = ()) -> Faq:
    return Faq(
        faq_id=name,
        question=asked[0],
        aliases=tuple(dict.fromkeys(asked[1:])),
        answer=both(answer) if answer[1] else answer[0],
        item_ids=items,
    )


def _parted(label: str) -> Words:
    zh, _, en = label.partition(" / ")
    return zh, en or zh
