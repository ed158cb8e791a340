"""Run the app in this process until a signal ends it."""

from __future__ import annotations

import ipaddress
import logging
import signal
import sys
from contextlib import suppress
from typing import Final

import uvicorn

from data.errors import Misconfigured
from service import collector
from service.app import create_app
from service.keys import Keyring
from service.live import Live
from service.settings import ServiceSettings

SHOWN_CARDS: Final = 3
GRACE_SECONDS: Final = 10


def serve(settings: ServiceSettings, host: str, port: int) -> int:
    """Serve until SIGINT or SIGTERM, then write and save all; return the exit code.

    Raises Misconfigured for an address of others while there is no key.
    """
    logging.basicConfig(level=settings.log_level.upper(), format="%(message)s", stream=sys.stderr)
    logging.getLogger("uvicorn.error").setLevel(logging.WARNING)
    keys = len(Keyring(settings.home / "keys.json"))
    if not keys and not _is_loopback(host):
        raise Misconfigured(
            f"without keys the service listens on this machine only, not on {host}: "
            "make one first with `python -m service keys create --scope admin`"
        )

    def announce(live: Live) -> None:
        collector.settle()
        address = f"http://{f'[{host}]' if ':' in host else host}:{bound.getsockname()[1]}"
        with suppress(OSError):  # whoever started it may have stopped listening
            sys.stdout.write(_greeting(live, address, keys) + "\n")
            sys.stdout.flush()

    failed = False

    def stop() -> None:
        nonlocal failed
        failed = server.should_exit = True

    collector.hold()
    app = create_app(settings, on_ready=announce, on_failure=stop)
    config = uvicorn.Config(
        app,
        host=host,
        port=port,
        loop="uvloop",
        http="httptools",
        ws="none",
        lifespan="on",
        access_log=settings.access_log,
        log_config=None,
        server_header=False,
        timeout_graceful_shutdown=GRACE_SECONDS,
    )
    server = uvicorn.Server(config)
    for name in (signal.SIGINT, signal.SIGTERM):
        signal.signal(name, lambda *_: None)  # uvicorn raises it again when all is closed
    bound = config.bind_socket()
    server.run(sockets=[bound])
    return 1 if failed or not server.started else 0


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


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
