"""How pictures of figures look, wherever they are drawn."""

from __future__ import annotations

from typing import Any, Final

INK: Final = "#1f2a37"
QUIET: Final = "#9aa5b1"
OURS: Final = "#0f766e"
OTHER: Final = "#c2b8a3"

STYLE: Final[dict[Any, Any]] = {
    "svg.hashsalt": "smartcard",
    "svg.fonttype": "none",
    "font.size": 10,
    "font.family": "DejaVu Sans",
    "axes.edgecolor": QUIET,
    "axes.labelcolor": INK,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "text.color": INK,
    "xtick.color": INK,
    "ytick.color": INK,
}
"""Settings of matplotlib: the same bytes for the same figures, no font inside."""
