"""Show how far an import is: a bar on a terminal, a plain line now and then elsewhere."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, TextIO

from tqdm import tqdm

from data.layouts.intake import Report

EVERY_S: Final = 10.0


class Progress:
    """Count bytes read and events appended; `clock` gives seconds, asked for differences only."""

    def __init__(self, total: int | None, stream: TextIO, clock: Callable[[], float]) -> None:
        """Draw a bar when the stream is a terminal; `total` is in bytes, None when unknown."""
        self._total, self._stream, self._clock = total, stream, clock
        self._bytes, self._last = 0, clock()
        self._terminal = stream.isatty()
        self._bar = tqdm(
            total=total,
            unit="B",
            unit_scale=True,
            desc="reading",
            file=stream,
            leave=False,
            disable=not self._terminal,
        )

    def advance(self, count: int) -> None:
        """Hear that some bytes were read."""
        self._bytes += count
        self._bar.update(count)
        self._line("")

    def told(self, report: Report) -> None:
        """Hear of a batch in the log."""
        events = f"{report.appended + report.duplicates:,} events"
        self._bar.set_postfix_str(events)
        self._line(f", {events} in the log")

    def close(self) -> None:
        """Take the bar away."""
        self._bar.close()

    def _line(self, more: str) -> None:
        now = self._clock()
        if not self._terminal and now - self._last >= EVERY_S:
            self._last = now
            part = f" of {self._total:,}" if self._total else ""
            self._stream.write(f"{self._bytes:,}{part} bytes read{more}\n")
            self._stream.flush()
