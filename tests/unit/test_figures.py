"""Every metric against a slow computation of its own: late, doubled and erased events included."""

from __future__ import annotations

from bisect import bisect_right
from datetime import date, datetime, timedelta
from math import isclose
from pathlib import Path
from zoneinfo import ZoneInfo

import msgspec
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from data import intervals
from data.figures import Figures
from data.metric_kinds import By, Metric, Segment
from data.metrics import METRICS, page
from data.periods import Period
from data.rolling import Roller
from data.rollups import SLOT_MS, signed
from data.schemas import DAY_MS, Event, Kind, Query, Recommendation, Slot, key64
from data.stores import open_stores, open_warehouse
from tests.unit.slow_figures import Slow, table

ZONES = ("Asia/Shanghai", "America/New_York", "Asia/Kathmandu", "Australia/Lord_Howe")
START = round(datetime(2026, 10, 30, tzinfo=ZoneInfo("UTC")).timestamp() * 1000)
"""New York puts its clocks back two days later."""
DAYS = 5
SHELF = {"i1", "i2", "i3"}
KINDS = [
    Kind.OPEN, Kind.VIEW, Kind.IMPRESSION, Kind.CLICK, Kind.DWELL, Kind.FAVORITE, Kind.SHARE,
    Kind.CART, Kind.PURCHASE, Kind.CONSULT, Kind.NOT_INTERESTED, Kind.QUESTION,
]  # fmt: skip

moments = st.integers(START, START + DAYS * DAY_MS - 1) | st.sampled_from(
    [START + n * SLOT_MS + d for n in range(0, 96 * DAYS, 7) for d in (0, -1)]
)


@st.composite
def logs(draw: st.DrawFn) -> list[Event]:
    """Draw a log in the order it arrives: times in any order, some entries sent twice."""
    shown = [_shown(draw, n) for n in range(draw(st.integers(0, 8)))]
    acts = [_act(draw, n) for n in range(draw(st.integers(1, 60)))]
    doubled = draw(st.lists(st.sampled_from(acts), max_size=5))
    erased = [
        Event(event_id=f"x{n}", kind=Kind.ERASURE, at=START, seller_id=seller, visitor=visitor)
        for n, (seller, visitor) in enumerate(
            draw(
                st.lists(st.tuples(st.sampled_from(["", "s"]), st.sampled_from("abf")), max_size=2)
            )
        )
    ]
    return [*shown, *draw(st.permutations([*acts, *erased])), *doubled]


def _shown(draw: st.DrawFn, n: int) -> Event:
    seller, visitor, at = draw(st.sampled_from("st")), draw(st.sampled_from("abcd")), draw(moments)
    query = Query(
        recommendation_id=f"r{n}",
        seller_id=seller,
        visitor=visitor,
        at=at,
        placement=draw(st.sampled_from(["card_home", "product_page"])),
    )
    record = Recommendation(
        query=query,
        slots=tuple(
            Slot(item, 1.0, 1.0, "own") for item in draw(st.sets(st.sampled_from(["i1", "i2"])))
        ),
        candidates=0,
        state_seq=0,
        model_version="m",
        digest="",
        fallback_level=0,
        personalized=True,
        arm=draw(st.sampled_from(["", "personal", "holdout"])),
    )
    payload = msgspec.Raw(msgspec.json.encode(record))
    return Event(
        event_id=f"r{n}",
        kind=Kind.RECOMMENDATION,
        at=at,
        seller_id=seller,
        visitor=visitor,
        payload=payload,
    )


def _list(name: str, visitor: str, items: list[str]) -> Event:
    query = Query(recommendation_id=name, seller_id="s", visitor=visitor, at=START)
    record = Recommendation(
        query=query, slots=tuple(Slot(item, 1.0, 1.0, "own") for item in items), candidates=0,
        state_seq=0, model_version="m", digest="", fallback_level=0, personalized=True,
    )  # fmt: skip
    payload = msgspec.Raw(msgspec.json.encode(record))
    return Event(
        event_id=name, kind=Kind.RECOMMENDATION, at=START, seller_id="s", visitor=visitor,
        payload=payload,
    )  # fmt: skip


