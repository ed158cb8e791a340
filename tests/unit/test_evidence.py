"""Every reason's words are held against the one fact that makes them true."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import msgspec
import numpy as np
import pytest

from data.catalogue import BRAND, CATEGORY, FIRST_TAG, Entry, Listings, Placed
from data.features import FEATURES
from data.profiles import Profile
from data.schemas import Item, Kind, Listing, Promotion, key64
from models.base import History
from models.candidates import Candidates
from models.evidence import CODES, columns_of, sayable
from models.guest import Guest
from models.known import Known, known_here
from models.recommender import Recommender
from tests.recommenders import query, shop
from tests.streams import DAY, MINUTE, NOW, Stream, item

NO_KEYS, NO_PRICES = np.empty(0, np.uint64), np.empty(0, np.float32)
NOBODY = History(np.zeros(0, np.int32), np.zeros(0, np.float32), np.zeros(0, np.float32))
PLAIN = Item(item_id="plain", title="plain")
TRUE = Item(
    item_id="true", title="true", category="tea", brand="hill", tags=("red",), price=20.0,
    rating=4.8, reviews=40,
)  # fmt: skip


def candidates(listing: Listing, columns: Mapping[str, float]) -> Candidates:
    """Put a plain product on a shelf, and behind it the one that something is true of."""
    shelf = Listings("s")
    for row, (product, placed) in enumerate(
        ((PLAIN, Listing(item_id="plain", position=99)), (TRUE, listing))
    ):
        entry = Entry(key64("item", product.item_id), row, product)
        shelf.put([Placed(placed, entry, row, 2 * DAY * row)])
    matrix = np.zeros((2, len(FEATURES)), np.float32)
    matrix[:, FEATURES.index("listed_days")] = -1.0
    for name, value in columns.items():
        matrix[1, FEATURES.index(name)] = value
    guest = Guest(Profile(), NO_KEYS, np.ones(4))
    return Candidates(shelf, np.arange(2, dtype=np.int32), matrix, NOBODY, NO_KEYS, 0, guest)


BEHIND = Listing(item_id="true", position=99)
FACETS = {
    "category_affinity": CATEGORY,
    "brand_affinity": BRAND,
    "tag_affinity": FIRST_TAG,
}


def acts(**counts: float) -> dict[str, float]:
    return {name: float(np.log1p(count)) for name, count in counts.items()}


COLUMNS = {
    "popular_here": {"listing_share": 0.1, **acts(listing_acts_30d=3)},
    "trending": acts(item_acts_7d=9, item_acts_30d=20, item_age_days=200),
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
    near = np.array([1] if linked else [], np.uint64)
    prices = np.array([28.0] if code == "price_match" else [], np.float32)
    known = Known(touched, near, facets, prices, asked.listings.price)
    true = sayable(columns_of(CODES), known, asked, np.array([1, 0], np.int32))
    said = {one for one, holds in zip(CODES, true[0].tolist(), strict=True) if holds}
    expected = {"similar_to_viewed", "bought_next"} if linked else {code}
    assert said == expected | {"well_reviewed"}
    assert true[1].any() == linked


def test_a_trend_without_acts_and_an_old_arrival_are_not_told() -> None:
    asked = candidates(BEHIND, {"item_trend": 0.5, **acts(listed_days=14)})
    known = Known(NO_KEYS, NO_KEYS, NO_KEYS, NO_PRICES, asked.listings.price)
    codes = ("new_arrival", "trending", "well_reviewed")
    assert sayable(columns_of(codes), known, asked, np.array([1], np.int32)).tolist() == [
        [False, False, True]
    ]


def said(stream: Stream, code: str, **fields: object) -> dict[str, bool]:
    """Tell of which products of shop `s` a reason's words are true for visitor `v`."""
    asked = msgspec.structs.replace(query(at=NOW), **fields)
    found = Recommender.fallback().candidates(asked, stream.state)
    assert found is not None
    known = known_here(asked, found)
    order = np.arange(len(found.positions), dtype=np.int32)
    true = sayable(columns_of((code,)), known, found, order)[:, 0].tolist()
    return dict(zip(found.listings.item_ids, true, strict=True))


def test_only_what_is_acted_on_more_than_before_trends() -> None:
    stream = shop(5)
    for day in range(60):
        stream.act(Kind.VIEW, f"a{day}", "i0", NOW - day * DAY)  # as ever
        if day > 20:
            stream.act(Kind.VIEW, f"b{day}", "i1", NOW - day * DAY)  # a fashion that has passed
        if day < 4 or day == 59:
            stream.act(Kind.VIEW, f"c{day}", "i2", NOW - day * DAY)  # one that has come
    stream.act(Kind.VIEW, "d", "i1", NOW - DAY)
    stream.act(Kind.VIEW, "e", "i3", NOW - DAY)  # once
    assert [name for name, true in said(stream, "trending").items() if true] == ["i2"]


