"""Keep what one process has acknowledged visible at every other one that serves the store."""

from __future__ import annotations

from starlette.types import ASGIApp, Receive, Scope, Send

from service.live import Live
from service.rates import FREE


class Abreast:
    """Let a request wait until all that any process has acknowledged before it is folded here.

    The hot calls wait for less: for what was acknowledged of their visitors.
    """

    def __init__(self, app: ASGIApp, live: Live) -> None:
        """Wrap an ASGI app."""
        self._app, self._live = app, live

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Wait, then run one request; what reads no state passes."""
        if scope["type"] == "http" and not scope["path"].startswith(FREE):
            await self._live.abreast()
        await self._app(scope, receive, send)
