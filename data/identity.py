"""Visitors as keyed hashes: raw ids stop at the edge and are written nowhere."""

from __future__ import annotations

import hmac
import os
import secrets
from contextlib import suppress
from operator import xor
from typing import TYPE_CHECKING, Final

from data.errors import Misconfigured

if TYPE_CHECKING:
    from pathlib import Path

    from data.settings import StorageSettings

KEY_BYTES: Final = 32
LEAST_KEY_BYTES: Final = 16
LETTERS: Final = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"
"""What codes are made of: nothing that is read for something else."""
REFERRAL: Final = "ref_"
"""How referral codes begin, so that none is taken for an id."""
TAG_BYTES: Final = 16


class Pseudonymiser:
    """Turn raw visitor ids into hashes that nobody without the key can link back.

    >>> Pseudonymiser(b"sixteen byte key").visitor("openid-1")
    '0d28f2bec188a72db498ec8c82067dd3'
    """

    def __init__(self, key: bytes) -> None:
        if len(key) < LEAST_KEY_BYTES:
            raise Misconfigured(
                f"the key of the visitor hashes needs {LEAST_KEY_BYTES} bytes or more"
            )
        self._key = key

    def visitor(self, raw: str) -> str:
        """Return the first 32 hex characters of HMAC-SHA256 over the raw id."""
        return hmac.digest(self._key, raw.encode("utf-8", "surrogatepass"), "sha256").hex()[:32]

    def code(self, seller_id: str, visitor: str) -> str:
        """Return five letters for a visitor (keyed hash) that mean her at one seller alone.

        >>> ours = Pseudonymiser(b"sixteen byte key")
        >>> ours.code("s1", "v") != ours.code("s2", "v")
        True
        """
        told = hmac.digest(self._key, f"code\x1f{seller_id}\x1f{visitor}".encode(), "sha256")
        number = int.from_bytes(told[:4], "big")
        return "".join(LETTERS[(number >> (5 * place)) & 31] for place in range(5))

    def referral(self, seller_id: str, visitor: str) -> str:
        """Return what names a visitor (keyed hash) in links to one seller's card.

        The hash is sealed with a synthetic nonce, the seller bound to it (SIV: Rogaway and
        Shrimpton, 2006). Without the key nobody gets from it to her, or makes one of another's.
        """
        tag = self._tag(seller_id, visitor)
        return f"{REFERRAL}{(tag + self._crypt(tag, bytes.fromhex(visitor))).hex()}"

    def referrer(self, seller_id: str, code: str) -> str:
        """Return the visitor (keyed hash) that a seller's referral code names, "" for other texts.

        >>> ours, her = Pseudonymiser(b"sixteen byte key"), "0d28f2bec188a72db498ec8c82067dd3"
        >>> ours.referrer("s1", ours.referral("s1", her)) == her
        True
        >>> ours.referrer("s2", ours.referral("s1", her))
        ''
        """
        try:
            sealed = bytes.fromhex(code.removeprefix(REFERRAL))
        except ValueError:
            return ""
        tag, hidden = sealed[:TAG_BYTES], sealed[TAG_BYTES:]
        visitor = self._crypt(tag, hidden).hex()
        return visitor if hmac.compare_digest(tag, self._tag(seller_id, visitor)) else ""

    def _tag(self, seller_id: str, visitor: str) -> bytes:
        told = f"referral tag\x1f{seller_id}\x1f{visitor}".encode("utf-8", "surrogatepass")
        return hmac.digest(self._key, told, "sha256")[:TAG_BYTES]

    def _crypt(self, tag: bytes, text: bytes) -> bytes:
        """Encrypt or decrypt a visitor's hash."""
        return bytes(map(xor, text, hmac.digest(self._key, b"referral\x1f" + tag, "sha256")))


def open_key(settings: StorageSettings) -> bytes:
    """Return the key from the settings, else from the home's key file, generated when missing."""
    if settings.secret is not None:
        return settings.secret.get_secret_value().encode()
    if not settings.key_file.exists():
        _generate(settings.key_file)
    return _read(settings.key_file)


def _read(path: Path) -> bytes:
    try:
        key = bytes.fromhex(path.read_text("ascii").strip())
    except (OSError, ValueError) as error:
        raise Misconfigured(f"{path} cannot be read as a key: {error}") from error
    if len(key) < LEAST_KEY_BYTES:
        raise Misconfigured(f"{path} holds {len(key)} bytes, a key needs {LEAST_KEY_BYTES} or more")
    return key


def _generate(path: Path) -> None:
    """Write a new key whole or not at all; of two processes that try, the first one's key stays."""
    draft = path.with_name(f"{path.name}.{secrets.token_hex(4)}")
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w", encoding="ascii") as file:
            file.write(secrets.token_hex(KEY_BYTES) + "\n")
            file.flush()
            os.fsync(descriptor)
        with suppress(FileExistsError):
            os.link(draft, path)
        draft.unlink()
    except OSError as error:
        raise Misconfigured(f"no key can be written to {path}: {error}") from error
