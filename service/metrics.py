"""What operators watch: counters of this app, or of all processes that count together."""

from __future__ import annotations

import os
import shutil
from collections import Counter as Counted
from functools import cache
from pathlib import Path
from typing import Final

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    disable_created_metrics,
    generate_latest,
    multiprocess,
)

disable_created_metrics()  # type: ignore[no-untyped-call]  # nobody asks when a counter began
METHODS: Final = frozenset({"GET", "POST", "PUT", "DELETE", "HEAD", "OPTIONS", "PATCH"})
SECONDS: Final = (0.001, 0.002, 0.003, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1.0, 5.0)
TOGETHER: Final = 64
"""Requests that are counted together at most."""
SHARED: Final = "PROMETHEUS_MULTIPROC_DIR"
"""The variable by which the library learns, when it is loaded, where processes count together."""


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
        self._counted: list[tuple[str, str, int, float]] = []
        self._listed: Counted[int] = Counted()
        self._requests = cache(self.requests.labels)  # to look one up takes longer than to count
        self._seconds = cache(self.seconds.labels)
        self._lists = cache(lambda level: self.recommendations.labels(str(level)))
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
        self._events = cache(self.events.labels)
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
        """Count a request and the time to the end of its reply, as soon as some have come."""
        self._counted.append((route, method, status, seconds))
        if len(self._counted) >= TOGETHER:
            self.add_up()

    def add_up(self) -> None:
        """Count the requests that have come: one after the other costs less than each by itself."""
        for route, method, status, seconds in self._counted:
            method = method if method in METHODS else "other"
            self._requests(route, method, str(status)).inc()
            self._seconds(route).observe(seconds)
        self._counted.clear()
        for level, count in self._listed.items():
            self._lists(level).inc(count)
        self._listed.clear()

    def count_list(self, fallback_level: int) -> None:
        """Count a list of picks by how it came about, as soon as some requests have come."""
        self._listed[fallback_level] += 1

    def count_events(self, outcome: str, count: int) -> None:
        """Count events by outcome: accepted, duplicate or rejected."""
        self._events(outcome).inc(count)

    def tell(self, seq: int, waiting: int) -> None:
        """Take down up to where the log is folded, and how many events wait for it."""
        self.add_up()
        self.log_seq.set(seq)
        self.waiting.set(waiting)

    def exposition(self) -> bytes:
        """Write all metrics in the Prometheus text format, of all processes that count together."""
        self.add_up()
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
