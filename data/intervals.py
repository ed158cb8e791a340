"""How sure a figure is: 95 % intervals for counts, shares, means, amounts and ratios.

Every function takes arrays or numbers and gives (low, high); nan stands for "cannot be said".
"""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import special

Floats = NDArray[np.float64]
LEVEL: Final = 0.95
Z: Final = 1.959963984540054
TAIL: Final = (1 - LEVEL) / 2


def count(k: ArrayLike) -> tuple[Floats, Floats]:
    """Return the exact interval of a Poisson count. Source: Garwood (1936).

    >>> low, high = count(10)
    >>> round(float(low), 2), round(float(high), 2)
    (4.8, 18.39)
    """
    counts = np.asarray(k, dtype=np.float64)
    low = np.where(counts > 0, special.gammaincinv(np.maximum(counts, 1e-9), TAIL), 0.0)
    high = np.asarray(special.gammaincinv(counts + 1, 1 - TAIL), dtype=np.float64)
    return low, high


def share(hits: ArrayLike, trials: ArrayLike) -> tuple[Floats, Floats]:
    """Return the interval of a share, hits beyond trials counting as all. Source: Wilson (1927).

    >>> low, high = share(5, 50)
    >>> round(float(low), 3), round(float(high), 3)
    (0.043, 0.214)
    """
    n = np.asarray(trials, dtype=np.float64)
    with np.errstate(invalid="ignore", divide="ignore"):
        p = np.minimum(np.asarray(hits, dtype=np.float64) / n, 1.0)
        middle = (p + Z * Z / (2 * n)) / (1 + Z * Z / n)
        half = Z * np.sqrt(p * (1 - p) / n + Z * Z / (4 * n * n)) / (1 + Z * Z / n)
    return np.maximum(middle - half, 0.0), np.minimum(middle + half, 1.0)


def mean(n: ArrayLike, total: ArrayLike, squares: ArrayLike) -> tuple[Floats, Floats]:
    """Return Student's interval of a mean from the number, the sum and the sum of squares."""
    number, sums = np.asarray(n, np.float64), np.asarray(total, np.float64)
    with np.errstate(invalid="ignore", divide="ignore"):
        middle = sums / number
        spread = np.asarray(squares, np.float64) - number * middle**2
        error = np.sqrt(np.maximum(spread, 0.0) / (number - 1) / number)
        half = special.stdtrit(np.maximum(number - 1, 1), 1 - TAIL) * error
    half = np.where(number > 1, half, np.nan)
    return np.maximum(middle - half, 0.0), middle + half


def amount(total: ArrayLike, squares: ArrayLike) -> tuple[Floats, Floats]:
    """Return the interval of a sum of amounts that come at random (compound Poisson)."""
    sums, half = np.asarray(total, np.float64), Z * np.sqrt(np.asarray(squares, np.float64))
    half = np.where(half > 0, half, np.nan)  # of what never came, the next amount is unknown
    return np.maximum(sums - half, 0.0), sums + half


def ratio(a: int, n_a: int, b: int, n_b: int) -> tuple[float, float, float]:
    """Return (value, low, high) of share a against share b, less one, on the log scale.

    Half a hit is added to each side, so that none at all can be compared. Source: Katz et al.,
    "Obtaining confidence intervals for the risk ratio" (1978).

    >>> value, low, high = ratio(60, 100, 50, 100)
    >>> round(value, 2), low < 0 < high
    (0.2, True)
    """
    if not n_a or not n_b:
        return np.nan, np.nan, np.nan
    top, bottom = (a + 0.5) / (n_a + 0.5), (b + 0.5) / (n_b + 0.5)
    error = np.sqrt(1 / (a + 0.5) - 1 / (n_a + 0.5) + 1 / (b + 0.5) - 1 / (n_b + 0.5))
    middle = np.log(top / bottom)
    low, high = np.exp(middle - Z * error) - 1, np.exp(middle + Z * error) - 1
    return float(np.exp(middle) - 1), float(low), float(high)
