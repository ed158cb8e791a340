"""Where a setting may lie when it is tuned: declared beside the setting itself."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec


class Span(msgspec.Struct, frozen=True):
    """Bound a number; `log` searches by ratio, `whole` among whole numbers."""

    low: float
    high: float
    log: bool = False
    whole: bool = False


Spans = Mapping[str, Span]
