"""The keys of one home: made, revoked and looked up; only their hashes are kept."""

from __future__ import annotations

import hashlib
import hmac
import os
import secrets
from collections.abc import Iterator, Mapping
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
