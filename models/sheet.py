"""A sheet of one line an item: what a history's links add up to, read off for any rows.

Its columns are the sum, the maximum, the latest visit's value and the number of what was added.
"""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from data.kernels import kernel
from models.selection import risen

_LOW: Final = np.uint64(0xFFFFFFFF)


@kernel
def spread(
    starts: NDArray[np.int64],
    targets: NDArray[np.int32],
    strengths: NDArray[np.float32],
    rows: NDArray[np.int32],
    weights: NDArray[np.float32],
    ages: NDArray[np.float32],
    recency: float,
    half_life: float,
    touched: NDArray[np.int32],
    sheet: NDArray[np.float32],
) -> NDArray[np.int32]:
    """Wipe the lines `touched` before, spread what the rows' links lead to; return its lines."""
    wipe(touched, sheet)
    room = 0
    for row in rows:
        if row >= 0:
            room += starts[row + 1] - starts[row]
    found = np.empty(room, np.int32)
    n = 0
    latest = True
    for place in range(len(rows)):
        row = rows[place]
        if row < 0:
            continue
        weight = _weight(weights[place], ages[place], place, recency, half_life)
        for link in range(starts[row], starts[row + 1]):
            line = sheet[targets[link]]
            if line[3] == 0:
                found[n] = targets[link]
                n += 1
            _count(line, np.float32(weight * strengths[link]), latest)
        latest = False
    return found[:n]


@kernel
def wipe(touched: NDArray[np.int32], sheet: NDArray[np.float32]) -> None:
    """Set lines back to zeros."""
    for row in touched:
        for column in range(sheet.shape[1]):
            sheet[row, column] = np.float32(0)


@kernel
def add_up(
    starts: NDArray[np.int64],
    targets: NDArray[np.int32],
    strengths: NDArray[np.float32],
    rows: NDArray[np.int32],
    weights: NDArray[np.float32],
    ages: NDArray[np.float32],
    recency: float,
    half_life: float,
    places: NDArray[np.int32],
    asked: NDArray[np.int32],
    out: NDArray[np.float32],
) -> None:
    """Fill `out` with what the sheet would hold of the asked rows, without the other lines.

    `places` int32[items] is all -1, and is so again afterwards.
    """
    out[:] = np.float32(0)
    place_asked(asked, places)
    latest = True
    for place in range(len(rows)):
        row = rows[place]
        if row < 0:
            continue
        weight = _weight(weights[place], ages[place], place, recency, half_life)
        for link in range(starts[row], starts[row + 1]):
            i = places[targets[link]]
            if i >= 0:
                _count(out[i], np.float32(weight * strengths[link]), latest)
        latest = False
    share_asked(asked, places, out)


@kernel
def place_asked(asked: NDArray[np.int32], places: NDArray[np.int32]) -> None:
    """Write at each asked row, -1 for none, where it is first asked for."""
    for i in range(len(asked) - 1, -1, -1):
        if asked[i] >= 0:
            places[asked[i]] = i


@kernel
def share_asked(
    asked: NDArray[np.int32], places: NDArray[np.int32], out: NDArray[np.float32]
) -> None:
    """Give rows that are asked for again what the first has, and set the places back to -1."""
    for i in range(len(asked)):
        if asked[i] >= 0 and places[asked[i]] < i:
            out[i] = out[places[asked[i]]]
    for row in asked:
        if row >= 0:
            places[row] = -1


@kernel
def _weight(weight: float, age: float, place: int, recency: float, half_life: float) -> float:
    fresh = float(weight * np.exp(-place / recency))
    return fresh * 2.0 ** (-age / half_life) if half_life > 0 else fresh


@kernel
def _count(line: NDArray[np.float32], value: np.float32, latest: bool) -> None:
    line[0] += value
    line[1] = max(line[1], value)
    line[2] += value * np.float32(latest)
    line[3] += np.float32(1)


@kernel
def read_sheet(
    sheet: NDArray[np.float32], rows: NDArray[np.int32], out: NDArray[np.float32]
) -> None:
    """Copy the lines of the asked rows; row -1 reads zeros."""
    for i in range(len(rows)):
        for column in range(sheet.shape[1]):
            out[i, column] = sheet[rows[i], column] if rows[i] >= 0 else np.float32(0)


@kernel
def between(
    starts: NDArray[np.int64],
    targets: NDArray[np.int32],
    strengths: NDArray[np.float32],
    sources: NDArray[np.int32],
    rows: NDArray[np.int32],
    out: NDArray[np.float32],
) -> None:
    """Add to out[sources, rows] the strength of each link from a source to an asked row."""
    for place in range(len(sources)):
        source = sources[place]
        if source < 0:
            continue
        for link in range(starts[source], starts[source + 1]):
            for column in range(len(rows)):
                if rows[column] == targets[link]:
                    out[place, column] += strengths[link]


def highest(values: NDArray[np.float32], count: int) -> NDArray[np.int64]:
    """Return the places of the `count` highest values, the highest first, ties by place."""
    near = _near(values, count)
    return _in_order(values[near], near)[:count]


def best(touched: NDArray[np.int32], sheet: NDArray[np.float32], count: int) -> NDArray[np.int32]:
    """Return the `count` of some rows with the highest sums, the highest first, ties by row."""
    sums = _sums(sheet, touched)
    near = _near(sums, count)
    return _in_order(sums[near], touched[near])[:count].astype(np.int32)


def _in_order(values: NDArray[np.float32], rows: NDArray[np.integer]) -> NDArray[np.int64]:
    """Return rows by value, the highest first, ties by row: sorted as whole numbers."""
    keys = _keys(values, rows)
    keys.sort()
    return (keys & _LOW).astype(np.int64)


@kernel
def _keys(values: NDArray[np.float32], rows: NDArray[np.integer]) -> NDArray[np.uint64]:
    """Return numbers that rise as values fall, rows in their lower half."""
    keys, numbers = np.empty(len(values), np.uint64), risen(values)
    for i in range(len(values)):
        keys[i] = np.uint64(~numbers[i]) << np.uint64(32) | np.uint64(rows[i])
    return keys


def _near(values: NDArray[np.float32], count: int) -> NDArray[np.int64]:
    """Return the places, rising, of the `count` highest values and of what equals the lowest.

    numpy partitions with wide instructions, ten times as fast as a compiled loop. It is slow,
    though, where many equal values lie below what is looked for, as zeros do here: it looks for the
    lowest of the negated.
    """
    if count == 0:
        return np.empty(0, np.int64)
    if len(values) <= count:
        return np.arange(len(values))
    turned = -values
    turned.partition(count - 1)
    near: NDArray[np.int64] = (values >= -turned[count - 1]).nonzero()[0]
    return near


@kernel
def _sums(sheet: NDArray[np.float32], rows: NDArray[np.int32]) -> NDArray[np.float32]:
    sums = np.empty(len(rows), np.float32)
    for i in range(len(rows)):
        sums[i] = sheet[rows[i], 0]
    return sums
