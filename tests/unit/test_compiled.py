"""Compiled loops are found again only while every loop is what it was when they were compiled."""

from __future__ import annotations

from pathlib import Path

from data.compiled import folder_of


def test_a_change_of_any_loop_is_another_cache(tmp_path: Path) -> None:
    for package in ("data", "models"):
        (tmp_path / package).mkdir()
    calls, called = tmp_path / "data" / "calls.py", tmp_path / "models" / "called.py"
    calls.write_text("@kernel\ndef f(): return g()")
    called.write_text("@kernel\ndef g(): return 1")
    (tmp_path / "models" / "plain.py").write_text("x = 1")
    before = folder_of(tmp_path)
    assert before == folder_of(tmp_path)
    assert before.parent == tmp_path / "data" / "__pycache__"
    (tmp_path / "models" / "plain.py").write_text("x = 2")
    assert folder_of(tmp_path) == before
    called.write_text("@kernel\ndef g(): return 2")
    assert (changed := folder_of(tmp_path)) != before
    (tmp_path / "data" / "schemas.py").write_text("KINDS = 3")
    assert folder_of(tmp_path) != changed, "loops hold tables of all kinds of events"
