"""The writer: groups, order, back-pressure, and what happens to whom when writing fails."""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait

import pytest

from data.errors import Invalid, Overloaded, StoreUnavailable, TooLarge
from data.ingest import LEAST_URGENT, YIELDS, Writer
from data.schemas import Event, Kind, Logged
from data.stores import Checkpoint, open_stores
from data.stores.memory import MemoryLog

POISON = "poison"


class Gate(MemoryLog):
    """Let an append through only when told to; refuse poison; be a full disk when told to."""

    def __init__(self) -> None:
        super().__init__()
        self.groups: list[list[str]] = []
        self.entered = threading.Semaphore(0)
        self.go = threading.Semaphore(0)
        self.disk_full = False

    def append(self, events: Sequence[Event]) -> list[int | None]:
        self.entered.release()
        self.go.acquire()
        self.groups.append([event.event_id for event in events])
        if self.disk_full:
            raise StoreUnavailable("the disk is full")
        if any(event.event_id.startswith(POISON) for event in events):
            raise Invalid("poison")
        return super().append(events)

    def open(self) -> None:
        self.go.release(1_000)


def views(*event_ids: str) -> list[Event]:
    return [Event(event_id=event_id, kind=Kind.VIEW, at=1, seller_id="s") for event_id in event_ids]


@pytest.fixture
def gate() -> Gate:
    return Gate()


@pytest.fixture
def writer(gate: Gate) -> Iterator[Writer]:
    """The writer is busy with one event, `first`, until the gate opens."""
    with Writer(gate, queue_events=10, group_rows=4) as writer:
        writer.submit(views("first"))
        gate.entered.acquire()
        yield writer
        gate.open()


def test_a_future_gives_the_seq_of_each_event_and_none_for_duplicates() -> None:
    with Writer(MemoryLog()) as writer:
        assert writer.submit(views("a", "b", "a")).result() == [1, 2, None]
        assert writer.submit(views("b", "c")).result() == [None, 3]
        assert writer.submit([]).result() == []


def test_what_waits_is_written_together_up_to_the_groups_rows(gate: Gate, writer: Writer) -> None:
    futures = [writer.submit(views(*ids)) for ids in ("ab", "c", "de", "fghi")]
    gate.open()
    assert [future.result() for future in futures] == [[2, 3], [4], [5, 6], [7, 8, 9, 10]]
    assert gate.groups == [["first"], ["a", "b", "c"], ["d", "e"], ["f", "g", "h", "i"]]


def test_a_batch_larger_than_a_group_is_a_group_of_its_own(gate: Gate, writer: Writer) -> None:
    futures = [writer.submit(views(*ids)) for ids in ("a", "bcdefg", "h")]
    gate.open()
    wait(futures)
    assert gate.groups == [["first"], ["a"], list("bcdefg"), ["h"]]


def test_the_queue_is_bounded_in_events_and_takes_more_when_it_has_drained(
    gate: Gate, writer: Writer
) -> None:
    assert writer.waiting == 1
    last = writer.submit(views(*"abcdefghi"))
    with pytest.raises(Overloaded) as caught:
        writer.submit(views("j"))
    assert caught.value.retry_after > 0
    assert writer.waiting == 10
    gate.open()
    last.result()
    assert writer.waiting == 0
    assert writer.submit(views("j")).result() == [11]


def test_a_batch_that_no_queue_could_take_is_refused_for_good(writer: Writer) -> None:
    with pytest.raises(TooLarge):
        writer.submit(views(*"abcdefghijk"))


def test_a_poisoned_batch_fails_alone(gate: Gate, writer: Writer) -> None:
    good, bad = writer.submit(views("a", "b")), writer.submit(views(POISON))
    later = writer.submit(views("c"))
    gate.open()
    assert good.result() == [2, 3]
    assert later.result() == [4]
    with pytest.raises(Invalid, match="poison"):
        bad.result()


def test_one_poisoned_batch_among_many_costs_few_more_transactions() -> None:
    gate = Gate()
    with Writer(gate) as writer:
        writer.submit(views("first"))
        gate.entered.acquire()
        futures = [writer.submit(views(f"e{n}" if n != 700 else POISON)) for n in range(1_024)]
        gate.open()
        wait(futures)
    assert [n for n, future in enumerate(futures) if future.exception()] == [700]
    assert [entry.seq for entry in gate.read()] == list(range(1, 1_025))
    assert len(gate.groups) < 30


def test_a_failing_disk_fails_everybody_at_once_and_the_writer_lives_on(
    gate: Gate, writer: Writer
) -> None:
    gate.disk_full = True
    futures = [writer.submit(views(event_id)) for event_id in "abc"]
    gate.open()
    errors = [future.exception() for future in futures]
    assert all(isinstance(error, StoreUnavailable) for error in errors)
    assert len({id(error) for error in errors}) == 3  # whoever raises one does not touch another's
    assert gate.groups == [["first"], ["a", "b", "c"]]
    gate.disk_full = False
    assert writer.submit(views("a")).result() == [1]


