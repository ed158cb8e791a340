"""The filter language: what it selects on a shelf that anyone can check, and how it refuses."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from data.catalogue import Catalogue, Listings
from data.schemas import Item, Listing, Promotion, offer
from models.expressions import ExpressionError, compile_boost, compile_filter
from models.syntax import FACTORS, MAX_LENGTH, MAX_LIST, USUAL_FACTOR

AT = 1_000
ITEMS = (
    Item(item_id="a", title="A", category="skincare", brand="Lumi", price=99.0, rating=4.5,
         tags=("gift", "new"), attributes={"skin": "dry"}),
    Item(item_id="b", title="B", category="skincare", brand="Ora", price=250.0, reviews=7),
    Item(item_id="c", title="C", category="香水", brand="Lumi", price=19.9,
         attributes={"香调": "木质"}),
    Item(item_id="d", title="D", tags=tuple(f"t{n}" for n in range(12))),
)  # fmt: skip


BILINGUAL = Item(
    item_id="e", title="E", category="绿茶 / Green tea", brand="雪芽 / Snowbud",
    tags=("手工 / Hand-made",), attributes={"产地 / Origin": "武夷山 / Wuyi"},
)  # fmt: skip


@pytest.mark.parametrize(
    "text",
    [
        *('category == "绿茶"', 'category == "Green tea"', 'category == "绿茶 / Green tea"'),
        *(
            'brand in ["雪芽"]',
            '"手工" in tags',
            '"Hand-made" in tags',
            'attributes["产地"] == "Wuyi"',
        ),
        *('attributes["产地 / Origin"] == "武夷山"', 'category != "Green"'),
    ],
)
def test_either_side_of_a_text_in_both_languages_is_the_text(text: str) -> None:
    rows = iter(range(1000))
    catalogue = Catalogue(lambda _: next(rows), lambda _: next(rows))
    for item in (*ITEMS[2:], BILINGUAL):
        catalogue.put_item(item)
        catalogue.put_listing("s", Listing(item_id=item.item_id), 0)
    listings = catalogue.shelf("s")
    assert listings is not None
    assert compile_filter(text)(listings, AT)[-1]
    assert not compile_filter(f"not ({text})")(listings, AT)[-1]


@pytest.fixture(scope="module")
def shelf() -> Listings:
    rows = iter(range(1000))
    catalogue = Catalogue(lambda _: next(rows), lambda _: next(rows))
    for item in ITEMS:
        catalogue.put_item(item)
        catalogue.put_listing("s", Listing(item_id=item.item_id, pinned=item.item_id == "b"), 0)
    listings = catalogue.shelf("s")
    assert listings is not None
    return listings


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", "abcd"),
        ('category == "skincare"', "ab"),
        ('category == "skincare" and price < 200', "a"),
        ("category != 'skincare'", "cd"),
        ('category == ""', "d"),
        ('category == "香水" or brand == "Ora"', "bc"),
        ('brand == "Lumi" and not category == "香水"', "a"),
        ('not (brand == "Lumi" or price >= 250)', "d"),
        ('brand in ["Lumi", "Ora"]', "abc"),
        ('"gift" in tags', "a"),
        ('"t11" in tags', "d"),
        ('not "gift" in tags', "bcd"),
        ('attributes.skin == "dry"', "a"),
        ('attributes["香调"] in ["木质", "花香"]', "c"),
        ('attributes.skin != "dry"', "bcd"),
        ("price == 19.9", "c"),
        ("200 > price", "ac"),
        ("price != 99", "bc"),
        ("rating >= 4", "a"),
        ("reviews > 0", "b"),
        ("reviews == 0", "acd"),
        ("sales < 1", "abcd"),
        ("rating != 3", "a"),
        ("stock > 100", "abcd"),
        ("pinned", "b"),
        ("not pinned and price > -1.5", "ac"),
        ('item_id in ["a","zz","d"]', "ad"),
        ('"Lumi" == brand', "ac"),
        ('brand == "Lumi" or brand == "Ora" and price < 100', "ac"),
        ('brand == "\\"" or brand == \'\\\\\'', ""),
    ],
)
def test_a_filter_selects_what_it_says(shelf: Listings, text: str, expected: str) -> None:
    mask = compile_filter(text)(shelf, AT)
    assert mask.dtype == bool
    assert "".join(i for i, keep in zip(shelf.item_ids, mask, strict=True) if keep) == expected


@pytest.mark.parametrize(
    ("text", "position", "words"),
    [
        ("colour == 'red'", 0, "known here: item_id, category"),
        ('price == "cheap"', 9, "expected a number"),
        ('category < "x"', 9, "expected one of == !="),
        ('category == "x" and', 19, "expected a field, found the end"),
        ('category == "x', 12, "cannot be read"),
        ("price < 200)", 11, "expected the end"),
        ("(price < 200", 12, "expected )"),
        ("price < 2e400", 8, "cannot be read"),
        ("price < 1" + "0" * 20, 8, "expected a number"),
        ("tags == 'x'", 0, "in tags"),
        ("not " * 30 + "pinned", 52, "nested deeper"),
        ("(" * 200, 13, "nested deeper"),
        ("pinned or " * 60 + "pinned", MAX_LENGTH, "longer than"),
        (f"item_id in [{','.join(['1'])}]", 12, "a text in quotes"),
        ("item_id in [" + ",".join(["''"] * (MAX_LIST + 2)) + "]", 164, "at most 50"),
        ("price < 200; drop", 11, "expected the end"),
        ("__import__('os')", 0, "expected a field"),
        ("price # 3", 6, "cannot be read"),
        ("attributes == 'x'", 11, "expected ["),
    ],
)
def test_a_wrong_filter_is_refused_with_its_position(text: str, position: int, words: str) -> None:
    with pytest.raises(ExpressionError) as caught:
        compile_filter(text)
    assert words in str(caught.value)
    assert caught.value.position == position


@given(st.text(st.sampled_from("pricetags<>=!()[]\"', andornot01.;香\\\n"), max_size=60))
def test_any_text_either_compiles_or_is_refused_in_words(shelf: Listings, text: str) -> None:
    try:
        mask = compile_filter(text)(shelf, AT)
    except ExpressionError as error:
        assert 0 <= error.position <= len(text)  # noqa: PT017 - both outcomes are right
    else:
        assert mask.shape == (shelf.n,)


def test_a_boost_multiplies_the_factors_of_the_rules_that_match(shelf: Listings) -> None:
    boost = compile_boost('brand == "Lumi" => 2; price < 50 => 1.2; category == "skincare" => 0.5')
    made = boost(shelf, AT)
    assert made.factors.tolist() == pytest.approx([1.0, 0.5, 2.4, 1.0])
    raised = {words: mask.tolist() for words, mask in made.raised}
    assert raised == {
        'brand == "Lumi"': [True, False, True, False],
        "price < 50": [False, False, True, False],
    }


def test_a_boost_without_a_factor_takes_the_usual_one(shelf: Listings) -> None:
    assert compile_boost("pinned")(shelf, AT).factors.tolist() == [1.0, USUAL_FACTOR, 1.0, 1.0]
    assert compile_boost("")(shelf, AT).factors.tolist() == [1.0] * 4


def test_boosts_stay_within_their_limits(shelf: Listings) -> None:
    assert compile_boost("price > 0 => 9; price > 0 => 9")(shelf, AT).factors[0] == FACTORS[1]
    for text in ("pinned => 11", "pinned => 0", "pinned => x", "=> 2", "pinned =>"):
        with pytest.raises(ExpressionError):
            compile_boost(text)
    with pytest.raises(ExpressionError, match="at most 8 rules"):
        compile_boost("pinned;" * 9)


def on_sale(*offers: Promotion) -> tuple[Catalogue, Listings]:
    """Return a shelf of a, usually 158.0, b that costs 118.0 and c without a price."""
    rows = iter(range(1000))
    catalogue = Catalogue(lambda _: next(rows), lambda _: next(rows))
    for item_id, price in (("a", 158.0), ("b", 118.0), ("c", None)):
        catalogue.put_item(Item(item_id=item_id, title=item_id, price=price))
        catalogue.put_listing("s", Listing(item_id=item_id), 0)
    catalogue.put_listing("s", Listing(item_id="a", promotions=offers), 0)
    listings = catalogue.shelf("s")
    assert listings is not None
    return catalogue, listings


def limited(price: float, starts: int, ends: int, kind: str = "limited") -> Promotion:
    return Promotion(promotion_id="p", kind=kind, price=price, starts=starts, ends=ends)


def test_a_price_is_that_of_the_moment() -> None:
    _, shelf = on_sale(limited(118.0, AT, AT + 10))
    below, above = compile_filter("price < 120"), compile_filter("price >= 150")
    boost = compile_boost("price < 120 => 2")
    assert (below(shelf, AT).tolist(), above(shelf, AT).tolist()) == (
        [True, True, False],
        [False, False, False],
    )
    assert boost(shelf, AT).factors.tolist() == [2.0, 2.0, 1.0]
    assert boost(shelf, AT).raised[0][1].tolist() == [True, True, False]
    for at in (AT - 1, AT + 10):
        assert (below(shelf, at).tolist(), above(shelf, at).tolist()) == (
            [False, True, False],
            [True, False, False],
        )
        assert boost(shelf, at).factors.tolist() == [1.0, 2.0, 1.0]
    assert compile_filter("list_price >= 150")(shelf, AT).tolist() == [True, False, False]


def test_an_offer_that_is_changed_or_taken_back_leaves_nothing_behind() -> None:
    catalogue, shelf = on_sale(limited(118.0, 0, 0))
    for offers, price in (((limited(99.0, 0, 0),), 99.0), ((), 158.0)):
        assert shelf.prices(AT)[0] != price
        catalogue.put_listing("s", Listing(item_id="a", promotions=offers), 0)
        assert shelf.prices(AT)[0] == price
    assert shelf.prices(AT) is shelf.price  # nothing is worked out where nothing is limited


TIMES = st.integers(0, 4)
OFFERS = st.lists(
    st.builds(
        limited, st.sampled_from((50.0, 118.0, 158.0, 200.0)), TIMES, TIMES,
        st.sampled_from(("limited", "group")),
    ),
    max_size=4,
)  # fmt: skip


@given(OFFERS, TIMES)
def test_prices_of_a_moment_are_what_offers_say(offers: list[Promotion], at: int) -> None:
    _, shelf = on_sale(*offers)
    told = offer(shelf.listings[0], 158.0, at)[0]
    assert shelf.prices(at)[0] == told
    assert shelf.prices(at)[1] == 118.0
