"""A seller's sitting at her dashboard: a signed cookie, and a token against forged requests."""

from __future__ import annotations

import hmac
from collections.abc import Callable
from typing import Final
from urllib.parse import quote

import msgspec
from fastapi import Request
from itsdangerous import BadData, URLSafeSerializer
from starlette.responses import Response

COOKIE: Final = "smartcard_session"
CSRF_HEADER: Final = "x-csrf-token"
SITTING_MS: Final = 12 * 3_600_000
SAFE: Final = frozenset({"GET", "HEAD", "OPTIONS"})


class Sitting(msgspec.Struct, frozen=True):
    """Say whose dashboard is open, by which key, until when (epoch ms)."""

    seller_id: str
    key_id: str
    ends_at: int


class Sessions:
    """Sign and read the cookies; nothing of a sitting is kept on the server."""

    def __init__(self, secret: bytes, clock: Callable[[], int]) -> None:
        """Take the secret that signs and the clock (epoch ms)."""
        self._secret, self._clock = secret, clock
        self._cookies = URLSafeSerializer(secret, salt="dashboard")

    def begin(self, seller_id: str, key_id: str) -> tuple[str, Sitting]:
        """Return a new sitting and its cookie's value."""
        sitting = Sitting(seller_id, key_id, self._clock() + SITTING_MS)
        return str(self._cookies.dumps([seller_id, key_id, sitting.ends_at])), sitting

    def read(self, request: Request) -> Sitting | None:
        """Return the sitting of a request's cookie; None without one, when forged or over."""
        text = request.cookies.get(COOKIE, "")
        if not text:
            return None
        try:
            sitting = Sitting(*self._cookies.loads(text))
        except (BadData, TypeError, ValueError):
            return None
        return sitting if self._clock() < sitting.ends_at else None

    def csrf(self, sitting: Sitting) -> str:
        """Return the token that a page of ours sends back with every change."""
        told = f"csrf\x1f{sitting.seller_id}\x1f{sitting.key_id}\x1f{sitting.ends_at}"
        return hmac.digest(self._secret, told.encode(), "sha256").hex()

    def holds(self, request: Request, sitting: Sitting) -> bool:
        """Say whether a request may use its cookie: it reads, or it brings the token."""
        if request.method in SAFE:
            return True
        shown = request.headers.get(CSRF_HEADER, "")
        return hmac.compare_digest(shown.encode(), self.csrf(sitting).encode())


def set_cookie(reply: Response, request: Request, seller_id: str, value: str) -> None:
    """Put the cookie on a reply: unreadable for scripts, sent to this seller's calls only."""
    reply.set_cookie(
        COOKIE,
        value,
        max_age=SITTING_MS // 1000 if value else 0,
        path=f"/sellers/{quote(seller_id, safe='')}",
        secure=request.url.scheme == "https",
        httponly=True,
        samesite="strict",
    )
