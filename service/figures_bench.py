"""How fast a dashboard answers while events come in: `python -m service bench-figures`.

A log of many sellers is made and rolled up; then each view of the dashboard is asked for over HTTP,
seller after seller, while a client sends events at a steady rate. Server and clients share one
process and one core; times are whole views, all requests of a view one after the other.
"""

from __future__ import annotations

import asyncio
import sys
from argparse import ArgumentParser, Namespace
from dataclasses import dataclass, field, replace
from pathlib import Path
from statistics import quantiles
from tempfile import TemporaryDirectory
from time import perf_counter, process_time
from typing import Any, Final

import msgspec
import uvicorn

from data.rolling import MANY, Roller
from data.rollups import NEVER, SLOT_MS, Person, Rollup, visitor_key
from data.schemas import DAY_MS, Event, Kind, Logged
from data.state import State
from data.stores import Stores, Warehouse, open_stores, open_warehouse
from data.world import generate
from service.app import create_app
from service.settings import ServiceSettings

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
CHUNK: Final = 50_000
DAYS: Final = 1
SPREAD: Final = 60
FACTS: Final = frozenset({Kind.ITEM, Kind.SELLER, Kind.LISTING})


def add_options(parser: ArgumentParser) -> None:
    """Add the options of the benchmark to a parser."""
    parser.add_argument("--sellers", type=int, default=1_000, help="default: %(default)s")
    parser.add_argument(
        "--events", type=int, nargs="+", default=[1_000_000], help="sizes of the log, ascending"
    )
    parser.add_argument("--asks", type=int, default=150, help="askings of each view")
    parser.add_argument(
        "--ingest", type=int, default=200, help="events a second that come in meanwhile"
    )
    parser.add_argument("--folder", type=Path, help="on the disk to measure; default: temporary")
    parser.add_argument("--json", action="store_true", help="one JSON object instead of a table")


def run(options: Namespace) -> int:
    """Grow one log through the sizes and measure at each; write a table or JSON."""
    results: list[dict[str, Any]] = []
    with TemporaryDirectory(dir=options.folder, prefix="bench-figures-") as place:
        grown = _Grown(Path(place).absolute(), options.sellers)
        for size in sorted(options.events):
            made = grown.to(size)
            times = asyncio.run(_measure(grown, options.asks, options.ingest))
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


class _Grown:
    """Hold a home whose log grows: the simulated world's events, replayed under new ids.

    The first turn goes the way that events go: appended, folded, rolled up. Later turns are the
    same acts of other people, days earlier; they are appended too, and their sums are the first
    turn's under those names and days. After `SPREAD` turns the days begin anew: first the history
    grows longer, then denser. The state knows the first turn, the newest days, alone.
    """

    def __init__(self, home: Path, sellers: int) -> None:
        self.home, self.events = home, 0
        self.settings = ServiceSettings(home=home, poll_seconds=1.0)
        self.until = 1_790_000_000_000 // DAY_MS * DAY_MS
        world = generate(sellers, 7, self.until, DAYS, pseudonymise=str)
        self._first = list(world.events())
        self._acts = [event for event in self._first if event.kind not in FACTS]
        self._sums: dict[tuple[int, int], Rollup] = {}
        self._state = State()

    def to(self, size: int) -> dict[str, Any]:
        """Append events up to a size and bring state and figures there; tell what that took."""
        begun, before = process_time(), self.events
        stores = open_stores(self.settings.store_url)
        opened = open_warehouse(self.settings.store_url)
        roll, rolled = self._first_turn(size, stores, opened.rollups)
        while self.events < size:
            turn, start = divmod(self.events - len(self._first), len(self._acts))
            part = (start, min(start + CHUNK, len(self._acts), start + size - self.events))
            back = (turn + 1) % SPREAD * DAYS
            stores.log.append([_moved(one, turn + 1, back) for one in self._acts[slice(*part)]])
            if part not in self._sums:
                self._sums[part] = Rollup()
                entries = [Logged(0, event) for event in self._acts[slice(*part)]]
                self._sums[part].fold(entries, lambda *_: None)
            moved = _others(self._sums[part], turn + 1, back)
            last = self.events + part[1] - part[0]
            opened.rollups.add(moved, self.events, last)
            self.events = last
        self._state.seq = self.events
        stores.checkpoints.save(self._state.checkpoint())
        self._state.saved()
        opened.close()
        stores.close()
        return {
            "events": self.events,
            "added": self.events - before,
            "loading_cpu_s": process_time() - begun,
            "roll_up_us": roll / rolled * 1e6 if rolled else None,
            "figures_mb": (self.home / "log.figures.db").stat().st_size / 1e6,
            "log_mb": (self.home / "log.db").stat().st_size / 1e6,
        }

    def _first_turn(self, size: int, stores: Stores, warehouse: Warehouse) -> tuple[float, int]:
        """Append the world's own events; return how long rolling up took, and of how many."""
        roller, begun = Roller(stores.log, warehouse, MANY), self.events
        roll = 0.0
        while self.events < min(size, len(self._first)):
            end = min(self.events + CHUNK, size, len(self._first))
            batch = self._first[self.events : end]
            stores.log.append(batch)
            for seq, event in enumerate(batch, self.events + 1):
                self._state.apply(Logged(seq, event))
            now = process_time()
            roller.run()
            roll += process_time() - now
            self.events = end
        return roll, self.events - begun


def _moved(event: Event, turn: int, days: int) -> Event:
    """Return the same act of another person, days earlier."""
    return msgspec.structs.replace(
        event,
        event_id=f"{turn}.{event.event_id}",
        visitor=f"{turn}.{event.visitor}",
        at=event.at - days * DAY_MS,
    )


def _others(rollup: Rollup, turn: int, days: int) -> Rollup:
    """Return the sums of a turn's moved acts: those of the first, under other names and days."""
    back, moved = days * DAY_MS // SLOT_MS, Rollup()
    names = {key: f"{turn}.{one.name}" for (_, key), one in rollup.people.items()}
    keys = {key: visitor_key(name) for key, name in names.items()} | {0: 0}
    for (seller, slot, visitor), visit in rollup.visits.items():
        opened = visit.opened_at if visit.opened_at == NEVER else visit.opened_at - days * DAY_MS
        moved.visits[seller, slot - back, keys[visitor]] = replace(visit, opened_at=opened)
    for (seller, visitor), one in rollup.people.items():
        if one.first_at < NEVER:
            first, last = one.first_at - days * DAY_MS, one.last_at - days * DAY_MS
            moved.people[seller, keys[visitor]] = Person(names[visitor], first, last)
    moved.products = {
        (s, slot - back, item): row for (s, slot, item), row in rollup.products.items()
    }
    moved.placements = {
        (s, slot - back, at): row for (s, slot, at), row in rollup.placements.items()
    }
    return moved


async def _measure(grown: _Grown, asks: int, rate: int) -> dict[str, Times]:
    """Serve the home in this process and time every view while events come in."""
    ready = asyncio.Event()
    clock = grown.until - 3_600_000
    app = create_app(grown.settings, clock=lambda: clock, on_ready=lambda _: ready.set())
    server = uvicorn.Server(
        uvicorn.Config(app, port=0, log_level="error", ws="none", loop="uvloop", http="httptools")
    )
    serving = asyncio.create_task(server.serve())
    await ready.wait()
    while not server.started:
        await asyncio.sleep(0.05)
    port = server.servers[0].sockets[0].getsockname()[1]
    sellers = sorted(app.state.live.state.catalogue.shelves())
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
