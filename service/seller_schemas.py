"""What goes over the wire for sellers and operators: keys, sittings, settings, the trail."""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec
from msgspec import UNSET, Meta, UnsetType

from service.wire import LINE, ORIGIN, TIMEZONE, Id

Origin = Annotated[str, Meta(max_length=300, pattern=ORIGIN)]


class KeyIn(msgspec.Struct, kw_only=True):
    """Ask for a key; `owner` is the seller (visitor, seller) or the supplier it is fixed to."""

    scope: Literal["visitor", "seller", "supplier", "admin"]
    owner: Id | None = None


class OwnKeyIn(msgspec.Struct, kw_only=True):
    """Ask for a key of one's own shelf: publishable for pages, or secret for her own programs."""

    scope: Literal["visitor", "seller"]


class RotateIn(msgspec.Struct, kw_only=True):
    """Say for how long the old key goes on working beside the new one."""

    grace_seconds: Annotated[int, Meta(ge=0, le=2_592_000)] = 86_400


class KeyOut(msgspec.Struct, kw_only=True):
    """One key without its secret; `ends_at` is empty while nothing ends it."""

    key_id: str
    scope: str
    owner: str
    made_at: str
    ends_at: str


class KeyMade(KeyOut, kw_only=True):
    """A new key with its text, which is shown this once."""

    key: str


class KeysOut(msgspec.Struct, kw_only=True):
    """The keys there are, in the order they were made."""

    keys: list[KeyOut]


class Revoked(msgspec.Struct, kw_only=True):
    """Name the key that is refused from now on."""

    key_id: str


class LoginIn(msgspec.Struct, kw_only=True):
    """Open a dashboard with the seller's secret key."""

    key: Annotated[str, Meta(min_length=1, max_length=300, pattern=LINE)]


class SittingOut(msgspec.Struct, kw_only=True):
    """A dashboard sitting; `csrf` goes into X-CSRF-Token of every change made by cookie."""

    seller_id: str
    csrf: str
    ends_at: str


class SettingsIn(msgspec.Struct, kw_only=True):
    """A seller's own settings; an empty time zone and a null holdout are the service's.

    `origins` are the sites whose pages may use her publishable keys, such as
    `https://shop.example`; none named means any.
    """

    timezone: Annotated[str, Meta(max_length=64, pattern=TIMEZONE)] = ""
    origins: Annotated[list[Origin], Meta(max_length=50)] = []
    holdout: Annotated[float, Meta(ge=0, le=0.5)] | None = None


class SettingsOut(SettingsIn, kw_only=True):
    """A seller's settings with what they come to today.

    `holdout_now` is 0 while she has fewer visitors than the service asks for.
    """

    seller_id: str
    timezone_now: str
    holdout_now: float
    visitors: int


class AuditLine(msgspec.Struct, kw_only=True):
    """Who did what: the scope, owner and id of the key, the route, its targets, the answer."""

    at: str
    scope: str
    owner: str
    key_id: str
    action: str
    targets: dict[str, str]
    status: int
    request_id: str


class AuditOut(msgspec.Struct, kw_only=True):
    """The newest changes first."""

    lines: list[AuditLine]


class EnoughOut(msgspec.Struct, kw_only=True):
    """Say whether a figure is sure; else about how many more visits it takes.

    `precision` is half the interval's width as a part of the value; of a lift, half its width.
    """

    enough: bool
    precision: float | None
    more_visits: int


class FigureOut(msgspec.Struct, kw_only=True):
    """One metric over a period, with its 95 % interval and the period before.

    `unit` is count, share (0 to 1), seconds, yuan or lift (0.1: ten per cent more); `clear` says
    whether the change against `before` is more than chance.
    """

    slug: str
    title: str
    title_en: str
    unit: str
    good: str
    good_en: str
    by: list[str]
    value: float | None
    low: float | None
    high: float | None
    before: float | None
    clear: bool
    enough: EnoughOut


class FiguresOut(msgspec.Struct, kw_only=True):
    """All metrics of one seller over local days; `pending` events are not counted yet."""

    seller_id: str
    since: str
    until: str
    timezone: str
    pending: int
    metrics: list[FigureOut]


class PointOut(msgspec.Struct, kw_only=True):
    """One part of a metric; `key` is a day, an hour, a placement, a segment, a product …"""

    key: str
    value: float | None
    low: float | None
    high: float | None


class SeriesOut(msgspec.Struct, kw_only=True):
    """One metric taken apart; days and hours on which nothing happened are there with 0."""

    seller_id: str
    since: str
    until: str
    timezone: str
    pending: int
    by: str
    segment: str
    metric: FigureOut
    points: list[PointOut]


class ProductFigures(msgspec.Struct, kw_only=True):
    """What happened with one product; `advice` is pin, keep, retire or wait (too early to say).

    `tap_rate` is the share of the places in lists where it was seen that were tapped, each once;
    `tap_low` and `tap_high` are its interval.
    """

    item_id: str
    title: str
    title_en: str
    price: float | None
    stock: int | None
    pinned: bool
    impressions: int
    clicks: int
    tap_rate: float | None
    tap_low: float | None
    tap_high: float | None
    views: int
    dwell_seconds: float
    favorites: int
    carts: int
    purchases: int
    revenue: float
    advice: str


class ProductsOut(msgspec.Struct, kw_only=True):
    """The products of a shelf with their figures, those that earn most attention first."""

    seller_id: str
    since: str
    until: str
    timezone: str
    pending: int
    tap_rate: float | None
    products: list[ProductFigures]


class LookOut(msgspec.Struct, kw_only=True):
    """One product a visitor looked at on this card, and when."""

    item_id: str
    title: str
    title_en: str
    kind: str
    at: str


class VisitorOut(msgspec.Struct, kw_only=True):
    """One visitor under a code that means nothing elsewhere; no name, no id, no phone.

    `from_visitor` is the code of whose share brought her; `looked_at` is empty for one who asked
    not to be followed.
    """

    visitor: str
    segment: str
    first_at: str
    last_at: str
    referrer: str
    from_visitor: str
    opens: int
    views: int
    clicks: int
    dwell_seconds: float
    favorites: int
    carts: int
    purchases: int
    revenue: float
    looked_at: list[LookOut]


class VisitorsOut(msgspec.Struct, kw_only=True, omit_defaults=True):
    """Who came, the last one first; `next_cursor` is there while more follow."""

    seller_id: str
    since: str
    until: str
    timezone: str
    pending: int
    visitors: list[VisitorOut]
    next_cursor: str | UnsetType = UNSET


class FactOut(msgspec.Struct, kw_only=True):
    """What a supplier asked for an item and had of it from a moment on."""

    at: str
    price: float | None
    stock: int | None


class FactsOut(msgspec.Struct, kw_only=True):
    """An item's dated facts, the newest first."""

    item_id: str
    facts: list[FactOut]


class ErasedOut(msgspec.Struct, kw_only=True):
    """Certify that a visitor was erased, and how much led to her; seller_id empty: everywhere."""

    receipt_id: str
    erased_at: str
    seller_id: str
    entries: int
    questions: int
    consultations: int
