"""Ids of lists: unlike one another, in processes that part as well, and their seller's own."""

from __future__ import annotations

import os

from data.catalogue import Catalogue
from data.schemas import Listing, Seller
from service.deps import fresh_id
from service.names import Names


def test_no_id_comes_twice() -> None:
    ids = [fresh_id() for _ in range(2_000)]
    assert len(set(ids)) == len(ids)
    assert all(len(bytes.fromhex(one)) == 8 for one in ids)


def test_processes_that_part_give_other_ids() -> None:
    fresh_id()  # there are more at hand now
    reading, writing = os.pipe()
    child = os.fork()
    if not child:
        try:
            os.write(writing, " ".join(fresh_id() for _ in range(300)).encode())
        finally:
            os._exit(0)
    os.close(writing)
    with os.fdopen(reading) as told:
        theirs = set(told.read().split())
    os.waitpid(child, 0)
    assert len(theirs) == 300
    assert theirs.isdisjoint(fresh_id() for _ in range(300))


def test_an_id_tells_whose_it_is_and_no_other() -> None:
    catalogue = Catalogue(int, int)  # nothing is listed: rows are not asked for
    names = Names()
    for seller in ("ana", "bo"):
        catalogue.sellers[seller] = Seller(seller_id=seller, name=seller)
    for seller in ("ana", "bo", "ana"):
        for name in (names.recommendation_id(seller), names.answer_id(seller)):
            assert names.owner(name, catalogue) == seller
    assert names.owner(Names().recommendation_id("stranger"), catalogue) is None
    assert names.owner("rec_no-key", catalogue) is None


class Counted(Catalogue):
    """Count how often the sellers are looked through."""

    looks = 0

    def shelved(self) -> set[str]:
        self.looks += 1
        return super().shelved()


def test_sellers_are_looked_through_only_when_some_have_come() -> None:
    catalogue, names = Counted(lambda _: 0, lambda _: 0), Names()
    catalogue.put_seller(Seller(seller_id="ana", name="ana"))
    strangers = [Names().answer_id(f"stranger {n}") for n in range(5)]
    assert [names.owner(name, catalogue) for name in strangers] == [None] * 5
    assert catalogue.looks == 1
    catalogue.put_seller(Seller(seller_id="bo", name="bo"))
    catalogue.put_listing("cy", Listing(item_id="i"), at=0)
    for seller in ("bo", "cy", "ana"):
        assert names.owner(Names().answer_id(seller), catalogue) == seller
    assert [names.owner(name, catalogue) for name in strangers] == [None] * 5
    assert catalogue.looks == 2


def test_a_sleeping_shelf_that_wakes_brings_no_seller() -> None:
    catalogue, names = Counted(lambda _: 0, lambda _: 0), Names()
    catalogue.sleep(["ana"], lambda _: [(Listing(item_id="i"), 0)])
    assert names.owner(Names().answer_id("ana"), catalogue) == "ana"
    assert catalogue.shelf("ana") is not None
    assert names.owner(Names().answer_id("stranger"), catalogue) is None
    assert catalogue.looks == 1
