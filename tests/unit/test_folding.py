"""What one process wrote, folded: and told to whoever follows the log, so that it is not read."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from data.newest import Newest
from data.schemas import Event, Kind, Logged
from data.state import State
from data.stores.memory import MemoryLog
from service.board import Board
from service.folding import Folding, Seqs


class Unread(MemoryLog):
    """Be a log that nobody may read."""

    def read(self, after: int = 0, limit: int = 10_000) -> list[Logged]:
        raise AssertionError(f"read from {after}, {limit} entries")


def committed(folding: Folding, log: MemoryLog, events: list[Event]) -> None:
    async def commit() -> Seqs:
        done: asyncio.Future[Seqs] = asyncio.get_running_loop().create_future()
        folding.committed(events, done, log.append(events))
        return await done

    asyncio.run(commit())


def event(number: int) -> Event:
    return Event(event_id=f"e{number}", kind=Kind.OPEN, at=number, seller_id="s", visitor="v")


def test_what_this_process_wrote_is_told_and_doubles_are_not() -> None:
    log, board = Unread(), Board(None)
    board.join()
    newest = Newest(log)
    folding = Folding(log, newest, board)
    committed(folding, log, [event(1), event(1), event(2)])
    committed(folding, log, [event(2), event(3)])
    assert newest.read(0, 3) == [Logged(seq, event(seq)) for seq in (1, 2, 3)]
    assert folding.seq == 3


def test_beside_another_process_nothing_is_told(tmp_path: Path) -> None:
    log, one, other = Unread(), Board(tmp_path), Board(tmp_path)
    one.join()
    other.join()
    newest = Newest(log)
    committed(Folding(log, newest, one), log, [event(1)])
    with pytest.raises(AssertionError, match="read from 0"):
        newest.read(0, 1)
    one.leave()
    other.leave()


def test_whoever_waits_is_told_that_an_entry_cannot_be_folded() -> None:
    class Broken(State):
        def apply(self, logged: Logged) -> None:
            raise ZeroDivisionError(logged.seq)

    log, board = MemoryLog(), Board(None)
    board.join()
    folding = Folding(log, Newest(log), board)
    folding.begin(Broken())
    for number in (1, 2):  # the second waits for the first
        with pytest.raises(ZeroDivisionError):
            committed(folding, log, [event(number)])
    assert log.last_seq() == 2, "both are on disk"
