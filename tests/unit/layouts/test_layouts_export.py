"""The log goes out as lines and comes back as the same log."""

from __future__ import annotations

import io
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from data.__main__ import main
from data.layouts.ndjson import event_of, line_of
from data.schemas import Consent, Event, Item, Kind, Listing, Query, Recommendation, Seller, Slot
from data.stores import open_stores

if TYPE_CHECKING:
    from tests.unit.layouts.conftest import Desk

NOW = 1_700_000_000_000

text = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=20)
hashed = st.text("0123456789abcdef", min_size=32, max_size=32)
maybe = st.none() | text
count = st.none() | st.integers(-(2**63), 2**63 - 1)
amount = st.none() | st.floats(allow_nan=False, allow_infinity=False)
documents = st.dictionaries(text, st.none() | st.integers() | text | st.lists(text), max_size=4)
whole = st.none() | st.integers(0, 10**9)
paid = st.none() | st.floats(0, 1e9)
DOCUMENTS = {
    Kind.ITEM: st.builds(
        Item, item_id=text, title=text, price=paid, rating=paid, reviews=whole, sales=whole
    ),
    Kind.SELLER: st.builds(Seller, seller_id=text, name=text),
    Kind.LISTING: st.builds(Listing, item_id=text, price=paid, stock=whole),
    Kind.RECOMMENDATION: st.builds(
        Recommendation,
        query=st.builds(Query, recommendation_id=text, seller_id=text, visitor=hashed),
        slots=st.lists(st.builds(Slot, item_id=text)).map(tuple),
    ),
    Kind.CONSENT: st.builds(Consent),
}


def raw(tree: object) -> msgspec.Raw:
    return msgspec.Raw(msgspec.json.encode(tree))


def an_event(kind: Kind) -> st.SearchStrategy[Event]:
    payload = DOCUMENTS[kind].map(raw) if kind in DOCUMENTS else st.none() | documents.map(raw)
    return st.builds(
        Event,
        event_id=text,
        kind=st.just(kind),
        at=st.integers(0, NOW),
        seller_id=st.just("") | text,
        visitor=st.just("") | hashed,
        session_id=maybe,
        item_id=maybe,
        duration_ms=count,
        value=amount,
        quantity=count,
        price=amount,
        recommendation_id=maybe,
        answer_id=maybe,
        position=count,
        share_id=maybe,
        from_visitor=st.none() | hashed,
        channel=maybe,
        payload=payload,
    )


events = st.sampled_from(list(Kind)).flatmap(an_event)


@given(events)
def test_an_event_survives_as_one_line(event: Event) -> None:
    line = line_of(event)
    assert b"\n" not in line
    assert event_of(line, NOW) == event


@given(documents)
def test_a_document_written_over_several_lines_means_the_same_on_one(tree: object) -> None:
    pretty = msgspec.Raw(msgspec.json.format(msgspec.json.encode({"tree": tree}), indent=2))
    line = line_of(Event(event_id="e", kind=Kind.VIEW, at=1, payload=pretty))
    assert b"\n" not in line
    payload = event_of(line, NOW).payload
    assert payload is not None
    assert msgspec.json.decode(payload) == {"tree": tree}


def home_of(monkeypatch: pytest.MonkeyPatch, home: Path) -> str:
    monkeypatch.setenv("SMARTCARD_HOME", str(home))
    return f"sqlite:///{home / 'log.db'}"


@pytest.mark.parametrize("name", ["log.ndjson", "log.ndjson.gz"])
def test_an_export_imported_into_an_empty_home_gives_an_identical_log(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    rows = tmp_path / "rows.csv"
    rows.write_text("".join(f"u{n},面霜{n % 7},c,pv,{1_511_658_000 + n % 13}\n" for n in range(99)))
    out = tmp_path / name
    first = home_of(monkeypatch, tmp_path / "first home")
    assert main(["import", "--layout", "taobao", str(rows)]) == 0
    assert main(["export", "--out", str(out)]) == 0
    second = home_of(monkeypatch, tmp_path / "second home")
    assert main(["import", "--layout", "ndjson", str(out)]) == 0
    with open_stores(first) as one, open_stores(second) as two:
        assert one.log.read() == two.log.read()
        assert one.log.last_seq() > 99


def test_standard_output_and_input_carry_a_log_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, desk: Desk
) -> None:
    desk.take("taobao", desk.write("rows.csv", "7,i1,c,pv,1511658000\n"))
    lines = b"".join(line_of(event) + b"\n" for event in desk.events())
    home_of(monkeypatch, tmp_path)
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(lines)))
    assert main(["import", "--layout", "ndjson", "-"]) == 0
    out = io.TextIOWrapper(io.BytesIO())
    monkeypatch.setattr(sys, "stdout", out)
    assert main(["export"]) == 0
    assert out.buffer.getvalue() == lines


def test_a_world_is_made_once_and_described(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    home_of(monkeypatch, tmp_path)
    assert main(["world", "--size", "1", "--seed", "3", "--if-empty"]) == 0
    made = capsys.readouterr().out
    assert main(["world", "--size", "1", "--if-empty"]) == 0
    assert main(["world", "--size", "1"]) == 2
    assert "no world is made" in capsys.readouterr().err
    assert main(["info"]) == 0
    told = capsys.readouterr().out
    assert told.split()[:2] == [made.split()[0], "events"]
    assert "dwell" in told


def test_a_missing_file_and_an_unknown_option_of_ours_are_told_in_a_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    home_of(monkeypatch, tmp_path)
    assert main(["import", "--layout", "taobao", str(tmp_path / "none.csv")]) == 2
    assert main(["import", "--layout", "movielens", "-"]) == 2
    errors = capsys.readouterr().err.splitlines()
    assert "none.csv" in errors[0]
    assert "give files" in errors[1]
