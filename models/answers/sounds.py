"""Hear a question: what stands in no text of a shelf, by its sound or by one slip of the finger."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from functools import cache
from itertools import islice
from sys import getsizeof
from typing import Final

from models.answers.filling import FILLING
from models.answers.goods import GOODS, WIDE
from models.answers.lines import LATIN
from models.answers.plain_words import PLAIN
from models.answers.synonyms import ALIKE
from models.answers.wishes import TRADE
from models.language import HAN
from models.pinyin import is_word, syllables, words

LONGEST: Final = 8
"""Characters of the longest name that is heard."""
PAIR: Final = 2
"""Characters of a name of which one has to be right, and all that only fill are as they stand."""
LETTERS: Final = 5
"""Letters of the shortest English word, or of pinyin, that is read otherwise than as written."""
SURE: Final = 6
"""Letters from which one may stand for another: of shorter words too many differ by one."""
SPELT: Final = 24
"""Letters of the longest name in pinyin."""
WAYS: Final = 16
"""Ways to read letters as pinyin of which one may be meant: of aoaoao… there are thousands."""
THINGS: Final = "裙裤鞋靴帽袜杯被瓶盘袋箱柜架椅桌镜扇伞"
"""What stands before 子 in the names of things."""
REMEMBERED: Final = 1_000
"""Sounds of which it is remembered what sounds so."""
_EDGE: Final = "\n"
_FIRST: Final = 0xE000
_VOWEL: Final = re.compile(r"[aeiouv]")
_RUN: Final = re.compile(rf"{HAN.pattern}{{2,}}")


class _Sounds(dict[int, int]):
    """Map characters to signs for their syllables, each worked out when it is first met."""

    def __init__(self) -> None:
        names = {one for one in syllables().values() if one.isascii() and _VOWEL.search(one)}
        self.signs = {name: chr(_FIRST + n) for n, name in enumerate(sorted(names))}

    def __missing__(self, code: int) -> int:
        sign = self.signs.get(syllables().get(chr(code), ""))
        if sign is None:
            return code
        self[code] = ord(sign)
        return ord(sign)


@cache
def _sounds() -> _Sounds:
    return _Sounds()


def aloud(text: str) -> str:
    """Return a text of the same length, a sign for the syllable of each Chinese character.

    >>> aloud("口宏") == aloud("口红"), aloud("spf50")
    (True, 'spf50')
    """
    return text.translate(_sounds())


def spelt(letters: str) -> list[str]:
    """Return the ways to read letters as two and more syllables of pinyin, each as `aloud` has it.

    None where there are more than `WAYS`: each is looked for on the whole shelf.

    >>> spelt("kouhong") == [aloud("口红")], spelt("lamp")
    (True, [])
    """
    signs = _sounds().signs
    ways: list[list[str]] = [[""]]
    for end in range(1, len(letters) + 1):
        begun = range(max(0, end - 6), end)
        last = ((at, signs.get(letters[at:end].replace("v", "u"))) for at in begun)
        read = (way + sign for at, sign in last if sign for way in ways[at])
        ways.append([*islice(read, WAYS + 1)])
    found = ways[-1] if len(ways[-1]) <= WAYS else []
    return [way for way in found if len(way) > 1]


def slipped(typed: str, word: str) -> bool:
    """Say whether one slip makes a word what was typed; the first letter is right.

    >>> slipped("lipstik", "lipstick"), slipped("craem", "cream"), slipped("jewelery", "jewellery")
    (True, True, True)
    >>> slipped("skirt", "shirt"), slipped("creamy", "cream"), slipped("towel", "bowel")
    (False, False, False)
    """
    if typed[0] != word[0] or typed == word:
        return False
    at = next(
        (n for n, (one, other) in enumerate(zip(typed, word, strict=False)) if one != other), 0
    )
    if not at:  # one goes on where the other ends: an ending makes another word of it
        twice = len(typed) == len(word) + 1 and typed[-1] == typed[-2]
        return twice or len(typed) + 1 == len(word)
    rest, other = typed[at:], word[at:]
    if len(rest) == len(other):
        turned = rest[:2] == other[1::-1] and rest[2:] == other[2:]
        return turned or (len(word) >= SURE and rest[1:] == other[1:])
    return rest[1:] == other or rest == other[1:]


@cache
def _listed() -> dict[str, list[str]]:
    """Return by sound the Chinese names that lists have, and those of things that end in 子."""
    found: dict[str, list[str]] = {}
    gathered = (name for wide in WIDE.values() for name in (*wide.names, *wide.beside))
    things = (f"{one}子" for one in THINGS)
    for name in dict.fromkeys((*ALIKE, *GOODS, *WIDE, *gathered, *things)):
        if _RUN.fullmatch(name) and not name.endswith("的"):
            found.setdefault(aloud(name), []).append(name)
    return found


@cache
def _filling() -> dict[str, str]:
    """Return by sound what only fills a question."""
    return {aloud(name): name for name in sorted(FILLING) if _RUN.fullmatch(name)}


def filler(letters: str) -> str:
    """Return what only fills a question and is spelt so in pinyin; empty for none.

    >>> filler("tuijian"), filler("fahuo")
    ('推荐', '')
    """
    ways = spelt(letters) if len(letters) <= SPELT else []
    return next((_filling()[way] for way in ways if way in _filling()), "")


@cache
def _of_trade() -> frozenset[str]:
    """Return how the words of trade sound, which no slip makes a product of."""
    return frozenset(map(aloud, _RUN.findall(TRADE.pattern)))


def prepare() -> None:
    """Read the tables that hearing takes, .2 s once a process, so that no question waits for it."""
    for table in (_sounds, _listed, _filling, _of_trade, words):
        table()


def real(word: str) -> bool:
    """Say whether a word is one of the language: right as written, whatever sounds like it."""
    return word in PLAIN or word in FILLING or is_word(word)


class Aloud:
    """Know how the words of a shelf sound: its titles, categories and values."""

    def __init__(self, named: str, values: str, latin: Iterable[str]) -> None:
        """Take the texts of titles and categories, those of values, and their English words."""
        self._named, self._values = _runs(named), _runs(values)
        self._names: dict[str, frozenset[str]] = {}
        known = (word for name in ALIKE for word in LATIN.findall(name))
        self._latin: dict[str, list[str]] = {}
        for word in sorted({*latin, *known}):
            if len(word) >= LETTERS and word.isalpha():
                self._latin.setdefault(word[0], []).append(word)

    @property
    def nbytes(self) -> int:
        """Count the bytes of the texts and of how they sound."""
        return sum(map(getsizeof, (*self._named, *self._values)))

    def names(self, sound: str) -> frozenset[str]:
        """Return the names that sound so: in the lists, whole values, or at an edge of a title.

        Two characters at an edge may be of two words: 影盘 of 眼影盘 is nothing.
        """
        if sound not in self._names:
            if len(self._names) >= REMEMBERED:
                self._names.clear()
            begun, end = f"{_EDGE}{sound}", f"{sound}{_EDGE}"
            found = [*_listed().get(sound, ())]
            found += _written(f"{begun}{_EDGE}", self._values)
            if len(sound) > PAIR:
                found += [*_written(begun, self._named), *_written(end, self._named)]
            else:
                found += _written(f"{begun}{_EDGE}", self._named)
            self._names[sound] = frozenset(found)
        return self._names[sound]

    def word(self, typed: str) -> str:
        """Return the one English word of which some letters are a slip; empty for none."""
        if len(typed) < LETTERS or not typed.isalpha() or typed in PLAIN or typed in ALIKE:
            return ""
        near = (one for one in self._latin.get(typed[0], ()) if abs(len(one) - len(typed)) < 2)
        found = [one for one in near if slipped(typed, one)]
        return found[0] if len(found) == 1 else ""

    def spelt(self, letters: str) -> set[str]:
        """Return the names that letters spell in pinyin."""
        if not LETTERS <= len(letters) <= SPELT or letters in PLAIN:
            return set()
        return {name for way in spelt(letters) for name in self.names(way)}

    def meant(self, written: str, loose: Iterable[bool]) -> set[str]:
        """Return the names that sound as some characters do, but for those that are not `loose`.

        Of two characters one has to be right. What is a word as it is written, or sounds like one
        of trade, means no other.
        """
        sound, may = aloud(written), list(loose)
        if sound in _of_trade():
            return set()
        found = set()
        for name in self.names(sound):
            same = [one == other for one, other in zip(written, name, strict=True)]
            if all(map(max, same, may)) and (any(same) or len(name) > PAIR):
                found.add(name)
        if not found or written in found or real(written):
            return set()
        return found


def _runs(text: str) -> tuple[str, str]:
    """Return the Chinese of a text, each run of it once and between edges, and how it sounds."""
    runs = _EDGE.join(("", *dict.fromkeys(_RUN.findall(text)), ""))
    return runs, aloud(runs)


def _written(sound: str, runs: tuple[str, str]) -> Iterator[str]:
    """Yield what is written where some runs sound so."""
    written, said = runs
    at = said.find(sound)
    while at >= 0:
        yield written[at : at + len(sound)].strip(_EDGE)
        at = said.find(sound, at + 1)
