"""`python -m service.bench`: every measurement in turn, then one page."""

from __future__ import annotations

import asyncio
import sys
from argparse import ArgumentParser, Namespace
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

import msgspec

from service.bench import growth, home, ingest, load, requests
from service.bench.page import Measured, machine, write
from service.bench.starts import starts


class Extent(msgspec.Struct, frozen=True):
    """Say how much is measured."""

    size: home.Size
    shelf: int
    count: int
    rounds: int
    visitors: tuple[int, ...]
    sellers: tuple[int, ...]
    events: int
    seconds: float
    kills: int
    heavy: home.Size  # of a large model, started with as many sellers as there are at most
    cold: bool = True  # servers start as an operator's do; else from a process that is warm


FULL: Final = Extent(
    home.Size(),
    500,
    300,
    9,
    (10_000, 100_000, 1_000_000),
    (10, 1_000, 100_000),
    6_000,
    2.0,
    50,
    home.Size(items=50_000),
)
QUICK: Final = Extent(
    home.QUICK, 60, 20, 2, (60, 200), (5, 20), 100, 0.05, 2, home.QUICK, cold=False
)


def main(argv: Sequence[str] | None = None) -> int:
    """Parse the options, measure and write the page; return the exit code."""
    parser = ArgumentParser(prog="python -m service.bench", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="a small one, to see that it runs")
    parser.add_argument("--out", type=Path, default=Path("docs/bench"), help="default: %(default)s")
    parser.add_argument("--folder", type=Path, help="on the disk to measure; default: temporary")
    parser.add_argument("--rounds", type=int, help="alternating rounds of each measurement")
    parser.add_argument("--visitors", type=int, nargs="+", help="how many visitors, ascending")
    parser.add_argument("--sellers", type=int, nargs="+", help="how many sellers, ascending")
    parser.add_argument("--kills", type=int, help="kills while events come in")
    return run(parser.parse_args(argv))


def run(options: Namespace) -> int:
    """Measure and write the page; return the exit code."""
    chosen = {
        name: tuple(value) if isinstance(value, list) else value
        for name in ("rounds", "visitors", "sellers", "kills")
        if (value := getattr(options, name)) is not None
    }
    extent = msgspec.structs.replace(QUICK if options.quick else FULL, **chosen)
    words = "".join(f" {word}" for word in sys.argv[1:])
    with TemporaryDirectory(dir=options.folder, prefix="bench-") as place:
        measured = measure(Path(place).absolute(), extent, f"python -m service.bench{words}")
    write(measured, options.out)
    _say(f"written to {options.out / 'README.md'}")
    return 0


def measure(place: Path, extent: Extent, command: str) -> Measured:
    """Make the homes under a folder and take every measurement."""
    facts = machine()
    server, client = load.cores()
    serve = load.serving if extent.cold else load.mortal
    base, visitors, shelf = place / "base", extent.size.visitors, extent.shelf
    _say("make a home: catalogue, acts, a fitted model")
    home.make(home.settings_for(base), extent.size)
    with load.pinned(client):
        _say("requests, steps, shelves, events")
        with serve(base, server) as port:
            asked = asyncio.run(
                requests.measure(port, shelf, visitors, extent.count, extent.rounds)
            )
            shelves = asyncio.run(
                growth.shelves(port, extent.size.shelves, visitors, extent.count, extent.rounds)
            )
            served = asyncio.run(ingest.served(port, shelf, visitors, extent.events, extent.rounds))
        _say("visitors")
        crowds = {
            size: growth.with_visitors(base, place / f"visitors-{size}", visitors, size)
            for size in extent.visitors
        }
        many = asyncio.run(
            growth.crowds(
                crowds, server, shelf, extent.count, extent.rounds, visitors=True, serve=serve
            )
        )
        _say("sellers")
        towns = {
            size: growth.with_sellers(base, place / f"sellers-{size}", size)
            for size in extent.sellers
        }
        wide = asyncio.run(
            growth.crowds(
                towns, server, shelf, extent.count, extent.rounds, visitors=False, serve=serve
            )
        )
    _say("starts")
    most = extent.sellers[-1]
    home.make(home.settings_for(place / "heavy"), extent.heavy)
    heavy = growth.with_sellers(place / "heavy", place / "heavy-many", most)
    homes = {towns[size]: (size, extent.size.items) for size in extent.sellers}
    with load.pinned(client):
        begun = starts(homes | {heavy: (most, extent.heavy.items)}, server, serve, extent.rounds)
    _say("the store alone, and kills")
    rates = ingest.store(extent.seconds, max(2, extent.rounds // 3), place)
    doomed = home.settings_for(base)
    kills = ingest.killed(base, doomed.store_url, shelf, visitors, extent.kills)
    return Measured(
        command=command,
        machine=facts,
        requests=asked,
        shelves=shelves,
        visitors=many,
        sellers=wide,
        starts=begun,
        ingest=ingest.Ingest(rates, served, extent.kills, *kills),
    )


def _say(text: str) -> None:
    sys.stderr.write(f"{text}\n")


if __name__ == "__main__":
    sys.exit(main())
