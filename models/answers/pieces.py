"""Cut a question into pieces: names that a shelf knows, words that only fill, and what is left."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final, Literal

from models.answers.filling import FILLING, GENERAL, SOFT
from models.answers.goods import GOODS, WIDE
from models.answers.lines import LATIN, singular
from models.answers.shelf_words import ShelfWords
from models.answers.synonyms import ALIKE, HEADS, means_kind
from models.language import HAN

LONGEST: Final = 8
"""Characters or English words of the longest name that is looked for."""
_UNIT: Final = re.compile(rf"{LATIN.pattern}|{HAN.pattern}")
_LOOSE: Final = re.compile(r"[的了吗有是]")
"""Parts words: no name that stands in a title alone goes beyond one."""

Sort = Literal["left", "filling", "name"]
COSTS: Final[dict[Sort, float]] = {"left": 3.0, "filling": 0.5, "name": 1.0}
"""What a piece of each sort costs: a question is read the way that costs least."""
SINGLE: Final = 0.2
"""What more a single character costs, or a name that stands in titles alone."""
FURTHER: Final = 0.45
"""What more such a name costs for each character beyond two."""
HEAD: Final = 3
"""Characters up to which a name that titles end in is one, and not two: 牛肉干辣吗."""
KNOWN_LEFT: Final = -1.5
"""What more one costs that is known elsewhere, so that its parts are not looked for here."""


@dataclass(frozen=True, slots=True)
class Unit:
    """Hold a Chinese character, or an English word or figure, without its plural's ending."""

    start: int
    end: int
    word: str

    @property
    def han(self) -> bool:
        """Say whether it is Chinese."""
        return HAN.search(self.word) is not None


@dataclass(frozen=True, slots=True)
class Piece:
    """Hold a part of a question, what it is and how many letters; an English word is two."""

    sort: Sort
    name: str
    start: int
    end: int
    letters: int
    cost: float


def cut(text: str, words: ShelfWords) -> list[Piece]:
    """Cut a folded question into the pieces that cost least together, by dynamic programming."""
    units = [Unit(m.start(), m.end(), singular(m[0])) for m in _UNIT.finditer(text)]
    ways: list[tuple[float, list[Piece]]] = [(0.0, [])]
    for end in range(1, len(units) + 1):
        ways.append((float("inf"), []))
        for begun in range(end - 1, max(end - LONGEST, 0) - 1, -1):
            if begun + 1 < end and not _together(text, units[begun], units[begun + 1]):
                break
            piece = _piece(text, units[begun:end], words)
            cost, before = ways[begun]
            if piece is not None and cost + piece.cost < ways[end][0]:
                ways[end] = cost + piece.cost, [*before, piece]
    return ways[-1][1]


def _together(text: str, one: Unit, other: Unit) -> bool:
    """Say whether one unit stands right behind another: in English, a space or a hyphen apart."""
    if one.han or other.han:
        return one.end == other.start
    return text[one.end : other.start] in {" ", "-"}


def _piece(text: str, units: list[Unit], words: ShelfWords) -> Piece | None:
    """Return what some units are together; None where they are nothing."""
    han, single = units[0].han, len(units) == 1
    start, end = units[0].start, units[-1].end
    name = text[start:end] if han else " ".join(one.word for one in units)
    letters = sum(1 if one.han else 2 for one in units)

    def of(sort: Sort, more: float = 0.0, called: str = name) -> Piece:
        return Piece(sort, called, start, end, letters, COSTS[sort] + more)

    if name in WIDE and words.offers(words.of_kind(name)):
        return of("name")
    if name in FILLING or (name in GENERAL and not (han and words.stands(name))):
        return of("filling", SINGLE * (len(name) == 1))
    if name in GENERAL or name in ALIKE or name in words.values or name in GOODS:
        sort = _known(name, words)
        return of(sort, KNOWN_LEFT if sort == "left" else 0.0)
    if single:
        return of("name", SINGLE) if _says(name, words, han=han) else of("left")
    if han and len(units) == 2 and name[0] in HEADS and name[1] in {"子", name[0]}:
        return of("name", SINGLE, name[0])
    if han and _LOOSE.search(name) is None and words.stands(name):
        return of(
            "name",
            0.0 if len(name) <= HEAD and words.heads(name) else SINGLE + FURTHER * (len(name) - 2),
        )
    return None


def _known(name: str, words: ShelfWords) -> Sort:
    """Return what a name in a list is here: met, one that need not be, or left over."""
    if name in GOODS and name not in ALIKE:  # that a description speaks of coffee sells none
        return "name" if words.stands(name) else "left"
    if means_kind(name) or words.offers(words.meeting(name)):
        return "name"
    return "left" if SOFT.isdisjoint(ALIKE.get(name, ())) else "filling"


def _says(word: str, words: ShelfWords, *, han: bool) -> bool:
    """Say whether one character or English word is a name: of things, or of what is on offer."""
    if not han:
        return len(word) > 1 and words.says(word)
    return word in HEADS or (words.begins(word) and words.offers(words.meeting(word)))
