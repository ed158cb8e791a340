"""Where texts stand on a shelf: the same as asking item by item, whatever has changed meanwhile."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import count

from hypothesis import given
from hypothesis import strategies as st

from data.catalogue import Catalogue
from data.schemas import Item, Listing
from data.terms import FIELDS, SIDES
from models.expressions import compile_filter, fields_of

TEXTS = ("", "茶", "Tea", "茶 / Tea", "Tea / 茶", "茶 / ", "x")
TEXT = st.sampled_from(TEXTS)
ITEMS = st.builds(
    Item, item_id=st.sampled_from("abc"), title=st.just("t"), category=TEXT, brand=TEXT,
    tags=st.lists(TEXT, max_size=3).map(tuple),
    attributes=st.dictionaries(TEXT, TEXT, max_size=3), price=st.sampled_from((1.0, 2.0)),
)  # fmt: skip


def sides(text: str) -> list[str]:
    return [text, *text.split(SIDES)]


def attribute(item: Item, name: str) -> str:
    """Return the first value of an attribute that is called so."""
    return next((said for called, said in item.attributes.items() if name in sides(called)), "")


def expected(text: str) -> dict[str, Callable[[Item], bool]]:
    """Return conditions with what they say of one item."""
    asked: dict[str, Callable[[Item], bool]] = {
        f'category == "{text}"': lambda item: text in sides(item.category),
        f'brand in ["{text}", "x"]': lambda item: not {text, "x"}.isdisjoint(sides(item.brand)),
        f'"{text}" in tags': lambda item: any(text in sides(tag) for tag in item.tags),
        f'item_id == "{text or "a"}"': lambda item: item.item_id == (text or "a"),
    }
    for name in TEXTS:
        asked[f'attributes["{name}"] == "{text}"'] = lambda item, name=name: (  # type: ignore[misc]
            text in sides(attribute(item, name))
        )
    return asked


@given(st.lists(st.lists(ITEMS, max_size=4), min_size=1, max_size=4), TEXT, st.booleans())
def test_masks_are_what_asking_item_by_item_gives_after_every_change(
    changes: Sequence[Sequence[Item]], text: str, beside: bool
) -> None:
    """Also where they were read on another thread, and changed before that was handed over."""
    rows = count()
    catalogue = Catalogue(lambda _: next(rows), lambda _: next(rows))
    catalogue.put_listing("s", Listing(item_id="bare"), 0)
    for items in changes:
        shelf = catalogue.shelf("s")
        assert shelf is not None
        reading = [(field, shelf.reading(field)) for field in FIELDS if beside]
        for item in items:
            catalogue.put_item(item)
            catalogue.put_listing("s", Listing(item_id=item.item_id), 0)
        for field, read in reading:
            shelf.note(field, read())
        for condition, holds in expected(text).items():
            assert compile_filter(condition)(shelf, 0).tolist() == [*map(holds, shelf.items)]


def test_a_price_that_changes_has_no_text_looked_up_anew() -> None:
    rows = count()
    catalogue = Catalogue(lambda _: next(rows), lambda _: next(rows))
    for price in (1.0, 2.0):
        catalogue.put_item(Item(item_id="a", title="a", price=price, tags=("gift",)))
        catalogue.put_listing("s", Listing(item_id="a"), 0)
        shelf = catalogue.shelf("s")
        assert shelf is not None
        places = shelf.terms("tags").places("", "gift")
        if price == 1.0:
            first = places
    assert places is first


def test_a_condition_and_a_boost_tell_whose_texts_they_ask_for() -> None:
    boost = 'attributes.size == "L" => 2; not "gift" in tags; pinned'
    assert fields_of('price < 9 and (brand == "b" or item_id == "a")', boost) == {
        "brand",
        "attributes",
        "tags",
    }
    assert fields_of("", "") == frozenset()
