"""The numbers a ranker sees: one builder for serving and training.

`FEATURES` names the columns of `build` in order. Nothing here knows a model; the retrievers' scores
are further columns that `models.recommender` adds. Unknown: -1 for days, 0 for everything else.
"""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import blake2b
from typing import Final

import numpy as np
from numpy.typing import NDArray

from data.catalogue import BAND, BRAND, CATEGORY, FACETS, FIRST_TAG, Entry, Listings, listing_key
from data.kernels import kernel
from data.profiles import EVERYTHING, SIGNALS, Profile
from data.profiles import HALF_LIVES_DAYS as PROFILE_HALF_LIVES
from data.schemas import CODES, DAY_MS, Item, Kind, Listing, key64
from data.statistics import HALF_LIVES_DAYS as ITEM_HALF_LIVES
from data.statistics import Statistics

FEATURES: Final[tuple[str, ...]] = (
    # what everyone does with the item
    "item_acts_total",
    "item_acts_1d",
    "item_acts_7d",
    "item_acts_30d",
    "item_acts_180d",
    "item_trend",
    "item_age_days",
    "item_idle_days",
    "item_click_rate",
    "item_intent_rate",
    "item_purchase_rate",
    "item_dislike_rate",
    "item_usual_dwell",
    # what visitors of this card do with it
    "listing_acts_7d",
    "listing_acts_30d",
    "listing_acts_total",
    "listing_click_rate",
    "listing_share",
    # the product and its place
    "price",
    "price_against_shelf",
    "reputation",
    "reviews",
    "sales",
    "shelf_place",
    "pinned",
    "listed_days",
    # what this visitor did with it
    "own_acts",
    "own_days",
    "own_dwell",
    "own_intents",
    "own_purchases",
    "own_purchase_days",
    "own_weight",
    "own_dislike",
    "shown_before",
    "shown_days",
    # how it fits her tastes
    "category_browse",
    "category_intent",
    "category_bought",
    "category_disliked",
    "brand_browse",
    "brand_intent",
    "tags_browse",
    "tags_intent",
    "best_tag",
    "band_browse",
    # how it fits this moment
    "category_is_last",
    "brand_is_last",
    "tags_of_last",
    "price_from_last",
    "category_recent",
    "context_category",
    "context_tags",
    # who led her here
    "sharer_acts",
    "sharer_category",
    # how much more than others she turns to what the product is (log-lift, shrunk)
    "taste_category",
    "taste_brand",
    "taste_band",
    "taste_tags",
    "taste_wanted",
    "sharer_taste",
    # what is known at all
    "known_touches",
    "known_days",
    "known_items",
    "shelf_size",
)
"""Names of the columns of `build`, in order."""

GROUPS: Final[dict[str, tuple[str, ...]]] = {
    "popular_here": (
        *(name for name in FEATURES if name.startswith(("item_acts", "listing_acts"))),
        "listing_share",
    ),
    "trending": ("item_trend", "item_acts_1d", "item_acts_7d"),
    "well_reviewed": ("reputation", "reviews", "sales"),
    "new_arrival": ("listed_days", "item_age_days"),
    "sellers_choice": ("pinned", "shelf_place"),
    "repeat": tuple(name for name in FEATURES if name.startswith("own_")),
    "category_affinity": (
        *(n for n in FEATURES if n.startswith("category_") and n != "category_disliked"),
        "taste_category",
    ),
    "brand_affinity": ("brand_browse", "brand_intent", "brand_is_last", "taste_brand"),
    "tag_affinity": (
        *("tags_browse", "tags_intent", "best_tag", "tags_of_last"),
        *("taste_tags", "taste_wanted"),
    ),
    "price_match": ("band_browse", "price_from_last", "taste_band"),
    "similar_to_context": ("context_category", "context_tags"),
    "shared_by_friend": ("sharer_acts", "sharer_category", "sharer_taste"),
}
"""Which columns stand behind a reason; `models.explain` takes them away to see what they moved."""

RECENT: Final = 5
_INTENTS: Final = np.array(
    [CODES[kind] for kind in (Kind.FAVORITE, Kind.SHARE, Kind.CART, Kind.CONSULT)], dtype=np.int64
)
_DWELL, _PURCHASE = CODES[Kind.DWELL], CODES[Kind.PURCHASE]
_ITEM_RATES: Final = np.log(2.0) / (ITEM_HALF_LIVES * DAY_MS)
_PROFILE_RATES: Final = np.log(2.0) / (PROFILE_HALF_LIVES * DAY_MS)
_PRIOR_RATING, _PRIOR_REVIEWS = 4.2, 20.0


