"""Sellers' analytics: /sellers/{id}/metrics, one metric taken apart, products and visitors."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Annotated, Final, Literal, TypeVar
from zoneinfo import ZoneInfo

import msgspec
from fastapi import APIRouter, Depends, Query, Request
from msgspec import UNSET
from starlette.responses import Response

from data.errors import BadField, Invalid, NotFound
from data.estimates import Estimate
from data.figures import Figures
from data.metric_kinds import By, Metric, Segment
from data.metrics import METRICS, metric_of
from data.periods import Period, day_at
from data.rollups import signed
from data.schemas import key64
from data.stores import Warehouse
from service.deps import guard_of, live_of
from service.keys import Scope
from service.live import Live
from service.moments import rfc3339
from service.openapi import describes
from service.reports import product_rows, visitor_rows
from service.routes.knowledge import Cursor
from service.seller_schemas import (
    EnoughOut,
    FactOut,
    FactsOut,
    FigureOut,
    FiguresOut,
    PointOut,
    ProductsOut,
    SeriesOut,
    VisitorsOut,
)
from service.tables import PRIVATE, table
from service.validation import start_of

MOST_DAYS: Final = 400
MOST_HOUR_DAYS: Final = 31
EARLIEST: Final = date(2000, 1, 1)
LATEST: Final = date(2200, 1, 1)

Day = Annotated[str, Query(max_length=40, description="A local day, 2026-11-25, or RFC 3339")]
Format = Literal["json", "csv"]
Length = Annotated[int, Query(ge=1, le=MOST_DAYS, description="How many days, without `since`")]
T = TypeVar("T")
CSV: Final = {"text/csv": str}

router = APIRouter(tags=["analytics"])


@dataclass(frozen=True)
class _Asked:
    """Hold what every call here begins with: whose figures, of which days."""

    live: Live
    seller_id: str
    period: Period
    shelf: dict[int, str]

    async def read(self, job: Callable[[Figures], T]) -> tuple[T, int]:
        seller = signed(key64("seller", self.seller_id))

        def run(warehouse: Warehouse) -> T:
            return job(Figures(warehouse, seller, self.period, self.shelf))

        return await self.live.analytics.read(run)

    def told(self) -> dict[str, str]:
        return {
            "seller_id": self.seller_id,
            "since": self.period.first.isoformat(),
            "until": self.period.last.isoformat(),
            "timezone": self.period.zone.key,
        }


async def _asked(
    request: Request, seller_id: str, since: Day = "", until: Day = "", days: Length = 30
) -> _Asked:
    live = live_of(request)
    live.need_ready()
    caller = guard_of(request).check(request, Scope.SELLER)
    shelf = live.shelf(caller.own_seller(seller_id))
    offered = [] if shelf is None else shelf.active.nonzero()[0].tolist()
    names = (
        {}
        if shelf is None
        else {signed(int(shelf.item_keys[row])): shelf.item_ids[row] for row in offered}
    )
    zone = live.zone_of(seller_id)
    last = _day(until, "until", zone) if until else day_at(live.now(), zone)
    first = _day(since, "since", zone) if since else last - timedelta(days=days - 1)
    if not 0 <= (last - first).days < MOST_DAYS:
        raise _bad("since", f"expected a day up to {MOST_DAYS} days before `until`")
    return _Asked(live, seller_id, Period(zone, first, last), names)


Asked = Annotated[_Asked, Depends(_asked)]


@router.get(
    "/sellers/{seller_id}/metrics",
    summary="Read all metrics of a seller",
    **describes(FiguresOut, errors=(404, 422), also=CSV),
)
async def read_metrics(asked: Asked, format: Format = "json") -> Response:
    """Return every metric over local days, `until` included; the last `days` days without `since`.

    `format=csv` gives the same as a table.
    """

    def job(figures: Figures) -> list[FigureOut]:
        before = _before(figures)
        return [_figure(metric, figures, before) for metric in METRICS.values()]

    found, pending = await asked.read(job)
    if format == "csv":
        return table(found, f"metrics-{asked.period.first}-{asked.period.last}")
    return _json(FiguresOut(**asked.told(), pending=pending, metrics=found))


@router.get(
    "/sellers/{seller_id}/metrics/{slug}",
    summary="Take one metric apart",
    **describes(SeriesOut, errors=(404, 422), also=CSV),
)
async def read_metric(
    asked: Asked,
    slug: str,
    by: By = By.DAY,
    segment: Segment | None = None,
    format: Format = "json",
) -> Response:
    """Return a metric by day, hour, hour of the week, placement, segment, product or referrer.

    Which of them a metric can be taken apart by stands in its `by`; `segment` keeps new,
    returning or unknown visitors only, where it is taken apart by day or referrer.
    """
    metric = metric_of(slug)
    _check_parts(metric, by, segment, asked.period)

    def job(figures: Figures) -> tuple[FigureOut, list[PointOut]]:
        points = figures.points(metric, by, segment) if by in metric.by else []
        rows = [PointOut(key=point.key, **_interval(point.estimate)) for point in points]
        return _figure(metric, figures, _before(figures), segment), rows

    (figure, points), pending = await asked.read(job)
    if format == "csv":
        return table(points, f"{slug}-by-{by}-{asked.period.first}-{asked.period.last}")
    reply = SeriesOut(
        **asked.told(),
        pending=pending,
        by=by,
        segment=segment or "",
        metric=figure,
        points=points,
    )
    return _json(reply)


@router.get(
    "/sellers/{seller_id}/products",
    summary="Read how each product does",
    **describes(ProductsOut, errors=(404, 422), also=CSV),
)
async def read_products(asked: Asked, format: Format = "json") -> Response:
    """Return the products on the shelf with their figures, and which to pin or to retire."""
    (keys, sums), pending = await asked.read(lambda figures: figures.products())
    rate, rows = product_rows(asked.live, asked.seller_id, keys, sums)
    if format == "csv":
        return table(rows, f"products-{asked.period.first}-{asked.period.last}")
    return _json(ProductsOut(**asked.told(), pending=pending, tap_rate=rate, products=rows))


@router.get(
    "/sellers/{seller_id}/visitors",
    summary="Read who came",
    **describes(VisitorsOut, errors=(404, 422), also=CSV),
)
async def read_visitors(
    asked: Asked,
    cursor: Cursor = "",
    limit: Annotated[int, Query(ge=1, le=500)] = 50,
    format: Format = "json",
) -> Response:
    """Return the visitors of some days under codes of this seller alone, the last one first.

    A table is one page, too. Who comes while pages are read pushes others on to the next one.
    """
    bounds, start = asked.period.bounds, start_of(cursor)
    guests, pending = await asked.read(
        lambda figures: figures.warehouse.guests(figures.seller, *bounds, limit + 1, start)
    )
    following = str(start + limit) if len(guests) > limit else UNSET
    rows = visitor_rows(asked.live, asked.seller_id, guests[:limit], asked.period)
    if format == "csv":
        return table(rows, f"visitors-{asked.period.first}-{asked.period.last}", ("looked_at",))
    page = VisitorsOut(**asked.told(), pending=pending, visitors=rows, next_cursor=following)
    return _json(page)


@router.get(
    "/suppliers/{supplier_id}/items/{item_id}/facts",
    summary="Read an item's prices and stock over time",
    **describes(FactsOut, errors=(404, 422)),
)
async def read_facts(
    request: Request,
    supplier_id: str,
    item_id: str,
    limit: Annotated[int, Query(ge=1, le=1000)] = 100,
) -> Response:
    """Return what the supplier asked and had, and from when on."""
    live = live_of(request)
    live.need_ready()
    supplier_id = guard_of(request).check(request, Scope.SUPPLIER).own_supplier(supplier_id)
    entry = live.state.catalogue.entries.get(item_id)
    if entry is None or entry.item is None or entry.item.supplier_id != supplier_id:
        raise NotFound("no such item")
    item = signed(key64("item", item_id))
    facts, _ = await live.analytics.read(lambda warehouse: warehouse.facts(item, limit))
    rows = [FactOut(at=rfc3339(one.at), price=one.price, stock=one.stock) for one in facts]
    return _json(FactsOut(item_id=item_id, facts=rows))


def _day(text: str, field: str, zone: ZoneInfo) -> date:
    try:
        found = date.fromisoformat(text) if len(text) <= 10 else _local(text, zone)
    except (ValueError, OverflowError):
        raise _bad(field, "expected a day such as 2026-11-25, or RFC 3339") from None
    if not EARLIEST <= found <= LATEST:
        raise _bad(field, f"expected a day between {EARLIEST} and {LATEST}")
    return found


def _local(text: str, zone: ZoneInfo) -> date:
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        raise ValueError(text)
    return moment.astimezone(zone).date()


def _check_parts(metric: Metric, by: By, segment: Segment | None, period: Period) -> None:
    if by not in metric.by and (by is not By.DAY or metric.by):
        known = ", ".join(metric.by)
        raise _bad("by", f"{metric.slug} is taken apart by {known}")
    if segment is not None and (By.SEGMENT not in metric.by or by not in (By.DAY, By.REFERRER)):
        raise _bad("segment", f"{metric.slug} by {by} is not kept apart by segment")
    if by is By.HOUR and period.days > MOST_HOUR_DAYS:
        raise _bad("by", f"hours are given for {MOST_HOUR_DAYS} days at most")


def _bad(field: str, detail: str) -> Invalid:
    return Invalid(f"{field}: {detail}", [BadField(field, detail)])


def _before(figures: Figures) -> Figures:
    return Figures(figures.warehouse, figures.seller, figures.period.before(), figures.shelf)


def _figure(
    metric: Metric, figures: Figures, before: Figures, segment: Segment | None = None
) -> FigureOut:
    now, then = figures.total(metric, segment), before.total(metric, segment)
    enough = figures.enough(metric, now)
    return FigureOut(
        slug=metric.slug,
        title=metric.title[0],
        title_en=metric.title[1],
        unit=metric.unit,
        good=metric.good[0],
        good_en=metric.good[1],
        by=list(metric.by),
        **_interval(now),
        before=then.value,
        clear=_clear(now, then),
        enough=EnoughOut(
            enough=enough.enough, precision=enough.precision, more_visits=enough.more_visits
        ),
    )


def _interval(estimate: Estimate) -> dict[str, float | None]:
    return {"value": estimate.value, "low": estimate.low, "high": estimate.high}


def _clear(now: Estimate, then: Estimate) -> bool:
    """Say whether two estimates differ by more than chance: half widths added as errors are."""
    found = (now.value, now.low, now.high, then.value, then.low, then.high)
    if None in found or now.exact:
        return False
    a, a_low, a_high, b, b_low, b_high = (value or 0.0 for value in found)
    spread: float = (((a_high - a_low) / 2) ** 2 + ((b_high - b_low) / 2) ** 2) ** 0.5
    return abs(a - b) > spread


def _json(reply: msgspec.Struct) -> Response:
    return Response(msgspec.json.encode(reply), headers=PRIVATE, media_type="application/json")
