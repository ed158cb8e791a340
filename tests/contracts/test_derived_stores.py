"""What every profile store, catalogue store and checkpoint must do."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from data.errors import Conflict
from data.stores import Checkpoint, Cursor
from tests.contracts.adapters import URLS, opened

if TYPE_CHECKING:
    from collections.abc import Iterator

    from data.stores import Stores

FULL = Checkpoint(
    seq=7,
    version=1,
    statistics=b"counts",
    profiles={"v2": b"p2", "v1": b"p1"},
    items={"i2": b"item 2", "i1": b"item 1"},
    sellers={"s2": b"seller 2", "s1": b"seller 1"},
    listings={("s2", "i2"): b"2 2", ("s1", "i1"): b"1 1", ("s1", "i2"): b"1 2"},
)


@pytest.fixture(params=URLS)
def stores(request: pytest.FixtureRequest) -> Iterator[Stores]:
    with opened(request.param) as stores:
        yield stores


def contents(stores: Stores) -> tuple[object, ...]:
    catalog = stores.catalog
    return (
        stores.checkpoints.load(),
        stores.profiles.count(),
        [stores.profiles.get(visitor) for visitor in ("v1", "v2", "v3")],
        list(catalog.items()),
        list(catalog.sellers()),
        {seller: catalog.shelf(seller) for seller in catalog.shelves()},
    )


def test_a_new_store_has_no_cursor_and_no_rows(stores: Stores) -> None:
    assert contents(stores) == (None, 0, [None, None, None], [], [], {})


def test_a_checkpoint_is_read_back_in_the_order_of_first_saving(stores: Stores) -> None:
    stores.checkpoints.save(FULL)
    assert contents(stores) == (
        Cursor(seq=7, version=1, statistics=b"counts"),
        2,
        [b"p1", b"p2", None],
        [("i2", b"item 2"), ("i1", b"item 1")],
        [("s2", b"seller 2"), ("s1", b"seller 1")],
        {"s2": [b"2 2"], "s1": [b"1 1", b"1 2"]},
    )


def test_a_later_checkpoint_changes_its_rows_in_place_and_leaves_the_rest(stores: Stores) -> None:
    stores.checkpoints.save(FULL)
    stores.checkpoints.save(
        Checkpoint(
            seq=9,
            version=1,
            statistics=b"more",
            profiles={"v3": b"p3", "v2": b"changed"},
            items={"i3": b"item 3", "i2": b""},
            listings={("s1", "i3"): b"1 3", ("s2", "i2"): b"moved"},
        )
    )
    assert contents(stores) == (
        Cursor(seq=9, version=1, statistics=b"more"),
        3,
        [b"p1", b"changed", b"p3"],
        [("i2", b""), ("i1", b"item 1"), ("i3", b"item 3")],
        [("s2", b"seller 2"), ("s1", b"seller 1")],
        {"s2": [b"moved"], "s1": [b"1 1", b"1 2", b"1 3"]},
    )


def test_the_same_checkpoint_may_be_saved_again(stores: Stores) -> None:
    stores.checkpoints.save(FULL)
    before = contents(stores)
    stores.checkpoints.save(FULL)
    assert contents(stores) == before


def test_a_checkpoint_behind_the_stored_one_is_refused_and_changes_nothing(stores: Stores) -> None:
    stores.checkpoints.save(FULL)
    before = contents(stores)
    with pytest.raises(Conflict, match="7"):
        stores.checkpoints.save(
            Checkpoint(seq=6, version=1, statistics=b"", profiles={"v1": b"old"})
        )
    assert contents(stores) == before


def test_another_version_drops_every_derived_row_but_not_the_log(stores: Stores) -> None:
    stores.checkpoints.save(FULL)
    stores.checkpoints.save(Checkpoint(seq=0, version=2, statistics=b"", profiles={"v3": b"new"}))
    assert contents(stores) == (
        Cursor(seq=0, version=2, statistics=b""),
        1,
        [None, None, b"new"],
        [],
        [],
        {},
    )


def test_a_catalogue_of_many_rows_is_read_whole_and_in_order(stores: Stores) -> None:
    items = {f"i{number * 7919 % 12_001}": f"{number}".encode() for number in range(12_001)}
    stores.checkpoints.save(Checkpoint(seq=1, version=1, statistics=b"", items=items))
    assert list(stores.catalog.items()) == list(items.items())


def test_every_seller_with_a_shelf_is_named_once(stores: Stores) -> None:
    listings = {(f"s{n % 6_001}", f"i{n}"): f"{n}".encode() for n in range(12_002)}
    stores.checkpoints.save(Checkpoint(seq=1, version=1, statistics=b"", listings=listings))
    assert sorted(stores.catalog.shelves()) == sorted({seller for seller, _ in listings})
    assert stores.catalog.shelf("s6000") == [b"6000", b"12001"]
    assert stores.catalog.shelf("nobody") == []


def test_the_catalogue_can_be_read_while_a_checkpoint_is_saved(stores: Stores) -> None:
    stores.checkpoints.save(FULL)
    items = stores.catalog.items()
    assert next(items) == ("i2", b"item 2")
    stores.checkpoints.save(Checkpoint(seq=8, version=1, statistics=b"", items={"i4": b""}))
    assert next(items) == ("i1", b"item 1")


def test_an_empty_row_of_knowledge_is_gone_and_may_come_again(stores: Stores) -> None:
    one, other = ("s1", "question/q1"), ("s1", "faq/f1")
    for seq, rows in enumerate(
        ({one: b"asked", other: b"told"}, {one: b"", ("s2", "faq/f1"): b""}, {one: b"again"}), 1
    ):
        stores.checkpoints.save(Checkpoint(seq=seq, version=1, statistics=b"", knowledge=rows))
        if seq == 2:
            assert list(stores.catalog.knowledge()) == [(other, b"told")]
    assert list(stores.catalog.knowledge()) == [(other, b"told"), (one, b"again")]


def test_an_empty_profile_is_gone(stores: Stores) -> None:
    stores.checkpoints.save(FULL)
    later = Checkpoint(seq=8, version=1, statistics=b"", profiles={"v1": b"", "v3": b""})
    stores.checkpoints.save(later)
    assert [stores.profiles.get(visitor) for visitor in ("v1", "v2", "v3")] == [None, b"p2", None]
    assert stores.profiles.count() == 1
