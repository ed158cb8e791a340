"""What the request path promises, with and without a learned order."""

from __future__ import annotations

import msgspec
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from data.profile_rows import MAX_AFFINITY, MAX_DECLINED, MAX_TOUCHES
from data.profiles import Profile
from data.schemas import Consent, Item, Kind, Listing, key64
from models.base import ItemFacts, Scores
from models.guest import turned_down
from models.item_knn import ItemKnn
from models.recommender import Recommender
from models.settings import Settings
from tests.contracts.test_retrievers import interactions
from tests.recommenders import SURE, by, query, shop, shown
from tests.streams import DAY, MINUTE, NOW, Stream, item


def test_a_seller_without_a_shelf_gets_an_empty_list() -> None:
    record = Recommender.fallback().recommend(query(), Stream().state).record
    assert record.slots == ()
    assert not record.personalized


def test_before_any_event_the_sellers_own_order_is_shown() -> None:
    stream = shop(4)
    stream.add(
        Kind.LISTING, seller_id="s", item_id="i3", payload=Listing(item_id="i3", position=-1)
    )
    record = Recommender(settings=SURE).recommend(query(), stream.state).record
    assert [slot.item_id for slot in record.slots] == ["i3", "i0", "i1", "i2"]
    assert record.fallback_level == 4
    assert record.slots[0].reasons == (("sellers_choice", ""),)


def test_without_a_model_what_is_popular_on_this_card_comes_first() -> None:
    stream = shop()
    for visitor in ("a", "b", "c"):
        stream.act(Kind.VIEW, visitor, "i4")
    stream.act(Kind.VIEW, "a", "i2")
    record = Recommender(settings=SURE).recommend(query(), stream.state).record
    assert [slot.item_id for slot in record.slots][:2] == ["i4", "i2"]
    assert record.fallback_level == 3
    assert record.slots[0].reasons == (("popular_here", ""),)


def test_where_nothing_moved_the_score_nothing_is_said_that_is_not_true() -> None:
    stream = shop(14)
    for visitor in ("a", "b", "c", "d", "e", "f", "g"):
        stream.act(Kind.VIEW, visitor, "i13")
        stream.act(Kind.VIEW, visitor, "i9")
    stream.act(Kind.VIEW, "a", "i12", NOW - 900 * DAY)  # once, long ago
    record = Recommender(settings=SURE).recommend(query(count=14), stream.state).record
    told = {slot.item_id: [code for code, _ in slot.reasons] for slot in record.slots}
    popular, first = ("i13", "i9"), [f"i{n}" for n in range(9)]
    assert all(told[one] == ["popular_here"] for one in popular)
    assert all(told[one] == ["sellers_choice"] for one in first)
    assert [told[one] for one in ("i10", "i11", "i12")] == [["on_shelf"]] * 3


@pytest.mark.parametrize(
    ("level", "prepare"),
    [
        (0, "old act"),
        (1, "act of this sitting"),
        (1, "context"),
        (2, "sharer"),
        (3, "nothing"),
        (3, "context nobody knows"),
    ],
)
def test_the_level_says_what_the_list_rests_on(level: int, prepare: str) -> None:
    stream = shop()
    stream.act(Kind.VIEW, "friend", "i1")
    asked = query()
    if prepare == "old act":
        stream.act(Kind.VIEW, "v", "i1", NOW)
    elif prepare == "act of this sitting":
        stream.act(Kind.VIEW, "v", "i1", NOW + DAY - MINUTE)
    elif prepare == "context":
        asked = query(context_items=("i1",))
    elif prepare == "context nobody knows":
        asked = query(context_items=("made-up",))
    elif prepare == "sharer":
        stream.add(
            Kind.OPEN, seller_id="s", visitor="v", from_visitor="friend", share_id="x", at=NOW
        )
    record = by("item_acts_total").recommend(asked, stream.state).record
    assert record.fallback_level == level
    assert record.personalized == (level < 3)