@dataclass(frozen=True, slots=True)
class Moment:
    """Say when and beside what is asked: `at` epoch ms; `last` and `context` hold facet rows.

    `last` uint64[r, FACETS]: facets of the newest touched items, newest first (zeros: unknown);
    `last_price`: log price of the newest, or nan; `context` uint64[c, FACETS]; `sharer` the
    profile of who led here to this card.
    """

    at: int
    last: NDArray[np.uint64]
    last_price: float
    context: NDArray[np.uint64]
    sharer: Profile


@kernel
def _days(now: int, then: int) -> float:
    return -1.0 if then == 0 else np.log1p(max(now - then, 0) / DAY_MS)


@kernel
def _item_columns(
    out: NDArray[np.float32],
    rows: NDArray[np.int32],
    values: NDArray[np.float64],
    times: NDArray[np.int64],
    now: int,
    rates: NDArray[np.float64],
) -> None:
    count = np.empty(len(rates))
    for i in range(len(rows)):
        row = rows[i]
        gap = float(max(now - times[row, 2], 0))
        for column in range(len(rates)):
            count[column] = values[row, column] * np.exp(-rates[column] * gap)
        out[i, 0] = np.log1p(values[row, 10])
        for column in range(4):
            out[i, 1 + column] = np.log1p(count[column])
        out[i, 5] = np.log((count[1] + 0.5) / 7.0) - np.log((count[3] + 0.5) / 180.0)
        out[i, 6] = _days(now, times[row, 0])
        out[i, 7] = _days(now, times[row, 1])
        seen = count[4] + count[5]
        out[i, 8] = (count[5] + 0.5) / (count[9] + 10.0)
        out[i, 9] = (count[6] + 0.2) / (seen + 5.0)
        out[i, 10] = (count[7] + 0.1) / (seen + 5.0)
        out[i, 11] = (count[8] + 0.05) / (seen + 5.0)
        out[i, 12] = values[row, 12] / values[row, 11] if values[row, 11] > 0 else 0.0


@kernel
def _listing_columns(
    out: NDArray[np.float32],
    rows: NDArray[np.int32],
    values: NDArray[np.float64],
    times: NDArray[np.int64],
    now: int,
    rates: NDArray[np.float64],
) -> None:
    total = 0.0
    for i in range(len(rows)):
        row = rows[i]
        gap = float(max(now - times[row, 2], 0))
        month = values[row, 2] * np.exp(-rates[2] * gap)
        slow = np.exp(-rates[5] * gap)
        out[i, 13] = np.log1p(values[row, 1] * np.exp(-rates[1] * gap))
        out[i, 14] = np.log1p(month)
        out[i, 15] = np.log1p(values[row, 10])
        out[i, 16] = (values[row, 5] * slow + 0.5) / (values[row, 9] * slow + 10.0)
        out[i, 17] = month
        total += month
    mean = total / max(len(rows), 1)
    for i in range(len(rows)):
        out[i, 17] = np.log((out[i, 17] + 0.5) / (mean + 0.5))


@kernel
def _product_columns(
    out: NDArray[np.float32],
    price: NDArray[np.float32],
    rating: NDArray[np.float32],
    reviews: NDArray[np.float32],
    sales: NDArray[np.float32],
    position: NDArray[np.float64],
    pinned: NDArray[np.bool_],
    added_at: NDArray[np.int64],
    now: int,
) -> None:
    total, priced = 0.0, 0
    for i in range(len(price)):
        out[i, 18] = np.log1p(price[i]) if price[i] > 0 else 0.0
        if price[i] > 0:
            total += out[i, 18]
            priced += 1
    mean = total / max(priced, 1)
    for i in range(len(price)):
        out[i, 19] = out[i, 18] - mean if price[i] > 0 else 0.0
        stars = rating[i] if rating[i] > 0 else _PRIOR_RATING
        told = max(reviews[i], 0.0)
        counted = told if rating[i] > 0 else 0.0
        shrunk = (stars * counted + _PRIOR_RATING * _PRIOR_REVIEWS) / (counted + _PRIOR_REVIEWS)
        out[i, 20] = shrunk * np.log1p(told)
        out[i, 21] = np.log1p(told)
        out[i, 22] = np.log1p(max(sales[i], 0.0))
        out[i, 23] = np.log1p(max(position[i], 0.0))
        out[i, 24] = 1.0 if pinned[i] else 0.0
        out[i, 25] = _days(now, added_at[i])


