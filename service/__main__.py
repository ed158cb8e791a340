"""Serve, or look after the keys: `python -m service [--host --port] | --help-settings | keys …`."""

from __future__ import annotations

import argparse
import ipaddress
import logging
import signal
import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Final

import uvicorn
from pydantic import ValidationError

from data.errors import Misconfigured, SmartcardError
from service.app import create_app
from service.deps import now_ms
from service.live import Live
from service.security import Keyring, Scope
from service.settings import ServiceSettings, told

WRONG: Final = 2
SHOWN_CARDS: Final = 3
GRACE_SECONDS: Final = 10


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line; return the exit code."""
    arguments = _parser().parse_args(argv)
    if arguments.help_settings:
        _print_settings()
        return 0
    try:
        settings = ServiceSettings()
        if arguments.command == "keys":
            return _keys(arguments, settings)
        return _serve(settings, arguments.host or settings.host, _port(arguments, settings))
    except ValidationError as error:
        for bad in error.errors():
            name = "_".join(map(str, bad["loc"])).upper()
            print(f"error: SMARTCARD_{name}: {bad['msg']}", file=sys.stderr)
    except (SmartcardError, OSError) as error:
        print(f"error: {error}", file=sys.stderr)
    return WRONG


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m service", description="Serve smart cards.")
    parser.add_argument("--host", help="address to listen on (SMARTCARD_HOST)")
    parser.add_argument("--port", type=int, help="port to listen on (SMARTCARD_PORT)")
    parser.add_argument("--help-settings", action="store_true", help="list every setting and exit")
    commands = parser.add_subparsers(dest="command")
    keys = commands.add_parser("keys", help="create, list and revoke keys")
    actions = keys.add_subparsers(dest="action", required=True)
    create = actions.add_parser("create", help="make a key and print it, once")
    create.add_argument(
        "--scope", required=True, choices=["visitor", "seller", "supplier", "admin"]
    )
    create.add_argument("--seller", default="", help="whose key it is (visitor, seller)")
    create.add_argument("--supplier", default="", help="whose key it is (supplier)")
    actions.add_parser("list", help="list the keys, without their secrets")
    revoke = actions.add_parser("revoke", help="make a key useless from now on")
    revoke.add_argument("key_id")
    return parser


def _print_settings() -> None:
    for name, default, meaning in told():
        print(f"{name}={default}\n    {meaning}")


def _port(arguments: argparse.Namespace, settings: ServiceSettings) -> int:
    return settings.port if arguments.port is None else int(arguments.port)


def _keys(arguments: argparse.Namespace, settings: ServiceSettings) -> int:
    keyring = Keyring(settings.home / "keys.json")
    if arguments.action == "list":
        for key in keyring:
            print(f"{key.key_id}  {key.scope:8}  {key.owner or '-':24}  {key.made_at}")
    elif arguments.action == "revoke":
        if not keyring.revoke(arguments.key_id):
            raise Misconfigured(f"no key {arguments.key_id!r} in {keyring.path}")
        print(f"revoked {arguments.key_id}")
    else:
        scope = Scope(arguments.scope)
        owner = arguments.supplier if scope is Scope.SUPPLIER else arguments.seller
        if bool(owner) == (scope is Scope.ADMIN):
            wanted = "no owner" if scope is Scope.ADMIN else f"--{_owner(scope)} ID"
            raise Misconfigured(f"a {scope} key takes {wanted}")
        made = datetime.fromtimestamp(now_ms() / 1000, UTC).isoformat(timespec="seconds")
        print(keyring.create(scope, owner, made))
    return 0


def _owner(scope: Scope) -> str:
    return "supplier" if scope is Scope.SUPPLIER else "seller"


def _serve(settings: ServiceSettings, host: str, port: int) -> int:
    logging.basicConfig(level=settings.log_level.upper(), format="%(message)s", stream=sys.stderr)
    logging.getLogger("uvicorn.error").setLevel(logging.WARNING)
    keys = len(Keyring(settings.home / "keys.json"))
    if not keys and not _is_loopback(host):
        raise Misconfigured(
            f"without keys the service listens on this machine only, not on {host}: "
            "make one first with `python -m service keys create --scope admin`"
        )
    address = f"http://{f'[{host}]' if ':' in host else host}:{port}"

    def announce(live: Live) -> None:
        who = f"{keys} keys" if keys else "no keys: open, to this machine only"
        print(f"Smart card service on {address} ({who}); API at {address}/docs")
        print(f"Model: {live.recommender.version}; log: {live.state.seq} entries")
        for seller_id, seller in list(live.state.catalogue.sellers.items())[:SHOWN_CARDS]:
            print(f"Card of {seller.name}: {address}/cards/{seller_id}")
        sys.stdout.flush()

    failed = False

    def stop() -> None:
        nonlocal failed
        failed = server.should_exit = True

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
    server.run()
    return 1 if failed or not server.started else 0


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


if __name__ == "__main__":
    sys.exit(main())
