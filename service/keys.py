"""The keys of one home: made, rotated, revoked and looked up; only their hashes are kept."""

from __future__ import annotations

import fcntl
import hashlib
import hmac
import os
import secrets
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from enum import StrEnum
from pathlib import Path
from typing import Final

import msgspec


class Scope(StrEnum):
    """Name what a key is for; `open` is everyone, while no key exists, from this machine."""

    VISITOR = "visitor"
    SELLER = "seller"
    SUPPLIER = "supplier"
    ADMIN = "admin"
    OPEN = "open"

    __hash__ = str.__hash__  # kept with the string; an enum's own is a call of Python each time


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
    ends_at: int = 0  # epoch ms from which it is refused, after a rotation; 0: never

    def over(self, now: int) -> bool:
        """Say whether the key is refused by now (epoch ms)."""
        return 0 < self.ends_at <= now


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
        with self._changing() as keys:
            return _add(keys, scope, owner, made_at)

    def rotate(self, key_id: str, made_at: str, now: int, ends_at: int) -> str | None:
        """Make a successor of a key; the old one ends at `ends_at`, or sooner if it does anyway.

        Times are epoch ms. Return the new key's text, None when no such key stands by now.
        """
        with self._changing() as keys:
            old = keys.get(key_id)
            if old is None or old.over(now):
                return None
            ends_at = min(ends_at, old.ends_at or ends_at)
            keys[key_id] = msgspec.structs.replace(old, ends_at=ends_at)
            return _add(keys, old.scope, old.owner, made_at)

    def revoke(self, key_id: str) -> bool:
        """Forget a key; tell whether there was one."""
        with self._changing() as keys:
            return keys.pop(key_id, None) is not None

    def get(self, key_id: str) -> Key | None:
        """Return a key by its id, which is no secret."""
        return self._keys.get(key_id)

    def find(self, text: str) -> Key | None:
        """Return the key whose text this is, comparing in constant time."""
        prefix, _, rest = text.partition("_")
        key = self._keys.get(rest.partition("_")[0])
        digest = _digest(text)
        if key is None or PREFIXES.get(key.scope) != prefix:
            hmac.compare_digest(digest, digest)
            return None
        return key if hmac.compare_digest(digest, key.digest) else None

    @contextmanager
    def _changing(self) -> Iterator[dict[str, Key]]:
        """Let one process at a time read the newest keys, change them and write them."""
        self.path.parent.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(self.path.with_suffix(".lock"), os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX)
            self.reload()
            keys = dict(self._keys)
            yield keys
            if keys != self._keys:
                self._save(keys)
        finally:
            os.close(descriptor)

    def _save(self, keys: dict[str, Key]) -> None:
        draft = self.path.with_suffix(f".{os.getpid()}.tmp")
        descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            file.write(msgspec.json.format(msgspec.json.encode(list(keys.values()))))
            file.flush()
            os.fsync(file.fileno())
        draft.replace(self.path)
        self.reload()


def key_id_of(text: str) -> str:
    """Return the public part of a key's text.

    >>> key_id_of("sk_0a1b2c3d_secret")
    '0a1b2c3d'
    """
    return text.split("_", 2)[1]


def _add(keys: dict[str, Key], scope: Scope, owner: str, made_at: str) -> str:
    key_id, secret = secrets.token_hex(4), secrets.token_urlsafe(32)
    text = f"{PREFIXES[scope]}_{key_id}_{secret}"
    keys[key_id] = Key(
        key_id=key_id, scope=scope, owner=owner, digest=_digest(text), made_at=made_at
    )
    return text


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()
