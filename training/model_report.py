"""One page a data scientist can check: public sets against published results, and why."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from data.ranking_metrics import bootstrap, metric
from models.ranker import Ranker, TreeSettings
from training import benchmarks, study_page
from training.benchmarks.published import published
from training.benchmarks.tape import Tape, recording
from training.config import Config
from training.fit import trees_of
from training.groups import Groups
from training.held_back import METRICS
from training.pages import Section, as_html, markdown
from training.study import study

TITLE: Final = "Model report"
TAPED: Final = 4_000
"""Questions of a lesson and of its answers that are kept to be studied."""
SKIPPED: Final = {"shelf": 2}  # variants before the one that is studied: known_3
_KNOWN: Final[tuple[tuple[float, float, str], ...]] = (
    (0.0, 0.0, "nothing known"), (1.0, 4.0, "1 to 4 acts known"), (5.0, 19.0, "5 to 19 acts known"),
    (20.0, np.inf, "20 acts and more known"),
)  # fmt: skip
_ANSWERED: Final[tuple[tuple[float, float, str], ...]] = (
    (-1.0, -1.0, "answer not among the candidates"), (0.0, 4.5, "answer with less than 5 acts"),
    (4.5, np.inf, "answer with 5 acts and more"),
)  # fmt: skip
Told = Callable[[str, int], object]


def report(task: str, folder: Path, config: Config, told: Told) -> list[Section]:
    """Run a benchmark and study it; return the sections of its part of the page."""
    with recording(Tape(TAPED, SKIPPED.get(task, 0), config.seed)) as tape:
        found = benchmarks.run(task, folder, config, told)
    taught, answered = tape.groups()
    name = METRICS[task][1] if task in METRICS else next(iter(_metrics(found)))
    prefix = f"{task}-{folder.name}-"
    sample = taught.drawn(len(taught), config.report.study_rows, config.seed)
    told("study", 1)
    trees = quick(trees_of(config))
    studied = study(sample, answered, tape.names, config, name, thorough=True, trees=trees)
    sections = [_against(found, folder.name), _slices(taught, answered, tape.names, config, name)]
    sections += study_page.sections(studied, prefix)
    title = f"{task} on {folder.name}"
    for section in sections:
        section.title = f"{title}: {section.title[0].lower()}{section.title[1:]}"
    return [one for one in sections if one.text or one.table]


def quick(trees: TreeSettings) -> TreeSettings:
    """Return a third as many trees that learn thrice as fast, of one shape however few the groups.

    Some thirty rankers are studied, and they are to differ in what is studied alone.
    """
    fewer, faster = max(1, trees.trees // 3), 3 * trees.learning_rate
    return replace(trees, trees=fewer, learning_rate=faster, few_groups=0)


def write(sections: list[Section], out: Path) -> None:
    """Write the page as Markdown and HTML, its figures beside it."""
    out.mkdir(parents=True, exist_ok=True)
    (out / "report.md").write_text(markdown(TITLE, sections), encoding="utf-8")
    (out / "report.html").write_text(as_html(TITLE, sections), encoding="utf-8")
    for section in sections:
        for name, svg in section.figures.items():
            (out / name).write_text(svg, encoding="utf-8")


def _metrics(found: Mapping[str, Any]) -> list[str]:
    return list(next(iter(found["metrics"].values())))


def _against(found: Mapping[str, Any], data: str) -> Section:
    names = _metrics(found)
    table: list[tuple[str, ...]] = [("method", *names, "where from")]
    for kind, where in (("metrics", "ours"), ("baselines", "in the same run")):
        for method, row in found[kind].items():
            table.append((method, *(_cell(row[name]) for name in names), where))
    others = published(found["task"], data)
    for one in others:
        cells = (f"{one.metrics[name]:.4f}" if name in one.metrics else "" for name in names)
        where = f"{one.source} ({one.note})" if one.note else one.source
        table.append((one.method, *cells, where))
    cost = found["cost"]
    text = [
        f"{words.capitalize()}: {told}." for words, told in found["protocol"].items()
    ] + [
        f"Cost: {cost['train_cpu_s']:,} CPU s to train, {cost['peak_rss_mb']:,} MB at most, model"
        f" {cost['model_mb']} MB, a list in {cost['score_us_p50']:,.0f} µs (p99"
        f" {cost['score_us_p99']:,.0f} µs) from history to order.",
    ]  # fmt: skip
    if not others:
        text.append("No published figures on these files are known.")
    return Section("Against published results", text, table)


def _slices(
    taught: Groups, answered: Groups, names: tuple[str, ...], config: Config, name: str
) -> Section:
    """Slice by how much is known of the visitor and of the answer, with the order learned anew."""
    if not len(taught) or not len(answered):
        return Section("Slices")
    sizes = taught.sizes.astype(np.int32)
    trees = quick(trees_of(config))
    ranker = Ranker.fit(taught.features, taught.labels, sizes, names, config.seed, trees)
    popular = names.index("item_acts_total")
    values = np.stack(
        [
            metric(name, answered.rank(ranker.score(answered.features))),
            metric(name, answered.rank(np.ascontiguousarray(answered.features[:, popular]))),
        ],
        axis=1,
    )
    table: list[tuple[str, ...]] = [("slice", "questions", name, "popularity of candidates")]
    for title, mask in _masks(answered, names):
        if np.count_nonzero(mask) >= 20:
            ours, theirs = bootstrap(values[mask], answered.visitors[mask], 300, config.seed)
            row = tuple(f"{one.value:.4f} ({one.low:.4f}–{one.high:.4f})" for one in (ours, theirs))
            table.append((title, f"{np.count_nonzero(mask):,}", *row))
    text = ["Among candidates alone, so popularity profits from retrieval here."]
    return Section("Slices", text, table)


def _masks(answered: Groups, names: tuple[str, ...]) -> Iterator[tuple[str, NDArray[np.bool_]]]:
    first = answered.starts[:-1]
    known = np.rint(np.expm1(answered.features[first, names.index("known_touches")]))
    for low, high, title in _KNOWN:
        yield title, (known >= low) & (known <= high)
    right = answered.labels > 0
    acts = np.full(len(answered), -1.0)
    owner = np.repeat(np.arange(len(answered)), answered.sizes)
    acts[owner[right]] = np.expm1(answered.features[right, names.index("item_acts_total")])
    for low, high, title in _ANSWERED:
        yield title, (acts >= low) & (acts <= high)


def _cell(one: Mapping[str, float]) -> str:
    return f"{one['value']:.4f} ({one['low']:.4f}–{one['high']:.4f})"
