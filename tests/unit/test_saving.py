"""Several processes, one store: whoever saves, all of them hold what one fold of the log gives."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from concurrent.futures import Future
from pathlib import Path

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from data.errors import StoreUnavailable
from data.schemas import Event, Kind, Listing
from data.state import State, tail
from data.stores import Checkpoint, Checkpoints, Stores, open_stores
from service import siblings
from service.board import Board
from service.saving import EARLY_EVENTS, REST, Saver
from service.siblings import Siblings
from tests.streams import NOW, item

VISITORS = [f"v{number}" for number in range(4)]
ITEMS = [item(number) for number in range(3)]


class Member:
    """One of the processes, without its HTTP: a state, a place on the board, a saver."""

    def __init__(self, stores: Stores, folder: Path) -> None:
        self.stores, self.board = stores, Board(folder)
        self.siblings = Siblings(self.board)

    async def start(self) -> None:
        await self.siblings.join()
        self.state = State.restore(self.stores, keep=1)
        self.saver = Saver(
            self.state,
            self.stores.checkpoints,
            _at_once,
            self.siblings,
            lambda: 0.0,
            lambda: 0.0,
            most_events=1,
            most_seconds=3600,
        )
        await self.saver.start()
        self.board.stand(self.state.seq)

    def fold(self, most: int) -> None:
        for logged in self.stores.log.read(self.state.seq, most):
            self.state.apply(logged)
            self.board.stand(logged.seq)


class Clock:
    """Tell the seconds it was set to."""

    now = 0.0

    def __call__(self) -> float:
        return self.now


class Costly:
    """Keep checkpoints at the cost of two seconds of processor time each."""

    def __init__(self, checkpoints: Checkpoints, spent: Clock) -> None:
        self.load, self._checkpoints, self._spent = checkpoints.load, checkpoints, spent

    def save(self, checkpoint: Checkpoint) -> None:
        self._spent.now += 2.0
        self._checkpoints.save(checkpoint)


def _at_once(job: Callable[[], None]) -> Future[None]:
    done: Future[None] = Future()
    try:
        job()
        done.set_result(None)
    except Exception as error:
        done.set_exception(error)
    return done


class Several:
    """Three processes over one store, of which each does what a step says."""

    def __init__(self, stores: Stores, folder: Path) -> None:
        self.stores, self.folder, self.acts = stores, folder, 0
        self.members = [Member(stores, folder) for _ in range(3)]

    async def take(self, step: str, first: int, second: int, third: int) -> None:
        await getattr(self, step)(first, second, third)

    async def act(self, visitor: int, product: int, kind: int) -> None:
        self.acts += 1
        self.stores.log.append([event(self.acts, visitor, product, KINDS[kind])])

    async def fold(self, who: int, most: int, _: int) -> None:
        self.members[who].fold(most)

    async def read(self, who: int, visitor: int, _: int) -> None:
        self.members[who].state.profile(VISITORS[visitor])

    async def start_anew(self, who: int, *_: int) -> None:
        """Kill one and start it again."""
        self.members[who].board.leave()
        self.members[who] = Member(self.stores, self.folder)
        await self.members[who].start()

    async def save(self, who: int, *_: int) -> None:
        await self._while_others_fold(who, self.members[who].saver.save())

    async def look(self, who: int, *_: int) -> None:
        await self._while_others_fold(who, self.members[who].saver.look_after())

    async def _while_others_fold(self, who: int, job: Coroutine[None, None, None]) -> None:
        saving = asyncio.create_task(job)
        turns = 0
        while not saving.done():
            await asyncio.sleep(0)
            turns += 1
            if turns % 20 == 0:  # slowly: who does not wait for them is done before
                for member in self.members:
                    if member is not self.members[who]:
                        member.fold(1)
        await saving


def event(number: int, visitor: int, product: int, kind: Kind) -> Event:
    payload = None
    seller = "s"
    if kind is Kind.LISTING:
        payload = msgspec.Raw(
            msgspec.json.encode(Listing(item_id=ITEMS[product].item_id, position=number))
        )
    if kind is Kind.ITEM:
        seller, payload = "", msgspec.Raw(msgspec.json.encode(ITEMS[product]))
    return Event(
        event_id=f"e{number}",
        kind=kind,
        at=NOW + number,
        seller_id=seller,
        visitor="" if payload else VISITORS[visitor],
        item_id=ITEMS[product].item_id,
        payload=payload,
        duration_ms=3_000 if kind is Kind.DWELL else None,
    )


def held(state: State) -> list[object]:
    """Return what is read of a state: profiles, sums, the shelf."""
    shelf = state.catalogue.shelf("s")
    return [
        [state.profile(visitor).to_bytes() for visitor in VISITORS],
        [array.tobytes() for array in state.items.to_arrays().values()],
        [array.tobytes() for array in state.listings.to_arrays().values()],
        None if shelf is None else [msgspec.json.encode(one) for one in shelf.listings],
    ]


KINDS = [Kind.VIEW, Kind.DWELL, Kind.CLICK, Kind.NOT_INTERESTED, Kind.ITEM, Kind.LISTING]
ACTS = st.tuples(
    st.just("act"), st.integers(0, 3), st.integers(0, 2), st.sampled_from(range(len(KINDS)))
)
FOLDS = st.tuples(st.just("fold"), st.integers(0, 2), st.integers(1, 4), st.just(0))
READS = st.tuples(st.just("read"), st.integers(0, 2), st.integers(0, 3), st.just(0))
SAVES = st.tuples(
    st.sampled_from(["save", "look", "start_anew"]), st.integers(0, 2), st.just(0), st.just(0)
)


@settings(max_examples=100, deadline=None)
@given(st.lists(st.one_of(ACTS, ACTS, FOLDS, READS, SAVES), max_size=40))
def test_processes_that_save_by_turns_hold_what_one_fold_gives(
    tmp_path_factory: pytest.TempPathFactory, steps: list[tuple[str, int, int, int]]
) -> None:
    folder = tmp_path_factory.mktemp("home")

    async def run(stores: Stores) -> None:
        several, whole = Several(stores, folder), State()
        for member in several.members:
            await member.start()
        for step in steps:
            await several.take(*step)
        for logged in tail(stores, 0):
            whole.apply(logged)
        for member in several.members:
            member.fold(1_000)
            assert held(member.state) == held(whole)
            member.board.leave()
        assert held(State.restore(stores)) == held(whole)

    with (
        pytest.MonkeyPatch.context() as patch,
        open_stores(f"sqlite:///{folder / 'log.db'}") as stores,
    ):
        patch.setattr(siblings, "MOMENT_S", 0)
        asyncio.run(run(stores))


def test_what_another_process_saved_is_let_go_and_not_saved_again(tmp_path: Path) -> None:
    async def run() -> None:
        with open_stores(f"sqlite:///{tmp_path / 'log.db'}") as stores:
            one, other = Member(stores, tmp_path), Member(stores, tmp_path)
            await one.start()
            await other.start()
            stores.log.append([event(n, n % 4, n % 3, Kind.VIEW) for n in range(8)])
            one.fold(99)
            other.fold(99)
            await other.saver.look_after()  # saves, for both
            before = stores.checkpoints.load()
            await one.saver.look_after()
            await one.saver.look_after()
            after = stores.checkpoints.load()
            assert before is not None
            assert before == after
            assert before.seq == 8
            stores.log.append([event(99, 0, 0, Kind.VIEW)])
            one.fold(99)
            other.fold(99)
            assert set(one.state.checkpoint().profiles) == {"v0"}, "the others are on disk"

    asyncio.run(run())


def test_nothing_is_saved_while_one_that_lives_is_behind(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(siblings, "FOLDED_S", 0.0)

    async def run() -> None:
        with open_stores(f"sqlite:///{tmp_path / 'log.db'}") as stores:
            one, other = Member(stores, tmp_path), Member(stores, tmp_path)
            await one.start()
            await other.start()
            stores.log.append([event(1, 1, 1, Kind.VIEW)])
            one.fold(99)
            with pytest.raises(StoreUnavailable):
                await one.saver.save()
            assert stores.checkpoints.load() is None
            other.fold(99)
            await one.saver.save()
            saved = stores.checkpoints.load()
            assert saved is not None
            assert saved.seq == 1
            assert stores.profiles.get("v1") == one.state.profile("v1").to_bytes()

    asyncio.run(run())


def test_much_is_saved_early_but_not_again_before_it_has_rested(tmp_path: Path) -> None:
    clock, spent = Clock(), Clock()

    async def run() -> list[int]:
        saved = []
        with open_stores(f"sqlite:///{tmp_path / 'log.db'}") as stores:
            state, board = State.restore(stores), Board(tmp_path)

            saver = Saver(
                state, Costly(stores.checkpoints, spent), _at_once, Siblings(board), clock, spent,
                most_events=10 * EARLY_EVENTS, most_seconds=1_000.0,
            )  # fmt: skip
            await saver.start()
            steps = (  # events that come, seconds that pass
                (EARLY_EVENTS - 1, 10.0), (1, 0.0), (5 * EARLY_EVENTS, REST * 2.0 - 1.0), (0, 1.0),
                (EARLY_EVENTS - 1, 999.0), (0, 1.0), (10 * EARLY_EVENTS, 0.0),
            )  # fmt: skip
            for come, passed in steps:
                first = state.seq + 1
                if come:
                    names = range(first, first + come)
                    stores.log.append([event(n, n % 4, n % 3, Kind.VIEW) for n in names])
                for logged in tail(stores, state.seq):
                    state.apply(logged)
                clock.now += passed
                await saver.look_after()
                cursor = stores.checkpoints.load()
                saved.append(cursor.seq if cursor else 0)
        return saved

    early = EARLY_EVENTS
    assert asyncio.run(run()) == [
        0, early, early, 6 * early, 6 * early, 7 * early - 1, 17 * early - 1,
    ]  # fmt: skip
