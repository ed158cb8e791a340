"""Benchmarks, end to end on tiny folders: they find the obvious, see no future, and repeat."""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, Final

import pytest

from data.errors import Invalid
from models.recommender import Recommender
from tests.quality import folders
from training import benchmarks
from training.__main__ import main
from training.benchmarks import nextbasket, sequence, shelf
from training.benchmarks.readers import in_no_order
from training.benchmarks.result import Result
from training.benchmarks.trial import Answers
from training.config import Config

USED = ("popularity", "item_knn", "transitions", "session_knn", "content")
SMALL: Final[dict[str, Any]] = {
    "retrievers": {name: {} for name in USED},
    "ranker": {"trees": 20, "learning_rate": 0.2},
}
CONFIG = Config.from_values(Config.load().to_values() | SMALL)
COST = {"train_cpu_s", "peak_rss_mb", "model_mb", "score_us_p50", "score_us_p99"}

USERS = folders.users(100)
WALKS = [folders.walk(start, 4, 40) for start in range(12)]
LONGER = [folders.walk(2 * start, 5, 30) for start in range(10)]


SHOPPERS = [f"shopper {n}" for n in range(90)]
NEXT = folders.next_baskets(SHOPPERS)


def otherwise(held: list[str]) -> list[str]:
    """Let all but users 0, 3, 6, … have bought one and the same item."""
    return [item if user % 3 == 0 else "i0" for user, item in enumerate(held)]


def another_next() -> dict[str, list[str]]:
    """Let those of the last fold, whom no lesson of their own model tells of, buy other things."""
    last = nextbasket.FOLDS - 1
    return NEXT | {user: ["i1"] for user in in_no_order(SHOPPERS)[last :: nextbasket.FOLDS]}


def other(rows: list[list[str]], at: int) -> list[list[str]]:
    """Let all but users 0, 3, 6, … have met one and the same item; no item becomes unknown."""
    changed = [list(row) for row in rows]
    for user in (user for user in range(len(rows)) if user % 3):
        changed[user][at] = "i0"
    return changed


@dataclass(frozen=True)
class Case:
    """A task, a folder for it, the same folder with another future, and what it must reach."""

    task: str
    write: Callable[[Path], Path]
    other_future: Callable[[Path], Path]
    variants: tuple[str, ...]
    obvious: Mapping[str, tuple[str, str, float]]  # variant: baseline, metric, least
    unmoved: int  # every so-many-th question of the first variant is of nobody who was changed


SEQUENCE = Case(
    "sequence",
    partial(folders.sequences, rows=USERS, timed=True),
    partial(folders.sequences, rows=other(USERS, -1), timed=True),
    ("strict", "refit", "strict_times", "refit_times"),
    {"strict": ("popularity", "mrr", 0.9), "refit": ("popularity", "hr@5", 0.9)},
    unmoved=3,
)
UNTIMED = Case(
    "sequence",
    partial(folders.sequences, rows=USERS, timed=False),
    partial(folders.sequences, rows=other(USERS, -1), timed=False),
    ("strict", "refit"),
    SEQUENCE.obvious,
    unmoved=3,
)
SESSIONS = Case(
    "sessions",
    partial(folders.sessions, tests=WALKS),
    partial(folders.sessions, tests=[[*row[:-1], "i1"] for row in WALKS]),
    ("test",),
    {"test": ("popularity", "mrr@10", 0.9)},
    unmoved=0,
)
DWELL = Case(
    "dwell",
    partial(folders.dwells, tests=LONGER),
    partial(folders.dwells, tests=[row[::-1] for row in LONGER]),
    ("test", "without_dwell"),
    {"test": ("popularity", "hr@5", 0.9), "without_dwell": ("recency", "mrr@20", 0.8)},
    unmoved=0,
)
SHELF = Case(
    "shelf",
    partial(folders.sequences, rows=USERS, timed=False),
    partial(folders.sequences, rows=other(USERS, -1), timed=False),
    ("known_0", "known_1", "known_3", "known_all", "cold_items", "warm_items"),
    {"known_1": ("popularity_known_1", "hr@5", 0.9)},
    unmoved=3,
)
BOUGHT = [row[-1] for row in USERS]
EVENTS = Case(
    "events",
    partial(folders.events, rows=[row[:-1] for row in USERS], held=BOUGHT),
    partial(folders.events, rows=[row[:-1] for row in USERS], held=otherwise(BOUGHT)),
    ("test",),
    {"test": ("popularity", "mrr", 0.9)},
    unmoved=3,
)
NEXTBASKET = Case(
    "nextbasket",
    partial(folders.baskets, users=SHOPPERS, futures=NEXT),
    partial(folders.baskets, users=SHOPPERS, futures=another_next()),
    ("test",),
    {"test": ("popularity", "recall@10", 0.9)},
    unmoved=0,
)
CASES = {
    "sequence": SEQUENCE,
    "untimed": UNTIMED,
    "sessions": SESSIONS,
    "dwell": DWELL,
    "shelf": SHELF,
    "events": EVENTS,
    "nextbasket": NEXTBASKET,
}


