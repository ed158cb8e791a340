"""POST /recommend: never empty, sees the last event, keeps to the shelf, and can be shown again."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Set
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import msgspec
import pytest

from data.catalogue import FEW_CHANGES
from data.schemas import Item, Recommendation
from data.terms import FIELDS, Term
from models.policy import COOLDOWN_MS
from tests.api.shop import FIVE, ITEMS, NOW, Shop

ALL = {item["item_id"] for item in ITEMS}


def test_a_stranger_gets_filled_slots_and_is_told_how_they_came_about(shared_shop: Shop) -> None:
    reply = shared_shop.recommend(visitor_id="never seen", count=4)
    assert [item["rank"] for item in reply["items"]] == [1, 2, 3, 4]
    assert reply["fallback_level"] in {3, 4}
    assert reply["personalized"] is False
    assert reply["model_version"] == "untrained"
    assert reply["took_ms"] > 0
    for item in reply["items"]:
        assert 0 < item["propensity"] <= 1
        assert all(reason["text"] and reason["code"] for reason in item["reasons"])


def test_the_reply_may_not_be_kept_by_any_cache(shared_shop: Shop) -> None:
    body = {"seller_id": "s", "visitor_id": "v"}
    reply = shared_shop.client.post("/recommend", json=body)
    assert reply.headers["cache-control"] == "private, no-store"


def test_an_event_moves_the_very_next_list(shop: Shop) -> None:
    def leader() -> str:
        return str(max(shop.recommend()["items"], key=lambda item: item["score"])["item_id"])

    assert leader() == "i1"
    for name in ("i7", "i4", "i4"):
        shop.send(shop.event("view", name))
        assert leader() == name or name == "i4"
    assert leader() == "i4"


def test_a_list_holds_only_products_of_the_shelf_that_was_asked_for(shared_shop: Shop) -> None:
    shared_shop.send(*(shared_shop.event("view", f"i{n}", visitor_id="w") for n in (6, 7, 8)))
    assert set(shared_shop.picks(visitor_id="w", seller_id="five", count=100)) == set(FIVE)
    assert set(shared_shop.picks(visitor_id="w", count=100)) == ALL


def test_exclusions_filters_and_boosts_are_obeyed(shared_shop: Shop) -> None:
    assert set(shared_shop.picks(exclude_ids=["i1", "i2", "nope"])) == ALL - {"i1", "i2"}
    cheap = 'category == "serum" and price < 100'
    assert set(shared_shop.picks(filter=cheap)) == {"i1", "i3"}
    assert shared_shop.picks(filter='brand == "nobody"') == []


def test_what_a_boost_raised_is_told_as_such(shop: Shop) -> None:
    shop.send(*(shop.event("view", f"i{n}") for n in (1, 1, 2, 8)))
    plain, boosted = (shop.recommend(boost=text, count=8) for text in ("", 'item_id == "i8" => 10'))

    def of(reply: dict[str, Any], name: str) -> dict[str, Any]:
        return next(item for item in reply["items"] if item["item_id"] == name)

    assert of(boosted, "i8")["score"] > of(plain, "i8")["score"]
    assert of(boosted, "i1")["score"] == of(plain, "i1")["score"]
    reason = of(boosted, "i8")["reasons"][0]
    assert (reason["code"], reason["evidence"]) == ("boosted", 'item_id == "i8"')
    for reply in (plain, boosted):
        assert "boosted" not in [why["code"] for why in of(reply, "i1")["reasons"]]


def test_a_large_shelf_is_read_beside_the_loop_once_for_all_who_wait(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Attributes of 5,000 products take half a second, in which nobody else would be answered."""
    read: list[tuple[str, bool]] = []

    def tags(item: Item, once: Callable[[Item], Set[Term]] = FIELDS["tags"]) -> Set[Term]:
        read.append((item.item_id, _on_loop()))
        return once(item)

    monkeypatch.setitem(FIELDS, "tags", tags)
    names = [f"l{n}" for n in range(FEW_CHANGES + 1)]
    rows = [{"item_id": name, "title": name, "tags": ["gift"]} for name in names]
    shop.client.put("/suppliers/sup/items", json=rows).raise_for_status()
    listed = [{"item_id": name} for name in names]
    shop.client.put("/sellers/five/shelf", json=listed).raise_for_status()

    with ThreadPoolExecutor(4) as pool:
        asked = [pool.submit(shop.picks, seller_id="five", boost='"gift" in tags') for _ in "abcd"]
        assert all(one.result() for one in asked)
    assert sorted(name for name, _ in read if name in names) == sorted(names)
    assert not any(on_loop for _, on_loop in read)


def _on_loop() -> bool:
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return False
    return True


@pytest.mark.parametrize("field", ["filter", "boost"])
def test_an_expression_that_cannot_be_read_names_its_place(shared_shop: Shop, field: str) -> None:
    problem = shared_shop.recommend(422, **{field: "price < "})
    assert problem["errors"] == [
        {
            "field": field,
            "code": "bad_expression",
            "detail": "expected a number, found the end (at character 9)",
        }
    ]


