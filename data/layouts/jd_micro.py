"""Read JD micro-behaviours with dwell: session_id, step, sku, behavior_type, category,
time_interval_s, dwell_time_s.

Behaviours 1 to 5 open the product's page: `view`, with the page she came from as `channel`. 6 to 8
are acts on that page: `click`, with what was read as `channel`. 9 is `cart`, 10 `purchase`.

All micro-behaviours of one visit to an item share `dwell_time_s`: a visit is a run of steps on one
sku with one dwell time, and gives one `dwell` event, when that time has passed or the next visit
begins, whichever is first (and not before the visit's last step).

The data has neither users nor dates. A session is a visitor of her own, named `FILE:SESSION`
(`micro_behaviors_long.csv.gz` is `long`). The first session starts on 2018-01-01 00:00 UTC, steps
follow by `time_interval_s`, and the next session starts a minute after the last step's interval.
Event ids come from a session's content, so a session that stands in two files counts once.
Source: Gu et al., Hierarchical User Profiling for E-commerce Recommender Systems, WSDM 2020.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from hashlib import blake2b
from itertools import groupby
from typing import Final, NamedTuple

import msgspec

from data.layouts import fields
from data.layouts.layout import Job, Layout, Rejected, Sighting, Told
from data.layouts.shelves import on_first_sight
from data.layouts.source import Source
from data.layouts.table import Row, rows
from data.schemas import Event, Item, Kind

START_MS: Final = 1_514_764_800_000  # 2018-01-01 00:00 UTC
BETWEEN_SESSIONS_MS: Final = 60_000

BEHAVIOURS: Final[Mapping[str, tuple[Kind, str | None]]] = {
    "1": (Kind.VIEW, "home"),
    "2": (Kind.VIEW, "category"),
    "3": (Kind.VIEW, "sale"),
    "4": (Kind.VIEW, "cart"),
    "5": (Kind.VIEW, "search"),
    "6": (Kind.CLICK, "comments"),
    "7": (Kind.CLICK, "specification"),
    "8": (Kind.CLICK, "page_bottom"),
    "9": (Kind.CART, None),
    "10": (Kind.PURCHASE, None),
}
COLUMNS: Final = (
    "session_id",
    "step",
    "sku",
    "behavior_type",
    "category",
    "time_interval_s",
    "dwell_time_s",
)


class _Step(NamedTuple):
    session: str
    sku: str
    category: str
    kind: Kind
    channel: str | None
    interval_ms: int
    dwell_ms: int


def _step(row: Row) -> _Step:
    kind, channel = fields.one_of(row["behavior_type"], BEHAVIOURS, "behavior_type")
    return _Step(
        session=fields.ident(row["session_id"], "session_id"),
        sku=fields.ident(row["sku"], "sku"),
        category=fields.ident(row["category"], "category"),
        kind=kind,
        channel=channel,
        interval_ms=1000 * fields.whole(row["time_interval_s"], "time_interval_s"),
        dwell_ms=1000 * fields.whole(row["dwell_time_s"], "dwell_time_s"),
    )


def _read(sources: Sequence[Source], job: Job) -> Told:
    start = START_MS
    for source in sources:
        name = source.stem.removeprefix("micro_behaviors_")
        session: list[_Step] = []
        for step in rows(source, _step, COLUMNS):
            if isinstance(step, Rejected):
                yield step
                continue
            if session and step.session != session[0].session:
                yield from _session(session, name, start, job)
                start += sum(done.interval_ms for done in session) + BETWEEN_SESSIONS_MS
                session = []
            session.append(step)
        if session:
            yield from _session(session, name, start, job)
            start += sum(done.interval_ms for done in session) + BETWEEN_SESSIONS_MS


def _session(steps: Sequence[_Step], name: str, at: int, job: Job) -> Iterator[Sighting]:
    content = msgspec.msgpack.encode([step[1:] for step in steps])
    session_id = f"jd:{blake2b(content, digest_size=12).hexdigest()}"
    visitor = job.visitor(f"{name}:{steps[0].session}")
    number = 0

    def sighting(at: int, kind: Kind, step: _Step, duration_ms: int | None = None) -> Sighting:
        event = Event(
            event_id=f"import:{session_id}:{number}",
            kind=kind,
            at=at,
            seller_id=job.seller_id,
            visitor=visitor,
            session_id=session_id,
            item_id=step.sku,
            duration_ms=duration_ms,
            channel=None if kind is Kind.DWELL else step.channel,
        )
        item = Item(item_id=step.sku, title=step.sku, category=step.category)
        return Sighting(at=at, seller_id=job.seller_id, event=event, item=item)

    for (_, dwell_ms), same in groupby(steps, key=lambda step: (step.sku, step.dwell_ms)):
        visit = list(same)
        begun = last = at
        for step in visit:
            yield sighting(at, step.kind, step)
            number += 1
            last, at = at, at + step.interval_ms
        if dwell_ms:
            yield sighting(min(max(begun + dwell_ms, last), at), Kind.DWELL, visit[-1], dwell_ms)
            number += 1


LAYOUT: Final = Layout(
    "jd-micro",
    "JD micro-behaviours with dwell and detail actions",
    _read,
    on_first_sight,
    ordered=True,
)
