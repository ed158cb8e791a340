"""What is said of a pick, and what a product nobody touched is lent."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from data import features
from data.schemas import Item, Kind, Listing, Promotion, key64
from models import explain
from models.base import History, Rows, Scores
from models.kin import Kin
from models.language import LANGUAGES
from models.popularity import Popularity
from models.recommender import Recommender
from models.settings import Settings
from tests.recommenders import by, query, shop
from tests.streams import Stream, item


@pytest.mark.parametrize(
    ("column", "code", "evidence"),
    [
        ("own_acts", "repeat", ""),
        ("category_browse", "category_affinity", "c0"),
        ("listing_share", "popular_here", ""),
    ],
)
def test_the_first_reason_is_the_group_that_moved_the_score(
    column: str, code: str, evidence: str
) -> None:
    stream = shop()
    for _ in range(3):
        stream.act(Kind.VIEW, "v", "i4")
    slot = by(column).recommend(query(), stream.state).record.slots[0]
    assert slot.reasons[0] == (code, evidence)


def test_what_a_visitor_did_on_another_card_is_told_nobody() -> None:
    stream = shop()
    stream.shelf("other", [item(4, category="c0")])
    for _ in range(3):
        stream.act(Kind.VIEW, "v", "i4", seller_id="other")
    stream.act(Kind.VIEW, "v", "i1")  # known here, but not for i4 or what it is
    for column in ("own_acts", "category_browse", "own_weight"):
        for asked in (query(), query(context_items=("i1",))):
            for slot in by(column).recommend(asked, stream.state).record.slots:
                if slot.item_id in ("i0", "i2", "i4"):
                    told = {code for code, _ in slot.reasons}
                    assert not told & {"repeat", "category_affinity"}
                assert "i4" not in {evidence for _, evidence in slot.reasons}


def test_a_boost_gives_no_reason_but_its_own() -> None:
    stream = shop()
    for _ in range(3):
        stream.act(Kind.VIEW, "a", "i4")
    plain = by("listing_share").recommend(query(), stream.state).record
    boosted = (
        by("listing_share").recommend(query(boost='category == "c1" => 10'), stream.state).record
    )
    why = {slot.item_id: slot.reasons for slot in plain.slots}
    for slot in boosted.slots:
        assert tuple(r for r in slot.reasons if r[0] != "boosted") == why[slot.item_id]


@pytest.mark.parametrize("fields", [{"rating": 1.0, "reviews": 500}, {"rating": 5.0, "reviews": 1}])
def test_only_the_well_and_often_rated_are_called_well_reviewed(fields: dict[str, Any]) -> None:
    stream = Stream()
    stream.shelf("s", [item(0, **fields), *(item(n) for n in range(1, 6))])
    for slot in by("reviews").recommend(query(), stream.state).record.slots:
        assert "well_reviewed" not in {code for code, _ in slot.reasons}


def test_a_product_nobody_touched_is_not_trending() -> None:
    for slot in by("item_trend").recommend(query(), shop().state).record.slots:
        assert "trending" not in {code for code, _ in slot.reasons}


def test_a_list_without_personalisation_is_not_called_personal_for_its_context() -> None:
    asked = query(personalization=False, context_items=("i1",))
    assert not by("item_acts_total").recommend(asked, shop().state).record.personalized


def test_every_reason_is_said_in_both_languages() -> None:
    for code in [*features.GROUPS, "bought_next", "similar_to_viewed"]:
        for language in LANGUAGES:
            for evidence in ("", "x"):
                text = explain.render(code, evidence, language, {"x": "面膜"})
                assert text
                assert "{" not in text


def test_a_price_or_category_that_reads_like_an_id_is_no_products_name() -> None:
    titles = {"29": "扳手", "tea": "茶壶"}
    assert explain.render("on_offer", "29", "en", titles) == "Limited offer: ¥29"
    assert explain.render("category_affinity", "tea", "zh", titles) == "你常看的tea"
    assert "扳手" in explain.render("similar_to_viewed", "29", "zh", titles)


@pytest.mark.parametrize(("price", "told"), [(39.9, ()), (39.89, (("on_offer", "39.89"),))])
@pytest.mark.parametrize("own", [39.9, None])
def test_an_offer_at_the_usual_price_is_none(
    price: float, told: tuple[explain.Reason, ...], own: float | None
) -> None:
    """39.9 is a little more in single precision."""
    stream = Stream()
    stream.shelf("s", [item(0, price=39.9)])
    limited = Promotion(promotion_id="p", kind="limited", price=price)
    placed = Listing(item_id="i0", price=own, promotions=(limited,))
    stream.add(Kind.LISTING, seller_id="s", item_id="i0", payload=placed)
    slot = by("item_acts_total").recommend(query(), stream.state).record.slots[0]
    assert slot.reasons[1:] == told


class Blue:
    """Give what is blue a vector of its own; blue products lend to each other."""

    width = 2

    def __init__(self) -> None:
        vectors = np.array([self.encode(item(n, tags=("blue",) * (n < 3))) for n in range(6)])
        self.kin = Kin(vectors, np.array([9, 8, 0, 3, 5, 1]))

    def encode(self, item: Item) -> Scores:
        known = float("odd" not in item.tags)
        return np.array([known, 0.0] if "blue" in item.tags else [0.0, known], np.float32)


class Loud(Popularity):
    """Say of each row ten times its number, of what is not known nothing."""

    def __init__(self, *, lends: bool) -> None:
        super().__init__()
        self.lends = lends  # type: ignore[misc]  # what each kind of retriever declares

    def score(self, history: History, rows: Rows, out: Scores) -> None:  # noqa: ARG002
        out[:] = np.where(rows >= 0, 10.0 * rows, 0.0)[:, None]


@pytest.mark.parametrize("lends", [True, False])
@pytest.mark.parametrize("candidates", [100, 6])
def test_what_nobody_has_touched_gets_what_its_kin_are_given(lends: bool, candidates: int) -> None:
    stream = Stream()
    items = [item(n, tags=("blue",) * (n < 3)) for n in range(6)]
    stream.shelf("s", [*items, item(6, tags=("blue",)), item(7, tags=())])
    keys = np.array([key64("item", f"i{n}") for n in range(6)], np.uint64)
    model = Recommender(
        retrievers=(Loud(lends=lends),),
        encoder=Blue(),
        item_keys=keys,
        settings=Settings(epsilon=0.0, candidates=candidates),
    )
    found = model.candidates(query(), stream.state)
    assert found is not None
    ids = [found.listings.item_ids[place] for place in found.positions]
    said = found.matrix[:, model.feature_names.index("popularity_total")].tolist()
    new = found.matrix[:, model.feature_names.index("new_to_model")].tolist()
    own = {"i0": 0.0, "i1": 10.0, "i3": 30.0, "i4": 40.0, "i5": 50.0}
    # the blue ones that were touched are rows 0 and 1, the others 3, 4 and 5
    lent = {"i2": 5.0, "i6": 5.0, "i7": 40.0} if lends else {"i2": 20.0, "i6": 0.0, "i7": 0.0}
    assert len(ids) == min(candidates, 8)
    assert said == [(own | lent)[name] for name in ids]
    assert new == [float(name in lent) for name in ids]


class Next(Loud):
    """Say the same as what was looked at next."""

    columns = ("next_item_sum",)


class AsLent:
    """Rank by what the only retriever says."""

    def score(self, matrix: Scores) -> Scores:
        return np.ascontiguousarray(matrix[:, len(features.FEATURES)])


def test_nobody_went_on_to_what_nobody_has_touched() -> None:
    """What a new product is lent moves its score, but tells nothing of what others did."""
    stream = Stream()
    blue = [item(n, tags=("blue",)) for n in range(3)]
    stream.shelf("s", [*blue, item(4), item(7, tags=())])
    stream.act(Kind.VIEW, "v", "i1")
    model = Recommender(
        retrievers=(Next(lends=True),),
        encoder=Blue(),
        item_keys=np.array([key64("item", f"i{n}") for n in range(6)], np.uint64),
        ranker=AsLent(),
        settings=Settings(epsilon=0.0),
    )
    slots = model.recommend(query(), stream.state).record.slots
    assert [slot.item_id for slot in slots] == ["i4", "i7", "i1", "i2", "i0"]
    assert slots[0].reasons == (("bought_next", ""),)
    assert "bought_next" not in {code for code, _ in slots[1].reasons}


def test_what_is_like_nothing_is_lent_nothing() -> None:
    stream = Stream()
    stream.shelf("s", [item(6, tags=("odd",))])
    keys = np.array([key64("item", f"i{n}") for n in range(6)], np.uint64)
    model = Recommender(retrievers=(Loud(lends=True),), encoder=Blue(), item_keys=keys)
    found = model.candidates(query(), stream.state)
    assert found is not None
    assert found.matrix[:, model.feature_names.index("popularity_total")].tolist() == [0.0]
