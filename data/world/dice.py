"""Seeded randomness by name: the same world for the same seed, whoever draws first."""

from __future__ import annotations

from hashlib import blake2b
from typing import Final

import numpy as np
from numpy.typing import NDArray

_BLOCK: Final = 16_384


def stream(seed: int, *names: str | int) -> np.random.Generator:
    """Return the generator that a seed and a path of names stand for."""
    path = "\x1f".join(str(name) for name in (seed, *names))
    key = int.from_bytes(blake2b(path.encode(), digest_size=16).digest(), "little")
    return np.random.Generator(np.random.Philox(key=key))


def opaque(seed: int, *names: str | int, length: int = 10) -> str:
    """Return a short hexadecimal name that tells nothing about what it stands for."""
    path = "\x1f".join(str(name) for name in (seed, *names))
    return blake2b(path.encode(), digest_size=16).hexdigest()[:length]


class Dice:
    """Draw single numbers fast, from blocks of a generator."""

    def __init__(self, generator: np.random.Generator) -> None:
        """Take the generator; the dice own it from here on."""
        self._generator = generator
        self._uniforms: list[float] = []
        self._normals: list[float] = []

    def uniform(self) -> float:
        """Draw from [0, 1)."""
        if not self._uniforms:
            self._uniforms = self._generator.random(_BLOCK).tolist()
        return self._uniforms.pop()

    def normal(self) -> float:
        """Draw from the standard normal distribution."""
        if not self._normals:
            self._normals = self._generator.standard_normal(_BLOCK).tolist()
        return self._normals.pop()

    def chance(self, probability: float) -> bool:
        """Say yes with a probability; 1 or more is always yes."""
        return self.uniform() < probability

    def below(self, n: int) -> int:
        """Draw from 0 … n - 1."""
        return int(self.uniform() * n)

    def choose(self, logits: NDArray[np.float64]) -> int:
        """Draw an index with probability proportional to exp(logit); -inf is never drawn."""
        odds = np.cumsum(np.exp(logits - logits.max()))
        place = int(np.searchsorted(odds, self.uniform() * odds[-1], side="right"))
        return min(place, len(logits) - 1)
