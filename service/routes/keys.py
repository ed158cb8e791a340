"""The keys by API: made, listed, rotated and revoked, by operators and by sellers for their own."""

from __future__ import annotations

import asyncio
from typing import Final

import msgspec
from fastapi import APIRouter, Request
from starlette.responses import Response

from data.errors import BadField, Invalid, NotFound
from service.deps import guard_of, live_of
from service.keys import Key, Keyring, Scope, key_id_of
from service.moments import rfc3339
from service.openapi import describes
from service.seller_schemas import KeyIn, KeyMade, KeyOut, KeysOut, OwnKeyIn, Revoked, RotateIn
from service.validation import decode, need_json, path_id, read_body

MAX_BYTES: Final = 10_000
SECRET: Final = {"cache-control": "no-store"}
OWN: Final = frozenset({Scope.VISITOR, Scope.SELLER})

router = APIRouter(tags=["keys"])


@router.get("/keys", summary="List all keys", **describes(KeysOut))
async def list_keys(request: Request) -> Response:
    """Return every key without its secret."""
    guard_of(request).check(request, Scope.ADMIN)
    return _listed(guard_of(request).keyring, None)


@router.post(
    "/keys",
    summary="Make a key",
    **describes(KeyMade, KeyIn, status=201, errors=(400, 413, 415, 422)),
)
async def create_key(request: Request) -> Response:
    """Make a key of any scope; its text is in this reply and nowhere else."""
    guard_of(request).check(request, Scope.ADMIN)
    need_json(request)
    ask = decode(await read_body(request, MAX_BYTES), KeyIn)
    if (ask.owner is None) != (Scope(ask.scope) is Scope.ADMIN):
        wanted = "none for an admin key" if ask.owner else "whose key it is"
        raise Invalid(f"owner: {wanted}", [BadField("owner", wanted, "wrong_owner")])
    return await _made(request, Scope(ask.scope), ask.owner or "")


@router.post(
    "/keys/{key_id}/rotate",
    summary="Replace a key",
    **describes(KeyMade, RotateIn, status=201, errors=(400, 404, 413, 415, 422)),
)
async def rotate_key(request: Request, key_id: str) -> Response:
    """Make a successor; the old key ends after `grace_seconds`, so that pages can follow."""
    guard_of(request).check(request, Scope.ADMIN)
    return await _rotated(request, key_id, None)


@router.delete("/keys/{key_id}", summary="Revoke a key", **describes(Revoked, errors=(404,)))
async def revoke_key(request: Request, key_id: str) -> Response:
    """Refuse a key from now on, and every dashboard it opened."""
    guard_of(request).check(request, Scope.ADMIN)
    return await _revoked(request, key_id, None)


@router.get(
    "/sellers/{seller_id}/keys", summary="List a seller's keys", **describes(KeysOut, errors=(404,))
)
async def list_own_keys(request: Request, seller_id: str) -> Response:
    """Return the seller's keys without their secrets."""
    guard = guard_of(request)
    owner = guard.check(request, Scope.SELLER).own_seller(seller_id)
    return _listed(guard.keyring, owner)


@router.post(
    "/sellers/{seller_id}/keys",
    summary="Make a key of a seller",
    **describes(KeyMade, OwnKeyIn, status=201, errors=(400, 404, 413, 415, 422)),
)
async def create_own_key(request: Request, seller_id: str) -> Response:
    """Make a publishable or secret key of this seller; its text is in this reply alone."""
    caller = guard_of(request).check(request, Scope.SELLER)
    owner = caller.own_seller(path_id(seller_id, "seller"))
    need_json(request)
    ask = decode(await read_body(request, MAX_BYTES), OwnKeyIn)
    return await _made(request, Scope(ask.scope), owner)


@router.post(
    "/sellers/{seller_id}/keys/{key_id}/rotate",
    summary="Replace a key of a seller",
    **describes(KeyMade, RotateIn, status=201, errors=(400, 404, 413, 415, 422)),
)
async def rotate_own_key(request: Request, seller_id: str, key_id: str) -> Response:
    """Make a successor; the old key ends after `grace_seconds`."""
    owner = guard_of(request).check(request, Scope.SELLER).own_seller(seller_id)
    return await _rotated(request, key_id, owner)


@router.delete(
    "/sellers/{seller_id}/keys/{key_id}",
    summary="Revoke a key of a seller",
    **describes(Revoked, errors=(404,)),
)
async def revoke_own_key(request: Request, seller_id: str, key_id: str) -> Response:
    """Refuse a key from now on, and every dashboard it opened."""
    owner = guard_of(request).check(request, Scope.SELLER).own_seller(seller_id)
    return await _revoked(request, key_id, owner)


def _listed(keyring: Keyring, owner: str | None) -> Response:
    keys = [_shown(key) for key in keyring if owner is None or _is_own(key, owner)]
    return _json(KeysOut(keys=keys))


async def _made(request: Request, scope: Scope, owner: str) -> Response:
    keyring, now = guard_of(request).keyring, live_of(request).now()
    text = await asyncio.to_thread(keyring.create, scope, owner, rfc3339(now))
    return _told(keyring, text)


async def _rotated(request: Request, key_id: str, owner: str | None) -> Response:
    keyring, now = guard_of(request).keyring, live_of(request).now()
    need_json(request)
    ask = decode(await read_body(request, MAX_BYTES) or b"{}", RotateIn)
    _need(keyring, key_id, owner)
    ends = now + 1000 * ask.grace_seconds
    text = await asyncio.to_thread(keyring.rotate, key_id, rfc3339(now), now, ends)
    if text is None:
        raise NotFound("no such key")
    return _told(keyring, text)


async def _revoked(request: Request, key_id: str, owner: str | None) -> Response:
    keyring = guard_of(request).keyring
    _need(keyring, key_id, owner)
    await asyncio.to_thread(keyring.revoke, key_id)
    return _json(Revoked(key_id=key_id))


def _need(keyring: Keyring, key_id: str, owner: str | None) -> None:
    key = keyring.get(key_id)
    if key is None or (owner is not None and not _is_own(key, owner)):
        raise NotFound("no such key")


def _is_own(key: Key, owner: str) -> bool:
    return key.scope in OWN and key.owner == owner


def _told(keyring: Keyring, text: str) -> Response:
    key = keyring.get(key_id_of(text))
    if key is None:  # revoked by another process in the same moment
        raise NotFound("no such key")
    return _json(KeyMade(**msgspec.structs.asdict(_shown(key)), key=text), 201)


def _shown(key: Key) -> KeyOut:
    return KeyOut(
        key_id=key.key_id,
        scope=key.scope,
        owner=key.owner,
        made_at=key.made_at,
        ends_at=rfc3339(key.ends_at) if key.ends_at else "",
    )


def _json(reply: msgspec.Struct, status: int = 200) -> Response:
    return Response(msgspec.json.encode(reply), status, SECRET, "application/json")
