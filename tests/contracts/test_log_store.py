"""What every event log must do."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from data.errors import Invalid
from data.schemas import Event, Kind, Logged
from tests.contracts.adapters import URLS, opened

if TYPE_CHECKING:
    from collections.abc import Iterator

    from data.stores import EventLog

INT64 = st.integers(-(2**63), 2**63 - 1)
FINITE = st.floats(allow_nan=False, allow_infinity=False)
TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
RAW = st.binary(max_size=40).map(msgspec.Raw)


def maybe(values: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.none() | values


EVENTS = st.builds(
    Event,
    event_id=TEXT,
    kind=st.sampled_from(Kind),
    at=INT64,
    seller_id=TEXT,
    visitor=TEXT,
    session_id=maybe(TEXT),
    item_id=maybe(TEXT),
    duration_ms=maybe(INT64),
    value=maybe(FINITE),
    quantity=maybe(INT64),
    price=maybe(FINITE),
    recommendation_id=maybe(TEXT),
    answer_id=maybe(TEXT),
    position=maybe(INT64),
    share_id=maybe(TEXT),
    from_visitor=maybe(TEXT),
    channel=maybe(TEXT),
    payload=maybe(RAW),
)
FEW_IDS = st.builds(
    Event,
    event_id=st.sampled_from("abcdef"),
    kind=st.just(Kind.VIEW),
    at=st.integers(0, 9),
    seller_id=st.sampled_from(["", "s", "t"]),
)


@pytest.fixture(params=URLS)
def log(request: pytest.FixtureRequest) -> Iterator[EventLog]:
    with opened(request.param) as stores:
        yield stores.log


def view(event_id: str, seller_id: str = "s", **fields: Any) -> Event:
    return Event(event_id=event_id, kind=Kind.VIEW, at=1, seller_id=seller_id, **fields)


def test_an_empty_log_has_nothing_to_read(log: EventLog) -> None:
    assert log.last_seq() == 0
    assert log.read() == []
    assert log.find("s", "a") is None
    assert log.append([]) == []


def test_entries_are_numbered_from_one_in_the_order_of_appending(log: EventLog) -> None:
    assert log.append([view("b"), view("a")]) == [1, 2]
    assert log.append([view("c")]) == [3]
    assert [entry.event.event_id for entry in log.read()] == ["b", "a", "c"]
    assert [entry.seq for entry in log.read()] == [1, 2, 3]
    assert log.last_seq() == 3


def test_a_resent_event_is_a_duplicate_and_the_first_one_stays(log: EventLog) -> None:
    first, second = view("a", item_id="i1"), view("a", item_id="i2")
    assert log.append([first, second]) == [1, None]
    assert log.append([second, view("b"), first, view("b")]) == [None, 2, None, None]
    assert log.append([second, first]) == [None, None]
    assert log.read() == [Logged(1, first), Logged(2, view("b"))]


def test_the_same_id_at_two_sellers_is_two_events(log: EventLog) -> None:
    assert log.append([view("a", "s"), view("a", "t"), view("a", "")]) == [1, 2, 3]
    found = log.find("t", "a")
    assert found is not None
    assert found.seq == 2
    assert log.find("u", "a") is None


def test_reading_goes_on_after_a_seq_and_stops_at_the_limit(log: EventLog) -> None:
    log.append([view(f"e{number}") for number in range(10)])
    assert [entry.seq for entry in log.read(after=4, limit=3)] == [5, 6, 7]
    assert [entry.seq for entry in log.read(after=8)] == [9, 10]
    assert log.read(after=10) == []
    assert log.read(after=0, limit=0) == []


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("at", 2**63),
        ("duration_ms", -(2**63) - 1),
        ("value", float("nan")),
        ("price", float("inf")),
        ("item_id", "\ud800"),
        ("event_id", "\udfff"),
    ],
)
def test_what_no_log_can_hold_is_refused_by_name_with_its_whole_batch(
    log: EventLog, field: str, value: object
) -> None:
    wrong = msgspec.structs.replace(view("b"), **{field: value})
    with pytest.raises(Invalid) as caught:
        log.append([view("a"), wrong])
    assert [bad.where for bad in caught.value.fields] == [f"[1].{field}"]
    assert log.read() == []
    assert log.append([view("c")]) == [1]


def test_a_payload_survives_the_buffer_it_was_decoded_from(log: EventLog) -> None:
    buffer = bytearray(b'[{"x":1}]')
    (payload,) = msgspec.json.decode(buffer, type=list[msgspec.Raw])
    log.append([view("a", payload=payload)])
    buffer[:] = b" " * len(buffer)
    (entry,) = log.read()
    assert entry.event.payload is not None
    assert bytes(entry.event.payload) == b'{"x":1}'


def test_threads_that_append_at_once_share_one_numbering(log: EventLog) -> None:
    def append(thread: int) -> list[int | None]:
        shared = [view(f"shared-{number}") for number in range(20)]
        own = [view(f"{thread}-{number}") for number in range(20)]
        return log.append(shared[:10] + own) + log.append(shared)

    with ThreadPoolExecutor(8) as threads:
        seqs = [seq for given in threads.map(append, range(8)) for seq in given if seq is not None]
    assert sorted(seqs) == list(range(1, 8 * 20 + 20 + 1))
    assert [entry.seq for entry in log.read()] == sorted(seqs)


@pytest.mark.parametrize("adapter", URLS)
@settings(max_examples=40)
@given(events=st.lists(EVENTS, max_size=5, unique_by=lambda e: (e.seller_id, e.event_id)))
def test_what_is_read_and_found_is_what_was_appended(adapter: str, events: list[Event]) -> None:
    with opened(adapter) as stores:
        assert stores.log.append(events) == list(range(1, len(events) + 1))
        assert [entry.event for entry in stores.log.read()] == events
        for seq, event in enumerate(events, 1):
            assert stores.log.find(event.seller_id, event.event_id) == Logged(seq, event)


@pytest.mark.parametrize("adapter", URLS)
@settings(max_examples=40)
@given(batches=st.lists(st.lists(FEW_IDS, max_size=50), max_size=6))
def test_any_resending_in_any_batches_keeps_the_first_of_each_id(
    adapter: str, batches: list[list[Event]]
) -> None:
    first: dict[tuple[str, str], Logged] = {}
    with opened(adapter) as stores:
        for batch in batches:
            expected = []
            for event in batch:
                known = (event.seller_id, event.event_id) in first
                expected.append(None if known else len(first) + 1)
                if not known:
                    first[event.seller_id, event.event_id] = Logged(len(first) + 1, event)
            assert stores.log.append(batch) == expected
        assert stores.log.read() == list(first.values())


@pytest.mark.parametrize("adapter", URLS)
@settings(max_examples=40)
@given(
    data=st.data(),
    events=st.lists(EVENTS, max_size=5, unique_by=lambda e: (e.seller_id, e.event_id)),
)
def test_what_is_rewritten_stands_in_the_place_of_what_was(
    adapter: str, data: st.DataObject, events: list[Event]
) -> None:
    with opened(adapter) as stores:
        stores.log.append(events)
        change = data.draw(st.sets(st.sampled_from(range(1, len(events) + 1)))) if events else set()
        plain = [
            Logged(seq, Event(event_id=one.event_id, seller_id=one.seller_id, kind=one.kind, at=1))
            for seq, one in enumerate(events, 1)
        ]
        given: list[Logged] = []

        def plainly(entries: list[Logged]) -> list[Logged]:
            given.extend(entries)
            return [plain[one.seq - 1] for one in entries]

        stores.erasure.rewrite(sorted(change, reverse=True), plainly)
        assert given == [Logged(seq, events[seq - 1]) for seq in sorted(change)], "as they stand"
        expected = [
            plain[seq - 1] if seq in change else Logged(seq, one)
            for seq, one in enumerate(events, 1)
        ]
        assert stores.log.read() == expected
        assert stores.log.append(events) == [None] * len(events), "identities stay"


@pytest.mark.parametrize("adapter", URLS)
def test_an_entry_mentions_a_visitor_as_herself_as_sharer_or_in_its_document(adapter: str) -> None:
    payload = msgspec.Raw(b'{"visitor":"ann"}')
    with opened(adapter) as stores:
        stores.log.append(
            [
                view("a", visitor="ann"),
                view("b", visitor="bob"),
                view("c", visitor="bob", from_visitor="ann"),
                view("d", "t", payload=payload),
                view("e", "t", visitor="ann"),
            ]
        )
        find = stores.erasure.mentions
        assert [one.seq for one in find(["ann"])] == [1, 3, 4, 5]
        assert [one.seq for one in find(["ann"], "t")] == [4, 5]
        assert [one.seq for one in find(["ann", "bob"], after=1, before=4)] == [2, 3]
        assert find(["carl"]) == []
