"""A lean client: connections that each send a prepared request and wait for its reply."""

from __future__ import annotations

import asyncio
import multiprocessing
import os
import subprocess
import sys
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from time import perf_counter
from typing import IO, Final, cast

import msgspec

from service.bench.server import Cost, run_forked

Serve = Callable[[Path, int | None], AbstractContextManager[int]]
END: Final = b"\r\n\r\n"
LENGTH: Final = b"content-length: "


def request(path: str, body: bytes, *headers: str) -> bytes:
    """Return a POST as it goes over the wire."""
    lines = [
        f"POST {path} HTTP/1.1",
        "host: 127.0.0.1",
        "content-type: application/json",
        "user-agent: Mozilla/5.0 (bench)",
        "accept: */*",
        f"content-length: {len(body)}",
        *headers,
    ]
    return "\r\n".join(lines).encode() + END + body


class Connection(asyncio.Protocol):
    """Send one request at a time."""

    def __init__(self) -> None:
        self._transport: asyncio.Transport | None = None
        self._waiter: asyncio.Future[tuple[int, bytes]] | None = None
        self._buffer = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep the transport."""
        self._transport = cast("asyncio.Transport", transport)

    def connection_lost(self, exc: Exception | None) -> None:
        """Fail who waits, and who asks from now on."""
        self._transport = None
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_exception(exc or ConnectionResetError("the server hung up"))

    def data_received(self, data: bytes) -> None:
        """Take a reply in, of which the head names the length."""
        self._buffer = data = self._buffer + data if self._buffer else data
        head = data.find(END)
        if head < 0:
            return
        place = data.find(LENGTH, 0, head) + len(LENGTH)
        end = head + len(END) + int(data[place : data.find(b"\r\n", place)])
        if len(data) >= end and self._waiter is not None:
            self._buffer = b""
            self._waiter.set_result((int(data[9:12]), data[head + len(END) : end]))

    async def ask(self, text: bytes) -> tuple[int, bytes]:
        """Send a request; return the reply's status and body."""
        if self._transport is None:
            raise ConnectionResetError("not connected")
        self._waiter = asyncio.get_running_loop().create_future()
        self._transport.write(text)
        return await self._waiter

    def close(self) -> None:
        """Hang up."""
        if self._transport is not None:
            self._transport.close()


@dataclass
class Burst:
    """Tell how a number of requests went."""

    seconds: float = 0.0
    waits: list[float] = field(default_factory=list)
    bodies: list[bytes] = field(default_factory=list)
    statuses: dict[int, int] = field(default_factory=dict)

    @property
    def rate(self) -> float:
        """Return requests per second."""
        return len(self.waits) / self.seconds


class Client:
    """Hold open connections to one server."""

    def __init__(self, connections: Sequence[Connection]) -> None:
        self._connections = connections

    @classmethod
    async def open(cls, port: int, connections: int) -> Client:
        """Connect."""
        loop = asyncio.get_running_loop()
        made = [
            (await loop.create_connection(Connection, "127.0.0.1", port))[1]
            for _ in range(connections)
        ]
        return cls(made)

    async def one(self, text: bytes) -> tuple[int, bytes]:
        """Send one request alone."""
        return await self._connections[0].ask(text)

    async def cost(self) -> Cost:
        """Ask the measured server what it has used so far."""
        return msgspec.json.decode((await self.one(COST))[1], type=Cost)

    async def burst(self, texts: Sequence[bytes], rate: float = 0.0) -> Burst:
        """Send all of them as fast as the connections allow, or at a steady rate a second.

        At a rate each wait is counted from when its request was due: a server that stands still
        is not spared those who would have come meanwhile.
        """
        left, told = deque(enumerate(texts)), Burst()
        begun = perf_counter()

        async def run(connection: Connection) -> None:
            while left:
                number, text = left.popleft()
                due = begun + number / rate if rate else perf_counter()
                if rate and (early := due - perf_counter()) > 0:
                    await asyncio.sleep(early)
                status, body = await connection.ask(text)
                told.waits.append(perf_counter() - due)
                told.statuses[status] = told.statuses.get(status, 0) + 1
                told.bodies.append(body)

        await asyncio.gather(*(run(connection) for connection in self._connections))
        told.seconds = perf_counter() - begun
        return told

    async def until_gone(self, texts: Sequence[bytes], done: Callable[[bytes], None]) -> None:
        """Send one after the other on every connection until the server hangs up.

        `done` is told each request that was answered with success.
        """
        left = deque(texts)

        async def run(connection: Connection) -> None:
            with suppress(ConnectionError):
                while left:
                    text = left.popleft()
                    status, _ = await connection.ask(text)
                    if status in {200, 202}:
                        done(text)

        await asyncio.gather(*(run(connection) for connection in self._connections))

    def close(self) -> None:
        """Hang up."""
        for connection in self._connections:
            connection.close()


COST: Final = request("/bench/cost", b"")
BEGIN: Final = (
    "import service.server; from service import interpreter; interpreter.hold(); "
    "from service.bench.server import main; main()"
)
"""Start a server as `python -m service` does: behind `service.server` nothing is collected."""


def cores() -> tuple[int | None, int | None]:
    """Return a core for the server and another for the client, None where there are not two."""
    if not hasattr(os, "sched_getaffinity"):
        return None, None
    own = sorted(os.sched_getaffinity(0))
    return (own[0], own[-1]) if len(own) > 1 else (None, None)


@contextmanager
def pinned(core: int | None) -> Iterator[None]:
    """Keep this process on one core for a while."""
    if core is None:
        yield
        return
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {core})
    try:
        yield
    finally:
        with suppress(OSError):
            os.sched_setaffinity(0, before)


@contextmanager
def serving(folder: Path, core: int | None = None) -> Iterator[int]:
    """Run the measured server as a process of its own; give its port.

    Raises RuntimeError when it failed.
    """
    command = [sys.executable, "-c", BEGIN, str(folder)]
    environment = {**os.environ, "OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"}
    environment.pop("PYTHONDONTWRITEBYTECODE", None)  # a second start finds what the first compiled
    child = subprocess.Popen(  # noqa: S603  our own module
        command + ([] if core is None else [str(core)]),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env=environment,
    )
    try:
        yield int(cast("IO[str]", child.stdout).readline())
    finally:
        child.communicate()
    if child.returncode:
        raise RuntimeError("the measured server failed")


@contextmanager
def mortal(folder: Path, core: int | None = None) -> Iterator[int]:  # noqa: ARG001  as `serving`
    """Run a server that may be killed, from a process that has all its modules loaded."""
    forks = multiprocessing.get_context("forkserver")
    forks.set_forkserver_preload(["service.bench.server"])
    ours, theirs = forks.Pipe()
    child = forks.Process(target=run_forked, args=(folder, theirs))
    child.start()
    theirs.close()
    try:
        yield ours.recv()
    finally:
        ours.close()
        child.kill()
        child.join()