def _act(draw: st.DrawFn, n: int) -> Event:
    kind = draw(st.sampled_from(KINDS))
    return Event(
        event_id=f"e{n}",
        kind=kind,
        at=draw(moments),
        seller_id=draw(st.sampled_from("sst")),
        visitor=draw(st.sampled_from(["", "a", "b", "c", "d"])),
        payload=_answered(draw) if kind is Kind.QUESTION else None,
        item_id=None if kind is Kind.OPEN else draw(st.sampled_from(["i1", "i2", "gone"])),
        duration_ms=draw(st.integers(0, 900_000)) if kind is Kind.DWELL else None,
        price=draw(st.sampled_from([None, 0.1, 9.9, 1250.0])) if kind is Kind.PURCHASE else None,
        quantity=draw(st.sampled_from([None, 0, 1, 3])) if kind is Kind.PURCHASE else None,
        recommendation_id=draw(st.sampled_from([None, "r0", "r1", "r7", "lost"])),
        share_id=draw(st.sampled_from([None, "x"])) if kind is Kind.OPEN else None,
        channel=draw(st.sampled_from([None, "wechat", "link"])) if kind is Kind.OPEN else None,
        from_visitor=draw(st.sampled_from([None, "b", "f"])) if kind is Kind.OPEN else None,
    )


def _answered(draw: st.DrawFn) -> msgspec.Raw:
    status = draw(st.sampled_from(["answered", "clarify", "abstained", "handed_off"]))
    return msgspec.Raw(msgspec.json.encode({"status": status}))


