"""Offers on a shelf and dated facts of a feed: what holds when, and that it shows at once."""

from __future__ import annotations

from typing import Any

import pytest

from data.schemas import Listing, Promotion, offer
from tests.api.shop import NOW, Shop

HOUR = 3_600_000
DAY = 24 * HOUR


def put(shop: Shop, *rows: dict[str, Any]) -> dict[str, Any]:
    reply = shop.client.put("/sellers/s/shelf", json=list(rows))
    assert reply.status_code == 200, reply.text
    return dict(reply.json())


def product(shop: Shop, item_id: str = "i1") -> dict[str, Any]:
    items = shop.client.get("/sellers/s/shelf").json()["items"]
    return next(item for item in items if item["item_id"] == item_id)


def limited(price: float, starts: int, ends: int, name: str = "p") -> dict[str, Any]:
    return {
        "promotion_id": name,
        "kind": "limited",
        "price": price,
        "starts": starts,
        "ends": ends,
    }


def test_a_limited_price_holds_while_it_lasts_and_is_told_as_a_reason(shop: Shop) -> None:
    offers = [limited(39.0, NOW + HOUR, NOW + DAY)]
    assert put(shop, {"item_id": "i1", "pinned": True, "promotions": offers})["accepted"] == 1
    assert (product(shop)["price"], product(shop)["promotions"][0]["running"]) == (60.0, False)

    def reasons() -> str:
        return str(shop.recommend(count=1, context={"locale": "zh"})["items"][0]["reasons"])

    assert "限时价" not in reasons()
    shop.clock.ms += HOUR
    running = product(shop)
    assert (running["price"], running["usual_price"]) == (39.0, 60.0)
    assert "限时价 ¥39" in reasons()
    shop.clock.ms = NOW + DAY
    assert product(shop)["price"] == 60.0
    assert "限时价" not in reasons()


@pytest.mark.parametrize("price", [12_999.99, 1_234_567.5])
def test_a_reason_tells_a_price_in_full(shop: Shop, price: float) -> None:
    offers = [limited(price, NOW, NOW + DAY)]
    put(shop, {"item_id": "i1", "price": 2e6, "pinned": True, "promotions": offers})
    shown = shop.recommend(count=1, context={"locale": "zh"})["items"][0]
    assert f"限时价 ¥{price}" in [one["text"] for one in shown["reasons"]]


def test_a_list_with_an_offer_is_rebuilt_as_it_was_shown(shop: Shop) -> None:
    put(shop, {"item_id": "i1", "pinned": True, "promotions": [limited(39.0, NOW, NOW + HOUR)]})
    shown = shop.recommend(count=2, context={"locale": "en"})
    shop.clock.ms += DAY
    again = shop.client.get(f"/recommendations/{shown['recommendation_id']}").json()
    assert again["items"] == shown["items"]
    assert "Limited offer: ¥39" in str(again["items"])


def test_filters_and_boosts_see_the_price_of_the_moment(shop: Shop) -> None:
    put(shop, {"item_id": "i1", "promotions": [limited(5.0, NOW, NOW + HOUR)]})

    def picks(condition: str) -> list[str]:
        return shop.picks(count=100, filter=f'({condition}) and item_id == "i1"')

    assert (picks("price < 6"), picks("price >= 60")) == (["i1"], [])
    shown = shop.recommend(count=3, boost="price < 6 => 3", explain=True)
    assert "price < 6" in str(shown["items"])
    shop.clock.ms += HOUR
    assert (picks("price < 6"), picks("price >= 60")) == ([], ["i1"])
    again = shop.client.get(f"/recommendations/{shown['recommendation_id']}").json()
    assert again["items"] == shown["items"]


def test_coupons_and_groups_stand_on_the_shelf_and_leave_the_price_alone(shop: Shop) -> None:
    offers = [
        {"promotion_id": "c", "kind": "coupon", "amount": 10, "least": 50, "label": "新客"},
        {"promotion_id": "g", "kind": "group", "price": 45, "group_size": 3},
    ]
    put(shop, {"item_id": "i1", "promotions": offers})
    shown = product(shop)
    assert shown["price"] == 60.0
    assert [(one["kind"], one["running"]) for one in shown["promotions"]] == [
        ("coupon", True),
        ("group", True),
    ]


