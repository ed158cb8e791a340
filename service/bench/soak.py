"""`python -m service.bench.soak`: half an hour of lists, events, model swaps and a training run.

One server on one core takes 70 % of the lists it can make, and events beside them. After a quarter
of the time a model is swapped, at half of it another one whose files the system has dropped from
its cache, and at two thirds a training run begins on the log, on the client's core and at the
lowest priority. Waits are counted from when each call was due.
"""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
from argparse import ArgumentParser
from collections.abc import Sequence
from contextlib import suppress
from itertools import islice
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

import msgspec
import numpy as np
from scipy import stats

from models.registry import Registry
from service.bench import calls, charts, home, host, load
from service.bench.page import machine, table

CONNECTIONS: Final = 32
SHARE: Final = 0.7
EVENTS: Final = 20
BATCHES_A_SECOND: Final = 10.0
SHELF: Final = 500
SIZE: Final = home.Size(acts=70)
"""Profiles are full from the start, so that what grows is not what is known of the visitors."""


class Minute(msgspec.Struct):
    """Hold what one stretch of the time showed; waits in ms, `errors` by status.

    `stolen`: the share of the processors' time that the machine's host gave to others.
    """

    asked: int
    errors: int
    p50_ms: float
    p99_ms: float
    worst_ms: float
    resident_mb: float
    begun: str = ""
    stolen: float = 0.0


class Soak(msgspec.Struct):
    """Hold a soak; `slope` is the growth in MB a minute in its last two thirds, with its error."""

    command: str
    machine: dict[str, str]
    rate: float
    events: int
    minutes: list[Minute]
    slope: float
    slope_error: float
    trained: int | None


