"""From text to the token ids that an encoder was trained with."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from pathlib import Path
from typing import Final, Protocol

import sentencepiece

PIECES: Final = re.compile(r"[一-鿿㐀-䶿]|[^\W_]+|[^\w\s]|_")


class Tokenizer(Protocol):
    """Turn a text into token ids."""

    def encode(self, text: str) -> list[int]:
        """Return the ids with the marks of beginning and end; never fewer than two."""
        ...


class SentencePiece:
    """Segment by a unigram model (Kudo 2018), as the library of that name does."""

    def __init__(self, model: Path, longest: int) -> None:
        """Open a model file; longer texts are cut at `longest` ids."""
        self._processor = sentencepiece.SentencePieceProcessor(model_file=str(model))
        self._longest = longest
        self._begin, self._end = self._processor.bos_id(), self._processor.eos_id()

    def encode(self, text: str) -> list[int]:
        """Return the ids, those of nothing for an empty text."""
        ids: list[int] = self._processor.encode(text)
        return [self._begin, *ids[: self._longest - 2], self._end]


class WordPiece:
    """Segment lower-cased words greedily into the longest known pieces (BERT, uncased)."""

    def __init__(self, vocabulary: Sequence[str], longest: int) -> None:
        """Take the pieces in the order of their ids; longer texts are cut at `longest` ids."""
        self._ids = {piece: place for place, piece in enumerate(vocabulary)}
        self._begin, self._end = self._ids["[CLS]"], self._ids["[SEP]"]
        self._unknown, self._longest = self._ids["[UNK]"], longest

    def encode(self, text: str) -> list[int]:
        """Return the ids; a word with an unknown piece is one unknown id."""
        plain = unicodedata.normalize("NFD", text.lower())
        plain = "".join(one for one in plain if unicodedata.category(one) != "Mn")
        ids: list[int] = []
        for word in PIECES.findall(plain):
            ids += self._word(word)
            if len(ids) >= self._longest:
                break
        return [self._begin, *ids[: self._longest - 2], self._end]

    def _word(self, word: str) -> list[int]:
        ids: list[int] = []
        start = 0
        while start < len(word):
            for end in range(len(word), start, -1):
                piece = word[start:end] if start == 0 else f"##{word[start:end]}"
                if piece in self._ids:
                    ids.append(self._ids[piece])
                    start = end
                    break
            else:
                return [self._unknown]
        return ids