def measure(case: Case, folder: Path) -> Result:
    found = benchmarks.TASKS[case.task](folder, CONFIG, lambda *_: None)
    assert isinstance(found, Result)
    return found


@pytest.fixture(scope="module", params=CASES)
def case(request: pytest.FixtureRequest) -> Case:
    return CASES[request.param]


@pytest.fixture(scope="module")
def measured(case: Case, tmp_path_factory: pytest.TempPathFactory) -> Result:
    return measure(case, case.write(tmp_path_factory.mktemp(case.task) / "set"))


class TestBenchmark:
    def test_the_printed_object_has_the_agreed_keys(self, case: Case, measured: Result) -> None:
        found = json.loads(json.dumps(measured.to_json()))
        assert (found["task"], found["data"]) == (case.task, "set")
        assert all(isinstance(words, str) for words in found["protocol"].values())
        assert tuple(found["metrics"]) == case.variants
        assert set(found["cost"]) == COST
        for row in (*found["metrics"].values(), *found["baselines"].values()):
            assert set(row) == set(found["metrics"][case.variants[0]])
            for one in row.values():
                assert set(one) == {"value", "low", "high"}
                assert 0 <= one["low"] <= one["value"] <= one["high"] <= 1

    def test_what_always_follows_is_found_and_popularity_is_beaten(
        self, case: Case, measured: Result
    ) -> None:
        for variant, (baseline, metric, least) in case.obvious.items():
            found = measured.metrics[variant][metric]
            assert found.value >= least
            assert found.low > measured.baselines[baseline][metric].high

    def test_the_same_seed_gives_the_same_numbers(
        self, case: Case, measured: Result, tmp_path: Path
    ) -> None:
        again = benchmarks.run(case.task, case.write(tmp_path / "set"), CONFIG).items()
        first = measured.to_json().items()
        assert _but_cost(again) == _but_cost(first)

    def test_another_future_changes_no_model_and_nobody_elses_rank(
        self, case: Case, measured: Result, tmp_path: Path
    ) -> None:
        future = measure(case, case.other_future(tmp_path / "set"))
        assert future.notes["fingerprints"] == measured.notes["fingerprints"]
        for variant in case.variants[: 4 if case.unmoved else 0]:
            before, after = measured.ranks[variant], future.ranks[variant]
            assert before[:: case.unmoved].tolist() == after[:: case.unmoved].tolist()
            assert before.tolist() != after.tolist() or variant == "known_0"


@pytest.mark.parametrize("timed", [True, False])
def test_another_future_changes_no_statistics(timed: bool, tmp_path: Path) -> None:
    ranks = []
    for name, rows in (("one", USERS), ("two", other(USERS, -1))):
        data = sequence.read(folders.sequences(tmp_path / name, rows, timed=timed))
        popular = Recommender.fallback()  # ranks by the statistics alone
        tests = sequence.held_out(data, 1)[::3]
        ranks.append(sequence.answer(data, 2, tests, popular, lambda *_: None).ranks)
        shelves = shelf.shelves_of(data.items)
        stage = shelf.fitted(data, shelves, shelf.NONE, CONFIG).stage
        answers = Answers()
        for question in shelf.ask(data.acts, 1, shelves)[::3]:
            answers.add(stage, question, popular)
        ranks.append(answers.ranks)
    assert ranks[:2] == ranks[2:]


def test_another_past_is_another_model(tmp_path: Path) -> None:
    one = measure(UNTIMED, UNTIMED.write(tmp_path / "one"))
    rows = other(USERS, 1)
    two = measure(UNTIMED, folders.sequences(tmp_path / "two", rows, timed=False))
    for variant, fingerprint in one.notes["fingerprints"].items():
        assert two.notes["fingerprints"][variant] != fingerprint


