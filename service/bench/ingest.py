"""What `POST /events` costs, and that what it acknowledged survives kills at any moment."""

from __future__ import annotations

import asyncio
import os
import signal
from itertools import islice
from pathlib import Path
from typing import Final

import msgspec
import numpy as np

from data.ingest_bench import compare
from data.stores import open_stores
from service.bench import calls, load
from service.bench.paired import Figure, figure
from service.bench.requests import spend

CLIENTS: Final = 64
SIZES: Final = (1, 20, 500)


class Ingest(msgspec.Struct):
    """Hold the store's rates in this process, the server's cost an event, and the kills."""

    store: list[dict[str, object]]
    cpu_us: dict[int, Figure]
    kills: int
    acknowledged: int
    lost: int
    twice: int


def store(seconds: float, rounds: int, folder: Path) -> list[dict[str, object]]:
    """Compare grouped commits with a commit per request, and FULL with NORMAL, in turns."""
    return [compare(CLIENTS, batch, seconds, rounds, folder) for batch in SIZES]


async def served(
    port: int, shelf: int, visitors: int, events: int, rounds: int
) -> dict[int, Figure]:
    """Return the server's processor microseconds an event, by the size of the batch."""
    client = await load.Client.open(port, CLIENTS)
    sources = {size: calls.batches(size, shelf, visitors, f"b{size}") for size in SIZES}
    taken: dict[int, list[float]] = {size: [] for size in SIZES}
    for turn in range(rounds + 1):
        for size, source in sources.items():
            texts = list(islice(source, max(CLIENTS // 2, events // size)))
            spent = await spend(client, texts, size)
            taken[size] += [spent] if turn else []
    client.close()
    return {size: figure(values) for size, values in taken.items()}


def killed(
    folder: Path, store_url: str, shelf: int, visitors: int, kills: int
) -> tuple[int, int, int]:
    """Kill the server while it takes events, again and again.

    Return how many events it acknowledged, how many of those are not in the log, and how many
    stand there twice.
    """
    dice, told = np.random.default_rng(50), set[str]()
    for kill in range(kills):
        with load.mortal(folder) as port:
            told |= asyncio.run(_until_killed(port, shelf, visitors, f"k{kill}", dice))
    seen: list[str] = []
    with open_stores(store_url, readonly=True) as stores:
        after = 0
        while rows := stores.log.read(after):
            seen += [row.event.event_id for row in rows if row.event.event_id.startswith("k")]
            after = rows[-1].seq
    return len(told), len(told - set(seen)), len(seen) - len(set(seen))


async def _until_killed(
    port: int, shelf: int, visitors: int, run: str, dice: np.random.Generator
) -> set[str]:
    """Send single events and batches until the process is gone; return what was acknowledged."""
    client = await load.Client.open(port, 16)
    process = (await client.cost()).process
    singles, twenties = (calls.batches(size, shelf, visitors, f"{run}-{size}") for size in (1, 20))
    texts = [text for pair in zip(singles, islice(twenties, 2_000), strict=False) for text in pair]
    left, done = int(dice.integers(1, 400)), set[str]()

    def acknowledged(text: bytes) -> None:
        nonlocal left
        rows = msgspec.json.decode(text.partition(load.END)[2])
        done.update(row["event_id"] for row in (rows if isinstance(rows, list) else [rows]))
        left -= 1
        if left == 0:
            os.kill(process, signal.SIGKILL)

    await client.until_gone(texts, acknowledged)
    return done
