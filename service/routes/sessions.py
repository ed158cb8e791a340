"""Signing in at a dashboard, the seller's settings, and who changed what."""

from __future__ import annotations

import asyncio
from typing import Annotated, Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import msgspec
from fastapi import APIRouter, Query, Request
from starlette.responses import Response

from data.errors import BadField, Invalid, NotFound, Unauthenticated
from data.schemas import Seller
from service.audit import Line
from service.deps import audit_of, guard_of, live_of, rates_of
from service.edits import settings_edit
from service.keys import Scope
from service.live import Live
from service.moments import rfc3339
from service.openapi import describes
from service.security import CALLER, Caller, opens
from service.seller_schemas import (
    AuditLine,
    AuditOut,
    LoginIn,
    SettingsIn,
    SettingsOut,
    SittingOut,
)
from service.sessions import set_cookie
from service.validation import decode, need_json, path_id, read_body

MAX_BYTES: Final = 20_000
PRIVATE: Final = {"cache-control": "private, no-store"}
Limit = Annotated[int, Query(ge=1, le=1000)]

router = APIRouter(tags=["dashboard"])


@router.post(
    "/sellers/{seller_id}/session",
    summary="Sign in at a dashboard",
    **describes(SittingOut, LoginIn, status=201, errors=(400, 404, 413, 415, 422)),
)
async def begin_session(request: Request, seller_id: str) -> Response:
    """Take the seller's secret key, set a cookie that no script can read, return its CSRF token.

    A wrong key and another seller's key are answered alike.
    """
    rates_of(request).admit_login(request, path_id(seller_id, "seller"))
    need_json(request)
    ask = decode(await read_body(request, MAX_BYTES), LoginIn)
    guard = guard_of(request)
    key = guard.find(ask.key)
    if key is None or not opens(key, seller_id):
        raise Unauthenticated("this key does not open this dashboard")
    request.scope[CALLER] = Caller(key.scope, key.owner, key.key_id)
    cookie, sitting = guard.sessions.begin(seller_id, key.key_id)
    told = SittingOut(
        seller_id=seller_id, csrf=guard.sessions.csrf(sitting), ends_at=rfc3339(sitting.ends_at)
    )
    reply = _json(told, 201)
    set_cookie(reply, request, seller_id, cookie)
    return reply


@router.get(
    "/sellers/{seller_id}/session",
    summary="Say who is signed in",
    **describes(SittingOut, errors=(404,)),
)
async def read_session(request: Request, seller_id: str) -> Response:
    """Return the sitting; with a key in the header there is none, and no token is needed."""
    guard = guard_of(request)
    guard.check(request, Scope.SELLER).own_seller(seller_id)
    sitting = guard.sitting(request)
    if sitting is None or sitting.seller_id != seller_id:
        return _json(SittingOut(seller_id=seller_id, csrf="", ends_at=""))
    csrf = guard.sessions.csrf(sitting)
    return _json(SittingOut(seller_id=seller_id, csrf=csrf, ends_at=rfc3339(sitting.ends_at)))


@router.delete(
    "/sellers/{seller_id}/session",
    summary="Sign out",
    **describes(SittingOut, errors=(404,)),
)
async def end_session(request: Request, seller_id: str) -> Response:
    """Take the cookie back."""
    guard_of(request).check(request, Scope.SELLER).own_seller(seller_id)
    reply = _json(SittingOut(seller_id=seller_id, csrf="", ends_at=""))
    set_cookie(reply, request, seller_id, "")
    return reply


@router.get(
    "/sellers/{seller_id}/settings",
    summary="Read a seller's settings",
    **describes(SettingsOut, errors=(404,)),
)
async def read_settings(request: Request, seller_id: str) -> Response:
    """Return time zone, origins and holdout, and what they come to today."""
    live = live_of(request)
    live.need_ready()
    caller = guard_of(request).check(request, Scope.SELLER)
    return _settings(live, _seller(live, caller.own_seller(seller_id)))


@router.put(
    "/sellers/{seller_id}/settings",
    summary="Write a seller's settings",
    **describes(SettingsOut, SettingsIn, errors=(400, 404, 413, 415, 422)),
)
async def write_settings(request: Request, seller_id: str) -> Response:
    """Replace the settings; they hold from the next request on."""
    live = live_of(request)
    live.need_ready()
    need_json(request)
    caller = guard_of(request).check(request, Scope.SELLER)
    _seller(live, caller.own_seller(seller_id))
    told = decode(await read_body(request, MAX_BYTES), SettingsIn)
    _check_zone(told.timezone)
    async with live.editing(seller_id):
        event = settings_edit(told, _seller(live, seller_id), live.state, live.now())
        if event is not None:
            await live.append([event])
    return _settings(live, _seller(live, seller_id))


@router.get(
    "/sellers/{seller_id}/audit",
    summary="Who changed what at a seller's",
    **describes(AuditOut, errors=(404, 422)),
)
async def read_own_audit(request: Request, seller_id: str, limit: Limit = 100) -> Response:
    """Return the newest changes to this seller's things, whoever made them."""
    owner = guard_of(request).check(request, Scope.SELLER).own_seller(seller_id)
    return _trail(await asyncio.to_thread(audit_of(request).read, limit, owner))


@router.get("/audit", summary="Who changed what", **describes(AuditOut, errors=(422,)))
async def read_audit(request: Request, limit: Limit = 100) -> Response:
    """Return the newest changes to anything that is not a visitor's."""
    guard_of(request).check(request, Scope.ADMIN)
    return _trail(await asyncio.to_thread(audit_of(request).read, limit))


def _seller(live: Live, seller_id: str) -> Seller:
    seller = live.state.catalogue.sellers.get(seller_id)
    if seller is None:
        raise NotFound("no such seller")
    return seller


def _settings(live: Live, seller: Seller) -> Response:
    told = SettingsOut(
        seller_id=seller.seller_id,
        timezone=seller.timezone,
        origins=list(seller.origins),
        holdout=seller.holdout,
        timezone_now=live.zone_of(seller.seller_id).key,
        holdout_now=live.holdout.share(seller.seller_id, live.state.catalogue),
        visitors=live.analytics.visitors_of(seller.seller_id),
    )
    return _json(told)


def _check_zone(name: str) -> None:
    try:
        ZoneInfo(name or "UTC")
    except (ZoneInfoNotFoundError, ValueError, OSError):
        bad = BadField("timezone", "no such time zone: expected a name like Asia/Shanghai")
        raise Invalid(f"{bad.where}: {bad.detail}", [bad]) from None


def _trail(lines: list[Line]) -> Response:
    return _json(AuditOut(lines=[AuditLine(**msgspec.structs.asdict(line)) for line in lines]))


def _json(reply: msgspec.Struct, status: int = 200) -> Response:
    return Response(msgspec.json.encode(reply), status, PRIVATE, "application/json")
