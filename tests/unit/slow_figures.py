"""The same metrics, computed slowly and independently in pandas, straight from the log."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any
from zoneinfo import ZoneInfo

import msgspec
import pandas as pd

from data.metric_kinds import Segment
from data.schemas import DAY_MS, IDLE_CAP_MS, Event, Kind, Recommendation

ACTS = {
    "open", "view", "impression", "click", "dwell", "favorite", "share", "cart", "purchase",
    "consult", "not_interested", "question",
}  # fmt: skip
COUNTS = {
    "opens": "open", "views": "view", "impressions": "impression", "clicks": "click",
    "favorites": "favorite", "shares": "share", "carts": "cart", "purchases": "purchase",
}  # fmt: skip

REACHED = {
    "visits": ACTS, "visits_viewing": {"view"}, "visits_carting": {"cart"},
    "visits_buying": {"purchase"},
}  # fmt: skip


def table(events: Iterable[Event], zone: ZoneInfo) -> pd.DataFrame:
    """Write one row for each act of the log, with all that the metrics ask for."""
    events = list(events)
    erased = [(place, event) for place, event in enumerate(events) if event.kind is Kind.ERASURE]
    shown = {
        (event.seller_id, event.event_id): msgspec.json.decode(event.payload, type=Recommendation)
        for event in events
        if event.kind is Kind.RECOMMENDATION and event.payload is not None
    }
    rows: list[dict[str, Any]] = []
    places: dict[tuple[Any, ...], dict[str, Any]] = {}
    for place, event in enumerate(events):
        gone = any(
            place < then and (one.visitor, one.seller_id) in _names(event) for then, one in erased
        )
        record = shown.get((event.seller_id, event.recommendation_id or ""))
        own = shown.get((event.seller_id, event.event_id))
        rows.append(
            {
                "seller": event.seller_id,
                "visitor": "" if gone else event.visitor,
                "kind": event.kind.value,
                "at": event.at,
                "local": pd.Timestamp(event.at, unit="ms", tz="UTC").tz_convert(zone),
                "item": event.item_id,
                "ms": min(event.duration_ms or 0, IDLE_CAP_MS),
                "paid": (event.price or 0) * (1 if event.quantity is None else event.quantity),
                "picked": record is not None
                and record.query.visitor == event.visitor
                and event.item_id in {slot.item_id for slot in record.slots},
                "placement": record.query.placement if record else None,
                "arm": own.arm if own else "",
                "status": msgspec.json.decode(event.payload)["status"]
                if event.kind is Kind.QUESTION and event.payload is not None
                else "",
                "channel": event.channel or ("direct" if event.share_id is None else "share"),
            }
        )
        _look(rows[-1], event, record, places)
    frame = pd.DataFrame(rows)
    frame["day"] = [stamp.date().isoformat() for stamp in frame["local"]]
    frame["act"] = frame["kind"].isin(ACTS)
    return frame


def _look(
    row: dict[str, Any],
    event: Event,
    record: Recommendation | None,
    places: dict[tuple[Any, ...], dict[str, Any]],
) -> None:
    """Say of an act's row whether a place in a list was seen there first, and tapped ever."""
    row |= {"seen": False, "tapped": False}
    if event.kind is Kind.ERASURE:
        hers = [one for one in places if one[0] == event.visitor]
        for name in [one for one in hers if event.seller_id in {"", one[1]}]:
            del places[name]
    named = event.recommendation_id or (event.at // DAY_MS if event.visitor else None)
    forged = event.recommendation_id is not None and record is not None and not row["picked"]
    if event.kind not in {Kind.IMPRESSION, Kind.CLICK} or named is None or forged:
        return
    known = places.setdefault((event.visitor, event.seller_id, named, event.item_id), {})
    if event.kind is Kind.CLICK:
        known["tapped"] = True
    elif "first" not in known:
        known["first"] = row
        row["seen"] = True
    if "first" in known and "tapped" in known:
        known["first"]["tapped"] = True


def _names(event: Event) -> set[tuple[str, str]]:
    return {(event.visitor, event.seller_id), (event.visitor, "")}


def _answers(slug: str, status: pd.Series[str]) -> float | None:
    if slug == "questions":
        return float(len(status))
    if slug == "hand_overs":
        return float((status == "handed_off").sum())
    return float((status == "answered").mean()) if len(status) else None


class Slow:
    """Answer for one seller and some local days by looking at every row."""

    def __init__(
        self, frame: pd.DataFrame, seller: str, first: str, last: str, shelf: set[str]
    ) -> None:
        own = frame[frame["seller"] == seller].copy()
        acts = own[own["act"]]
        began = acts[acts["visitor"] != ""].groupby("visitor")["day"].min()
        own["new"] = own["visitor"].map(began) == own["day"]
        opened = own[own["kind"] == "open"].sort_values(["at", "channel"])
        through = opened.groupby(["visitor", "day"])["channel"].first()
        own["referrer"] = [
            through.get((row.visitor, row.day), "unknown") if row.visitor else "unknown"
            for row in own.itertuples()
        ]
        active = {(row.visitor, row.day) for row in acts.itertuples() if row.visitor}
        known = [(row.visitor, row.day) in active for row in own.itertuples()]
        own["known"] = pd.Series(known, index=own.index, dtype=bool)  # also where nobody came
        self.rows = own[(own["day"] >= first) & (own["day"] <= last)]
        self.shelf = shelf

    def of(self, segment: Segment | None) -> pd.DataFrame:
        rows = self.rows
        if segment is None:
            return rows
        if segment is Segment.UNKNOWN:
            return rows[~rows["known"]]
        return rows[rows["known"] & (rows["new"] == (segment is Segment.NEW))]

    def value(self, slug: str, rows: pd.DataFrame | None = None) -> float | None:
        """Compute a metric over some of the rows."""
        rows = self.rows if rows is None else rows
        acts = rows[rows["act"]]
        if slug in COUNTS:
            return float((acts["kind"] == COUNTS[slug]).sum())
        if slug in {"questions", "hand_overs", "answer_rate"}:
            return _answers(slug, acts[acts["kind"] == "question"]["status"])
        if slug in REACHED:
            who = acts[(acts["visitor"] != "") & acts["kind"].isin(REACHED[slug])]
            return float(len(who[["visitor", "day"]].drop_duplicates()))
        if slug == "ctr":
            seen = acts[acts["seen"]]
            return float(seen["tapped"].mean()) if len(seen) else None
        if slug.startswith("visitors"):
            who = acts[acts["visitor"] != ""]
            if slug != "visitors":
                who = who[who["new"] == (slug == "visitors_new")]
            return float(who["visitor"].nunique())
        return self._amounts(slug, rows, acts)

    def _amounts(self, slug: str, rows: pd.DataFrame, acts: pd.DataFrame) -> float | None:
        bought = acts[acts["kind"] == "purchase"]
        if slug == "revenue":
            return float(bought["paid"].sum())
        if slug == "pick_revenue":
            return float(bought[bought["picked"]]["paid"].sum())
        if slug == "dwell":
            who = acts[(acts["visitor"] != "") & (acts["kind"] == "dwell")]
            spent = who.groupby(["visitor", "day"])["ms"].sum()
            spent = spent[spent > 0]
            return float(spent.mean()) / 1000 if len(spent) else None
        if slug == "coverage":
            seen = set(acts[acts["kind"] == "impression"]["item"]) & self.shelf
            return len(seen) / len(self.shelf) if self.shelf else None
        assert slug == "lift", slug
        return self._lift(rows)

    def _lift(self, rows: pd.DataFrame) -> float | None:
        rates: dict[str, Any] = {"personal": [], "holdout": []}
        for _, mine in rows[rows["known"]].groupby("visitor"):
            arms = set(mine["arm"]) - {""}
            if len(arms) == 1:
                rates[arms.pop()].append(bool((mine["kind"] == "click").any()))
        a, b = rates["personal"], rates["holdout"]
        if not a or not b:
            return None
        return float((sum(a) + 0.5) / (len(a) + 0.5) / ((sum(b) + 0.5) / (len(b) + 0.5)) - 1)
