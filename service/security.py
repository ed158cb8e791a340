"""Who calls and what she may: scoped keys, stored as hashes, each fixed to its owner."""

from __future__ import annotations

import hashlib
import hmac
import ipaddress
import os
import secrets
from collections.abc import Callable, Iterator, Mapping
from enum import StrEnum
from pathlib import Path
from typing import Final

import msgspec
from fastapi import Request
from itsdangerous import BadData, URLSafeSerializer

from data.errors import BadField, Forbidden, Invalid, NotFound, Unauthenticated

PAGE_KEY_MS: Final = 7 * 86_400_000
"""How long a card page that stays open may go on measuring."""


class Scope(StrEnum):
    """Name what a key is for; `open` is everyone, while no key exists, from this machine."""

    VISITOR = "visitor"
    SELLER = "seller"
    SUPPLIER = "supplier"
    ADMIN = "admin"
    OPEN = "open"


PREFIXES: Final[Mapping[Scope, str]] = {
    Scope.VISITOR: "pk",
    Scope.SELLER: "sk",
    Scope.SUPPLIER: "sp",
    Scope.ADMIN: "ad",
}


class Key(msgspec.Struct, frozen=True, kw_only=True):
    """Keep a key without its secret; `owner` is the seller or supplier it is fixed to."""

    key_id: str
    scope: Scope
    owner: str
    digest: str
    made_at: str


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


class Keyring:
    """Keep the keys of one home in `keys.json`, readable by its owner only."""

    def __init__(self, path: Path) -> None:
        """Read the file if there is one."""
        self.path = path
        self._keys: dict[str, Key] = {}
        self._stamp: tuple[int, int] = (0, 0)
        self.reload()

    def __len__(self) -> int:
        return len(self._keys)

    def __iter__(self) -> Iterator[Key]:
        return iter(self._keys.values())

    def reload(self) -> None:
        """Read the file again if it changed."""
        try:
            found = self.path.stat()
        except FileNotFoundError:
            self._keys, self._stamp = {}, (0, 0)
            return
        stamp = (found.st_mtime_ns, found.st_ino)
        if stamp != self._stamp:
            keys = msgspec.json.decode(self.path.read_bytes(), type=list[Key])
            self._keys = {key.key_id: key for key in keys}
            self._stamp = stamp

    def create(self, scope: Scope, owner: str, made_at: str) -> str:
        """Make a key, keep its hash, return its text: the only time it can be seen."""
        key_id, secret = secrets.token_hex(4), secrets.token_urlsafe(32)
        text = f"{PREFIXES[scope]}_{key_id}_{secret}"
        key = Key(key_id=key_id, scope=scope, owner=owner, digest=_digest(text), made_at=made_at)
        self._save({**self._keys, key_id: key})
        return text

    def revoke(self, key_id: str) -> bool:
        """Forget a key; tell whether there was one."""
        kept = {name: key for name, key in self._keys.items() if name != key_id}
        found = len(kept) < len(self._keys)
        if found:
            self._save(kept)
        return found

    def find(self, text: str) -> Key | None:
        """Return the key whose text this is, comparing in constant time."""
        prefix, _, rest = text.partition("_")
        key = self._keys.get(rest.partition("_")[0])
        digest = _digest(text)
        if key is None or PREFIXES.get(key.scope) != prefix:
            hmac.compare_digest(digest, digest)
            return None
        return key if hmac.compare_digest(digest, key.digest) else None

    def _save(self, keys: dict[str, Key]) -> None:
        self.path.parent.mkdir(parents=True, exist_ok=True)
        draft = self.path.with_suffix(f".{os.getpid()}.tmp")
        descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            file.write(msgspec.json.format(msgspec.json.encode(list(keys.values()))))
            file.flush()
            os.fsync(file.fileno())
        draft.replace(self.path)
        self.reload()


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()


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
