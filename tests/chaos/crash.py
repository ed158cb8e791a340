"""Killing processes without warning and reading what they had acknowledged until then.

A child acknowledges by writing lines to its standard output, each in one write. The moment of the
kill is a number of lines: the child runs on at full speed meanwhile, so it is hit anywhere.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


class Child:
    """Run `python arguments…` with its standard output on a pipe."""

    def __init__(
        self, arguments: Sequence[str], environment: Mapping[str, str] | None = None
    ) -> None:
        self._process = subprocess.Popen(
            [sys.executable, *arguments],
            stdout=subprocess.PIPE,
            text=True,
            env={**os.environ, **(environment or {})},
        )

    def lines(self, count: int) -> list[str]:
        """Wait for that many lines, or fewer if the child ends before."""
        pipe = self._process.stdout
        assert pipe is not None
        found: list[str] = []
        while len(found) < count and (line := pipe.readline()).endswith("\n"):
            found.append(line[:-1])
        return found

    def kill(self) -> list[str]:
        """Send SIGKILL; return the lines that the child had still written before it died."""
        self._process.send_signal(signal.SIGKILL)
        rest = self.lines(sys.maxsize)
        assert self._end() == -signal.SIGKILL, "the child ended before it was killed"
        return rest

    def finish(self) -> list[str]:
        """Wait for the child's own end; return its remaining lines."""
        rest = self.lines(sys.maxsize)
        assert self._end() == 0, "the child failed"
        return rest

    def _end(self) -> int:
        pipe = self._process.stdout
        assert pipe is not None
        pipe.close()
        return self._process.wait()


def killed_after(
    count: int, arguments: Sequence[str], environment: Mapping[str, str] | None = None
) -> list[str]:
    """Start a child, kill it once it has written `count` lines, return all that it wrote."""
    child = Child(arguments, environment)
    return child.lines(count) + child.kill()
