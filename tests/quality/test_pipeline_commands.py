"""The commands of `python -m training`, on a small world in a home of its own."""

from __future__ import annotations

import os
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import msgspec
import pytest

from data.__main__ import main as data_main
from data.stores import open_stores
from models.cards import ModelCard
from models.registry import Registry
from tests.quality.runs import UNTIL, shop, view
from training.__main__ import main

QUICK = """
[ranker]
trees = 12
leaves = 5
[cuts]
windows = 1
labels_from = 0.5
[examples]
least_groups = 10
enough_groups = 10  # a ranker is learned, however few questions so small a world asks
[judge]
resamples = 100
[report]
without_dwell = false
ablation_rows = 2000
[gate]
beats = []
slice_groups = 100000
"""
THREADS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "NUMBA_NUM_THREADS")


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    home = tmp_path_factory.mktemp("home")
    (home / "quick.toml").write_text(QUICK)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SMARTCARD_HOME", str(home))
        assert data_main(["world", "--size", "4", "--seed", "3"]) == 0
    return home


def command(home: Path, *words: str) -> int:
    return main([*words, "--home", str(home)])


def in_a_process(home: Path, artifacts: Path, threads: str, hashes: str) -> ModelCard:
    """Train in a process of its own, on a copy of the home with no model in it."""
    artifacts.mkdir()
    for name in ("log.db", "secret.key", "quick.toml"):
        (artifacts / name).write_bytes((home / name).read_bytes())
    words = ["run", "--home", str(artifacts), "--config", str(artifacts / "quick.toml")]
    done = subprocess.run(
        [sys.executable, "-m", "training", *words],
        env=os.environ | dict.fromkeys(THREADS, threads) | {"PYTHONHASHSEED": hashes},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return Registry(artifacts / "artifacts").versions()[0]


def test_processes_with_other_threads_and_hashes_give_the_same_bytes(
    home: Path, tmp_path: Path
) -> None:
    """With 20 for its hashes a set of ONNX's two domains has another order than with 1."""
    one = in_a_process(home, tmp_path / "one", "1", "1")
    two = in_a_process(home, tmp_path / "two", "2", "20")
    assert one.files == two.files
    assert len(one.files) > 20
    assert one.data.log_hash == two.data.log_hash
    assert one.metrics == two.metrics


def test_run_evaluate_promote_and_roll_back(
    home: Path, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    config = str(home / "quick.toml")
    assert command(home, "evaluate") == 2
    assert "no champion yet" in capsys.readouterr().err
    assert command(home, "run", "--config", config) == 0
    first = Registry(home / "artifacts").champion()
    told = capsys.readouterr()
    assert first is not None
    assert f"{first} serves" in told.out
    assert "report.html" in told.out
    assert "replay" in told.err

    assert command(home, "run", "--if-needed") == 0
    assert f"{first} serves; nothing to train" in capsys.readouterr().err

    assert command(home, "evaluate") == 0
    shown = capsys.readouterr().out
    assert "popularity" in shown
    assert "oracle" in shown
    assert first in shown

    other = tmp_path / "other.toml"
    other.write_text(QUICK.replace("trees = 12", "trees = 14"))
    assert command(home, "run", "--config", str(other)) == 0
    capsys.readouterr()
    versions = [card.version for card in Registry(home / "artifacts").versions()]
    assert len(versions) == 2
    second = next(version for version in versions if version != first)
    assert command(home, "promote", second) == 0
    assert f"{second} serves" in capsys.readouterr().out
    assert command(home, "rollback") == 0
    assert f"{first} serves again" in capsys.readouterr().out

    assert command(home, "models") == 0
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == 2
    assert next(line for line in lines if "champion" in line).startswith(first)
    assert command(home, "models", "--json") == 0
    cards = msgspec.json.decode(capsys.readouterr().out, type=list[ModelCard])
    assert {card.version for card in cards} == {first, second}


def test_a_script_can_tell_whether_what_was_learned_serves(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with closing(open_stores(f"sqlite:///{tmp_path}/log.db")) as stores:
        stores.log.append(shop(7))
        assert command(tmp_path, "run", "--expect-promotion") == 0  # nobody served before
        stores.log.append([view(1, "v1", 3, UNTIL)])
    capsys.readouterr()
    assert command(tmp_path, "run") == 0  # done, and nothing wrong with it
    assert "stays a challenger" in capsys.readouterr().out
    assert command(tmp_path, "run", "--expect-promotion") == 3
    assert "FAIL unjudged" in capsys.readouterr().out


def test_what_cannot_be_done_is_one_plain_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert command(tmp_path, "promote", "20200101-none") == 2
    assert command(tmp_path, "rollback") == 2
    assert command(tmp_path, "run", "--config", str(tmp_path / "none.toml")) == 2
    assert command(tmp_path, "run") == 2  # no log in this home
    assert main(["benchmark", "juggling", str(tmp_path)]) == 2
    errors = capsys.readouterr().err.splitlines()
    assert len(errors) == 5
    assert all(line.startswith("error: ") for line in errors)
    assert "none.toml" in errors[2]
    assert "juggling" in errors[4]


def test_a_damaged_note_of_the_world_is_one_plain_line(
    home: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for name in ("log.db", "secret.key"):
        (tmp_path / name).write_bytes((home / name).read_bytes())
    (tmp_path / "world.json").write_text("{")
    assert command(tmp_path, "run") == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith("error: ")
    assert "world.json names no world" in line


@pytest.mark.parametrize(
    ("variable", "text"),
    [("SMARTCARD_QUEUE_EVENTS", "0"), ("SMARTCARD_ENCODERS", "foo"), ("SMARTCARD_SECRET", "short")],
)
def test_a_variable_that_is_wrong_is_one_plain_line(
    variable: str,
    text: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv(variable, text)
    for command_of in (main, data_main):
        assert command_of(["models" if command_of is main else "info"]) == 2
        (line,) = capsys.readouterr().err.splitlines()
        assert line.startswith("error: ")
        assert variable.removeprefix("SMARTCARD_").lower() in line.lower()
