"""Moments as they go over the wire and into the trail."""

from __future__ import annotations

from datetime import UTC, datetime


def rfc3339(at: int) -> str:
    """Write epoch milliseconds as RFC 3339 in UTC.

    >>> rfc3339(1_790_000_000_000)
    '2026-09-21T14:13:20.000Z'
    """
    return datetime.fromtimestamp(at / 1000, UTC).isoformat(timespec="milliseconds")[:-6] + "Z"
