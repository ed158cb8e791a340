"""What a request is given: the clock, fresh ids and the app's own parts."""

from __future__ import annotations

import os
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from fastapi import Request

if TYPE_CHECKING:
    from service.audit import Audit
    from service.live import Live
    from service.metrics import Metrics
    from service.rates import Rates
    from service.security import Guard


_ID_BYTES: Final = 8
_IDS: Final = 256
_ids: Final[list[str]] = []
if hasattr(os, "register_at_fork"):  # else processes that part give the same ids
    os.register_at_fork(after_in_child=_ids.clear)


def now_ms() -> int:
    """Read the clock: epoch milliseconds."""
    return time.time_ns() // 1_000_000


def fresh_id() -> str:
    """Return 64 random bits as text: unguessable, and the seed of what is random in a request.

    The system is asked for many at a time: a call of it takes longer than all else of a name.
    """
    try:
        return _ids.pop()
    except IndexError:
        drawn = os.urandom(_ID_BYTES * _IDS).hex()
        width = 2 * _ID_BYTES
        first, *others = (drawn[at : at + width] for at in range(0, len(drawn), width))
        _ids.extend(others)
        return first


@dataclass(frozen=True, slots=True)
class Parts:
    """Hold what a hot call is answered with; looked up once, where `app.state` takes its time."""

    live: Live
    guard: Guard
    metrics: Metrics
    rates: Rates


def parts_of(request: Request) -> Parts:
    """Return the parts of this app that hot calls need."""
    parts: Parts = request.scope["app"].parts
    return parts


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


def pictures_of(request: Request) -> tuple[str, ...]:
    """Return the origins that the pages of this app may load pictures from."""
    origins: tuple[str, ...] = request.app.state.pictures
    return origins


def audit_of(request: Request) -> Audit:
    """Return the trail of changes of this app's home."""
    audit: Audit = request.app.state.audit
    return audit
