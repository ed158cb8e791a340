"""The service as its operator runs it: commands, signals, swaps under load, kills."""

from __future__ import annotations

import http.client
import socket
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from random import Random
from threading import Event as Gate
from threading import Thread
from typing import Any

from data.state import State, tail
from data.stores import open_stores
from models.registry import Registry
from service.deps import now_ms
from tests.api.processes import Service, call
from tests.api.shop import ITEMS
from tests.api.trained import registered

KILLS = 20
CLIENTS = 4
BATCH = 20


def fill(service: Service) -> None:
    connection = service.connection()
    listings = [{"item_id": item["item_id"]} for item in ITEMS]
    for path, body in (
        ("/suppliers/sup/items", ITEMS),
        ("/sellers/s/card", {"name": "小美"}),
        ("/sellers/s/shelf", listings),
    ):
        assert call(connection, "PUT", path, body)[0] == 200
    connection.close()


def test_a_term_signal_ends_it_with_everything_saved(tmp_path: Path) -> None:
    service = Service(tmp_path)
    fill(service)
    connection = service.connection()
    event = view("e1")
    assert call(connection, "POST", "/events", event)[1]["accepted"] == 1
    shown = call(connection, "POST", "/recommend", {"seller_id": "s", "visitor_id": "v"})[1]
    assert service.stop() == 0
    connection.close()
    with open_stores(f"sqlite:///{tmp_path}/log.db", readonly=True) as stores:
        saved = stores.checkpoints.load()
        assert stores.log.find("s", shown["recommendation_id"]) is not None
        assert saved is not None
        assert saved.seq == stores.log.last_seq()


def test_lists_shown_to_the_last_are_there_after_a_kill(tmp_path: Path) -> None:
    service = Service(tmp_path)
    fill(service)
    connection, ids = service.connection(), list[str]()
    for turn in range(5):
        with closing(sqlite3.connect(tmp_path / "log.db", isolation_level=None)) as other:
            if turn % 2:  # another process keeps the log to itself: nothing of these gets in
                other.execute("BEGIN IMMEDIATE")
            for number in range(8):
                ask = {"seller_id": "s", "visitor_id": f"v{number}"}
                ids.append(call(connection, "POST", "/recommend", ask)[1]["recommendation_id"])
            service.kill()
        connection.close()
        left = [path for path in tmp_path.glob("shown-*.ndjson") if path.stat().st_size > 0]
        assert left or not turn % 2, "nothing was left to recover"
        service = Service(tmp_path)
        connection = service.connection()
        found = {call(connection, "GET", f"/recommendations/{name}")[0] for name in ids}
        assert found == {200}
    connection.close()
    assert service.stop() == 0
    assert not list(tmp_path.glob("shown-*.ndjson"))
    with open_stores(f"sqlite:///{tmp_path}/log.db", readonly=True) as stores:
        logged = [row.event.event_id for row in tail(stores, 0)]
    assert [name for name in logged if name.startswith("rec_")] == ids


def test_a_body_of_two_megabytes_is_answered_while_it_is_still_being_sent(tmp_path: Path) -> None:
    service = Service(tmp_path)
    head = b"POST /events HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\n"
    with socket.create_connection(("127.0.0.1", service.port), timeout=30) as wire:
        wire.sendall(head + b"content-length: 2000000\r\n\r\n" + b" " * 1000)
        reply = http.client.HTTPResponse(wire)
        reply.begin()
        assert reply.status == 413
        assert b"too_large" in reply.read()
    connection = service.connection()
    connection.request("POST", "/events", b" " * 2_000_000, {"content-type": "application/json"})
    assert connection.getresponse().status == 413
    connection.close()
    assert service.stop() == 0


def view(name: str, item_id: str = "i1") -> dict[str, Any]:
    return {
        "event_id": name,
        "kind": "view",
        "visitor_id": f"visitor {len(name)} {name[-1]}",
        "seller_id": "s",
        "item_id": item_id,
        "at": now_ms(),
    }


class Asking(Thread):
    """Ask for picks without pause and keep what came."""

    def __init__(self, service: Service, name: str, enough: Gate) -> None:
        super().__init__()
        self.versions: dict[str, int] = {}
        self.failures: list[object] = []
        self._service, self._name, self._enough = service, name, enough

    def run(self) -> None:
        with closing(self._service.connection()) as connection:
            self._ask(connection)

    def _ask(self, connection: http.client.HTTPConnection) -> None:
        ask = {"seller_id": "s", "visitor_id": self._name, "reshow": "cooldown"}
        while not self._enough.is_set():
            try:
                status, reply = call(connection, "POST", "/recommend", ask)
            except OSError as error:
                self.failures.append(error)
                return
            if status != 200 or len(reply["items"]) != len(ITEMS):
                self.failures.append((status, reply))
                return
            version = reply["model_version"]
            self.versions[version] = self.versions.get(version, 0) + 1


