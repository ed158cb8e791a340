"""The live loop under strain: other writers, a full queue, a lost disk, odd entries, restarts."""

from __future__ import annotations

import json
import logging
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from threading import Event as Gate
from typing import Any

import msgspec
import pytest
from starlette.testclient import TestClient

from data.errors import Overloaded, StoreUnavailable
from data.schemas import Event, Item, Kind, Listing
from data.stores import Cursor, EventLog, open_stores
from service.app import create_app
from service.journal import Journal
from tests.api.shop import NOW, Shop, fill, opened, settings_for


def foreign(shop: Shop, *events: Event) -> None:
    """Append as another process does."""
    with open_stores(shop.live._settings.store_url) as stores:
        stores.log.append(events)


def view(name: str, visitor: str = "imported", item_id: str = "i4", **fields: Any) -> Event:
    return Event(
        event_id=name,
        kind=Kind.VIEW,
        at=NOW,
        seller_id="s",
        visitor=visitor,
        item_id=item_id,
        **fields,
    )


def test_rows_of_another_process_are_folded_within_a_round(shop: Shop) -> None:
    item = msgspec.Raw(msgspec.json.encode(Item(item_id="i1", title="从外面来")))
    foreign(
        shop,
        view("f1"),
        Event(event_id="f2", kind=Kind.ITEM, at=NOW, item_id="i1", payload=item),
    )
    assert len(shop.live.state.profile("imported").touches) == 0
    shop.tick()
    assert len(shop.live.state.profile("imported").touches) == 1
    shelf = shop.client.get("/sellers/s/shelf").json()
    assert shelf["items"][0]["title"] == "从外面来"


def test_a_gap_left_by_another_writer_is_filled_before_the_202(shop: Shop) -> None:
    for turn in range(3):
        foreign(shop, *(view(f"g{turn}-{n}") for n in range(5)))
        shop.send(shop.event())
        seqs = [logged.seq for logged in shop.log()]
        assert shop.live.state.seq == seqs[-1] == len(seqs)
        assert len(shop.live.state.profile("imported").touches) == 5 * (turn + 1)


def test_a_repeated_event_of_another_process_is_a_duplicate(shop: Shop) -> None:
    event = shop.event()
    foreign(shop, view(event["event_id"]))
    assert shop.send(event)["duplicates"] == 1
    shop.tick()
    assert shop.live.state.seq == len(shop.log())


def test_an_entry_that_nobody_can_read_does_not_end_the_service(
    shop: Shop, caplog: pytest.LogCaptureFixture
) -> None:
    bad = Event(event_id="bad", kind=Kind.SELLER, at=NOW, payload=msgspec.Raw(b'{"odd": 1}'))
    foreign(shop, bad)
    with caplog.at_level(logging.ERROR, "smartcard.service"):
        shop.tick()
    assert json.loads(caplog.records[0].message)["event"] == "entry_not_folded"
    assert shop.send(shop.event())["accepted"] == 1
    assert shop.picks()


@pytest.fixture
def small_queue(tmp_path: Path) -> Any:
    with opened(settings_for(tmp_path, queue_events=30)) as shop:
        fill(shop)
        yield shop


def test_a_full_queue_says_when_to_come_back_and_picks_go_on(small_queue: Shop) -> None:
    shop, gate = small_queue, Gate()
    writer = shop.live._writer
    assert writer is not None
    assert shop.client.portal is not None
    writer.run(gate.wait)
    waiting = shop.client.portal.start_task_soon(
        shop.live.append, [view(f"w{n}") for n in range(30)]
    )
    try:
        reply = shop.client.post("/events", json=shop.event())
        assert (reply.status_code, reply.json()["code"]) == (503, "overloaded")
        assert int(reply.headers["retry-after"]) >= 1
        shown = [shop.recommend()["recommendation_id"] for _ in range(31)]
        assert "unlogged_total 1.0" in shop.client.get("/metrics").text
        assert "log_waiting 60.0" in shop.client.get("/metrics").text
    finally:
        gate.set()
    assert len(waiting.result(30)) == 30
    shop.call(shop.live.settled)
    assert shop.send(shop.event())["accepted"] == 1
    logged = [row.event.event_id for row in shop.log() if row.event.kind is Kind.RECOMMENDATION]
    assert logged == shown[:30]


class Failing:
    """A log that fails once the gate is open, and works again when told."""

    def __init__(self, log: EventLog) -> None:
        self.gate, self.down = Gate(), True
        self._log = log

    def append(self, events: Sequence[Event]) -> list[int | None]:
        self.gate.wait()
        if self.down:
            raise StoreUnavailable("down")
        return self._log.append(events)


def failing(shop: Shop) -> Failing:
    writer = shop.live._writer
    assert writer is not None
    log = Failing(writer._log)
    writer._log = log  # type: ignore[assignment]
    return log


def test_after_an_outage_with_a_full_queue_all_lists_reach_the_log_and_events_too(
    small_queue: Shop,
) -> None:
    shop, log, shown = small_queue, failing(small_queue), list[str]()
    for turn in range(40):
        shop.clock.ms += 1
        shown.append(shop.recommend()["recommendation_id"])
        if turn == 19:  # the writer holds these while others come
            shop.call(shop.live._own_impressions().hand_over)
    assert "unlogged_total 10.0" in shop.client.get("/metrics").text
    log.gate.set()
    for _ in range(3):
        with pytest.raises(Overloaded):
            shop.call(shop.live.settled)
    log.down = False
    shop.call(shop.live.settled)
    assert shop.send(shop.event())["accepted"] == 1
    logged = [row.event.event_id for row in shop.log() if row.event.kind is Kind.RECOMMENDATION]
    assert logged == shown[:30]


