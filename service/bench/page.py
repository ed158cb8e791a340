"""What was measured as one Markdown page with its plots and the numbers beside it."""

from __future__ import annotations

import os
import platform
from collections.abc import Iterator, Mapping, Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Any, Final

import msgspec

from service.bench import charts
from service.bench.growth import Point
from service.bench.ingest import Ingest
from service.bench.paired import Figure
from service.bench.requests import FIRST, SCORING, UNLOGGED, Requests
from service.bench.starts import Start
from service.bench.steps import OTHER, OWNERS

PACKAGES: Final = ("fastapi", "uvicorn", "uvloop", "httptools", "msgspec", "pydantic", "numpy")
NAMES: Final = {
    "recommend": "POST /recommend",
    "constant": "constant reply",
    SCORING: "scoring in process",
    "stock": "stock FastAPI + pydantic",
    UNLOGGED: "/recommend, nothing logged",
    FIRST: "the same, a visitor's first call",
}


class Measured(msgspec.Struct):
    """Hold all that a run has measured, with the machine it ran on."""

    command: str
    machine: dict[str, str]
    requests: Requests
    shelves: list[Point]
    visitors: list[Point]
    sellers: list[Point]
    starts: list[Start]
    ingest: Ingest


def machine() -> dict[str, str]:
    """Return what the figures hang on."""
    cpu = platform.processor() or platform.machine()
    try:
        facts = Path("/proc/cpuinfo").read_text("utf-8").splitlines()
        cpu = next(line.partition(": ")[2] for line in facts if line.startswith("model name"))
    except (OSError, StopIteration):
        pass
    load = "/".join(f"{value:.1f}" for value in os.getloadavg())
    return {
        "processor": f"{cpu}, {os.cpu_count()} cores",
        "system": f"{platform.system()} {platform.release()}",
        "load when begun": load,
        "Python": platform.python_version(),
        **{name: version(name) for name in PACKAGES},
    }


