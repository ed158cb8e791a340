"""How fast a dashboard answers while events come in: `python -m service bench-figures`.

A log of many sellers is made and rolled up; then each view of the dashboard is asked for over HTTP,
seller after seller, while a client sends events at a steady rate. Server and clients share one
process, which has nothing in it but them, and one core; times are whole views, all requests of a
view one after the other.
"""

from __future__ import annotations

import asyncio
import sys
from argparse import Namespace
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from multiprocessing import get_context
from pathlib import Path
from statistics import quantiles
from tempfile import TemporaryDirectory
from time import perf_counter, process_time
from typing import Any, Final

import msgspec
import uvicorn

from service import interpreter
from service.app import create_app
from service.figures_home import GrownLog, settings_of

VIEWS: Final = {
    "today": (
        "metrics?days=1",
        "metrics",
        *(f"metrics/{slug}" for slug in ("opens", "visitors", "ctr", "revenue")),
        "questions?status=waiting&limit=100",
        "products",
        "shelf",
    ),
    "trend": (
        "metrics",
        "metrics/opens",
        "metrics/opens?by=hour_of_week",
        "metrics/opens?by=referrer",
        "metrics/opens?by=segment",
    ),
    "products": ("products", "shelf"),
    "visitors": ("visitors?limit=100",),
    "questions": ("questions?limit=100",),
    "shelf": ("shelf",),
    "data": ("metrics", "settings", "keys", "audit?limit=20"),
}
"""What each room of the dashboard asks for, here one after the other."""


def run(options: Namespace) -> int:
    """Grow one log through the sizes and measure at each; write a table or JSON."""
    results: list[dict[str, Any]] = []
    with TemporaryDirectory(dir=options.folder, prefix="bench-figures-") as place:
        grown = GrownLog(Path(place).absolute(), options.sellers)
        for size in sorted(options.events):
            made = grown.to(size)
            times = _apart(grown, options.asks, options.ingest)
            results.append({**made, "views": {view: _summary(t) for view, t in times.items()}})
            if not options.json:
                sys.stdout.write(_table(results[-1]) + "\n")
                sys.stdout.flush()
    if options.json:
        text = msgspec.json.encode({"sellers": options.sellers, "results": results}).decode()
        sys.stdout.write(text + "\n")
    return 0


@dataclass
class Times:
    """Hold the seconds of each asking: on the clock, and of this process's processor time.

    The latter is what one free core would take; it holds the client and the ingest meanwhile too.
    """

    wall: list[float] = field(default_factory=list)
    cpu: list[float] = field(default_factory=list)


def _apart(grown: GrownLog, asks: int, rate: int) -> dict[str, Times]:
    """Measure in a process of its own: what made the log would be a weight on its collector."""
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as other:
        return other.submit(measure, grown.home, grown.until - 3_600_000, asks, rate).result()


def measure(home: Path, clock: int, asks: int, rate: int) -> dict[str, Times]:
    """Serve a home in this process and time every view while events come in."""
    return asyncio.run(_measure(home, clock, asks, rate))


async def _measure(home: Path, clock: int, asks: int, rate: int) -> dict[str, Times]:
    ready = asyncio.Event()

    def settled(_: object) -> None:
        interpreter.settle()
        ready.set()

    interpreter.hold()
    app = create_app(settings_of(home), clock=lambda: clock, on_ready=settled)
    server = uvicorn.Server(
        uvicorn.Config(app, port=0, log_level="error", ws="none", loop="uvloop", http="httptools")
    )
    serving = asyncio.create_task(server.serve())
    await ready.wait()
    while not server.started:
        await asyncio.sleep(0.05)
    port = server.servers[0].sockets[0].getsockname()[1]
    sellers = sorted(app.state.live.state.catalogue.shelved())
    times = {view: Times() for view in VIEWS}
    ingest = asyncio.create_task(_ingest(port, rate, sellers, clock))
    await _ask(port, sellers[0], VIEWS["today"])
    for turn in range(asks):
        for view, paths in VIEWS.items():
            begun, cpu = perf_counter(), process_time()
            await _ask(port, sellers[(turn * 7) % len(sellers)], paths)
            times[view].wall.append(perf_counter() - begun)
            times[view].cpu.append(process_time() - cpu)
    ingest.cancel()
    server.should_exit = True
    await serving
    return times


async def _ask(port: int, seller: str, paths: tuple[str, ...]) -> None:
    """Ask for all that a view needs on one connection; raise for anything but success."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    for path in paths:
        await _call(reader, writer, f"GET /sellers/{seller}/{path}", b"")
    writer.close()


async def _call(
    reader: asyncio.StreamReader, writer: asyncio.StreamWriter, line: str, body: bytes
) -> None:
    head = f"{line} HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\n"
    writer.write(f"{head}content-length: {len(body)}\r\n\r\n".encode() + body)
    told = await reader.readuntil(b"\r\n\r\n")
    if told[9:10] != b"2":
        raise RuntimeError(f"{line}: {told[:200]!r}")
    fields = dict(row.split(b": ", 1) for row in told.lower().split(b"\r\n")[1:] if b": " in row)
    await reader.readexactly(int(fields[b"content-length"]))


async def _ingest(port: int, rate: int, sellers: list[str], at: int) -> None:
    """Send batches of twenty events, `rate` events a second, spread over all sellers."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    sent = 0
    begun = perf_counter()
    while True:
        rows = [
            {
                "event_id": f"new-{begun}-{sent + n}",
                "kind": "open",
                "seller_id": sellers[(sent + n) % len(sellers)],
                "visitor_id": f"fresh-{(sent + n) % 5_000}",
                "at": at - n,
            }
            for n in range(20)
        ]
        await _call(reader, writer, "POST /events", msgspec.json.encode(rows))
        sent += 20
        await asyncio.sleep(max(0.0, sent / rate - (perf_counter() - begun)))


def _summary(times: Times) -> dict[str, float]:
    wall, cpu = quantiles(times.wall, n=20), quantiles(times.cpu, n=20)
    return {
        "cpu_p50_ms": cpu[9] * 1e3,
        "cpu_p95_ms": cpu[18] * 1e3,
        "wall_p50_ms": wall[9] * 1e3,
        "wall_p95_ms": wall[18] * 1e3,
    }


def _table(result: dict[str, Any]) -> str:
    each = "" if result["roll_up_us"] is None else f"{result['roll_up_us']:.0f} us to roll one up; "
    head = (
        f"{result['events']:,} events, {result['added']:,} of them loaded in "
        f"{result['loading_cpu_s']:.0f} s of processor time; {each}"
        f"log {result['log_mb']:.0f} MB, figures {result['figures_mb']:.0f} MB"
    )
    names = ("cpu_p50_ms", "cpu_p95_ms", "wall_p50_ms", "wall_p95_ms")
    rows = [
        f"  {view:10}" + "".join(f"{one[name]:14.1f}" for name in names)
        for view, one in result["views"].items()
    ]
    return "\n".join([head, f"  {'view':10}" + "".join(f"{name:>14}" for name in names), *rows])