def test_a_list_left_behind_that_cannot_be_stored_stops_no_start(tmp_path: Path) -> None:
    journal = Journal(tmp_path, "dead")
    for name, at in (("rec_1", NOW), ("rec_2", 2**63), ("rec_3", NOW)):
        payload = msgspec.Raw(b"{}")
        journal.add(Event(event_id=name, kind=Kind.RECOMMENDATION, at=at, payload=payload))
    journal.close(empty=False)
    with opened(settings_for(tmp_path)) as shop:
        assert [row.event.event_id for row in shop.log()] == ["rec_1", "rec_3"]
    assert not list(tmp_path.glob("shown-*"))


def test_more_events_than_the_queue_could_ever_hold_are_too_large(small_queue: Shop) -> None:
    events = [small_queue.event() for _ in range(31)]
    assert small_queue.send(*events, status=413)["code"] == "too_large"


def test_a_lost_store_stops_events_but_not_picks(
    shop: Shop, caplog: pytest.LogCaptureFixture
) -> None:
    shop.send(shop.event("view", "i3"))
    shop.live._stores.close()
    with caplog.at_level(logging.CRITICAL, "smartcard.service"):
        reply = shop.client.post("/events", json=shop.event())
        assert (reply.status_code, reply.json()["code"]) == (503, "store_unavailable")
        assert reply.headers["retry-after"]
        assert shop.picks()
        shop.tick()


def test_a_shelf_that_the_store_withholds_is_edited_once_it_answers(tmp_path: Path) -> None:
    with opened(settings_for(tmp_path)) as shop:
        fill(shop)
    with opened(settings_for(tmp_path)) as shop:
        catalogue = shop.live.state.catalogue
        wake, down = catalogue._wake, True
        assert wake is not None

        def withhold(seller_id: str) -> Any:
            if down:
                raise StoreUnavailable("down")
            return wake(seller_id)

        catalogue._wake = withhold
        payload = msgspec.Raw(msgspec.json.encode(Listing(item_id="i1", pinned=True)))
        edit = Event(
            event_id="x", kind=Kind.LISTING, at=NOW, seller_id="s", item_id="i1", payload=payload
        )
        with pytest.raises(StoreUnavailable):
            shop.call(shop.live.append, [edit])
        assert shop.send(shop.event(), status=503)["code"] == "store_unavailable"
        down = False
        assert shop.call(shop.live.append, [edit]) == [None]  # it was on disk
        assert shop.send(shop.event())["accepted"] == 1
        assert shop.picks()[0] == "i1"
        entries = shop.log()
        assert shop.live.state.seq == len(entries)


def test_few_profiles_in_memory_serve_many_visitors(tmp_path: Path) -> None:
    with opened(settings_for(tmp_path, profiles_in_memory=2, checkpoint_events=1)) as shop:
        fill(shop)
        for turn in range(3):
            for visitor in range(6):
                shop.send(shop.event("view", f"i{turn + 1}", visitor_id=f"v{visitor}"))
                shop.tick()
        state, names = shop.live.state, [shop.live.pseudonym(f"v{n}") for n in range(6)]
        assert [len(state.profile(name).touches) for name in names] == [3] * 6
        assert len(state.visitors) <= 2


def test_a_checkpoint_is_saved_when_it_is_due(tmp_path: Path) -> None:
    with opened(settings_for(tmp_path, checkpoint_events=30)) as shop:
        fill(shop)
        checkpoints = shop.live._stores.checkpoints
        shop.tick()
        first = checkpoints.load()
        assert first is None
        shop.send(*(shop.event() for _ in range(10)))
        shop.tick()
        second = checkpoints.load()
        assert second is not None
        assert second.seq == len(shop.log())


class Slow:
    """Hold back the cursor until a gate opens."""

    def __init__(self) -> None:
        self.gate = Gate()

    def load(self) -> Cursor | None:
        self.gate.wait()
        return None

    def save(self, _: object) -> None:
        pass


def test_requests_wait_politely_while_the_service_warms_up(tmp_path: Path) -> None:
    slow, stores = Slow(), open_stores("memory://")
    app = create_app(settings_for(tmp_path), stores=replace(stores, checkpoints=slow))
    with TestClient(app, client=("127.0.0.1", 1)) as client:
        try:
            assert client.get("/health/live").status_code == 200
            for method, path in (
                ("GET", "/health/ready"),
                ("POST", "/events"),
                ("POST", "/recommend"),
                ("GET", "/cards/s"),
            ):
                reply = client.request(method, path)
                assert (reply.status_code, reply.json()["code"]) == (503, "warming_up")
                assert reply.headers["retry-after"] == "1"
        finally:
            slow.gate.set()


def test_a_state_that_cannot_be_restored_is_told_to_who_started_it(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    failed = Gate()
    stores = open_stores("memory://")
    broken = replace(stores, checkpoints=Broken())
    app = create_app(settings_for(tmp_path), stores=broken, on_failure=failed.set)
    with caplog.at_level(logging.CRITICAL, "smartcard.service"), TestClient(app) as client:
        assert failed.wait(30)
        assert client.get("/health/ready").status_code == 503
    assert json.loads(caplog.records[0].message)["event"] == "not_started"


class Broken(Slow):
    """Fail to load."""

    def load(self) -> Cursor | None:
        raise RuntimeError("damaged")
