"""Bring logs in and out: `python -m data import | export | world | info | rollup | …`."""

from __future__ import annotations

import argparse
import gzip
import json
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from typing import BinaryIO, Final

from tqdm import tqdm

from data import ingest_bench
from data.errors import Misconfigured, SmartcardError
from data.identity import Pseudonymiser, open_key
from data.inventory import inventory
from data.layouts import LAYOUTS
from data.layouts.fields import Unusable, ident
from data.layouts.intake import Mark, Report, append, mark_of, take_in
from data.layouts.layout import Job, Layout, Sighting
from data.layouts.ndjson import line_of
from data.layouts.progress import Progress
from data.layouts.shelves import as_it_stands
from data.layouts.source import Source
from data.metrics import page
from data.rolling import MANY, Roller
from data.settings import StorageSettings, storage
from data.stores import EventLog, open_stores, open_warehouse
from data.world import generate

WORLD_SIZE: Final = 24
WORLD_SEED: Final = 7
HOUR_MS: Final = 3_600_000
WORLD_FILE: Final = "world.json"
"""Says which world a home holds, so that training can ask its oracle."""
BROKE_OFF: Final = 1
WRONG: Final = 2
INTERRUPTED: Final = 130


def main(argv: Sequence[str] | None = None) -> int:
    """Run one sub-command. Return 0 when all was read, 1 when a file broke off, 2 when misused."""
    arguments = _parser().parse_args(argv)
    try:
        return int(arguments.run(arguments, storage()))
    except (SmartcardError, OSError) as error:
        print(f"error: {error}", file=sys.stderr)
        return WRONG
    except KeyboardInterrupt:
        print("stopped; the same command with --resume goes on from here", file=sys.stderr)
        return INTERRUPTED


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m data", description=__doc__)
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    command = commands.add_parser("import", help="read real logs into the event log")
    layouts = "; ".join(f"{layout.name}: {layout.about}" for layout in LAYOUTS.values())
    command.add_argument("--layout", required=True, choices=LAYOUTS, metavar="NAME", help=layouts)
    command.add_argument("--seller", help="whose shelf it is (default: the layout's name)")
    command.add_argument("--mapping", type=Path, help="TOML or JSON file for layout csv")
    command.add_argument(
        "--resume", action="store_true", help="go on where a killed import stopped"
    )
    command.add_argument(
        "files", nargs="+", metavar="FILE", help="plain or gzip; - is standard input"
    )
    command.set_defaults(run=_import)

    command = commands.add_parser("export", help="write the log as ndjson, one event a line")
    command.add_argument(
        "--out", default="-", help="file, compressed if it ends in .gz (default: -)"
    )
    command.set_defaults(run=_export)

    command = commands.add_parser("world", help="put a simulated world into an empty log")
    command.add_argument(
        "--size", type=int, default=WORLD_SIZE, help="sellers (default: %(default)s)"
    )
    command.add_argument("--seed", type=int, default=WORLD_SEED, help="default: %(default)s")
    command.add_argument(
        "--if-empty", action="store_true", help="do nothing when the log is in use"
    )
    command.set_defaults(run=_world)

    command = commands.add_parser("info", help="say what the log holds")
    command.set_defaults(run=_info)

    command = commands.add_parser("rollup", help="bring the sellers' figures up to date")
    command.set_defaults(run=_rollup)

    command = commands.add_parser("metrics", help="list the sellers' metrics as a page (Markdown)")
    command.set_defaults(run=_metrics)

    command = commands.add_parser("bench-ingest", help="measure how fast the log takes events")
    ingest_bench.add_options(command)
    command.set_defaults(run=lambda arguments, _: ingest_bench.run(arguments))
    return parser


def _import(arguments: argparse.Namespace, settings: StorageSettings) -> int:
    layout: Layout = LAYOUTS[arguments.layout]
    try:
        seller_id = ident(arguments.seller or layout.name, "--seller")
    except Unusable as error:
        raise Misconfigured(str(error)) from None
    sizes = [Source(path).size for path in arguments.files]
    total = sum(size or 0 for size in sizes) if None not in sizes else None
    job = Job(
        seller_id=seller_id,
        now=_now(),
        visitor=Pseudonymiser(open_key(settings)).visitor,
        mapping=arguments.mapping,
    )
    progress = Progress(total, sys.stderr, time.monotonic)
    sources = [Source(path, progress.advance) for path in arguments.files]
    mark = mark_of(_marks(settings), layout, sources, job)
    if not arguments.resume:
        mark.clear()
    begun = time.monotonic()
    with closing(progress), _log(settings) as log:
        report = take_in(layout, sources, job, log, mark, progress.told)
    _tell(report, time.monotonic() - begun)
    for name in report.incomplete:
        print(f"{name} breaks off; what came before is in the log", file=sys.stderr)
    return BROKE_OFF if report.incomplete or (report.rejected and not report.read) else 0


