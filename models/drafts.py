"""Folders that are written whole or not at all; what a killed process left is swept away."""

from __future__ import annotations

import fcntl
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path


@contextmanager
def draft(root: Path, prefix: str) -> Iterator[Path]:
    """Lend a folder below `root` to write in: it is gone afterwards unless it was moved away.

    Whoever writes there holds a lock on it, which the system takes from a process that is killed:
    so drafts of the same prefix that nobody writes any more are told from those somebody does.
    """
    root.mkdir(parents=True, exist_ok=True)
    with _held(root):  # else a draft could be swept between its making and its lock
        for left in root.glob(f"{prefix}*"):
            _sweep(left)
        folder = Path(tempfile.mkdtemp(dir=root, prefix=prefix))
        lock = os.open(folder, os.O_RDONLY)
        fcntl.flock(lock, fcntl.LOCK_EX)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)
        os.close(lock)


def _sweep(folder: Path) -> None:
    with suppress(OSError), _held(folder, fcntl.LOCK_NB):  # locked: somebody writes there
        shutil.rmtree(folder, ignore_errors=True)


def place(folder: Path, at: Path) -> None:
    """Move a written folder where it is to stand, once its files are durable.

    What stands there gives way: a process killed in between leaves neither, and the next writes it.
    """
    for path in folder.rglob("*"):
        sync(path)
    sync(folder)
    if at.exists():
        at.rename(folder.parent / "before")  # goes with the draft
    folder.rename(at)
    sync(at.parent)


def sync(path: Path) -> None:
    """Make a file or a folder durable."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


@contextmanager
def _held(folder: Path, how: int = 0) -> Iterator[None]:
    """Hold a lock on a folder."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | how)
        yield
    finally:
        os.close(handle)
