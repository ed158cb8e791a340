"""Sellers' analytics over HTTP: numbers appear, tables export, nobody is named, holdouts stick."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest

from data.metrics import METRICS
from data.schemas import key64
from service.settings import ServiceSettings
from service.tables import table
from tests.api.shop import NOW, Shop, fill, opened, settings_for

DAY = 86_400_000
HERE = "2026-09-21"
"""The shop's day in Shanghai: its clock stands at 22:13 there."""


def get(shop: Shop, path: str, status: int = 200, **query: Any) -> dict[str, Any]:
    reply = shop.client.get(f"/sellers/s/{path}", params=query)
    assert reply.status_code == status, reply.text
    assert reply.headers["cache-control"] == ("private, no-store" if status == 200 else "no-store")
    return dict(reply.json())


def values(shop: Shop, **query: Any) -> dict[str, Any]:
    return {one["slug"]: one["value"] for one in get(shop, "metrics", **query)["metrics"]}


def visit(shop: Shop, visitor: str = "v1", **fields: Any) -> None:
    shown = shop.recommend(visitor_id=visitor)["recommendation_id"]
    made = {"visitor_id": visitor, **fields}
    shop.send(
        shop.event("open", None, **made),
        shop.event("impression", "i1", recommendation_id=shown, position=1, **made),
        shop.event("impression", "i2", recommendation_id=shown, position=2, **made),
        shop.event("click", "i1", recommendation_id=shown, position=1, **made),
        shop.event("dwell", "i1", duration_ms=9_000, **made),
        shop.event("purchase", "i1", price=60.0, quantity=2, recommendation_id=shown, **made),
    )


def test_what_visitors_do_is_in_the_next_answer(shop: Shop) -> None:
    assert values(shop)["opens"] == 0
    visit(shop)
    found = values(shop)
    assert found | {
        "opens": 1, "visitors": 1, "visitors_new": 1, "visitors_returning": 0, "impressions": 2,
        "clicks": 1, "ctr": 0.5, "dwell": 9.0, "purchases": 1, "revenue": 120.0,
        "pick_revenue": 120.0, "coverage": 0.25,
    } == found  # fmt: skip
    assert list(found) == list(METRICS)
    assert get(shop, "metrics")["pending"] == 0


def test_each_metric_carries_its_interval_and_how_many_visits_it_still_takes(shop: Shop) -> None:
    visit(shop)
    for one in get(shop, "metrics")["metrics"]:
        if one["value"] is not None and one["low"] is not None:
            assert one["low"] <= one["value"] <= one["high"], one
        assert one["enough"]["enough"] or one["enough"]["more_visits"] > 0, one
        assert one["good"]
        assert one["good_en"]


def test_the_same_event_again_and_one_of_yesterday_are_counted_where_they_belong(
    shop: Shop,
) -> None:
    late = shop.event("open", None, at=NOW - DAY)
    shop.send(shop.event("open", None), late)
    shop.send(late)
    points = get(shop, "metrics/opens", since="2026-09-19")["points"]
    assert [(p["key"], p["value"]) for p in points] == [
        ("2026-09-19", 0.0),
        ("2026-09-20", 1.0),
        (HERE, 1.0),
    ]


def test_a_seller_s_own_time_zone_moves_her_days_at_once(shop: Shop) -> None:
    shop.send(shop.event("open", None))
    shop.client.put("/sellers/s/settings", json={"timezone": "Pacific/Kiritimati"})
    reply = get(shop, "metrics/opens")
    assert (reply["timezone"], reply["until"]) == ("Pacific/Kiritimati", "2026-09-22")
    assert reply["points"][-1]["value"] == 1


@pytest.mark.parametrize("slug", METRICS)
def test_every_metric_is_taken_apart_by_all_it_says(shop: Shop, slug: str) -> None:
    visit(shop)
    for by in METRICS[slug].by:
        reply = get(shop, f"metrics/{slug}", by=by, since="2026-09-15")
        assert reply["by"] == by
        assert reply["metric"]["slug"] == slug
        if by == "day":
            assert len(reply["points"]) == 7
        if by == "hour_of_week":
            assert len(reply["points"]) == 168


def test_picks_are_told_apart_by_where_they_stood(shop: Shop) -> None:
    for placement in ("card_home", "product_page"):
        shown = shop.recommend(placement=placement)["recommendation_id"]
        shop.send(shop.event("impression", "i1", recommendation_id=shown))
    points = get(shop, "metrics/impressions", by="placement")["points"]
    assert [(p["key"], p["value"]) for p in points] == [("card_home", 1), ("product_page", 1)]
    assert get(shop, "metrics/views", by="product")["points"] == [
        {"key": "i1", "value": 0.0, "low": 0.0, "high": pytest.approx(3.689, abs=0.01)}
    ]


