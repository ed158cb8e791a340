"""Vectors of sellers' texts: one memory-mapped matrix for all, and what came since.

`vectors.npy` uint8[rows, 3/4 width] has six bits a number, `scales.npy` float32[rows], `texts.npy`
uint64[rows] rising within a seller, `sellers.npy` uint64 rising, `offsets.npy` int64[sellers + 1].
A text that is not in it is encoded when first needed; so editing one entry encodes that one alone.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from hashlib import blake2b
from mmap import MADV_DONTNEED, mmap
from pathlib import Path
from threading import Lock
from typing import Final, Self

import numpy as np
from numpy.typing import NDArray

from data.schemas import key64
from models.answers import index
from models.answers.topics import Topics, joined
from models.encoders.encoder import Encodes

Scores = NDArray[np.float32]

LEVELS: Final = 31
"""Steps to either side of zero that a number of six bits can tell apart."""
HELD: Final = 20_000
"""Vectors of new texts kept in memory (40 MB)."""


def text_key(text: str) -> int:
    """Return the 64-bit key of a folded text."""
    return int.from_bytes(blake2b(text.encode(), digest_size=8).digest(), "little")


@dataclass(frozen=True)
class Matrix:
    """Hold the vectors of many sellers."""

    vectors: NDArray[np.uint8]
    scales: Scores
    texts: NDArray[np.uint64]
    sellers: NDArray[np.uint64]
    offsets: NDArray[np.int64]

    @classmethod
    def open(cls, folder: Path, name: str) -> Self | None:
        """Map what `write` wrote; None where nothing was."""
        paths = {part: folder / f"{name}.{part}.npy" for part in cls.__dataclass_fields__}
        if not all(path.is_file() for path in paths.values()):
            return None
        found = cls(**{part: np.load(path, mmap_mode="r") for part, path in paths.items()})
        return found if found.vectors.dtype == np.uint8 else None  # of another version otherwise

    def find(self, seller: int, keys: NDArray[np.uint64]) -> NDArray[np.int64]:
        """Return the rows of a seller's texts, -1 for those not here."""
        rows = np.full(len(keys), -1, dtype=np.int64)
        place = int(np.searchsorted(self.sellers, np.uint64(seller)))
        if place == len(self.sellers) or self.sellers[place] != seller:
            return rows
        start, end = int(self.offsets[place]), int(self.offsets[place + 1])
        mine = self.texts[start:end]
        at = np.minimum(np.searchsorted(mine, keys), max(len(mine) - 1, 0))
        found = mine[at] == keys if len(mine) else np.zeros(len(keys), dtype=np.bool_)
        rows[found] = start + at[found]
        return rows

    def read(self, rows: NDArray[np.int64], width: int) -> Scores:
        """Return float32[rows, width], as they were but for rounding to one part in 62."""
        levels = _unpacked(self.vectors[rows])[:, :width].astype(np.float32)
        dense: Scores = (levels - LEVELS) * self.scales[rows][:, None]
        self._let_go()
        return dense

    def _let_go(self) -> None:
        """Unmap the pages that were read: a seller's are read once, when her index is made.

        They stay in the system's cache. Else each seller asked leaves up to 2 MB resident, as
        pages are mapped in the large folios they are cached in.
        """
        for part in (self.vectors, self.scales, self.texts):
            if isinstance(part.base, mmap):
                part.base.madvise(MADV_DONTNEED)


