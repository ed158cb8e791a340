"""Changes of rows: told to whoever looks again, and not kept for ever."""

from __future__ import annotations

from data.catalogue import Listings
from data.changes import LEAST_KEPT, Changes
from data.schemas import Kind, Listing
from models.recommender import Recommender
from tests.recommenders import SURE, query, shown
from tests.streams import Stream, item


def test_who_looks_again_is_told_what_has_changed_since() -> None:
    changes = Changes()
    for row in (0, 1, 2, 1):
        changes.add(row, 3)
    assert len(changes) == 4
    assert list(changes.since(2, 3)) == [2, 1]
    assert list(changes.since(4, 3)) == []


def test_a_shelf_that_changes_for_ever_keeps_no_more_than_it_is_long() -> None:
    changes, rows = Changes(), 5
    for n in range(10 * LEAST_KEPT):
        changes.add(n % rows, rows)
        assert len(list(changes.since(n, rows))) in {1, rows}
    assert len(changes) == 10 * LEAST_KEPT
    assert len(changes._kept) <= 2 * LEAST_KEPT + 1
    assert list(changes.since(0, rows)) == list(range(rows))


def test_a_model_that_has_not_looked_for_long_sees_the_shelf_as_it_is() -> None:
    stream = Stream()
    stream.shelf("s", [item(n) for n in range(3)])
    model = Recommender(settings=SURE)
    assert shown(model, query(), stream) == ["i0", "i1", "i2"]
    shelf = stream.state.catalogue.shelf("s")
    assert isinstance(shelf, Listings)
    for place in (9.0, 8.0):
        for _ in range(3 * LEAST_KEPT):
            stream.state.catalogue.put_listing("s", Listing(item_id="i0", position=place), 0)
    stream.add(Kind.ITEM, item_id="i3", payload=item(3))
    stream.add(
        Kind.LISTING, seller_id="s", item_id="i3", payload=Listing(item_id="i3", position=-1)
    )
    assert shown(model, query(), stream) == ["i3", "i1", "i2", "i0"]