def test_a_sharer_of_another_card_is_no_share_context_here() -> None:
    stream = shop()
    stream.shelf("other", [item(1)])
    stream.act(Kind.VIEW, "friend", "i1", seller_id="other")
    record = by("item_acts_total").recommend(query(from_visitor="friend"), stream.state).record
    assert record.fallback_level == 3


def test_only_this_sellers_products_are_ever_shown() -> None:
    stream = shop()
    stream.shelf("other", [item(n) for n in range(100, 120)])
    for n in range(100, 120):
        stream.act(Kind.PURCHASE, "v", f"i{n}", seller_id="other")
    assert set(shown(by("item_acts_total"), query(count=50), stream)) == {f"i{n}" for n in range(6)}


@pytest.mark.parametrize("policy", ["hide", "cooldown", "allow"])
def test_a_five_item_shelf_never_runs_dry(policy: str) -> None:
    stream = shop(5)
    recommender = by("item_acts_total")
    for n in range(4):
        asked = query(recommendation_id=f"r{n}", at=NOW + n * MINUTE, count=3, reshow=policy)
        record = recommender.recommend(asked, stream.state).record
        assert len(record.slots) == 3
        assert len({slot.item_id for slot in record.slots}) == 3
        stream.add(Kind.RECOMMENDATION, asked.at, seller_id="s", visitor="v", payload=record)


def test_hide_shows_what_was_not_shown_before_it_repeats() -> None:
    stream = shop(6)
    recommender = by("item_acts_total")
    first = recommender.recommend(query(count=3, reshow="hide"), stream.state).record
    stream.add(Kind.RECOMMENDATION, NOW + DAY, seller_id="s", visitor="v", payload=first)
    again = shown(recommender, query(recommendation_id="r2", count=3, reshow="hide"), stream)
    assert not set(again) & {slot.item_id for slot in first.slots}


def test_exclusions_and_filters_hold_even_when_little_is_left() -> None:
    stream = shop(6)
    asked = query(exclude=("i0", "i2"), filter='category == "c0"')
    assert shown(by("item_acts_total"), asked, stream) == ["i4"]


def test_a_pinned_product_comes_first_and_says_that_the_seller_chose_it() -> None:
    stream = shop()
    stream.act(Kind.VIEW, "v", "i1")
    pin = Listing(item_id="i5", pinned=True, position=5)
    stream.add(Kind.LISTING, seller_id="s", item_id="i5", payload=pin)
    slot = by("item_acts_total").recommend(query(), stream.state).record.slots[0]
    assert (slot.item_id, slot.propensity) == ("i5", 1.0)
    assert slot.reasons[0] == ("sellers_choice", "")


@pytest.mark.parametrize("scan", [20, 2_000])
def test_pinned_products_of_a_large_shelf_come_first_though_nothing_speaks_for_them(
    scan: int,
) -> None:
    stream = shop(60)
    for number in range(30):
        stream.act(Kind.VIEW, f"v{number % 7}", f"i{number}")
    for number, position in ((37, 9), (33, 8), (41, 7)):
        pin = Listing(item_id=f"i{number}", pinned=True, position=position)
        stream.add(Kind.LISTING, seller_id="s", item_id=f"i{number}", payload=pin)
    recommender = by("item_acts_total", candidates=10, scan=scan)
    assert shown(recommender, query(), stream)[:2] == ["i41", "i33"]
    without = query(filter='item_id != "i41"')
    assert shown(recommender, without, stream)[:2] == ["i33", "i37"]


@pytest.mark.parametrize("scan", [20, 2_000])
def test_what_a_boost_raises_is_shown_though_it_would_be_no_candidate(scan: int) -> None:
    stream = shop(60)
    for number in range(30):
        stream.act(Kind.VIEW, f"v{number % 7}", f"i{number}")
    recommender = by("item_acts_total", candidates=10, scan=scan)
    rule = 'item_id in ["i41", "i33"] => 1.5; item_id == "i37" => 10; item_id == "i2" => 0.2'
    found = shown(recommender, query(boost=rule), stream)
    assert "i37" in found
    assert ("i41" in found) != ("i33" in found)  # two of ten have a seat, the highest factor first
    assert "i37" not in shown(recommender, query(), stream)
    assert "i37" not in shown(recommender, query(boost=rule, exclude=("i37",)), stream)


