"""What the machine's host took of the processors' time: no process on the machine can see it go."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Final

STAT: Final = Path("/proc/stat")
_STOLEN: Final = 7
"""Place of `steal` among the times of a line, of which the first eight do not overlap (proc(5))."""


@dataclass(frozen=True, slots=True)
class Ticks:
    """Hold times of all processors since the start: what the host took, and all there was."""

    stolen: int
    whole: int

    def stolen_since(self, earlier: Ticks) -> float:
        """Return the share of the time since then that the host took; 0 where nothing tells."""
        whole = self.whole - earlier.whole
        return (self.stolen - earlier.stolen) / whole if whole > 0 else 0.0


def ticks(stat: Path = STAT) -> Ticks:
    """Read the times; zeros on a system that does not tell them."""
    try:
        times = [int(one) for one in stat.read_text("ascii").split("\n", 1)[0].split()[1:]]
    except OSError:
        return Ticks(0, 0)
    times = times[: _STOLEN + 1]
    return Ticks(times[_STOLEN] if len(times) > _STOLEN else 0, sum(times))
