"""The real service as a real process: started from a warm fork server, spoken to, killed."""

from __future__ import annotations

import http.client
import json
import multiprocessing
import os
import signal
import sys
from collections.abc import Mapping
from multiprocessing.connection import Connection
from pathlib import Path
from threading import Event
from typing import Any

_forks = multiprocessing.get_context("forkserver")
_forks.set_forkserver_preload(["service.server", "service.app"])
_spawns = multiprocessing.get_context("spawn")
BLAS_THREADS = "OPENBLAS_NUM_THREADS"


def _main(out: Connection, environment: Mapping[str, str]) -> None:
    """Be `python -m service --port 0`, with its standard output on a pipe."""
    os.environ.pop(BLAS_THREADS, None)  # as where nobody has thought of it
    os.environ.update(environment)
    sys.stdin = None  # what forks leave there cannot be handed on to processes it starts
    os.dup2(out.fileno(), 1)
    sys.stdout = os.fdopen(1, "w", buffering=1)
    from service.__main__ import main

    sys.exit(main(["--port", "0"]))


class NotStartedError(Exception):
    """The process ended, with this exit code, before it could be spoken to."""


class Service:
    """Run the service over a home until it is stopped or killed."""

    def __init__(self, home: Path, **settings: object) -> None:
        environment = {f"SMARTCARD_{name.upper()}": str(value) for name, value in settings.items()}
        environment |= {"SMARTCARD_HOME": str(home)}
        if "workers" not in settings:
            environment[BLAS_THREADS] = "1"
        # several are forked by a fork server of their own, which one that was forked cannot have
        starts = _spawns if "workers" in settings else _forks
        reading, writing = starts.Pipe(duplex=False)
        self._process = starts.Process(target=_main, args=(writing, environment))
        self._process.start()
        writing.close()
        self._output = os.fdopen(os.dup(reading.fileno()))
        reading.close()
        line = self._output.readline()
        if "http://" not in line:
            self._process.join(30)
            self._output.close()
            raise NotStartedError(self._process.exitcode)
        self.port = int(line.partition("://")[2].partition(":")[2].split()[0])

    def connection(self) -> http.client.HTTPConnection:
        return http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)

    def children(self) -> list[int]:
        """Return the processes it has started and that run, where /proc tells them."""
        return [child for fork in self.forks() for child in _forking(fork)]

    def forks(self) -> list[int]:
        """Return what forks them."""
        assert self._process.pid is not None
        return _forking(self._process.pid)

    def kill_child(self, child: int) -> None:
        """Take one of them away without warning."""
        os.kill(child, signal.SIGKILL)
        while _serves(child):
            self._process.join(0.01)

    def until_children(self, count: int) -> None:
        """Wait until it has so many again."""
        while len(self.children()) < count:
            self._process.join(0.01)

    def until_gone(self, children: list[int]) -> None:
        """Wait until none of these runs."""
        gone = Event()
        while any(map(_serves, children)):
            gone.wait(0.01)

    def kill(self) -> None:
        """Take it away without warning."""
        self._process.kill()
        self._process.join()
        self._output.close()
        assert self._process.exitcode == -signal.SIGKILL, "it had ended before"

    def stop(self) -> int:
        """Ask it to end; return its exit code."""
        self._process.terminate()
        self._process.join(30)
        self._output.close()
        return int(self._process.exitcode if self._process.exitcode is not None else -1)


def _forking(parent: int) -> list[int]:
    """Return a process's children that run as a fork server does, those it forked included."""
    try:
        told = Path(f"/proc/{parent}/task/{parent}/children").read_text()
    except OSError:
        return []
    return [child for child in map(int, told.split()) if _serves(child)]


def _serves(process: int) -> bool:
    """Say whether a process runs that serves: not ended, and not the library's resource tracker."""
    try:
        line = Path(f"/proc/{process}/cmdline").read_bytes()
    except OSError:
        return False
    return b"multiprocessing.forkserver" in line


def call(
    connection: http.client.HTTPConnection, method: str, path: str, body: Any = None
) -> tuple[int, Any]:
    """Make one call; return the status and the decoded body."""
    data = None if body is None else json.dumps(body).encode()
    connection.request(method, path, data, {"content-type": "application/json"})
    reply = connection.getresponse()
    content = reply.read()
    return reply.status, json.loads(content) if content else None
