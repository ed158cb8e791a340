"""How much the machine's host takes is read off the system's own count."""

from __future__ import annotations

from pathlib import Path

import pytest

from service.bench.host import Ticks, ticks


def test_the_share_that_the_host_took_is_told_of_all_time_but_the_guests(tmp_path: Path) -> None:
    stat = tmp_path / "stat"
    stat.write_text("cpu  10 0 20 60 0 0 0 10 5 5\ncpu0 1 1 1 1 1 1 1 1 1 1\n")
    before = ticks(stat)
    assert before == Ticks(10, 100)
    stat.write_text("cpu  20 0 30 120 0 5 0 25 9 9\ncpu0 1 1 1 1 1 1 1 1 1 1\n")
    assert ticks(stat).stolen_since(before) == pytest.approx(0.15)
    assert ticks(stat).stolen_since(ticks(stat)) == 0


def test_a_system_that_does_not_tell_has_had_nothing_taken(tmp_path: Path) -> None:
    assert ticks(tmp_path / "none") == Ticks(0, 0)
    (tmp_path / "old").write_text("cpu 1 2 3 4\n")
    assert ticks(tmp_path / "old") == Ticks(0, 10)
