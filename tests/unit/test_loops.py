"""Loops are compiled once, by a process that ends."""

from __future__ import annotations

from pathlib import Path

import pytest

from data.compiled import folder
from service.loops import STAMP, compile_once


def test_a_process_goes_through_what_serves_and_the_next_start_needs_none(tmp_path: Path) -> None:
    where = tmp_path / "loops"
    compile_once(tmp_path / "artifacts", where)  # of a home without a model, as a first start is
    assert (where / STAMP).exists()

    def never(_: Path) -> int:
        raise AssertionError

    compile_once(tmp_path / "artifacts", where, never)
    assert any(folder().rglob("*.nbi"))


@pytest.mark.parametrize("code", [1, -9, None])
def test_a_process_that_was_killed_is_started_again_next_time(
    tmp_path: Path, code: int | None
) -> None:
    asked: list[Path] = []

    def killed(artifacts: Path) -> int | None:
        asked.append(artifacts)
        return code

    for _ in range(2):
        compile_once(tmp_path / "artifacts", tmp_path, killed)
    assert len(asked) == 2
    assert not (tmp_path / STAMP).exists()


def test_where_nothing_can_be_remembered_serving_goes_on(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.touch()
    compile_once(tmp_path / "artifacts", file / "loops", lambda _: 0)
