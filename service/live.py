"""The live loop: events to the log, the log to the state, the state and the model to answers.

The state is touched on the event loop's thread only, entry by entry in `seq` order; so every
request sees one consistent moment, and a reply of 202 means: on disk, and folded. Of several
processes over one store each folds the whole log; `abreast` waits for what others acknowledged.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Callable, Collection, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager, suppress
from functools import lru_cache, partial
from time import thread_time
from typing import TypeVar
from zoneinfo import ZoneInfo

import msgspec

from data.catalogue import Listings
from data.errors import Conflict, NotFound, SmartcardError, WarmingUp
from data.identity import Pseudonymiser
from data.ingest import Writer
from data.schemas import Event, Logged, Query, Recommendation
from data.state import State
from data.stores import Erasure, Stores
from models.recommender import Recommender
from service.analytics import Analytics
from service.board import Board
from service.champion import Champion
from service.deps import fresh_id
from service.folding import Folding, Seqs
from service.helper import Helper
from service.holdout import Holdout
from service.impressions import Impressions
from service.journal import Journal
from service.logs import log_line
from service.names import Names
from service.recovery import recover
from service.saving import Saver
from service.settings import ServiceSettings
from service.shelf_texts import ShelfTexts
from service.siblings import Siblings

T = TypeVar("T")


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
        self.names = Names()
        self.texts = ShelfTexts()
        self.holdout = Holdout(settings.holdout, settings.holdout_visitors, analytics.visitors_of)
        self.pseudonym = lru_cache(maxsize=10_000)(pseudonymiser.visitor)
        self.mask = pseudonymiser.code
        self.referral = lru_cache(maxsize=10_000)(pseudonymiser.referral)
        self.referrer = lru_cache(maxsize=10_000)(pseudonymiser.referrer)
        self._settings, self._stores = settings, stores
        self._board, self._siblings = board, Siblings(board)
        self._saver: Saver | None = None
        self._following: asyncio.Task[None] | None = None
        self._writer: Writer | None = None
        self._folding = Folding(stores.log, analytics.newest, board)
        self._impressions: Impressions | None = None
        self.warm = asyncio.Event()
        """Set while requests can be answered: the state is restored, the model is warm."""

    @property
    def recommender(self) -> Recommender:
        """Return the model that answers now; take it once per request."""
        return self.models.recommender

    @property
    def state(self) -> State:
        """Return what is known now; take it once per request."""
        return self._folding.state

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
        journal = None
        if self._stores.durable:
            home, at_once = self._settings.home, self._settings.group_rows
            await asyncio.to_thread(recover, home, self._stores.log, at_once)
            journal = Journal(home, fresh_id())
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
        self._folding.begin(await asyncio.to_thread(State.restore, self._stores, keep))
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
        self._board.stand(self._folding.seq)
        self._following = asyncio.create_task(self._folding.follow())

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
            await self._folding.catch_up()
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
        await self._folding.abreast(visitors)

    async def behind_lists(self, visitors: Collection[str]) -> None:
        """Wait until lists that other processes showed these visitors are in the log.

        Raises Overloaded while the log does not take them.
        """
        await self._siblings.logged(visitors)

    def turn(self, name: str) -> AbstractAsyncContextManager[None]:
        """Wait for a turn that one process over the store has at a time, and hold it."""
        return self._siblings.turn(name)

    @asynccontextmanager
    async def editing(self, whose: str) -> AsyncIterator[None]:
        """Let what an edit is checked against stand still, over all processes, until it is folded.

        One edit at a time of `whose` things; what others have acknowledged of them is folded.
        """
        async with self._siblings.edits(whose):
            await self.abreast()
            yield

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

    def recommend(self, query: Query) -> Recommendation:
        """Return the picks for a query, by the arm its visitor is in, as they are to be logged."""
        arm, recommender = "", self.recommender
        if recommender.ranker is not None:
            arm = self.holdout.arm(query.seller_id, query.visitor, self.state.catalogue)
        if arm == "holdout":
            recommender = self.models.holdout
        record = recommender.recommend(query, self.state).record
        return msgspec.structs.replace(record, arm=arm) if arm else record

    def _submit(self, events: Sequence[Event]) -> asyncio.Future[Seqs]:
        """Hand events to the writer; the result comes once they are folded as well."""
        done: asyncio.Future[Seqs] = asyncio.get_running_loop().create_future()
        told = partial(self._folding.committed, events, done)
        self._own_writer().hand_over(events, told)
        return done

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
            self._folding.follow_log,
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
