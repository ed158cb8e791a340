"""The sellers' figures behind a running service: what stopping it promises."""

from __future__ import annotations

import asyncio
from threading import Event as Flag
from typing import Any, cast

from data.stores import EventLog, OpenWarehouse, Warehouse
from service.analytics import SOON, Analytics
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
