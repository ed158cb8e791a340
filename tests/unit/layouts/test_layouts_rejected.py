"""What cannot be taken is told, with its place, and costs nothing but itself."""

from __future__ import annotations

import gzip
from typing import TYPE_CHECKING

import pytest

from data.errors import Misconfigured
from data.schemas import Event, Kind

if TYPE_CHECKING:
    from tests.unit.layouts.conftest import Desk

GOOD = "7,i1,c9,pv,1511658000\n"


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        ("7,i1,c9,pv,soon", "time: not a number"),
        ("7,i1,c9,pv,nan", "time: not a number"),
        ("7,i1,c9,pv,1_5", "time: not a number"),
        ("7,i1,c9,pv,-5", "time: below 0"),
        ("7,i1,c9,pv,1e300", "time: above 1e+15"),
        ("7,i1,c9,pv,1800000000", "time: in the future"),
        ("7,i1,c9,stare,1511658000", "behavior: unknown 'stare'"),
        ("7,i1,c9,pv", "missing column"),
        ("7,i1,c9,pv,1511658000,x", "too many columns"),
        (",i1,c9,pv,1511658000", "user_id: empty"),
        ("7, ,c9,pv,1511658000", "item_id: empty"),
        ("7,i\u202e1,c9,pv,1511658000", "item_id: unprintable character"),
        ("7,i\x001,c9,pv,1511658000", "item_id: unprintable character"),
        (f"7,{'i' * 129},c9,pv,1511658000", "item_id: longer than 128 characters"),
        ('"7,i1,c9,pv,1511658000', "quote not closed"),
    ],
)
def test_a_bad_row_is_told_by_reason_and_line_and_the_others_are_kept(
    desk: Desk, row: str, reason: str
) -> None:
    report = desk.take("taobao", desk.write("log.csv", f"{GOOD}{row}\n{GOOD.replace('7', '8')}"))
    assert report.rejected == {reason: 1}
    assert (report.first[reason].source, report.first[reason].line) == ("log.csv", 2)
    assert len(desk.acts()) == 2


def test_bytes_that_are_no_text_are_rejected(desk: Desk) -> None:
    report = desk.take("taobao", desk.write("log.csv", GOOD.encode() + b"7,\xff\xfe,c,pv,1\n"))
    assert report.rejected == {"not UTF-8": 1}
    assert len(desk.acts()) == 1


def test_chinese_emoji_and_a_byte_order_mark_are_no_trouble(desk: Desk) -> None:
    file = desk.write("log.csv", "\ufeff7,口红💄,唇部,pv,1511658000\r\n")
    assert desk.take("taobao", file).rejected == {}
    assert desk.acts()[0].item_id == "口红💄"


def test_a_truncated_gzip_keeps_what_came_before_and_says_so(desk: Desk) -> None:
    rows = "".join(f"{n},i{n * 7919 % 997},c9,pv,{1_511_658_000 + n}\n" for n in range(50_000))
    file = desk.write("cut.csv", gzip.compress(rows.encode())[:-3000])
    report = desk.take("taobao", file)
    assert report.rejected == {"truncated gzip": 1}
    assert report.incomplete == ["cut.csv"]
    acts = desk.log.read(limit=10**6)
    assert 30_000 < sum(entry.event.kind is Kind.VIEW for entry in acts) < 50_000
    assert report.first["truncated gzip"].line == report.read + 1