def test_expressions_are_named_beside_other_bad_fields(shared_shop: Shop) -> None:
    ask = {"count": 0, "filter": "price <", "boost": 'brand == "Lumi" =>'}
    named = {bad["field"]: bad["code"] for bad in shared_shop.recommend(422, **ask)["errors"]}
    wrong = {"filter": "bad_expression", "boost": "bad_expression"}
    assert named == {"count": "out_of_range", **wrong}
    one_each = {"filter": 501 * " ", "boost": ["pinned"], "context": {"locale": "?"}}
    errors = shared_shop.recommend(422, **one_each)["errors"]
    assert sorted((bad["field"], bad["code"]) for bad in errors) == [
        ("boost", "wrong_type"),
        ("context.locale", "bad_text"),
        ("filter", "too_long"),
    ]


def test_every_bad_field_is_named_at_once(shared_shop: Shop) -> None:
    problem = shared_shop.recommend(
        422,
        count=0,
        reshow="never",
        diversity=2,
        personalization=True,
        placement="Card Home",
        context={"item_ids": "i1", "locale": "中文"},
        exclude_ids=["x", 3],
    )
    assert {(bad["field"], bad["code"]) for bad in problem["errors"]} == {
        ("count", "out_of_range"),
        ("reshow", "unknown_value"),
        ("diversity", "out_of_range"),
        ("personalization", "wrong_type"),
        ("placement", "bad_text"),
        ("context.item_ids", "wrong_type"),
        ("context.locale", "bad_text"),
        ("exclude_ids[1]", "wrong_type"),
    }


def test_what_a_field_expects_is_said_in_words(shared_shop: Shop) -> None:
    def told(asked: dict[str, Any]) -> str:
        return str(shared_shop.recommend(422, **asked)["errors"][0]["detail"])

    assert "such as product_page" in told({"placement": "首页"})
    assert "such as zh" in told({"context": {"locale": "中文"}})
    assert "control characters" in told({"context": {"region": "a\u0000"}})
    client = shared_shop.client
    for path, body, words in (
        ("card", {"name": "n", "avatar": "javascript:alert(1)"}, "begins with https://"),
        ("settings", {"timezone": "北京"}, "such as Asia/Shanghai"),
        ("settings", {"origins": ["foo"]}, "such as https://shop.example"),
    ):
        reply = client.put(f"/sellers/s/{path}", json=body)
        assert reply.status_code == 422
        assert words in reply.json()["errors"][0]["detail"]


def test_an_unknown_seller_is_not_found(shared_shop: Shop) -> None:
    assert shared_shop.recommend(404, seller_id="nobody")["code"] == "not_found"


def test_a_missing_seller_or_visitor_is_named(shared_shop: Shop) -> None:
    assert shared_shop.recommend(422, seller_id=None)["errors"][0]["field"] == "seller_id"
    assert shared_shop.recommend(422, visitor_id=None)["errors"][0]["field"] == "visitor_id"


def test_a_seller_with_a_card_and_no_shelf_gets_an_empty_list(shared_shop: Shop) -> None:
    shared_shop.client.put("/sellers/empty/card", json={"name": "空"})
    assert shared_shop.picks(seller_id="empty") == []


def test_five_items_never_run_dry_however_often_all_were_shown(shared_shop: Shop) -> None:
    for _ in range(4):
        for policy in ("hide", "cooldown", "allow"):
            asked = {"seller_id": "five", "visitor_id": "regular", "reshow": policy}
            assert set(shared_shop.picks(**asked, count=5)) == set(FIVE)
            assert len(shared_shop.picks(**asked, count=2)) == 2


def test_hide_brings_what_was_not_shown_before_and_cooldown_waits(shop: Shop) -> None:
    first = shop.picks(count=4, reshow="hide")
    assert not set(first) & set(shop.picks(count=4, reshow="hide"))
    again = shop.picks(visitor_id="v2", count=4, reshow="cooldown")
    assert not set(again) & set(shop.picks(visitor_id="v2", count=4, reshow="cooldown"))
    shop.clock.ms += COOLDOWN_MS
    assert len(shop.picks(visitor_id="v2", count=8, reshow="cooldown")) == 8


def test_personalization_off_reads_and_writes_no_profile(shop: Shop) -> None:
    shop.send(shop.event("purchase", "i4"))
    known = shop.live.state.profile(shop.live.pseudonym("v1")).to_bytes()
    off: dict[str, Any] = {"personalization": "off", "session_id": "sess"}
    first = shop.recommend(**off)
    unknown = shop.recommend(visitor_id="someone else", **off)
    assert first["fallback_level"] >= 3
    assert first["personalized"] is False
    scores = [{item["item_id"]: item["score"] for item in one["items"]} for one in (first, unknown)]
    assert scores[0] == scores[1], "the order may differ: both are explored, each by its id"
    assert shop.live.state.profile(shop.live.pseudonym("v1")).to_bytes() == known
    shown = shop.log()[-2].event
    record = msgspec.json.decode(shown.payload, type=Recommendation)
    assert (shown.visitor, shown.session_id, record.query.visitor) == ("", None, "")
    assert shop.client.post("/recommend", json={"seller_id": "s", "personalization": "off"}).json()[
        "items"
    ]


