"""The sellers' figures behind a running service: what stopping it promises."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path
from threading import Event as Flag
from typing import Any, cast

import pytest

from data.rolling import BATCH
from data.rollups import Rollup
from data.schemas import Event, Kind, Logged
from data.stores import EventLog, OpenWarehouse, Stores, Warehouse, open_stores, open_warehouse
from service.analytics import BEHIND, FEW, SOON, STEPS, TOGETHER, Analytics
from service.board import Board


class Slow:
    """Be a log, and its warehouse, whose reader waits until it is let go."""

    def __init__(self) -> None:
        self.asked, self.let_go = Flag(), Flag()
        self.closed = False
        self.closed_while_read = False
        self.newest = 0

    def last_seq(self) -> int:
        return self.newest

    def cursor(self) -> int:
        return 0

    def read(self, *_: int) -> list[Any]:
        self.asked.set()
        assert self.let_go.wait(30)
        self.closed_while_read = self.closed
        return []

    def close(self) -> None:
        self.closed = True


def test_stopping_waits_for_the_batch_under_way_before_its_connections_are_closed() -> None:
    slow = Slow()
    slow.newest = 1

    async def stop() -> None:
        opened = OpenWarehouse(cast("Warehouse", slow), slow.close)
        analytics = Analytics(cast("EventLog", slow), opened, Board(None))
        analytics.start()
        assert await asyncio.to_thread(slow.asked.wait, 30)
        closing = asyncio.create_task(analytics.close())
        for _ in range(10):
            await asyncio.sleep(0)
        assert not slow.closed
        slow.let_go.set()
        await closing

    asyncio.run(stop())
    assert slow.closed
    assert not slow.closed_while_read


def test_a_reader_waits_for_a_few_events_and_not_for_all_of_a_large_import() -> None:
    async def read(behind: int) -> tuple[bool, int]:
        slow = Slow()
        slow.newest = behind
        opened = OpenWarehouse(cast("Warehouse", slow), slow.close)
        analytics = Analytics(cast("EventLog", slow), opened, Board(None))
        reading = asyncio.create_task(analytics.read(lambda _: "figures"))
        assert await asyncio.to_thread(slow.asked.wait, 30)
        if behind > SOON:
            await reading  # while the batch under way is held
        await asyncio.sleep(0)
        early = reading.done()
        slow.let_go.set()
        found, pending = await reading
        assert found == "figures"
        await analytics.close()
        return early, pending

    assert asyncio.run(read(SOON)) == (False, SOON)
    assert asyncio.run(read(SOON + 1)) == (True, SOON + 1)


class Noting:
    """Be a log that notes how many events each reading asks for, and tells `heard` of it."""

    def __init__(self, log: EventLog, heard: Callable[[], None] = lambda: None) -> None:
        self._log, self._heard = log, heard
        self.asked: list[int] = []

    def last_seq(self) -> int:
        return self._log.last_seq()

    def read(self, after: int, limit: int) -> list[Logged]:
        self.asked.append(limit)
        self._heard()
        return self._log.read(after, limit)


def opens(stores: Stores, count: int, run: str = "e") -> None:
    stores.log.append(
        [
            Event(event_id=f"{run}{n}", kind=Kind.OPEN, at=n, seller_id="s", visitor=f"v{n}")
            for n in range(count)
        ]
    )


@pytest.mark.parametrize(
    ("behind", "step"), [(3 * FEW - 1, FEW), (2 * FEW, FEW), (STEPS * (FEW + 2), FEW + 2)]
)
def test_counting_goes_by_steps_that_hold_nobody_up(behind: int, step: int) -> None:
    async def roll(stores: Stores) -> list[int]:
        log, opened = Noting(stores.log), open_warehouse("memory://")
        analytics = Analytics(cast("EventLog", log), opened, Board(None))
        await analytics.start()
        assert opened.rollups.cursor() == behind
        await analytics.close()
        return log.asked

    with open_stores("memory://") as stores:
        opens(stores, behind)
        asked = asyncio.run(roll(stores))
    assert asked[0] == max(asked) == step


def test_a_few_steps_are_added_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    added: list[int] = []

    async def roll(stores: Stores) -> int:
        opened = open_warehouse("memory://")
        add = opened.rollups.add

        def noted(rollup: Rollup, after: int, seq: int) -> bool:
            added.append(seq - after)
            return add(rollup, after, seq)

        monkeypatch.setattr(opened.rollups, "add", noted)
        analytics = Analytics(stores.log, opened, Board(None))
        await analytics.start()
        cursor = opened.rollups.cursor()
        await analytics.close()
        return cursor

    with open_stores("memory://") as stores:
        opens(stores, (TOGETHER + 3) * FEW)
        assert asyncio.run(roll(stores)) == (TOGETHER + 3) * FEW
    assert added == [TOGETHER * FEW, 3 * FEW]


def test_who_comes_during_the_last_step_is_told_of_what_came_during_it() -> None:
    async def read(stores: Stores) -> tuple[int, int]:
        loop, last, let_go = asyncio.get_running_loop(), asyncio.Event(), Flag()

        def more() -> None:
            if len(log.asked) == 2:
                loop.call_soon_threadsafe(last.set)
                assert let_go.wait(30)

        log, opened = Noting(stores.log, more), open_warehouse("memory://")
        analytics = Analytics(cast("EventLog", log), opened, Board(None))
        analytics.start()
        await last.wait()
        opens(stores, 3 * FEW, "late")
        reading = asyncio.create_task(analytics.read(lambda warehouse: warehouse.cursor()))
        await asyncio.sleep(0)  # she waits from now on
        let_go.set()
        found = await reading
        await analytics.close()
        return found

    with open_stores("memory://") as stores:
        opens(stores, 2 * FEW)
        assert asyncio.run(read(stores)) == (5 * FEW, 0)


def test_counting_that_is_far_behind_takes_whole_batches() -> None:
    async def roll(stores: Stores) -> list[int]:
        loop, began = asyncio.get_running_loop(), asyncio.Event()
        log = Noting(stores.log, lambda: cast("None", loop.call_soon_threadsafe(began.set)))
        analytics = Analytics(cast("EventLog", log), open_warehouse("memory://"), Board(None))
        analytics.start()
        await began.wait()
        await analytics.close()
        return log.asked

    with open_stores("memory://") as stores:
        opens(stores, BEHIND + 1)
        assert asyncio.run(roll(stores))[0] == BATCH


def test_who_waits_for_the_figures_gets_the_rest_counted_at_once() -> None:
    async def read(stores: Stores) -> tuple[list[int], int]:
        loop, began = asyncio.get_running_loop(), asyncio.Event()
        log = Noting(stores.log, lambda: cast("None", loop.call_soon_threadsafe(began.set)))
        opened = open_warehouse("memory://")
        analytics = Analytics(cast("EventLog", log), opened, Board(None))
        analytics.start()
        await began.wait()  # the first small step is under way
        counted, left = await analytics.read(lambda warehouse: warehouse.cursor())
        assert left == 0
        await analytics.close()
        return log.asked, counted

    with open_stores("memory://") as stores:
        opens(stores, 100 * FEW)
        asked, counted = asyncio.run(read(stores))
    assert counted == 100 * FEW
    assert asked[0] == 100 * FEW // STEPS
    assert asked[-1] == BATCH
    assert len(asked) < STEPS


def test_one_process_at_rest_lets_another_in_a_hurry_count(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'log.db'}"

    async def read() -> tuple[int, list[int], list[int]]:
        loop, began = asyncio.get_running_loop(), asyncio.Event()
        with open_stores(url) as stores:
            opens(stores, 100 * FEW)
            calm = Noting(stores.log, lambda: cast("None", loop.call_soon_threadsafe(began.set)))
            hasty = Noting(stores.log)
            one, other = (
                Analytics(cast("EventLog", log), open_warehouse(url), Board(tmp_path))
                for log in (calm, hasty)
            )
            one.start()
            await began.wait()
            counted, _ = await other.read(lambda warehouse: warehouse.cursor())
            for analytics in (one, other):
                await analytics.close()
            return counted, calm.asked, hasty.asked

    counted, calm, hasty = asyncio.run(read())
    assert counted == 100 * FEW
    assert BATCH in hasty
    assert len(calm) < STEPS
