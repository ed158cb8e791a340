"""The newest entries of a log, as they are in memory anyway: read from there, once."""

from __future__ import annotations

from collections import deque
from contextlib import suppress
from typing import Final

from data.schemas import Logged
from data.stores.ports import LogReader

KEPT: Final = 10_000
"""Entries kept at most; those that come while so many wait are read from the log."""


class Newest:
    """Read a log, its newest entries from memory while one reader goes on from entry to entry.

    One thread tells, one reads. What was read is let go.
    """

    def __init__(self, log: LogReader, keep: int = KEPT) -> None:
        """Take the log itself, in which everything stands before it is told here."""
        self._log, self._keep = log, keep
        self._entries: deque[Logged] = deque()

    def tell(self, logged: Logged) -> None:
        """Keep an entry that is in the log, behind those told before."""
        if len(self._entries) < self._keep:
            self._entries.append(logged)

    def read(self, after: int = 0, limit: int = 10_000) -> list[Logged]:
        """Return the next entries, in seq order: up to `limit`, none at the log's end alone."""
        found: list[Logged] = []
        entries = self._entries
        with suppress(IndexError):  # nothing more is told
            while len(found) < limit:
                one = entries.popleft()
                if one.seq == after + 1:
                    found.append(one)
                    after = one.seq
                elif one.seq > after:  # some in between was not told: read up to here
                    entries.appendleft(one)
                    limit = min(limit, one.seq - after - 1)
                    break
        return found or self._log.read(after, limit)

    def last_seq(self) -> int:
        """Return the seq of the log's newest entry."""
        return self._log.last_seq()

    def find(self, seller_id: str, event_id: str) -> Logged | None:
        """Return the entry of this id at this seller."""
        return self._log.find(seller_id, event_id)
