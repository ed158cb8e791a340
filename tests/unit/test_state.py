"""What the one fold promises: the same state however it was reached."""

from __future__ import annotations

import numpy as np
import pytest

from data import features
from data.schemas import Consent, Event, Item, Kind, Listing, Logged
from data.state import State
from data.statistics import DISLIKES, IMPRESSIONS, TOTAL, VIEWS, Statistics
from models.recommender import Recommender
from tests.recommenders import query, shop
from tests.streams import DAY, MINUTE, NOW, Stream, item


def test_an_entry_is_folded_once_and_in_order() -> None:
    stream = shop()
    with pytest.raises(ValueError, match="folded already"):
        stream.state.apply(stream.entries[-1])


def test_an_interaction_counts_for_the_item_everywhere_and_for_the_listing_of_that_card() -> None:
    stream = shop()
    stream.shelf("other", [item(0)])
    stream.act(Kind.VIEW, "v", "i0")
    stream.act(Kind.VIEW, "v", "i0", seller_id="other")
    stream.act(Kind.NOT_INTERESTED, "v", "i0")
    stream.act(Kind.IMPRESSION, "v", "i0")
    state = stream.state
    mine, other = state.catalogue.shelf("s"), state.catalogue.shelf("other")
    assert mine is not None
    assert other is not None
    everywhere = state.items.values[mine.item_rows[0]]
    assert everywhere[[TOTAL, VIEWS, DISLIKES, IMPRESSIONS]] == pytest.approx([2, 2, 1, 1])
    assert state.listings.values[mine.listing_rows[0], TOTAL] == 1
    assert state.listings.values[other.listing_rows[0], TOTAL] == 1


