"""Catalogue, cards and shelves: upserts row by row, idempotent, visible at once, kept apart."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from threading import get_ident
from typing import Any

import pytest

from service.routes.catalogue import Lines
from service.rows import Rows
from tests.api.shop import ITEMS, Shop, fill, opened, settings_for

NDJSON = {"content-type": "application/x-ndjson"}


def put(shop: Shop, path: str, body: Any, status: int = 200) -> dict[str, Any]:
    reply = shop.client.put(path, json=body)
    assert reply.status_code == status, reply.text
    return dict(reply.json())


def shelf(shop: Shop, seller: str = "s", **query: Any) -> dict[str, Any]:
    reply = shop.client.get(f"/sellers/{seller}/shelf", params=query)
    assert reply.status_code == 200, reply.text
    return dict(reply.json())


def test_the_same_feed_again_changes_nothing_and_logs_nothing(shop: Shop) -> None:
    before = len(shop.log())
    assert put(shop, "/suppliers/sup/items", ITEMS) == {
        "accepted": 0,
        "unchanged": 8,
        "rejected": [],
        "rejected_count": 0,
    }
    assert len(shop.log()) == before
    changed = [{**ITEMS[0], "price": 5.0}, ITEMS[1]]
    assert put(shop, "/suppliers/sup/items", changed)["accepted"] == 1
    assert put(shop, "/suppliers/sup/items", [ITEMS[0]])["accepted"] == 1, "and back again"
    assert shelf(shop)["items"][0]["price"] == ITEMS[0]["price"]


def test_bad_items_come_back_by_index_and_the_others_land(shop: Shop) -> None:
    rows: list[Any] = [
        {"item_id": "n1", "title": "好"},
        {"item_id": "n2"},
        {"item_id": "n3", "title": "x", "rating": 6},
        {"item_id": "n4", "title": "x", "image": "javascript:alert(1)"},
        {"item_id": "n5", "title": "x", "tags": ["a", ""]},
        {"item_id": "n6", "title": "x", "attributes": {"skin": 7}},
        {"item_id": "n7", "title": "x\u0000"},
        7,
        {"item_id": "n8", "title": "行", "description": "两\n行"},
        {"item_id": "n9", "title": "\u3000 "},
        {"item_id": "n10", "title": "x", "answers": [{"question": "问", "answer": " "}]},
    ]
    told = put(shop, "/suppliers/new/items", rows)
    assert told["accepted"] == 2
    assert {row["index"]: row["code"] for row in told["rejected"]} == {
        1: "missing",
        2: "out_of_range",
        3: "bad_text",
        4: "too_short",
        5: "wrong_type",
        6: "bad_text",
        7: "wrong_type",
        9: "bad_text",
        10: "bad_text",
    }
    assert [row["field"] for row in told["rejected"][-2:]] == ["title", "answers[0].answer"]


def test_a_feed_may_come_wrapped_as_shelves_and_answers_do(shop: Shop) -> None:
    rows = [{"item_id": "w1", "title": "包着来的"}, {"item_id": "w2"}]
    told = shop.client.put("/suppliers/sup/items", json={"items": rows}).json()
    assert (told["accepted"], told["rejected_count"]) == (1, 1)
    assert (told["rejected"][0]["index"], told["rejected"][0]["field"]) == (1, "title")
    before = len(shop.log())
    for body, status in (({"item": rows}, 422), ({"items": 5}, 400), ({}, 422), (5, 422)):
        reply = shop.client.put("/suppliers/sup/items", json=body)
        assert (reply.status_code, reply.headers["content-type"]) == (
            status,
            "application/problem+json",
        )
    assert len(shop.log()) == before


def test_an_item_has_64_attributes_at_most(shop: Shop) -> None:
    def item(count: int) -> dict[str, Any]:
        attributes = {f"name {number}": "x" for number in range(count)}
        return {"item_id": f"n{count}", "title": "x", "attributes": attributes}

    told = put(shop, "/suppliers/new/items", [item(64), item(65)])
    assert told["accepted"] == 1
    assert [(row["index"], row["field"], row["code"]) for row in told["rejected"]] == [
        (1, "attributes", "too_long")
    ]


@pytest.mark.parametrize(
    ("change", "field", "code"),
    [
        ('"tags": ["\\ud800"]', "tags", "bad_text"),
        ('"attributes": {"skin": "\\ud800"}', "attributes", "bad_text"),
        ('"attributes": {"\\ud800": "dry"}', "attributes", "bad_text"),
        ('"extra": NaN', "extra", "not_finite"),
        ('"extra": {"deep": ["\\ud800"]}', "extra", "bad_text"),
    ],
)
def test_a_half_character_or_no_number_costs_its_own_row_in_an_array_and_in_a_feed(
    shop: Shop, change: str, field: str, code: str
) -> None:
    good = [json.dumps({"item_id": f"half{n}", "title": "t"}) for n in range(2)]
    bad = f'{{"item_id": "bad", "title": "t", {change}}}'
    array = f"[{good[0]}, {bad}]", {"content-type": "application/json"}
    for content, headers in (array, (f"{good[1]}\n{bad}\n", NDJSON)):
        reply = shop.client.put("/suppliers/sup/items", content=content, headers=headers)
        assert reply.status_code == 200, reply.text
        told = reply.json()
        assert told["accepted"] == 1
        (row,) = told["rejected"]
        assert (row["index"], row["field"], row["code"]) == (1, field, code)


def test_the_last_row_of_a_product_holds(shop: Shop) -> None:
    old, new = ITEMS[0], {**ITEMS[0], "title": "new"}
    assert put(shop, "/suppliers/sup/items", [new, old])["accepted"] == 2
    assert shelf(shop)["items"][0]["title"] == old["title"]
    again = put(shop, "/suppliers/sup/items", [new, new, old, new, old, new])
    assert (again["accepted"], again["unchanged"]) == (5, 1)
    assert shelf(shop)["items"][0]["title"] == "new"


def test_the_last_line_of_a_product_holds_however_long_the_feed(shop: Shop) -> None:
    rows = [{"item_id": "i1", "title": "ab"[number % 2]} for number in range(1001)]
    feed = "\n".join(map(json.dumps, [*rows, {"item_id": "i1", "title": "c"}, rows[0]]))
    reply = shop.client.put("/suppliers/sup/items", content=feed, headers=NDJSON)
    assert reply.json() == {
        "accepted": 1003,
        "unchanged": 0,
        "rejected": [],
        "rejected_count": 0,
    }
    assert shelf(shop)["items"][0]["title"] == "a"


def test_the_last_row_of_a_listing_holds(shop: Shop) -> None:
    one, two = {"item_id": "i1", "price": 1.0}, {"item_id": "i1", "price": 2.0}
    assert put(shop, "/sellers/s/shelf", [one])["accepted"] == 1
    assert put(shop, "/sellers/s/shelf", [two, one])["accepted"] == 2
    assert shelf(shop)["items"][0]["price"] == 1.0
    told = put(shop, "/sellers/s/shelf", [two, one, two, two])
    assert (told["accepted"], told["unchanged"]) == (3, 1)
    assert shelf(shop)["items"][0]["price"] == 2.0


def test_values_that_come_and_go_within_a_millisecond_are_all_taken(shop: Shop) -> None:
    for title in ("x", "y", "x", "y"):
        put(shop, "/suppliers/sup/items", [{**ITEMS[0], "title": title}])
        put(shop, "/sellers/s/card", {"name": title})
    assert shelf(shop)["items"][0]["title"] == "y"
    assert shop.client.get("/sellers/s/card").json()["name"] == "y"


def test_a_feed_of_lines_is_taken_as_it_arrives(shop: Shop) -> None:
    def feed() -> Iterator[bytes]:
        for number in range(1200):
            line = {"item_id": f"line{number}", "title": f"第 {number}"}
            yield json.dumps(line, ensure_ascii=False).encode() + b"\r\n"
            yield b"\n" if number % 3 else b"not json\n"

    reply = shop.client.put("/suppliers/sup/items", content=feed(), headers=NDJSON)
    told = reply.json()
    assert (told["accepted"], len(told["rejected"])) == (1200, 400)
    assert told["rejected"][0]["code"] == "malformed"


@pytest.mark.parametrize("step", [1_000_000, 50_000, 999])
@pytest.mark.parametrize("end", [b"", b"\n", b"\n\n{}\n"])
def test_a_line_that_is_too_long_costs_its_own_row(shop: Shop, step: int, end: bytes) -> None:
    rows = [json.dumps({"item_id": f"near{n}", "title": "x"}).encode() for n in range(2)]
    body = b"\n".join((rows[0], b"x" * 300_000, rows[1], b"y" * 128_001 + end))
    parts = (body[start : start + step] for start in range(0, len(body), step))
    reply = shop.client.put("/suppliers/sup/items", content=parts, headers=NDJSON)
    assert reply.status_code == 200
    told = reply.json()
    assert told["accepted"] == 2
    places = {row["index"]: row["code"] for row in told["rejected"]}
    assert places == {1: "too_large", 3: "too_large"} | ({4: "missing"} if b"{}" in end else {})


def test_a_line_without_end_is_passed_over_and_not_kept() -> None:
    split = Lines()
    assert split.take(b"x" * 100_000) == []
    assert split.take(b"x" * 100_000) == [None]
    for _ in range(3):
        assert split.take(b"x" * 100_000) == []
        assert split.rest == b""
    assert split.take(b"x\n{}\n{") == [b"{}"]
    assert split.take(b"}\n") == [b"{}"]


def test_all_refused_rows_are_counted_and_the_first_thousand_named(shop: Shop) -> None:
    reply = shop.client.put("/suppliers/sup/items", content=b"{}\n" * 1_500, headers=NDJSON)
    told = reply.json()
    assert (told["accepted"], told["unchanged"], told["rejected_count"]) == (0, 0, 1_500)
    assert [row["index"] for row in told["rejected"]] == list(range(1_000))


@pytest.mark.parametrize("lines", [False, True])
def test_rows_are_decoded_beside_the_event_loop(
    shop: Shop, monkeypatch: pytest.MonkeyPatch, lines: bool
) -> None:
    threads = set()
    decode_one = Rows.decode_one

    def noted(rows: Rows[Any], row: bytes, index: int) -> Any:
        threads.add(get_ident())
        return decode_one(rows, row, index)

    monkeypatch.setattr(Rows, "decode_one", noted)
    if lines:
        content = b"\n".join(json.dumps(item).encode() for item in ITEMS)
        shop.client.put("/suppliers/sup/items", content=content, headers=NDJSON)
    else:
        put(shop, "/suppliers/sup/items", ITEMS)
        put(shop, "/sellers/s/shelf", [{"item_id": "i1"}])
        put(shop, "/sellers/s/shelf", {"items": [{"item_id": "i1"}]})
    assert threads
    assert shop.call(get_ident) not in threads


def test_a_supplier_cannot_take_over_another_one_s_product(shop: Shop) -> None:
    told = put(shop, "/suppliers/rival/items", [{**ITEMS[0], "title": "mine"}])
    assert told["rejected"] == [
        {
            "index": 0,
            "code": "refused",
            "detail": "item_id: the item belongs to another supplier",
            "field": "item_id",
        }
    ]
    assert shelf(shop)["items"][0]["title"] == ITEMS[0]["title"]


def test_a_deleted_product_leaves_every_shelf_and_every_list(shop: Shop) -> None:
    put(shop, "/suppliers/sup/items", [{**ITEMS[0], "deleted": True}])
    for seller in ("s", "five"):
        assert "i1" not in [item["item_id"] for item in shelf(shop, seller)["items"]]
        assert "i1" not in shop.picks(seller_id=seller, count=100)


def test_a_shelf_shows_the_seller_s_price_stock_and_order(shop: Shop) -> None:
    rows = [
        {"item_id": "i3", "position": -1, "price": 9.9, "stock": 3},
        {"item_id": "i8", "position": 99, "pinned": True},
        {"item_id": "i2", "removed": True},
    ]
    assert put(shop, "/sellers/s/shelf", {"items": rows})["accepted"] == 3
    items = shelf(shop)["items"]
    assert [item["item_id"] for item in items] == ["i8", "i3", "i1", "i4", "i5", "i6", "i7"]
    assert (items[1]["price"], items[1]["list_price"], items[1]["stock"]) == (9.9, 80.0, 3)
    assert put(shop, "/sellers/s/shelf", rows)["unchanged"] == 3, "a bare array is a body too"
    assert "i2" not in shop.picks(count=100)


def test_what_is_sold_out_stays_on_the_shelf_but_is_not_picked(shop: Shop) -> None:
    put(shop, "/sellers/s/shelf", [{"item_id": "i1", "stock": 0}])
    assert "i1" in [item["item_id"] for item in shelf(shop)["items"]]
    assert "i1" not in shop.picks(count=100)


def test_a_listing_of_an_unknown_product_is_refused_by_index(shop: Shop) -> None:
    told = put(shop, "/sellers/s/shelf", [{"item_id": "ghost"}, {"item_id": "i1", "pinned": True}])
    assert (told["accepted"], told["rejected"][0]["index"]) == (1, 0)
    assert "PUT /suppliers/" in told["rejected"][0]["detail"]


def test_a_shelf_is_read_page_by_page(shop: Shop) -> None:
    first = shelf(shop, limit=5)
    second = shelf(shop, limit=5, cursor=first["next_cursor"])
    names = [item["item_id"] for page in (first, second) for item in page["items"]]
    assert names == [item["item_id"] for item in ITEMS]
    assert "next_cursor" not in second
    for bad in ({"limit": 0}, {"limit": 5000}, {"limit": "x"}, {"cursor": "-1"}, {"cursor": "²"}):
        reply = shop.client.get("/sellers/s/shelf", params=bad)
        assert reply.status_code == 422, bad
        assert reply.json()["errors"][0]["field"] in {"limit", "cursor"}


def test_a_card_is_replaced_whole(shop: Shop) -> None:
    card = {"name": "小美", "name_en": "Mei", "story": "开店\n十年", "avatar": "https://x/y.png"}
    assert put(shop, "/sellers/s/card", card)["seller_id"] == "s"
    read = shop.client.get("/sellers/s/card").json()
    assert (read["name"], read["story"], read["title"]) == ("小美", "开店\n十年", "")
    before = len(shop.log())
    put(shop, "/sellers/s/card", card)
    assert len(shop.log()) == before
    problem = put(shop, "/sellers/s/card", {"name": "", "story": 3}, 422)
    assert {bad["field"] for bad in problem["errors"]} == {"name", "story"}
    problem = put(shop, "/sellers/s/card", {"name": "  "}, 422)
    assert [bad["field"] for bad in problem["errors"]] == ["name"]


@pytest.mark.parametrize("path", ["card", "shelf"])
def test_an_unknown_seller_has_neither_card_nor_shelf(shop: Shop, path: str) -> None:
    assert shop.client.get(f"/sellers/nobody/{path}").status_code == 404


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("a%0Ab", "bad_text"),
        ("%7F", "bad_text"),
        ("%FF", "bad_text"),
        ("%F0%90", "bad_text"),
        ("x" * 129, "too_long"),
    ],
)
def test_an_odd_id_is_refused_by_name(shop: Shop, name: str, code: str) -> None:
    for path, field in (("sellers/{}/card", "seller_id"), ("suppliers/{}/items", "supplier_id")):
        body = {"name": "n"} if "card" in path else []
        reply = shop.client.put("/" + path.format(name), json=body)
        assert reply.status_code == 422
        (wrong,) = reply.json()["errors"]
        assert (wrong["field"], wrong["code"]) == (field, code)


def test_everything_is_there_again_after_a_restart(tmp_path: Path) -> None:
    settings = settings_for(tmp_path)
    with opened(settings) as first:
        fill(first)
        put(first, "/sellers/s/shelf", [{"item_id": "i3", "price": 1.0, "pinned": True}])
        first.send(first.event("view", "i4"), first.event("favorite", "i5", visitor_id="v2"))
        first.recommend()
        kept = shelf(first), first.client.get("/sellers/s/card").json()
        visitor = first.live.pseudonym("v1")
        seq = first.log()[-1].seq
        profile = first.live.state.profile(visitor).to_bytes()
    with opened(settings) as second:
        assert (shelf(second), second.client.get("/sellers/s/card").json()) == kept
        assert second.live.state.seq == seq
        assert second.live.state.profile(visitor).to_bytes() == profile
        saved = second.live._stores.checkpoints.load()
        assert saved is not None
        assert saved.seq == seq
