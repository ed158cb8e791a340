"""What becomes of a recommendation: only what its own visitor did, on that card, from then on."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from data.schemas import Kind, Query, Recommendation, Slot
from tests.streams import MINUTE, NOW, Stream, item
from training.scan import _Scanner, scan
from training.scanned import Scanned

ANN, BEA = "a" * 32, "b" * 32


def told(kind: Kind, at: int = NOW + MINUTE, **fields: Any) -> Scanned:
    """Show Ann one pick on card `s`, let one event name it, and scan the log."""
    stream = Stream()
    stream.shelf("s", [item(1)])
    query = Query(recommendation_id="", seller_id="s", visitor=ANN, at=NOW)
    shown = stream.add(
        Kind.RECOMMENDATION,
        NOW,
        seller_id="s",
        visitor=ANN,
        payload=Recommendation(
            query=query,
            slots=(Slot("i1", 1.0, 1.0, "popular"),),
            candidates=1,
            state_seq=0,
            model_version="",
            digest="",
            fallback_level=0,
            personalized=True,
        ),
    )
    fields = {"visitor": ANN, "recommendation_id": shown.event.event_id, **fields}
    stream.act(kind, fields.pop("visitor"), "i1", at, **fields)
    return scan(stream.entries)


STRANGE = pytest.mark.parametrize(
    "change",
    [
        {"seller_id": "t"},
        {"visitor": BEA},
        {"at": NOW - 6 * MINUTE},
        {"recommendation_id": "another"},
    ],
    ids=["another card", "another visitor", "before it was shown", "another list"],
)


@pytest.mark.parametrize("at", [NOW - 4 * MINUTE, NOW, NOW + MINUTE])
def test_an_act_that_names_the_list_it_came_from_is_its_outcome(at: int) -> None:
    scanned = told(Kind.CLICK, at)
    assert scanned.shown[0].outcomes == [("i1", at)]
    assert scanned.joined.tolist() == [True]


@STRANGE
def test_an_act_of_somebody_else_elsewhere_or_earlier_is_no_outcome(change: dict[str, Any]) -> None:
    scanned = told(Kind.CLICK, **change)
    assert scanned.shown[0].outcomes == []
    assert scanned.joined.tolist() == [False]


def test_a_pick_that_came_into_view_is_viewed() -> None:
    assert told(Kind.IMPRESSION, NOW).shown[0].viewed == {"i1"}


@STRANGE
def test_an_impression_of_somebody_else_elsewhere_or_earlier_views_nothing(
    change: dict[str, Any],
) -> None:
    assert told(Kind.IMPRESSION, **change).shown[0].viewed == set()


def dwells(days: int, shift: int = 0) -> Stream:
    """Let Ann look at another product each hour, twice within a minute, for some days."""
    stream = Stream()
    stream.shelf("s", [item(n) for n in range(24 * days)])
    for hour in range(24 * days):
        at = NOW + shift + hour * 60 * MINUTE
        for more in (0, MINUTE):
            stream.act(Kind.DWELL, ANN, f"i{hour}", at + more, duration_ms=9_000)
    return stream


def test_visits_that_ended_long_ago_fill_no_memory_and_count_as_before() -> None:
    scanner = _Scanner()
    for entry in dwells(10).entries:
        scanner.see(entry)
    assert len(scanner.visits) + len(scanner.older_visits) <= 2 * 25
    found = scanner.done().value
    assert (found[1::2] > found[::2]).all()  # the second report goes on with the visit
    assert np.array_equal(found, scan(dwells(10, shift=11 * 60 * MINUTE).entries).value)


def test_a_log_without_acts_has_empty_columns() -> None:
    scanned = scan([])
    assert scanned.at.dtype == np.int64
    assert len(scanned.visitor) == len(scanned.asks) == 0
