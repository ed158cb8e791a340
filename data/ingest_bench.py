"""How fast the log takes events: `python -m data bench-ingest`, ratios within one run.

Many clients on one event loop hand in batches and wait for each. Grouped commits are compared
with a commit per request, and fsync on every commit (FULL) with fsync now and then (NORMAL), in
turns.
"""

from __future__ import annotations

import asyncio
import sys
from argparse import ArgumentParser, Namespace
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from statistics import median, quantiles
from tempfile import TemporaryDirectory
from time import perf_counter, process_time, thread_time
from typing import Final

import msgspec

from data.ingest import Writer
from data.schemas import Event, Kind
from data.stores import EventLog, open_stores

START_MS: Final = 1_790_000_000_000


@dataclass(frozen=True)
class Variant:
    """Name one way to write."""

    slug: str
    title: str
    group_rows: int
    synchronous: str


VARIANTS: Final = (
    Variant("single_full", "commit per request, FULL", group_rows=1, synchronous="FULL"),
    Variant("group_full", "group commit, FULL", group_rows=2_000, synchronous="FULL"),
    Variant("group_normal", "group commit, NORMAL", group_rows=2_000, synchronous="NORMAL"),
)


@dataclass
class Round:
    """Measure one variant once; `waits` are the seconds of each request."""

    events: int = 0
    commits: int = 0
    seconds: float = 0.0
    cpu_seconds: float = 0.0  # without what making the events takes: that is the clients'
    waits: list[float] = field(default_factory=list)

    @property
    def rate(self) -> float:
        """Return events per second."""
        return self.events / self.seconds


def main(argv: Sequence[str] | None = None) -> int:
    """Parse the options and run the benchmark."""
    parser = ArgumentParser(prog="python -m data bench-ingest", description=__doc__)
    add_options(parser)
    return run(parser.parse_args(argv))


def add_options(parser: ArgumentParser) -> None:
    """Add the options of the benchmark to a parser of its own or a sub-command's."""
    parser.add_argument("--clients", type=int, default=64, help="each waits for its batch")
    parser.add_argument("--batch", type=int, nargs="+", default=[1, 20, 500], help="events each")
    parser.add_argument("--seconds", type=float, default=2.0, help="length of one round")
    parser.add_argument("--rounds", type=int, default=3, help="rounds; medians are reported")
    parser.add_argument("--folder", type=Path, help="on the disk to measure; default: temporary")
    parser.add_argument("--json", action="store_true", help="one JSON object instead of a table")


def run(options: Namespace) -> int:
    """Run the benchmark and write a table, or JSON, to standard output."""
    results = [
        compare(options.clients, batch, options.seconds, options.rounds, options.folder)
        for batch in options.batch
    ]
    if options.json:
        text = msgspec.json.encode({"clients": options.clients, "results": results}).decode()
    else:
        text = "\n".join(_table(result) for result in results)
    sys.stdout.write(text + "\n")
    return 0


def compare(
    clients: int, batch: int, seconds: float, rounds: int, folder: Path | None
) -> dict[str, object]:
    """Measure every variant in turns; the medians of the rounds, and ratios paired by round."""
    taken: dict[str, list[Round]] = {variant.slug: [] for variant in VARIANTS}
    for _ in range(rounds):
        for variant in VARIANTS:
            taken[variant.slug].append(_measure(variant, clients, batch, seconds, folder))
    return {
        "batch": batch,
        **{slug: _summary(measured) for slug, measured in taken.items()},
        "group_gain": _ratio(taken["group_full"], taken["single_full"]),
        "full_of_normal": _ratio(taken["group_full"], taken["group_normal"]),
    }


def _ratio(these: Sequence[Round], those: Sequence[Round]) -> float:
    return median(a.rate / b.rate for a, b in zip(these, those, strict=True))


def _summary(rounds: Sequence[Round]) -> dict[str, float]:
    waits = [wait for measured in rounds for wait in measured.waits]
    cuts = quantiles(waits, n=100) if len(waits) > 1 else waits * 99
    return {
        "events_per_s": median(measured.rate for measured in rounds),
        "events_per_commit": median(measured.events / measured.commits for measured in rounds),
        "cpu_us_per_event": median(m.cpu_seconds / m.events * 1e6 for m in rounds),
        "p50_ms": cuts[49] * 1e3,
        "p99_ms": cuts[98] * 1e3,
    }


def _measure(
    variant: Variant, clients: int, batch: int, seconds: float, folder: Path | None
) -> Round:
    with TemporaryDirectory(dir=folder, prefix="bench-ingest-") as place:
        url = f"sqlite:///{Path(place).absolute()}/log.db?synchronous={variant.synchronous}"
        with open_stores(url) as stores:
            return asyncio.run(_drive(stores.log, variant.group_rows, clients, batch, seconds))


async def _drive(log: EventLog, group_rows: int, clients: int, batch: int, seconds: float) -> Round:
    """Let every client send batch after batch until time is up, as a service's connections do."""
    loop, total = asyncio.get_running_loop(), Round()

    def deliver(settle: Callable[[], None]) -> None:
        total.commits += 1
        loop.call_soon_threadsafe(settle)

    async def client(number: int) -> None:
        for batch_number in count():
            made = thread_time()
            events = _events(number, batch_number, batch)
            total.cpu_seconds -= thread_time() - made
            began = perf_counter()
            if began - start > seconds:
                return
            done = loop.create_future()
            writer.submit(events).add_done_callback(done.set_result)
            await done
            total.waits.append(perf_counter() - began)

    cpu, start = process_time(), perf_counter()
    with Writer(
        log, queue_events=clients * batch, group_rows=group_rows, deliver=deliver
    ) as writer:
        await asyncio.gather(*(client(number) for number in range(clients)))
    total.seconds = perf_counter() - start
    total.cpu_seconds += process_time() - cpu
    total.events = len(total.waits) * batch
    return total


def _events(client: int, batch_number: int, size: int) -> list[Event]:
    """Make views as a card page sends them, with ids that rise with time."""
    first = batch_number * size
    return [
        Event(
            event_id=f"{first + place:012d}-{client:03d}",
            kind=Kind.VIEW,
            at=START_MS + first + place,
            seller_id=f"seller-{client % 16}",
            visitor=f"{client:032x}",
            session_id=f"session-{client}-{batch_number // 10}",
            item_id=f"item-{(first + place) % 500}",
            duration_ms=1_200,
            recommendation_id=f"{batch_number:024x}",
            position=place % 10,
        )
        for place in range(size)
    ]


def _table(result: dict[str, object]) -> str:
    heads = ("events/s", "per commit", "CPU us/event", "p50 ms", "p99 ms")
    lines = [f"batches of {result['batch']}", _line("", heads)]
    for variant in VARIANTS:
        row = msgspec.convert(result[variant.slug], dict[str, float])
        lines.append(_line(variant.title, [f"{value:,.1f}" for value in row.values()]))
    lines.append(
        f"  grouped is {result['group_gain']:.1f} times commit per request; "
        f"FULL is {result['full_of_normal']:.2f} of NORMAL"
    )
    return "\n".join(lines)


def _line(title: str, cells: Sequence[str]) -> str:
    return f"  {title:26}" + "".join(f"{cell:>14}" for cell in cells)