def figures_of(events: list[Event], period: Period, batch: int) -> tuple[Figures, list[Event]]:
    """Roll a log up in batches of a few takes, and return what is asked with the log as it is."""
    stores, opened = open_stores("memory://"), open_warehouse("memory://")
    roller = Roller(stores.log, opened.rollups)
    for start in range(0, len(events), batch):
        stores.log.append(events[start : start + batch])
        while roller.take(1 + batch // 3):
            pass
        roller.put()
    shelf = {signed(key64("item", item)): item for item in SHELF}
    figures = Figures(opened.rollups, signed(key64("seller", "s")), period, shelf)
    return figures, [logged.event for logged in stores.log.read(0, 10_000)]


def period_of(zone: str, first: int, length: int) -> Period:
    start = date(2026, 10, 30) + timedelta(days=first)
    return Period(ZoneInfo(zone), start, start + timedelta(days=length))


def same(found: float | None, wanted: float | None) -> bool:
    if found is None or wanted is None:
        return found is wanted
    return isclose(found, wanted, rel_tol=1e-9, abs_tol=1e-9)


@settings(max_examples=25)
@given(
    events=logs(),
    zone=st.sampled_from(ZONES),
    first=st.integers(-1, 4),
    length=st.integers(0, 4),
    batch=st.integers(1, 80),
    apart=st.sets(st.sampled_from(sorted(METRICS)), min_size=3, max_size=3),
)
def test_every_metric_equals_a_slow_computation_over_the_log(
    events: list[Event],
    zone: str,
    first: int,
    length: int,
    batch: int,
    apart: set[str],
) -> None:
    period = period_of(zone, first, length)  # its days before and behind the log's are there too
    figures, log = figures_of(events, period, batch)
    frame = table(log, period.zone)
    slow = Slow(frame, "s", period.first.isoformat(), period.last.isoformat(), SHELF)
    for metric in METRICS.values():
        value = figures.total(metric).value
        assert same(value, slow.value(metric.slug)), (metric.slug, value)
        for by in metric.by if metric.slug in apart else ():
            for segment in _segments(metric, by):
                found = {
                    point.key: point.estimate.value for point in figures.points(metric, by, segment)
                }
                wanted = _parts(slow, metric, by, segment, list(found))
                for key, value in found.items():
                    assert same(value, wanted[key]), (metric.slug, by, segment, key, value)


def _segments(metric: Metric, by: By) -> list[Segment | None]:
    apart = By.SEGMENT in metric.by and by in (By.DAY, By.REFERRER)
    kept = [Segment.NEW, Segment.RETURNING] if metric.slug.startswith("visit") else list(Segment)
    return [None, *kept] if apart else [None]


def _parts(
    slow: Slow, metric: Metric, by: By, segment: Segment | None, keys: list[str]
) -> dict[str, float | None]:
    rows = slow.of(segment)
    if by is By.SEGMENT:
        return {key: slow.value(metric.slug, slow.of(Segment(key))) for key in keys}
    parts = pd.Series(_names(rows, by, keys), index=rows.index, dtype=object)
    lost = set(parts[rows["act"]].dropna()) - set(keys)
    assert not lost - {"gone"} or by is By.REFERRER, (by, lost)
    there, nothing = set(parts), slow.value(metric.slug, rows[:0])
    return {
        key: slow.value(metric.slug, rows[parts == key]) if key in there else nothing
        for key in keys
    }


def _names(rows: pd.DataFrame, by: By, keys: list[str]) -> list[str]:
    if by is By.HOUR:  # hours are counted from midnight on, whatever the clocks do
        begun = [datetime.fromisoformat(key).timestamp() * 1000 for key in keys]
        return [keys[bisect_right(begun, at) - 1] for at in rows["at"]]
    if by is By.HOUR_OF_WEEK:
        return [f"{one.weekday() + 1}T{one.hour:02d}" for one in rows["local"]]
    column = {By.DAY: "day", By.PLACEMENT: "placement", By.PRODUCT: "item"}.get(by, "referrer")
    return list(rows[column])


@pytest.mark.parametrize("zone", ZONES)
def test_a_late_event_lands_in_the_local_day_it_happened(zone: str) -> None:
    midnight = pd.Timestamp("2026-11-01", tz=zone)
    at = round(midnight.timestamp() * 1000)
    events = [
        Event(event_id=f"e{n}", kind=Kind.OPEN, at=at + shift, seller_id="s", visitor="a")
        for n, shift in enumerate([DAY_MS, 0, -1])
    ]
    figures, _ = figures_of(events, period_of(zone, 0, 4), batch=1)
    opens = {p.key: p.estimate.value for p in figures.points(METRICS["opens"], By.DAY)}
    assert (opens["2026-10-31"], opens["2026-11-01"]) == (1.0, 1.0 + (zone == "America/New_York"))


TAPS: list[tuple[str, list[tuple[Kind, str, str, str | None]], float]] = [
    ("a tap told eight times", [*[(Kind.CLICK, "a", "i1", "ra")] * 8], 1 / 3),
    ("a sighting told again", [(Kind.IMPRESSION, "a", "i1", "ra")], 0.0),
    ("taps without a list", [*[(Kind.CLICK, "a", "i1", None)] * 8], 0.0),
    ("taps on another's list", [(Kind.CLICK, "b", "i1", "ra"), (Kind.CLICK, "", "i2", "ra")], 0.0),
    ("a tap on what was not in the list", [(Kind.CLICK, "a", "gone", "ra")], 0.0),
    ("a tap on what nobody saw", [(Kind.CLICK, "b", "i1", "rb")], 0.0),
    (
        "a day without lists",
        [(Kind.CLICK, "c", "i1", None), *[(Kind.IMPRESSION, "c", "i1", None)] * 2],
        1 / 4,
    ),
    ("nobody's acts", [(Kind.IMPRESSION, "", "i1", None), (Kind.CLICK, "", "i1", None)], 0.0),
    ("a tap on all", [*[(Kind.CLICK, "a", item, "ra") for item in ("i1", "i2", "i3")] * 2], 1.0),
]


@pytest.mark.parametrize(("said", "acts", "rate"), TAPS, ids=[one[0] for one in TAPS])
@pytest.mark.parametrize("batch", [1, 99])
def test_a_place_in_a_list_is_seen_once_and_tapped_once(
    said: str, acts: list[tuple[Kind, str, str, str | None]], rate: float, batch: int
) -> None:
    items = ["i1", "i2", "i3"]
    lists = [_list("ra", "a", items), _list("rb", "b", items)]
    seen = [(Kind.IMPRESSION, "a", item, "ra") for item in items]
    told = [
        Event(
            event_id=f"e{n}", kind=kind, at=START + n * SLOT_MS, seller_id="s", visitor=visitor,
            item_id=item, recommendation_id=named,
        )
        for n, (kind, visitor, item, named) in enumerate([*seen, *acts])
    ]  # fmt: skip
    for events in (told, [*told[3:], *told[:3]]):  # a tap may arrive before what was tapped
        figures, _ = figures_of([*lists, *events], period_of("UTC", 0, 0), batch)
        assert figures.total(METRICS["ctr"]).value == rate, said
        for by in METRICS["ctr"].by:
            for point in figures.points(METRICS["ctr"], by):
                value = point.estimate.value
                assert value is None or value <= 1.0, (by, point)


def test_revenue_from_picks_is_what_a_visitor_bought_of_a_list_she_was_shown() -> None:
    lists = [_list(f"r{visitor}", visitor, ["i1", "i2"]) for visitor in ("a", "b", "")]
    bought = [
        ("a", "i1", "ra", 1.0),
        ("a", "gone", "ra", 2.0),  # was not in it
        ("a", "i1", "rb", 4.0),  # another's
        ("", "i1", "rb", 8.0),
        ("a", "i1", "lost", 16.0),  # nobody's
        ("a", "i1", None, 32.0),
        ("", "i2", "r", 64.0),  # of who is not followed, her list says as little
    ]
    events = [
        Event(
            event_id=f"e{n}", kind=Kind.PURCHASE, at=START, seller_id="s", visitor=visitor,
            item_id=item, recommendation_id=named, price=price,
        )
        for n, (visitor, item, named, price) in enumerate(bought)
    ]  # fmt: skip
    elsewhere = msgspec.structs.replace(events[0], seller_id="t")
    figures, _ = figures_of([*lists, *events, elsewhere], period_of("UTC", 0, 0), batch=9)
    assert figures.total(METRICS["revenue"]).value == 127.0
    assert figures.total(METRICS["pick_revenue"]).value == 65.0
    parts = figures.points(METRICS["pick_revenue"], By.PLACEMENT)
    assert [(one.key, one.estimate.value) for one in parts] == [("card_home", 65.0)]


def test_an_earlier_act_that_comes_late_makes_a_later_day_a_return() -> None:
    days = [2, 3, 1]
    events = [
        Event(event_id=f"e{n}", kind=Kind.OPEN, at=START + n * DAY_MS, seller_id="s", visitor="a")
        for n in days
    ]
    period = period_of("UTC", 2, 0)
    first, _ = figures_of(events[:2], period, batch=9)
    assert first.total(METRICS["visitors_new"]).value == 1
    later, _ = figures_of(events, period, batch=1)
    assert later.total(METRICS["visitors_new"]).value == 0
    assert later.total(METRICS["visitors_returning"]).value == 1


def test_two_processes_roll_up_one_log_once(tmp_path_factory: pytest.TempPathFactory) -> None:
    url = f"sqlite:///{tmp_path_factory.mktemp('two')}/log.db"
    events = [
        Event(event_id=f"e{n}", kind=Kind.OPEN, at=START + n, seller_id="s", visitor="a")
        for n in range(50)
    ]
    with open_stores(url) as stores:
        stores.log.append(events)
        one, other = open_warehouse(url), open_warehouse(url)
        rollers = [Roller(stores.log, opened.rollups, batch=7) for opened in (one, other)]
        while sum(roller.step() for roller in rollers):
            pass
        figures = Figures(other.rollups, signed(key64("seller", "s")), period_of("UTC", 0, 4), {})
        assert figures.total(METRICS["opens"]).value == 50
        for opened in (one, other):
            opened.close()


def test_what_another_process_counted_first_is_not_counted_again() -> None:
    opened = open_warehouse("memory://")
    events = [
        Event(event_id=f"e{n}", kind=Kind.OPEN, at=START + n, seller_id="s", visitor="a")
        for n in range(10)
    ]
    with open_stores("memory://") as stores:
        stores.log.append(events)
        slow, fast = (Roller(stores.log, opened.rollups, batch=4) for _ in "ab")
        assert slow.take(3) + slow.take(3) == 6
        assert fast.step() == 4
        slow.put()
        assert opened.rollups.cursor() == 4
        assert slow.run() == 6
        figures = Figures(opened.rollups, signed(key64("seller", "s")), period_of("UTC", 0, 4), {})
        assert figures.total(METRICS["opens"]).value == 10
    opened.close()


def test_a_warehouse_of_another_layout_is_rolled_up_anew(
    tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    url = f"sqlite:///{tmp_path_factory.mktemp('old')}/log.db"
    opened = open_warehouse(url)
    with open_stores(url) as stores:
        stores.log.append([Event(event_id="e", kind=Kind.OPEN, at=START, seller_id="s")])
        Roller(stores.log, opened.rollups).run()
        opened.close()
        monkeypatch.setattr("data.stores.sqlite.warehouse.LAYOUT", 99)
        again = open_warehouse(url)
        assert again.rollups.cursor() == 0
        assert Roller(stores.log, again.rollups).run() == 1
        again.close()


@given(p=st.floats(0.05, 0.95), n=st.integers(20, 200), seed=st.integers(0, 9))
@settings(max_examples=15)
def test_a_share_s_interval_holds_the_truth_about_as_often_as_it_says(
    p: float, n: int, seed: int
) -> None:
    hits = np.random.default_rng(seed).binomial(n, p, 2000)
    low, high = intervals.share(hits, np.full(2000, n))
    assert ((low <= p) & (p <= high)).mean() > 0.91


def test_the_meter_asks_for_more_visits_the_less_is_known() -> None:
    events = [
        Event(event_id=f"e{n}", kind=Kind.OPEN, at=START + n, seller_id="s", visitor=f"v{n}")
        for n in range(400)
    ]
    asked = []
    for many in (1, 20, 60, 400):
        figures, _ = figures_of(events[:many], period_of("UTC", 0, 1), batch=500)
        metric = METRICS["opens"]
        asked.append(figures.enough(metric, figures.total(metric)))
    assert [one.enough for one in asked] == [False, False, False, True]
    assert asked[1].more_visits > asked[2].more_visits > 0 == asked[3].more_visits


def test_every_metric_says_what_it_is_in_both_languages() -> None:
    for slug, metric in METRICS.items():
        assert slug == metric.slug
        for text in (*metric.title, *metric.good):
            assert text.strip()
        assert metric.title[0] != metric.title[1]


def test_the_page_of_the_metrics_is_the_one_that_is_declared() -> None:
    written = Path(__file__).parents[2] / "docs" / "metrics.md"
    assert written.read_text("utf-8") == page() + "\n", "run python -m data metrics"