def test_withdrawn_consent_works_like_personalization_off(shop: Shop) -> None:
    shop.send(shop.event("view", "i4"), shop.event("consent", None, personalization="off"))
    profile = shop.live.state.profile(shop.live.pseudonym("v1")).to_bytes()
    reply = shop.recommend()
    assert (reply["personalized"], reply["fallback_level"] >= 3) == (False, True)
    assert shop.live.state.profile(shop.live.pseudonym("v1")).to_bytes() == profile
    assert shop.log()[-1].event.visitor == ""


def test_no_raw_visitor_id_reaches_the_disk(shop: Shop) -> None:
    raw = "o6_bmjrPTlm6_2sgVt7hMZOPfL2M"
    share = {"share_id": "x", "from_visitor_id": f"friend-{raw}"}
    shop.send(shop.event(visitor_id=raw, share=share))
    shop.recommend(visitor_id=raw, context={"from_visitor_id": f"friend-{raw}"})
    shop.call(shop.live.close)
    files = [path for path in shop.live._settings.home.rglob("*") if path.is_file()]
    assert len(files) >= 2
    assert not any(raw.encode() in path.read_bytes() for path in files)


def test_a_dry_run_leaves_no_trace(shared_shop: Shop) -> None:
    before = len(shared_shop.log())
    reply = shared_shop.recommend(dry_run=True)
    assert reply["items"]
    assert len(shared_shop.log()) == before
    missing = shared_shop.client.get(f"/recommendations/{reply['recommendation_id']}")
    assert missing.status_code == 404


def replayed(shop: Shop, reply: dict[str, Any]) -> dict[str, Any]:
    found = shop.client.get(f"/recommendations/{reply['recommendation_id']}")
    assert found.status_code == 200, found.text
    return dict(found.json())


def test_a_past_list_is_shown_again_bit_for_bit(shop: Shop) -> None:
    shop.send(shop.event("view", "i4"), shop.event("click", "i2"))
    asks: list[dict[str, Any]] = [
        {"count": 8},
        {"count": 3, "context": {"locale": "en"}},
        {"visitor_id": "cold"},
        {"personalization": "off"},
        {"explain": False},
    ]
    replies = [shop.recommend(**ask) for ask in asks]
    shop.client.put("/suppliers/sup/items", json=[{"item_id": "i4", "title": "改名了"}])
    shop.send(shop.event("purchase", "i7"))
    for reply in replies:
        again = replayed(shop, reply)
        assert json.dumps(again["items"]) == json.dumps(reply["items"])
        for field in ("fallback_level", "personalized", "model_version", "experiment"):
            assert again[field] == reply[field]
        assert (again["seller_id"], again["at"]) == ("s", "2026-09-21T14:13:20.000Z")


def test_what_was_shown_is_logged_with_what_a_later_click_may_join_to(shop: Shop) -> None:
    reply = shop.recommend(count=3)
    replayed(shop, reply)
    event = shop.log()[-1].event
    record = msgspec.json.decode(event.payload, type=Recommendation)
    assert (event.event_id, event.at, event.seller_id) == (reply["recommendation_id"], NOW, "s")
    assert [slot.item_id for slot in record.slots] == [item["item_id"] for item in reply["items"]]
    assert [slot.propensity for slot in record.slots] == [
        item["propensity"] for item in reply["items"]
    ]
    assert len(record.digest) >= 16
    assert record.state_seq == shop.log()[-1].seq - 1
    click = shop.event("click", "i1", recommendation_id=reply["recommendation_id"], position=1)
    assert shop.send(click)["accepted"] == 1


@pytest.mark.parametrize("name", ["rec_", "rec_zz", "x", "rec_" + "0" * 32, "e1", "%00"])
def test_an_id_of_no_list_is_not_found(shared_shop: Shop, name: str) -> None:
    assert shared_shop.client.get(f"/recommendations/{name}").status_code == 404


def test_reasons_come_in_the_visitor_s_language(shared_shop: Shop) -> None:
    def texts(locale: str) -> dict[str, str]:
        reply = shared_shop.recommend(context={"locale": locale}, count=8)
        return {item["item_id"]: item["reasons"][0]["text"] for item in reply["items"]}

    assert texts("zh") == texts("zh-CN")
    assert texts("en") == texts("en-GB") == texts("fr")
    assert all(text.isascii() for text in texts("en").values())
    assert not any(text.isascii() for text in texts("zh").values())
