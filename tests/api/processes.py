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
from typing import Any

_forks = multiprocessing.get_context("forkserver")
_forks.set_forkserver_preload(["service.server"])


def _main(out: Connection, environment: Mapping[str, str]) -> None:
    """Be `python -m service --port 0`, with its standard output on a pipe."""
    os.environ.update(environment)
    os.dup2(out.fileno(), 1)
    sys.stdout = os.fdopen(1, "w", buffering=1)
    from service.__main__ import main

    sys.exit(main(["--port", "0"]))


class Service:
    """Run the service over a home until it is stopped or killed."""

    def __init__(self, home: Path, **settings: object) -> None:
        environment = {f"SMARTCARD_{name.upper()}": str(value) for name, value in settings.items()}
        environment |= {"SMARTCARD_HOME": str(home), "OPENBLAS_NUM_THREADS": "1"}
        reading, writing = _forks.Pipe(duplex=False)
        self._process = _forks.Process(target=_main, args=(writing, environment))
        self._process.start()
        writing.close()
        self._output = os.fdopen(os.dup(reading.fileno()))
        reading.close()
        line = self._output.readline()
        assert "http://" in line, "the service did not start"
        self.port = int(line.partition("://")[2].partition(":")[2].split()[0])

    def connection(self) -> http.client.HTTPConnection:
        return http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)

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


def call(
    connection: http.client.HTTPConnection, method: str, path: str, body: Any = None
) -> tuple[int, Any]:
    """Make one call; return the status and the decoded body."""
    data = None if body is None else json.dumps(body).encode()
    connection.request(method, path, data, {"content-type": "application/json"})
    reply = connection.getresponse()
    content = reply.read()
    return reply.status, json.loads(content) if content else None
