"""Put into the log what a killed process had shown and not written yet."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from pathlib import Path

from data.errors import Invalid
from data.schemas import Event
from data.stores import EventLog
from service.journal import left_behind
from service.logs import log_line


def recover(home: Path, log: EventLog, at_once: int) -> None:
    """Write the lists of dead processes' journals, `at_once` events together; then remove these."""
    for paths, events in left_behind(home):
        for start in range(0, len(events), at_once):
            _write(log, events[start : start + at_once])
        for path in paths:
            path.unlink(missing_ok=True)
        if events:
            log_line(logging.WARNING, "lists_recovered", count=len(events))


def _write(log: EventLog, events: Sequence[Event]) -> None:
    """Write events; one that cannot be stored takes no other along, and stops no start."""
    try:
        log.append(events)
    except Invalid as error:
        if len(events) == 1:
            log_line(logging.ERROR, "recommendations_lost", count=1, error=type(error).__name__)
            return
        for event in events:
            _write(log, [event])