def test_statistics_do_not_depend_on_the_order_of_arrival() -> None:
    times = [NOW + n * DAY // 3 for n in range(12)]
    ordered, shuffled = Statistics(), Statistics()
    for at in times:
        ordered.fold(ordered.row(5), 1, at)
    for at in np.random.default_rng(3).permutation(times).tolist():
        shuffled.fold(shuffled.row(5), 1, at)
    assert shuffled.values[0] == pytest.approx(ordered.values[0])
    assert shuffled.times[0].tolist() == ordered.times[0].tolist()


def test_a_price_of_the_shelf_overrides_the_items_own_and_an_item_edit_reaches_every_shelf() -> (
    None
):
    stream = shop()
    stream.shelf("other", [item(0)])
    own = Listing(item_id="i0", price=80.0)
    stream.add(Kind.LISTING, seller_id="s", item_id="i0", payload=own)
    stream.add(Kind.ITEM, item_id="i0", payload=item(0, price=120.0, rating=4.9))
    mine, other = stream.state.catalogue.shelf("s"), stream.state.catalogue.shelf("other")
    assert mine is not None
    assert other is not None
    assert (mine.price[0], other.price[0]) == (80.0, 120.0)
    assert mine.rating[0] == np.float32(4.9)
    assert mine.n == 6


def test_a_removed_or_sold_out_or_deleted_product_is_not_on_offer_and_can_come_back() -> None:
    stream = shop(4)
    shelf = stream.state.catalogue.shelf("s")
    assert shelf is not None
    for listing in (Listing(item_id="i0", removed=True), Listing(item_id="i1", stock=0)):
        stream.add(Kind.LISTING, seller_id="s", item_id=listing.item_id, payload=listing)
    stream.add(Kind.ITEM, item_id="i2", payload=item(2, deleted=True))
    assert shelf.on_offer().tolist() == [False, False, False, True]
    stream.add(Kind.LISTING, seller_id="s", item_id="i0", payload=Listing(item_id="i0"))
    assert shelf.on_offer().tolist() == [True, False, False, True]


def test_without_consent_acts_count_for_items_but_no_longer_for_the_profile() -> None:
    stream = shop()
    stream.act(Kind.VIEW, "v", "i0")
    stream.add(Kind.CONSENT, visitor="v", payload=Consent(personalization=False))
    before = stream.state.profile("v").to_bytes()
    stream.act(Kind.VIEW, "v", "i1")
    assert stream.state.profile("v").to_bytes() == before
    shelf = stream.state.catalogue.shelf("s")
    assert shelf is not None
    assert stream.state.items.values[shelf.item_rows[1], TOTAL] == 1
    stream.add(Kind.CONSENT, visitor="v", payload=Consent(personalization=True))
    stream.act(Kind.VIEW, "v", "i1")
    assert len(stream.state.profile("v").touches) == 2


def test_asking_for_an_unknown_visitor_keeps_nothing() -> None:
    stream = shop()
    assert len(stream.state.profile("nobody").touches) == 0
    assert stream.state.checkpoint().profiles == {}


def test_clean_profiles_are_let_go_and_dirty_ones_are_kept_until_saved() -> None:
    saved: dict[str, bytes] = {}
    state = State(saved.get, keep=2)
    for n in range(6):
        event = Event(
            event_id=f"e{n}", kind=Kind.VIEW, at=NOW, seller_id="s", visitor=f"v{n}", item_id="i"
        )
        state.apply(Logged(n + 1, event))
    assert all(len(state.profile(f"v{n}").touches) == 1 for n in range(6))
    saved.update(state.checkpoint().profiles)
    assert all(len(state.profile(f"v{n}").touches) == 1 for n in range(6))
    state.saved()
    for n in range(6):
        assert len(state.profile(f"v{n}").touches) == 1
    assert len(state.visitors) <= 2


def test_features_are_the_same_bytes_after_any_detour_through_a_saved_profile() -> None:
    stream = shop()
    for n in range(20):
        stream.act(Kind.VIEW, "v", f"i{n % 5}", NOW + n * MINUTE)
    first = Recommender.fallback().candidates(query("v"), stream.state)
    again = State()
    for logged in stream.entries:
        again.apply(logged)
    second = Recommender.fallback().candidates(query("v"), again)
    assert first is not None
    assert second is not None
    assert first.matrix.tobytes() == second.matrix.tobytes()
    assert first.digest() == second.digest()


def test_a_single_changed_number_changes_the_digest() -> None:
    found = Recommender.fallback().candidates(query("v"), shop().state)
    assert found is not None
    touched = found.matrix.copy()
    touched[0, 0] = np.nextafter(touched[0, 0], np.float32(1e9))
    assert features.digest(found.keys, touched) != found.digest()


def test_the_fingerprint_is_stable_and_covers_the_columns() -> None:
    assert features.fingerprint() == features.fingerprint()
    matrix = Recommender.fallback().candidates(query("v"), shop().state)
    assert matrix is not None
    assert matrix.matrix.shape == (6, len(features.FEATURES) + 1)


def test_every_column_of_a_reason_group_exists_and_every_feature_is_named_once() -> None:
    assert len(set(features.FEATURES)) == len(features.FEATURES)
    for columns in features.GROUPS.values():
        assert set(columns) <= set(features.FEATURES)


@pytest.mark.parametrize(
    ("name", "kind"),
    [("own_acts", Kind.VIEW), ("own_intents", Kind.CART), ("own_purchases", Kind.PURCHASE)],
)
def test_what_a_visitor_did_with_a_product_is_counted_in_its_row_alone(
    name: str, kind: Kind
) -> None:
    stream = shop()
    stream.act(kind, "v", "i3")
    found = Recommender.fallback().candidates(query("v"), stream.state)
    assert found is not None
    column = found.matrix[:, features.FEATURES.index(name)]
    assert column.tolist() == [0, 0, 0, 1, 0, 0]


@pytest.mark.parametrize("kind", [Kind.ITEM, Kind.LISTING, Kind.RECOMMENDATION, Kind.CONSENT])
def test_an_unreadable_entry_is_counted_and_changes_nothing(kind: Kind) -> None:
    stream = shop()
    stream.act(Kind.VIEW, "v", "i0")
    before = stream.state.profile("v").to_bytes()
    broken = {"personalization": "maybe", "slots": [None]}
    stream.add(kind, seller_id="s", visitor="v", item_id="i0", payload=broken)
    assert stream.state.unreadable == 1
    assert stream.state.seq == len(stream.entries)
    assert stream.state.profile("v").to_bytes() == before


def test_a_shorter_visit_after_an_edit_leaves_features_finite() -> None:
    stream = shop()
    stream.act(Kind.DWELL, "v", "i0", duration_ms=600_000)
    edited = item(0, category="new", brand="Other", price=9.0)
    stream.add(Kind.ITEM, item_id="i0", payload=edited)
    stream.act(Kind.DWELL, "v", "i0", duration_ms=0)
    found = Recommender.fallback().candidates(query("v"), stream.state)
    assert found is not None
    assert np.isfinite(found.matrix).all()


def test_products_without_price_rating_or_facets_have_finite_features() -> None:
    stream = Stream()
    stream.shelf("s", [Item(item_id="bare", title=""), item(1)])
    found = Recommender.fallback().candidates(query("v"), stream.state)
    assert found is not None
    assert np.isfinite(found.matrix).all()
