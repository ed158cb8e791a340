"""Who changed what and when: one JSON line for every change that is not a visitor's.

And for every copy of what is held of a visitor.

Who has no secret, as a page's key is none, changes nothing and leaves no line: anyone could fill
the trail.
"""

from __future__ import annotations

import asyncio
import errno
import os
from collections.abc import Callable
from contextlib import suppress
from http import HTTPStatus
from pathlib import Path
from typing import Final

import msgspec
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from service.keys import Scope as KeyScope
from service.moments import rfc3339
from service.security import CALLER, Caller

VISITORS_CALLS: Final = frozenset({"/events", "/recommend", "/answer"})
CONSENT: Final = "/visitors/{visitor_id}/consent"
"""A visitor's call, too, if it comes without a key; with a seller's it is told."""
CHANGES: Final = frozenset({"POST", "PUT", "PATCH", "DELETE"})
NAMELESS: Final = frozenset({"visitor_id", "tag"})
"""Parts of a path that name a person, or what she likes: the trail holds none."""
TARGETS: Final = "smartcard.targets"
"""Under this name the scope says what a change was about, where the path does not."""
READ_BYTES: Final = 4_000_000
"""How far back a reading of the trail goes; the file itself is for ever."""


class Line(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Say who did what: no key, no body, no address."""

    at: str
    scope: str  # of who called; cli at the command line
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
        """Write one line whole, behind those of every other process.

        It begins anew behind one that was cut short. Raises OSError when it is cut short itself.
        """
        self._path.parent.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o600)
        try:
            size = os.fstat(descriptor).st_size
            cut = size > 0 and os.pread(descriptor, 1, size - 1) != b"\n"
            row = b"\n" * cut + msgspec.json.encode(line) + b"\n"
            if os.write(descriptor, row) < len(row):
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(self._path))
        finally:
            os.close(descriptor)

    def read(self, limit: int, seller_id: str | None = None) -> list[Line]:
        """Return the newest lines first; with a seller only what she did or was done to hers.

        A line that was cut short is left out.
        """
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
            with suppress(msgspec.DecodeError, UnicodeDecodeError):
                line = msgspec.json.decode(row, type=Line)
                if seller_id is None or _concerns(line, seller_id):
                    found.append(line)
            if len(found) == limit:
                break
        return found


def _concerns(line: Line, seller_id: str) -> bool:
    own = line.scope == KeyScope.SELLER and line.owner == seller_id
    if own or line.targets.get("seller_id") != seller_id:
        return own
    operators = line.scope in {KeyScope.ADMIN, KeyScope.OPEN}
    return operators or line.status < HTTPStatus.BAD_REQUEST  # else others tried in vain


class Audited:
    """Write a line after every change, refused and failed ones included."""

    def __init__(self, app: ASGIApp, audit: Audit, clock: Callable[[], int]) -> None:
        """Wrap an ASGI app; the clock gives epoch ms."""
        self._app, self._audit, self._clock = app, audit, clock

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Run one request, then tell what it changed, or of whom it gave a copy."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        status = 0

        async def observed(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        try:
            await self._app(scope, receive, observed)
        finally:  # what has failed may stand in the log
            route = getattr(scope.get("route"), "path", "")
            caller: Caller | None = scope.get(CALLER)
            told = scope["method"] in CHANGES and route not in VISITORS_CALLS
            told |= TARGETS in scope  # a reading that is to be told, too
            if route == CONSENT and caller and caller.scope is KeyScope.OPEN:
                told = False  # anyone could fill the trail
            if told and caller and caller.scope is not KeyScope.VISITOR:
                line = self._line(scope, caller, route, status)
                await asyncio.to_thread(self._audit.append, line)

    def _line(self, scope: Scope, caller: Caller, route: str, status: int) -> Line:
        return Line(
            at=rfc3339(self._clock()),
            scope=caller.scope,
            key_id=caller.key_id,
            owner=caller.owner,
            action=f"{scope['method']} {route}",
            targets={
                name: str(value)[:128]
                for name, value in (scope["path_params"] | scope.get(TARGETS, {})).items()
                if value and name not in NAMELESS
            },
            status=status or HTTPStatus.INTERNAL_SERVER_ERROR,  # answered further out
            request_id=scope.get("request_id", ""),
        )
