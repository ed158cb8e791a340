"""Run the app until a signal ends it: in this process, or in several that share the port."""

from __future__ import annotations

import logging
import os
import signal
import sys
from contextlib import suppress
from functools import partial
from multiprocessing import get_context, parent_process
from multiprocessing.context import ForkServerContext, SpawnContext
from multiprocessing.synchronize import Event, Lock
from socket import socket
from threading import Thread
from typing import TYPE_CHECKING, Final

import uvicorn
import uvicorn._subprocess
from uvicorn.supervisors import Multiprocess

from data.errors import Misconfigured
from data.stores import open_stores, open_warehouse
from service import interpreter
from service.hosts import is_loopback
from service.keys import Keyring
from service.logs import log_line
from service.loops import compile_once
from service.metrics import bury, count_together
from service.settings import ServiceSettings

if TYPE_CHECKING:
    from service.fastpath import Api
    from service.live import Live

SHOWN_CARDS: Final = 3
BLAS_THREADS: Final = "OPENBLAS_NUM_THREADS"
GRACE_SECONDS: Final = 10
HOLDS_SECONDS: Final = 0.5
"""How long a process may go on that nobody looks after any more."""
HANGS_SECONDS: Final = 60
"""A process that answers its parent not at all, or is not ready, for so long is replaced."""


def serve(settings: ServiceSettings, host: str, port: int) -> int:
    """Serve until SIGINT or SIGTERM, then write and save all; return the exit code.

    Raises Misconfigured for an address of others while there is no key.
    """
    _log_as_told(settings)
    if not len(Keyring(settings.home / "keys.json")) and not is_loopback(host):
        raise Misconfigured(
            f"without keys the service listens on this machine only, not on {host}: "
            "make one first with `python -m service keys create --scope admin`"
        )
    compile_once(settings.artifacts)
    return (_alone if settings.workers == 1 else _together)(settings, host, port)


def _alone(settings: ServiceSettings, host: str, port: int) -> int:
    failed = False

    def stop() -> None:
        nonlocal failed
        failed = server.should_exit = True

    interpreter.hold()
    from service.app import create_app  # not needed by who only looks after others

    def ready(live: Live) -> None:
        interpreter.settle()
        _greet(settings, host, bound, live)

    app = create_app(settings, on_ready=ready, on_failure=stop)
    config = _config(settings, app, host, port)
    server = uvicorn.Server(config)
    for name in (signal.SIGINT, signal.SIGTERM):
        signal.signal(name, lambda *_: None)  # uvicorn raises it again when all is closed
    bound = config.bind_socket()
    server.run(sockets=[bound])
    return 1 if failed or not server.started else 0


def _together(settings: ServiceSettings, host: str, port: int) -> int:
    """Start processes that accept from one socket, replace those that end, stop them all.

    SIGHUP replaces one after another, each once its successor is ready.
    """
    with open_stores(settings.store_url) as stores:
        if not stores.durable:
            raise Misconfigured("a store in memory is one process's: workers have to be 1")
    open_warehouse(settings.store_url).close()  # made once, before they all want to
    count_together(settings.board / "metrics")
    config = _config(settings, None, host, port)
    bound = config.bind_socket()
    bound.listen(config.backlog)  # who comes while nobody is ready waits
    starts = _context(settings)
    served, greeting = starts.Event(), starts.Lock()
    config.app = partial(_worker, settings, host, bound, served, greeting)
    supervisor = _Supervisor(config, bound, served)
    supervisor.run()
    return 1 if supervisor.failed else 0


def _context(settings: ServiceSettings) -> ForkServerContext | SpawnContext:
    """Return how processes are started: where that is safe, forked with what they share loaded.

    Elsewhere system libraries do not live through a fork.
    """
    if sys.platform != "linux":
        return get_context("spawn")
    os.environ["SMARTCARD_HOME"] = str(settings.home)  # the fork server learns it from there
    os.environ.setdefault(BLAS_THREADS, "1")  # threads are not forked, and cores are shared out
    forks = get_context("forkserver")
    forks.set_forkserver_preload(["service.common"])
    uvicorn._subprocess.spawn = forks  # type: ignore[assignment]  # it asks nowhere else
    return forks


