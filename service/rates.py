"""How often anyone may call: per key or address, per visitor, and per attempt to sign in."""

from __future__ import annotations

from typing import Final

from fastapi import Request
from limits import RateLimitItem, parse
from limits.aio.storage import MemoryStorage
from limits.aio.strategies import SlidingWindowCounterRateLimiter
from starlette.types import ASGIApp, Receive, Scope, Send

from data.errors import RateLimited
from service.deps import now_ms
from service.errors import answer
from service.security import Guard, address_of
from service.settings import ServiceSettings

FREE: Final = ("/static/", "/docs", "/health/", "/openapi.json")
"""What costs next to nothing and is asked by watchdogs: never counted."""


class Rates:
    """Count calls in sliding windows held in this process; raise RateLimited (429) beyond.

    While the service has no keys it serves this machine alone and counts nothing.
    """

    def __init__(self, settings: ServiceSettings, guard: Guard) -> None:
        """Take the agreed rates from the settings."""
        self._guard = guard
        self._window = SlidingWindowCounterRateLimiter(MemoryStorage())
        self._key, self._visitor = parse(settings.rate_key), parse(settings.rate_visitor)
        self._address, self._login = parse(settings.rate_address), parse(settings.rate_login)

    async def admit(self, request: Request) -> None:
        """Count a call for its key, or for its address where it brings none that is known."""
        bucket = self._guard.bucket(request)
        await self._hit(self._key if bucket.startswith("key ") else self._address, bucket)

    async def admit_visitor(self, seller_id: str, visitor: str) -> None:
        """Count a call for one visitor (keyed hash) on one card; nobody's calls are not counted."""
        if visitor:
            await self._hit(self._visitor, f"visitor {visitor} {seller_id}")

    async def admit_login(self, request: Request, seller_id: str) -> None:
        """Count an attempt to sign in at one dashboard from one address."""
        await self._hit(self._login, f"login {address_of(request)} {seller_id}")

    async def _hit(self, rate: RateLimitItem, bucket: str) -> None:
        if not len(self._guard.keyring) or await self._window.hit(rate, bucket):
            return
        reset, _ = await self._window.get_window_stats(rate, bucket)
        wait = min(max(1.0, reset - now_ms() / 1000), float(rate.get_expiry()))
        raise RateLimited(f"at most {rate.amount} calls in {rate.get_expiry()} s", retry_after=wait)


class Limited:
    """Answer 429 with Retry-After before a request over the rate reaches its route."""

    def __init__(self, app: ASGIApp, rates: Rates) -> None:
        """Wrap an ASGI app."""
        self._app, self._rates = app, rates

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Count HTTP requests; preflights and what is free pass."""
        counted = scope["type"] == "http" and scope["method"] != "OPTIONS"
        if counted and not scope["path"].startswith(FREE):
            try:
                await self._rates.admit(Request(scope))
            except RateLimited as error:
                await answer(error, scope.get("request_id", ""))(scope, receive, send)
                return
        await self._app(scope, receive, send)
