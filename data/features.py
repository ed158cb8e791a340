"""The numbers a ranker sees: one builder for serving and training.

`FEATURES` names the columns of `build` in order. Nothing here knows a model; the retrievers' scores
are further columns that `models.recommender` adds. Unknown: -1 for days, 0 for everything else.
"""

from __future__ import annotations

from hashlib import blake2b
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray
from xxhash import xxh3_128

from data.catalogue import Entry, Listings, Placed, listing_key
from data.feature_columns import (
    RECENT,
    item_columns,
    known_columns,
    listing_columns,
    moment_columns,
    own_columns,
    product_columns,
)
from data.feature_names import FEATURES, GROUPS
from data.kernels import kernel
from data.profile_rows import HALF_LIVES_DAYS as PROFILE_HALF_LIVES
from data.profile_rows import SIGNALS
from data.profiles import Profile
from data.schemas import CODES, DAY_MS, Item, Kind, Listing, key64
from data.statistics import HALF_LIVES_DAYS as ITEM_HALF_LIVES
from data.statistics import Statistics
from data.taste_columns import lift_columns, sharer_columns, taste_columns

__all__ = ["FEATURES", "GROUPS", "RECENT", "Moment", "build", "digest", "fingerprint"]

_INTENTS: Final = np.array(
    [CODES[kind] for kind in (Kind.FAVORITE, Kind.SHARE, Kind.CART, Kind.CONSULT)], dtype=np.int64
)
_ITEM_RATES: Final = np.log(2.0) / (ITEM_HALF_LIVES * DAY_MS)
_PROFILE_RATES: Final = np.log(2.0) / (PROFILE_HALF_LIVES * DAY_MS)


class Moment(NamedTuple):
    """Say when and beside what is asked: `at` epoch ms; `last` and `context` hold facet rows.

    `last` uint64[r, FACETS]: facets of the newest touched items, newest first (zeros: unknown);
    `last_price`: log price of the newest, or nan; `context` uint64[c, FACETS]; `sharer` the
    profile of who led here to this card; `decay` float64[4] what is left of the visitor's weights.
    """

    at: int
    last: NDArray[np.uint64]
    last_price: float
    context: NDArray[np.uint64]
    sharer: Profile
    decay: NDArray[np.float64]


def build(
    moment: Moment,
    profile: Profile,
    listings: Listings,
    positions: NDArray[np.int32],
    items: Statistics,
    shelves: Statistics,
    out: NDArray[np.float32],
) -> None:
    """Fill the first columns of `out` float32[len(positions), ..] for rows `positions` of a shelf.

    The same arguments give the same bytes, in the service and in training.
    """
    if not len(positions):
        return
    now, sharer = moment.at, moment.sharer
    theirs = decayed(sharer, now) if len(sharer.affinity) else moment.decay  # of nothing
    _fill(
        out, positions, now,
        listings.item_keys, listings.facets, listings.item_rows, listings.listing_rows,
        listings.price, listings.rating, listings.reviews, listings.sales, listings.position,
        listings.pinned, listings.added_at, listings.active, np.uint64(listings.seller_key),
        items.values, items.times, shelves.values, shelves.times,
        profile.touches, profile.shown, profile.affinity, moment.decay,
        sharer.touches, sharer.affinity, theirs,
        moment.last, moment.last_price, moment.context,
    )  # fmt: skip


