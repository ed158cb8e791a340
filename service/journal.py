"""Events on their way to the log, kept by the operating system meanwhile.

A line is written, not synced, before its list is answered: it costs a few microseconds and outlives
a kill of the process, not a loss of power. On a full disk a list goes without its line. What a
killed process leaves behind is put into the log by the next start.
"""

from __future__ import annotations

import errno
import fcntl
import os
from collections.abc import Iterator
from contextlib import ExitStack, suppress
from itertools import chain
from pathlib import Path
from typing import Final

import msgspec

from data.schemas import Event

GLOB: Final = "shown-*-[ab].ndjson"
HALVES: Final = "ab"
_NONE: Final = msgspec.Raw(b"null")


class _Line(msgspec.Struct, frozen=True, array_like=True):
    """Keep an event's payload beside it: an optional one is not read back as it stands."""

    event: Event
    payload: msgspec.Raw


class Journal:
    """Append to one file while the other's events are being written to the log."""

    def __init__(self, folder: Path, name: str) -> None:
        """Make two files that no other process touches while this one lives."""
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._files = [_File(folder / f"shown-{name}-{half}.ndjson") for half in HALVES]
        self._now = 0

    def add(self, event: Event) -> None:
        """Write one event that has a payload. Raises OSError."""
        line = _Line(msgspec.structs.replace(event, payload=None), event.payload or _NONE)
        self._files[self._now].write(msgspec.json.encode(line) + b"\n")

    def handed_over(self) -> int:
        """Say that all lines so far are with the log's writer; return a token for `done`."""
        token = self._now
        self._files[token].pending += 1
        self._files[token].gathers = False
        if not self._files[1 - token].pending:
            self._now = 1 - token
        return token

    def done(self, token: int) -> None:
        """Take note that what was handed over is in the log: its lines are not needed any more."""
        file = self._files[token]
        file.pending -= 1
        if not (file.pending or file.gathers):
            file.clear()

    def close(self, *, empty: bool) -> None:
        """Let go of the files; `empty` takes them away, since all is in the log."""
        for file in self._files:
            file.close(empty=empty)


class _File:
    def __init__(self, path: Path) -> None:
        self.pending = 0  # hand-overs whose lines are not known to be in the log
        self.gathers = False  # there are lines behind the last hand-over
        self._torn = False
        self._path = path
        self._descriptor = _locked(path)

    def write(self, line: bytes) -> None:
        self.gathers = True
        if self._torn:
            line = b"\n" + line
        if os.write(self._descriptor, line) < len(line):
            self._torn = True
            raise OSError(errno.ENOSPC, "only a part of a line was written", str(self._path))
        self._torn = False

    def clear(self) -> None:
        os.ftruncate(self._descriptor, 0)
        self._torn = False

    def close(self, *, empty: bool) -> None:
        if empty:
            self._path.unlink(missing_ok=True)
        os.close(self._descriptor)


def _locked(path: Path) -> int:
    """Open a file and lock it; once more if a starting process took it away in between."""
    while True:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        if os.fstat(descriptor).st_nlink:
            return descriptor
        os.close(descriptor)


def left_behind(folder: Path) -> Iterator[tuple[list[Path], list[Event]]]:
    """Yield the files of each process that is gone, with its events by time; no torn last line.

    Who takes them deletes the files when they are in the log, where an event twice is one. They
    are locked meanwhile: of several that start, one takes them.
    """
    for name in sorted({path.name.rpartition("-")[0] for path in folder.glob(GLOB)}):
        paths = [folder / f"{name}-{half}.ndjson" for half in HALVES]
        with ExitStack() as held:
            try:
                read = [_taken(path, held) for path in paths]
            except BlockingIOError:
                continue  # a process that lives, or another start
            halves = [list(_read(content)) for content in read if content is not None]
            halves.sort(key=lambda half: [event.at for event in half[:1]])  # then by time, stably
            if halves:
                yield paths, sorted(chain(*halves), key=lambda event: event.at)


def _taken(path: Path, held: ExitStack) -> bytes | None:
    """Lock and read a file; None when it is gone by now. Raises BlockingIOError if it is locked."""
    try:
        file = held.enter_context(path.open("rb"))
    except FileNotFoundError:
        return None
    fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    return file.read() if os.fstat(file.fileno()).st_nlink else None


def _read(content: bytes) -> Iterator[Event]:
    for line in content.split(b"\n"):
        if line:
            with suppress(msgspec.DecodeError):
                found = msgspec.json.decode(line, type=_Line)
                yield msgspec.structs.replace(found.event, payload=found.payload.copy())