def test_her_own_look_makes_nothing_popular() -> None:
    stream = shop()
    stream.act(Kind.VIEW, "v", "i1")
    assert not any(said(stream, "popular_here").values())
    stream.act(Kind.VIEW, "a", "i1")
    stream.act(Kind.VIEW, "b", "i1")
    assert [name for name, true in said(stream, "popular_here").items() if true] == ["i1"]


def test_a_price_is_in_her_range_by_what_is_paid_on_this_card() -> None:
    stream = Stream()
    offers = (Promotion(promotion_id="p", kind="limited", price=280.0),)
    placed = [
        Listing(item_id="i0", price=300.0),  # what she looked at
        Listing(item_id="i1", price=90.0),
        Listing(item_id="i2"),
        Listing(item_id="i3", price=310.0),
        Listing(item_id="i4", price=900.0, promotions=offers),
    ]
    stream.shelf("s", [item(n, price=100.0) for n in range(5)])
    for one in placed:
        stream.add(Kind.LISTING, seller_id="s", item_id=one.item_id, payload=one)
    stream.act(Kind.VIEW, "v", "i0")
    true = said(stream, "price_match")
    assert [name for name in true if true[name]] == ["i0", "i3", "i4"]


@pytest.mark.parametrize(
    ("positions", "first"),
    [
        ([0.0] * 14, []),  # she has set none
        ([100.0 * n for n in range(14)], range(10)),
        ([0.0, 0.0, *[5.0] * 12], [0, 1]),
    ],
)
def test_the_sellers_first_products_are_those_that_stand_before_others(
    positions: list[float], first: Sequence[int]
) -> None:
    stream = shop(14)
    for n, position in enumerate(positions):
        placed = Listing(item_id=f"i{n}", position=position)
        stream.add(Kind.LISTING, seller_id="s", item_id=f"i{n}", payload=placed)
    true = said(stream, "sellers_choice")
    assert [name for name in true if true[name]] == [f"i{n}" for n in first]


@pytest.mark.parametrize("code", sorted(FACETS.keys() | {"price_match", "repeat"}))
def test_who_is_not_followed_is_told_of_no_habits_for_what_she_looks_at(code: str) -> None:
    stream = Stream()
    stream.shelf("s", [item(n, tags=("blue",)) for n in range(3)])
    stream.act(Kind.VIEW, "v", "i1")
    assert any(said(stream, code, context_items=("i1",)).values())
    assert not any(said(stream, code, context_items=("i1",), personalization=False).values())


def test_what_came_with_the_shop_is_no_new_arrival() -> None:
    stream = Stream()
    stream.shelf("s", [item(n) for n in range(3)], NOW - 5 * DAY)
    assert not any(said(stream, "new_arrival").values())
    stream.add(Kind.ITEM, item_id="i3", payload=item(3))
    stream.add(Kind.LISTING, seller_id="s", item_id="i3", payload=Listing(item_id="i3"))
    assert [name for name, true in said(stream, "new_arrival").items() if true] == ["i3"]


def test_a_shop_begins_with_its_first_day_in_whatever_order_its_products_are_told() -> None:
    """The newest stands first in a log that was imported so, or that a late event came to."""
    stream = Stream()
    for n, days in enumerate((5, 30, 4)):
        at = NOW - days * DAY
        stream.add(Kind.ITEM, at, item_id=f"i{n}", payload=item(n))
        placed = Listing(item_id=f"i{n}")
        stream.add(Kind.LISTING, at, seller_id="s", item_id=f"i{n}", payload=placed)
    assert {name for name, true in said(stream, "new_arrival").items() if true} == {"i0", "i2"}


def test_what_she_turned_down_is_no_taste_of_hers() -> None:
    stream = shop()
    stream.act(Kind.VIEW, "v", "i1")
    said_before = {code: said(stream, code) for code in ("repeat", "category_affinity")}
    assert said_before["repeat"]["i1"]
    assert said_before["category_affinity"]["i3"]
    stream.act(Kind.NOT_INTERESTED, "v", "i1")
    for code in ("repeat", "category_affinity", "similar_to_viewed"):
        assert not any(said(stream, code).values())
    stream.act(Kind.PURCHASE, "v", "i1", NOW + MINUTE)  # after all
    assert said(stream, "repeat")["i1"]
