"""Sets to tune on, with what is tested later taken out before anything reads them.

A public set is written anew one step earlier: its validation part stands where its test stood, and
the test is in no file of the new folder. The own log ends where its judged days begin. So a search
cannot see a test, whatever it does.
"""

from __future__ import annotations

import csv
import gzip
import json
import shutil
from collections.abc import Callable, Iterable, Mapping, Sequence
from hashlib import blake2b
from pathlib import Path
from typing import Final, Protocol

from data.errors import Invalid
from data.ranking_metrics import metric
from data.schemas import Logged
from data.stores.ports import EventLog
from training import benchmarks
from training.attempt import Past, attempt
from training.benchmarks import baskets, events, logs, readers
from training.config import Config
from training.fit import settings_of
from training.progress import Progress
from training.scan import entries, scan
from training.targets import choose, split

METRICS: Final[Mapping[str, tuple[tuple[str, ...], str]]] = {
    "sequence": (("strict_times", "strict"), "ndcg@10"),
    "sessions": (("test",), "mrr@20"),
    "dwell": (("test",), "mrr@20"),
    "shelf": (("known_3",), "ndcg@10"),
    "events": (("test",), "ndcg@10"),
    "nextbasket": (("test",), "recall@10"),
}
"""What is tuned for on each task: the first variant there is, and its metric."""
OWN_LOG: Final = "log"
LAST_SESSIONS: Final = 0.1


class Tunable(Protocol):
    """Measure a config on one set; higher is better. `fingerprint` tells its data from others."""

    name: str
    fingerprint: str

    def measure(self, config: Config) -> float:
        """Return the metric."""


class PublicSet:
    """Run a benchmark's own protocol on a folder without the test."""

    def __init__(self, task: str, folder: Path, work: Path) -> None:
        """Write the folder one step earlier below `work`."""
        if task not in EARLIER:
            known = ", ".join(EARLIER)
            raise Invalid(f"{task} cannot be tuned on: no validation part is known; known: {known}")
        self.name, self._task = f"{task}:{folder.name}", task
        self._folder = work / f"{task}-{folder.name}"
        self._folder.mkdir(parents=True)
        EARLIER[task](folder, self._folder)
        self.fingerprint = _fingerprint(self._folder)

    def measure(self, config: Config) -> float:
        """Return the task's metric on the validation part."""
        found = benchmarks.run(self._task, self._folder, config)["metrics"]
        variants, name = METRICS[self._task]
        variant = next(one for one in variants if one in found)
        return float(found[variant][name]["value"])


class OwnLog:
    """Make a training run's attempt on a log that ends before its judged days."""

    def __init__(self, log: EventLog, config: Config, progress: Progress) -> None:
        """Find the end; nothing after it is read again."""
        self.name, self._progress = OWN_LOG, progress
        self._log = Earlier(log, split(scan(entries(log)), config.cuts).judge)
        scanned = scan(entries(self._log))
        self._scanned, self._cuts = scanned, split(scanned, config.cuts)
        self.fingerprint = scanned.log_hash
        self._targets = choose(
            scanned, self._cuts, config.examples, settings_of(config).candidates, config.seed
        )
        if int(self._targets.judges.sum()) < config.cuts.least_groups:
            raise Invalid("the log has too few questions before its judged days to tune on")

    def measure(self, config: Config) -> float:
        """Return the gate's metric on the last window before the judged days."""
        past = Past(self._log, self._scanned, self._cuts, self._targets)
        found = attempt(past, config, self._progress)
        return float(metric(config.gate.metric, found.judged.rank(found.scores)).mean())


class Earlier:
    """Read a log without what happened from a moment (epoch ms) on."""

    def __init__(self, log: EventLog, until: int) -> None:
        """Take the log to read."""
        self._log, self._until = log, until

    def read(self, after: int = 0, limit: int = 10_000) -> list[Logged]:
        """Return up to `limit` entries with seq > `after`; empty at the end alone."""
        while batch := self._log.read(after, limit):
            kept = [one for one in batch if one.event.at < self._until]
            if kept:
                return kept
            after = batch[-1].seq
        return []

    def last_seq(self) -> int:
        """Return the seq of the newest entry."""
        return self._log.last_seq()

    def find(self, seller_id: str, event_id: str) -> Logged | None:
        """Return an entry that happened early enough."""
        found = self._log.find(seller_id, event_id)
        return found if found is not None and found.event.at < self._until else None

    def append(self, events: object) -> list[int | None]:
        """Refuse: this is a view."""
        del events
        raise Invalid("a view of a log takes no events")


