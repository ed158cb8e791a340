"""What goes over the wire for sellers and operators: keys, sittings, settings, the trail."""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from service.schemas import LINE, Id

Origin = Annotated[
    str, Meta(max_length=300, pattern=r"^https?://[A-Za-z0-9.-]+(?::[0-9]{1,5})?/?$")
]


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

    timezone: Annotated[str, Meta(max_length=64, pattern=r"^[A-Za-z0-9_+/-]*$")] = ""
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
