"""Serve, or look after the keys: `python -m service [--host --port] | --help-settings | keys …`."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Final

from pydantic import ValidationError

from data.errors import Misconfigured, SmartcardError
from service.deps import now_ms
from service.keys import Keyring, Scope
from service.settings import ServiceSettings, told

WRONG: Final = 2


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
        from service.server import serve  # slow to load, and not needed for the keys

        return serve(settings, arguments.host or settings.host, _port(arguments, settings))
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


if __name__ == "__main__":
    sys.exit(main())
