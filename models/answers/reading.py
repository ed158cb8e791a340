"""Read a question by a shelf's own words: what it names, what it does not want, what is left."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Final

from models.answers import ages, measures
from models.answers.budget import unpriced
from models.answers.goods import VERBS, WIDE
from models.answers.pieces import Piece, cut
from models.answers.respelling import respelled
from models.answers.rules import CAREFUL, CHOICE, PRICE
from models.answers.shelf_words import ShelfWords
from models.answers.synonyms import HEADS, means_kind
from models.answers.wishes import BY, FREE, FREE_AFTER, FREE_OF, TRADE, UNWANTED

LONGEST_READ: Final = 120
"""Characters of the longest question that is read; what goes on longer is for a person."""
_CLASSIFIED: Final = re.compile(
    r"[一两三几这那哪每][个款支件瓶双只条套盒包袋杯罐把张本台块盏对种样]|[一有]?(?:一点儿?|点儿)"
)
_BETWEEN: Final = re.compile(r"[和或跟与、,;]|还是|\b(?:or|and)\b")
"""Parts kinds of which either is wanted."""


@dataclass(slots=True)
class Reading:
    """Hold what was read: kinds, further words that are wanted or not, and letters beside these.

    `needed` must stand in a product's texts; `lacking` says that a kind was named that the shelf
    has not, `barred` that something else is asked for that nothing here is told to be. An English
    word counts for two letters.
    """

    kinds: list[str] = field(default_factory=list)
    wanted: list[str] = field(default_factory=list)
    unwanted: list[str] = field(default_factory=list)
    needed: list[str] = field(default_factory=list)
    months: float | None = None
    measures: frozenset[measures.Measure] = frozenset()
    known: int = 0
    left: int = 0
    lacking: bool = False
    barred: bool = False

    @property
    def names_any(self) -> bool:
        """Say whether anything was named at all."""
        spoken = self.kinds or self.wanted or self.unwanted or self.needed
        return bool(spoken or self.measures) or self.months is not None

    @property
    def says(self) -> bool:
        """Say whether anything was said that is more than filling."""
        return self.names_any or self.lacking or self.barred or self.left > 0


def read(question: str, words: ShelfWords) -> Reading:
    """Read a folded question in the pieces that cost least, and tell what these say."""
    found = Reading()
    if len(question) > LONGEST_READ:
        found.left = len(question)
        return found
    text = PRICE.sub(" ", unpriced(question))
    for pattern in BY.values():
        text = pattern.sub(" ", text)
    if words.aged:
        found.wanted += ages.feasts(text)
        found.months, text = ages.asked(text)
    found.measures, text = measures.asked(text)
    found.needed = [careful[0] for careful in CAREFUL.finditer(text)]
    for pattern in (CAREFUL, _CLASSIFIED):
        text = pattern.sub(lambda match: " " * len(match[0]), text)
    text, pieces = _pieces(text, words, some=CHOICE.search(question) is not None)
    found.left = _left(pieces)
    found.known = _known(pieces)
    found.barred = _says_which(pieces)
    kinds: list[Piece] = []
    for piece in pieces:
        if piece.sort != "name" or _denied(text, piece, found, words):
            continue
        if words.kind(piece.name):
            kinds.append(piece)
        else:
            found.wanted.append(piece.name)
    _sort(text, kinds, found, words)
    found.kinds = found.kinds or _done_with(question, words)
    return found


def _pieces(text: str, words: ShelfWords, *, some: bool) -> tuple[str, list[Piece]]:
    """Return a text as it is read, by sound where words are left over, and its pieces.

    What is heard counts where nothing stays left, or `some` that is less than what is named.
    """
    pieces = _settled(cut(text, words))
    if not _left(pieces):
        return text, pieces
    again = respelled(text, pieces, words, whole=not some)
    if again == text or CAREFUL.search(again) or TRADE.search(again):
        return text, pieces  # whom a wrong answer harms is answered by what she writes alone
    heard = _settled(cut(again, words))
    left = _left(heard)
    sure = not left or (some and left * 2 <= _known(heard))
    return (again, heard) if sure else (text, pieces)


def _left(pieces: Sequence[Piece]) -> int:
    """Return how many letters are left over."""
    return sum(piece.letters for piece in pieces if piece.sort == "left")


def _known(pieces: Sequence[Piece]) -> int:
    """Return how many letters are of names."""
    return sum(piece.letters for piece in pieces if piece.sort == "name")


def _done_with(question: str, words: ShelfWords) -> list[str]:
    """Return the wide name of what a question speaks of by what is done with it: 穿什么."""
    done = (wide for pattern, wide in VERBS if pattern.search(question))
    return [wide for wide in done if words.offers(words.of_kind(wide))][:1]


def _settled(pieces: Sequence[Piece]) -> list[Piece]:
    """Return the pieces, but single characters beside what is left are left, too: 淡 of 淡斑."""
    left = [piece.sort == "left" for piece in pieces]
    found = []
    for place, piece in enumerate(pieces):
        before = place > 0 and left[place - 1] and pieces[place - 1].end == piece.start
        after = place + 1 < len(pieces) and left[place + 1] and pieces[place + 1].start == piece.end
        alone = len(piece.name) == 1 and piece.sort == "name" and piece.name not in HEADS
        found.append(replace(piece, sort="left") if alone and (before or after) else piece)
    return found


def _says_which(pieces: Sequence[Piece]) -> bool:
    """Say whether what is left says which of a kind: a figure, or what stands before an ending."""
    for place, piece in enumerate(pieces):
        if piece.sort == "left":
            after = pieces[place + 1] if place + 1 < len(pieces) else piece
            named = after.sort == "name" and after.name in HEADS and after.start == piece.end
            if named or any(sign.isdigit() for sign in piece.name):
                return True
    return False


def _sort(text: str, kinds: list[Piece], found: Reading, words: ShelfWords) -> None:
    """Tell kinds from what only says more of one: a name before another, a weak one beside others.

    Names that are parted by "or" are kinds each.
    """
    last: list[tuple[str, bool]] = []
    parted = False
    for place, piece in enumerate(kinds):
        end = kinds[place + 1].start if place + 1 < len(kinds) else len(text)
        between, before = text[piece.end : end], parted
        parted = _BETWEEN.search(between) is not None and place + 1 < len(kinds)
        own = means_kind(piece.name) and between.strip()
        if parted or own or place + 1 == len(kinds):
            last.append((piece.name, parted or before))
        elif piece.name not in WIDE:  # 喝的 of 喝的茶 says nothing more
            found.wanted.append(piece.name)
    strong = any(words.kind(name) == "strong" for name, _ in last)
    for name, either in last:
        kept = either or not strong or words.kind(name) == "strong"
        (found.kinds if kept else found.wanted).append(name)


def _denied(text: str, piece: Piece, found: Reading, words: ShelfWords) -> bool:
    """Take a name that stands behind a denial, or that the shelf lacks; False for any other."""
    before = text[: piece.start]
    if FREE_AFTER.match(text, piece.end) or (
        FREE_OF.search(before) and not before.endswith(("有没有", "有无"))
    ):
        said = words.free_of(tuple(form.format(piece.name) for form in FREE))
        if said:
            found.needed.append(said)
        found.barred |= not said
        return True
    if UNWANTED.search(before):
        found.unwanted.append(piece.name)
        return True
    kind = words.kind(piece.name)
    met = words.of_kind(piece.name) if kind else words.meeting(piece.name)
    if words.offers(met):
        return False
    found.lacking |= bool(kind)
    found.barred |= not kind
    return True