@pytest.mark.parametrize(
    ("path", "query", "field"),
    [
        ("metrics", {"since": "yesterday"}, "since"),
        ("metrics", {"since": "2026-09-21", "until": "2026-09-20"}, "since"),
        ("metrics", {"since": "2020-01-01"}, "since"),
        ("metrics", {"until": "9999-12-31"}, "until"),
        ("metrics", {"since": "0001-01-01", "until": "0001-01-01"}, "until"),
        ("metrics", {"format": "pdf"}, "format"),
        ("metrics/opens", {"by": "mood"}, "by"),
        ("metrics/opens", {"by": "placement"}, "by"),
        ("metrics/opens", {"by": "hour", "since": "2026-07-01"}, "by"),
        ("metrics/opens", {"segment": "rich"}, "segment"),
        ("metrics/shares", {"by": "product", "segment": "new"}, "segment"),
        ("visitors", {"limit": 0}, "limit"),
    ],
)
def test_a_question_that_means_nothing_is_refused_by_its_field(
    shop: Shop, path: str, query: dict[str, str], field: str
) -> None:
    problem = get(shop, path, 422, **query)
    assert field in [bad["field"] for bad in problem["errors"]]


def test_an_unknown_metric_and_an_unknown_seller_are_not_found(shop: Shop) -> None:
    assert "opens" in get(shop, "metrics/karma", 404)["detail"]
    assert shop.client.get("/sellers/nobody/metrics").status_code == 404


def test_products_are_to_be_pinned_or_retired_only_when_that_is_sure(shop: Shop) -> None:
    for n in range(60):
        made = {"visitor_id": f"v{n}"}
        shop.send(*[shop.event("impression", item, **made) for item in ("i1", "i2", "i3")])
        if n < 30:
            shop.send(shop.event("click", "i1", **made), shop.event("view", "i1", **made))
        if n < 6:
            shop.send(shop.event("click", "i3", **made))
    reply = get(shop, "products")
    advice = {one["item_id"]: one["advice"] for one in reply["products"]}
    assert (advice["i1"], advice["i2"], advice["i8"]) == ("pin", "retire", "wait")
    assert reply["products"][0]["item_id"] == "i1"
    assert reply["tap_rate"] == pytest.approx(36 / 180)
    assert len(reply["products"]) == 8


def test_visitors_are_shown_under_codes_that_hold_at_one_seller_alone(shop: Shop) -> None:
    share = {"share_id": "x", "from_visitor_id": "friend", "channel": "wechat_chat"}
    shop.send(shop.event("open", None, visitor_id="friend", at=NOW - 5 * DAY))
    shop.send(shop.event("open", None, share=share), shop.event("view", "i3"))
    shop.send(shop.event("open", None, seller_id="five"))
    mine, friend = get(shop, "visitors")["visitors"]
    assert mine["referrer"] == "wechat_chat"
    assert mine["from_visitor"] == friend["visitor"] != mine["visitor"]
    assert [look["item_id"] for look in mine["looked_at"]] == ["i3"]
    (other,) = shop.client.get("/sellers/five/visitors").json()["visitors"]
    assert other["visitor"] != mine["visitor"]
    text = shop.client.get("/sellers/s/visitors").text
    for secret in ("v1", "friend", shop.live.pseudonym("v1")):
        assert f'"{secret}' not in text


def test_visitors_are_read_page_by_page(shop: Shop) -> None:
    for n in range(5):
        shop.send(shop.event("open", None, visitor_id=f"v{n}", at=NOW - n * DAY))
    everybody = [one["visitor"] for one in get(shop, "visitors")["visitors"]]
    pages: list[list[str]] = []
    cursor: str | None = ""
    while cursor is not None:
        page = get(shop, "visitors", limit=2, cursor=cursor)
        pages.append([one["visitor"] for one in page["visitors"]])
        cursor = page.get("next_cursor")
    assert [len(page) for page in pages] == [2, 2, 1]
    assert [name for page in pages for name in page] == everybody
    exact = get(shop, "visitors", limit=5)
    assert (len(exact["visitors"]), "next_cursor" in exact) == (5, False)
    rest = shop.client.get("/sellers/s/visitors?limit=2&cursor=4&format=csv").text
    assert everybody[4] in rest
    assert everybody[3] not in rest
    assert get(shop, "visitors", cursor=9)["visitors"] == []
    bad = shop.client.get("/sellers/s/visitors?cursor=next")
    assert (bad.status_code, bad.json()["errors"][0]["field"]) == (422, "cursor")


def test_who_asked_not_to_be_followed_is_counted_but_is_nobody(shop: Shop) -> None:
    shop.send(shop.event("consent", None, personalization="off"))
    shop.send(shop.event("open", None), shop.event("view", "i1"))
    found = values(shop)
    assert (found["opens"], found["views"], found["visitors"]) == (1, 1, 0)
    assert get(shop, "visitors")["visitors"] == []


@pytest.mark.parametrize("path", ["metrics", "metrics/opens", "products", "visitors"])
def test_every_table_comes_as_a_spreadsheet_too(shop: Shop, path: str) -> None:
    visit(shop)
    reply = shop.client.get(f"/sellers/s/{path}", params={"format": "csv"})
    assert reply.headers["content-type"] == "text/csv; charset=utf-8"
    assert ".csv" in reply.headers["content-disposition"]
    rows = list(csv.reader(io.StringIO(reply.text.removeprefix("\ufeff"))))
    assert len(rows) > 1
    assert {len(row) for row in rows} == {len(rows[0])}


