"""Shown lists on their way to the log: off the path of the reply, before all that may join to them.

A click names the list it was made in, and learning needs the propensity the list was shown with. So
lists are gathered for a moment and written together, but never behind an event that came later: the
writer is handed the lists first, and no event is acknowledged while it does not take them or has
failed to write them. So a click that was acknowledged has its list in the log.
"""

from __future__ import annotations

import asyncio
import logging
from bisect import bisect_left
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Final

from data.errors import Overloaded, Unavailable
from data.schemas import Event
from service.board import Board
from service.journal import Journal
from service.logs import log_line

Seqs = list[int | None]
GATHERED: Final = 128
"""Lists that are handed to the writer together at most; fewer if a transaction takes fewer."""
SECONDS: Final = 0.1
"""How long a list may wait for others."""
AGAIN_SECONDS: Final = 1.0
"""How long after the log took nothing it is asked again."""


class Impressions:
    """Gather lists and hand them to the log's writer in the order of their times."""

    def __init__(
        self,
        submit: Callable[[Sequence[Event]], asyncio.Future[Seqs]],
        journal: Journal | None,
        board: Board,
        most: int,
        group_rows: int,
    ) -> None:
        """Take what hands events to the writer; `most` lists may be on their way at a time.

        The board tells other processes which visitors' lists are on their way.
        """
        self._submit, self._journal, self._most = submit, journal, most
        self._board = board
        self._together = min(GATHERED, group_rows, most)
        self._waiting: list[Event] = []
        self._found: dict[str, Event] = {}  # all that are not in the log yet
        self._flying: dict[str, asyncio.Future[Seqs]] = {}  # what the writer has, by event
        self._showing: dict[str, Event] = {}  # the one to wait for, by visitor
        self._returned = 0  # how often lists came back from the writer
        self._timer: asyncio.TimerHandle | None = None

    def __len__(self) -> int:
        return len(self._waiting)

    def add(self, event: Event) -> bool:
        """Take a list that is about to be answered; say whether there was room."""
        if len(self._found) >= self._most:
            return False
        self._take(event)
        self._waiting.append(event)
        if len(self._waiting) == self._together:
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
        self._found[event.event_id] = event
        self._board.show(event.visitor)
        if event.visitor:
            self._showing[event.visitor] = event

    def _take_back(self, batch: list[Event]) -> None:
        """Let lists wait again, before later ones; there is room, since `add` counts them all."""
        self._returned += 1
        for event in batch:
            self._take(event)
        place = bisect_left(self._waiting, batch[0].at, key=lambda event: event.at)
        self._waiting[place:place] = batch

    def _wake(self, seconds: float) -> None:
        if self._timer is None:
            self._timer = asyncio.get_running_loop().call_later(seconds, self.hand_over)

    def hand_over(self) -> None:
        """Give the writer what waits, as far as it takes it; ask it again in a moment."""
        self._hand_over(self._together)

    def _hand_over(self, together: int) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        while self._waiting:
            batch = self._waiting[:together]
            try:
                done = self._submit(batch)
            except Unavailable:
                self._wake(AGAIN_SECONDS)
                return
            del self._waiting[: len(batch)]
            self._flying.update((event.event_id, done) for event in batch)
            self._tell_when_logged(batch, done)

    def _tell_when_logged(self, batch: list[Event], done: asyncio.Future[Seqs]) -> None:
        """Give up the journal's lines with the last batch of all: those that wait need theirs."""
        whole = self._journal is not None and not self._waiting
        token = self._journal.handed_over() if self._journal is not None and whole else None
        done.add_done_callback(lambda settled: self._logged(batch, token, settled))

    def _logged(self, batch: list[Event], token: int | None, settled: asyncio.Future[Seqs]) -> None:
        for event in batch:
            del self._found[event.event_id], self._flying[event.event_id]
            self._board.logged(event.visitor)
            if self._showing.get(event.visitor) is event:
                del self._showing[event.visitor]
        error = None if settled.cancelled() else settled.exception()
        if error is not None:
            self._not_logged(batch, error)
        if self._journal is not None and token is not None:
            self._journal.done(token)

    def _not_logged(self, batch: list[Event], error: BaseException) -> None:
        again = isinstance(error, Unavailable)
        one_by_one = not again and len(batch) > 1  # one that cannot be stored takes none along
        told = "recommendations_late" if again or one_by_one else "recommendations_lost"
        log_line(logging.ERROR, told, count=len(batch), error=type(error).__name__)
        if again:
            self._take_back(batch)
            self._wake(AGAIN_SECONDS)
        elif one_by_one:
            self._take_back(batch)
            self._hand_over(1)

    def find(self, seller_id: str, event_id: str) -> Event | None:
        """Return a seller's list that is not in the log yet."""
        found = self._found.get(event_id)
        return found if found is not None and found.seller_id == seller_id else None

    @contextmanager
    def ahead(self) -> Iterator[None]:
        """Hand over all that waits, before what the block hands over and waits for.

        Raises Overloaded before the block when the writer does not take them all, and behind it
        when some came back meanwhile.
        """
        if self._waiting:
            self.hand_over()
        if self._waiting:
            raise _late()
        returned = self._returned
        yield
        if self._returned != returned:
            raise _late()

    async def shown(self, visitor: str) -> None:
        """Wait until what this visitor was shown a moment ago stands in her profile.

        Raises Overloaded while the log does not take it.
        """
        if visitor not in self._showing:
            return
        with self.ahead():
            await asyncio.wait([self._flying[self._showing[visitor].event_id]])

    def close(self) -> None:
        """Let go of the journal; it stays for the next start if it is needed."""
        if self._timer is not None:
            self._timer.cancel()
        journal, self._journal = self._journal, None
        if journal is not None:
            journal.close(empty=not self._found)


def _late() -> Overloaded:
    return Overloaded("lists that were shown wait for the log", retry_after=AGAIN_SECONDS)
