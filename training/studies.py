"""The commands that study rather than serve: `tune`, `report`, `growth`."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from data.settings import StorageSettings
from data.stores import open_stores
from training.config import Config
from training.progress import Progress

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
