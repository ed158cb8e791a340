"""Sums of a seller's figures: what one event can do to them."""

from __future__ import annotations

import msgspec

from data.rollups import PLACE, Rollup
from data.schemas import Event, Kind, Logged

HOUR = 3_600_000


def logged(seq: int, kind: Kind, **told: object) -> Logged:
    event = Event(event_id=str(seq), kind=kind, at=HOUR, seller_id="s", visitor="v", **told)  # type: ignore[arg-type]
    return Logged(seq, event)


def folded(*entries: Logged) -> Rollup:
    rollup = Rollup()
    rollup.fold(entries, lambda *_: None)
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