def task_of(spec: str) -> tuple[str, Path]:
    """Read `TASK:FOLDER`, or tell the task by the folder's files."""
    task, colon, rest = spec.partition(":")
    if colon and task in benchmarks.TASKS:
        return task, Path(rest)
    folder = Path(spec)
    if readers.find(folder, "sequences.txt"):
        return "sequence", folder
    if readers.find(folder, "train_sessions.txt"):
        return "sessions", folder
    if any(folder.glob("micro_behaviors_*.csv*")):
        return "dwell", folder
    if readers.find(folder, logs.TRAIN):
        return "events", folder
    if any(folder.glob(f"*{baskets.HISTORY}*")):
        return "nextbasket", folder
    raise Invalid(f"{spec} is no data folder of a known task; write TASK:FOLDER to name the task")


def _fingerprint(folder: Path) -> str:
    """Return a hash of what a folder's files say; their gzip headers tell the time of writing."""
    digest = blake2b(digest_size=16)
    for path in sorted(folder.iterdir()):
        digest.update(f"\x1f{path.name}\x1f".encode())
        for line in readers.lines(path):
            digest.update(line.encode() + b"\n")
    return digest.hexdigest()


def _sequences(source: Path, target: Path) -> None:
    for name in ("sequences.txt", "times.txt"):
        path = readers.find(source, name)
        if path is not None:
            rows = (line.split() for line in readers.lines(path))
            _write(target / f"{name}.gz", (" ".join(row[:-1]) for row in rows if len(row) > 3))
    for name in ("attributes.json", "items.jsonl"):
        path = readers.find(source, name)
        if path is not None:
            shutil.copyfile(path, target / path.name)
    readers.need(source, "sequences.txt")


def _sessions(source: Path, target: Path) -> None:
    rows = readers.sessions(source)
    cut = int(len(rows) * (1 - LAST_SESSIONS))
    _write(target / "train_sessions.txt.gz", (" ".join(row) for row in rows[:cut]))
    pairs = (
        f"{' '.join(row[:end])}\t{row[end]}" for row in rows[cut:] for end in range(1, len(row))
    )
    _write(target / "test_pairs.tsv.gz", pairs)


def _dwells(source: Path, target: Path) -> None:
    """Drop the last tenth of each file's sessions, those that are tested."""
    for path in sorted(source.glob("micro_behaviors_*.csv*")):
        head, *rows = list(readers.lines(path))
        place = next(csv.reader([head])).index("session_id")
        numbers = [int(next(csv.reader([row]))[place]) for row in rows]
        known = sorted(set(numbers))
        kept = set(known[: sum(10 * n < 9 * len(known) for n in range(len(known)))])
        body = (row for row, number in zip(rows, numbers, strict=True) if number in kept)
        _write(target / f"{path.name.removesuffix('.gz')}.gz", [head, *body])


def _logs(source: Path, target: Path) -> None:
    """Hold each user's last purchase out of the training log, as its test was held out of all."""
    data = events.read(source)
    acts, questions = events.held_out(data.acts, new=data.new)
    names = [item.item_id for item in data.items]
    _table(
        target / f"{logs.TRAIN}.gz",
        ("timestamp", "user_id", "item_id", "event"),
        (
            (act.at / 1000, user, names[act.item], act.kind.value)
            for user, row in enumerate(acts)
            for act in row
        ),
    )
    asked = ((question.owner, names[question.target]) for question in questions)
    _table(target / f"{logs.TEST}.gz", ("user_id", "item_id"), asked)


def _baskets(source: Path, target: Path) -> None:
    """Ask for the last basket of each history; the next baskets are read for who has one."""
    shoppers = [one for one in baskets.read(source) if len(one.baskets) > 1]
    for ending, of in (
        (baskets.HISTORY, {one.user: one.baskets[:-1] for one in shoppers}),
        (baskets.FUTURE, {one.user: one.baskets[-1:] for one in shoppers}),
    ):
        _write(target / f"held_back{ending}.gz", [json.dumps(of, ensure_ascii=False)])


def _table(path: Path, head: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    with gzip.open(path, "wt", encoding="utf-8", compresslevel=1, newline="") as file:
        writer = csv.writer(file)
        writer.writerow(head)
        writer.writerows(rows)


def _write(path: Path, lines: Iterable[str]) -> None:
    with gzip.open(path, "wt", encoding="utf-8", compresslevel=1) as file:
        file.writelines(line + "\n" for line in lines)


EARLIER: Final[dict[str, Callable[[Path, Path], None]]] = {
    "sequence": _sequences,
    "shelf": _sequences,
    "sessions": _sessions,
    "dwell": _dwells,
    "events": _logs,
    "nextbasket": _baskets,
}
"""What writes a task's folder one step earlier."""
