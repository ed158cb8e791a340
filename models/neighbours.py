"""Compiled loops of session neighbours: which sequences are alike, and what they hold."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from data.kernels import kernel
from models.selection import edge_of
from models.sheet import place_asked, share_asked, wipe


@kernel
def members_of(
    starts: NDArray[np.int64], items: NDArray[np.int32], n_items: int, latest: int
) -> tuple[NDArray[np.int64], NDArray[np.int32]]:
    """List each item's sequences, the latest first, each once."""
    counts = np.zeros(n_items, np.int64)
    last = np.full(n_items, -1, np.int64)
    for s in range(len(starts) - 2, -1, -1):
        for item in items[starts[s] : starts[s + 1]]:
            if last[item] != s:
                last[item] = s
                counts[item] += counts[item] < latest
    lists = np.zeros(n_items + 1, np.int64)
    lists[1:] = np.cumsum(counts)
    members = np.zeros(lists[-1], np.int32)
    filled = np.zeros(n_items, np.int64)
    last[:] = -1
    for s in range(len(starts) - 2, -1, -1):
        for item in items[starts[s] : starts[s + 1]]:
            if last[item] != s and filled[item] < latest:
                members[lists[item] + filled[item]] = s
                filled[item] += 1
            last[item] = s
    return lists, members


@kernel
def add_up(
    lists: NDArray[np.int64],
    members: NDArray[np.int32],
    rarity: NDArray[np.float32],
    starts: NDArray[np.int64],
    items: NDArray[np.int32],
    rows: NDArray[np.int32],
    weights: NDArray[np.float32],
    shares: NDArray[np.float32],
    lifts: NDArray[np.float32],
    fades: NDArray[np.float32],
    recency: float,
    backward: float,
    count: int,
    alike: NDArray[np.float32],
    shared: NDArray[np.int32],
    touched: NDArray[np.int32],
    sheet: NDArray[np.float32],
) -> NDArray[np.int32]:
    """Add the neighbours' items onto the sheet; return the rows touched.

    Wipes the rows `touched` before; `alike` and `shared` are zeros, and are so again afterwards.
    """
    wipe(touched, sheet)
    met = _met(lists, members, rarity, rows, weights, recency, shares, alike, shared)
    close = _closest(met, alike, count)
    found = _collect(starts, items, lifts, fades, close, rows, alike, shared, backward, sheet)
    for session in met:
        alike[session], shared[session] = np.float32(0), np.int32(0)
    return found


@kernel
def add_up_asked(
    lists: NDArray[np.int64],
    members: NDArray[np.int32],
    rarity: NDArray[np.float32],
    starts: NDArray[np.int64],
    items: NDArray[np.int32],
    rows: NDArray[np.int32],
    weights: NDArray[np.float32],
    shares: NDArray[np.float32],
    lifts: NDArray[np.float32],
    fades: NDArray[np.float32],
    recency: float,
    backward: float,
    count: int,
    alike: NDArray[np.float32],
    shared: NDArray[np.int32],
    places: NDArray[np.int32],
    asked: NDArray[np.int32],
    out: NDArray[np.float32],
) -> None:
    """Fill `out` with what the sheet would hold of the asked rows, without the other lines.

    `alike`, `shared` and `places` are as they were again afterwards: zeros, zeros and -1.
    """
    out[:] = np.float32(0)
    place_asked(asked, places)
    met = _met(lists, members, rarity, rows, weights, recency, shares, alike, shared)
    for session in _closest(met, alike, count):
        begin, end = starts[session], starts[session + 1]
        common = _last_place(items, begin, end, rows[shared[session] - 1])
        for place in range(begin, end):
            line = places[items[place]]
            if line >= 0:
                lift = lifts[items[place]]
                _count(out[line], alike[session], lift, fades, place - common, backward)
    for session in met:
        alike[session], shared[session] = np.float32(0), np.int32(0)
    share_asked(asked, places, out)


@kernel
def _met(
    lists: NDArray[np.int64],
    members: NDArray[np.int32],
    rarity: NDArray[np.float32],
    rows: NDArray[np.int32],
    weights: NDArray[np.float32],
    recency: float,
    shares: NDArray[np.float32],
    alike: NDArray[np.float32],
    shared: NDArray[np.int32],
) -> NDArray[np.int32]:
    """Return the sequences that share an item, in the order in which they are met.

    Sets what their shared items weigh times their `shares`, `alike`, and the latest shared item's
    place + 1, `shared`.
    """
    room = 0
    for row in rows:
        if row >= 0:
            room += lists[row + 1] - lists[row]
    met = np.empty(room, np.int32)
    n = 0
    for place in range(len(rows)):
        row = rows[place]
        if row < 0:
            continue
        value = np.float32(weights[place] * np.exp(-place / recency) * rarity[row])
        for session in members[lists[row] : lists[row + 1]]:
            if shared[session] == 0:
                shared[session] = place + 1
                met[n] = session
                n += 1
            alike[session] += value
    for session in met[:n]:
        alike[session] *= shares[session]
    return met[:n]


@kernel
def _closest(met: NDArray[np.int32], alike: NDArray[np.float32], count: int) -> NDArray[np.int32]:
    """Return the `count` most similar, in the order met; of equals at the edge the latest."""
    if len(met) <= count or count == 0:
        return met[:count]
    values = alike[met]
    edge, above = edge_of(values, count)
    ties = np.sort(met[values == edge])
    oldest = ties[len(ties) - (count - above)]
    kept = np.empty(count + 1, np.int32)
    n = 0
    for i in range(len(met)):  # without a branch
        kept[n] = met[i]
        n += int(values[i] > edge or (values[i] == edge and met[i] >= oldest))
    return kept[:count]


@kernel
def _collect(
    starts: NDArray[np.int64],
    items: NDArray[np.int32],
    lifts: NDArray[np.float32],
    fades: NDArray[np.float32],
    close: NDArray[np.int32],
    rows: NDArray[np.int32],
    alike: NDArray[np.float32],
    shared: NDArray[np.int32],
    backward: float,
    sheet: NDArray[np.float32],
) -> NDArray[np.int32]:
    room = 0
    for session in close:
        room += starts[session + 1] - starts[session]
    touched = np.empty(room, np.int32)
    n = 0
    for session in close:
        begin, end = starts[session], starts[session + 1]
        common = _last_place(items, begin, end, rows[shared[session] - 1])
        for place in range(begin, end):
            item = items[place]
            if sheet[item, 3] == 0:
                touched[n] = item
                n += 1
            _count(sheet[item], alike[session], lifts[item], fades, place - common, backward)
    return touched[:n]


@kernel
def _count(
    line: NDArray[np.float32],
    alike: np.float32,
    lift: np.float32,
    fades: NDArray[np.float32],
    behind: int,
    backward: float,
) -> None:
    """Add an item that stands so many places behind the shared one."""
    value = alike * lift * fades[min(max(abs(behind) - 1, 0), len(fades) - 1)]
    if behind < 0:
        value *= np.float32(backward)
    line[0] += value
    line[1] = max(line[1], value)
    if behind == 1:
        line[2] += alike
    line[3] += np.float32(1)


@kernel
def _last_place(items: NDArray[np.int32], begin: int, end: int, row: int) -> int:
    for place in range(end - 1, begin, -1):
        if items[place] == row:
            return place
    return begin
