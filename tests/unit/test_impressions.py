"""Shown lists on their way: in small batches, in order, and back again when the log fails."""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Callable, Coroutine, Sequence
from pathlib import Path

import msgspec
import pytest

from data.errors import Invalid, Overloaded, StoreUnavailable
from data.schemas import Event, Kind
from service.board import Board
from service.impressions import Impressions
from service.journal import Journal, left_behind

Seqs = list[int | None]


def shown(number: int, seller_id: str = "s") -> Event:
    return Event(
        event_id=f"rec_{number}",
        kind=Kind.RECOMMENDATION,
        at=number,
        seller_id=seller_id,
        visitor=f"v{number}",
        payload=msgspec.Raw(b"{}"),
    )


class Log:
    """Take events while there is room, and settle them when told."""

    def __init__(self, room: int) -> None:
        self.room = room
        self.batches: list[tuple[list[str], asyncio.Future[Seqs]]] = []
        self.logged: list[str] = []

    def submit(self, events: Sequence[Event]) -> asyncio.Future[Seqs]:
        if len(events) > self.room:
            raise Overloaded("full")
        self.room -= len(events)
        done: asyncio.Future[Seqs] = asyncio.get_running_loop().create_future()
        self.batches.append(([event.event_id for event in events], done))
        return done

    async def settle(self, fails: Callable[[list[str]], Exception | None] = lambda _: None) -> None:
        """Settle what was taken so far, and let the news go round."""
        settled, self.batches = self.batches, []
        for ids, done in settled:
            self.room += len(ids)
            if (error := fails(ids)) is not None:
                done.set_exception(error)
            else:
                self.logged += ids
                done.set_result([None] * len(ids))
        await asyncio.sleep(0)

    @property
    def sizes(self) -> list[int]:
        return [len(ids) for ids, _ in self.batches]


def names(*numbers: int) -> list[str]:
    return [f"rec_{number}" for number in numbers]


def run(test: Callable[[], Coroutine[None, None, None]]) -> None:
    asyncio.run(test())


def test_lists_go_in_batches_as_far_as_there_is_room_and_none_is_without_a_line(
    tmp_path: Path,
) -> None:
    async def test() -> None:
        log = Log(room=0)
        lists = Impressions(log.submit, Journal(tmp_path, "x"), Board(None), most=20, group_rows=4)
        assert [lists.add(shown(n)) for n in range(21)] == [True] * 20 + [False]
        log.room = 9
        lists.hand_over()
        assert log.sizes == [4, 4]
        assert not lists.add(shown(21)), "those with the writer may come back"
        await log.settle()
        assert [lists.add(shown(n)) for n in (21, 22)] == [True, True]
        lists.close()
        left = {event.event_id for _, events in left_behind(tmp_path) for event in events}
        assert left >= set(names(*range(8, 20), 21, 22))
        log.room = 99
        lists.hand_over()
        await log.settle()
        assert log.logged == names(*range(20), 21, 22)

    run(test)


def test_what_the_log_fails_to_write_waits_again_in_its_place(tmp_path: Path) -> None:
    async def test() -> None:
        log = Log(room=99)
        lists = Impressions(log.submit, Journal(tmp_path, "x"), Board(None), most=6, group_rows=2)
        for number in range(6):
            lists.add(shown(number))
        assert log.sizes == [2, 2, 2]
        for _ in range(3):
            await log.settle(lambda _: StoreUnavailable("down"))
            assert len(lists) == 6
            assert not lists.add(shown(6))
            lists.hand_over()
        await log.settle()
        assert log.logged == names(*range(6))
        lists.close()
        assert list(tmp_path.iterdir()) == []

    run(test)


def test_one_that_cannot_be_stored_takes_no_other_along(caplog: pytest.LogCaptureFixture) -> None:
    def bad(ids: list[str]) -> Exception | None:
        return Invalid("not storable") if "rec_3" in ids else None

    async def test() -> None:
        log = Log(room=99)
        lists = Impressions(log.submit, None, Board(None), most=99, group_rows=8)
        for number in range(8):
            lists.add(shown(number))
        await log.settle(bad)
        assert log.sizes == [1] * 8
        await log.settle(bad)
        assert log.logged == names(0, 1, 2, 4, 5, 6, 7)
        assert lists.find("s", "rec_3") is None
        lists.hand_over()
        assert log.sizes == []

    with caplog.at_level(logging.ERROR, "smartcard.service"):
        run(test)
    told = [json.loads(record.message) for record in caplog.records]
    assert told == [
        {"event": "recommendations_late", "count": 8, "error": "Invalid"},
        {"event": "recommendations_lost", "count": 1, "error": "Invalid"},
    ]


def test_nothing_goes_by_lists_that_the_log_does_not_take_or_gives_back() -> None:
    async def test() -> None:
        log = Log(room=0)
        lists = Impressions(log.submit, None, Board(None), most=99, group_rows=8)
        lists.add(shown(1))
        with pytest.raises(Overloaded), lists.ahead():
            raise AssertionError("it went by")
        log.room = 99
        with lists.ahead():
            assert log.sizes == [1]
            await log.settle()
        lists.add(shown(2))
        with pytest.raises(Overloaded), lists.ahead():
            await log.settle(lambda _: StoreUnavailable("down"))

    run(test)


def test_who_was_shown_a_list_waits_for_the_last_of_hers() -> None:
    async def test() -> None:
        log = Log(room=1)
        lists = Impressions(log.submit, None, Board(None), most=99, group_rows=1)
        for number in (1, 2):
            lists.add(msgspec.structs.replace(shown(number), visitor="v"))
        await lists.shown("somebody else")
        with pytest.raises(Overloaded):
            await lists.shown("v")
        await log.settle()
        waits = asyncio.create_task(lists.shown("v"))
        await asyncio.sleep(0)
        assert not waits.done()
        await log.settle()
        await waits
        assert log.logged == names(1, 2)

    run(test)


def test_a_list_on_its_way_is_found_by_its_seller_alone() -> None:
    async def test() -> None:
        lists = Impressions(Log(room=0).submit, None, Board(None), most=99, group_rows=8)
        lists.add(shown(1, "mine"))
        assert lists.find("mine", "rec_1") == shown(1, "mine")
        assert lists.find("other", "rec_1") is None

    run(test)
