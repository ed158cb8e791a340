"""Who calls and what she may: a key's scope, and the one seller or supplier it is fixed to."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import lru_cache
from typing import Final

import msgspec
from fastapi import Request
from itsdangerous import BadData, URLSafeSerializer

from data.errors import BadField, Forbidden, Invalid, NotFound, Unauthenticated
from service.hosts import is_loopback
from service.keys import Key, Keyring, Scope
from service.sessions import Sessions, Sitting

PAGE_KEY_MS: Final = 7 * 86_400_000
"""How long a card page that stays open may go on measuring."""
PORT: Final = re.compile(r":[0-9]*$")
CALLER: Final = "smartcard.caller"
"""Under this name the scope says who called, for the audit trail."""
PRESENTED: Final = "smartcard.presented"
"""Under this name it keeps the text that the call was counted by, and which key that is."""


class Caller(msgspec.Struct, frozen=True):
    """Say who calls; `owner` is empty for admin and open callers, who act for anyone."""

    scope: Scope
    owner: str = ""
    key_id: str = ""

    def seller(self, asked: str | None) -> str:
        """Return whose shelf a call is about: the key's seller, or the one that is asked for."""
        if self.scope is Scope.VISITOR or self.scope is Scope.SELLER:
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


ANYONE: Final = Caller(Scope.OPEN)
"""Who calls while the service has no keys."""


class Guard:
    """Tell who calls. Without any key the service is open, to this machine and its pages only."""

    def __init__(self, keyring: Keyring, secret: bytes, clock: Callable[[], int]) -> None:
        """Take the keys, the secret that signs the keys of pages, and the clock (epoch ms)."""
        self.keyring = keyring
        self.sessions = Sessions(secret, clock)
        self.origins: Callable[[str], tuple[str, ...]] = lambda _: ()
        """Tell from which other origins a seller's publishable keys may be used; () is any."""
        self._clock = clock
        self._pages = URLSafeSerializer(secret, salt="card page")
        self._read_page = lru_cache(maxsize=10_000)(self._pages.loads)

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
        request.scope[CALLER] = caller
        scope = caller.scope
        if scope not in allowed and scope is not Scope.ADMIN and scope is not Scope.OPEN:
            raise Forbidden(f"a {caller.scope} key may not do this")
        if scope is Scope.VISITOR:
            self._check_origin(request, caller.owner)
        if scope is Scope.OPEN and Scope.VISITOR not in allowed and not _is_own(request):
            raise Forbidden("without keys pages of other origins may make visitors' calls only")
        return caller

    def find(self, text: str) -> Key | None:
        """Return the key that a text is, unless it has ended."""
        found = self.keyring.find(text) if text else None
        return None if found is None or found.over(self._clock()) else found

    def bucket(self, request: Request) -> str:
        """Name whom a call counts for: a key that exists, else the address it comes from."""
        text = _presented(request)
        found = self.find(text)
        request.scope[PRESENTED] = (text, found)
        return f"key {found.key_id}" if found is not None else f"from {address_of(request)}"

    def sitting(self, request: Request) -> Sitting | None:
        """Return the dashboard sitting of a request whose key still stands."""
        sitting = self.sessions.read(request)
        key = self.keyring.get(sitting.key_id) if sitting is not None else None
        if sitting is None or key is None or key.over(self._clock()):
            return None
        return sitting if opens(key, sitting.seller_id) else None

    def _caller(self, request: Request, text: str) -> Caller:
        if not len(self.keyring):
            if is_local(request):
                return ANYONE
            raise Unauthenticated("no keys are set up: only this machine is served, as 127.0.0.1")
        if not text and (sitting := self.sitting(request)) is not None:
            if not self.sessions.holds(request, sitting):
                raise Forbidden("a change from a page needs its X-CSRF-Token")
            return Caller(Scope.SELLER, sitting.seller_id, sitting.key_id)
        if text.startswith("pt_"):
            return Caller(Scope.VISITOR, self._page_owner(text))
        presented, found = request.scope.get(PRESENTED, ("", None))
        if presented != text or not self._stands(found):
            found = self.find(text)
        if found is None:
            raise Unauthenticated("a valid key is needed: Authorization: Bearer ... or X-API-Key")
        return Caller(found.scope, found.owner, found.key_id)

    def _stands(self, found: Key | None) -> bool:
        """Say whether a key that was found a moment ago is still one."""
        return (
            found is not None
            and self.keyring.get(found.key_id) is found
            and not found.over(self._clock())
        )

    def _page_owner(self, text: str) -> str:
        try:
            owner, made = self._read_page(text.removeprefix("pt_"))
        except (BadData, ValueError):
            raise Unauthenticated("the page's key is not one of ours") from None
        if self._clock() - made > PAGE_KEY_MS:
            raise Unauthenticated("the page's key has expired: open the card again")
        return str(owner)

    def _check_origin(self, request: Request, seller_id: str) -> None:
        """Refuse a page of an origin that the seller has not named, once she has named any."""
        origin = request.headers.get("origin", "").lower()
        allowed = self.origins(seller_id) if origin else ()
        if allowed and origin not in allowed and not _is_own(request):
            raise Forbidden("the seller has not opened her shelf to pages of this origin")


def opens(key: Key, seller_id: str) -> bool:
    """Say whether a key opens a seller's dashboard: her own secret key, or an admin's."""
    return key.scope is Scope.ADMIN or (key.scope is Scope.SELLER and key.owner == seller_id)


def address_of(request: Request) -> str:
    """Return the network address a request comes from."""
    client = request.scope.get("client")
    return client[0] if client else ""


def is_local(request: Request) -> bool:
    """Say whether a request comes from this machine, and is addressed to it as such.

    A name of somebody's own may lead here as well: a page of his then is of the same host to its
    browser, and reads what comes back (DNS rebinding).
    """
    return _leads_here(address_of(request), _host(request))


@lru_cache(maxsize=1_000)
def _leads_here(address: str, host: str) -> bool:
    return is_loopback(address) and is_loopback(PORT.sub("", host).strip("[]"))


def _is_own(request: Request) -> bool:
    """Say whether no page asks, or a page of this very host."""
    origin = request.headers.get("origin")
    return origin is None or origin.lower().partition("://")[2] == _host(request)


def _host(request: Request) -> str:
    return request.headers.get("host", "").lower()


def _presented(request: Request) -> str:
    scheme, _, text = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() == "bearer" and text.strip():
        return text.strip()
    return request.headers.get("x-api-key", "").strip()