def _config(settings: ServiceSettings, app: Api | None, host: str, port: int) -> uvicorn.Config:
    return uvicorn.Config(
        app,  # type: ignore[arg-type]  # put in place once the socket is bound
        host=host,
        port=port,
        workers=settings.workers,
        factory=app is None,
        loop="uvloop",
        http="httptools",
        ws="none",
        lifespan="on",
        access_log=False,  # uvicorn's tells paths and queries, which name visitors
        log_config=None,
        server_header=False,
        timeout_graceful_shutdown=GRACE_SECONDS,
        timeout_worker_healthcheck=HANGS_SECONDS,
    )


class _Supervisor(Multiprocess):
    """Replace who ends, unless none could start: then end as well."""

    def __init__(self, config: uvicorn.Config, bound: socket, served: Event) -> None:
        super().__init__(config, [bound])
        self.failed, self._served = False, served
        self._known: set[int | None] = set()

    def keep_subprocess_alive(self) -> None:
        for process in self.processes:
            # while this end is open here too, one that is killed before it answers whether it
            # lives is waited for as one that hangs, and nobody else is looked after
            process.child_conn.close()
        ended = any(process.exitcode is not None for process in self.processes)
        if ended and not self._served.is_set():
            self.failed = True
            self.should_exit.set()
            return
        super().keep_subprocess_alive()
        now = {process.pid for process in self.processes}
        for gone in self._known - now:
            if gone is not None:
                bury(gone)
        self._known = now


def _worker(
    settings: ServiceSettings, host: str, bound: socket, served: Event, greeting: Lock
) -> Api:
    """Build the app of one process of several; it takes requests once it is ready."""
    from service.app import create_app  # loaded already, where it was forked

    def ready(live: Live) -> None:
        interpreter.settle()
        served.set()
        if greeting.acquire(block=False):  # by the first; it is never given back
            _greet(settings, host, bound, live)

    _log_as_told(settings)
    interpreter.hold()
    Thread(target=_end_with_parent, daemon=True).start()
    give_up = partial(os._exit, 1)
    try:
        return create_app(settings, on_ready=ready, on_failure=give_up, warm_first=True)
    except Exception as error:
        log_line(logging.CRITICAL, "not_started", error=f"{type(error).__name__}: {error}"[:1000])
        give_up()
        raise


def _end_with_parent() -> None:
    """End this process in good order when its parent has been killed, or what forked it has.

    Without the latter the parent takes it for ended, and has another in its place.
    """
    parent, forked_by = parent_process(), os.getppid()
    if parent is not None:
        while parent.is_alive() and os.getppid() == forked_by:
            parent.join(HOLDS_SECONDS)
        os.kill(os.getpid(), signal.SIGTERM)


def _greet(settings: ServiceSettings, host: str, bound: socket, live: Live) -> None:
    address = f"http://{f'[{host}]' if ':' in host else host}:{bound.getsockname()[1]}"
    keys = len(Keyring(settings.home / "keys.json"))
    with suppress(OSError):  # whoever started it may have stopped listening
        sys.stdout.write(_greeting(live, address, keys) + "\n")
        sys.stdout.flush()


def _greeting(live: Live, address: str, keys: int) -> str:
    who = f"{keys} keys" if keys else "no keys: open, to this machine only"
    sellers = list(live.state.catalogue.sellers.items())[:SHOWN_CARDS]
    return "\n".join(
        (
            f"Smart card service on {address} ({who}); API at {address}/docs",
            f"Model: {live.recommender.version}; log: {live.state.seq} entries",
            *(f"Card of {seller.name}: {address}/cards/{name}" for name, seller in sellers),
        )
    )


def _log_as_told(settings: ServiceSettings) -> None:
    logging.basicConfig(level=settings.log_level.upper(), format="%(message)s", stream=sys.stderr)
    logging.getLogger("uvicorn.error").setLevel(logging.WARNING)
