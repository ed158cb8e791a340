"""Who calls and what she may: a key's scope, and the one seller or supplier it is fixed to."""

from __future__ import annotations

import ipaddress
from collections.abc import Callable
from typing import Final

import msgspec
from fastapi import Request
from itsdangerous import BadData, URLSafeSerializer

from data.errors import BadField, Forbidden, Invalid, NotFound, Unauthenticated
from service.keys import Keyring, Scope

PAGE_KEY_MS: Final = 7 * 86_400_000
"""How long a card page that stays open may go on measuring."""


class Caller(msgspec.Struct, frozen=True):
    """Say who calls; `owner` is empty for admin and open callers, who act for anyone."""

    scope: Scope
    owner: str = ""

    def seller(self, asked: str | None) -> str:
        """Return whose shelf a call is about: the key's seller, or the one that is asked for."""
        if self.scope in {Scope.VISITOR, Scope.SELLER}:
            if asked is not None and asked != self.owner:
                raise Forbidden("the key belongs to another seller")
            return self.owner
        if not asked:
            missing = BadField("seller_id", "is required where no key fixes it", "missing")
            raise Invalid(f"{missing.where} {missing.detail}", [missing])
        return asked

    def own_seller(self, seller_id: str) -> str:
        """Return the seller named in a path when she is the caller's own; 404 otherwise."""
        if self.scope in {Scope.VISITOR, Scope.SELLER} and seller_id != self.owner:
            raise NotFound("no such seller")
        return seller_id

    def own_supplier(self, supplier_id: str) -> str:
        """Return the supplier named in a path when it is the caller's own; 404 otherwise."""
        if self.scope is Scope.SUPPLIER and supplier_id != self.owner:
            raise NotFound("no such supplier")
        return supplier_id


class Guard:
    """Tell who calls. Without any key the service is open, to this machine only."""

    def __init__(self, keyring: Keyring, secret: bytes, clock: Callable[[], int]) -> None:
        """Take the keys, the secret that signs the keys of pages, and the clock (epoch ms)."""
        self.keyring = keyring
        self._clock = clock
        self._pages = URLSafeSerializer(secret, salt="card page")

    def page_key(self, seller_id: str) -> str:
        """Return a visitor's key for the page of a card; empty while the service is open."""
        if not len(self.keyring):
            return ""
        return f"pt_{self._pages.dumps([seller_id, self._clock()])}"

    def check(self, request: Request, *allowed: Scope, key: str | None = None) -> Caller:
        """Return the caller if her scope is allowed; `key` may come from the body of a beacon.

        Admins may do all. Raises Unauthenticated, or Forbidden for a key of another scope.
        """
        text = _presented(request) or key or ""
        caller = self._caller(request, text)
        if caller.scope not in {*allowed, Scope.ADMIN, Scope.OPEN}:
            raise Forbidden(f"a {caller.scope} key may not do this")
        return caller

    def _caller(self, request: Request, text: str) -> Caller:
        if not len(self.keyring):
            if _is_local(request):
                return Caller(Scope.OPEN)
            raise Unauthenticated("no keys are set up: only this machine is served")
        if text.startswith("pt_"):
            return Caller(Scope.VISITOR, self._page_owner(text))
        found = self.keyring.find(text) if text else None
        if found is None:
            raise Unauthenticated("a valid key is needed: Authorization: Bearer ... or X-API-Key")
        return Caller(found.scope, found.owner)

    def _page_owner(self, text: str) -> str:
        try:
            owner, made = self._pages.loads(text.removeprefix("pt_"))
        except (BadData, ValueError):
            raise Unauthenticated("the page's key is not one of ours") from None
        if self._clock() - made > PAGE_KEY_MS:
            raise Unauthenticated("the page's key has expired: open the card again")
        return str(owner)


def _presented(request: Request) -> str:
    scheme, _, text = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() == "bearer" and text.strip():
        return text.strip()
    return request.headers.get("x-api-key", "").strip()


def _is_local(request: Request) -> bool:
    host = request.client.host if request.client else ""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
