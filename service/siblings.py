"""Waiting for the other processes that serve the same store; alone, nothing waits."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Collection
from contextlib import asynccontextmanager
from typing import Final
from zlib import crc32

from data.errors import Overloaded, StoreUnavailable
from service.board import ALL, Board, bucket

MOMENT_S: Final = 0.01
LOOK_S: Final = 0.2
"""How long a process is waited for before it is asked whether it lives."""
SHOWN_S: Final = 2.0
"""How long a request waits for lists that another process has shown."""
FOLDED_S: Final = 30.0
"""How long a checkpoint waits for the others; a process that is starting may take that long."""
EDITORS: Final = 256
"""Whose things are edited is told apart by so many turns; two who share one wait now and then."""


class Siblings:
    """Wait on the board, always beside the event loop's other work."""

    def __init__(self, board: Board) -> None:
        """Take the board of this process."""
        self.board = board
        self._edits = [asyncio.Lock() for _ in range(EDITORS)]

    async def join(self) -> None:
        """Join the board; nobody saves meanwhile, nor until this process has caught up."""
        async with self.turn("save"):
            await asyncio.to_thread(self.board.join)

    @asynccontextmanager
    async def turn(self, name: str) -> AsyncIterator[None]:
        """Wait for a turn that one process has at a time, and hold it."""
        while True:
            with self.board.turn(name) as mine:
                if mine:
                    yield
                    return
            await asyncio.sleep(MOMENT_S)

    @asynccontextmanager
    async def edits(self, whose: str) -> AsyncIterator[None]:
        """Wait for the turn to edit somebody's things, first come, first served; hold it."""
        place = crc32(whose.encode()) % EDITORS
        async with self._edits[place], self.turn(f"edit-{place}"):
            yield

    async def folded(self, seq: int) -> None:
        """Wait until all have folded the log up to an entry. Raises StoreUnavailable."""
        if await self._until(lambda: not self.board.behind(seq), FOLDED_S):
            return
        raise StoreUnavailable("another process does not keep up with the log")

    async def logged(self, visitors: Collection[str] | None = None) -> None:
        """Wait until lists that others have shown these visitors, or anybody, are in the log.

        Raises Overloaded while the log does not take them.
        """
        if self.board.alone:
            return
        places = {ALL} if visitors is None else {bucket(visitor) for visitor in visitors if visitor}
        marks = [mark for place in places for mark in self.board.unlogged(place)]
        if not await self._until(lambda: not any(map(self.board.pending, marks)), SHOWN_S):
            raise Overloaded("lists that were shown wait for the log", retry_after=1)

    async def _until(self, done: Callable[[], bool], patience: float) -> bool:
        loop = asyncio.get_running_loop()
        begun = looked = loop.time()
        while not done():
            now = loop.time()
            if now - begun > patience:
                return False
            if now - looked > LOOK_S:
                looked = now
                await asyncio.to_thread(self.board.look)
            await asyncio.sleep(MOMENT_S)
        return True