def test_the_page_of_a_product_does_not_pick_the_product_itself() -> None:
    asked = query(placement="product_page", context_items=("i2",))
    assert "i2" not in shown(by("item_acts_total"), asked, shop())


def test_an_act_changes_the_very_next_list() -> None:
    stream = shop()
    assert shown(by("own_acts"), query(), stream)[0] == "i0"
    stream.act(Kind.VIEW, "v", "i4")
    assert shown(by("own_acts"), query(), stream)[0] == "i4"


def test_personalisation_off_by_request_or_by_consent_reads_no_profile() -> None:
    stream = shop()
    stream.act(Kind.VIEW, "v", "i4")
    assert shown(by("own_acts"), query(personalization=False), stream)[0] == "i0"
    stream.add(Kind.CONSENT, visitor="v", payload=Consent(personalization=False))
    record = by("own_acts").recommend(query(), stream.state).record
    assert record.slots[0].item_id == "i0"
    assert not record.personalized


def test_the_same_question_gets_the_same_answer() -> None:
    stream = shop(30)
    asked = query(count=20, diversity=0.5)
    one = Recommender(settings=Settings(epsilon=0.3)).recommend(asked, stream.state).record
    two = Recommender(settings=Settings(epsilon=0.3)).recommend(asked, stream.state).record
    assert msgspec.json.encode(one) == msgspec.json.encode(two)


@given(st.integers(1, 60), st.integers(1, 80), st.integers(1, 40))
def test_a_large_shelf_is_cut_to_the_candidates_and_keeps_what_she_visited(
    visited: int, count: int, most: int
) -> None:
    stream = shop(60)
    stream.act(Kind.VIEW, "v", f"i{visited - 1}")
    recommender = by("own_acts", candidates=most)
    record = recommender.recommend(query(count=count), stream.state).record
    assert record.candidates == min(most, 60)
    assert len(record.slots) == min(count, most, 60)
    assert record.slots[0].item_id == f"i{visited - 1}"


def test_what_she_bought_again_and_again_is_kept_past_her_newest_acts() -> None:
    stream = shop(120)
    for time in range(3):
        stream.act(Kind.PURCHASE, "v", "i7", NOW - (90 - time) * DAY)
    stream.act(Kind.PURCHASE, "v", "i8", NOW - 87 * DAY)
    for number in range(MAX_TOUCHES):
        stream.act(Kind.VIEW, "v", f"i{20 + number}", NOW - 80 * DAY + number * MINUTE)
        stream.act(Kind.VIEW, f"w{number % 7}", f"i{100 + number % 20}")
        stream.act(Kind.VIEW, f"x{number % 5}", f"i{100 + number % 20}")
    assert key64("item", "i7") not in stream.state.profile("v").touches["item"]
    ranked = shown(by("own_bought", candidates=20), query(count=5), stream)
    assert ranked[:2] == ["i7", "i8"]
    stream.act(Kind.NOT_INTERESTED, "v", "i8", NOW)
    stream.act(Kind.NOT_INTERESTED, "v", "i8", NOW)
    assert "i8" not in shown(by("own_bought", candidates=20), query(count=5), stream)


