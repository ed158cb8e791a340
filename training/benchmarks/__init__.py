"""Published protocols on public data: the product's own pipeline against what others report."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, Final, Protocol

from data.errors import Invalid
from training.benchmarks import bandit, dwell, events, faq, nextbasket, sequence, sessions, shelf
from training.benchmarks.table import render
from training.benchmarks.trial import Progress
from training.config import Config

__all__ = ["TASKS", "render", "run"]


class Printed(Protocol):
    """Hold what a benchmark found."""

    def to_json(self) -> dict[str, Any]:
        """Return plain values under the fixed keys."""
        ...


TASKS: Final[dict[str, Callable[[Path, Config, Progress], Printed]]] = {
    "sequence": sequence.run,
    "sessions": sessions.run,
    "dwell": dwell.run,
    "shelf": shelf.run,
    "events": events.run,
    "nextbasket": nextbasket.run,
    "faq": faq.run,
    "bandit": bandit.run,
}
"""Every benchmark by its name on the command line."""


def run(
    task: str,
    path: Path,
    config: Config | None = None,
    progress: Progress = lambda *_: None,
) -> dict[str, Any]:
    """Run one benchmark on a data folder; return the object that is printed.

    `progress` is told of each step by stage. Raises Invalid for an unknown task or folder.
    """
    if task not in TASKS:
        raise Invalid(f"no benchmark {task!r}; known: {', '.join(TASKS)}")
    if not path.is_dir():
        raise Invalid(f"{path} is no folder")
    return TASKS[task](path, config or Config.load(), progress).to_json()
