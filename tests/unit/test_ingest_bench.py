"""The ingest benchmark: runs, counts what it says, and leaves nothing behind."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from data.__main__ import main


def test_the_benchmark_compares_three_ways_of_writing_in_one_run(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    options = ["--clients", "2", "--batch", "3", "--seconds", "0.05", "--rounds", "2", "--json"]
    assert main(["bench-ingest", *options, "--folder", str(tmp_path)]) == 0
    found = json.loads(capsys.readouterr().out)
    (result,) = found["results"]
    assert (found["clients"], result["batch"]) == (2, 3)
    for variant in ("single_full", "group_full", "group_normal"):
        assert result[variant]["events_per_s"] > 0
    assert result["group_gain"] > 0
    assert result["full_of_normal"] > 0
    assert list(tmp_path.iterdir()) == []


def test_without_json_it_prints_a_table(capsys: pytest.CaptureFixture[str]) -> None:
    options = ["--clients", "1", "--batch", "1", "--seconds", "0.02", "--rounds", "1"]
    assert main(["bench-ingest", *options]) == 0
    table = capsys.readouterr().out
    assert table.startswith("batches of 1\n")
    assert "times commit per request" in table