def write(
    folder: Path, name: str, width: int, sellers: Mapping[int, Sequence[str]], encoder: Encodes
) -> int:
    """Encode the texts of sellers (by key) into a matrix, in order of the keys; return its rows."""
    order = sorted(sellers)
    keys = [np.unique(_keys(sellers[key])) for key in order]  # texts of all at once are too many
    offsets = np.concatenate([[0], np.cumsum([len(one) for one in keys])]).astype(np.int64)
    total = int(offsets[-1])
    path = folder / f"{name}.vectors.npy"
    vectors = np.lib.format.open_memmap(path, "w+", np.uint8, (total, -(-width // 4) * 3))
    scales = np.zeros(total, dtype=np.float32)
    for seller, start, end in zip(order, offsets, offsets[1:], strict=False):
        if end > start:
            texts = {text_key(text): text for text in sellers[seller]}
            levels, scales[start:end] = rounded(
                encoder.encode([texts[key] for key in sorted(texts)])
            )
            vectors[start:end] = _packed(levels)
    vectors.flush()
    np.save(folder / f"{name}.scales.npy", scales)
    np.save(folder / f"{name}.texts.npy", np.concatenate([np.zeros(0, np.uint64), *keys]))
    np.save(folder / f"{name}.sellers.npy", np.array(order, dtype=np.uint64))
    np.save(folder / f"{name}.offsets.npy", offsets)
    return total


def _keys(texts: Iterable[str]) -> NDArray[np.uint64]:
    return np.fromiter(map(text_key, texts), dtype=np.uint64)


def rounded(dense: Scores) -> tuple[NDArray[np.uint8], Scores]:
    """Return rows of levels from 0 to 62 and the scale that gives each row back."""
    scales = np.maximum(np.abs(dense).max(axis=1), 1e-9).astype(np.float32) / np.float32(LEVELS)
    return (np.rint(dense / scales[:, None]) + LEVELS).astype(np.uint8), scales


def _packed(levels: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Lay four numbers of six bits into three bytes; rows are filled up to a multiple of four."""
    a, b, c, d = np.moveaxis(_fours(levels), -1, 0)
    first, second, third = a << 2 | b >> 4, (b & 15) << 4 | c >> 2, (c & 3) << 6 | d
    return np.stack((first, second, third), axis=-1).reshape(len(levels), -1)


def _fours(levels: NDArray[np.uint8]) -> NDArray[np.uint8]:
    filled = np.pad(levels, ((0, 0), (0, -levels.shape[1] % 4)))
    return filled.reshape(len(levels), -1, 4)


def _unpacked(packed: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Undo `_packed`."""
    count, width = packed.shape  # no row is what none found is read as: nothing to guess from
    x, y, z = np.moveaxis(packed.reshape(count, width // 3, 3), -1, 0)
    numbers = (x >> 2, (x & 3) << 4 | y >> 4, (y & 15) << 2 | z >> 6, z & 63)
    return np.stack(numbers, axis=-1).reshape(count, width // 3 * 4)


class Vectors:
    """Look up or make the vectors of sellers' texts, for each encoder."""

    def __init__(
        self,
        encoders: Iterable[Encodes] = (),
        folder: Path | None = None,
        topics: Topics | None = None,
    ) -> None:
        """Use encoders, the matrices a folder may hold, and topics beside the encoders."""
        self.encoders, self.topics = tuple(encoders), topics
        self._stores = [
            _Store(encoder, Matrix.open(folder, encoder.name) if folder else None)
            for encoder in self.encoders
        ]

    def channels(self, seller_id: str) -> list[index.Channel]:
        """Return a channel for each encoder, looking first among a seller's own texts, and topics.

        Where texts lie by topic is worked out from their vectors and stored nowhere.
        """
        key = key64("seller", seller_id)
        return joined([Channel(store, key) for store in self._stores], self.topics)


class _Store:
    """Join one encoder's matrix with what was encoded since."""

    def __init__(self, encoder: Encodes, matrix: Matrix | None) -> None:
        self.encoder, self.matrix = encoder, matrix
        self.encoded = 0  # texts given to the encoder so far
        self._held: OrderedDict[int, Scores] = OrderedDict()
        self._holding = Lock()  # indexes of several sellers are made at the same time

    def encode(self, seller: int, texts: Sequence[str]) -> Scores:
        if len(texts) == 1:
            return self.encoder.encode(texts)
        keys = np.array([text_key(text) for text in texts], dtype=np.uint64)
        found = np.zeros((len(texts), self.encoder.width), dtype=np.float32)
        rows = np.full(len(texts), -1, dtype=np.int64)
        if self.matrix is not None:
            rows = self.matrix.find(seller, keys)
            found[rows >= 0] = self.matrix.read(rows[rows >= 0], self.encoder.width)
        missing = []
        for place in np.flatnonzero(rows < 0).tolist():
            held = self._held.get(int(keys[place]))
            if held is None:
                missing.append(place)
            else:
                found[place] = held
        if missing:
            made = self.encoder.encode([texts[place] for place in missing])
            self.encoded += len(missing)
            with self._holding:
                for place, vector in zip(missing, made, strict=True):
                    found[place] = self._held[int(keys[place])] = vector
                while len(self._held) > HELD:
                    self._held.popitem(last=False)
        return found


class Channel:
    """Encode one seller's texts by one encoder."""

    def __init__(self, store: _Store, seller: int) -> None:
        """Look among this seller's texts first."""
        self._store, self._seller = store, seller
        self.name = store.encoder.name

    def encode(self, texts: Sequence[str]) -> Scores:
        """Return float32[texts, width], each row of unit length."""
        return self._store.encode(self._seller, texts)
