"""Compile what serving needs once, in a process that ends; load what is compiled.

Compiling takes half a minute of a core and memory that a process never gives back, as much as
serving takes itself; loading what is compiled takes neither.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from contextlib import suppress
from multiprocessing import get_context
from pathlib import Path
from typing import Final

from data.compiled import folder
from data.errors import Refused
from service.logs import log_line

STAMP: Final = "serves"
Compile = Callable[[Path], int | None]


def compile_once(
    artifacts: Path, where: Path | None = None, compiling: Compile | None = None
) -> None:
    """Have a process go through what serves here, unless one has since the loops changed.

    `where` holds the compiled loops (the installation's own), `compiling` returns the process's
    exit code. Where it fails the process that serves compiles for itself.
    """
    where = folder() if where is None else where
    stamp = where / STAMP
    if stamp.exists():
        return
    log_line(logging.INFO, "compiling_loops", folder=where)
    code = (compiling or _compiled)(artifacts)
    if code != 0:
        log_line(logging.WARNING, "loops_not_compiled", exit_code=code)
        return
    with suppress(OSError):  # nowhere to be remembered: then the next start looks again
        where.mkdir(parents=True, exist_ok=True)
        stamp.touch()


def _compiled(artifacts: Path) -> int | None:
    process = get_context("spawn").Process(target=load, args=(artifacts,), daemon=True)
    process.start()
    process.join()
    return process.exitcode


def load(artifacts: Path) -> None:
    """Go through what serves here: compiles its loops, or loads those that are compiled."""
    from models.recommender import Recommender
    from models.registry import Registry
    from models.warm import warm, warm_answers

    registry, recommender = Registry(artifacts), Recommender.fallback()
    with suppress(Refused, OSError):  # what cannot be loaded is told where it is served
        if (name := registry.champion()) is not None:
            recommender = registry.load(name)
    warm(recommender)
    warm_answers()
