"""Search many short texts at once: they stand in one string, a line each."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from typing import Final

import numpy as np
from numpy.typing import NDArray

from models.language import HAN

REMEMBERED: Final = 4_000
"""English words whose form of one thing is remembered."""
PARTED: Final = "\x1f"
"""Stands between the parts of a line; no folded text has it."""
LATIN: Final = re.compile(r"[a-z0-9][a-z0-9.'%]*")
_DENIED: Final = re.compile(r"(?:[不无非零]|不含|不添加)\Z")
_FREE: Final = re.compile(r"[ -]free")
_LETTER: Final = re.compile(r"[a-z0-9]")

Mask = NDArray[np.bool_]


class Lines:
    """Hold folded texts, none of which has a line break, and tell which of them hold a name."""

    def __init__(self, texts: Sequence[str]) -> None:
        """Join the texts."""
        self.text = "\n".join(texts)
        lengths = np.fromiter(map(len, texts), np.int64, len(texts))
        self._starts: list[int] = (np.cumsum(lengths + 1) - lengths - 1).tolist()

    def holding(self, names: Iterable[str]) -> Mask:
        """Return which lines any of some folded names is found in and not denied."""
        found = np.zeros(len(self._starts), dtype=np.bool_)
        found[[self._line(start) for name in names for start, _ in places(name, self.text)]] = True
        return found

    def matching(self, pattern: re.Pattern[str]) -> Mask:
        """Return which lines a pattern is found in."""
        found = np.zeros(len(self._starts), dtype=np.bool_)
        found[[self._line(match.start()) for match in pattern.finditer(self.text)]] = True
        return found

    def _line(self, at: int) -> int:
        return bisect_right(self._starts, at) - 1


def places(name: str, text: str) -> Iterator[tuple[int, int]]:
    """Give where a folded name stands in a text and is not denied: begin and end.

    English is found by whole words, of one thing or several, apart by a space or a hyphen.

    >>> list(places("糖", "无糖有糖")), list(places("dry skin", "dry-skins"))
    ([(3, 4)], [(0, 9)])
    >>> list(places("pan", "japan")), list(places("oil", "oil-free"))
    ([], [])
    """
    if HAN.search(name):
        yield from ((at, at + len(name)) for at in _found(name, text) if not _denied(text, at))
        return
    for form in dict.fromkeys((phrase(name), phrase(name).replace(" ", "-"))):
        for begun in (form, f"{form[:-1]}ies") if form.endswith("y") else (form,):
            for at in _found(begun, text):
                end = at + len(begun)
                end += next((len(more) for more in ("es", "s") if text.startswith(more, end)), 0)
                apart = not _LETTER.match(text[at - 1 : at]) and not _LETTER.match(text, end)
                if apart and not _FREE.match(text, end):
                    yield at, end


def holds(names: Iterable[str], text: str) -> bool:
    """Say whether any of some folded names stands in a text and is not denied."""
    return any(True for name in names for _ in places(name, text))


def phrase(name: str) -> str:
    """Return a name as it is looked up: English words apart by spaces, of one thing."""
    if HAN.search(name):
        return name
    return " ".join(map(singular, LATIN.findall(name)))


@lru_cache(REMEMBERED)
def singular(word: str) -> str:
    """Return an English word without the ending of several things or of a genitive.

    >>> [singular(one) for one in ("lamps", "brushes", "berries", "glass", "dress", "what's")]
    ['lamp', 'brush', 'berry', 'glass', 'dress', 'what']
    """
    word = word.removesuffix("'s")
    if word.endswith("ies") and len(word) > 4:
        return word[:-3] + "y"
    if re.search(r"(?:s|x|z|ch|sh)es$", word):
        return word[:-2]
    return word[:-1] if len(word) > 3 and re.search(r"[^su]s$", word) else word


def _found(name: str, text: str) -> Iterator[int]:
    at = text.find(name) if name else -1
    while at >= 0:
        yield at
        at = text.find(name, at + 1)


def _denied(text: str, at: int) -> bool:
    return _DENIED.search(text[max(0, at - 3) : at]) is not None
