"""The sellers' figures in a running service: rolled up behind the log, read off the event loop."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from functools import partial
from typing import Final, TypeVar

from data.errors import StoreUnavailable
from data.newest import KEPT, Newest
from data.rolling import BATCH, Roller
from data.rollups import seller_key
from data.stores import LogReader, OpenWarehouse, Warehouse
from service.board import Board
from service.logs import log_line
from service.siblings import MOMENT_S

T = TypeVar("T")
PATIENCE_S: Final = 2.0
"""How long a reader waits for the newest events to be counted."""
SOON: Final = 2 * BATCH
"""So many events are counted well within that; behind a large import nobody waits in vain."""
BEHIND: Final = KEPT // 2
"""From so many on it counts at full speed, while what waits is in memory still."""
COUNT_EVERY_S: Final = 60.0
FEW: Final = 50
"""Events summed in one step while nobody waits for them: requests are held up as briefly."""
STEPS: Final = 50
"""What is left is meant to be summed in so many steps, if these are not smaller than `FEW`."""
TOGETHER: Final = 40
"""So many steps are added to the warehouse at once: a row costs less in a larger batch."""
REST: Final = 9.0
"""So many times what a step took pass before the next: counting takes a tenth of the time."""


class Analytics:
    """Keep one warehouse up to date and answer from it."""

    def __init__(self, log: LogReader, opened: OpenWarehouse, board: Board) -> None:
        """Take the log, the warehouse that belongs to it, and who else may roll it up."""
        self.newest = Newest(log)
        """What whoever writes to the log tells, so that it need not be read for the figures."""
        self._roller, self._opened = Roller(self.newest, opened.rollups), opened
        self._board = board
        self._task: asyncio.Task[None] | None = None
        self._awaited = 0  # by so many who will not wait for a counting in no haste
        self._hurry = asyncio.Event()
        self._people: dict[int, int] = {}
        self._counted_at = -COUNT_EVERY_S
        self._closing = False
        self._took = 0.0  # seconds, the last step

    def start(self) -> asyncio.Task[None]:
        """Roll up what is new in the background; one pass at a time."""
        if self._task is None or self._task.done():
            self._task = asyncio.create_task(self._roll())
        return self._task

    async def read(self, job: Callable[[Warehouse], T]) -> tuple[T, int]:
        """Run a reading job over the newest figures; tell how many events are not in them yet."""
        with self._hurrying():
            rolling = self.start()
            if await asyncio.to_thread(self._roller.pending) <= SOON:
                await asyncio.wait({rolling}, timeout=PATIENCE_S)
        found = await asyncio.to_thread(job, self._opened.rollups)
        return found, await asyncio.to_thread(self._roller.pending)

    async def settled(self) -> None:
        """Wait until all that is in the log now is counted, or counting it has failed."""
        with self._hurrying():
            if self._task is not None:
                await asyncio.wait({self._task})  # may have looked at the log before now
            await asyncio.wait({self.start()})

    async def forgotten(self, seq: int) -> None:
        """Wait until an erasure is counted and nothing of before is left in the warehouse's files.

        Raises StoreUnavailable when that could not be done.
        """
        await self.settled()
        rollups = self._opened.rollups
        if await asyncio.to_thread(rollups.cursor) < seq:
            raise StoreUnavailable("the figures are not rolled up up to the erasure")
        await asyncio.to_thread(rollups.sweep)

    def visitors_of(self, seller_id: str) -> int:
        """Return how many visitors a seller is known to have, as counted in the last minute."""
        return self._people.get(seller_key(seller_id), 0)

    async def close(self) -> None:
        """Stop rolling up and close the warehouse; the next start goes on from where it stands.

        The batch under way is waited for: its thread reads connections that are closed after it.
        """
        self._closing = True
        self._hurry.set()
        if self._task is not None:
            await asyncio.wait({self._task})  # what went wrong in it is told by itself
        await asyncio.to_thread(self._opened.close)

    @contextmanager
    def _hurrying(self) -> Iterator[None]:
        """Count at full speed inside: somebody waits for it."""
        self._awaited += 1
        self._hurry.set()
        try:
            yield
        finally:
            self._awaited -= 1
            if not (self._awaited or self._closing):
                self._hurry.clear()

    async def _roll(self) -> None:
        try:
            await self._roll_up()
            if self._closing:
                return
            now = asyncio.get_running_loop().time()
            if now - self._counted_at >= COUNT_EVERY_S:
                self._people = await asyncio.to_thread(self._opened.rollups.people)
                self._counted_at = now
        except Exception as error:
            log_line(logging.ERROR, "not_rolled_up", error=f"{type(error).__name__}: {error}")

    async def _roll_up(self) -> None:
        """Roll up to the end of the log, a few events at a time unless it is in a hurry.

        A few steps are one process's turn: one in a hurry goes on between the turns of one at rest.
        """
        left = await asyncio.to_thread(self._roller.pending)
        while left > 0 and not self._closing:
            with self._board.turn("figures") as mine:
                if mine:
                    left = await self._turn(left)
            if not mine:  # another process is at it
                await asyncio.sleep(MOMENT_S)
            elif 0 < left <= BEHIND:
                await self._rest()
            found = await asyncio.to_thread(self._roller.pending)
            # who waits may know of what came meanwhile; the rest of it is for the next pass
            if not mine or found > BEHIND or self._hurry.is_set():
                left = found

    async def _turn(self, left: int) -> int:
        """Sum some of the events that are left and add them; return how many are left then."""
        haste = self._hurry.is_set() or left > BEHIND
        at_once = BATCH if haste else max(FEW, left // STEPS)
        for _ in range(TOGETHER):
            done = await self._step(partial(self._roller.take, at_once))
            left = left - done if done else 0
            if haste or left <= 0 or self._hurry.is_set():
                break
            await self._rest()
        await self._step(self._roller.put)
        return left

    async def _step(self, job: Callable[[], T]) -> T:
        """Do a part of the work beside the event loop, and take note of how long it took."""
        now = asyncio.get_running_loop().time
        begun = now()
        done = await asyncio.to_thread(job)
        self._took = now() - begun
        return done

    async def _rest(self) -> None:
        """Let requests go on for a while, unless somebody waits for the figures."""
        with suppress(TimeoutError):
            await asyncio.wait_for(self._hurry.wait(), REST * self._took)
