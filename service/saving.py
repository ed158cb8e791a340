"""Checkpoints of one state that several processes hold: saved by turns, exact for all of them.

Each process folds the whole log, so what one saves at an entry is what all others have to save up
to it. But profiles and shelves are read from the store when they are needed: a process that stood
before that entry would fold what comes up to it into them twice. So whoever saves waits until all
stand there, and the others let go of what they had set apart before.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import Future
from functools import partial
from typing import Final

from data.state import LAYOUT, State
from data.stores import Checkpoint, Checkpoints
from service.siblings import Siblings

Run = Callable[[Callable[[], None]], "Future[None]"]

EARLY_EVENTS: Final = 250
"""As many are saved before they are due: many small saves hold nobody up, a large one does."""
REST: Final = 100.0
"""So many times the processor time of a save pass before an early one: these take 1 % at most."""


class Saver:
    """Save the state of one process, or take note that another has."""

    def __init__(
        self,
        state: State,
        checkpoints: Checkpoints,
        run: Run,
        siblings: Siblings,
        clock: Callable[[], float],
        cpu: Callable[[], float],
        *,
        most_events: int,
        most_seconds: float,
    ) -> None:
        """Take what runs a job on the writing connection, and what is left unsaved at most.

        `clock` tells seconds from any moment on, `cpu` those that the calling thread has used.
        """
        self._state, self._checkpoints, self._run = state, checkpoints, run
        self._siblings, self._board = siblings, siblings.board
        self._most_events, self._most_seconds = most_events, most_seconds
        self._saving = asyncio.Lock()
        self._apart: int | None = None  # up to where changes were set apart
        self._clock, self._cpu = clock, cpu
        self._saved, self._at = 0, 0.0  # seq and time of the last checkpoint
        self._took = 0.0  # processor seconds that the last one of this process took

    async def start(self) -> None:
        """Look up where the stored checkpoint stands, before anybody else can save another."""
        cursor = await asyncio.to_thread(self._checkpoints.load)
        known = cursor is not None and cursor.version == LAYOUT
        self._is_saved(cursor.seq if cursor is not None and known else 0)
        self._board.saved = self._saved

    async def look_after(self) -> None:
        """Save if it is time, let go of what another process has saved."""
        self._note()
        grown, waited = self._state.seq - self._saved, self._clock() - self._at
        due = grown >= self._most_events or (grown > 0 and waited >= self._most_seconds)
        if due or (grown >= EARLY_EVENTS and waited >= REST * self._took):
            await self.save()

    async def save(self) -> None:
        """See to it that all that is folded by now is saved; what fails goes along with the next.

        It is saved behind the events that wait. Raises StoreUnavailable.
        """
        wanted = self._state.seq
        async with self._saving, self._siblings.turn("save"):
            self._note()
            if self._saved < wanted:
                await self._save()

    async def _save(self) -> None:
        begun = self._cpu()
        checkpoint = self._state.checkpoint()
        self._took = self._cpu() - begun
        self._apart = checkpoint.seq
        await self._siblings.folded(checkpoint.seq)
        await asyncio.wrap_future(self._run(partial(self._store, checkpoint)))
        self._let_go()
        self._is_saved(checkpoint.seq)
        self._board.saved = checkpoint.seq

    def _store(self, checkpoint: Checkpoint) -> None:
        """Write a checkpoint; on the writing thread, while the loop waits for it."""
        begun = self._cpu()
        self._checkpoints.save(checkpoint)
        self._took += self._cpu() - begun

    def _note(self) -> None:
        """Let go of what stood apart when it is saved, and set apart what has come since."""
        saved = self._board.saved
        if saved > self._saved:
            self._is_saved(saved)
        if self._apart is not None and self._apart <= saved:
            self._let_go()
        if self._apart is None and not self._board.alone:
            self._state.set_apart()
            self._apart = self._state.seq

    def _let_go(self) -> None:
        self._state.saved()
        self._apart = None

    def _is_saved(self, seq: int) -> None:
        self._saved, self._at = seq, self._clock()