def main(argv: Sequence[str] | None = None) -> int:
    """Parse the options, run and write the page; return the exit code, 1 after any error."""
    parser = ArgumentParser(prog="python -m service.bench.soak", description=__doc__)
    parser.add_argument("--minutes", type=int, default=30, help="default: %(default)s; at least 5")
    parser.add_argument("--seconds", type=float, default=60.0, help="of a minute")
    parser.add_argument("--quick", action="store_true", help="a small home, to see that it runs")
    parser.add_argument("--out", type=Path, default=Path("docs/soak"), help="default: %(default)s")
    parser.add_argument("--folder", type=Path, help="on the disk to measure; default: temporary")
    options = parser.parse_args(argv)
    command = " ".join(["python -m service.bench.soak", *(sys.argv[1:] if argv is None else argv)])
    size = home.QUICK if options.quick else SIZE
    shelf = size.shelves[-1] if options.quick else SHELF
    with TemporaryDirectory(dir=options.folder, prefix="soak-") as place:
        base = Path(place).absolute() / "base"
        settings = home.settings_for(base)
        home.make(settings, size)
        versions = _more_versions(settings.artifacts)
        facts = machine()
        server, client = load.cores()
        with load.pinned(client), load.serving(base, server) as port:
            run = _Run(base, versions, shelf, size.visitors, options.minutes, options.seconds)
            minutes = asyncio.run(run.minutes(port))
    later = minutes[len(minutes) // 3 :]
    line = stats.linregress(range(len(later)), [one.resident_mb for one in later])
    found = Soak(
        command,
        facts,
        run.rate,
        run.events,
        minutes,
        float(line.slope),
        float(line.stderr),
        run.trained,
    )
    _write(found, options.out)
    return 1 if any(one.errors for one in minutes) else 0


def _more_versions(artifacts: Path) -> list[str]:
    """Register the champion's model twice more, under later dates; return their names."""
    registry = Registry(artifacts)
    name = registry.champion()
    if name is None:
        raise RuntimeError("the home has no champion")
    model = registry.load(name)
    dates = (home.NOW + 86_400_000, home.NOW + 2 * 86_400_000)
    return [registry.register(model, home.card_of(model, 7, at)) for at in dates]


class _Run:
    def __init__(
        self,
        base: Path,
        versions: Sequence[str],
        shelf: int,
        visitors: int,
        count: int,
        seconds: float,
    ) -> None:
        self._registry = Registry(home.settings_for(base).artifacts)
        self._base, self._versions = base, versions
        self._count, self._seconds = count, seconds
        self._asks = calls.asks("/recommend", shelf, visitors)
        self._batches = calls.batches(EVENTS, shelf, visitors, "soak")
        self._training: subprocess.Popen[bytes] | None = None
        self.rate, self.events = 0.0, 0
        self.trained: int | None = None

    async def minutes(self, port: int) -> list[Minute]:
        client = await load.Client.open(port, CONNECTIONS)
        other = await load.Client.open(port, 2)
        warm = int(max(self._seconds, 1.0) * 50)
        await client.burst(list(islice(self._asks, warm)))
        self.rate = SHARE * (await client.burst(list(islice(self._asks, warm)))).rate
        steps = {
            self._count // 4: lambda: self._swap(self._versions[0], dropped=False),
            self._count // 2: lambda: self._swap(self._versions[1], dropped=True),
            self._count * 2 // 3: self._train,
        }
        found = []
        for minute in range(self._count):
            begun = await asyncio.to_thread(steps[minute]) if minute in steps else ""
            found.append(await self._minute(client, other, begun))
            sys.stderr.write(f"{minute + 1:3} of {self._count}: {found[-1]}\n")
        if self._training is not None:
            self.trained = await asyncio.to_thread(self._training.wait)
        client.close()
        other.close()
        return found

    async def _minute(self, client: load.Client, other: load.Client, begun: str) -> Minute:
        asks = list(islice(self._asks, max(1, int(self.rate * self._seconds))))
        sent = list(islice(self._batches, max(1, int(BATCHES_A_SECOND * self._seconds))))
        self.events += len(sent) * EVENTS
        before = host.ticks()
        lists, taken = await asyncio.gather(
            client.burst(asks, rate=self.rate), other.burst(sent, rate=BATCHES_A_SECOND)
        )
        after = host.ticks()
        waits = np.array(lists.waits) * 1e3
        p50, p99 = np.quantile(waits, [0.5, 0.99])
        answered = lists.statuses.get(200, 0) + taken.statuses.get(202, 0)
        return Minute(
            len(asks),
            len(asks) + len(sent) - answered,
            float(p50),
            float(p99),
            float(waits.max()),
            (await client.cost()).resident_mb,
            begun,
            after.stolen_since(before),
        )

    def _swap(self, version: str, *, dropped: bool) -> str:
        if dropped:
            for path in self._registry.folder(version).iterdir():
                with path.open("rb") as file, suppress(AttributeError):
                    os.fsync(file.fileno())
                    os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)
        self._registry.promote(version, home.NOW)
        return "a swap, its files out of the cache" if dropped else "a swap"

    def _train(self) -> str:
        command = [sys.executable, "-m", "training", "run", "--home", str(self._base)]
        self._training = subprocess.Popen(  # noqa: S603  our own module
            ["nice", "-n", "19", *command],  # noqa: S607  of the system
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        return "a training run"


def _write(found: Soak, folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "soak.json").write_bytes(msgspec.json.format(msgspec.json.encode(found)) + b"\n")
    drawing = charts.over_time(
        {
            "p50 ms": [one.p50_ms for one in found.minutes],
            "p99 ms": [one.p99_ms for one in found.minutes],
        },
        [one.resident_mb for one in found.minutes],
        {place: one.begun for place, one in enumerate(found.minutes) if one.begun},
    )
    (folder / "soak.svg").write_text(drawing, "utf-8")
    first, errors = found.minutes[0], sum(one.errors for one in found.minutes)
    worst = max(one.p99_ms for one in found.minutes)
    rows = [
        (
            str(place + 1),
            f"{one.asked:,}",
            str(one.errors),
            f"{one.p50_ms:.1f}",
            f"{one.p99_ms:.1f}",
            f"{one.worst_ms:.0f}",
            f"{one.resident_mb:.1f}",
            f"{one.stolen:.1%}",
            one.begun,
        )
        for place, one in enumerate(found.minutes)
    ]
    head = ("minute", "lists", "errors", "p50 ms", "p99 ms", "worst ms", "MB", "host took", "begun")
    lines = [
        "# A soak\n",
        f"Written by `{found.command}`. {found.rate:,.0f} lists a second ({SHARE:.0%} of what the",
        f"server makes at most) and {BATCHES_A_SECOND * EVENTS:,.0f} events a second; one server",
        "process on one core, the client on the other, where the training run also is.\n",
        *table(("", ""), list(found.machine.items())),
        "\n![soak](soak.svg)\n",
        f"{errors} errors. p99 {first.p99_ms:.1f} ms in the first minute, {worst:.1f} ms in the",
        f"worst ({worst / first.p99_ms:.1f} x). Resident memory in the last two thirds:",
        f"{found.slope:+.2f} MB a minute (standard error {found.slope_error:.2f}).",
        f"The training run ended with {found.trained}.\n",
        *table(head, rows),
    ]
    (folder / "README.md").write_text("\n".join(lines) + "\n", "utf-8")


if __name__ == "__main__":
    sys.exit(main())
