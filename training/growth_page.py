"""Show how costs grow: a table and two pictures, from sizes measured one by one."""

from __future__ import annotations

from collections.abc import Sequence
from math import log
from pathlib import Path
from typing import Final

import msgspec

from training import charts
from training.growth import Grown
from training.pages import Section, markdown

FILE: Final = "growth.json"
COMMAND: Final = "python -m training growth --out docs/growth"
SHOWN: Final = 5


def kept(folder: Path) -> list[Grown]:
    """Return the sizes measured so far, smallest first."""
    path = folder / FILE
    found = msgspec.json.decode(path.read_bytes(), type=list[Grown]) if path.is_file() else []
    return sorted(found, key=lambda one: one.interactions)


def keep(folder: Path, found: Sequence[Grown]) -> None:
    """Write what was measured and the page about it; the same figures give the same bytes."""
    folder.mkdir(parents=True, exist_ok=True)
    found = sorted(found, key=lambda one: one.interactions)
    (folder / FILE).write_bytes(msgspec.json.format(msgspec.json.encode(found), indent=1) + b"\n")
    sections = [_cost(found), _stages(found)]
    (folder / "README.md").write_text(markdown("How training grows", sections), encoding="utf-8")
    for section in sections:
        for name, svg in section.figures.items():
            (folder / name).write_text(svg, encoding="utf-8")


def _cost(found: Sequence[Grown]) -> Section:
    table: list[tuple[str, ...]] = [
        ("interactions", "visitors", "products", "sellers", "CPU s", "µs each", "peak MB",
         "peak bytes each"),
    ]  # fmt: skip
    for one in found:
        total, peak = _fitting(one), max(one.peak_mb.values())
        table.append(
            (
                *(f"{n:,}" for n in (one.interactions, one.visitors, one.items, one.sellers)),
                f"{total:,.1f}", f"{total / one.interactions * 1e6:.1f}", f"{peak:,.0f}",
                f"{peak * 1e6 / one.interactions:,.0f}",
            )
        )  # fmt: skip
    sizes = [one.interactions for one in found]
    figures = {}
    if len(found) > 1:
        every = {"all retrievers": (sizes, [_fitting(one) for one in found])}
        figures["time.svg"] = charts.growth(every, "interactions", "CPU seconds")
        peaks = {"peak": (sizes, [max(one.peak_mb.values()) for one in found])}
        figures["memory.svg"] = charts.growth(peaks, "interactions", "MB")
    text = [
        f"`{COMMAND}`: one process a size, one thread. CPU s: choosing questions, laying out"
        " columns and documents, fitting every retriever on the whole log once. The ranker is not"
        " in it: what it learns from is bounded (`examples.learn_rows`), whatever the log.",
        "The log is a simulated world laid side by side with copies of itself (their visitors and"
        " sellers their own, the catalogue growing with sellers^0.7); beyond the sizes that have a"
        " time for scan and fold below, the columns of a scan are laid out without a log.",
    ]
    return Section("Time and memory", text, table, figures)


def _stages(found: Sequence[Grown]) -> Section:
    names = list(dict.fromkeys(name for one in found for name in one.seconds))
    head = ("stage, CPU s", *(f"{one.interactions:,}" for one in found), "grows as n to the")
    table: list[tuple[str, ...]] = [head]
    for name in names:
        cells = [f"{one.seconds[name]:,.1f}" if name in one.seconds else "" for one in found]
        table.append((name, *cells, _power(found, name)))
    figures = {}
    if len(found) > 1:
        costly = sorted(names, key=lambda name: -found[-1].seconds.get(name, 0.0))[:SHOWN]
        lines = {
            name: (
                [one.interactions for one in found if name in one.seconds],
                [max(one.seconds[name], 0.01) for one in found if name in one.seconds],
            )
            for name in costly
        }
        figures["stages.svg"] = charts.growth(lines, "interactions", "CPU seconds")
    return Section("Stage by stage", [], table, figures)


def _power(found: Sequence[Grown], name: str) -> str:
    """Return the exponent between the smallest and the largest size that took a while."""
    timed = [one for one in found if one.seconds.get(name, 0.0) >= 0.05]
    if len(timed) < 2:
        return ""
    first, last = timed[0], timed[-1]
    ratio = last.seconds[name] / first.seconds[name]
    return f"{log(ratio) / log(last.interactions / first.interactions):.2f}"


def _fitting(one: Grown) -> float:
    return sum(spent for name, spent in one.seconds.items() if name not in ("scan", "fold"))