def test_a_title_that_looks_like_a_formula_is_text_in_a_spreadsheet(shop: Shop) -> None:
    item = {"item_id": "i1", "title": "=HYPERLINK(1)", "price": 1.0}
    shop.client.put("/suppliers/sup/items", json=[item])
    text = shop.client.get("/sellers/s/products", params={"format": "csv"}).text
    assert "'=HYPERLINK" in text
    assert ",=HYPERLINK" not in text


def test_a_spreadsheet_has_the_words_of_the_api_and_no_noise_of_reckoning() -> None:
    class Row(msgspec.Struct):
        clear: bool
        low: float
        rate: float
        revenue: float
        before: float | None
        name: str

    rows = [Row(False, 5.551115123125783e-17, 1 / 3, 12_345_678.5, None, "周一")]
    rows += [Row(True, -1e-9, 0.5, 0.0, 2.0, "x")]
    lines = bytes(table(rows, "name").body).decode().splitlines()
    assert lines[1:] == ["false,0,0.333333,12345678.5,,周一", "true,0,0.5,0,2,x"]


def test_a_supplier_s_prices_and_stock_are_kept_with_their_dates(shop: Shop) -> None:
    for n, price in enumerate((60.0, 55.0, 50.0)):
        item = {"item_id": "i1", "title": "t", "price": price, "stock": n, "as_of": NOW - DAY + n}
        shop.client.put("/suppliers/sup/items", json=[item])
    reply = shop.client.get("/suppliers/sup/items/i1/facts").json()
    told = [(one["price"], one["stock"]) for one in reply["facts"]]
    assert told == [(60.0, None), (50.0, 2), (55.0, 1), (60.0, 0)]
    assert shop.client.get("/suppliers/sup/items/none/facts").status_code == 404
    assert shop.client.get("/suppliers/rival/items/i1/facts").status_code == 404


class _Ordered:
    """Stand for a learned order, so that there is something to hold out from."""

    def score(self, matrix: Any) -> Any:
        return matrix[:, 0] * 0 + 1


@pytest.fixture
def trial(tmp_path: Path) -> Iterator[Shop]:
    """Run a shop with an order of its own, whose every visitor takes part in the trial."""
    settings = settings_for(tmp_path, holdout=0.3, holdout_visitors=20)
    with opened(settings) as shop:
        fill(shop)
        shop.live.recommender.ranker = _Ordered()
        yield shop


def test_the_holdout_is_off_for_a_tiny_seller_then_sticks_and_is_logged(trial: Shop) -> None:
    assert trial.recommend()["experiment"] is None
    for n in range(20):
        trial.send(trial.event("open", None, visitor_id=f"v{n}"))
    get(trial, "metrics")  # counts the visitors
    settings = get(trial, "settings")
    if settings["visitors"] < 20:  # counted at most once a minute
        trial.live.analytics._counted_at = -1e9
        get(trial, "metrics")
        settings = get(trial, "settings")
    assert (settings["visitors"], settings["holdout_now"]) == (20, 0.3)
    arms = {}
    for n in range(200):
        reply = trial.recommend(visitor_id=f"v{n}")
        arms[f"v{n}"] = reply["experiment"]["arm"]
        if arms[f"v{n}"] == "holdout":
            assert (reply["fallback_level"], reply["personalized"]) == (3, False) or (
                reply["fallback_level"] == 4
            )
    assert 40 < list(arms.values()).count("holdout") < 80
    assert {v: trial.recommend(visitor_id=v)["experiment"]["arm"] for v in arms} == arms
    trial.client.put("/sellers/s/settings", json={"holdout": 0})
    assert trial.recommend()["experiment"] is None
    assert trial.recommend(personalization="off")["experiment"] is None


def test_the_lift_compares_the_two_arms(trial: Shop) -> None:
    for n in range(25):
        trial.send(trial.event("open", None, visitor_id=f"v{n}"))
    trial.live.analytics._counted_at = -1e9
    get(trial, "metrics")
    shown = {"personal": 0, "holdout": 0}
    for n in range(100):
        visitor = f"w{n}"
        arm = trial.recommend(visitor_id=visitor)["experiment"]["arm"]
        trial.send(trial.event("impression", "i1", visitor_id=visitor))
        if arm == "personal" or shown[arm] % 2:  # all of one arm, every other one of the other
            trial.send(trial.event("click", "i1", visitor_id=visitor))
        shown[arm] += 1
    lift = next(one for one in get(trial, "metrics")["metrics"] if one["slug"] == "lift")
    assert lift["value"] > 0.5
    assert lift["low"] > 0


def test_arms_are_drawn_by_hash_for_each_seller_anew() -> None:
    drawn = [key64("holdout", f"{seller}\x1fv1") for seller in "abcdef"]
    assert len(set(drawn)) == 6


def test_every_setting_tells_what_it_means() -> None:
    assert [name for name, one in ServiceSettings.model_fields.items() if not one.description] == []
