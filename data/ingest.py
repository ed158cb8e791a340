"""The way into the log: one thread that commits what many callers hand in, in groups.

While one group is being synced to disk the next one gathers; so a commit's wait is shared by all
who came meanwhile, and nobody waits for a timer.
"""

from __future__ import annotations

import logging
import os
import sys
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from copy import copy
from dataclasses import dataclass
from functools import partial
from threading import Condition, Thread, get_native_id
from typing import TYPE_CHECKING, Any, Final, Self, TypeAlias, TypeVar, cast

from data.errors import Overloaded, StoreUnavailable, TooLarge

if TYPE_CHECKING:
    from data.schemas import Event
    from data.stores import EventLog

T = TypeVar("T")
_logger: Final = logging.getLogger(__name__)
Seqs: TypeAlias = "list[int | None]"
Settle: TypeAlias = Callable[[], None]

YIELDS: Final = 5
"""How much less urgent writing is than answering, as a nice value: a quarter of a contested core.

No less than that: what it holds, such as the interpreter's lock, others wait for.
"""
LEAST_URGENT: Final = 19
"""The highest nice value there is."""

RETRY_AFTER: Final = 1.0
"""Seconds to wait after `Overloaded`: a full queue at its default size drains in about that."""


@dataclass(frozen=True, slots=True)
class _Batch:
    """Events of one caller: written together, or not at all; `told` hears how it went."""

    events: Sequence[Event]
    told: Callable[[Seqs | Exception], object]


@dataclass(frozen=True, slots=True)
class _Job:
    """Something else that needs the writing connection."""

    run: Callable[[], Any]
    told: Callable[[Any], object]


class Writer:
    """Own the writing side of a log: the only thread of the process that writes to the store.

    Futures are settled in seq order, by `deliver(settle)` once per group: give it the event loop's
    `call_soon_threadsafe` to have that done on the loop's thread with one wake-up per group.
    """

    def __init__(
        self,
        log: EventLog,
        *,
        queue_events: int = 20_000,
        group_rows: int = 2_000,
        deliver: Callable[[Settle], object] | None = None,
    ) -> None:
        self._log = log
        self._queue_events = queue_events
        self._group_rows = group_rows
        self._deliver = deliver
        self._waiting = 0
        self._open = True
        self._tasks: deque[_Batch | _Job] = deque()
        self._changed = Condition()  # around the three above
        self._thread = Thread(target=self._work, name="log-writer", daemon=True)
        self._thread.start()

    @property
    def waiting(self) -> int:
        """Return how many events were taken and are not written yet."""
        return self._waiting

    def submit(self, events: Sequence[Event]) -> Future[Seqs]:
        """Queue a batch; its future gives each event's seq, None for a duplicate, once durable.

        Raises `Overloaded` when the queue is full, `TooLarge` for what no queue could take and
        `StoreUnavailable` after `close`. The future raises `Invalid` for a batch that cannot be
        stored and `StoreUnavailable` if the store fails; then nothing of the batch was written.
        """
        future: Future[Seqs] = Future()
        future.set_running_or_notify_cancel()  # what was taken is written: too late to cancel
        self.hand_over(events, partial(_settle, future))
        return future

    def hand_over(
        self, events: Sequence[Event], told: Callable[[Seqs | Exception], object]
    ) -> None:
        """Queue a batch as `submit` does; call `told` with what its future would give or raise.

        For who has no use for a future: making and settling one takes as long as an event.
        """
        if len(events) > self._queue_events:
            raise TooLarge(f"{len(events)} events at once; {self._queue_events} fit in the queue")
        with self._changed:
            self._refuse_closed()
            if self._waiting + len(events) > self._queue_events:
                raise Overloaded("the log's queue is full", retry_after=RETRY_AFTER)
            self._waiting += len(events)
            self._tasks.append(_Batch(events, told))
            self._changed.notify()

    def run(self, job: Callable[[], T]) -> Future[T]:
        """Queue a job for the writing thread, such as saving a checkpoint, behind the batches."""
        future: Future[T] = Future()
        future.set_running_or_notify_cancel()
        with self._changed:
            self._refuse_closed()
            self._tasks.append(_Job(job, partial(_settle, future)))
            self._changed.notify()
        return future

    def close(self) -> None:
        """Take nothing more, write what was taken, and end the thread."""
        with self._changed:
            self._open = False
            self._changed.notify()
        self._thread.join()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _refuse_closed(self) -> None:
        if not self._open:
            raise StoreUnavailable("the log's writer is closed")

    def _work(self) -> None:
        _stand_back(get_native_id())
        while task := self._take():
            if isinstance(task, _Job):
                self._tell([task], [_outcome(task.run)])
            else:
                outcomes = self._write(task)
                with self._changed:  # first: whoever is told may send the next batch at once
                    self._waiting -= sum(len(batch.events) for batch in task)
                self._tell(task, outcomes)

    def _take(self) -> list[_Batch] | _Job | None:
        """Wait for work; return the next job, or what waits of batches up to a group's rows."""
        with self._changed:
            self._changed.wait_for(lambda: self._tasks or not self._open)
            group: list[_Batch] = []
            rows = 0
            while self._tasks:
                task = self._tasks[0]
                if isinstance(task, _Job):
                    return group or cast("_Job", self._tasks.popleft())
                rows += len(task.events)
                if group and rows > self._group_rows:
                    break
                group.append(task)
                self._tasks.popleft()
            return group or None

    def _write(self, group: Sequence[_Batch]) -> list[Seqs | Exception]:
        """Write a group in one transaction; halve it on error until only the culprit fails."""
        events = [event for batch in group for event in batch.events]
        outcome = _outcome(lambda: self._log.append(events))
        if not isinstance(outcome, Exception):
            return _shares(group, outcome)
        if isinstance(outcome, StoreUnavailable) or len(group) == 1:
            return [copy(outcome) for _ in group]  # each is raised, and traced, on its own
        middle = len(group) // 2
        return self._write(group[:middle]) + self._write(group[middle:])

    def _tell(self, tasks: Sequence[_Batch | _Job], outcomes: Sequence[Any]) -> None:
        def settle() -> None:
            for task, outcome in zip(tasks, outcomes, strict=True):
                try:
                    task.told(outcome)
                except Exception:  # the others are to hear of theirs
                    _logger.exception("who was told of an outcome has failed")

        if self._deliver is None:
            settle()
            return
        try:
            self._deliver(settle)
        except RuntimeError:  # the event loop has been closed: nobody else will settle them
            settle()


def _settle(future: Future[Any], outcome: Any) -> None:
    if isinstance(outcome, Exception):
        future.set_exception(outcome)
    else:
        future.set_result(outcome)


def _stand_back(thread: int) -> None:
    """Let other threads go before this one, where the system can tell threads apart."""
    if sys.platform == "linux":
        own = os.getpriority(os.PRIO_PROCESS, thread)
        os.setpriority(os.PRIO_PROCESS, thread, min(own + YIELDS, LEAST_URGENT))


def _outcome(call: Callable[[], T]) -> T | Exception:
    try:
        return call()
    except Exception as error:  # whatever it is, it is the caller's to see, and the thread goes on
        return error


def _shares(group: Sequence[_Batch], seqs: Seqs) -> list[Seqs | Exception]:
    shares: list[Seqs | Exception] = []
    start = 0
    for batch in group:
        shares.append(seqs[start : start + len(batch.events)])
        start += len(batch.events)
    return shares
