"""A restarted state is the state: checkpoint and tail give what folding everything gives."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from data.errors import StoreUnavailable
from data.schemas import Event, Item, Kind, Listing, Logged
from data.state import State, tail
from data.stores import Stores, open_stores
from models.recommender import Recommender
from tests.recommenders import query
from tests.streams import DAY, MINUTE, NOW, Stream, item


@pytest.fixture(params=["memory", "sqlite"])
def stores(request: pytest.FixtureRequest, tmp_path: Path) -> Stores:
    url = "memory://" if request.param == "memory" else f"sqlite:///{tmp_path / 'log.db'}"
    return open_stores(url)


def events(seed: int) -> list[Event]:
    """Two shops, edits between acts, late acts, friends, an item only seen in events."""
    stream, dice = Stream(), np.random.default_rng(seed)
    stream.shelf("s", [item(n, category=f"c{n % 3}") for n in range(8)])
    stream.shelf("other", [item(n) for n in range(4, 12)])
    kinds = [Kind.VIEW, Kind.DWELL, Kind.CLICK, Kind.CART, Kind.PURCHASE, Kind.NOT_INTERESTED]
    for n in range(300):
        at = NOW + n * MINUTE - (int(dice.integers(0, DAY)) if n % 10 == 0 else 0)
        visitor, number = f"v{dice.integers(12)}", int(dice.integers(14))
        kind = kinds[int(dice.integers(len(kinds)))]
        duration = int(dice.integers(500, 90_000)) if kind is Kind.DWELL else None
        stream.act(kind, visitor, f"i{number}", at, duration_ms=duration)
        if n % 40 == 7:
            stream.add(Kind.ITEM, at, payload=item(number, category=f"c{n % 4}", price=n + 1.0))
            listing = Listing(item_id=f"i{number}", price=float(n), position=n)
            stream.add(Kind.LISTING, at, seller_id="s", item_id=f"i{number}", payload=listing)
        if n % 50 == 3:
            stream.add(
                Kind.OPEN, at, seller_id="s", visitor=visitor, from_visitor=f"v{dice.integers(12)}"
            )
    return [entry.event for entry in stream.entries]


def seen(state: State) -> list[bytes]:
    """Return all that serving reads, as bytes."""
    parts = [state.profile(f"v{n}").to_bytes() for n in range(12)]
    for statistics in (state.items, state.listings):
        parts += [array.tobytes() for array in statistics.to_arrays().values()]
    for n in range(12):
        for seller in ("s", "other"):
            asked = query(f"v{n}", seller_id=seller, at=NOW + DAY, from_visitor=f"v{(n + 1) % 12}")
            found = Recommender.fallback().candidates(asked, state)
            assert found is not None
            parts += [found.keys.tobytes(), found.matrix.tobytes()]
    return parts


@pytest.mark.parametrize("cuts", [(), (0,), (150,), (20, 21, 200), (328,)])
@pytest.mark.parametrize("keep", [None, 3])
def test_checkpoints_anywhere_and_a_restart_give_the_same_bytes(
    stores: Stores, cuts: tuple[int, ...], keep: int | None
) -> None:
    stores.log.append(events(1))
    whole = State()
    live = State(stores.profiles.get, keep)
    for logged in tail(stores, 0):
        whole.apply(logged)
        live.apply(logged)
        if logged.seq in cuts:
            stores.checkpoints.save(live.checkpoint())
            live.saved()
    again = State.restore(stores, keep)
    assert again.seq == whole.seq
    assert seen(again) == seen(whole) == seen(live)
    again.checkpoint()


def test_a_checkpoint_that_failed_to_save_is_handed_out_again(stores: Stores) -> None:
    stores.log.append(events(2))
    state = State()
    for logged in tail(stores, 0):
        state.apply(logged)
    first = state.checkpoint()
    second = state.checkpoint()
    assert first == second
    state.saved()
    assert not state.checkpoint().profiles


def test_a_checkpoint_of_another_layout_is_folded_again_from_the_start(stores: Stores) -> None:
    stores.log.append(events(3))
    state = State()
    for logged in tail(stores, 0):
        state.apply(logged)
    other = state.checkpoint()
    object.__setattr__(other, "version", other.version + 1)
    stores.checkpoints.save(other)
    assert seen(State.restore(stores)) == seen(state)


def test_profiles_of_another_layout_are_let_go_of_once_they_are_written_anew(
    stores: Stores,
) -> None:
    stores.log.append(events(40))
    state = State()
    for logged in tail(stores, 0):
        state.apply(logged)
    other = state.checkpoint()
    object.__setattr__(other, "version", other.version + 1)
    stores.checkpoints.save(other)
    fresh = State.restore(stores, keep=1)
    assert len(fresh.visitors) > 1
    fresh.set_apart()
    stores.checkpoints.save(fresh.checkpoint())
    fresh.saved()
    assert len(fresh.visitors) == 1
    assert seen(fresh) == seen(state)


class Asked:
    """Pass the catalogue on, take note of the shelves that are read, and fail when told to."""

    def __init__(self, stores: Stores) -> None:
        self._catalog, self.read, self.out = stores.catalog, list[str](), False
        self.items, self.sellers = self._catalog.items, self._catalog.sellers
        self.shelves, self.knowledge = self._catalog.shelves, self._catalog.knowledge

    def shelf(self, seller_id: str) -> Sequence[bytes]:
        if self.out:
            raise StoreUnavailable("no answer")
        self.read.append(seller_id)
        return self._catalog.shelf(seller_id)


def asleep(stores: Stores) -> tuple[State, Asked, State]:
    """Return a restored state, who watches it, and the state that was never saved."""
    stores.log.append(events(4))
    whole = State()
    for logged in tail(stores, 0):
        whole.apply(logged)
    stores.checkpoints.save(whole.checkpoint())
    whole.saved()
    watch = Asked(stores)
    return State.restore(dataclasses.replace(stores, catalog=watch)), watch, whole


def test_a_shelf_is_read_when_it_is_asked_for_and_once(stores: Stores) -> None:
    again, watch, whole = asleep(stores)
    assert again.catalogue.shelved() == whole.catalogue.shelved() == {"s", "other"}
    assert watch.read == []
    assert again.catalogue.shelf("other") is again.catalogue.shelf("other")
    assert again.catalogue.shelf("nobody") is None
    assert watch.read == ["other"]
    assert seen(again) == seen(whole)


def test_products_are_known_by_the_catalogue_or_a_shelf_that_sleeps(stores: Stores) -> None:
    stream = Stream()
    stream.shelf("s", [item(0)])
    listing = Listing(item_id="i8", removed=True)  # of a product that is in no catalogue
    stream.add(Kind.LISTING, NOW, seller_id="s", item_id="i8", payload=listing)
    stream.act(Kind.VIEW, "v", "i9", NOW)  # imported: only this is told of it
    stores.checkpoints.save(stream.state.checkpoint())
    watch = Asked(stores)
    catalogue = State.restore(dataclasses.replace(stores, catalog=watch)).catalogue
    assert [catalogue.knows("i0", seller) for seller in ("s", "other")] == [True, True]
    assert watch.read == []
    assert [catalogue.knows("i8", seller) for seller in ("s", "other")] == [True, False]
    assert [catalogue.knows("i9", seller) for seller in ("s", "other")] == [False, False]


def test_edits_of_a_sleeping_shelf_and_of_its_items_count(stores: Stores) -> None:
    again, watch, whole = asleep(stores)
    stream = Stream()
    stream.add(Kind.ITEM, NOW + DAY, payload=item(5, price=3.0))
    for edited in (Listing(item_id="i5", position=40), Listing(item_id="i11")):
        stream.add(Kind.LISTING, NOW + DAY, seller_id="s", item_id=edited.item_id, payload=edited)
    for seq, entry in enumerate(stream.entries, whole.seq + 1):
        for state in (again, whole):
            state.apply(Logged(seq, entry.event))
    assert watch.read == ["s"]
    assert seen(again) == seen(whole)
    assert again.checkpoint() == whole.checkpoint()
    shelf = again.catalogue.shelf("s")
    assert shelf is not None
    assert shelf.item_ids[-1] == "i11"
    assert shelf.added_at[shelf.places["i5"]] < NOW + DAY


def test_a_shelf_that_could_not_be_read_is_read_the_next_time(stores: Stores) -> None:
    again, watch, whole = asleep(stores)
    watch.out = True
    with pytest.raises(StoreUnavailable):
        again.catalogue.shelf("s")
    watch.out = False
    assert seen(again) == seen(whole)


def test_an_empty_log_restores_to_an_empty_state(stores: Stores) -> None:
    state = State.restore(stores)
    assert state.seq == 0
    assert state.catalogue.shelf("s") is None
    assert Item(item_id="x", title="").price is None
