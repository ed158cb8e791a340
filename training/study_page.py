"""The sections of a report that show a study: parts, learning curve, cost, seeds."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from training import charts
from training.pages import Section
from training.study import CUTS, Study


def sections(found: Study | None, prefix: str = "") -> list[Section]:
    """Return the sections; `prefix` tells the figures' files of several studies apart."""
    if found is None:
        return []
    made = [_parts(found, prefix), _cost(found, prefix)]
    if found.curve:
        made += [_curve(found, prefix), _seeds(found)]
    return made


def _parts(found: Study, prefix: str) -> Section:
    table: list[tuple[str, ...]] = [("without", f"{found.metric} lost", "interval")]
    order = sorted(found.lost, key=lambda part: -found.lost[part].value)
    for part in order:
        one = found.lost[part]
        table.append((part, f"{one.value:+.4f}", f"{one.low:+.4f} to {one.high:+.4f}"))
    text = [
        f"A small ranker is learned again with a part's columns hidden from it; what it loses of"
        f" {found.whole.value:.4f} ({found.whole.low:.4f}–{found.whole.high:.4f}) on"
        f" {found.questions:,} questions, paired. Candidates stay the same. What overlaps with"
        " other parts costs little alone.",
    ]
    values = {part: found.lost[part].value for part in found.lost}
    figures = {f"{prefix}parts.svg": charts.bars(values, f"{found.metric} lost without", 30)}
    return Section("What each part is worth", text, table, figures)


def _cost(found: Study, prefix: str) -> Section:
    table: list[tuple[str, ...]] = [("candidates", "trees", "µs to score", found.metric)]
    lines: dict[str, tuple[Sequence[float], Sequence[float]]] = {}
    for count in CUTS:
        points = [point for point in found.points if point.candidates == count]
        table += [
            (str(count), str(one.trees), f"{one.micros:.0f}", f"{one.value:.4f}") for one in points
        ]
        if points:
            lines[f"{count} candidates"] = (
                [one.micros for one in points], [one.value for one in points],
            )  # fmt: skip
    text = [
        "Candidates are cut by the weighted sum that retrieval cuts by; trees are the first of one"
        " ensemble; the time is that of scoring one list on one thread, features not included.",
    ]
    best = list(_worth_it(found))
    if best:
        text.append("Worth their time: " + "; ".join(best) + ".")
    figures = {f"{prefix}cost.svg": charts.lines(lines, "µs to score a list", found.metric)}
    return Section("Accuracy per microsecond", text, table, figures)


def _worth_it(found: Study) -> Iterator[str]:
    """Tell the points that nothing cheaper equals."""
    reached = 0.0
    for one in sorted(found.points, key=lambda point: (point.micros, -point.value)):
        if one.value > reached:
            reached = one.value
            yield f"{one.candidates} × {one.trees} ({one.micros:.0f} µs, {one.value:.4f})"


def _curve(found: Study, prefix: str) -> Section:
    table: list[tuple[str, ...]] = [("questions learned from", found.metric, "interval")]
    for count, one in found.curve.items():
        table.append((f"{count:,}", f"{one.value:.4f}", f"{one.low:.4f}–{one.high:.4f}"))
    line = {"": (list(found.curve), [one.value for one in found.curve.values()])}
    figures = {f"{prefix}curve.svg": charts.lines(line, "questions learned from", found.metric)}
    return Section("Learning curve", [], table, figures)


def _seeds(found: Study) -> Section:
    values = np.array(found.seeds)
    text = [
        f"{len(values)} seeds of the ranker: {found.metric} {values.mean():.4f}, from"
        f" {values.min():.4f} to {values.max():.4f}, standard deviation {values.std(ddof=1):.4f}."
        f" The same seed gave {'the same bytes' if found.repeats else 'OTHER BYTES'} twice.",
    ]
    return Section("Seeds", text)
