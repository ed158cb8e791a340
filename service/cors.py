"""Which calls a page of another origin may make: those of visitors, and never with cookies."""

from __future__ import annotations

import re
from collections.abc import MutableMapping
from typing import Any, Final

from starlette.middleware.cors import CORSMiddleware
from starlette.types import ASGIApp, Message, Receive, Scope, Send

VISITOR_CALLS: Final = re.compile(
    r"^/(?:events|recommend|transparency|answer|answers/[^/]+"
    r"|sellers/[^/]+/(?:card|shelf|suggestions))$"
)
CONSENT: Final = re.compile(r"^/visitors/[^/]+/consent$")
"""The one call of visitors that replaces something."""
HEADERS: Final = ("authorization", "content-type", "x-api-key", "x-request-id")
EXPOSED: Final = ("x-request-id", "retry-after")
DAY_SECONDS: Final = 86_400

_VARY: Final = (b"vary", b"Origin")
_SAME: Final = (_VARY,)
_OTHER: Final = (
    (b"access-control-allow-origin", b"*"),
    (b"access-control-expose-headers", ", ".join(EXPOSED).encode()),
    _VARY,
)


def opening(scope: MutableMapping[str, Any]) -> tuple[tuple[bytes, bytes], ...]:
    """Return the headers that let a page of another origin read the reply to a visitor's call."""
    for name, _ in scope["headers"]:
        if name == b"origin":
            return _OTHER
    return _SAME


class VisitorCors:
    """Let pages anywhere read cards and shelves, send events, ask for picks and for answers."""

    def __init__(self, app: ASGIApp) -> None:
        """Wrap an ASGI app."""
        self._app = app
        self._preflights = _preflights(app, "GET", "POST")
        self._consents = _preflights(app, "PUT")

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer preflights of visitors' calls and open their replies; leave others closed."""
        consents = scope["type"] == "http" and CONSENT.match(scope["path"])
        if scope["type"] != "http" or not (consents or VISITOR_CALLS.match(scope["path"])):
            await self._app(scope, receive, send)
            return
        if scope["method"] == "OPTIONS":
            preflights = self._consents if consents else self._preflights
            await preflights(scope, receive, send)
            return

        async def opened(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [*message["headers"], *opening(scope)]
            await send(message)

        await self._app(scope, receive, opened)


def _preflights(app: ASGIApp, *methods: str) -> CORSMiddleware:
    return CORSMiddleware(
        app,
        allow_origins=("*",),
        allow_methods=methods,
        allow_headers=HEADERS,
        max_age=DAY_SECONDS,
    )