class TestBadFolder:
    @pytest.mark.parametrize(
        ("task", "name", "line", "where"),
        [
            ("sequence", "sequences.txt", "u999", "sequences.txt:126: user u999 has no items"),
            ("sequence", "sequences.txt", "u0 i1 i2 i3", "sequences.txt:126: user u0 stands"),
            ("sequence", "times.txt", "u3 1 2 3 4 5 soon", "times.txt:126: not a time"),
            ("sequence", "times.txt", "u3 1 2", "times.txt:126: user u3 has 2 times for 6 items"),
            ("sequence", "attributes.json", "}", "attributes.json:2: "),
            ("shelf", "items.jsonl", '{"title": "x"}', "items.jsonl:101: needs one object"),
            ("sessions", "test_pairs.tsv", "i1 i2", "test_pairs.tsv:37: needs items, a tab"),
            ("dwell", "micro_behaviors_long.csv", "1,0,i1,x,c,1,1", "_long.csv:377: needs"),
            ("dwell", "micro_behaviors_long.csv", "1,0,i1,1", "_long.csv:377: needs"),
            (
                "events",
                "events_train.csv",
                "1,u1,i1,sneeze",
                "events_train.csv:1877: event 'sneeze'",
            ),
            ("events", "events_train.csv", "soon,u1,i1,buy", "events_train.csv:1877: not a time"),
            ("events", "events_train.csv", "inf,u1,i1,buy", "events_train.csv:1877: not a time"),
            (
                "events",
                "events_train.csv",
                "1,u1,,buy",
                "events_train.csv:1877: nothing in item_id",
            ),
            ("events", "events_train.csv", "1,u1", "_train.csv:1877: nothing in item_id, event"),
            ("events", "test_purchase.csv", "u1", "test_purchase.csv:127: nothing in item_id"),
            ("nextbasket", "shop_history.json", "}", "shop_history.json: no JSON"),
        ],
    )
    def test_a_bad_line_is_named(
        self, task: str, name: str, line: str, where: str, tmp_path: Path
    ) -> None:
        folder = CASES[task].write(tmp_path)
        with (folder / name).open("a", encoding="utf-8") as file:
            file.write(line + "\n")
        with pytest.raises(Invalid) as raised:
            benchmarks.run(task, folder, CONFIG)
        assert where in str(raised.value)

    @pytest.mark.parametrize(
        ("task", "name"),
        [
            ("sequence", "sequences.txt"),
            ("shelf", "sequences.txt"),
            ("sessions", "train_sessions.txt"),
            ("sessions", "test_pairs.tsv"),
            ("events", "events_train.csv"),
            ("events", "test_purchase.csv"),
            ("nextbasket", "shop_history.json"),
            ("nextbasket", "shop_future.json"),
        ],
    )
    def test_a_missing_file_is_named(self, task: str, name: str, tmp_path: Path) -> None:
        folder = CASES[task].write(tmp_path)
        (folder / name).unlink()
        with pytest.raises(Invalid, match=rf"has no (\*_)?{name.removeprefix('shop_')}"):
            benchmarks.run(task, folder, CONFIG)

    def test_a_folder_without_behaviours_is_refused(self, tmp_path: Path) -> None:
        with pytest.raises(Invalid, match=r"has no micro_behaviors_\*\.csv"):
            benchmarks.run("dwell", tmp_path, CONFIG)

    def test_a_folder_without_shelves_is_refused(self, tmp_path: Path) -> None:
        (SHELF.write(tmp_path) / "attributes.json").unlink()
        with pytest.raises(Invalid, match="no attribute that 50 to 500 items share"):
            benchmarks.run("shelf", tmp_path, CONFIG)

    def test_a_table_without_a_column_is_refused(self, tmp_path: Path) -> None:
        folders.write(tmp_path, "micro_behaviors_long.csv", ["session_id,step,sku", "1,1,a"])
        with pytest.raises(Invalid, match=r"_long\.csv:1: no column behavior_type"):
            benchmarks.run("dwell", tmp_path, CONFIG)

    def test_a_file_that_is_cut_off_or_no_text_is_named(self, tmp_path: Path) -> None:
        packed = gzip.compress(b"u1 a b c\n" * 2_000, mtime=0)
        (tmp_path / "sequences.txt.gz").write_bytes(packed[: len(packed) // 2])
        with pytest.raises(Invalid, match=r"sequences\.txt\.gz:\d+: "):
            benchmarks.run("sequence", tmp_path, CONFIG)
        (tmp_path / "sequences.txt.gz").write_bytes(gzip.compress(b"u1 a b c\nu2 \xff b c\n"))
        with pytest.raises(Invalid, match=r"sequences\.txt\.gz:2: no UTF-8 text"):
            benchmarks.run("sequence", tmp_path, CONFIG)

    def test_an_unknown_task_and_a_missing_folder_are_refused(self, tmp_path: Path) -> None:
        with pytest.raises(Invalid, match="known: sequence, sessions, dwell, shelf"):
            benchmarks.run("chess", tmp_path, CONFIG)
        with pytest.raises(Invalid, match="is no folder"):
            benchmarks.run("sequence", tmp_path / "nowhere", CONFIG)


class TestCommand:
    def test_it_prints_a_table_or_one_object(
        self, tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        folder, file = SESSIONS.write(tmp_path / "set"), tmp_path / "few.toml"
        file.write_text("[ranker]\ntrees = 5\n", encoding="utf-8")
        command = ["benchmark", "sessions", str(folder), "--config", str(file)]
        assert main(command) == 0
        table = capsys.readouterr().out
        assert table.startswith("sessions on set\n")
        assert "vmis_knn" in table
        assert main([*command, "--json"]) == 0
        assert json.loads(capsys.readouterr().out)["task"] == "sessions"

    def test_a_bad_folder_is_one_line_and_status_2(
        self, tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        assert main(["benchmark", "sequence", str(tmp_path)]) == 2
        told = capsys.readouterr()
        assert (told.out, told.err) == (
            "",
            f"error: {tmp_path} has no sequences.txt (plain or .gz)\n",
        )


def _but_cost(items: Any) -> dict[str, Any]:
    return {name: value for name, value in items if name != "cost"}