def test_swaps_and_roll_backs_under_load_cost_no_request(tmp_path: Path) -> None:
    versions = [registered(tmp_path, seed) for seed in (1, 2)]
    registry = Registry(tmp_path / "artifacts")
    registry.promote(versions[0])
    service = Service(tmp_path, poll_seconds=0.02)
    fill(service)
    enough = Gate()
    asking = [Asking(service, f"v{n}", enough) for n in range(CLIENTS)]
    for thread in asking:
        thread.start()
    operator = service.connection()
    served: list[str] = []
    try:
        for step in (  # over HTTP, and as another process such as training does
            lambda: call(operator, "POST", f"/models/{versions[1]}/promote"),
            registry.roll_back,
            lambda: call(operator, "POST", f"/models/{versions[1]}/promote"),
            lambda: call(operator, "POST", "/models/rollback"),
            lambda: registry.promote(versions[1]),
            registry.roll_back,
        ):
            before = serving(operator)
            step()
            served.append(changed(operator, before))
    finally:
        enough.set()
        for thread in asking:
            thread.join()
    operator.close()
    assert served == [versions[1], versions[0]] * 3
    assert [thread.failures for thread in asking] == [[]] * CLIENTS
    assert {name for thread in asking for name in thread.versions} == set(versions)
    assert service.stop() == 0


def serving(connection: http.client.HTTPConnection) -> str:
    return str(call(connection, "GET", "/health/ready")[1]["model_version"])


def changed(connection: http.client.HTTPConnection, before: str) -> str:
    """Ask which model answers until it is another one."""
    for _ in range(5_000):
        if (now := serving(connection)) != before:
            return now
    raise AssertionError("the champion was not followed")


class Sending(Thread):
    """Send batches without pause; keep the ids that were acknowledged, and the batch in flight."""

    def __init__(self, service: Service, name: str, first: list[dict[str, Any]]) -> None:
        super().__init__()
        self.acknowledged: set[str] = set()
        self.batches = 0
        self.in_flight = first
        self.failures: list[object] = []
        self._service, self._name = service, name

    def run(self) -> None:
        with closing(self._service.connection()) as connection:
            self._send(connection)

    def _send(self, connection: http.client.HTTPConnection) -> None:
        for batch in self._batches():
            self.in_flight = batch
            try:
                status, reply = call(connection, "POST", "/events", batch)
            except (OSError, http.client.HTTPException, ValueError):
                return  # killed in between: nothing was acknowledged
            if status != 202 or reply["accepted"] + reply["duplicates"] != len(batch):
                self.failures.append((status, reply))
                return
            self.acknowledged.update(event["event_id"] for event in batch)
            self.batches += 1

    def _batches(self) -> Iterator[list[dict[str, Any]]]:
        if self.in_flight:
            yield self.in_flight
        for number in range(100_000):
            names = [f"{self._name}-{number}-{row}" for row in range(BATCH)]
            yield [view(name, f"i{1 + row % 8}") for row, name in enumerate(names)]


def test_twenty_kills_during_ingest_lose_nothing_acknowledged_and_repeat_nothing(
    tmp_path: Path,
) -> None:
    dice = Random(9)
    told: set[str] = set()
    unsure: list[list[dict[str, Any]]] = [[]] * CLIENTS
    for kill in range(KILLS):
        service = Service(tmp_path, poll_seconds=0.01, checkpoint_events=100)
        if not kill:
            fill(service)
        sending = [Sending(service, f"{kill}-{n}", unsure[n]) for n in range(CLIENTS)]
        for thread in sending:
            thread.start()
        moment = dice.randrange(1, 25)
        while sum(thread.batches for thread in sending) < moment and sending[0].is_alive():
            sending[0].join(0.002)
        service.kill()
        for thread in sending:
            thread.join()
        assert [thread.failures for thread in sending] == [[]] * CLIENTS
        told.update(*(thread.acknowledged for thread in sending))
        unsure = [thread.in_flight for thread in sending]

    with open_stores(f"sqlite:///{tmp_path}/log.db") as stores:
        entries = list(tail(stores, 0))
        names = [entry.event.event_id for entry in entries]
        assert len(names) == len(set(names))
        assert told <= set(names)
        assert len(told) > KILLS * BATCH
        assert [entry.seq for entry in entries] == list(range(1, len(entries) + 1))
        whole, restored = State(), State.restore(stores)
        for entry in entries:
            whole.apply(entry)
        saved = stores.checkpoints.load()
        assert saved is not None, "no checkpoint was ever in flight"
        assert whole.checkpoint().statistics == restored.checkpoint().statistics
        visitors = sorted({entry.event.visitor for entry in entries})
        for visitor in visitors:
            assert restored.profile(visitor).to_bytes() == whole.profile(visitor).to_bytes()
