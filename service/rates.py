"""How often anyone may call: per key or address, per visitor, to sign in, and to erase."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

from fastapi import Request
from limits import parse
from starlette.types import ASGIApp, Receive, Scope, Send

from data.errors import RateLimited
from service.errors import answer
from service.security import Guard, address_of
from service.settings import ServiceSettings

FREE: Final = ("/static/", "/docs", "/health/", "/openapi.json")
"""What costs next to nothing and is asked by watchdogs: never counted."""


class Window:
    """Count what happens in a sliding window; in memory stands who came in the last two of them.

    The window before counts by how much of it still lies within the sliding one: the sliding
    window counter, off by what was uneven within a window (Cloudflare, "How we built rate
    limiting capable of scaling to millions of domains", 2017).
    """

    def __init__(self, rate: str) -> None:
        """Take a rate such as `600/minute`."""
        item = parse(rate)
        self.most, self.seconds = item.amount, item.get_expiry()
        self._ms = self.seconds * 1000
        self._number = 0
        self._now: dict[str, int] = {}
        self._before: dict[str, int] = {}

    def hit(self, bucket: str, at: int) -> float:
        """Count one more for a bucket (epoch ms); beyond the rate return the seconds to wait."""
        return 0.0 if self.take(bucket, at, 1) else self.wait(bucket, at)

    def take(self, bucket: str, at: int, wanted: int) -> int:
        """Count `wanted` more for a bucket (epoch ms), or what the rate leaves; return how many."""
        number, passed = divmod(at, self._ms)
        if number != self._number:
            self._before = self._now if number == self._number + 1 else {}
            self._now, self._number = {}, number
        now, before = self._now.get(bucket, 0), self._before.get(bucket, 0)
        free = self.most - now - before * (self._ms - passed) // self._ms
        taken = max(0, min(wanted, free))
        if taken:
            self._now[bucket] = now + taken
        return taken

    def wait(self, bucket: str, at: int) -> float:
        """Return the seconds until one more is taken of a bucket of which none is now."""
        passed, before = at % self._ms, self._before.get(bucket, 0)
        free = self.most - self._now.get(bucket, 0)
        slid = -(-free * self._ms // before) if free else 0  # a full window has to end first
        return (self._ms - slid + 1 - passed) / 1000


class Rates:
    """Count calls in sliding windows held in this process; raise RateLimited (429) beyond.

    While the service has no keys it serves this machine alone and counts nothing.
    """

    def __init__(self, settings: ServiceSettings, guard: Guard, clock: Callable[[], int]) -> None:
        """Take the agreed rates from the settings, and the clock (epoch ms)."""
        self._guard, self._clock = guard, clock
        self._key, self._address = Window(settings.rate_key), Window(settings.rate_address)
        self._visitor, self._login = Window(settings.rate_visitor), Window(settings.rate_login)
        self._erasure = Window(settings.rate_erasure)
        self.told_visitor = _told(self._visitor, "events, questions and lists of one visitor")

    def admit(self, request: Request) -> None:
        """Count a call for its key, or for its address where it brings none that is known."""
        if len(self._guard.keyring):
            bucket = self._guard.bucket(request)
            self._hit(self._key if bucket.startswith("key ") else self._address, bucket)

    def admit_visitor(self, seller_id: str, visitor: str) -> None:
        """Count a call for one visitor (keyed hash) on one card; nobody's calls are not counted."""
        if visitor:
            self._hit(self._visitor, f"{visitor} {seller_id}")

    def admit_question(self, request: Request, seller_id: str, visitor: str) -> None:
        """Count a question for who asks it on one card; nobody's counts for its address."""
        self._hit(self._visitor, f"{visitor or address_of(request)} {seller_id}")

    def admit_rows(self, seller_id: str, rows: Mapping[str, int]) -> dict[str, int]:
        """Count rows by their visitor (keyed hash) on one card; nobody's are not counted.

        Return how many are admitted of those of whom not all are. Raises RateLimited when not a
        single row is.
        """
        if not len(self._guard.keyring):
            return {}
        at, admitted = self._clock(), dict[str, int]()
        for visitor, wanted in rows.items():
            taken = self._visitor.take(f"{visitor} {seller_id}", at, wanted) if visitor else wanted
            if taken < wanted:
                admitted[visitor] = taken
        if admitted and len(admitted) == len(rows) and not any(admitted.values()):
            waits = [self._visitor.wait(f"{visitor} {seller_id}", at) for visitor in admitted]
            raise RateLimited(self.told_visitor, retry_after=min(waits))
        return admitted

    def admit_login(self, request: Request, seller_id: str) -> None:
        """Count an attempt to sign in at one dashboard from one address."""
        self._hit(self._login, f"{address_of(request)} {seller_id}")

    def admit_erasure(self, request: Request) -> None:
        """Count a visitor who is to be erased or copied out, for the key that asks."""
        self._hit(self._erasure, self._guard.bucket(request))

    def _hit(self, window: Window, bucket: str) -> None:
        if not len(self._guard.keyring):
            return
        if wait := window.hit(bucket, self._clock()):
            raise RateLimited(_told(window, "calls"), retry_after=wait)


def _told(window: Window, what: str) -> str:
    return f"at most {window.most} {what} in {window.seconds} s"


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
                self._rates.admit(Request(scope))
            except RateLimited as error:
                await answer(error, scope.get("request_id", ""))(scope, receive, send)
                return
        await self._app(scope, receive, send)
