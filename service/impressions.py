"""Shown lists on their way to the log: off the path of the reply, before all that may join to them.

A click names the list it was made in, and learning needs the propensity the list was shown with. So
lists are gathered for a moment and written together, but never behind an event that came later: the
writer is handed the lists first, and a click that was acknowledged has its list in the log.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Sequence
from typing import Final

from data.errors import Unavailable
from data.schemas import Event
from service.journal import Journal
from service.logs import log_line

Seqs = list[int | None]
GATHERED: Final = 128
"""Lists that are written together at most, but for those that came while the log was full."""
SECONDS: Final = 0.1
"""How long a list may wait for others."""
AGAIN_SECONDS: Final = 1.0
"""How long after the log took nothing it is asked again."""


class Impressions:
    """Gather lists and hand them to the log's writer, in the order they were shown."""

    def __init__(
        self,
        submit: Callable[[Sequence[Event]], asyncio.Future[Seqs]],
        journal: Journal | None,
        most: int,
    ) -> None:
        """Take what hands events to the writer; `most` lists wait while it takes none."""
        self._submit, self._journal, self._most = submit, journal, most
        self._waiting: list[Event] = []
        self._found: dict[str, Event] = {}  # all that are not in the log yet
        self._showing: dict[str, asyncio.Future[Seqs] | None] = {}  # the last one's, by visitor
        self._timer: asyncio.TimerHandle | None = None

    def __len__(self) -> int:
        return len(self._waiting)

    def add(self, event: Event) -> bool:
        """Take a list that is about to be answered; say whether there was room."""
        if len(self._waiting) >= self._most:
            return False
        self._take(event)
        if len(self._waiting) == GATHERED:
            self.hand_over()
        else:
            self._wake(SECONDS)
        return True

    def _take(self, event: Event) -> None:
        if self._journal is not None:
            try:
                self._journal.add(event)
            except OSError as error:  # a full disk: the list may still reach the log
                log_line(logging.ERROR, "journal_not_written", error=str(error))
        self._waiting.append(event)
        self._found[event.event_id] = event
        if event.visitor:
            self._showing[event.visitor] = None

    def _wake(self, seconds: float) -> None:
        if self._timer is None:
            self._timer = asyncio.get_running_loop().call_later(seconds, self.hand_over)

    def hand_over(self) -> None:
        """Give the writer all that waits; when it takes nothing now, try again in a moment."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if not self._waiting:
            return
        batch = self._waiting
        try:
            done = self._submit(batch)
        except Unavailable:
            self._wake(AGAIN_SECONDS)
            return
        self._waiting = []
        token = self._journal.handed_over() if self._journal is not None else 0
        for event in batch:
            if event.visitor:
                self._showing[event.visitor] = done
        done.add_done_callback(lambda settled: self._logged(batch, token, settled))

    def _logged(self, batch: list[Event], token: int, settled: asyncio.Future[Seqs]) -> None:
        for event in batch:
            self._found.pop(event.event_id, None)
            if self._showing.get(event.visitor) is settled:
                del self._showing[event.visitor]
        error = None if settled.cancelled() else settled.exception()
        if error is not None:
            again = isinstance(error, Unavailable)
            ids = [event.event_id for event in batch]
            told = "recommendations_late" if again else "recommendations_lost"
            log_line(logging.ERROR, told, ids=ids, error=type(error).__name__)
            for event in batch if again else ():
                self._take(event)
            self._wake(AGAIN_SECONDS)
        if self._journal is not None:
            self._journal.done(token)

    def find(self, event_id: str) -> Event | None:
        """Return a list that is not in the log yet."""
        return self._found.get(event_id)

    async def shown(self, visitor: str) -> None:
        """Wait until what this visitor was shown a moment ago stands in her profile."""
        if visitor not in self._showing:
            return
        self.hand_over()
        if (done := self._showing.get(visitor)) is not None:
            await asyncio.wait([done])

    def close(self) -> None:
        """Let go of the journal; it stays for the next start if it is needed."""
        if self._timer is not None:
            self._timer.cancel()
        journal, self._journal = self._journal, None
        if journal is not None:
            journal.close(empty=not self._found)
