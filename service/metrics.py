"""What operators watch: counters of this app alone, and the layer that counts, times and logs."""

from __future__ import annotations

import logging
import os
import random
import re
import shutil
import traceback
from collections.abc import MutableMapping
from functools import cache
from pathlib import Path
from time import perf_counter
from typing import Any, Final

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    disable_created_metrics,
    generate_latest,
    multiprocess,
)
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from service.errors import INTERNAL, problem
from service.logs import log_line

disable_created_metrics()  # type: ignore[no-untyped-call]  # nobody asks when a counter began
REQUEST_ID: Final = re.compile(rb"^[A-Za-z0-9._-]{1,64}$")
SECONDS: Final = (0.001, 0.002, 0.003, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1.0, 5.0)


SHARED: Final = "PROMETHEUS_MULTIPROC_DIR"
"""The variable by which the library learns, when it is loaded, where processes count together."""

_names: Final = random.Random()  # noqa: S311  an id to find a request by is no secret


class Metrics:
    """Hold the app's own collectors; every label takes few values: routes, statuses, levels."""

    def __init__(self) -> None:
        """Register the collectors."""
        self.registry = CollectorRegistry()
        self.requests = Counter(
            "smartcard_requests", "Requests.", ("route", "method", "status"), registry=self.registry
        )
        self.seconds = Histogram(
            "smartcard_request_seconds",
            "Time to the end of the reply.",
            ("route",),
            buckets=SECONDS,
            registry=self.registry,
        )
        self._requests = cache(self.requests.labels)  # to look one up takes longer than to count
        self._seconds = cache(self.seconds.labels)
        self.recommendations = Counter(
            "smartcard_recommendations",
            "Lists of picks by how they came about: 0 personal to 4 catalogue order.",
            ("fallback_level",),
            registry=self.registry,
        )
        self.answers = Counter(
            "smartcard_answers",
            "Questions by what became of them: answered, clarify, abstained or handed_off.",
            ("status",),
            registry=self.registry,
        )
        self.unlogged = Counter(
            "smartcard_recommendations_unlogged",
            "Lists that were shown but could not be written to the log.",
            registry=self.registry,
        )
        self.events = Counter(
            "smartcard_events",
            "Events by outcome: accepted, duplicate or rejected.",
            ("outcome",),
            registry=self.registry,
        )
        self.log_seq = Gauge(
            "smartcard_log_seq",
            "Last log entry folded into the state.",
            registry=self.registry,
            multiprocess_mode="livemax",
        )
        self.waiting = Gauge(
            "smartcard_log_waiting",
            "Events that were taken and are not on disk yet.",
            registry=self.registry,
            multiprocess_mode="livesum",
        )
        self.model_swaps = Counter(
            "smartcard_model_swaps",
            "Times another model version began to answer.",
            registry=self.registry,
        )
        self.model_failures = Counter(
            "smartcard_model_failures",
            "Model versions that could not be loaded.",
            registry=self.registry,
        )

    def count(self, route: str, method: str, status: int, seconds: float) -> None:
        """Count a request and the time to the end of its reply."""
        self._requests(route, method if method in METHODS else "other", str(status)).inc()
        self._seconds(route).observe(seconds)

    def tell(self, seq: int, waiting: int) -> None:
        """Take down up to where the log is folded, and how many events wait for it."""
        self.log_seq.set(seq)
        self.waiting.set(waiting)

    def exposition(self) -> bytes:
        """Write all metrics in the Prometheus text format, of all processes that count together."""
        if SHARED not in os.environ:
            return generate_latest(self.registry)
        together = CollectorRegistry()
        multiprocess.MultiProcessCollector(together)  # type: ignore[no-untyped-call]  # library's
        return generate_latest(together)


def count_together(folder: Path) -> None:
    """Let processes that are started from now on count together, from nothing."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(mode=0o700, parents=True)
    os.environ[SHARED] = str(folder)


def bury(process: int) -> None:
    """Take a dead process's gauges away; what it counted stays."""
    multiprocess.mark_process_dead(process)  # type: ignore[no-untyped-call]  # library's


class Observed:
    """Give each request an id, count and time it, and turn an unexpected error into a 500."""

    def __init__(self, app: ASGIApp, metrics: Metrics) -> None:
        """Wrap an ASGI app."""
        self.app, self.metrics = app, metrics

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
            self.metrics.count(_template(scope), scope["method"], status, perf_counter() - begun)


MOUNTED: Final = ("/static/", "/docs/files/")
METHODS: Final = frozenset({"GET", "POST", "PUT", "DELETE", "HEAD", "OPTIONS", "PATCH"})


def name_request(scope: MutableMapping[str, Any]) -> str:
    """Give a request the id its sender chose, or a fresh one; the scope keeps it."""
    for name, value in scope["headers"]:
        if name == b"x-request-id" and REQUEST_ID.match(value):
            found = str(value, "ascii")
            break
    else:
        found = f"{_names.getrandbits(64):016x}"
    scope["request_id"] = found
    return found


def _template(scope: MutableMapping[str, Any]) -> str:
    """Return the route's template, never the path itself: labels stay few and hold no ids."""
    path = getattr(scope.get("route"), "path", None)
    if path:
        return str(path)
    mounted = next((folder for folder in MOUNTED if scope["path"].startswith(folder)), None)
    return mounted or "none"


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
