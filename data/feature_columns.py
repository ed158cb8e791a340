"""Columns of the feature matrix, group by group: compiled loops that fill their own columns.

Columns are numbered as in `feature_names.FEATURES`. Unknown: -1 for days, 0 for everything else.
"""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from data.catalogue import BRAND, CATEGORY, FACETS, FIRST_TAG
from data.kernels import kernel
from data.schemas import CODES, DAY_MS, Kind

RECENT: Final = 5
_DWELL, _PURCHASE = CODES[Kind.DWELL], CODES[Kind.PURCHASE]
_PRIOR_RATING, _PRIOR_REVIEWS = 4.2, 20.0


@kernel
def days(now: int, then: int) -> float:
    """Return log1p of the days since a moment; -1 when there was none."""
    return -1.0 if then == 0 else np.log1p(max(now - then, 0) / DAY_MS)


@kernel
def item_columns(
    out: NDArray[np.float32],
    positions: NDArray[np.int32],
    rows: NDArray[np.int32],
    values: NDArray[np.float64],
    times: NDArray[np.int64],
    now: int,
    rates: NDArray[np.float64],
) -> None:
    """Fill columns 0 to 12: what everyone does with each item, decayed to now."""
    count = np.empty(len(rates))
    for i in range(len(positions)):
        row = rows[positions[i]]
        gap = float(max(now - times[row, 2], 0))
        for column in range(len(rates)):
            count[column] = values[row, column] * np.exp(-rates[column] * gap)
        out[i, 0] = np.log1p(values[row, 10])
        for column in range(4):
            out[i, 1 + column] = np.log1p(count[column])
        out[i, 5] = np.log((count[1] + 0.5) / 7.0) - np.log((count[3] + 0.5) / 180.0)
        out[i, 6] = days(now, times[row, 0])
        out[i, 7] = days(now, times[row, 1])
        seen = count[4] + count[5]
        out[i, 8] = (count[5] + 0.5) / (count[9] + 10.0)
        out[i, 9] = (count[6] + 0.2) / (seen + 5.0)
        out[i, 10] = (count[7] + 0.1) / (seen + 5.0)
        out[i, 11] = (count[8] + 0.05) / (seen + 5.0)
        out[i, 12] = values[row, 12] / values[row, 11] if values[row, 11] > 0 else 0.0


@kernel
def listing_columns(
    out: NDArray[np.float32],
    positions: NDArray[np.int32],
    rows: NDArray[np.int32],
    values: NDArray[np.float64],
    times: NDArray[np.int64],
    now: int,
    rates: NDArray[np.float64],
) -> None:
    """Fill columns 13 to 17: what this card's visitors do with each listing."""
    total = 0.0
    for i in range(len(positions)):
        row = rows[positions[i]]
        gap = float(max(now - times[row, 2], 0))
        month = values[row, 2] * np.exp(-rates[2] * gap)
        slow = np.exp(-rates[5] * gap)
        out[i, 13] = np.log1p(values[row, 1] * np.exp(-rates[1] * gap))
        out[i, 14] = np.log1p(month)
        out[i, 15] = np.log1p(values[row, 10])
        out[i, 16] = (values[row, 5] * slow + 0.5) / (values[row, 9] * slow + 10.0)
        out[i, 17] = month
        total += month
    mean = total / max(len(positions), 1)
    for i in range(len(positions)):
        out[i, 17] = np.log((out[i, 17] + 0.5) / (mean + 0.5))


@kernel
def product_columns(
    out: NDArray[np.float32],
    positions: NDArray[np.int32],
    price: NDArray[np.float32],
    rating: NDArray[np.float32],
    reviews: NDArray[np.float32],
    sales: NDArray[np.float32],
    position: NDArray[np.float64],
    pinned: NDArray[np.bool_],
    added_at: NDArray[np.int64],
    now: int,
) -> None:
    """Fill columns 18 to 25: price, rating and place of each product."""
    total, priced = 0.0, 0
    for i in range(len(positions)):
        paid = price[positions[i]]
        out[i, 18] = np.log1p(paid) if paid > 0 else 0.0
        if paid > 0:
            total += out[i, 18]
            priced += 1
    mean = total / max(priced, 1)
    for i in range(len(positions)):
        at = positions[i]
        out[i, 19] = out[i, 18] - mean if price[at] > 0 else 0.0
        stars = rating[at] if rating[at] > 0 else _PRIOR_RATING
        told = max(reviews[at], 0.0)
        counted = told if rating[at] > 0 else 0.0
        shrunk = (stars * counted + _PRIOR_RATING * _PRIOR_REVIEWS) / (counted + _PRIOR_REVIEWS)
        out[i, 20] = shrunk * np.log1p(told)
        out[i, 21] = np.log1p(told)
        out[i, 22] = np.log1p(max(sales[at], 0.0))
        out[i, 23] = np.log1p(max(position[at], 0.0))
        out[i, 24] = 1.0 if pinned[at] else 0.0
        out[i, 25] = days(now, added_at[at])


