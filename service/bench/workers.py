"""`python -m service.bench.workers`: memory and speed of several processes that share a port.

Memory is proportional set size: a page that several processes have mapped counts by its share, as
Linux tells in /proc/PID/smaps_rollup. An empty process serves an empty home, alone or as one of as
many that were forked from one.
"""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
from argparse import ArgumentParser
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import IO, Final, cast

import msgspec

from models.registry import Registry
from service.bench import calls, charts, home, load
from service.bench.page import machine, table
from service.bench.paired import Figure, figure, ratio
from service.bench.requests import CONNECTIONS

MB: Final = 1e6


class Memory(msgspec.Struct):
    """Hold megabytes: the model's files, what the processes take empty and over the home.

    `alone_mb` is what an empty service of one process takes, `empty_mb` as many empty ones
    together, `helpers_mb` those that start and look after them.
    """

    processes: int
    model_mb: float
    alone_mb: float
    empty_mb: float
    home_mb: float
    helpers_mb: float

    @property
    def of_alone(self) -> float:
        """Return what all take over one model and as many times one empty process alone."""
        parts = self.model_mb + self.processes * self.alone_mb
        return (self.home_mb + self.helpers_mb) / parts

    @property
    def of_parts(self) -> float:
        """Return what those that answer take over one model and as many empty ones together."""
        return self.home_mb / (self.model_mb + self.empty_mb)


class Speed(msgspec.Struct):
    """Hold requests a second of two processes, and their cost, against one process's."""

    rate_one: Figure
    rate_two: Figure
    rate_ratio: Figure
    cpu_ratio: Figure


class Workers(msgspec.Struct):
    """Hold all that a run has measured."""

    command: str
    machine: dict[str, str]
    memory: list[Memory]
    speed: Speed


@dataclass(frozen=True)
class Service:
    """Name the processes of a service that runs."""

    port: int
    helpers: tuple[int, ...]
    workers: tuple[int, ...]

    def pss_mb(self) -> float:
        """Return what the processes that answer take together."""
        return sum(map(_pss_mb, self.workers))

    def cpu_s(self) -> float:
        """Return the processor seconds they have used."""
        return sum(map(_cpu_s, self.workers))


@contextmanager
def serving(place: Path, count: int) -> Iterator[Service]:
    """Run the service as its operator does; give it once all its processes are ready."""
    told = {
        "SMARTCARD_HOME": str(place),
        "SMARTCARD_ENCODERS": "[]",
        "OPENBLAS_NUM_THREADS": "1",
        "OMP_NUM_THREADS": "1",
    }
    command = [sys.executable, "-m", "service", "--port", "0", "--workers", str(count)]
    with subprocess.Popen(  # noqa: S603  our own module
        command, stdout=subprocess.PIPE, text=True, env={**os.environ, **told}
    ) as parent:
        try:
            line = cast("IO[str]", parent.stdout).readline()
            port = int(line.partition("://")[2].partition(":")[2].split()[0])
            forks = _forking(parent.pid) if count > 1 else []
            forked = tuple(one for fork in forks for one in _forking(fork))
            if count > 1 and len(forked) != count:
                raise RuntimeError(f"{len(forked)} of {count} processes were found")
            helpers, workers = ((parent.pid, *forks), forked) if forks else ((), (parent.pid,))
            asyncio.run(_all_ready(port, workers))
            yield Service(port, helpers, workers)
        finally:
            parent.terminate()


async def _all_ready(port: int, workers: tuple[int, ...]) -> None:
    """Ask over new connections until every process has taken some time to answer."""
    before = {pid: _cpu_s(pid) for pid in workers}
    text = calls.asks("/recommend", 0, 1)
    while any(_cpu_s(pid) - before[pid] < 0.1 for pid in workers):
        client = await load.Client.open(port, CONNECTIONS)
        await client.burst(list(islice(text, 4 * CONNECTIONS)))
        client.close()


def _forking(parent: int) -> list[int]:
    """Return a process's children that are a fork server, or have been forked by it."""
    told = Path(f"/proc/{parent}/task/{parent}/children").read_text()
    return [
        int(name)
        for name in told.split()
        if b"multiprocessing.forkserver" in Path(f"/proc/{name}/cmdline").read_bytes()
    ]


def _pss_mb(pid: int) -> float:
    for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
        if line.startswith("Pss:"):
            return int(line.split()[1]) * 1024 / MB
    return 0.0


