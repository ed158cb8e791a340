"""Every reason's words are held against the one fact that makes them true."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pytest

from data.catalogue import BAND, BRAND, CATEGORY, FIRST_TAG, Entry, Listings, Placed
from data.features import FEATURES
from data.schemas import Item, Listing, key64
from models.base import History
from models.candidates import Candidates
from models.evidence import CODES, Known, columns_of, sayable

NO_KEYS = np.empty(0, np.uint64)
NOBODY = History(np.zeros(0, np.int32), np.zeros(0, np.float32), np.zeros(0, np.float32))
PLAIN = Item(item_id="plain", title="plain")
TRUE = Item(
    item_id="true", title="true", category="tea", brand="hill", tags=("red",), price=20.0,
    rating=4.8, reviews=40,
)  # fmt: skip


def candidates(listing: Listing, columns: Mapping[str, float]) -> Candidates:
    """Put a plain product on a shelf, and behind it the one that something is true of."""
    shelf = Listings("s")
    for row, (item, placed) in enumerate(
        ((PLAIN, Listing(item_id="plain", position=99)), (TRUE, listing))
    ):
        entry = Entry(key64("item", item.item_id), row, item)
        shelf.put([Placed(placed, entry, row, 0)])
    matrix = np.zeros((2, len(FEATURES)), np.float32)
    matrix[:, FEATURES.index("listed_days")] = -1.0
    for name, value in columns.items():
        matrix[1, FEATURES.index(name)] = value
    return Candidates(shelf, np.arange(2, dtype=np.int32), matrix, NOBODY, NO_KEYS, 0)


BEHIND = Listing(item_id="true", position=99)
FACETS = {
    "category_affinity": CATEGORY,
    "brand_affinity": BRAND,
    "tag_affinity": FIRST_TAG,
    "price_match": BAND,
}
COLUMNS = {
    "popular_here": {"listing_share": 0.1},
    "trending": {"item_trend": 0.5, "item_acts_7d": 1.0},
    "shared_by_friend": {"sharer_acts": 1.0},
    "similar_to_context": {"context_category": 1.0},
    "new_arrival": {"listed_days": 1.0},
}


@pytest.mark.parametrize("code", [code for code in CODES if code != "well_reviewed"])
def test_what_is_true_of_one_product_is_said_of_it_alone(code: str) -> None:
    pinned = Listing(item_id="true", position=3 if code == "sellers_choice" else 99)
    asked = candidates(pinned, COLUMNS.get(code, {}))
    facets, touched = NO_KEYS, NO_KEYS
    if code in FACETS:
        facets = asked.listings.facets[1:2, FACETS[code]]
    if code == "repeat":
        touched = asked.keys[1:]
    linked = code in {"similar_to_viewed", "bought_next"}
    known = Known(touched, frozenset({1}) if linked else frozenset(), facets)
    true = sayable(columns_of(CODES), known, asked, np.array([1, 0], np.int32))
    said = {one for one, holds in zip(CODES, true[0].tolist(), strict=True) if holds}
    expected = {"similar_to_viewed", "bought_next"} if linked else {code}
    assert said == expected | {"well_reviewed"}
    assert true[1].any() == linked


def test_a_trend_without_acts_and_an_old_arrival_are_not_told() -> None:
    asked = candidates(BEHIND, {"item_trend": 0.5, "listed_days": float(np.log1p(14.0))})
    known = Known(NO_KEYS, frozenset(), NO_KEYS)
    codes = ("new_arrival", "trending", "well_reviewed")
    assert sayable(columns_of(codes), known, asked, np.array([1], np.int32)).tolist() == [
        [False, False, True]
    ]
