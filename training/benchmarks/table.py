"""A benchmark's result as plain text for a terminal."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from textwrap import wrap
from typing import Any, Final

WIDTH: Final = 100
_LEAST: Final = 0.005


def render(result: Mapping[str, Any]) -> str:
    """Return the text for what `benchmarks.run` gave: metrics, baselines, cost, protocol.

    Metrics stand in percent; ± is the distance to the farther bound of the 95 % interval.
    """
    metrics, baselines = result["metrics"], result["baselines"]
    rows_of_all = (*metrics.values(), *baselines.values())
    names = list(dict.fromkeys(name for row in rows_of_all for name in row))
    rows = [["in %", *names]]
    rows += [[variant, *_cells(row, names)] for variant, row in metrics.items()]
    if baselines:
        rows.append(["baselines"])
        rows += [[f"  {name}", *_cells(row, names)] for name, row in baselines.items()]
    blocks = [f"{result['task']} on {result['data']}", "\n".join(_aligned(rows))]
    notes = _notes(result.get("notes", {}), set(metrics))
    blocks.append("\n".join([*notes, _cost(result["cost"])]))
    blocks.append("\n".join(_protocol(result["protocol"])))
    return "\n\n".join(blocks)


def _cells(row: Mapping[str, Mapping[str, float]], names: Sequence[str]) -> list[str]:
    cells = []
    for name in names:
        if name not in row:  # no question of a kind that the figure needs
            cells.append("-")
            continue
        value, low, high = (100 * row[name][bound] for bound in ("value", "low", "high"))
        half = max(high - value, value - low)
        cells.append(f"{value:.2f} ±{half:.2f}" if half >= _LEAST else f"{value:.2f}")
    return cells


def _aligned(rows: Sequence[Sequence[str]]) -> list[str]:
    """Pad cells to columns, the first to the left and the others to the right."""
    count = max(len(row) for row in rows)
    widths = [max(len(row[n]) for row in rows if n < len(row)) for n in range(count)]
    return [
        "  ".join(
            cell.rjust(width) if column else cell.ljust(width)
            for column, (cell, width) in enumerate(zip(row, widths, strict=False))
        ).rstrip()
        for row in rows
    ]


def _notes(notes: Mapping[str, Any], variants: set[str]) -> list[str]:
    """Return a line for each note; what is the same for every variant is told once."""
    told = []
    for name, value in notes.items():
        said = _plain(value)
        if isinstance(value, Mapping):
            same = set(value) == variants and len({_plain(one) for one in value.values()}) == 1
            pairs = (f"{key} {_plain(one)}" for key, one in value.items())
            said = _plain(next(iter(value.values()))) if same else ", ".join(pairs)
        told += _entry(name.replace("_", " "), said)
    return told


def _plain(value: object) -> str:
    return f"{value:,}" if isinstance(value, int) else str(value)


def _cost(cost: Mapping[str, float]) -> str:
    return (
        f"cost: {cost['train_cpu_s']:,} CPU s to train, {cost['peak_rss_mb']:,} MB of memory at "
        f"most, model {cost['model_mb']} MB, a list in {cost['score_us_p50']:,.0f} µs "
        f"(p99 {cost['score_us_p99']:,.0f} µs)"
    )


def _protocol(protocol: Mapping[str, str]) -> list[str]:
    return [line for name, words in protocol.items() for line in _entry(name, words)]


def _entry(name: str, words: str) -> list[str]:
    return wrap(f"{name}: {words}", WIDTH, subsequent_indent="    ") or [f"{name}:"]