@kernel
def _own_columns(  # noqa: C901 - one compiled loop
    out: NDArray[np.float32],
    keys: NDArray[np.uint64],
    touches: NDArray[np.void],
    shown: NDArray[np.void],
    intents: NDArray[np.int64],
    now: int,
) -> None:
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
        out[i, 27] = _days(now, last)
        out[i, 28] = dwell
        out[i, 29] = wishes
        out[i, 30] = bought
        out[i, 31] = _days(now, last_bought)
        times, seen = 0.0, 0
        for t in range(len(shown)):
            if shown[t].item == keys[i]:
                times += 1.0
                seen = shown[t].at
        out[i, 34] = times
        out[i, 35] = _days(now, seen)


_PLACES: Final = 1024
"""Places of the table by which a facet's weights are found; a power of two, far above 128."""


@kernel
def _indexed(affinity: NDArray[np.void]) -> NDArray[np.int64]:
    """Return where each facet stands in the affinity, by open addressing; -1 where none does."""
    index = np.full(_PLACES, -1)
    for i in range(len(affinity)):
        place = np.int64(affinity[i].key & np.uint64(_PLACES - 1))
        while index[place] >= 0:
            place = (place + 1) & (_PLACES - 1)
        index[place] = i
    return index


@kernel
def _weights(
    affinity: NDArray[np.void],
    index: NDArray[np.int64],
    key: int,
    decay: NDArray[np.float64],
    out: NDArray[np.float64],
) -> None:
    """Fill browse, intent, bought and disliked weights of one facet, decayed to now."""
    out[:] = 0.0
    if key == 0:
        return
    place = np.int64(key & np.uint64(_PLACES - 1))
    while index[place] >= 0:
        i = index[place]
        if affinity[i].key == key:
            out[0] = affinity[i].browse * decay[0]
            out[1] = affinity[i].intent * decay[1]
            out[2] = affinity[i].bought * decay[2]
            out[3] = affinity[i].disliked * decay[3]
            return
        place = (place + 1) & (_PLACES - 1)


@kernel
def _taste_columns(
    out: NDArray[np.float32],
    facets: NDArray[np.uint64],
    affinity: NDArray[np.void],
    decay: NDArray[np.float64],
) -> None:
    everything, w, index = np.empty(4), np.empty(4), _indexed(affinity)
    _weights(affinity, index, facets[0, 0], decay, everything)
    for k in range(4):
        everything[k] += 1.0  # one act's worth of doubt: few acts make small shares
    for i in range(len(facets)):
        _weights(affinity, index, facets[i, 1], decay, w)
        out[i, 32] = w[0] + 2.0 * w[1]
        out[i, 33] = w[3]
        _weights(affinity, index, facets[i, CATEGORY], decay, w)
        for k in range(4):
            out[i, 36 + k] = w[k] / everything[k]
        _weights(affinity, index, facets[i, BRAND], decay, w)
        out[i, 40] = w[0] / everything[0]
        out[i, 41] = w[1] / everything[1]
        browse, intent, best, tags = 0.0, 0.0, 0.0, 0
        for k in range(FIRST_TAG, FACETS):
            if facets[i, k] == 0:
                break
            _weights(affinity, index, facets[i, k], decay, w)
            browse += w[0]
            intent += w[1]
            best = max(best, w[0] / everything[0])
            tags += 1
        out[i, 42] = browse / max(tags, 1) / everything[0]
        out[i, 43] = intent / max(tags, 1) / everything[1]
        out[i, 44] = best
        _weights(affinity, index, facets[i, BAND], decay, w)
        out[i, 45] = w[0] / everything[0]


@kernel
def _common_tags(one: NDArray[np.uint64], other: NDArray[np.uint64]) -> float:
    common = 0.0
    for a in range(FIRST_TAG, FACETS):
        for b in range(FIRST_TAG, FACETS):
            if one[a] != 0 and one[a] == other[b]:
                common += 1.0
    return common


@kernel
def _moment_columns(  # noqa: C901 - one compiled loop
    out: NDArray[np.float32],
    facets: NDArray[np.uint64],
    last: NDArray[np.uint64],
    last_price: float,
    context: NDArray[np.uint64],
) -> None:
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
def _sharer_columns(
    out: NDArray[np.float32],
    keys: NDArray[np.uint64],
    facets: NDArray[np.uint64],
    touches: NDArray[np.void],
    affinity: NDArray[np.void],
    seller: np.uint64,
    decay: NDArray[np.float64],
) -> None:
    everything, w, index = np.empty(4), np.empty(4), _indexed(affinity)
    _weights(affinity, index, facets[0, 0], decay, everything)
    for i in range(len(keys)):
        acts = 0.0
        for t in range(len(touches)):
            if touches[t].item == keys[i] and touches[t].seller == seller:
                acts += 1.0
        _weights(affinity, index, facets[i, CATEGORY], decay, w)
        out[i, 53] = acts
        out[i, 54] = w[0] / (everything[0] + 1.0)