def test_a_damaged_gzip_is_told(desk: Desk) -> None:
    data = bytearray(gzip.compress("".join(f"{n},i,c,pv,{n}\n" for n in range(9_999)).encode()))
    data[len(data) // 2 : len(data) // 2 + 64] = bytes(64)
    report = desk.take("taobao", desk.write("bad.csv", bytes(data)))
    assert set(report.rejected) >= {"damaged gzip"}
    assert report.incomplete == ["bad.csv"]


def test_gzip_files_joined_end_to_end_are_read_whole(desk: Desk) -> None:
    parts = gzip.compress(GOOD.encode()) + gzip.compress(GOOD.replace("7", "8").encode())
    report = desk.take("taobao", desk.write("two.csv", parts))
    assert (report.read, report.rejected) == (2, {})


def test_a_field_may_span_lines_when_it_is_quoted(desk: Desk) -> None:
    text = 'visitor,item,at,kind,title\nu,i,2023-01-01,view,"two\nlines"\nu,j,2023-01-02,view,x\n'
    report = desk.take("csv", desk.write("log.csv", text))
    assert (report.read, report.rejected) == (2, {})


def test_a_file_of_another_layout_is_refused_before_anything_is_taken(desk: Desk) -> None:
    file = desk.write("items.csv", "user_id,item_id\n0,4\n")
    with pytest.raises(Misconfigured, match=r"items.csv: has no column timestamp, event"):
        desk.take("retailrocket", file)
    assert desk.events() == []


@pytest.mark.parametrize(
    ("mapping", "complaint"),
    [
        ('[columns]\nvisiter = "u"', "visiter"),
        ('time = "days"', "days"),
        ('[kinds]\nx = "stare"', "stare"),
        ('kind = "recommendation"', "recommendation is not a kind that a table can carry"),
        ('encoding = "utf-88"', "utf-88"),
        ("time = ", "TOML|value"),
    ],
)
def test_a_wrong_mapping_is_refused_by_name(desk: Desk, mapping: str, complaint: str) -> None:
    file = desk.write("log.csv", "visitor,item,at,kind\n")
    with pytest.raises(Misconfigured, match=complaint):
        desk.take("csv", file, mapping=desk.write("mapping.toml", mapping))


def test_a_dwell_row_needs_a_duration(desk: Desk) -> None:
    text = "visitor,item,at,kind,duration_s\nu,i,2023-01-01,dwell,\nu,i,2023-01-01,dwell,2\n"
    report = desk.take("csv", desk.write("log.csv", text))
    assert report.rejected == {"dwell without a duration": 1}


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        (b"{", "not JSON"),
        (b'{"event_id":"e","kind":"stare","at":1}', "not an event: Invalid enum value 'stare'"),
        (b'{"event_id":"e","kind":"view"}', "not an event: Object missing required field `at`"),
        (b'{"event_id":"","kind":"view","at":1}', "event_id: empty"),
        (b'{"event_id":"e","kind":"view","at":1,"visitor":"Ann"}', "visitor: not a keyed hash"),
        (b'{"event_id":"e","kind":"view","at":9999999999999}', "time: in the future"),
        (b'{"event_id":"e","kind":"view","at":1,"quantity":99999999999999999999}', "quantity"),
        (b'{"event_id":"\xff","kind":"view","at":1}', "not JSON"),
        (b'{"event_id":"\\ud800","kind":"view","at":1}', "not JSON"),
    ],
)
def test_an_exported_line_that_is_no_event_is_rejected(
    desk: Desk, line: bytes, reason: str
) -> None:
    good = b'{"event_id":"good","kind":"view","at":1,"item_id":"i"}\n'
    report = desk.take("ndjson", desk.write("log.ndjson", line + b"\n" + good))
    (told,) = report.rejected
    assert reason in told
    assert desk.events() == [Event(event_id="good", kind=Kind.VIEW, at=1, item_id="i")]


ASKED = (
    b'{"recommendation_id":"r","seller_id":"s","visitor":"","at":1},"slots":[],"candidates":0,'
    b'"state_seq":0,"model_version":"","digest":"","fallback_level":0'
)


@pytest.mark.parametrize(
    ("kind", "payload", "reason"),
    [
        ("item", b"", "payload: missing"),
        ("item", b"null", "payload: Expected `object`, got `null`"),
        ("item", b"{}", "payload: Object missing required field `item_id`"),
        ("item", b'{"item_id":"","title":"t"}', "payload: item_id: empty"),
        ("item", b'{"item_id":"i","title":"t","price":-1}', "payload: price: not between 0"),
        ("item", b'{"item_id":"i","title":"t","price":1e300}', "payload: price: not between 0"),
        ("item", b'{"item_id":"i","title":"t","price":1e400}', "payload: Number out of range"),
        ("item", b'{"item_id":"i","title":"t","sales":-1}', "payload: sales: not between 0"),
        ("item", b'{"item_id":"i","title":"t","reviews":-1}', "payload: reviews: not between 0"),
        ("item", b'{"item_id":"i","title":"t","rating":-1}', "payload: rating: not between 0"),
        ("item", b'{"item_id":"i","title":"\xff"}', "payload: not JSON"),
        ("seller", b'{"seller_id":"s"}', "payload: Object missing required field `name`"),
        ("seller", b'{"seller_id":"","name":"n"}', "payload: seller_id: empty"),
        ("listing", b'{"item_id":7}', "payload: Expected `str`, got `int`"),
        ("listing", b'{"item_id":"i","price":-1}', "payload: price: not between 0"),
        ("listing", b'{"item_id":"i","stock":-1}', "payload: stock: not between 0"),
        ("recommendation", b"[]", "payload: Expected `object`, got `array`"),
        (
            "recommendation",
            b'{"query":' + ASKED + b"}",
            "payload: Object missing required field `personalized`",
        ),
        ("consent", b'{"personalization":"off"}', "payload: Expected `bool`, got `str`"),
    ],
)
def test_an_exported_line_whose_document_cannot_be_read_is_rejected(
    desk: Desk, kind: str, payload: bytes, reason: str
) -> None:
    tail = b',"payload":' + payload if payload else b""
    line = b'{"event_id":"x","kind":"' + kind.encode() + b'","at":1' + tail + b"}\n"
    good = b'{"event_id":"good","kind":"view","at":1,"item_id":"i"}\n'
    report = desk.take("ndjson", desk.write("log.ndjson", line + good))
    (told,) = report.rejected
    assert reason in told
    assert [event.event_id for event in desk.events()] == ["good"]


def test_the_table_of_rejected_rows_names_reason_count_and_first_place(desk: Desk) -> None:
    file = desk.write("log.csv", GOOD + "7,i1,c9,pv\n" * 2 + "7,i1,c9,stare,1\n")
    lines = desk.take("taobao", file).table().splitlines()
    assert [line.split() for line in lines] == [
        ["rejected", "reason", "first", "at"],
        ["2", "missing", "column", "log.csv:2"],
        ["1", "behavior:", "unknown", "'stare'", "log.csv:4"],
    ]
