"""Write a question once more with the words of a shelf that its unknown ones sound like."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from models.answers.lines import LATIN
from models.answers.pieces import Piece
from models.answers.shelf_words import ShelfWords
from models.answers.sounds import LONGEST, PAIR, filler

APART: Final = frozenset((" ", "-", "'"))
"""What may stand between the syllables of a name in pinyin."""

Change = tuple[int, int, str]
"""Where a word begins and ends, and what is meant."""


def respelled(text: str, pieces: Sequence[Piece], words: ShelfWords, *, whole: bool) -> str:
    """Return a text, cut into pieces, with what is left of it as this shelf writes it.

    Where the `whole` of it is to be read, no more is looked for behind what stays left.
    """
    changes = [*_chinese(text, pieces, words, whole), *_latin(text, pieces, words)]
    for start, end, name in sorted(changes, reverse=True):
        text = f"{text[:start]}{name}{text[end:]}"
    return text


def _chinese(
    text: str, pieces: Sequence[Piece], words: ShelfWords, whole: bool
) -> Iterator[Change]:
    """Yield the longest runs of characters, some of them left, that sound like a name."""
    single = [one for one in pieces if one.end == one.start + 1]
    loose = {one.start for one in single if one.sort == "left"}
    filling = {one.start for one in single if one.sort == "filling"}
    at = 0
    while loose and at < len(text):
        for end in range(min(len(text), at + LONGEST), at + 1, -1):
            found = ""
            if not loose.isdisjoint(range(at, end)):
                wrong = loose | filling if end - at > PAIR else loose
                names = words.aloud.meant(text[at:end], [n in wrong for n in range(at, end)])
                found = _only(names, words)
            if found and not words.writes(text[at:end]):
                yield at, end, found
                at = end
                break
        else:
            if whole and at in loose:
                return
            at += 1


def _latin(text: str, pieces: Sequence[Piece], words: ShelfWords) -> Iterator[Change]:
    """Yield what spells a name in pinyin, several words together if they do, or a word misspelt."""
    left = [
        one for one in pieces if one.sort == "left" and LATIN.fullmatch(text, one.start, one.end)
    ]
    while left:
        run = 1
        while run < len(left) and text[left[run - 1].end : left[run].start] in APART:
            run += 1
        for size in range(run, 0, -1):
            start, end = left[0].start, left[size - 1].end
            letters = "".join(text[one.start : one.end] for one in left[:size])
            found = _only(words.aloud.spelt(letters), words) or filler(letters)
            if size == 1 and not found:
                found = words.aloud.word(left[0].name)
            if found and not words.writes(text[start:end]):
                yield start, end, found
                break
        left = left[size:]


def _only(names: set[str], words: ShelfWords) -> str:
    """Return the one of some names that this shelf has; empty for none and for several."""
    here = [
        name
        for name in names
        if words.offers(words.of_kind(name) if words.kind(name) else words.meeting(name))
    ]
    return here[0] if len(here) == 1 else ""
