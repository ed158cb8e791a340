"""POST /events: what is taken, what is refused by name, and that 202 means on disk."""

from __future__ import annotations

import json
from typing import Any, get_args

import pytest
from msgspec.structs import fields

from data.schemas import CLIENT_KINDS
from service.schemas import EventIn
from tests.api.shop import ITEMS, NOW, Shop

JSON = {"content-type": "application/json"}
pytestmark = pytest.mark.usefixtures("shared_shop")


def post(shop: Shop, body: bytes | str, media: str = "application/json") -> Any:
    return shop.client.post("/events", content=body, headers={"content-type": media})


def test_every_kind_a_page_may_send_stands_in_the_wire_type() -> None:
    kinds = next(field.type for field in fields(EventIn) if field.name == "kind")
    assert set(get_args(kinds)) == CLIENT_KINDS


def test_a_batch_lands_and_its_repetition_is_a_success_too(shared_shop: Shop) -> None:
    events = [shared_shop.event(), shared_shop.event("click"), shared_shop.event("purchase", "i2")]
    assert shared_shop.send(*events) == {"accepted": 3, "duplicates": 0, "rejected": []}
    assert shared_shop.send(*events) == {"accepted": 0, "duplicates": 3, "rejected": []}


def test_an_id_sent_twice_in_one_batch_counts_once(shared_shop: Shop) -> None:
    event = shared_shop.event()
    assert shared_shop.send(event, event) == {"accepted": 1, "duplicates": 1, "rejected": []}


def test_what_was_answered_202_stands_in_the_log_and_in_the_state(shared_shop: Shop) -> None:
    event = shared_shop.event("favorite", "i3", visitor_id="logged", session_id="x")
    shared_shop.send(event)
    logged = shared_shop.log()[-1].event
    assert (logged.event_id, logged.kind, logged.item_id) == (event["event_id"], "favorite", "i3")
    assert shared_shop.live.state.seq == shared_shop.log()[-1].seq
    assert len(shared_shop.live.state.profile(logged.visitor).touches) == 1


def test_one_event_alone_is_a_body_too(shared_shop: Shop) -> None:
    reply = shared_shop.client.post("/events", json=shared_shop.event("open", None))
    assert reply.status_code == 202
    assert reply.json()["accepted"] == 1


@pytest.mark.parametrize(
    "at", [NOW, "2026-09-21T14:13:20Z", "2026-09-21T22:13:20.000+08:00", "1999-01-01T00:00:00Z"]
)
def test_times_are_epoch_milliseconds_or_rfc_3339(shared_shop: Shop, at: object) -> None:
    shared_shop.send(shared_shop.event(at=at))
    expected = 915_148_800_000 if str(at).startswith("1999") else NOW
    assert shared_shop.log()[-1].event.at == expected


def test_a_share_and_its_sharer_are_kept_under_keyed_hashes(shared_shop: Shop) -> None:
    share = {"share_id": "sh1", "from_visitor_id": "friend-openid", "channel": "wechat"}
    shared_shop.send(shared_shop.event("open", None, visitor_id="guest-openid", share=share))
    event = shared_shop.log()[-1].event
    assert (event.share_id, event.channel) == ("sh1", "wechat")
    assert event.from_visitor == shared_shop.live.pseudonym("friend-openid")
    assert event.visitor == shared_shop.live.pseudonym("guest-openid")


BAD_ROWS: list[tuple[dict[str, Any], str, str]] = [
    ({"event_id": ""}, "event_id", "too_short"),
    ({"event_id": "x" * 129}, "event_id", "too_long"),
    ({"event_id": 7}, "event_id", "wrong_type"),
    ({"event_id": "a\u0000b"}, "event_id", "bad_text"),
    ({"event_id": "a\n"}, "event_id", "bad_text"),
    ({"event_id": "rec_1"}, "event_id", "reserved"),
    ({"event_id": "erase_1"}, "event_id", "reserved"),
    ({"kind": "stare"}, "kind", "unknown_value"),
    ({"kind": "recommendation"}, "kind", "unknown_value"),
    ({"kind": "item"}, "kind", "unknown_value"),
    ({"kind": None}, "kind", "wrong_type"),
    ({"visitor_id": None}, "visitor_id", "wrong_type"),
    ({"visitor_id": "\u0085"}, "visitor_id", "bad_text"),
    ({"item_id": None}, "item_id", "missing"),
    ({"item_id": ["i1"]}, "item_id", "wrong_type"),
    ({"at": NOW + 5 * 60_000 + 1}, "at", "from_future"),
    ({"at": 1_790_000_000}, "at", "out_of_range"),
    ({"at": -1}, "at", "out_of_range"),
    ({"at": 10**30}, "at", "out_of_range"),
    ({"at": "yesterday"}, "at", "bad_time"),
    ({"at": "2026-09-21T14:13:20"}, "at", "bad_time"),
    ({"at": True}, "at", "wrong_type"),
    ({"kind": "dwell"}, "duration_ms", "missing"),
    ({"kind": "dwell", "duration_ms": -5}, "duration_ms", "out_of_range"),
    ({"kind": "dwell", "duration_ms": 1.5}, "duration_ms", "wrong_type"),
    ({"kind": "consent"}, "personalization", "missing"),
    ({"kind": "consent", "personalization": "maybe"}, "personalization", "unknown_value"),
    ({"kind": "answer_rated"}, "answer_id", "missing"),
    ({"price": -0.01}, "price", "out_of_range"),
    ({"value": float("nan")}, "value", "not_finite"),
    ({"value": float("-inf")}, "value", "not_finite"),
    ({"position": "first"}, "position", "wrong_type"),
    ({"share": {}}, "share.share_id", "missing"),
    ({"share": {"share_id": "x", "channel": "y" * 65}}, "share.channel", "too_long"),
    ({"session_id": "\ud800"}, "session_id", "bad_text"),
    ({"seller_id": None}, "seller_id", "missing"),
    ({"extra": float("nan")}, "extra", "not_finite"),
    ({"extra": {"deep": [1, {"er": float("inf")}]}}, "extra", "not_finite"),
    ({"extra": "\ud800"}, "extra", "bad_text"),
    ({"extra": [["\ud800"]]}, "extra", "bad_text"),
    ({"\ud800": 1}, "\\ud800", "bad_text"),
    ({"share": {"share_id": "x", "extra": "\ud800"}}, "share.extra", "bad_text"),
]