def test_a_large_shelf_is_searched_as_if_the_catalogue_held_nothing_else() -> None:
    """Product 5 follows 0 once, sixty products that are not on this shelf twice each."""
    pairs = [[0, n] for n in range(20, 80) for _ in range(2)] + [[0, 5]]
    seen = interactions(pairs, 80)
    keys = np.array([key64("item", f"i{n}") for n in range(80)], np.uint64)
    retriever = ItemKnn().fit(seen, ItemFacts([""] * 80, [()] * 80))
    limits = Settings(candidates=3, scan=4, nominate={"item_knn_sum": 1.0}, trend=0.0)
    model = Recommender(retrievers=(retriever,), item_keys=keys, settings=limits)
    stream = shop(12)
    stream.act(Kind.VIEW, "v", "i0")
    for place in (2, 3, 4):  # popular here, were there nothing else to go by
        for n in range(9):
            stream.act(Kind.VIEW, f"other-{n}", f"i{place}")

    def chosen() -> list[str]:
        found = model.candidates(query(), stream.state)
        assert found is not None
        return [found.listings.item_ids[place] for place in found.positions.tolist()]

    assert "i5" in chosen()
    stream.shelf("s", [item(n) for n in (5, 70)])
    assert "i70" in chosen(), "what is listed later is found, too"


def test_a_friends_card_elsewhere_is_no_share_context_here() -> None:
    stream = shop()
    stream.shelf("other", [item(1)])
    stream.act(Kind.VIEW, "friend", "i1")
    stream.add(Kind.OPEN, seller_id="other", visitor="v", from_visitor="friend", share_id="x")
    record = by("sharer_acts").recommend(query(), stream.state).record
    assert record.fallback_level == 3
    assert not any(code == "shared_by_friend" for s in record.slots for code, _ in s.reasons)


def test_a_long_list_is_remembered_from_its_top() -> None:
    stream = shop(90)
    first = by("item_acts_total").recommend(query(count=80), stream.state).record
    stream.add(Kind.RECOMMENDATION, NOW + DAY, seller_id="s", visitor="v", payload=first)
    again = query(recommendation_id="r2", count=5, reshow="hide")
    top = {slot.item_id for slot in first.slots[:64]}
    assert not top & set(shown(by("item_acts_total"), again, stream))


def test_a_shelf_of_nameless_items_is_ranked_all_the_same() -> None:
    stream = Stream()
    stream.shelf("s", [Item(item_id=f"n{n}", title="") for n in range(3)])
    assert len(shown(by("item_acts_total"), query(), stream)) == 3


class Prices:
    """Encode an item by its price; remember which were asked for."""

    width = 2
    kin = None

    def __init__(self) -> None:
        self.asked: list[str] = []

    def encode(self, item: Item) -> Scores:
        self.asked.append(item.item_id)
        return np.array([item.price or 0.0, 1.0], np.float32)


def test_a_model_looks_up_the_shelves_that_are_served_before_it_serves_them() -> None:
    stream, encoder = shop(6), Prices()
    before = Recommender(encoder=Prices())
    shown(before, query(), stream)
    after = Recommender(encoder=encoder)
    (look_up,) = after.ahead(before)
    late = item(9, category="c1")
    stream.shelf("s", [late])  # listed while the shelves are being looked up
    look_up()
    assert encoder.asked == [f"i{n}" for n in range(6)]
    assert late.item_id in shown(after, query(), stream)
    assert encoder.asked == [*(f"i{n}" for n in range(6)), late.item_id]
    fresh = Recommender(encoder=Prices())
    ours, theirs = (one.candidates(query(), stream.state) for one in (after, fresh))
    assert ours is not None
    assert theirs is not None
    assert ours.digest() == theirs.digest()


@pytest.mark.parametrize("model", [Recommender(settings=SURE), by("item_acts_total")])
def test_what_she_turned_down_comes_last_of_all(model: Recommender) -> None:
    stream = shop()
    for visitor in ("a", "b", "v"):
        stream.act(Kind.VIEW, visitor, "i4")
    pin = Listing(item_id="i5", pinned=True, position=5)
    stream.add(Kind.LISTING, seller_id="s", item_id="i5", payload=pin)
    assert shown(model, query(), stream)[:2] == ["i5", "i4"]
    for item_id in ("i5", "i4"):
        stream.act(Kind.NOT_INTERESTED, "v", item_id)
    assert shown(model, query(), stream)[4:] == ["i4", "i5"]
    assert not {"i4", "i5"} & set(shown(model, query(count=4), stream))
    assert shown(model, query("a"), stream)[:2] == ["i5", "i4"]
    stream.act(Kind.FAVORITE, "v", "i4", NOW + MINUTE)  # after all
    assert shown(model, query(), stream)[0] == "i4"


