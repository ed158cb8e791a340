"""Draw what was measured as SVG: the same numbers give the same bytes."""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence

import matplotlib as mpl
from matplotlib.figure import Figure as Drawing

from models.pictures import INK, OTHER, OURS, QUIET, STYLE
from service.bench.paired import Figure


def bars(values: Mapping[str, Figure], unit: str, marked: Sequence[str]) -> str:
    """Draw figures as horizontal bars with their intervals; those `marked` are in colour."""
    names = list(values)[::-1]
    with mpl.rc_context(STYLE):
        drawing = Drawing(figsize=(7.0, 0.9 + 0.36 * len(names)), layout="constrained")
        axes = drawing.subplots()
        widths = [values[name].value for name in names]
        low = [values[name].value - values[name].low for name in names]
        high = [values[name].high - values[name].value for name in names]
        colours = [OURS if name in marked else OTHER for name in names]
        axes.barh(names, widths, color=colours, height=0.66)
        axes.errorbar(widths, names, xerr=[low, high], fmt="none", ecolor=INK, lw=1.1)
        for place, name in enumerate(names):
            axes.text(values[name].high, place, f"  {values[name].value:,.0f}", va="center")
        axes.set_xlim(0, max(values[name].high for name in names) * 1.18)
        axes.set_xlabel(unit)
        return _svg(drawing)


def lines(series: Mapping[str, Sequence[tuple[float, Figure]]], across: str, up: str) -> str:
    """Draw series over a logarithmic axis, with their intervals."""
    with mpl.rc_context(STYLE):
        drawing = Drawing(figsize=(7.0, 2.8), layout="constrained")
        axes = drawing.subplots()
        for (name, points), colour in zip(series.items(), (OURS, QUIET, OTHER), strict=False):
            sizes = [size for size, _ in points]
            values = [value.value for _, value in points]
            low = [value.value - value.low for _, value in points]
            high = [value.high - value.value for _, value in points]
            axes.errorbar(sizes, values, yerr=[low, high], marker="o", color=colour, label=name)
        axes.set_xscale("log")
        axes.set_ylim(bottom=0)
        axes.set_xlabel(across)
        axes.set_ylabel(up)
        axes.legend(frameon=False)
        return _svg(drawing)


def over_time(
    waits: Mapping[str, Sequence[float]], memory: Sequence[float], marks: Mapping[int, str]
) -> str:
    """Draw waits in ms and memory in MB minute by minute, with what began when."""
    with mpl.rc_context(STYLE):
        drawing = Drawing(figsize=(7.0, 4.2), layout="constrained")
        above, below = drawing.subplots(2, 1, sharex=True)
        for (name, values), colour in zip(waits.items(), (OURS, QUIET), strict=False):
            above.plot(range(1, len(values) + 1), values, color=colour, label=name)
        below.plot(range(1, len(memory) + 1), memory, color=OURS)
        for minute, words in marks.items():
            for axes in (above, below):
                axes.axvline(minute + 1, color=OTHER, lw=1.0)
            below.text(minute + 1, 0, f" {words}", fontsize="small", va="bottom", rotation=90)
        above.legend(frameon=False)
        for axes, unit in ((above, "ms"), (below, "MB resident")):
            axes.set_ylim(bottom=0)
            axes.set_ylabel(unit)
        below.set_xlabel("minute")
        return _svg(drawing)


def _svg(drawing: Drawing) -> str:
    out = io.StringIO()
    drawing.savefig(out, format="svg", metadata={"Date": None, "Creator": None})
    return out.getvalue()
