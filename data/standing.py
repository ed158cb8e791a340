"""Where keys stand in a column, found by open addressing in compiled loops."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from data.kernels import kernel

Keys = NDArray[np.uint64]
Slots = NDArray[np.int32]
"""A table of a power of two of places, above twice as many as there are keys; -1: a free one."""


@kernel
def stand(slots: Slots, keys: Keys, first: int) -> None:
    """Write into the table where the keys from `first` on stand; of equal keys the first counts."""
    last = np.uint64(len(slots) - 1)
    for i in range(first, len(keys)):
        slot = np.int64(keys[i] & last)
        while slots[slot] >= 0 and keys[slots[slot]] != keys[i]:
            slot = (slot + 1) & (len(slots) - 1)
        if slots[slot] < 0:
            slots[slot] = i


@kernel
def standing(slots: Slots, keys: Keys, key: np.uint64) -> int:
    """Return where a key stands, or -1: as an index what is behind all."""
    slot = np.int64(key & np.uint64(len(slots) - 1))
    while slots[slot] >= 0:
        if keys[slots[slot]] == key:
            return int(slots[slot])
        slot = (slot + 1) & (len(slots) - 1)
    return -1


@kernel
def one_of(values: NDArray[np.integer], value: int) -> bool:
    """Say whether a value is one of a few."""
    for one in values:  # noqa: SIM110 - compiled: no generators
        if one == value:
            return True
    return False


class Standing:
    """Follow a column of keys, each once, that only grows."""

    def __init__(self) -> None:
        """Start with none."""
        self._slots: Slots = np.full(16, -1, np.int32)
        self._followed = 0

    def of(self, keys: Keys) -> Slots:
        """Return the table of a column that begins with all that was followed before."""
        if len(keys) != self._followed:
            if 2 * len(keys) >= len(self._slots):
                self._slots = np.full(1 << (len(keys).bit_length() + 1), -1, np.int32)
                self._followed = 0
            stand(self._slots, keys, self._followed)
            self._followed = len(keys)
        return self._slots