def test_closing_writes_what_was_taken_and_takes_no_more() -> None:
    gate = Gate()
    writer = Writer(gate)
    futures = [writer.submit(views(event_id)) for event_id in "abc"]
    gate.open()
    writer.close()
    writer.close()
    assert [future.result() for future in futures] == [[1], [2], [3]]
    with pytest.raises(StoreUnavailable, match="closed"):
        writer.submit(views("d"))
    with pytest.raises(StoreUnavailable, match="closed"):
        writer.run(lambda: None)


def test_jobs_run_between_the_batches_on_the_one_writing_thread(gate: Gate, writer: Writer) -> None:
    seen: list[tuple[int, str]] = []

    def look() -> int:
        seen.append((gate.last_seq(), threading.current_thread().name))
        return len(seen)

    before = writer.submit(views("a"))
    first = writer.run(look)
    after = writer.submit(views("b"))
    second = writer.run(look)
    gate.open()
    assert (before.result(), first.result(), after.result(), second.result()) == ([2], 1, [3], 2)
    assert seen == [(2, "log-writer"), (3, "log-writer")]


def test_a_failing_job_is_its_callers_matter() -> None:
    with Writer(MemoryLog()) as writer:
        with pytest.raises(ZeroDivisionError):
            writer.run(lambda: 1 // 0).result()
        assert writer.submit(views("a")).result() == [1]


def test_a_checkpoint_is_a_job() -> None:
    with open_stores("memory://") as stores, Writer(stores.log) as writer:
        (seq,) = writer.submit(views("a")).result()
        assert seq is not None
        point = Checkpoint(seq=seq, version=1, statistics=b"")
        writer.run(lambda: stores.checkpoints.save(point)).result()
        cursor = stores.checkpoints.load()
        assert cursor is not None
        assert cursor.seq == 1


def test_a_group_is_delivered_once_and_its_futures_settle_in_seq_order() -> None:
    gate, delivered = Gate(), list[Callable[[], None]]()
    settled: list[int | None] = []

    def note(future: Future[list[int | None]]) -> None:
        settled.extend(future.result())

    writer = Writer(gate, deliver=delivered.append)
    for event_ids in (["first"], ["a", "b"], ["c"], ["d"]):
        writer.submit(views(*event_ids)).add_done_callback(note)
        if event_ids == ["first"]:
            gate.entered.acquire()
    gate.open()
    writer.close()
    assert (len(delivered), settled) == (2, [])
    for settle in delivered:
        settle()
    assert settled == [1, 2, 3, 4, 5]


def test_who_is_told_and_fails_keeps_nobody_else_from_being_told() -> None:
    gate, heard = Gate(), list[object]()

    def fail(_: object) -> None:
        raise ZeroDivisionError

    writer = Writer(gate)
    writer.submit(views("first"))
    gate.entered.acquire()
    writer.hand_over(views("a"), fail)
    writer.hand_over(views("b", "a"), heard.append)
    gate.open()
    writer.close()
    assert heard == [[3, None]]


def test_futures_are_settled_although_the_event_loop_is_gone() -> None:
    def deliver(_: Callable[[], None]) -> None:
        raise RuntimeError("Event loop is closed")

    with Writer(MemoryLog(), deliver=deliver) as writer:
        assert writer.submit(views("a")).result() == [1]


def test_what_was_taken_cannot_be_cancelled(gate: Gate, writer: Writer) -> None:
    future = writer.submit(views("a"))
    assert not future.cancel()
    gate.open()
    assert future.result() == [2]


def test_many_threads_get_every_event_in_once(tmp_path_factory: pytest.TempPathFactory) -> None:
    url = f"sqlite:///{tmp_path_factory.mktemp('log')}/log.db"
    with open_stores(url) as stores, Writer(stores.log, group_rows=100) as writer:

        def client(number: int) -> list[tuple[str, int | None]]:
            mine = [views(f"{number}-{n}", f"shared-{n}") for n in range(30)]
            answers = [writer.submit(batch).result() for batch in mine]
            return [
                (event.event_id, seq)
                for batch, seqs in zip(mine, answers, strict=True)
                for event, seq in zip(batch, seqs, strict=True)
            ]

        with ThreadPoolExecutor(16) as threads:
            told = [pair for pairs in threads.map(client, range(16)) for pair in pairs]
        entries: list[Logged] = stores.log.read()
    stored = {entry.event.event_id: entry.seq for entry in entries}
    assert sorted(stored.values()) == list(range(1, 16 * 30 + 30 + 1))
    assert {event_id: seq for event_id, seq in told if seq is not None} == stored
    assert sum(seq is not None for _, seq in told) == len(stored)


@pytest.mark.skipif(
    sys.platform != "linux", reason="elsewhere threads have no priority of their own"
)
def test_writing_is_less_urgent_than_whatever_asks_for_it() -> None:
    def urgency() -> int:
        return os.getpriority(os.PRIO_PROCESS, threading.get_native_id())

    with Writer(MemoryLog()) as writer:
        assert writer.run(urgency).result() == min(urgency() + YIELDS, LEAST_URGENT)
