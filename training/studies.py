"""The commands that study rather than serve: `tune`, `report`, `growth`."""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

import msgspec

from data.settings import StorageSettings
from data.stores import open_stores
from training.config import Config
from training.progress import Progress

SIZES: Final = (200_000, 1_000_000, 5_000_000, 20_000_000)
ONE_THREAD: Final = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "LOKY_MAX_CPU_COUNT")
NEAR: Final = 0.3
"""A size this near to one that was measured is not measured again."""
Command = Callable[[argparse.Namespace, StorageSettings], int]


def add(commands: Any, home: argparse.ArgumentParser, progress: Callable[[], Progress]) -> None:
    """Add the commands to `python -m training`; `progress` opens the display on the terminal."""

    def with_progress(
        run: Callable[[argparse.Namespace, StorageSettings, Progress], int],
    ) -> Command:
        return lambda arguments, settings: run(arguments, settings, progress())

    command = commands.add_parser(
        "tune", parents=[home], help="search settings on validation data; resumes where it stopped"
    )
    command.add_argument(
        "sets",
        nargs="*",
        metavar="SET",
        help="folders of public sets, FOLDER or TASK:FOLDER, or `log` (default: the own log alone)",
    )
    command.add_argument("--trials", type=int, default=40, help="in all, earlier ones included")
    command.add_argument("--only", action="append", default=[], metavar="PATH", help="part to tune")
    command.add_argument("--config", type=Path, help="where to start: TOML over the defaults")
    command.add_argument("--store", type=Path, help="SQLite of the trials (default: in the home)")
    command.add_argument("--out", type=Path, help="default: tuned.toml in the home")
    command.set_defaults(run=with_progress(_tune))

    command = commands.add_parser("report", help="public sets against published results, studied")
    command.add_argument("sets", nargs="+", metavar="SET", help="FOLDER or TASK:FOLDER")
    command.add_argument("--config", type=Path, help="TOML laid over training/default.toml")
    command.add_argument("--out", type=Path, default=Path("report"), help="default: ./report")
    command.set_defaults(run=with_progress(_report))

    command = commands.add_parser("growth", help="measure how training grows with the log")
    command.add_argument("--sizes", type=int, nargs="+", default=SIZES, metavar="INTERACTIONS")
    command.add_argument("--log-up-to", type=int, default=1_000_000, metavar="INTERACTIONS")
    command.add_argument("--config", type=Path, help="TOML laid over training/default.toml")
    command.add_argument("--out", type=Path, default=Path("docs/growth"), help="sizes there stay")
    command.add_argument("--one", type=int, help=argparse.SUPPRESS)
    command.set_defaults(run=with_progress(_growth))


def _tune(arguments: argparse.Namespace, settings: StorageSettings, progress: Progress) -> int:
    from training.held_back import OWN_LOG, OwnLog, PublicSet, Tunable, task_of
    from training.tune import Search, tune
    from training.tune_page import written

    config = Config.load(arguments.config)
    specs = arguments.sets or [OWN_LOG]
    with TemporaryDirectory() as work, closing(_Lazy(settings)) as own:
        sets: list[Tunable] = [
            OwnLog(own.log(), config, progress)
            if spec == OWN_LOG
            else PublicSet(*task_of(spec), Path(work))
            for spec in specs
        ]
        store = arguments.store or settings.home / "tuning.db"
        search = Search(sets, config, arguments.trials, store, arguments.only)
        found = tune(search, progress)
    out: Path = arguments.out or settings.home / "tuned.toml"
    for line in written(found, config, out):
        progress.say(line)
    return 0


def _report(arguments: argparse.Namespace, _: StorageSettings, progress: Progress) -> int:
    from training.held_back import task_of
    from training.model_report import report, write

    config, sections = Config.load(arguments.config), []
    for task, folder in [task_of(spec) for spec in arguments.sets]:
        with progress.stage(f"{task} on {folder.name}") as stage:
            sections += report(task, folder, config, lambda _, count: stage.step(count))
        write(sections, arguments.out)  # what is there can be read while the next set runs
    progress.say(f"report: {arguments.out / 'report.html'}")
    return 0


def _growth(arguments: argparse.Namespace, _: StorageSettings, progress: Progress) -> int:
    from training.growth import Grown, grow
    from training.growth_page import keep, kept

    if arguments.one is not None:
        config = Config.load(arguments.config)
        one = grow(arguments.one, config, arguments.log_up_to, progress.say)
        print(msgspec.json.encode(one).decode())
        return 0
    for size in arguments.sizes:
        found = kept(arguments.out)
        if any(abs(one.interactions / size - 1) < NEAR for one in found):
            continue
        progress.say(f"{size:,} interactions")
        command = [sys.executable, "-m", "training", "growth", "--one", str(size)]
        command += ["--log-up-to", str(arguments.log_up_to)]
        command += ["--config", str(arguments.config)] if arguments.config else []
        threads = dict.fromkeys(ONE_THREAD, "1")
        told = subprocess.run(  # noqa: S603 - this very program, so that each peak is its own
            command, stdout=subprocess.PIPE, check=False, env=os.environ | threads
        )
        if told.returncode:
            progress.say(f"{size:,} could not be measured: status {told.returncode}")
            return 1
        keep(arguments.out, [*found, msgspec.json.decode(told.stdout, type=Grown)])
    progress.say(f"table and pictures: {arguments.out / 'README.md'}")
    return 0


class _Lazy:
    """Open the home's log only when it is asked for."""

    def __init__(self, settings: StorageSettings) -> None:
        self._settings = settings
        self._stores: Any = None

    def log(self) -> Any:
        if self._stores is None:
            self._stores = open_stores(self._settings.store_url, readonly=True)
        return self._stores.log

    def close(self) -> None:
        if self._stores is not None:
            self._stores.close()
