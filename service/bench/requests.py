"""What `/recommend` costs beside a constant, beside its own scoring and beside a stock route."""

from __future__ import annotations

from itertools import islice
from typing import Final

import msgspec
import numpy as np

from service.bench import calls, load
from service.bench.paired import Figure, figure, ratio
from service.bench.server import Cost, Scored
from service.bench.steps import Steps

CONNECTIONS: Final = 32
SHELF: Final = 500
UNLOGGED: Final = "unlogged"
FIRST: Final = "first"
SCORING: Final = "scoring"


class Waits(msgspec.Struct):
    """Hold how long clients waited at a steady rate, in ms from when each call was due."""

    rate: float
    p50_ms: float
    p99_ms: float


class Requests(msgspec.Struct):
    """Hold processor microseconds a request by what was asked, and the ratios between them."""

    shelf: int
    cpu_us: dict[str, Figure]
    of_sum: Figure
    of_stock: Figure
    of_constant: Figure
    logging: Figure
    half_load: Waits
    steps: Steps
    sampled: int


async def measure(port: int, shelf: int, visitors: int, count: int, rounds: int) -> Requests:
    """Take every variant in turns; the first round only warms up.

    All variants find every visitor's profile at hand: each has asked before, since what a first
    call costs would else fall to whichever variant comes first. It is told apart.
    """
    client = await load.Client.open(port, CONNECTIONS)
    first = await _first(client, shelf, visitors, count)
    sources = {name: calls.asks(path, shelf, visitors) for name, path in calls.PATHS.items()}
    sources[UNLOGGED] = calls.asks("/recommend", shelf, visitors, dry_run=True)
    taken: dict[str, list[float]] = {name: [] for name in (*sources, SCORING)}
    for turn in range(rounds + 1):
        for name, source in sources.items():
            spent = await spend(client, list(islice(source, count)))
            taken[name] += [spent] if turn else []
        spent = await scoring(client, shelf, visitors, count, turn * count)
        taken[SCORING] += [spent] if turn else []
    sums = [a + b for a, b in zip(taken["constant"], taken[SCORING], strict=True)]
    logged = [
        (with_log - without) / with_log
        for with_log, without in zip(taken["recommend"], taken[UNLOGGED], strict=True)
    ]
    found = Requests(
        shelf=shelf,
        cpu_us={FIRST: figure(first)} | {name: figure(taken[name]) for name in taken},
        of_sum=ratio(taken["recommend"], sums),
        of_stock=ratio(taken["recommend"], taken["stock"]),
        of_constant=ratio(taken["constant"], taken["stock"]),
        logging=figure(logged),
        half_load=await _half_load(client, sources["recommend"], count),
        steps=await _steps(client, sources["recommend"], 2 * count),
        sampled=2 * count,
    )
    client.close()
    return found


async def _first(client: load.Client, shelf: int, visitors: int, count: int) -> list[float]:
    """Let every visitor ask once, unlogged; return the microseconds of each so many but the first.

    Beyond a later call's these are for reading her profile, and for the vectors of products that
    nobody who has asked has touched.
    """
    source = calls.asks("/recommend", shelf, visitors, dry_run=True)
    turns = max(2, -(-visitors // count))
    taken = [await spend(client, list(islice(source, count))) for _ in range(turns)]
    return taken[1:]


async def spend(client: load.Client, texts: list[bytes], rows: int = 1) -> float:
    """Send some requests; return the server's processor microseconds for each row of each."""
    before = await client.cost()
    burst = await client.burst(texts)
    after = await client.cost()
    if set(burst.statuses) - {200, 202}:
        raise RuntimeError(f"the measured server answered {burst.statuses}: {burst.bodies[0]!r}")
    return (after.cpu_s - before.cpu_s) / len(texts) / rows * 1e6


async def scoring(client: load.Client, shelf: int, visitors: int, count: int, begin: int) -> float:
    """Let the server make lists without HTTP, log or reply; return microseconds a list."""
    body = msgspec.json.encode(Scored(shelf, count, visitors, begin))
    _, told = await client.one(load.request("/bench/score", body))
    found = msgspec.json.decode(told, type=Cost)
    return found.cpu_s / found.done * 1e6


async def _half_load(client: load.Client, source: calls.Source, count: int) -> Waits:
    full = (await client.burst(list(islice(source, count)))).rate
    burst = await client.burst(list(islice(source, 2 * count)), rate=full / 2)
    p50, p99 = np.quantile(burst.waits, [0.5, 0.99]) * 1e3
    return Waits(full / 2, float(p50), float(p99))


async def _steps(client: load.Client, source: calls.Source, count: int) -> Steps:
    await client.one(load.request("/bench/steps", b"start"))
    await client.burst(list(islice(source, count)))
    _, told = await client.one(load.request("/bench/steps", b"stop"))
    return msgspec.json.decode(told, type=Steps)
