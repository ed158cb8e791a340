"""Draw the report's figures as SVG: the same numbers give the same bytes."""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence

import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import LogLocator, NullLocator

from data.ranking_metrics import Interval
from models.cards import SliceMetrics
from models.pictures import INK, OTHER, OURS, QUIET, STYLE
from training.evaluate import Calibration


def methods(label: str, found: Mapping[str, Interval], model: str) -> str:
    """Draw one figure by method, the model in colour, with intervals."""
    order = sorted(found, key=lambda method: found[method].value)
    with mpl.rc_context(STYLE):
        figure, axes = _canvas(6.4, 0.8 + 0.36 * len(order))
        values = np.array([found[method].value for method in order])
        spread = np.array(
            [[found[m].value - found[m].low, found[m].high - found[m].value] for m in order]
        ).T
        colours = [OURS if method == model else OTHER for method in order]
        axes.barh(order, values, color=colours, height=0.66)
        axes.errorbar(values, order, xerr=np.maximum(spread, 0), fmt="none", ecolor=INK, lw=1.2)
        for place, method in enumerate(order):
            edge = found[method].high
            axes.text(edge, place, f"  {found[method].value:.3f}", va="center", fontsize=9)
        axes.set_xlim(0, max(0.01, max(i.high for i in found.values())) * 1.15)
        axes.set_xlabel(label)
        return _svg(figure)


def slices(parts: Sequence[SliceMetrics]) -> str:
    """Draw model against popularity on each slice."""
    with mpl.rc_context(STYLE):
        figure, axes = _canvas(6.4, 1.2 + 0.5 * len(parts))
        for place, part in enumerate(reversed(parts)):
            pairs = (
                (part.popularity, OTHER, 0.15, "popularity"),
                (part.model, OURS, -0.15, "model"),
            )
            for interval, colour, shift, label in pairs:
                axes.plot([interval.low, interval.high], [place - shift] * 2, color=colour, lw=2)
                axes.plot(
                    interval.value,
                    place - shift,
                    "o",
                    color=colour,
                    ms=6,
                    label=label if place == 0 else None,
                )
        names = [f"{part.name}\n{part.groups:,} questions" for part in reversed(parts)]
        axes.set_yticks(range(len(parts)), names, fontsize=9)
        axes.set_xlim(left=0)
        axes.set_xlabel("NDCG@10, 95 % interval")
        axes.legend(frameon=False, loc="lower right")
        return _svg(figure)


def bars(values: Mapping[str, float], label: str, most: int = 20) -> str:
    """Draw the largest of some shares as bars."""
    order = sorted(values, key=lambda name: values[name])[-most:]
    with mpl.rc_context(STYLE):
        figure, axes = _canvas(6.4, 0.8 + 0.27 * len(order))
        axes.barh(order, [values[name] for name in order], color=OURS, height=0.66)
        axes.locator_params(axis="x", nbins=6)
        axes.tick_params(axis="y", labelsize=8.5)
        axes.set_xlabel(label)
        return _svg(figure)


def calibration(found: Calibration) -> str:
    """Draw the chance said against the share that came true."""
    with mpl.rc_context(STYLE):
        figure, axes = _canvas(4.2, 3.8)
        edge = float(max(found.said.max(), found.came.max())) * 1.1 + 1e-6
        axes.plot([0, edge], [0, edge], color=QUIET, lw=1, ls="--")
        axes.plot(found.said, found.came, "o-", color=OURS, lw=1.5)
        axes.set_xlabel("chance said")
        axes.set_ylabel("share that came true")
        axes.set_xlim(0, edge)
        axes.set_ylim(0, edge)
        return _svg(figure)


def history(gains: Sequence[float | None]) -> str:
    """Draw a search: each trial's gain, those given up as ticks, and the best so far."""
    with mpl.rc_context(STYLE):
        figure, axes = _canvas(6.4, 3.2)
        done = [(place, gain) for place, gain in enumerate(gains, 1) if gain is not None]
        places, values = [place for place, _ in done], [gain for _, gain in done]
        axes.plot(places, values, "o", color=OTHER, ms=4, label="a trial")
        axes.step(places, np.maximum.accumulate(values), where="post", color=OURS, label="best")
        given_up = [place for place, gain in enumerate(gains, 1) if gain is None]
        if given_up:
            low = min(values)
            axes.plot(given_up, [low] * len(given_up), "|", color=QUIET, label="given up")
        axes.axhline(0, color=QUIET, lw=1, ls="--")
        axes.set_xlabel("trial")
        axes.set_ylabel("mean gain over sets")
        axes.legend(frameon=False, fontsize=9)
        return _svg(figure)


Lines = Mapping[str, tuple[Sequence[float], Sequence[float]]]
"""Named lines of (x, y) points."""


def lines(found: Lines, x: str, y: str) -> str:
    """Draw lines over x spread by ratio."""
    with mpl.rc_context(STYLE):
        figure, axes = _canvas(6.4, 3.8)
        _plot(axes, found)
        axes.set_xscale("log")
        axes.xaxis.set_major_locator(LogLocator(subs=(1.0, 2.0, 5.0)))
        axes.xaxis.set_major_formatter("{x:,g}")
        axes.xaxis.set_minor_locator(NullLocator())
        axes.set_xlabel(x)
        axes.set_ylabel(y)
        return _svg(figure)


def growth(found: Lines, x: str, y: str) -> str:
    """Draw lines with both axes spread by ratio, beside a dashed one that is proportional to x."""
    with mpl.rc_context(STYLE):
        figure, axes = _canvas(6.4, 3.8)
        _plot(axes, found)
        across, up = next(iter(found.values()))
        straight = [up[0] * one / across[0] for one in across]
        axes.plot(across, straight, "--", color=QUIET, lw=1, label="proportional")
        axes.set_xscale("log")
        axes.set_yscale("log")
        axes.set_xlabel(x)
        axes.set_ylabel(y)
        axes.legend(frameon=False, fontsize=9)
        return _svg(figure)


def _plot(axes: Axes, found: Lines) -> None:
    shades = mpl.colormaps["viridis"](np.linspace(0.05, 0.85, max(len(found), 1)))
    for (name, (across, up)), shade in zip(found.items(), shades, strict=True):
        axes.plot(across, up, "o-", color=shade, lw=1.5, ms=4, label=name)
    if len(found) > 1:
        axes.legend(frameon=False, fontsize=9)


def _canvas(width: float, height: float) -> tuple[Figure, Axes]:
    figure = Figure(figsize=(width, height), layout="constrained")
    return figure, figure.add_subplot()


def _svg(figure: Figure) -> str:
    out = io.StringIO()
    figure.savefig(out, format="svg", metadata={"Date": None, "Creator": None})
    text = out.getvalue()
    return text[text.index("<svg") :]