@pytest.mark.parametrize(
    ("promotion", "field"),
    [
        ({"kind": "limited"}, "promotions[0].price"),
        ({"kind": "coupon"}, "promotions[0].amount"),
        ({"kind": "group", "price": 3}, "promotions[0].group_size"),
        ({"kind": "group", "price": 3, "group_size": 1}, "promotions[0].group_size"),
        ({"kind": "group", "price": 59, "group_size": 2}, "promotions[0].price"),
        ({"kind": "limited", "price": 59}, "promotions[0].price"),
        ({"kind": "coupon", "amount": 59}, "promotions[0].amount"),
        ({"kind": "coupon", "amount": 59, "least": 40}, "promotions[0].amount"),
        ({"kind": "limited", "price": 3, "starts": NOW, "ends": NOW}, "promotions[0].ends"),
    ],
)
def test_an_offer_that_cannot_hold_costs_its_own_row(
    shop: Shop, promotion: dict[str, Any], field: str
) -> None:
    row = {"item_id": "i1", "price": 58, "promotions": [{"promotion_id": "p", **promotion}]}
    told = put(shop, row, {"item_id": "i2", "pinned": True})
    assert told["accepted"] == 1
    assert (told["rejected"][0]["index"], told["rejected"][0]["field"]) == (0, field)


def test_an_offer_is_held_against_the_price_of_its_own_row_alone(shop: Shop) -> None:
    coupon = {"promotion_id": "c", "kind": "coupon", "amount": 59, "least": 200}
    several = {"item_id": "i1", "price": 58, "promotions": [coupon]}  # it asks for several pieces
    theirs = {"item_id": "i2", "promotions": [limited(9_999.0, NOW, NOW + DAY)]}
    assert put(shop, several, theirs)["accepted"] == 2
    assert product(shop, "i2")["price"] < 9_999.0  # it is no offer then


def test_the_lowest_running_offer_holds_and_none_above_the_usual_price() -> None:
    def one(name: str, price: float) -> Promotion:
        return Promotion(promotion_id=name, kind="limited", price=price, starts=10, ends=20)

    listing = Listing(item_id="i", promotions=(one("a", 8.0), one("b", 7.0), one("c", 99.0)))
    assert offer(listing, 9.0, 10)[0] == 7.0
    assert offer(listing, 9.0, 20) == (9.0, None)
    assert offer(listing, 5.0, 10) == (5.0, None)
    assert offer(listing, None, 10)[0] == 7.0


def test_a_feed_that_comes_late_does_not_bring_back_an_old_price(shop: Shop) -> None:
    item = {"item_id": "i1", "title": "精华 1", "price": 70.0, "stock": 5, "as_of": NOW - HOUR}
    path = "/suppliers/sup/items"
    shop.client.put(path, json=[item])
    late = {**item, "title": "改名", "price": 10.0, "stock": 0, "as_of": NOW - DAY}
    assert shop.client.put(path, json=[late]).json()["accepted"] == 1
    shown = product(shop)
    assert (shown["title"], shown["price"], shown["stock"]) == ("改名", 70.0, 5)
    shop.client.put(path, json=[{**late, "as_of": NOW}])
    assert (product(shop)["price"], product(shop)["stock"]) == (10.0, 0)
    assert "i1" not in shop.picks(count=100)


def test_what_the_supplier_lacks_the_seller_cannot_sell(shop: Shop) -> None:
    item = {"item_id": "i1", "title": "精华 1", "price": 60.0, "stock": 2}
    shop.client.put("/suppliers/sup/items", json=[item])
    put(shop, {"item_id": "i1", "stock": 9})
    assert product(shop)["stock"] == 2
    put(shop, {"item_id": "i1", "stock": 1})
    assert product(shop)["stock"] == 1