def _export(arguments: argparse.Namespace, settings: StorageSettings) -> int:
    with _log(settings, readonly=True) as log:
        if arguments.out == "-":
            _write(log, sys.stdout.buffer)
            sys.stdout.buffer.flush()
            return 0
        out = Path(arguments.out)
        draft = out.with_name(out.name + ".part")
        with draft.open("wb") as file:
            if out.suffix == ".gz":
                with gzip.GzipFile("", "wb", 6, file, mtime=0) as packed:
                    count = _write(log, packed)
            else:
                count = _write(log, file)
        draft.replace(out)
    print(f"{count:,} events written to {out}")
    return 0


def _write(log: EventLog, file: BinaryIO | gzip.GzipFile) -> int:
    count = after = 0
    while entries := log.read(after):
        after = entries[-1].seq
        count += len(entries)
        file.write(b"".join(line_of(entry.event) + b"\n" for entry in entries))
    return count


def _world(arguments: argparse.Namespace, settings: StorageSettings) -> int:
    name = f"world-{arguments.size}-{arguments.seed}"
    begun = sorted(_marks(settings).glob(f"{name}-*.json"))
    with _log(settings) as log:
        if log.last_seq() and not begun:
            print(f"the log holds {log.last_seq():,} events; no world is made", file=sys.stderr)
            return 0 if arguments.if_empty else WRONG
        # a world that was cut short is made again up to the same moment, and goes on
        until = int(begun[0].stem.rpartition("-")[2]) if begun else _now() // HOUR_MS * HOUR_MS
        visitor = Pseudonymiser(open_key(settings)).visitor
        try:
            world = generate(arguments.size, arguments.seed, until, pseudonymise=visitor)
        except ValueError as error:
            raise Misconfigured(str(error)) from None
        mark = Mark(_marks(settings), f"{name}-{until}")
        mark.write(mark.read())
        report = Report()
        progress = Progress(None, sys.stderr, time.monotonic)
        events = (Sighting(at=event.at, event=event) for event in world.events())
        started = time.monotonic()
        with closing(progress):
            append(events, as_it_stands(frozenset), log, mark, report, progress.told)
        made = {"size": arguments.size, "seed": arguments.seed, "until": until}
        (settings.home / WORLD_FILE).write_text(json.dumps(made) + "\n", "utf-8")
        mark.clear()
    _tell(report, time.monotonic() - started)
    return 0


def _info(_: argparse.Namespace, settings: StorageSettings) -> int:
    with _log(settings, readonly=True) as log:
        for line in inventory(log).lines():
            print(line)
    return 0


def _rollup(_: argparse.Namespace, settings: StorageSettings) -> int:
    with open_stores(settings.store_url, readonly=True) as stores:
        opened = open_warehouse(settings.store_url)
        roller = Roller(stores.log, opened.rollups, MANY)
        try:
            with tqdm(total=roller.pending(), unit=" events", file=sys.stderr) as bar:
                count = roller.run(lambda step: bar.update(step))
        finally:
            opened.close()
    print(f"{count:,} events rolled up")
    return 0


def _metrics(*_: object) -> int:
    print(page())
    return 0


def _tell(report: Report, took_s: float) -> None:
    if report.rejected:
        print(report.table())
    counts = [f"{report.appended:,} events appended", f"{report.duplicates:,} duplicates"]
    if report.skipped:
        counts.append(f"{report.skipped:,} skipped as done before")
    print(", ".join(counts) + f", {sum(report.rejected.values()):,} rows rejected, {took_s:.1f} s")


@contextmanager
def _log(settings: StorageSettings, *, readonly: bool = False) -> Iterator[EventLog]:
    with open_stores(settings.store_url, readonly=readonly) as stores:
        yield stores.log


def _marks(settings: StorageSettings) -> Path:
    return settings.home / "imports"


def _now() -> int:
    return time.time_ns() // 1_000_000


if __name__ == "__main__":
    sys.exit(main())
