"""Which values are the highest: told without putting all of them in order."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from data.kernels import kernel

_BINS: Final = 1 << 11
_LAST: Final = np.uint32(_BINS - 1)
_RESTS: Final = (np.uint32(21), np.uint32(10), np.uint32(0))
"""Behind how many bits a number's next eleven stand; the last one is told twice."""


@kernel
def edge_of(values: NDArray[np.float32], count: int) -> tuple[np.float32, int]:
    """Return the `count`-th highest of at least as many values, and how many are above it.

    Values are counted by the leading bits of what rises as they do, then those of the bin in
    question by the next bits: no step hangs on how two of them compare.
    """
    bits, above, number = risen(values), 0, np.uint32(0)
    for rest in _RESTS:
        bins = np.zeros(_BINS, np.int32)
        for one in bits:
            bins[(one >> rest) & _LAST] += 1
        place = _BINS - 1
        while above + bins[place] < count:
            above += bins[place]
            place -= 1
        number |= np.uint32(place) << rest
        kept, n = np.empty(bins[place] + 1, np.uint32), 0
        for one in bits:
            kept[n] = one
            n += int((one >> rest) & _LAST == place)
        bits = kept[:n]
    return fallen(number), above


@kernel
def risen(values: NDArray[np.float32]) -> NDArray[np.uint32]:
    """Return numbers that rise with values: their bits, all turned below zero, else the sign's."""
    bits = (values + np.float32(0)).view(np.uint32)  # adding zero makes -0 the same as 0
    for i in range(len(bits)):
        negative = bits[i] >> np.uint32(31)
        bits[i] = ~bits[i] if negative else bits[i] ^ np.uint32(0x80000000)
    return bits


@kernel
def fallen(number: np.uint32) -> np.float32:
    """Return the value that a number of `risen` stands for."""
    bits = np.empty(1, np.uint32)
    negative = number >> np.uint32(31) == 0
    bits[0] = ~number if negative else number ^ np.uint32(0x80000000)
    return np.float32(bits.view(np.float32)[0])
