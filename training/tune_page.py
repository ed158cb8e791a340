"""Write what a search found: the settings as TOML, and how it came to them as a page."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Final

from training import charts
from training.config import Config
from training.pages import Section, as_html, markdown
from training.space import present, space
from training.tune import Tuned

TITLE: Final = "Settings searched on validation data"


def written(found: Tuned, config: Config, out: Path) -> Iterator[str]:
    """Write the TOML with a page beside it; yield lines that tell what was found and where."""
    out.parent.mkdir(parents=True, exist_ok=True)
    sections = [_gains(found), _settings(found, config)]
    files = {out.with_suffix(".md"): markdown(TITLE, sections)}
    files |= {out.with_suffix(".html"): as_html(TITLE, sections)}
    for section in sections:
        files |= {out.with_name(name): svg for name, svg in section.figures.items()}
    told = f"# {found.gain:+.2%} on average over {', '.join(found.before)}; for --config\n"
    files[out] = told + found.to_toml()
    for path, text in files.items():
        path.write_text(text, encoding="utf-8")
    for name, before in found.before.items():
        yield f"{name:<32} {before:.4f} -> {found.after[name]:.4f}"
    if not found.values:
        yield "nothing beat the settings it started from; the file changes nothing"
    yield f"{found.trials} trials, {found.pruned} given up early, mean gain {found.gain:+.2%}"
    yield f"settings: {out}; report: {out.with_suffix('.html')}"


def _gains(found: Tuned) -> Section:
    table: list[tuple[str, ...]] = [("set", "at the start", "found", "gain")]
    for name, before in found.before.items():
        after = found.after[name]
        table.append(
            (name, f"{before:.4f}", f"{after:.4f}", f"{after / max(before, 1e-9) - 1:+.2%}")
        )
    text = [
        f"{found.trials} trials, {found.pruned} given up early. Figures are of validation data,"
        " the best of many: expect less on a test.",
    ]
    figures = {"tuning.svg": charts.history(found.history)}
    return Section(f"Mean gain {found.gain:+.2%}", text, table, figures)


def _settings(found: Tuned, config: Config) -> Section:
    start = present(config, space(config))
    table: list[tuple[str, ...]] = [("setting", "before", "found")]
    table += [(p, f"{start[p]:.4g}", f"{value:.4g}") for p, value in found.values.items()]
    return Section("Settings", [], table if found.values else ())
