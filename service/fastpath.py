"""The app, with a path of its own for the hot calls, round the framework's machinery.

FastAPI takes two to three times as long to hand a small request to its route as that takes to be
decoded and checked. The hot calls are declared as routes too: for the OpenAPI document, and to
hold this path against. Either way the same function answers, and security, rates, errors, metrics
and the headers for pages of other origins come from the same parts in the same order.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from time import perf_counter
from typing import Any

from fastapi import FastAPI, Request
from starlette.datastructures import Headers
from starlette.types import Receive, Scope, Send

from data.errors import SmartcardError
from service.cors import opening
from service.deps import Parts
from service.errors import INTERNAL, problem, refusal
from service.observed import log_failure, log_request, name_request
from service.replies import Reply
from service.sending import answer

Serve = Callable[[Request], Awaitable[Reply]]


class Api(FastAPI):
    """Answer some calls without the framework's machinery, and all others through its routes."""

    hot: Mapping[str, Serve] = {}
    """Who answers a POST to exactly this path; empty: every call goes through the routes."""
    parts: Parts
    """What they answer with."""
    access_log = False
    """Whether each of these calls leaves a line."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Run one request, or the life of the app."""
        serve = self.hot.get(scope["path"]) if scope["type"] == "http" else None
        if serve is None or scope["method"] != "POST":
            await super().__call__(scope, receive, send)
        else:
            await self._run(serve, scope, receive, send)

    async def _run(self, serve: Serve, scope: Scope, receive: Receive, send: Send) -> None:
        begun = perf_counter()
        parts = self.parts
        named = (b"x-request-id", name_request(scope).encode())
        scope["app"] = self
        request = HotRequest(scope, receive)
        status, route = 0, scope["path"]
        try:
            try:
                parts.rates.admit(request)
                reply = await serve(request)
                headers = [*reply.headers, *opening(scope), named]
                status = reply.status
                await answer(send, status, headers, reply.body)
            except SmartcardError as error:
                response = refusal(error, request)
                response.raw_headers += [*opening(scope), named]
                status = response.status_code
                await response(scope, receive, send)
        except Exception as error:
            log_failure(error, scope, route)
            if status:
                raise
            response = problem(500, "internal", INTERNAL, scope["request_id"])
            response.raw_headers.append(named)
            status = response.status_code
            await response(scope, receive, send)
        finally:
            seconds = perf_counter() - begun
            parts.metrics.count(route, "POST", status, seconds)
            if self.access_log:
                log_request(scope, route, status, seconds)


class HotRequest(Request):
    """Find headers by hash: a hot call asks for eight of them, of a list that is read each time."""

    @property
    def headers(self) -> Headers:
        """Return the headers; of one that stands twice the first, as everywhere."""
        if not hasattr(self, "_headers"):
            self._headers = HashedHeaders(self.scope["headers"])
        return self._headers


class HashedHeaders(Headers):
    """Look up single headers in a dictionary."""

    def __init__(self, raw: list[tuple[bytes, bytes]]) -> None:
        """Take the raw headers, names in lower case."""
        super().__init__(raw=raw)
        self._first = dict(reversed(raw))

    def get(self, key: str, default: Any = None) -> Any:
        """Return a header by its name in any case, or the default."""
        found = self._first.get(key.lower().encode("latin-1"))
        return default if found is None else found.decode("latin-1")

    def __getitem__(self, key: str) -> str:
        """Return a header by its name in any case; raise KeyError when it is not there."""
        return self._first[key.lower().encode("latin-1")].decode("latin-1")
