"""Compiled loops over likenesses: the best of each entry, and what the best entry looks like."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from data.kernels import kernel

Scores = NDArray[np.float32]
Places = NDArray[np.int64]

NEIGHBOURS: Final = 5
RIVAL: Final = 0.1


@kernel
def best_of(
    near: Scores, weights: Scores, starts: Places, dense: Scores, lexical: Scores, fused: Scores
) -> None:
    """Write each entry's largest likeness by encoders, by words, and by both as weighed.

    `near` float32[channels, rows] has the words last; `starts` is each entry's first row; the
    last three are float32[entries], written here.
    """
    channels, rows = near.shape
    share = np.float32(0.0)
    for channel in range(channels - 1):
        share += weights[channel]
    for entry in range(len(starts)):
        end = starts[entry + 1] if entry + 1 < len(starts) else rows
        dense[entry] = lexical[entry] = fused[entry] = np.float32(-1e9)
        for row in range(starts[entry], end):
            meant = np.float32(0.0)
            for channel in range(channels - 1):
                meant += weights[channel] * near[channel, row]
            said = near[channels - 1, row]
            dense[entry] = max(dense[entry], meant)
            lexical[entry] = max(lexical[entry], said)
            fused[entry] = max(fused[entry], meant + weights[channels - 1] * said)
        if share > 0:
            dense[entry] /= share


@kernel
def leads(columns: Scores, place: int, out: Scores) -> None:
    """Write how far an entry is ahead of the next by each row of float32[names, entries]."""
    entries = columns.shape[1]
    for name in range(columns.shape[0]):
        next_best = np.float32(0.0) if entries == 1 else np.float32(-1e9)
        for entry in range(entries):
            if entry != place:
                next_best = max(next_best, columns[name, entry])
        out[name] = columns[name, place] - next_best


@kernel
def stands_out(fused: Scores, place: int) -> tuple[float, int]:
    """Return how many standard deviations an entry is above the mean, and its close rivals."""
    entries, total, squares, rivals = len(fused), 0.0, 0.0, 0
    for entry in range(entries):
        total += fused[entry]
        squares += fused[entry] * fused[entry]
        rivals += entry != place and fused[entry] > fused[place] - RIVAL
    mean = total / entries
    spread = np.sqrt(max(squares / entries - mean * mean, 0.0)) + 1e-3
    return (fused[place] - mean) / spread, rivals


@kernel
def weighed(near: Scores, weights: Scores) -> Scores:
    """Return float32[rows]: likenesses float32[channels, rows], each channel by its weight."""
    alike = np.zeros(near.shape[1], np.float32)
    for row in range(near.shape[1]):
        for channel in range(near.shape[0]):
            alike[row] += weights[channel] * near[channel, row]
    return alike


@kernel
def foremost(alike: Scores) -> Places:
    """Return the rows of the `NEIGHBOURS` highest, the earlier among equals; -1 where none is."""
    rows = np.full(NEIGHBOURS, -1)
    for row in range(len(alike)):
        at = NEIGHBOURS
        while at > 0 and (rows[at - 1] < 0 or alike[rows[at - 1]] < alike[row]):
            at -= 1
        if at < NEIGHBOURS:
            rows[at + 1 :] = rows[at:-1].copy()
            rows[at] = row
    return rows


@kernel
def nearest(
    near: Scores, weights: Scores, owners: NDArray[np.int32], place: int
) -> tuple[int, float]:
    """Return an entry's nearest phrasing, and its share of the shop's nearest phrasings."""
    alike = weighed(near, weights)
    found, best, votes = -1, np.float32(-1e9), 0
    for row in range(len(alike)):
        if owners[row] == place and alike[row] > best:
            found, best = row, alike[row]
    for row in foremost(alike):
        votes += row >= 0 and owners[row] == place
    return found, votes / min(NEIGHBOURS, len(alike))


@kernel
def contend(
    parts: Scores,
    near: Scores,
    weights: Scores,
    starts: Places,
    places: Places,
    usual: Scores,
    out: Scores,
) -> Places:
    """Write what each of some entries has that others have not; return its nearest phrasing's row.

    `parts` float32[6, entries]: the fused score, likeness by encoders, by words, to the answer, by
    the head, and by encoders and words together; `usual` float32[3, entries] as in `Standing`:
    crowd, tight, typical. Fills the compiled columns of `rerank.COLUMNS`.
    """
    rows, found = near.shape[1], np.empty(len(places), np.int64)
    alike = weighed(near, weights)
    five = foremost(alike)
    ahead = np.empty(parts.shape[0], np.float32)
    for k in range(len(places)):
        place = places[k]
        begin, end = starts[place], starts[place + 1] if place + 1 < len(starts) else rows
        leads(parts, place, ahead)
        order = np.argsort(-alike[begin:end], kind="mergesort")
        found[k] = begin + order[0]
        out[k, :4] = parts[1:5, place]
        out[k, 4:10] = ahead
        votes = 0
        for row in five:
            votes += begin <= row < end
        out[k, 10] = votes / min(NEIGHBOURS, rows)
        out[k, 11] = parts[5, place] - usual[0, place]
        out[k, 12] = parts[5, place] - usual[1, place]
        out[k, 13] = parts[4, place] - usual[2, place]
        out[k, 14] = alike[begin + order[min(1, len(order) - 1)]]
        out[k, 15] = alike[begin:end][order[:NEIGHBOURS]].mean()
        out[k, 16] = near[-1, begin:end].mean()
    return found


@kernel
def in_common(
    places: Places,
    shares: Scores,
    starts: NDArray[np.int32],
    columns: NDArray[np.int32],
    weights: Scores,
    terms: int,
    rows: Places,
    out: Scores,
) -> None:
    """Write how much of a question each of some phrasings has, and how much of it the question has.

    `places` and `shares` are the question's known terms and what they count; `starts`, `columns`
    and `weights` the phrasings' terms and their unit weights, as rows of a sparse matrix of
    `terms` columns. `out` is float32[rows, 2].
    """
    counted = np.zeros(terms, np.float32)
    for n in range(len(places)):
        counted[places[n]] = shares[n]
    for k in range(len(rows)):
        told, back = np.float32(0.0), np.float32(0.0)
        for at in range(starts[rows[k]], starts[rows[k] + 1]):
            share = counted[columns[at]]
            if share > 0:
                told += share
                back += weights[at] * weights[at]
        out[k, 0], out[k, 1] = told, back
