"""Several processes over one store: what one has acknowledged holds at every other one."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from threading import Event as Gate
from time import monotonic
from typing import Final

import pytest

from data.errors import Misconfigured
from data.schemas import Kind
from data.state import State, tail
from data.stores import open_stores
from service.__main__ import main
from service.server import HANGS_SECONDS, serve
from tests.api.processes import NotStartedError, Service, call
from tests.api.shop import ITEMS, Shop, fill, opened, settings_for
from tests.api.test_process import fill as fill_service
from tests.api.test_process import view

ASKED_SECONDS: Final = 0.5
"""How often a process is asked whether it lives."""


@pytest.fixture
def pair(tmp_path: Path) -> Iterator[tuple[Shop, Shop]]:
    """Run two apps over one home, each on a loop of its own; ticks come when a test makes them."""
    with ExitStack() as stack:
        one, other = (stack.enter_context(opened(settings_for(tmp_path))) for _ in range(2))
        fill(one)
        other.call(other.live.abreast)  # the shelves, which lists elsewhere have a moment later
        yield one, other


def test_an_act_that_one_acknowledged_counts_at_the_other(pair: tuple[Shop, Shop]) -> None:
    one, other = pair
    for number in range(10):
        one, other = other, one
        visitor = f"v{number}"
        one.send(one.event(visitor_id=visitor, event_id=f"act-{number}"))
        other.recommend(visitor_id=visitor)
        assert len(other.live.state.profile(other.live.pseudonym(visitor)).touches) == 1


def test_what_one_took_into_the_catalogue_is_known_at_the_other(pair: tuple[Shop, Shop]) -> None:
    one, other = pair
    for number in range(10):
        one, other = other, one
        item = {**ITEMS[0], "item_id": f"new{number}"}
        assert one.client.put("/suppliers/sup/items", json=[item]).status_code == 200
        event = other.event("view", f"new{number}", event_id=f"new{number}")
        assert other.send(event)["accepted"] == 1


def test_who_refused_at_one_is_not_followed_by_the_other(pair: tuple[Shop, Shop]) -> None:
    one, other = pair
    one.send(one.event("consent", None, personalization="off"))
    other.send(other.event(event_id="later"))
    assert other.log()[-1].event.visitor == ""
    assert not other.recommend()["personalized"]


def test_a_referral_code_of_one_counts_at_the_other_until_she_is_erased(
    pair: tuple[Shop, Shop],
) -> None:
    one, other = pair
    one.send(one.event(visitor_id="her", event_id="hers"))
    code = one.recommend(visitor_id="her", dry_run=True)["referral_code"]
    share = {"share_id": "x", "from_visitor_id": code}
    friend = other.event("open", None, visitor_id="friend", share=share)
    other.send(friend)
    assert other.log()[-1].event.from_visitor == one.live.pseudonym("her")
    assert one.client.delete("/visitors/her").status_code == 202
    other.send({**friend, "event_id": "later"})
    assert other.log()[-1].event.from_visitor is None
    other.recommend(visitor_id="friend", context={"from_visitor_id": code})
    assert other.log()[-1].event.from_visitor is None


def test_a_list_shown_by_one_is_not_shown_again_by_the_other(pair: tuple[Shop, Shop]) -> None:
    one, other = pair
    seen: list[str] = []
    for _ in range(4):
        one, other = other, one
        seen += one.picks(count=2, reshow="hide")
    assert len(set(seen)) == len(seen) == 8


def test_a_click_at_the_other_stands_in_the_log_behind_its_list(pair: tuple[Shop, Shop]) -> None:
    one, other = pair
    shown = one.recommend()["recommendation_id"]
    other.send(other.event("click", recommendation_id=shown, position=1))
    kinds = [row.event.kind for row in other.live._stores.log.read(0, 1_000)]
    assert kinds[-2:] == [Kind.RECOMMENDATION, Kind.CLICK]


def test_a_list_on_its_way_is_found_through_the_other(pair: tuple[Shop, Shop]) -> None:
    one, other = pair
    shown = one.recommend()
    found = other.client.get(f"/recommendations/{shown['recommendation_id']}")
    assert found.status_code == 200
    assert [item["item_id"] for item in found.json()["items"]] == [
        item["item_id"] for item in shown["items"]
    ]
    assert other.client.get("/recommendations/rec_0").status_code == 404


def test_lists_that_do_not_reach_the_log_keep_events_of_their_visitor_waiting_elsewhere(
    pair: tuple[Shop, Shop], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("service.siblings.SHOWN_S", 0.0)
    one, other = pair
    gate, writer = Gate(), one.live._writer
    assert writer is not None
    writer.run(gate.wait)
    try:
        one.recommend(visitor_id="stuck")
        refused = other.send(other.event(visitor_id="stuck"), status=503)
        assert refused["code"] == "overloaded"
        assert other.send(other.event(visitor_id="free"))["accepted"] == 1
    finally:
        gate.set()
    monkeypatch.undo()
    assert other.send(other.event(visitor_id="stuck"))["accepted"] == 1


def test_a_process_that_is_starting_folds_nothing_ahead_of_its_restore(tmp_path: Path) -> None:
    with opened(settings_for(tmp_path)) as one:
        fill(one)
        with opened(settings_for(tmp_path)) as other:
            following = other.live._following
            assert following is not None
            other.call(following.cancel)
            other.live.warm.clear()  # as it is until the state is restored
            one.send(one.event())
            stood = other.live.state.seq
            other.call(other.live.abreast)
            assert other.live.state.seq == stood
            other.live.warm.set()
            other.call(other.live.abreast)
            assert other.live.state.seq == one.live.state.seq > stood


def test_edits_at_one_are_read_and_built_on_at_the_other(pair: tuple[Shop, Shop]) -> None:
    one, other = pair
    for turn in range(4):
        one, other = other, one
        body = [{**ITEMS[0], "price": 300.0 + turn}]
        assert one.client.put("/suppliers/sup/items", json=body).json()["unchanged"] == 0
        assert other.client.put("/suppliers/sup/items", json=body).json()["unchanged"] == 1
        assert other.client.get("/sellers/s/shelf").json()["items"][0]["price"] == 300.0 + turn


def test_an_erasure_at_one_holds_at_the_other_and_on_disk(pair: tuple[Shop, Shop]) -> None:
    one, other = pair
    one.send(one.event(visitor_id="gone"))
    other.recommend(visitor_id="gone")
    assert other.client.delete("/visitors/gone").status_code == 202
    one.recommend(visitor_id="gone")
    name = one.live.pseudonym("gone")
    assert len(one.live.state.profile(name).touches) == 0
    left = [row for row in one.log() if row.event.visitor == name]
    assert [row.event.kind for row in left] == [Kind.ERASURE, Kind.RECOMMENDATION]


def test_both_checkpoint_by_turns_and_a_third_start_has_it_all(
    pair: tuple[Shop, Shop], tmp_path: Path
) -> None:
    one, other = pair
    for turn in range(6):
        one, other = other, one
        one.send(*(one.event(visitor_id=f"v{turn}", event_id=f"{turn}-{n}") for n in range(3)))
        one.call(one.live.save)
        other.tick()
    saved = one.live._stores.checkpoints.load()
    assert saved is not None
    assert saved.seq == one.live._stores.log.last_seq()
    other.tick()
    assert not other.live.state.checkpoint().profiles, "what another saved is let go"
    with opened(settings_for(tmp_path)) as third:
        for turn in range(6):
            name = third.live.pseudonym(f"v{turn}")
            held = [shop.live.state.profile(name).to_bytes() for shop in (one, other, third)]
            assert held[0] == held[1] == held[2]


def test_figures_are_counted_once_whoever_is_asked(pair: tuple[Shop, Shop]) -> None:
    one = pair[0]
    one.send(*(one.event("impression", event_id=f"i{n}", visitor_id=f"v{n}") for n in range(7)))

    for shop in pair:
        shop.call(shop.live.analytics.settled)
    found = [shop.client.get("/sellers/s/metrics?days=7") for shop in pair]
    assert found[0].status_code == 200
    assert found[0].json() == found[1].json()


def requests_counted(service: Service) -> int:
    connection = service.connection()
    connection.request("GET", "/metrics")
    text = connection.getresponse().read().decode()
    connection.close()
    return sum(
        int(float(line.rpartition(" ")[2]))
        for line in text.splitlines()
        if line.startswith('smartcard_request_seconds_count{route="/events"}')
    )


def until_counted(service: Service, count: int) -> int:
    """Ask until so many are counted, since a reply leaves just before it is; return the last."""
    for _ in range(500):
        if (found := requests_counted(service)) >= count:
            break
    return found


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="children are found in /proc")
def test_one_killed_while_it_is_asked_whether_it_lives_is_replaced_at_once(tmp_path: Path) -> None:
    service = Service(tmp_path, workers=2)
    fill_service(service)
    service.until_children(2)
    stopped = service.children()[0]
    os.kill(stopped, signal.SIGSTOP)  # it will not answer
    begun = monotonic()
    while monotonic() - begun < 2 * ASKED_SECONDS:
        connection = service.connection()
        assert call(connection, "GET", "/health/live")[0] == 200
        connection.close()
    service.kill_child(stopped)
    killed = monotonic()
    service.until_children(2)
    assert stopped not in service.children()
    assert monotonic() - killed < HANGS_SECONDS / 2
    assert service.stop() == 0


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="children are found in /proc")
def test_two_processes_lose_nothing_when_one_is_killed_and_end_with_all_saved(
    tmp_path: Path,
) -> None:
    service = Service(tmp_path, workers=2, poll_seconds=0.05, checkpoint_events=20)
    fill_service(service)
    told: list[str] = []

    def send(count: int) -> None:
        for _ in range(count):
            connection, name = service.connection(), f"e{len(told)}"
            assert call(connection, "POST", "/events", view(name))[1]["accepted"] == 1
            told.append(name)
            connection.close()

    send(40)
    assert until_counted(service, len(told)) == len(told)
    before = service.children()
    assert len(before) == 2
    service.kill_child(before[0])
    send(40)
    service.until_children(2)
    send(40)
    assert before[0] not in service.children()
    assert until_counted(service, len(told)) == len(told), "what the killed one counted stays"
    assert service.stop() == 0
    with open_stores(f"sqlite:///{tmp_path}/log.db") as stores:
        entries = list(tail(stores, 0))
        assert set(told) <= {entry.event.event_id for entry in entries}
        saved = stores.checkpoints.load()
        assert saved is not None
        assert saved.seq == entries[-1].seq
        whole = State()
        for entry in entries:
            whole.apply(entry)
        restored = State.restore(stores)
        assert restored.checkpoint().statistics == whole.checkpoint().statistics
        for visitor in {entry.event.visitor for entry in entries}:
            assert restored.profile(visitor).to_bytes() == whole.profile(visitor).to_bytes()


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="children are found in /proc")
def test_processes_that_were_forked_from_one_name_their_requests_apart(tmp_path: Path) -> None:
    service = Service(tmp_path, workers=2)
    service.until_children(2)
    names = []
    for _ in range(40):
        connection = service.connection()
        connection.request("GET", "/health/live")
        reply = connection.getresponse()
        names.append(reply.headers["x-request-id"])
        reply.read()
        connection.close()
    assert len(set(names)) == len(names)
    assert service.stop() == 0


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="threads are counted in /proc")
def test_what_forks_them_has_one_thread_since_others_are_not_forked(tmp_path: Path) -> None:
    service = Service(tmp_path, workers=2)
    (fork,) = service.forks()
    assert "\nThreads:\t1\n" in Path(f"/proc/{fork}/status").read_text()
    assert service.stop() == 0


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="children are found in /proc")
def test_all_are_replaced_when_what_forked_them_is_killed(tmp_path: Path) -> None:
    service = Service(tmp_path, workers=2)
    fill_service(service)
    service.until_children(2)
    before, forks = service.children(), service.forks()
    connection = service.connection()
    assert call(connection, "POST", "/events", view("before"))[1]["accepted"] == 1
    connection.close()
    os.kill(forks[0], signal.SIGKILL)
    service.until_gone(before)
    service.until_children(2)
    assert not set(service.forks()) & set(forks)
    connection = service.connection()
    assert call(connection, "POST", "/events", view("before"))[1]["duplicates"] == 1
    assert call(connection, "POST", "/events", view("after"))[1]["accepted"] == 1
    connection.close()
    assert service.stop() == 0


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="children are found in /proc")
def test_processes_end_with_the_one_that_started_them(tmp_path: Path) -> None:
    service = Service(tmp_path, workers=2)
    children = service.children()
    service.kill()
    service.until_gone(children)
    again = Service(tmp_path)
    assert again.stop() == 0


def test_a_store_in_memory_is_one_process_s(tmp_path: Path) -> None:
    with pytest.raises(Misconfigured):
        serve(settings_for(tmp_path, store="memory://", workers=2), "127.0.0.1", 0)


def test_a_service_none_of_whose_processes_can_start_says_so_and_ends(tmp_path: Path) -> None:
    (tmp_path / "secret.key").mkdir()
    with pytest.raises(NotStartedError, match="1"):
        Service(tmp_path, workers=2)


@pytest.mark.parametrize("told", ["0", "17", "two"])
def test_a_count_of_processes_out_of_range_is_named(
    told: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["--workers", told]) == 2
    assert "SMARTCARD_WORKERS" in capsys.readouterr().err
