"""Ids of lists: unlike one another, in processes that part as well, and their seller's own."""

from __future__ import annotations

import os

from data.catalogue import Catalogue
from data.schemas import Seller
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