@kernel
def _fill(
    out: NDArray[np.float32],
    positions: NDArray[np.int32],
    now: int,
    item_keys: NDArray[np.uint64],
    all_facets: NDArray[np.uint64],
    item_rows: NDArray[np.int32],
    listing_rows: NDArray[np.int32],
    price: NDArray[np.float32],
    rating: NDArray[np.float32],
    reviews: NDArray[np.float32],
    sales: NDArray[np.float32],
    position: NDArray[np.float64],
    pinned: NDArray[np.bool_],
    added_at: NDArray[np.int64],
    active: NDArray[np.bool_],
    seller: np.uint64,
    acts: NDArray[np.float64],
    times: NDArray[np.int64],
    acts_here: NDArray[np.float64],
    times_here: NDArray[np.int64],
    touches: NDArray[np.void],
    shown: NDArray[np.void],
    affinity: NDArray[np.void],
    mine: NDArray[np.float64],
    sharer_touches: NDArray[np.void],
    sharer_affinity: NDArray[np.void],
    theirs: NDArray[np.float64],
    last: NDArray[np.uint64],
    last_price: float,
    context: NDArray[np.uint64],
) -> None:
    facets = np.empty((len(positions), all_facets.shape[1]), np.uint64)
    keys = np.empty(len(positions), np.uint64)
    for i in range(len(positions)):
        facets[i], keys[i] = all_facets[positions[i]], item_keys[positions[i]]
    item_columns(out, positions, item_rows, acts, times, now, _ITEM_RATES)
    listing_columns(out, positions, listing_rows, acts_here, times_here, now, _ITEM_RATES)
    product_columns(out, positions, price, rating, reviews, sales, position, pinned, added_at, now)
    own_columns(out, keys, touches, shown, _INTENTS, now)
    taste_columns(out, facets, affinity, mine)
    moment_columns(out, facets, last, last_price, context)
    sharer_columns(out, keys, facets, sharer_touches, sharer_affinity, seller, theirs)
    lift_columns(out, facets, affinity, mine, sharer_affinity, theirs)
    known_columns(out, touches, active, now)


def decayed(profile: Profile, now: int) -> NDArray[np.float64]:
    """Return what is left now of a profile's weights, float64[4] by class of signal."""
    decay: NDArray[np.float64] = np.exp(-_PROFILE_RATES * max(now - profile.reference, 0))
    return decay


def digest(keys: NDArray[np.uint64], matrix: NDArray[np.float32]) -> str:
    """Return 32 hex digits over the ranked item keys and the bytes of their feature matrix.

    It tells differences by accident, not on purpose. Source: xxHash, XXH3 of 128 bits.
    """
    hashed = xxh3_128(np.ascontiguousarray(keys).data)
    hashed.update(np.ascontiguousarray(matrix).data)
    return hashed.hexdigest()


_PROBE_ITEMS: Final = 7


def fingerprint() -> str:
    """Return a hash of the names and of what `build` gives for a frozen probe (to 4 decimals).

    A model is served only by code whose fingerprint equals the one it was fitted under.
    """
    rng = np.random.default_rng(20_260_101)
    now = 1_800_000_000_000
    items, shelves, listings = Statistics(), Statistics(), Listings("probe")
    profile, sharer, seller = Profile(), Profile(), np.uint64(listings.seller_key)
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
        listings.put([Placed(listing, entry, row, now - n * DAY_MS)])
        for kind in kinds:
            at = now - int(rng.integers(1, 90 * DAY_MS))
            items.fold(entry.row, CODES[kind], at)
            shelves.fold(row, CODES[kind], at)
            if kind in SIGNALS and n % 2:
                profile.touch(kind, at, seller, 1.0, entry.facets)
            if kind in SIGNALS and n % 3:
                sharer.touch(kind, at, seller, 1.0, entry.facets)
        items.fold_dwell(entry.row, 0, 1_000 * (n + 1))
    profile.show(listings.item_keys[:2], now - DAY_MS)
    last = listings.facets[:2].copy()
    moment = Moment(now, last, float(np.log1p(20.0)), last[:1], sharer, decayed(profile, now))
    everything = np.arange(_PROBE_ITEMS, dtype=np.int32)
    matrix = np.zeros((_PROBE_ITEMS, len(FEATURES)), np.float32)
    build(moment, profile, listings, everything, items, shelves, matrix)
    names = blake2b(" ".join(FEATURES).encode(), digest_size=4).hexdigest()
    return f"{names}-{digest(listings.item_keys, np.round(matrix, 4))}"
