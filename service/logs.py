"""Structured logs: one JSON line an event, to the standard error stream."""

from __future__ import annotations

import json
import logging
from typing import Final

LOG: Final = logging.getLogger("smartcard.service")


def log_line(level: int, event: str, **facts: object) -> None:
    """Write one JSON line; callers pass no raw visitor ids, keys or bodies."""
    LOG.log(level, json.dumps({"event": event, **facts}, ensure_ascii=False, default=str))
