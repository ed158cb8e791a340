"""The layer that every request goes through: it names, counts and times it, and logs failures."""

from __future__ import annotations

import logging
import re
import traceback
from collections.abc import MutableMapping
from time import perf_counter
from typing import Any, Final

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from service.deps import fresh_id
from service.errors import INTERNAL, problem
from service.logs import log_line
from service.metrics import Metrics

MOUNTED: Final = ("/static/", "/docs/files/")
REQUEST_ID: Final = re.compile(rb"^[A-Za-z0-9._-]{1,64}$")


class Observed:
    """Give each request an id, count and time it, and turn an unexpected error into a 500."""

    def __init__(self, app: ASGIApp, metrics: Metrics, *, access_log: bool) -> None:
        """Wrap an ASGI app; with `access_log` each request leaves a line."""
        self.app, self.metrics, self.access_log = app, metrics, access_log

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Run one request; only HTTP is observed."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        begun = perf_counter()
        name = name_request(scope)
        status = 0

        async def observed(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                message["headers"] = [*message["headers"], (b"x-request-id", name.encode())]
            await send(message)

        try:
            await self.app(scope, receive, observed)
        except Exception as error:
            log_failure(error, scope, _template(scope))
            if status:
                raise
            await problem(500, "internal", INTERNAL, name)(scope, receive, observed)
        finally:
            seconds = perf_counter() - begun
            self.metrics.count(_template(scope), scope["method"], status, seconds)
            if self.access_log:
                log_request(scope, _template(scope), status, seconds)


def name_request(scope: MutableMapping[str, Any]) -> str:
    """Give a request the id its sender chose, or a fresh one; the scope keeps it."""
    for name, value in scope["headers"]:
        if name == b"x-request-id" and REQUEST_ID.match(value):
            found = str(value, "ascii")
            break
    else:
        found = fresh_id()
    scope["request_id"] = found
    return found


def _template(scope: MutableMapping[str, Any]) -> str:
    """Return the route's template, never the path itself: labels stay few and hold no ids."""
    path = getattr(scope.get("route"), "path", None)
    if path:
        return str(path)
    mounted = next((folder for folder in MOUNTED if scope["path"].startswith(folder)), None)
    return mounted or "none"


def log_request(scope: MutableMapping[str, Any], route: str, status: int, seconds: float) -> None:
    """Log a request by its route's template: its path and its query may name a visitor."""
    log_line(
        logging.INFO,
        "request",
        request_id=scope["request_id"],
        method=scope["method"],
        route=route,
        status=status,
        ms=round(1000 * seconds, 2),
    )


def log_failure(error: Exception, scope: MutableMapping[str, Any], route: str) -> None:
    """Log what failed and where, without the error's text: it may quote a visitor."""
    frames = traceback.extract_tb(error.__traceback__)[-8:]
    log_line(
        logging.ERROR,
        "request_failed",
        request_id=scope["request_id"],
        method=scope["method"],
        route=route,
        error=type(error).__name__,
        at=[f"{frame.filename}:{frame.lineno} {frame.name}" for frame in frames],
    )
