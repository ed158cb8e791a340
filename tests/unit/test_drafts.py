"""A draft is written whole or not at all, and what a killed process left does not stay."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

from models.drafts import draft

WRITES = """
import sys
from pathlib import Path
from models.drafts import draft
with draft(Path(sys.argv[1]), ".new-") as folder:
    (folder / "half.npy").write_bytes(b"x")
    print(folder.name, flush=True)
    sys.stdin.read()
"""


def test_a_draft_is_gone_unless_it_was_moved_away(tmp_path: Path) -> None:
    with draft(tmp_path / "made", ".new-") as folder:
        folder.rename(tmp_path / "made" / "kept")
    with suppress(FileExistsError), draft(tmp_path / "made", ".new-") as folder:
        (folder / "half.npy").write_bytes(b"x")
        folder.mkdir()  # fails, as on a full disk
    assert [path.name for path in (tmp_path / "made").iterdir()] == ["kept"]


def test_what_a_killed_process_left_is_swept_and_what_somebody_writes_is_not(
    tmp_path: Path,
) -> None:
    command = [sys.executable, "-c", WRITES, str(tmp_path)]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, stdin=pipe, stdout=pipe, text=True) as other:
        assert other.stdout is not None
        theirs = tmp_path / other.stdout.readline().strip()
        with draft(tmp_path, ".new-") as mine:
            assert {path.name for path in tmp_path.iterdir()} == {mine.name, theirs.name}
        os.kill(other.pid, signal.SIGKILL)
    assert theirs.is_dir()
    (tmp_path / ".other-1").mkdir()
    with draft(tmp_path, ".new-") as mine:
        assert {path.name for path in tmp_path.iterdir()} == {mine.name, ".other-1"}