@pytest.mark.parametrize(("change", "field", "code"), BAD_ROWS)
def test_a_bad_row_comes_back_by_index_and_the_good_ones_land(
    shared_shop: Shop, change: dict[str, Any], field: str, code: str
) -> None:
    rows = [shared_shop.event(), {**shared_shop.event(), **change}, shared_shop.event("click")]
    reply = post(shared_shop, json.dumps(rows))
    assert reply.status_code == 202, reply.text
    told = reply.json()
    assert (told["accepted"], told["duplicates"]) == (2, 0)
    (rejected,) = told["rejected"]
    assert (rejected["index"], rejected["field"], rejected["code"]) == (1, field, code)
    assert field in rejected["detail"]


@pytest.mark.parametrize("row", [7, None, "x", [], [[]], True])
def test_a_row_that_is_no_object_is_refused_alone(shared_shop: Shop, row: object) -> None:
    told = shared_shop.send(row, shared_shop.event())  # type: ignore[arg-type]
    assert (told["accepted"], told["rejected"][0]["code"]) == (1, "wrong_type")


@pytest.mark.parametrize(
    ("field", "value", "code"),
    [
        ("extra", "NaN", "not_finite"),
        ("extra", '"\\ud800"', "bad_text"),
        ("\\ud800", "1", "bad_text"),
        ("kind", '7, "kind": "open"', "wrong_type"),
    ],
)
def test_what_only_the_strict_reader_refuses_is_a_problem_too(
    shared_shop: Shop, field: str, value: str, code: str
) -> None:
    event = shared_shop.event("open", None)
    if field == "kind":
        del event["kind"]
    told = f'{json.dumps(event)[:-1]}, "{field}": {value}}}'
    for body in (told, f"[{told}]", f'{{"events": [{told}]}}'):
        reply = post(shared_shop, body)
        problem = reply.json()
        alone = body is told
        assert reply.status_code == (422 if alone else 202), reply.text
        (bad,) = problem["errors"] if alone else problem["rejected"]
        assert (bad["field"], bad["code"]) == (field, code)


def test_a_row_nested_deeply_in_a_field_nobody_knows_is_no_failure(shared_shop: Shop) -> None:
    for depth in (100, 400, 700, 900):
        deep = "[" * depth + "NaN" + "]" * depth
        told = json.dumps(shared_shop.event("open", None))[:-1] + f', "extra": {deep}}}'
        assert post(shared_shop, told).status_code in {400, 422}
        assert post(shared_shop, f"[{told}]").status_code in {202, 400}


def test_what_was_once_on_offer_may_still_be_told_of(shop: Shop) -> None:
    put = shop.client.put
    listings = [{"item_id": "i1", "removed": True}, {"item_id": "i2", "stock": 0}]
    assert put("/sellers/s/shelf", json=listings).status_code == 200
    assert put("/suppliers/sup/items", json=[{**ITEMS[2], "deleted": True}]).status_code == 200
    events = [shop.event("dwell", name, duration_ms=9_000) for name in ("i1", "i2", "i3")]
    assert shop.send(*events)["accepted"] == 3
    elsewhere = shop.event("view", "i8", seller_id="five")  # another's, and she might list it
    assert shop.send(elsewhere)["accepted"] == 1


def test_one_bad_event_alone_is_a_problem_that_names_the_field(shared_shop: Shop) -> None:
    reply = shared_shop.client.post("/events", json=shared_shop.event("stare"))
    problem = reply.json()
    assert reply.status_code == 422
    assert reply.headers["content-type"] == "application/problem+json"
    assert problem["errors"][0]["field"] == "kind"
    assert problem["request_id"] == reply.headers["x-request-id"]