def _cpu_s(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def memory(base: Path, empty: Path, size: home.Size, counts: Sequence[int]) -> list[Memory]:
    """Let as many processes serve an empty home, and the other one's visitors."""
    settings = home.settings_for(base)
    version = Registry(settings.artifacts).champion()
    files = (settings.artifacts / "versions" / str(version)).rglob("*")
    model = sum(path.stat().st_size for path in files if path.is_file()) / MB
    found = []
    with serving(empty, 1) as nothing:
        alone = nothing.pss_mb()
    for count in counts:
        with serving(empty, count) as nothing:
            bare = nothing.pss_mb()
        with serving(base, count) as full:
            asyncio.run(_visit(full.port, size, 40 * count))
            taken, helpers = full.pss_mb(), sum(map(_pss_mb, full.helpers))
        found.append(Memory(count, model, alone, bare, taken, helpers))
    return found


async def _visit(port: int, size: home.Size, times: int) -> None:
    """Ask for lists of every shelf over ever new connections, so that all processes see them."""
    sources = [calls.asks("/recommend", shelf, size.visitors) for shelf in size.shelves]
    for _ in range(times):
        client = await load.Client.open(port, CONNECTIONS)
        texts = [text for source in sources for text in islice(source, CONNECTIONS)]
        await client.burst(texts)
        client.close()


def speed(base: Path, other: Path, size: home.Size, shelf: int, count: int, rounds: int) -> Speed:
    """Ask one process and two, in turns, over two homes that are alike."""
    rates: tuple[list[float], list[float]] = ([], [])
    costs: tuple[list[float], list[float]] = ([], [])
    with serving(base, 1) as one, serving(other, 2) as two:
        sources = [calls.asks("/recommend", shelf, size.visitors) for _ in range(2)]
        for turn in range(rounds + 1):
            for place, service in enumerate((one, two)):
                before = service.cpu_s()
                burst = asyncio.run(_burst(service.port, list(islice(sources[place], count))))
                if turn:  # the first only warms up
                    rates[place].append(burst.rate)
                    costs[place].append((service.cpu_s() - before) / count)
    return Speed(
        figure(rates[0]), figure(rates[1]), ratio(rates[1], rates[0]), ratio(costs[1], costs[0])
    )


async def _burst(port: int, texts: list[bytes]) -> load.Burst:
    client = await load.Client.open(port, CONNECTIONS)
    burst = await client.burst(texts)
    client.close()
    if set(burst.statuses) != {200}:
        raise RuntimeError(f"not all were answered: {burst.statuses}")
    return burst


def write(found: Workers, folder: Path) -> None:
    """Write README.md, workers.json and the plot."""
    folder.mkdir(parents=True, exist_ok=True)
    encoded = msgspec.json.format(msgspec.json.encode(found))
    (folder / "workers.json").write_bytes(encoded + b"\n")
    bars = {}
    for one in found.memory:
        for name, value in (
            (f"{one.processes}, empty home", one.empty_mb),
            (
                f"{one.processes} x one empty, and a model",
                one.model_mb + one.processes * one.alone_mb,
            ),
            (f"{one.processes} and helpers, serving", one.home_mb + one.helpers_mb),
        ):
            bars[name] = Figure(value, value, value)
    serving_names = [name for name in bars if name.endswith("serving")]
    drawing = charts.bars(bars, "megabytes, proportional set size", serving_names)
    (folder / "memory.svg").write_text(drawing, "utf-8")
    (folder / "README.md").write_text("\n".join(_page(found)) + "\n", "utf-8")


def _page(found: Workers) -> Iterator[str]:
    yield "# Several processes on one port\n"
    yield f"Written by `{found.command}`. Memory is proportional set size of the processes that"
    yield "answer, after they have: a page that several have mapped counts by its share. An empty"
    yield "process serves an empty home, alone or as one of as many that were forked from one; the"
    yield "model is the size of its files; helpers start the others, and look after them.\n"
    yield from table(("", ""), list(found.machine.items()))
    yield "\n## Memory\n\n![memory](memory.svg)\n"
    head = (
        "processes",
        "model MB",
        "one empty alone MB",
        "empty together MB",
        "serving MB",
        "helpers MB",
        "all to model + n x one empty",
        "serving to model + empty together",
    )
    yield from table(
        head,
        [
            (
                one.processes,
                f"{one.model_mb:,.0f}",
                f"{one.alone_mb:,.0f}",
                f"{one.empty_mb:,.0f}",
                f"{one.home_mb:,.0f}",
                f"{one.helpers_mb:,.0f}",
                f"{one.of_alone:.2f}",
                f"{one.of_parts:.2f}",
            )
            for one in found.memory
        ],
    )
    yield "\n## Speed\n"
    yield "The client and all processes share the machine's cores; one process and two are asked in"
    yield "turns, medians with 95 % bootstrap intervals, ratios paired within a round.\n"
    speed = found.speed
    yield from table(
        ("POST /recommend", "measured"),
        [
            ("one process, a second", speed.rate_one.text(",.0f")),
            ("two processes, a second", speed.rate_two.text(",.0f")),
            ("two to one", speed.rate_ratio.text()),
            ("processor time a request, two to one", speed.cpu_ratio.text()),
        ],
    )


def main(argv: Sequence[str] | None = None) -> int:
    """Parse the options, measure and write the page; return the exit code."""
    parser = ArgumentParser(prog="python -m service.bench.workers", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="a small one, to see that it runs")
    parser.add_argument("--out", type=Path, default=Path("docs/workers"))
    parser.add_argument("--folder", type=Path, help="on the disk to measure; default: temporary")
    options = parser.parse_args(argv)
    if not Path("/proc/self/smaps_rollup").exists():
        parser.exit(2, "error: this system does not tell what processes share\n")
    size, shelf, count, rounds = (
        (home.QUICK, 60, 40, 2) if options.quick else (home.Size(), 500, 1_500, 15)
    )
    counts = (2,) if options.quick else (1, 2, 4)
    words = "".join(f" {word}" for word in sys.argv[1:])
    with TemporaryDirectory(dir=options.folder, prefix="workers-") as folder:
        base, other, empty = (Path(folder).absolute() / name for name in ("a", "b", "empty"))
        for place in (base, other):
            home.make(home.settings_for(place), size)
        found = Workers(
            command=f"python -m service.bench.workers{words}",
            machine=machine(),
            memory=memory(base, empty, size, counts),
            speed=speed(base, other, size, shelf, count, rounds),
        )
    write(found, options.out)
    return 0


if __name__ == "__main__":
    sys.exit(main())
