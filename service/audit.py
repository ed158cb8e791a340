"""Who changed what and when: one JSON line for every change that is not a visitor's."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import msgspec
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from service.keys import Scope as KeyScope
from service.security import CALLER, Caller

VISITORS_CALLS: Final = frozenset({"/events", "/recommend", "/answer"})
CHANGES: Final = frozenset({"POST", "PUT", "PATCH", "DELETE"})
NAMELESS: Final = frozenset({"visitor_id"})
"""Parts of a path that name a person: the trail holds none."""
TARGETS: Final = "smartcard.targets"
"""Under this name the scope says what a change was about, where the path does not."""
READ_BYTES: Final = 4_000_000
"""How far back a reading of the trail goes; the file itself is for ever."""


class Line(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Say who did what: no key, no body, no address."""

    at: str
    scope: str  # of who called; empty for a caller without a key, cli at the command line
    key_id: str = ""
    owner: str = ""
    action: str  # method and route, as in the OpenAPI document
    targets: dict[str, str] = {}
    status: int = 0
    request_id: str = ""


class Audit:
    """Append to `audit.jsonl` of the home and read its end."""

    def __init__(self, path: Path) -> None:
        """Take the file; it is made on the first line."""
        self._path = path

    def append(self, line: Line) -> None:
        """Write one line whole, behind those of every other process."""
        self._path.parent.mkdir(parents=True, exist_ok=True)
        flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND
        descriptor = os.open(self._path, flags, 0o600)
        try:
            os.write(descriptor, msgspec.json.encode(line) + b"\n")
        finally:
            os.close(descriptor)

    def read(self, limit: int, seller_id: str | None = None) -> list[Line]:
        """Return the newest lines first; with a seller only what she did or was done to hers."""
        try:
            with self._path.open("rb") as file:
                size = file.seek(0, os.SEEK_END)
                start = max(0, size - READ_BYTES)
                file.seek(start)
                rows = file.read().splitlines()[1 if start else 0 :]
        except FileNotFoundError:
            return []
        found: list[Line] = []
        for row in reversed(rows):
            line = msgspec.json.decode(row, type=Line)
            if seller_id is None or _concerns(line, seller_id):
                found.append(line)
            if len(found) == limit:
                break
        return found


def _concerns(line: Line, seller_id: str) -> bool:
    own = line.scope in {KeyScope.SELLER, KeyScope.VISITOR} and line.owner == seller_id
    return own or line.targets.get("seller_id") == seller_id


class Audited:
    """Write a line after every change that was answered, refused ones included."""

    def __init__(self, app: ASGIApp, audit: Audit, clock: Callable[[], int]) -> None:
        """Wrap an ASGI app; the clock gives epoch ms."""
        self._app, self._audit, self._clock = app, audit, clock

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Run one request, then tell what it changed."""
        if scope["type"] != "http" or scope["method"] not in CHANGES:
            await self._app(scope, receive, send)
            return
        status = 0

        async def observed(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        await self._app(scope, receive, observed)
        route = getattr(scope.get("route"), "path", "")
        if route and route not in VISITORS_CALLS:
            await asyncio.to_thread(self._audit.append, self._line(scope, route, status))

    def _line(self, scope: Scope, route: str, status: int) -> Line:
        caller: Caller | None = scope.get(CALLER)
        return Line(
            at=rfc3339(self._clock()),
            scope=caller.scope if caller else "",
            key_id=caller.key_id if caller else "",
            owner=caller.owner if caller else "",
            action=f"{scope['method']} {route}",
            targets={
                name: str(value)[:128]
                for name, value in (scope["path_params"] | scope.get(TARGETS, {})).items()
                if value and name not in NAMELESS
            },
            status=status,
            request_id=scope.get("request_id", ""),
        )


def rfc3339(at: int) -> str:
    """Write epoch milliseconds as RFC 3339 in UTC.

    >>> rfc3339(1_790_000_000_000)
    '2026-09-21T14:13:20.000Z'
    """
    return datetime.fromtimestamp(at / 1000, UTC).isoformat(timespec="milliseconds")[:-6] + "Z"
