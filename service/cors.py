"""Which calls a page of another origin may make: those of visitors, and never with cookies."""

from __future__ import annotations

import re
from typing import Final

from starlette.middleware.cors import CORSMiddleware
from starlette.types import ASGIApp, Receive, Scope, Send

VISITOR_CALLS: Final = re.compile(r"^/(?:events|recommend|sellers/[^/]+/(?:card|shelf))$")
HEADERS: Final = ("authorization", "content-type", "x-api-key", "x-request-id")
DAY_SECONDS: Final = 86_400


class VisitorCors:
    """Let pages anywhere read cards and shelves, send events and ask for picks."""

    def __init__(self, app: ASGIApp) -> None:
        """Wrap an ASGI app."""
        self._app = app
        self._cors = CORSMiddleware(
            app,
            allow_origins=("*",),
            allow_methods=("GET", "POST"),
            allow_headers=HEADERS,
            expose_headers=("x-request-id", "retry-after"),
            max_age=DAY_SECONDS,
        )

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer preflights of visitors' calls and open their replies; leave others closed."""
        if scope["type"] == "http" and VISITOR_CALLS.match(scope["path"]):
            await self._cors(scope, receive, send)
        else:
            await self._app(scope, receive, send)
