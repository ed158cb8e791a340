"""The log into the state, entry by entry in `seq` order, on the event loop's thread only.

What this process wrote is folded as soon as it is on disk; where another process wrote in between,
its entries are read and folded first. Who handed events in is answered when they are folded.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Collection, Sequence
from copy import copy
from typing import Final

from data.errors import SmartcardError, Unavailable
from data.newest import Newest
from data.schemas import Event, Logged
from data.state import State
from data.stores import EventLog
from service.board import Board
from service.logs import log_line

Seqs = list[int | None]
READ_AT_ONCE: Final = 1_000
"""Entries of other processes folded between two looks at the requests that wait."""
FOLLOW_SECONDS: Final = 0.1
"""How often to look whether another process has acknowledged something."""


class Folding:
    """Own the state of one process, and how far in the log it stands."""

    def __init__(self, log: EventLog, newest: Newest, board: Board) -> None:
        """Hold an empty state; `begin` puts a restored one in its place.

        `newest` is told what this process wrote.
        """
        self.state = State()
        self.seq = 0  # the last entry that was handed to the state
        self._log, self._newest, self._board = log, newest, board
        self._waiting: list[tuple[int, asyncio.Future[Seqs], Seqs]] = []
        self._catching_up: asyncio.Task[None] | None = None

    def begin(self, state: State) -> None:
        """Go on from a restored state."""
        self.state, self.seq = state, state.seq

    def committed(
        self, events: Sequence[Event], done: asyncio.Future[Seqs], seqs: Seqs | Exception
    ) -> None:
        """Fold what the writer has just put on disk; runs on the loop's thread, in seq order."""
        if isinstance(seqs, Exception):
            if not done.cancelled():
                done.set_exception(seqs)
            return
        try:
            last = self._fold_own(events, seqs)
        except Exception as error:  # on disk, but not to be folded: whoever waits is told
            log_line(logging.ERROR, "not_folded", after=self.seq, error=repr(error))
            if not done.cancelled():
                done.set_exception(error)
            return
        if last and not self._board.alone:
            self._board.tell((event.visitor for event in events), last)
        if last > self.seq:  # another process wrote in between, too: its rows go first
            self._waiting.append((last, done, seqs))
            self._start_catching_up()
        elif not done.cancelled():
            done.set_result(seqs)

    async def abreast(self, visitors: Collection[str] = ()) -> None:
        """Fold what other processes have acknowledged so far of these visitors, or of anybody.

        While the log cannot be read it stays at what is folded.
        """
        newest = max(map(self._board.newest, visitors or ("",)))
        for _ in range(2):  # a reading that is under way may have begun before
            if self.seq < newest:
                await self.catch_up()

    async def follow(self) -> None:
        """Fold what other processes acknowledge, soon after they do, for ever."""
        while True:
            await asyncio.sleep(FOLLOW_SECONDS)
            if not self._board.alone and self._board.newest() > self.seq:
                await self.catch_up()

    async def follow_log(self) -> None:
        """Fold what the log has that no board tells of."""
        last = await asyncio.to_thread(self._log.last_seq)
        if last > self.seq:
            await self.catch_up()

    async def catch_up(self) -> None:
        """Fold what other processes have put into the log."""
        await self._start_catching_up()

    def _start_catching_up(self) -> asyncio.Task[None]:
        if self._catching_up is None or self._catching_up.done():
            self._catching_up = asyncio.create_task(self._read_on())
        return self._catching_up

    async def _read_on(self) -> None:
        try:
            while True:
                rows = await asyncio.to_thread(self._log.read, self.seq, READ_AT_ONCE)
                try:
                    for logged in rows:
                        if logged.seq > self.seq:
                            self._fold(logged)
                finally:
                    self._board.stand(self.seq)
                self._release()
                if len(rows) < READ_AT_ONCE and not self._waiting:
                    return
        except SmartcardError as error:
            log_line(logging.ERROR, "log_not_read", after=self.seq, error=str(error))
            self._refuse(error)
        except Exception as error:  # nobody waits for ever, whatever went wrong
            log_line(logging.ERROR, "not_folded", after=self.seq, error=repr(error))
            self._refuse(error)

    def _fold_own(self, events: Sequence[Event], seqs: Seqs) -> int:
        """Fold what follows on what is folded; return the last seq of all, 0 for duplicates."""
        last, alone = 0, self._board.alone  # else most of what follows is other processes'
        try:
            for event, seq in zip(events, seqs, strict=True):
                if seq is not None:
                    last = seq
                    if seq == self.seq + 1:
                        self._fold(logged := Logged(seq, event))
                        if alone:
                            self._newest.tell(logged)
        except Unavailable:  # what the state had to read first is read again: catching up
            last = max(seq for seq in seqs if seq is not None)
        finally:
            self._board.stand(self.seq)
        return last

    def _fold(self, logged: Logged) -> None:
        """Fold one entry. Raises Unavailable, and changes nothing, when the store does not answer.

        The state reads profiles and shelves when they are needed, before it changes anything. The
        board is to be told then.
        """
        state = self.state
        unreadable = state.unreadable
        state.apply(logged)
        self.seq = logged.seq
        if state.unreadable > unreadable:
            kind = logged.event.kind
            log_line(logging.ERROR, "entry_not_folded", seq=logged.seq, kind=kind)

    def _refuse(self, error: Exception) -> None:
        """Tell those whose events are not folded why."""
        for _, done, _ in self._waiting:
            if not done.cancelled():
                done.set_exception(copy(error))
        self._waiting.clear()

    def _release(self) -> None:
        """Answer those whose events are folded by now."""
        late = [waiter for waiter in self._waiting if waiter[0] > self.seq]
        for last, done, seqs in self._waiting:
            if last <= self.seq and not done.cancelled():
                done.set_result(seqs)
        self._waiting = late