def write(measured: Measured, folder: Path) -> None:
    """Write README.md, bench.json and the plots."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "bench.json").write_bytes(msgspec.json.format(msgspec.json.encode(measured)) + b"\n")
    for name, drawing in _plots(measured).items():
        (folder / f"{name}.svg").write_text(drawing, "utf-8")
    (folder / "README.md").write_text("\n".join(_page(measured)) + "\n", "utf-8")


def _plots(found: Measured) -> dict[str, str]:
    steps = {
        step: _exactly(seconds / found.requests.sampled * 1e6)
        for step, seconds in _largest(found.requests.steps.seconds)
    }
    cost = {NAMES[name]: found.requests.cpu_us[name] for name in NAMES}
    begun = {
        f"{one.sellers:,} sellers, {one.model_mb:,.0f} MB": _milliseconds(one.ready_s)
        for one in found.starts
    }
    unit = "processor microseconds a request"
    return {
        "cost": charts.bars(cost, unit, [NAMES["recommend"]]),
        "steps": charts.bars(steps, unit, list(OWNERS)),
        "shelves": charts.lines(
            {
                "POST /recommend": [(point.size, point.recommend_us) for point in found.shelves],
                "scoring in process": [(point.size, point.scoring_us) for point in found.shelves],
            },
            "products on the shelf",
            "microseconds",
        ),
        "crowds": charts.lines(
            {
                "visitors": [(point.size, point.of_first) for point in found.visitors],
                "sellers": [(point.size, point.of_first) for point in found.sellers],
            },
            "visitors or sellers",
            "cost against the fewest",
        ),
        "starts": charts.bars(begun, "milliseconds until ready, alone", [*begun][-1:]),
    }


def _page(found: Measured) -> Iterator[str]:
    requests, ingest = found.requests, found.ingest
    yield "# What the service costs\n"
    yield f"Written by `{found.command}`. One server process on one core, the client on another;"
    yield "processor time of the server's process, medians over alternating rounds with 95 %"
    yield "bootstrap intervals. The machine may be shared: ratios are paired within a round, so"
    yield "that neighbours move both sides alike; microseconds are of this machine, then."
    yield "But for the first calls, every visitor has asked before, in each variant.\n"
    yield from table(("", ""), list(found.machine.items()))
    yield f"\n## A request (shelf of {requests.shelf}, 10 picks with reasons, logged)\n"
    yield "![cost](cost.svg)\n"
    cost = [(NAMES[name], requests.cpu_us[name].text(",.0f")) for name in NAMES]
    yield from table(("", "processor us a request"), cost)
    yield ""
    waits = requests.half_load
    yield from table(
        ("ratio", "measured"),
        [
            ("/recommend to (constant + scoring in process)", requests.of_sum.text()),
            ("/recommend to stock FastAPI + pydantic", requests.of_stock.text()),
            ("constant to stock FastAPI + pydantic", requests.of_constant.text()),
            ("share of a request that logging takes", requests.logging.text()),
            (
                f"p99 to p50 at half load ({waits.rate:,.0f} a second)",
                f"{waits.p99_ms / waits.p50_ms:.1f} ({waits.p50_ms:.1f} ms, {waits.p99_ms:.1f} ms)",
            ),
        ],
    )
    yield "\n## Its steps\n\n![steps](steps.svg)\n"
    total = requests.steps.total_s
    rows = [
        (
            step,
            OWNERS.get(step, ""),
            f"{seconds / requests.sampled * 1e6:,.0f}",
            _share(seconds, total),
        )
        for step, seconds in _largest(requests.steps.seconds)
    ]
    named = sum(value for step, value in requests.steps.seconds.items() if step != OTHER)
    yield from table(
        ("step", "owner", "us", "share"), [*rows, ("all named", "", "", _share(named, total))]
    )
    yield "\n## Growth\n\n![shelves](shelves.svg)\n![crowds](crowds.svg)\n"
    head = ("", "/recommend us", "to the first", "MB when ready", "MB after the calls")
    for title, points in (
        ("products on the shelf", found.shelves),
        ("visitors", found.visitors),
        ("sellers", found.sellers),
    ):
        yield from table((title, *head[1:]), [_point(point) for point in points])
        yield ""
    yield "## Starts\n\n![starts](starts.svg)\n"
    yield "Seconds from a process's start until it answers, alone on its core, files cached:\n"
    yield from table(
        ("sellers", "products", "model, MB", "ready, s"), [_start(one) for one in found.starts]
    )
    yield "\n## Events\n"
    yield "The store alone, 64 clients that each wait for their batch:\n"
    yield from table(
        ("batch", "events/s", "to a commit per request", "FULL to NORMAL", "us an event"),
        [_store(row) for row in ingest.store],
    )
    yield "\nThrough `POST /events`, checked, on disk and folded into the state:\n"
    served = [(size, value.text(".1f")) for size, value in ingest.cpu_us.items()]
    yield from table(("batch", "processor us an event"), served)
    yield f"\n{ingest.kills} kills (SIGKILL) at full speed: {ingest.acknowledged:,} events were"
    yield f"acknowledged, {ingest.lost} of them lost, {ingest.twice} stored twice."


def _point(point: Point) -> tuple[str, ...]:
    memory = ("", "")
    if point.ready_mb:
        memory = (f"{point.ready_mb:,.0f}", f"{point.loaded_mb:,.0f}")
    return f"{point.size:,}", point.recommend_us.text(",.0f"), point.of_first.text(), *memory


def _start(one: Start) -> tuple[str, ...]:
    model = f"{one.model_mb:,.0f}"
    return f"{one.sellers:,}", f"{one.products:,}", model, one.ready_s.text(".2f")


def _store(row: Mapping[str, Any]) -> tuple[str, ...]:
    group = row["group_full"]
    gains = (f"{row['group_gain']:.1f}", f"{row['full_of_normal']:.2f}")
    return (
        str(row["batch"]),
        f"{group['events_per_s']:,.0f}",
        *gains,
        f"{group['cpu_us_per_event']:.1f}",
    )


def _largest(seconds: Mapping[str, float]) -> list[tuple[str, float]]:
    return sorted(seconds.items(), key=lambda one: -one[1])


def _share(part: float, whole: float) -> str:
    return f"{part / whole:.1%}"


def _milliseconds(seconds: Figure) -> Figure:
    return Figure(seconds.value * 1e3, seconds.low * 1e3, seconds.high * 1e3)


def _exactly(value: float) -> Figure:
    return Figure(value, value, value)


def table(head: Sequence[str], rows: Sequence[Sequence[object]]) -> Iterator[str]:
    """Yield the lines of a Markdown table."""
    yield f"| {' | '.join(head)} |"
    yield f"|{'---|' * len(head)}"
    for row in rows:
        yield f"| {' | '.join(map(str, row))} |"
