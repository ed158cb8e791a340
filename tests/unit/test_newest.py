"""The log's newest entries in memory: whatever was told of them, each is read once, in order."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from data.newest import Newest
from data.schemas import Event, Kind, Logged


def event(number: int) -> Event:
    return Event(event_id=f"e{number}", kind=Kind.OPEN, at=number, seller_id="s")


class Counting:
    """Be a log that counts how often it is read."""

    def __init__(self) -> None:
        self.entries: list[Logged] = []
        self.reads = 0

    def add(self, count: int) -> list[Logged]:
        seq = len(self.entries)
        added = [Logged(seq + n, event(seq + n)) for n in range(1, count + 1)]
        self.entries += added
        return added

    def read(self, after: int = 0, limit: int = 10_000) -> list[Logged]:
        self.reads += 1
        return self.entries[after : after + limit]

    def last_seq(self) -> int:
        return len(self.entries)

    def find(self, seller_id: str, event_id: str) -> Logged | None:
        del seller_id
        return next((one for one in self.entries if one.event.event_id == event_id), None)


writes = st.tuples(st.just("write"), st.integers(1, 6), st.booleans())
reads = st.tuples(st.just("read"), st.integers(1, 7), st.booleans())


@given(steps=st.lists(writes | reads, max_size=40), keep=st.integers(1, 9))
def test_every_entry_is_read_once_and_in_order(
    steps: list[tuple[str, int, bool]], keep: int
) -> None:
    log = Counting()
    newest, found = Newest(log, keep), list[Logged]()

    def read(limit: int) -> list[Logged]:
        page = newest.read(found[-1].seq if found else 0, limit)
        assert len(page) <= limit
        found.extend(page)
        return page

    for step, count, told in steps:
        if step == "read":
            read(count)
            continue
        for logged in log.add(count):
            if told:
                newest.tell(logged)
    while read(3):
        pass
    assert found == log.entries


def test_what_was_told_is_not_read_from_the_log() -> None:
    log = Counting()
    newest = Newest(log)
    for logged in log.add(5):
        newest.tell(logged)
    assert newest.read(0, 3) == log.entries[:3]
    assert newest.read(3, 3) == log.entries[3:]
    assert log.reads == 0
    assert newest.read(5, 3) == []
    assert log.reads == 1


def test_where_some_were_not_told_only_those_are_read_from_the_log() -> None:
    log = Counting()
    newest = Newest(log)
    log.add(2)
    for logged in log.add(3):
        newest.tell(logged)
    assert newest.read(0, 9) == log.entries[:2]
    assert newest.read(2, 9) == log.entries[2:]
    assert log.reads == 1


def test_who_begins_elsewhere_reads_what_stands_there() -> None:
    log = Counting()
    newest = Newest(log)
    first, *rest = log.add(5)
    for logged in rest:
        newest.tell(logged)
    assert newest.read(3, 1) == log.entries[3:4]  # what is told of before is of no use any more
    assert newest.read(0, 2) == [first, rest[0]]
    assert newest.read(4, 9) == log.entries[4:]
    assert newest.last_seq() == 5
    assert newest.find("s", "e2") == rest[0]