@kernel
def own_columns(  # noqa: C901 - one compiled loop
    out: NDArray[np.float32],
    keys: NDArray[np.uint64],
    touches: NDArray[np.void],
    shown: NDArray[np.void],
    intents: NDArray[np.int64],
    now: int,
) -> None:
    """Fill columns 26 to 31, 34 and 35: what this visitor did with each item, and saw of it."""
    for i in range(len(keys)):
        acts, dwell, wishes, bought, last, last_bought = 0.0, 0.0, 0.0, 0.0, 0, 0
        for t in range(len(touches)):
            if touches[t].item != keys[i]:
                continue
            acts += 1.0
            last = touches[t].at
            if touches[t].kind == _DWELL:
                dwell += touches[t].value
            elif touches[t].kind == _PURCHASE:
                bought += 1.0
                last_bought = touches[t].at
            else:
                for k in range(len(intents)):
                    if touches[t].kind == intents[k]:
                        wishes += 1.0
        out[i, 26] = acts
        out[i, 27] = days(now, last)
        out[i, 28] = dwell
        out[i, 29] = wishes
        out[i, 30] = bought
        out[i, 31] = days(now, last_bought)
        times, seen = 0.0, 0
        for t in range(len(shown)):
            if shown[t].item == keys[i]:
                times += 1.0
                seen = shown[t].at
        out[i, 34] = times
        out[i, 35] = days(now, seen)


@kernel
def _common_tags(one: NDArray[np.uint64], other: NDArray[np.uint64]) -> float:
    common = 0.0
    for a in range(FIRST_TAG, FACETS):
        for b in range(FIRST_TAG, FACETS):
            if one[a] != 0 and one[a] == other[b]:
                common += 1.0
    return common


@kernel
def moment_columns(  # noqa: C901 - one compiled loop
    out: NDArray[np.float32],
    facets: NDArray[np.uint64],
    last: NDArray[np.uint64],
    last_price: float,
    context: NDArray[np.uint64],
) -> None:
    """Fill columns 46 to 52: how each product fits what she looked at last and looks at now."""
    for i in range(len(facets)):
        category = facets[i, CATEGORY]
        recent = 0.0
        for r in range(len(last)):
            if category != 0 and last[r, CATEGORY] == category:
                recent += 1.0
        out[i, 50] = recent / RECENT
        out[i, 49] = -1.0
        for column in (46, 47, 48, 51, 52):
            out[i, column] = 0.0
        if len(last) > 0:
            out[i, 46] = 1.0 if category != 0 and last[0, CATEGORY] == category else 0.0
            brand = facets[i, BRAND]
            out[i, 47] = 1.0 if brand != 0 and last[0, BRAND] == brand else 0.0
            out[i, 48] = _common_tags(facets[i], last[0])
            if last_price > 0 and out[i, 18] > 0:
                out[i, 49] = abs(out[i, 18] - last_price)
        for c in range(len(context)):
            if category != 0 and context[c, CATEGORY] == category:
                out[i, 51] += 1.0
            out[i, 52] += _common_tags(facets[i], context[c])


@kernel
def known_columns(
    out: NDArray[np.float32], touches: NDArray[np.void], active: NDArray[np.bool_], now: int
) -> None:
    """Fill columns 61 to 64: how much is known of the visitor, and how large the shelf is."""
    different = 0
    for t in range(len(touches)):
        before = False
        for earlier in range(t):
            before |= touches[earlier].item == touches[t].item
        different += int(not before)
    since = -1.0
    if len(touches) > 0:
        since = np.log1p(max(now - touches[-1].at, 0) / DAY_MS)
    size = 0
    for one in active:
        size += one
    for i in range(len(out)):
        out[i, 61] = np.log1p(float(len(touches)))
        out[i, 62] = since
        out[i, 63] = different
        out[i, 64] = np.log1p(float(size))