@pytest.mark.parametrize("wanted", [Kind.FAVORITE, Kind.PURCHASE])
def test_time_alone_takes_nothing_back(wanted: Kind) -> None:
    """What she did weighs less by the day, a purchase at another pace than a dislike."""
    model, stream = Recommender(settings=SURE), shop()
    stream.act(Kind.NOT_INTERESTED, "v", "i0", NOW - 3 * DAY)
    stream.act(wanted, "v", "i0", NOW - 2 * DAY)
    stream.act(wanted, "v", "i1", NOW - 3 * DAY)
    stream.act(Kind.NOT_INTERESTED, "v", "i1", NOW - 2 * DAY)
    for days in (-1, 5, 200):
        stream.act(Kind.VIEW, "v", "i3", NOW + days * DAY)
        ranked = shown(model, query(at=NOW + days * DAY + MINUTE), stream)
        assert ranked[-1] == "i1"
        assert ranked.index("i0") < ranked.index("i2")


@pytest.mark.parametrize("reshow", ["allow", "hide", "cooldown"])
def test_what_she_turned_down_stays_so_however_much_she_does_after(reshow: str) -> None:
    """A profile keeps so many weights and shown products, and what she refused beside them."""
    stream, model = shop(3), by("item_acts_total")
    down = ["i1", *(f"o{n}" for n in range(MAX_DECLINED - 1))]  # also on other cards
    for item_id in down:
        stream.act(Kind.NOT_INTERESTED, "v", item_id, NOW - 2 * DAY)
    for n in range(2 * MAX_AFFINITY):
        stream.act(Kind.FAVORITE, "v", f"f{n}", NOW - DAY + n)
        stream.act(Kind.VIEW, "v", f"f{n}", NOW - DAY + n)
    for restored in (False, True):
        profile = stream.state.profile("v")
        if restored:
            profile = Profile.from_bytes(profile.to_bytes())
        assert {key64("item", name) for name in down} <= set(turned_down(profile).tolist())
        assert len(profile.affinity) == MAX_AFFINITY + MAX_DECLINED
    assert shown(model, query(reshow=reshow), stream) == ["i0", "i2", "i1"]
    assert shown(model, query(reshow=reshow, count=2), stream) == ["i0", "i2"]
    stream.act(Kind.FAVORITE, "v", "i1", NOW)  # after all
    assert shown(model, query(reshow=reshow, at=NOW + 1), stream)[0] == "i1"


def test_what_she_turned_down_comes_behind_what_was_held_back_as_shown() -> None:
    stream, model = shop(3), by("item_acts_total")
    stream.act(Kind.NOT_INTERESTED, "v", "i1")
    record = model.recommend(query(count=1, reshow="hide"), stream.state).record
    stream.add(Kind.RECOMMENDATION, seller_id="s", visitor="v", payload=record)
    assert shown(model, query(reshow="hide"), stream) == ["i2", "i0", "i1"]


def test_to_open_what_she_turns_down_brings_nothing_like_it() -> None:
    knn = ItemKnn().fit(interactions([[0, 4]] * 3, 6), ItemFacts([""] * 6, [()] * 6))
    keys = np.array([key64("item", f"i{n}") for n in range(6)], np.uint64)
    model = Recommender(retrievers=(knn,), item_keys=keys, settings=SURE)
    column = model.feature_names.index("item_knn_sum")
    stream = shop()

    def linked() -> list[float]:
        found = model.candidates(query(), stream.state)
        assert found is not None
        told: list[float] = found.matrix[:, column].tolist()
        return told

    stream.act(Kind.VIEW, "v", "i0")
    assert linked()[4] > 0
    stream.act(Kind.NOT_INTERESTED, "v", "i0")
    assert linked() == [0.0] * 6