def test_each_bad_field_of_one_event_alone_has_an_entry(shared_shop: Shop) -> None:
    problem = post(shared_shop, "{}").json()
    told = [(one["field"], one["code"], one["detail"]) for one in problem["errors"]]
    names = ("event_id", "kind", "at", "visitor_id")
    assert told == [(name, "missing", "is required") for name in names]
    body = {**shared_shop.event("stare"), "position": -1, "share": {}}
    problem = post(shared_shop, json.dumps(body)).json()
    assert [one["field"] for one in problem["errors"]] == ["kind", "position", "share.share_id"]


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"", 400),
        (b"[", 400),
        (b'[{"event_id": "x", "kind": "vi', 400),
        (b'{"events": 7}', 400),
        (b'{"events": [{]}', 400),
        (b"7", 400),
        (b'"x"', 400),
        (b"\xff\xfe[]", 400),
        (b'["\xc3\x28"]', 400),
        (b"[" * 100_000, 400),
        (b'{"key": 7, "events": []}', 422),
        (b"{}", 422),
    ],
)
def test_a_body_that_cannot_be_read_is_a_clear_problem(
    shared_shop: Shop, body: bytes, status: int
) -> None:
    before = shared_shop.log()
    reply = post(shared_shop, body)
    assert reply.status_code == status, reply.text
    problem = reply.json()
    assert problem["status"] == status
    assert {"type", "title", "code", "detail", "request_id"} <= problem.keys()
    assert shared_shop.log() == before


def test_an_empty_batch_is_fine(shared_shop: Shop) -> None:
    assert shared_shop.send() == {"accepted": 0, "duplicates": 0, "rejected": []}


def test_a_thousand_rows_are_taken_and_one_more_is_not(shared_shop: Shop) -> None:
    rows = [shared_shop.event() for _ in range(1000)]
    assert shared_shop.send(*rows)["accepted"] == 1000
    problem = shared_shop.send(*rows, shared_shop.event(), status=413)
    assert problem["code"] == "too_large"
    small = [{"event_id": "x"}] * 10_001
    assert shared_shop.send(*small, status=413)["code"] == "too_large"


def test_two_megabytes_are_refused_before_they_are_all_read(shared_shop: Shop) -> None:
    reply = post(shared_shop, b"[" + b" " * 2_000_000 + b"]")
    assert reply.status_code == 413
    assert reply.json()["code"] == "too_large"


def test_a_stream_without_a_length_is_cut_at_the_limit(shared_shop: Shop) -> None:
    chunks = (b" " * 100_000 for _ in range(30))
    reply = shared_shop.client.post("/events", content=chunks, headers=JSON)
    assert reply.status_code == 413


@pytest.mark.parametrize("media", ["text/plain", "text/plain;charset=UTF-8", "application/json"])
def test_a_beacon_wraps_its_events_with_the_page_s_key(shared_shop: Shop, media: str) -> None:
    body = json.dumps({"key": "", "events": [shared_shop.event()]})
    assert post(shared_shop, body, media).json()["accepted"] == 1


def test_a_beacon_has_a_smaller_limit(shared_shop: Shop) -> None:
    assert post(shared_shop, b" " * 64_001, "text/plain").status_code == 413


@pytest.mark.parametrize(
    "media", ["application/xml", "multipart/form-data", "application/json; charset=gbk"]
)
def test_other_media_types_are_refused(shared_shop: Shop, media: str) -> None:
    assert post(shared_shop, b"[]", media).status_code == 415


@pytest.mark.parametrize(
    "text", ["😀👩‍👧", "عربى", "ｆｕｌｌ", "e\u0301", "\u202eevil", "a b", "' OR 1=1 --"]
)
def test_strange_but_valid_text_goes_through_unchanged(shared_shop: Shop, text: str) -> None:
    item = [{"item_id": text, "title": text}]
    assert shared_shop.client.put("/suppliers/sup/items", json=item).status_code == 200
    shared_shop.send(shared_shop.event("view", text, session_id=text, channel=None))
    event = shared_shop.log()[-1].event
    assert (event.item_id, event.session_id) == (text, text)


def test_unknown_fields_are_ignored_so_that_old_services_serve_new_pages(shared_shop: Shop) -> None:
    assert shared_shop.send(shared_shop.event(weather="rain"))["accepted"] == 1


def test_after_consent_is_withdrawn_events_are_no_longer_tied_to_the_visitor(
    shared_shop: Shop,
) -> None:
    def event(kind: str, item: str | None, **fields: Any) -> dict[str, Any]:
        return shared_shop.event(kind, item, visitor_id="shy", session_id="z", **fields)

    shared_shop.send(event("view", "i1"))
    shared_shop.send(event("consent", None, personalization="off"), event("view", "i2"))
    shared_shop.send(event("view", "i3"))
    shy = shared_shop.live.pseudonym("shy")
    assert len(shared_shop.live.state.profile(shy).touches) == 1
    later = [logged.event for logged in shared_shop.log()[-2:]]
    assert [(event.visitor, event.session_id) for event in later] == [("", None)] * 2
    shared_shop.send(event("consent", None, personalization="on"), event("view", "i4"))
    assert shared_shop.log()[-1].event.visitor == shy
