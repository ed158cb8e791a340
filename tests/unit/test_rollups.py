"""Sums of a seller's figures: what one event can do to them."""

from __future__ import annotations

import msgspec
import pytest

from data.counters import PLACE
from data.rolling import Roller
from data.rollups import Rollup
from data.schemas import Event, Kind, Logged
from data.stores import open_stores, open_warehouse

HOUR = 3_600_000


def logged(seq: int, kind: Kind, **told: object) -> Logged:
    event = Event(event_id=str(seq), kind=kind, at=HOUR, seller_id="s", visitor="v", **told)  # type: ignore[arg-type]
    return Logged(seq, event)


def folded(*entries: Logged) -> Rollup:
    rollup = Rollup()
    rollup.fold(entries, lambda *_: None, lambda _: {})
    return rollup


def test_purchases_at_the_limits_of_the_wire_stay_within_64_bits() -> None:
    entries = [
        logged(n, Kind.PURCHASE, item_id="i", price=1e9, quantity=100_000) for n in range(1, 1_001)
    ]
    (visit,) = folded(*entries).visits.values()
    assert 0 < visit.sums[PLACE["revenue"]] < 2**63
    assert visit.sums[PLACE["purchases"]] == 1_000


def test_an_entry_that_cannot_be_read_is_passed_over_and_the_next_ones_count() -> None:
    broken = logged(1, Kind.QUESTION, payload=msgspec.Raw(b'{"status": 5}'))
    (visit,) = folded(broken, logged(2, Kind.OPEN)).visits.values()
    assert visit.sums[PLACE["opens"]] == 1
    assert visit.sums[PLACE["questions"]] == 0


def test_a_list_that_cannot_be_read_does_not_keep_later_events_from_being_counted() -> None:
    broken = logged(1, Kind.RECOMMENDATION, payload=msgspec.Raw(b'{"query": 5}'))
    click = logged(2, Kind.CLICK, item_id="i", recommendation_id="1")
    with open_stores("memory://") as stores:
        stores.log.append([broken.event, click.event])
        opened = open_warehouse("memory://")
        assert Roller(stores.log, opened.rollups).run() == 2
        assert opened.rollups.cursor() == 2
        opened.close()


@pytest.mark.parametrize("price", [-1e300, -5.0, 1e308])
def test_a_price_that_no_wire_takes_stops_no_figures(price: float) -> None:
    """An imported export may say anything that a number can."""
    odd = logged(1, Kind.PURCHASE, item_id="i", price=price, quantity=2)
    (visit,) = folded(odd, logged(2, Kind.PURCHASE, item_id="i", price=3.0)).visits.values()
    assert 300 <= visit.sums[PLACE["revenue"]] < 2**63
    assert visit.sums[PLACE["purchases"]] == 2
