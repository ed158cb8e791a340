"""Decoding by the shorter way gives what the longer way gives, or refuses what that refuses."""

from __future__ import annotations

import json
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.answer_schemas import AnswerIn, ConsultationIn, FaqIn
from service.catalogue_schemas import ItemIn
from service.decoding import clean, decoder_of
from service.schemas import EventIn, RecommendIn

TEXTS = st.text(max_size=12) | st.text("ab 1-_.é\x00\n\t\x7f\x85", max_size=6) | st.just("a" * 200)
VALUES = st.one_of(TEXTS, st.none(), st.booleans(), st.integers(-1, 10**15), st.floats(-2, 2))
WELL: dict[type[msgspec.Struct], dict[str, Any]] = {
    EventIn: {
        "event_id": "e",
        "kind": "dwell",
        "at": 1_790_000_000_000,
        "visitor_id": "v",
        "item_id": "i",
        "share": {"share_id": "s", "channel": "c"},
    },
    RecommendIn: {"visitor_id": "v", "context": {"item_ids": ["i"], "share_id": "s"}},
    AnswerIn: {"question": "q", "visitor_id": "v"},
    FaqIn: {"faq_id": "f", "question": "q", "answer": "a", "aliases": ["b"], "item_ids": ["i"]},
    ConsultationIn: {"consultation_id": "c", "turns": [{"role": "visitor", "text": "t"}]},
    ItemIn: {"item_id": "i", "title": "t", "tags": ["g"], "attributes": {"k": "v"}},
}


def outcome(call: Any) -> Any:
    try:
        found = call()
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        return type(error), str(error)
    rows = found if isinstance(found, list) else [found]
    return msgspec.to_builtins([msgspec.structs.asdict(row) for row in rows])


@pytest.mark.parametrize("kind", WELL)
@given(data=st.data(), ascii_only=st.booleans())
def test_both_ways_agree(kind: type[msgspec.Struct], data: st.DataObject, ascii_only: bool) -> None:
    fields = st.sampled_from([field.name for field in msgspec.structs.fields(kind)])
    body = WELL[kind] | data.draw(st.dictionaries(fields, VALUES | st.lists(TEXTS, max_size=2)))
    text = json.dumps(body, ensure_ascii=ascii_only).encode(errors="surrogatepass")
    decoder = decoder_of(kind)
    assert outcome(lambda: decoder.decode(text)) == outcome(
        lambda: msgspec.json.decode(text, type=kind)
    )
    several = b"[" + text + b"," + text + b"]"
    assert outcome(lambda: decoder.decode_all(several)) == outcome(
        lambda: msgspec.json.decode(several, type=list[kind])  # type: ignore[valid-type]
    )


@pytest.mark.parametrize("kind", WELL)
def test_what_is_decoded_is_of_its_type_both_ways(kind: type[msgspec.Struct]) -> None:
    short, long = (json.dumps(WELL[kind] | {"x": x}).encode() for x in ("a", "\\"))
    assert (clean(short), clean(long)) == (True, False)
    assert isinstance(decoder_of(kind).decode(short), kind)
    assert type(decoder_of(kind).decode(long)) is kind


@given(st.binary(max_size=30))
def test_no_clean_body_hides_a_control_character(inner: bytes) -> None:
    body = b'"' + inner + b'"'
    if clean(body):
        try:
            text = msgspec.json.decode(body, type=str)
        except msgspec.DecodeError:
            return
        assert text.isprintable()
