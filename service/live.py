"""The live loop: events to the log, the log to the state, the state and the model to answers.

The state is touched on the event loop's thread only, entry by entry in `seq` order; so every
request sees one consistent moment, and a reply of 202 means: on disk, and folded. Of several
processes over one store each folds the whole log; `abreast` waits for what others acknowledged.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Collection, Sequence
from concurrent.futures import Future
from contextlib import AbstractAsyncContextManager, suppress
from copy import copy
from functools import lru_cache, partial
from time import thread_time
from typing import TypeVar
from zoneinfo import ZoneInfo

import msgspec

from data.catalogue import Listings
from data.errors import Conflict, Invalid, NotFound, SmartcardError, Unavailable, WarmingUp
from data.identity import Pseudonymiser
from data.ingest import Writer
from data.schemas import Event, Logged, Query, Recommendation, key64
from data.state import State
from data.stores import Erasure, Stores
from models.recommender import Recommender
from service.analytics import Analytics
from service.board import Board
from service.champion import Champion
from service.deps import fresh_id
from service.helper import Helper
from service.impressions import Impressions
from service.journal import Journal, left_behind
from service.logs import log_line
from service.saving import Saver
from service.settings import ServiceSettings
from service.siblings import Siblings

Seqs = list[int | None]
T = TypeVar("T")
READ_AT_ONCE = 1_000
"""Entries of other processes folded between two looks at the requests that wait."""
FOLLOW_SECONDS = 0.1
"""How often to look whether another process has acknowledged something."""


class Live:
    """Own the stores, the writer, the state and the model of one process."""

    def __init__(
        self,
        settings: ServiceSettings,
        stores: Stores,
        pseudonymiser: Pseudonymiser,
        models: Champion,
        clock: Callable[[], int],
        analytics: Analytics,
        board: Board,
    ) -> None:
        """Hold the parts; `start` brings them to life."""
        self.now = clock
        self.models = models
        self.helper = Helper(settings.home, settings.encoders)
        self.analytics = analytics
        self.state = State()
        self.pseudonym = lru_cache(maxsize=10_000)(pseudonymiser.visitor)
        self.mask = pseudonymiser.code
        self._settings, self._stores = settings, stores
        self._board, self._siblings = board, Siblings(board)
        self._saver: Saver | None = None
        self._following: asyncio.Task[None] | None = None
        self._writer: Writer | None = None
        self._seq = 0  # the last entry that was handed to the state
        self._waiting: list[tuple[int, asyncio.Future[Seqs], Seqs]] = []
        self._impressions: Impressions | None = None
        self._catching_up: asyncio.Task[None] | None = None
        self._seller_ids: dict[int, str] = {}
        self.warm = asyncio.Event()
        """Set while requests can be answered: the state is restored, the model is warm."""

    @property
    def recommender(self) -> Recommender:
        """Return the model that answers now; take it once per request."""
        return self.models.recommender

    @property
    def waiting(self) -> int:
        """Count the events that were taken and are not on disk yet."""
        gathered = len(self._impressions) if self._impressions is not None else 0
        return gathered + (self._writer.waiting if self._writer is not None else 0)

    def need_ready(self) -> None:
        """Raise WarmingUp (503) until requests can be answered."""
        if not self.warm.is_set():
            raise WarmingUp("the service is warming up", retry_after=1)

    async def start(self) -> None:
        """Restore the state, load and warm the model; ready afterwards."""
        loop = asyncio.get_running_loop()
        self._writer = Writer(
            self._stores.log,
            queue_events=self._settings.queue_events,
            group_rows=self._settings.group_rows,
            deliver=loop.call_soon_threadsafe,
        )
        await asyncio.to_thread(self._take_left_behind)
        journal = Journal(self._settings.home, fresh_id()) if self._stores.durable else None
        self._impressions = Impressions(
            self._submit,
            journal,
            self._board,
            self._settings.queue_events,
            self._settings.group_rows,
        )
        await self._restore(self._writer)
        await self.models.warm()
        await self.models.follow()
        await self.helper.start()
        self.warm.set()

    async def _restore(self, writer: Writer) -> None:
        """Restore the state while nobody saves another checkpoint."""
        await self._siblings.join()
        keep = self._settings.profiles_in_memory
        self.state = await asyncio.to_thread(State.restore, self._stores, keep)
        self._seq = self.state.seq
        self._saver = Saver(
            self.state,
            self._stores.checkpoints,
            writer.run,
            self._siblings,
            asyncio.get_running_loop().time,
            thread_time,
            most_events=self._settings.checkpoint_events,
            most_seconds=self._settings.checkpoint_seconds,
        )
        await self._saver.start()
        self._board.stand(self._seq)
        self._following = asyncio.create_task(self._follow())

    def _take_left_behind(self) -> None:
        """Put into the log what a killed process had shown and not written yet."""
        at_once = self._settings.group_rows
        for paths, events in left_behind(self._settings.home) if self._stores.durable else ():
            for start in range(0, len(events), at_once):
                self._recover(events[start : start + at_once])
            for path in paths:
                path.unlink(missing_ok=True)
            if events:
                log_line(logging.WARNING, "lists_recovered", count=len(events))

    def _recover(self, events: Sequence[Event]) -> None:
        """Write events; one that cannot be stored takes no other along, and stops no start."""
        try:
            self._stores.log.append(events)
        except Invalid as error:
            if len(events) == 1:
                log_line(logging.ERROR, "recommendations_lost", count=1, error=type(error).__name__)
                return
            for event in events:
                self._recover([event])

    async def close(self) -> None:
        """Write what was taken, fold it, save a checkpoint, close the stores."""
        restored = self.warm.is_set()
        self.warm.clear()
        await self.analytics.close()
        if self._writer is not None:
            if restored:
                await self._drain()
            if self._following is not None:
                self._following.cancel()
            await asyncio.to_thread(self._board.leave)
            await asyncio.to_thread(self._writer.close)
        if self._impressions is not None:
            self._impressions.close()
        await asyncio.to_thread(self._stores.close)

    async def _drain(self) -> None:
        """Save what was folded; if it cannot be, the next start folds the log's tail again."""
        try:
            await self.settled()
            await self.catch_up()
            await self.save()
        except SmartcardError as error:
            log_line(logging.ERROR, "not_saved_at_the_end", error=str(error))

    async def append(self, events: Sequence[Event]) -> Seqs:
        """Write events durably and fold them; return each one's seq, None for a duplicate.

        Raises Unavailable when the log takes nothing now, or not the lists that were shown before.
        """
        with self._own_impressions().ahead():
            return await self._submit(events)

    def log(self, event: Event) -> bool:
        """Write a recommendation without waiting for it; say whether it was taken."""
        return self._own_impressions().add(event)

    async def shown(self, visitor: str) -> None:
        """Wait until what this visitor was shown a moment ago stands in her profile.

        Raises Overloaded while the log does not take it.
        """
        await self._own_impressions().shown(visitor)
        await self._siblings.logged([visitor])
        await self.abreast([visitor])

    async def settled(self) -> None:
        """Wait until all that was handed in so far, here and elsewhere, is on disk and folded.

        Raises Overloaded when lists that were shown are not, since the log does not take them.
        """
        with self._own_impressions().ahead():
            await asyncio.wrap_future(self._own_writer().run(lambda: None))
        await self._siblings.logged()
        await self.abreast()

    @property
    def alone(self) -> bool:
        """Say whether no other process serves this store: nothing has to be waited for."""
        return self._board.alone

    async def abreast(self, visitors: Collection[str] = ()) -> None:
        """Fold what other processes have acknowledged so far of these visitors, or of anybody.

        While the log cannot be read it stays at what is folded. While the state is being restored
        nothing is: others are told that this process stands at 0 until then.
        """
        if self._board.alone or not self.warm.is_set():
            return
        newest = max(map(self._board.newest, visitors or ("",)))
        for _ in range(2):  # a reading that is under way may have begun before
            if self._seq < newest:
                await self.catch_up()

    async def behind_lists(self, visitors: Collection[str]) -> None:
        """Wait until lists that other processes showed these visitors are in the log.

        Raises Overloaded while the log does not take them.
        """
        await self._siblings.logged(visitors)

    def turn(self, name: str) -> AbstractAsyncContextManager[None]:
        """Wait for a turn that one process over the store has at a time, and hold it."""
        return self._siblings.turn(name)

    def _own_writer(self) -> Writer:
        if self._writer is None:
            raise WarmingUp("the service is warming up", retry_after=1)
        return self._writer

    def _own_impressions(self) -> Impressions:
        if self._impressions is None:
            raise WarmingUp("the service is warming up", retry_after=1)
        return self._impressions

    async def find(self, seller_id: str, event_id: str) -> Event | None:
        """Return one event of a seller, also one that is still on its way to the log."""
        if (shown := self._own_impressions().find(seller_id, event_id)) is not None:
            return shown
        found = await asyncio.to_thread(self._stores.log.find, seller_id, event_id)
        if found is None and not self._board.alone:
            await self._siblings.logged()
            found = await asyncio.to_thread(self._stores.log.find, seller_id, event_id)
        return found.event if found is not None else None

    async def look(self, job: Callable[[Erasure], T]) -> T:
        """Look through the log, beside the event loop."""
        return await asyncio.to_thread(job, self._stores.erasure)

    async def rewrite(
        self, seqs: Sequence[int], change: Callable[[list[Logged]], Sequence[Logged]]
    ) -> None:
        """Put what `change` makes of entries in their place, behind all that was taken."""
        job = partial(self._stores.erasure.rewrite, seqs, change)
        await asyncio.wrap_future(self._own_writer().run(job))

    async def sweep(self) -> None:
        """Save what was folded, and leave nothing of what it replaced in the store's files."""
        with suppress(Conflict):  # else another process has saved all this
            await self.save()
        await asyncio.wrap_future(self._own_writer().run(self._stores.erasure.sweep))

    def shelf(self, seller_id: str) -> Listings | None:
        """Return a seller's shelf, None while it is empty. Raises NotFound for an unknown one."""
        shelf = self.state.catalogue.shelf(seller_id)
        if shelf is None and seller_id not in self.state.catalogue.sellers:
            raise NotFound("no such seller")
        return shelf

    def zone_of(self, seller_id: str) -> ZoneInfo:
        """Return where a seller's days begin."""
        seller = self.state.catalogue.sellers.get(seller_id)
        return ZoneInfo((seller.timezone if seller else "") or self._settings.timezone)

    def origins_of(self, seller_id: str) -> tuple[str, ...]:
        """Return the sites whose pages may use a seller's publishable keys; () is any."""
        seller = self.state.catalogue.sellers.get(seller_id)
        return seller.origins if seller is not None else ()

    def visitors_of(self, seller_id: str) -> int:
        """Return how many visitors a seller is known to have."""
        return self.analytics.visitors_of(seller_id)

    def holdout_of(self, seller_id: str) -> float:
        """Return the share of a seller's visitors who see what is popular; 0 for a tiny one."""
        if self.visitors_of(seller_id) < self._settings.holdout_visitors:
            return 0.0
        seller = self.state.catalogue.sellers.get(seller_id)
        own = seller.holdout if seller is not None else None
        return self._settings.holdout if own is None else own

    def arm_of(self, seller_id: str, visitor: str) -> str:
        """Return which list a visitor is shown: `personal`, `holdout`, or "" without a trial.

        The same visitor stays in the same arm as long as the share does.
        """
        share = self.holdout_of(seller_id) if visitor else 0.0
        if not share or self.recommender.ranker is None:
            return ""
        drawn = key64("holdout", f"{seller_id}\x1f{visitor}") / 2**64
        return "holdout" if drawn < share else "personal"

    def recommend(self, query: Query) -> Recommendation:
        """Return the picks for a query, by the arm its visitor is in, as they are to be logged."""
        arm = self.arm_of(query.seller_id, query.visitor)
        recommender = self.models.holdout if arm == "holdout" else self.recommender
        record = recommender.recommend(query, self.state).record
        return msgspec.structs.replace(record, arm=arm) if arm else record

    def recommendation_id(self, seller_id: str) -> str:
        """Return a fresh id that tells whose list it is, by her key."""
        return f"rec_{key64('seller', seller_id):016x}{fresh_id()}"

    def answer_id(self, seller_id: str) -> str:
        """Return a fresh id that tells whose answer it is, by her key."""
        return f"ans_{key64('seller', seller_id):016x}{fresh_id()}"

    def seller_of(self, name: str) -> str | None:
        """Return whose list or answer an id names, None when it is none of ours."""
        try:
            key = int(name.partition("_")[2][:16], 16)
        except ValueError:
            return None
        if key not in self._seller_ids:
            catalogue = self.state.catalogue
            names = catalogue.shelved() | catalogue.sellers.keys()
            self._seller_ids = {key64("seller", name): name for name in names}
        return self._seller_ids.get(key)

    def _submit(self, events: Sequence[Event]) -> asyncio.Future[Seqs]:
        """Hand events to the writer; the result comes once they are folded as well."""
        done: asyncio.Future[Seqs] = asyncio.get_running_loop().create_future()
        future = self._own_writer().submit(events)
        future.add_done_callback(lambda settled: self._committed(events, settled, done))
        return done

    def _committed(
        self, events: Sequence[Event], settled: Future[Seqs], done: asyncio.Future[Seqs]
    ) -> None:
        """Fold what the writer has just put on disk; runs on the loop's thread, in seq order."""
        error = settled.exception()
        if error is not None:
            if not done.cancelled():
                done.set_exception(error)
            return
        seqs = settled.result()
        with suppress(Unavailable):  # what the state had to read first is read again: catching up
            for event, seq in zip(events, seqs, strict=True):
                if seq is not None and seq == self._seq + 1:
                    self._fold(Logged(seq, event))
        last = max((seq for seq in seqs if seq is not None), default=0)
        if last:
            self._board.tell((event.visitor for event in events), last)
        if last > self._seq:  # another process wrote in between, too: its rows go first
            self._waiting.append((last, done, seqs))
            self._start_catching_up()
        elif not done.cancelled():
            done.set_result(seqs)

    def _fold(self, logged: Logged) -> None:
        """Fold one entry. Raises Unavailable, and changes nothing, when the store does not answer.

        The state reads profiles and shelves when they are needed, before it changes anything.
        """
        unreadable = self.state.unreadable
        self.state.apply(logged)
        self._seq = logged.seq
        self._board.stand(logged.seq)
        if self.state.unreadable > unreadable:
            kind = logged.event.kind
            log_line(logging.ERROR, "entry_not_folded", seq=logged.seq, kind=kind)

    def _start_catching_up(self) -> asyncio.Task[None]:
        if self._catching_up is None or self._catching_up.done():
            self._catching_up = asyncio.create_task(self._read_on())
        return self._catching_up

    async def catch_up(self) -> None:
        """Fold what other processes have put into the log."""
        await self._start_catching_up()

    async def _read_on(self) -> None:
        try:
            while True:
                rows = await asyncio.to_thread(self._stores.log.read, self._seq, READ_AT_ONCE)
                for logged in rows:
                    if logged.seq > self._seq:
                        self._fold(logged)
                self._release()
                if len(rows) < READ_AT_ONCE and not self._waiting:
                    return
        except SmartcardError as error:
            log_line(logging.ERROR, "log_not_read", after=self._seq, error=str(error))
            for _, done, _ in self._waiting:
                if not done.cancelled():
                    done.set_exception(copy(error))
            self._waiting.clear()

    def _release(self) -> None:
        """Answer those whose events are folded by now."""
        late = [waiter for waiter in self._waiting if waiter[0] > self._seq]
        for last, done, seqs in self._waiting:
            if last <= self._seq and not done.cancelled():
                done.set_result(seqs)
        self._waiting = late

    async def _follow(self) -> None:
        """Fold what other processes acknowledge, soon after they do."""
        while True:
            await asyncio.sleep(FOLLOW_SECONDS)
            if not self._board.alone and self._board.newest() > self._seq:
                await self.catch_up()

    async def run(self, look_round: Callable[[], None]) -> None:
        """Look after the house every `poll_seconds`, for ever."""
        while True:
            await asyncio.sleep(self._settings.poll_seconds)
            await self.tick(look_round)

    async def tick(self, look_round: Callable[[], None]) -> None:
        """Fold other processes' rows, follow champion and keys, save what is due; log failures."""

        async def look() -> None:
            look_round()

        async def roll_up() -> None:
            self.analytics.start()

        for chore in (
            self._follow_log,
            self.models.follow,
            self.helper.follow,
            look,
            self._look_after_checkpoints,
            roll_up,
        ):
            try:
                await chore()
            except Exception as error:  # the next round tries again
                log_line(
                    logging.ERROR,
                    "chore_failed",
                    chore=chore.__name__.strip("_"),
                    error=f"{type(error).__name__}: {error}",
                )

    async def _follow_log(self) -> None:
        last = await asyncio.to_thread(self._stores.log.last_seq)
        if last > self._seq:
            await self.catch_up()

    async def _look_after_checkpoints(self) -> None:
        if not self._board.alone:
            await asyncio.to_thread(self._board.look)
        await self._own_saver().look_after()

    def _own_saver(self) -> Saver:
        if self._saver is None:
            raise WarmingUp("the service is warming up", retry_after=1)
        return self._saver

    async def save(self) -> None:
        """Save a checkpoint behind the events that wait; what fails goes along with the next."""
        await self._own_saver().save()