_SLOTS: Final = 4096
_DOUBT: Final = 2.0
"""Acts of the crowd's taste that every visitor's own is mixed with."""


@kernel
def _slot(keys: NDArray[np.uint64], key: int) -> np.int64:
    """Find a key's place in an open-addressing table, or the free place where it belongs."""
    place = np.int64(key & np.uint64(_SLOTS - 1))
    while keys[place] != 0 and keys[place] != key:
        place = (place + 1) & (_SLOTS - 1)
    return place


@kernel
def _tally(
    facets: NDArray[np.uint64],
    acts: NDArray[np.float32],
    slots: NDArray[np.int32],
    found: NDArray[np.uint64],
    counts: NDArray[np.float64],
) -> int:
    """Number the candidates' facets and count the crowd's acts (and one an item) on each.

    `slots` int32[n, FACETS] gets each facet's number, -1 for none; `found` the keys by number;
    `counts[0]` the acts in all. Returns the next free number. What does not fit is left out.
    """
    keys, numbers = np.zeros(_SLOTS, np.uint64), np.zeros(_SLOTS, np.int32)
    used = 1
    for i in range(len(facets)):
        weight = np.exp(acts[i])  # acts is log1p(acts): this is acts + 1
        counts[0] += weight
        for k in range(FACETS):
            slots[i, k] = -1
            if k < CATEGORY or facets[i, k] == 0 or used == len(found):
                continue
            place = _slot(keys, facets[i, k])
            if keys[place] == 0:
                keys[place] = facets[i, k]
                numbers[place] = used
                found[used] = facets[i, k]
                used += 1
            slots[i, k] = numbers[place]
            counts[numbers[place]] += weight
    return used


@kernel
def _lifts(
    found: NDArray[np.uint64],
    counts: NDArray[np.float64],
    affinity: NDArray[np.void],
    decay: NDArray[np.float64],
    lifts: NDArray[np.float64],
) -> None:
    """Fill log-lifts float64[facets, 2] over the crowd: of all acts, of wanting and buying."""
    index, w, everything = _indexed(affinity), np.empty(4), np.empty(4)
    _weights(affinity, index, EVERYTHING, decay, everything)
    acts, wants = everything[:3].sum(), everything[1:3].sum()
    for n in range(1, len(found)):
        share = max(counts[n] / counts[0], 1e-4)
        _weights(affinity, index, found[n], decay, w)
        mixed = _DOUBT * share
        lifts[n, 0] = np.log((w[0] + w[1] + w[2] + mixed) / ((acts + _DOUBT) * share))
        lifts[n, 1] = np.log((w[1] + w[2] + mixed) / ((wants + _DOUBT) * share))


