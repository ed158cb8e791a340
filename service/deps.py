"""What a request is given: the clock, fresh ids and the app's own parts."""

from __future__ import annotations

import secrets
import time
from typing import TYPE_CHECKING

from fastapi import Request

if TYPE_CHECKING:
    from service.audit import Audit
    from service.live import Live
    from service.metrics import Metrics
    from service.rates import Rates
    from service.security import Guard


def now_ms() -> int:
    """Read the clock: epoch milliseconds."""
    return time.time_ns() // 1_000_000


def fresh_id() -> str:
    """Return 64 random bits as text: unguessable, and the seed of what is random in a request."""
    return secrets.token_hex(8)


def live_of(request: Request) -> Live:
    """Return the live loop of this app."""
    live: Live = request.app.state.live
    return live


def guard_of(request: Request) -> Guard:
    """Return who checks the keys of this app."""
    guard: Guard = request.app.state.guard
    return guard


def metrics_of(request: Request) -> Metrics:
    """Return the counters of this app."""
    metrics: Metrics = request.app.state.metrics
    return metrics


def rates_of(request: Request) -> Rates:
    """Return who counts the calls of this app."""
    rates: Rates = request.app.state.rates
    return rates


def audit_of(request: Request) -> Audit:
    """Return the trail of changes of this app's home."""
    audit: Audit = request.app.state.audit
    return audit
