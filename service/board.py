"""What the processes that serve one store tell each other: a mapped file of numbers, and locks.

Each process writes a line of its own and reads the others'; a number is eight aligned bytes, which
a processor writes and reads whole. Locks on files end with their process, also when it is killed.
Source: flock(2), mmap(2).
"""

from __future__ import annotations

import fcntl
import mmap
import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final
from zlib import crc32

from data.errors import Misconfigured

LINES: Final = 32
"""Processes over one store at most."""
BUCKETS: Final = 4_096
"""Visitors are told apart by so many numbers; two who share one now and then wait in vain."""
ALL: Final = BUCKETS
"""The bucket of all visitors together."""

_LIVING, _SAVED, _HEAD = 0, 1, 8
_STANDS, _NEWEST, _ACTED = 0, 1, 8
_SHOWN = _ACTED + BUCKETS
_LOGGED = _SHOWN + BUCKETS + 8
_LINE = _LOGGED + BUCKETS + 8
_BYTES: Final = 8 * (_HEAD + LINES * _LINE)

Mark = tuple[int, int, int]
"""A line, a bucket of it, and how many lists it had shown."""


class Board:
    """Hold this process's line between `join` and `leave`; before and after, it is alone."""

    def __init__(self, folder: Path | None) -> None:
        """Open the board of a folder; without one nobody else can see it."""
        self._folder = folder
        if folder is None:
            self._map = mmap.mmap(-1, _BYTES)
        else:
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            descriptor = os.open(folder / "board", os.O_RDWR | os.O_CREAT, 0o600)
            if os.fstat(descriptor).st_size < _BYTES:  # it never shrinks: others have it mapped
                os.ftruncate(descriptor, _BYTES)
            self._map = mmap.mmap(descriptor, _BYTES)
            os.close(descriptor)
        self._words = memoryview(self._map).cast("q")
        self._line, self._bit, self._lock = _HEAD, 0, -1
        self._turns: set[str] = set()  # taken, while nobody else can see them

    @property
    def alone(self) -> bool:
        """Say whether no other process has joined."""
        return self._bit == 0 or self._words[_LIVING] == self._bit

    def join(self) -> None:
        """Take a free line; it stands at 0, so that nobody saves before this process has caught up.

        Call it while holding the turn to save. Raises Misconfigured when no line is free.
        """
        if self._folder is None:
            self._words[_LIVING] = self._bit = 1
            return
        with _held(self._folder):
            living = _living(self._folder)
            free = [number for number in range(LINES) if not living >> number & 1]
            if not free:
                raise Misconfigured(f"{LINES} processes serve this store already")
            self._lock = _locked(_path(self._folder, free[0]), fcntl.LOCK_EX | fcntl.LOCK_NB)
            self._bit = 1 << free[0]
            self._line = _HEAD + free[0] * _LINE
            if not living:
                self._words[_SAVED] = 0
            self._map[8 * self._line : 8 * (self._line + _LINE)] = bytes(8 * _LINE)
            self._words[_LIVING] = living | self._bit

    def leave(self) -> None:
        """Give the line back: nobody waits for this process any more."""
        if self._folder is not None and self._lock >= 0:
            with _held(self._folder):
                self._words[_LIVING] &= ~self._bit
                os.close(self._lock)
        self._lock, self._bit = -1, 0

    def look(self) -> None:
        """Strike out the lines of processes that are gone without a word."""
        if self._folder is not None and self._lock >= 0:
            with _held(self._folder):
                self._words[_LIVING] = _living(self._folder)

    def stand(self, seq: int) -> None:
        """Say that the log is folded up to an entry."""
        self._words[self._line + _STANDS] = seq

    def behind(self, seq: int) -> bool:
        """Say whether another process has not folded the log up to an entry."""
        return any(self._words[line + _STANDS] < seq for line in self._others())

    @property
    def saved(self) -> int:
        """Return the entry up to which some process has saved a checkpoint."""
        return self._words[_SAVED]

    @saved.setter
    def saved(self, seq: int) -> None:
        """Say so; for who holds the turn to save."""
        self._words[_SAVED] = seq

    def tell(self, visitors: Iterable[str], seq: int) -> None:
        """Say that these visitors' acts are about to be acknowledged, the last one with this seq.

        Nothing is told to nobody: who joins later reads the log after that.
        """
        if self.alone:
            return
        self._words[self._line + _NEWEST] = seq
        acted = self._line + _ACTED
        for visitor in visitors:
            if visitor:
                self._words[acted + bucket(visitor)] = seq

    def newest(self, visitor: str = "") -> int:
        """Return the last entry that another process acknowledged, of a visitor or of anybody."""
        word = _ACTED + bucket(visitor) if visitor else _NEWEST
        return max((self._words[line + word] for line in self._others()), default=0)

    def show(self, visitor: str) -> None:
        """Say that a visitor is about to see a list that is not in the log yet."""
        self._count(_SHOWN, visitor)

    def logged(self, visitor: str) -> None:
        """Say that a list that was shown is in the log, or never will be."""
        self._count(_LOGGED, visitor)

    def _count(self, word: int, visitor: str) -> None:
        self._words[self._line + word + ALL] += 1
        if visitor:
            self._words[self._line + word + bucket(visitor)] += 1

    def unlogged(self, place: int) -> list[Mark]:
        """Return where other processes have shown lists that are not in the log, by bucket."""
        found = []
        for line in self._others():
            shown = self._words[line + _SHOWN + place]
            if shown > self._words[line + _LOGGED + place]:
                found.append((line, place, shown))
        return found

    def pending(self, mark: Mark) -> bool:
        """Say whether lists of a mark are still not in the log and their process lives."""
        line, place, shown = mark
        return (
            bool(self._words[_LIVING] >> (line - _HEAD) // _LINE & 1)
            and self._words[line + _LOGGED + place] < shown <= self._words[line + _SHOWN + place]
        )

    def _others(self) -> Iterator[int]:
        """Yield where the lines of the other processes begin."""
        others, line = self._words[_LIVING] & ~self._bit, _HEAD
        while others:
            if others & 1:
                yield line
            others >>= 1
            line += _LINE

    @contextmanager
    def turn(self, name: str) -> Iterator[bool]:
        """Take a turn that is taken once at a time, here or elsewhere; False while it is."""
        if self._folder is None:
            mine = name not in self._turns
            self._turns.add(name)
            try:
                yield mine
            finally:
                if mine:
                    self._turns.remove(name)
            return
        try:
            lock = _locked(self._folder / f"{name}.turn", fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield False
            return
        try:
            yield True
        finally:
            os.close(lock)


def bucket(visitor: str) -> int:
    """Return the number a visitor (keyed hash) is told apart by."""
    return crc32(visitor.encode()) % BUCKETS


def _living(folder: Path) -> int:
    """Return the lines, as bits, that living processes hold; for who holds the board."""
    living = 0
    for number in range(LINES):
        if _path(folder, number).exists():
            try:
                os.close(_locked(_path(folder, number), fcntl.LOCK_SH | fcntl.LOCK_NB))
            except BlockingIOError:
                living |= 1 << number
    return living


def _path(folder: Path, number: int) -> Path:
    return folder / f"line-{number}"


@contextmanager
def _held(folder: Path) -> Iterator[None]:
    """Hold the board: lines are taken, given back and struck out by one process at a time."""
    lock = _locked(folder / "lines", fcntl.LOCK_EX)
    try:
        yield
    finally:
        os.close(lock)


def _locked(path: Path, kind: int) -> int:
    """Open and lock a file. Raises BlockingIOError when it is taken and `kind` does not wait."""
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(descriptor, kind)
    except BlockingIOError:
        os.close(descriptor)
        raise
    return descriptor