@kernel
def _lift_columns(
    out: NDArray[np.float32],
    facets: NDArray[np.uint64],
    affinity: NDArray[np.void],
    decay: NDArray[np.float64],
    sharer: NDArray[np.void],
    sharer_decay: NDArray[np.float64],
) -> None:
    slots = np.empty(facets.shape, np.int32)
    found, counts = np.zeros(_SLOTS // 2, np.uint64), np.zeros(_SLOTS // 2)
    used = _tally(facets, out[:, 15], slots, found, counts)
    mine, theirs = np.zeros((used, 2)), np.zeros((used, 2))
    _lifts(found[:used], counts, affinity, decay, mine)
    if len(sharer) > 0:
        _lifts(found[:used], counts, sharer, sharer_decay, theirs)
    for i in range(len(facets)):
        for column in range(55, 61):
            out[i, column] = 0.0
        for k in range(CATEGORY, FACETS):
            number = slots[i, k]
            if number > 0:
                out[i, 55 + min(k - CATEGORY, 3)] += mine[number, 0]
                out[i, 59] += mine[number, 1]
                out[i, 60] += theirs[number, 0]


def build(
    moment: Moment,
    profile: Profile,
    listings: Listings,
    positions: NDArray[np.int32],
    items: Statistics,
    shelves: Statistics,
) -> NDArray[np.float32]:
    """Return float32[len(positions), len(FEATURES)] for rows `positions` of a shelf.

    The same arguments give the same bytes, in the service and in training.
    """
    out = np.empty((len(positions), len(FEATURES)), dtype=np.float32)
    if not len(positions):
        return out
    now = moment.at
    facets = listings.facets[positions]
    keys = listings.item_keys[positions]
    _item_columns(out, listings.item_rows[positions], items.values, items.times, now, _ITEM_RATES)
    rows = listings.listing_rows[positions]
    _listing_columns(out, rows, shelves.values, shelves.times, now, _ITEM_RATES)
    _product_columns(
        out,
        listings.price[positions],
        listings.rating[positions],
        listings.reviews[positions],
        listings.sales[positions],
        listings.position[positions],
        listings.pinned[positions],
        listings.added_at[positions],
        now,
    )
    touches = profile.touches
    _own_columns(out, keys, touches, profile.shown, _INTENTS, now)
    _taste_columns(out, facets, profile.affinity, _decay(profile, now))
    _moment_columns(out, facets, moment.last, moment.last_price, moment.context)
    sharer = moment.sharer
    _sharer_columns(
        out,
        keys,
        facets,
        sharer.touches,
        sharer.affinity,
        np.uint64(listings.seller_key),
        _decay(sharer, now),
    )
    mine, theirs = _decay(profile, now), _decay(sharer, now)
    _lift_columns(out, facets, profile.affinity, mine, sharer.affinity, theirs)
    out[:, 61] = np.log1p(len(touches))
    out[:, 62] = np.log1p(max(now - int(touches["at"][-1]), 0) / DAY_MS) if len(touches) else -1.0
    out[:, 63] = len(np.unique(touches["item"]))
    out[:, 64] = np.log1p(np.count_nonzero(listings.active))
    return out


def _decay(profile: Profile, now: int) -> NDArray[np.float64]:
    decay: NDArray[np.float64] = np.exp(-_PROFILE_RATES * max(now - profile.reference, 0))
    return decay


def digest(keys: NDArray[np.uint64], matrix: NDArray[np.float32]) -> str:
    """Return 32 hex digits over the ranked item keys and the bytes of their feature matrix."""
    hashed = blake2b(np.ascontiguousarray(keys).tobytes(), digest_size=16)
    hashed.update(np.ascontiguousarray(matrix).tobytes())
    return hashed.hexdigest()


_PROBE_ITEMS: Final = 7


def fingerprint() -> str:
    """Return a hash of the names and of what `build` gives for a frozen probe (to 4 decimals).

    A model is served only by code whose fingerprint equals the one it was fitted under.
    """
    rng = np.random.default_rng(20_260_101)
    now = 1_800_000_000_000
    items, shelves, listings = Statistics(), Statistics(), Listings("probe")
    profile, sharer = Profile(), Profile()
    kinds = [kind for kind in Kind if kind in SIGNALS or kind is Kind.IMPRESSION]
    for n in range(_PROBE_ITEMS):
        item = Item(
            item_id=f"probe-{n}",
            title="probe",
            category=f"category-{n % 2}",
            brand=f"brand-{n % 3}",
            tags=("all", f"tag-{n % 4}"),
            price=10.0 * (n + 1),
            rating=4.0 + n / 10,
            reviews=n * n,
            sales=n,
        )
        entry = Entry(key64("item", item.item_id), items.row(key64("item", item.item_id)), item)
        row = shelves.row(listing_key(listings.seller_key, entry.key))
        listing = Listing(item_id=item.item_id, position=n, pinned=n == 0)
        listings.put(listing, entry, row, now - n * DAY_MS)
        for kind in kinds:
            at = now - int(rng.integers(1, 90 * DAY_MS))
            items.fold(entry.row, CODES[kind], at)
            shelves.fold(row, CODES[kind], at)
            if kind in SIGNALS and n % 2:
                profile.touch(kind, at, entry.key, listings.seller_key, 1.0, entry.facets)
            if kind in SIGNALS and n % 3:
                sharer.touch(kind, at, entry.key, listings.seller_key, 1.0, entry.facets)
        items.fold_dwell(entry.row, 0, 1_000 * (n + 1))
    profile.show(listings.item_keys[:2], now - DAY_MS)
    last = listings.facets[:2].copy()
    moment = Moment(now, last, float(np.log1p(20.0)), last[:1], sharer)
    everything = np.arange(_PROBE_ITEMS, dtype=np.int32)
    matrix = build(moment, profile, listings, everything, items, shelves)
    names = blake2b(" ".join(FEATURES).encode(), digest_size=4).hexdigest()
    return f"{names}-{digest(listings.item_keys, np.round(matrix, 4))}"
