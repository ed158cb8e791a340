"""Show how far a run is: a bar on a terminal, plain lines elsewhere; keep how long stages took."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import TextIO, TypeVar

from tqdm import tqdm

T = TypeVar("T")
EVERY_S = 10.0
AT_ONCE = 500


class Stage:
    """Count the steps of one stage."""

    def __init__(self, step: Callable[[int], object]) -> None:
        """Tell `step` how many steps were made."""
        self._step = step
        self.note = ""

    def step(self, count: int = 1) -> None:
        """Go on by some steps."""
        self._step(count)

    def through(self, things: Iterable[T]) -> Iterator[T]:
        """Pass things through, counting each as a step."""
        for count, thing in enumerate(things, start=1):
            if count % AT_ONCE == 0:
                self._step(AT_ONCE)
            yield thing


class Progress:
    """Announce stages on a stream; `clock` gives seconds and is only ever asked for differences."""

    def __init__(self, stream: TextIO, clock: Callable[[], float]) -> None:
        """Draw bars when the stream is a terminal."""
        self.durations: dict[str, float] = {}
        self._stream, self._clock = stream, clock

    @contextmanager
    def stage(self, name: str, total: int | None = None) -> Iterator[Stage]:
        """Run one named stage; `total` is its number of steps where that is known.

        Whoever runs it may set `note`, which is printed with the time it took.
        """
        begun = self._clock()
        quiet = not self._stream.isatty()
        with tqdm(total=total, desc=name, file=self._stream, leave=False, disable=quiet) as bar:
            stage = Stage(self._line(name, total) if quiet else bar.update)
            yield stage
        took = self._clock() - begun
        self.durations[name] = self.durations.get(name, 0.0) + took
        self.say(f"{name:<24} {took:6.1f} s  {stage.note}".rstrip())

    def _line(self, name: str, total: int | None) -> Callable[[int], object]:
        """Print a line now and then, for logs."""
        done, last = 0, self._clock()

        def step(count: int) -> None:
            nonlocal done, last
            done += count
            if self._clock() - last >= EVERY_S:
                last = self._clock()
                self.say(f"{name} {done:,}" + (f" of {total:,}" if total else ""))

        return step

    def say(self, line: str) -> None:
        """Print one line."""
        self._stream.write(line + "\n")
        self._stream.flush()
