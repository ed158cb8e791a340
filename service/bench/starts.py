"""How long a server takes from its start until it is ready, alone on its core."""

from __future__ import annotations

from pathlib import Path
from time import perf_counter

import msgspec

from service.bench import load
from service.bench.paired import Figure, figure


class Start(msgspec.Struct):
    """Hold what a server had to read, and the seconds until it was ready."""

    sellers: int
    products: int
    model_mb: float
    ready_s: Figure


def starts(
    homes: dict[Path, tuple[int, int]], core: int | None, serve: load.Serve, times: int
) -> list[Start]:
    """Start each home's server in turns, none beside another; a first round only warms up.

    `homes` tells how many sellers and products each has. Warmed up are the files, which stand in
    the page cache then, and what a home rolls up once.
    """
    taken: dict[Path, list[float]] = {home: [] for home in homes}
    for turn in range(times + 1):
        for home in homes:
            begun = perf_counter()
            with serve(home, core):
                seconds = perf_counter() - begun
            taken[home] += [seconds] if turn else []
    return [
        Start(sellers, products, _megabytes(home / "artifacts"), figure(taken[home]))
        for home, (sellers, products) in homes.items()
    ]


def _megabytes(folder: Path) -> float:
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file()) / 1e6
