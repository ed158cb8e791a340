"""Serve, or look after keys: `python -m service [--host --port --workers] | keys … | audit …`."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final

from pydantic import ValidationError
from pydantic_settings import SettingsError

from data.errors import Misconfigured, SmartcardError
from service.audit import Audit, Line
from service.deps import now_ms
from service.keys import Keyring, Scope, key_id_of
from service.moments import rfc3339
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
        if arguments.command is not None:
            return COMMANDS[arguments.command](arguments, settings)
        from service.server import serve  # slow to load, and not needed for the keys

        if arguments.workers is not None:
            settings = ServiceSettings(workers=arguments.workers)
        return serve(settings, arguments.host or settings.host, _port(arguments, settings))
    except ValidationError as error:
        for bad in error.errors():
            name = "_".join(map(str, bad["loc"])).upper()
            print(f"error: SMARTCARD_{name}: {bad['msg']}", file=sys.stderr)
    except (SmartcardError, OSError, SettingsError) as error:
        print(f"error: {error}", file=sys.stderr)
    return WRONG


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m service", description="Serve smart cards.")
    parser.add_argument("--host", help="address to listen on (SMARTCARD_HOST)")
    parser.add_argument("--port", type=int, help="port to listen on (SMARTCARD_PORT)")
    parser.add_argument("--workers", help="processes that answer there (SMARTCARD_WORKERS)")
    parser.add_argument("--help-settings", action="store_true", help="list every setting and exit")
    commands = parser.add_subparsers(dest="command")
    keys = commands.add_parser("keys", help="create, list, rotate and revoke keys")
    actions = keys.add_subparsers(dest="action", required=True)
    create = actions.add_parser("create", help="make a key and print it, once")
    create.add_argument(
        "--scope", required=True, choices=["visitor", "seller", "supplier", "admin"]
    )
    create.add_argument("--seller", default="", help="whose key it is (visitor, seller)")
    create.add_argument("--supplier", default="", help="whose key it is (supplier)")
    actions.add_parser("list", help="list the keys, without their secrets")
    rotate = actions.add_parser("rotate", help="make a successor of a key and print it, once")
    rotate.add_argument("key_id")
    rotate.add_argument(
        "--grace", type=int, default=86_400, metavar="SECONDS", help="how long the old one works on"
    )
    revoke = actions.add_parser("revoke", help="make a key useless from now on")
    revoke.add_argument("key_id")
    audit = commands.add_parser("audit", help="tell who changed what, the newest first")
    audit.add_argument("--seller", help="only what concerns this seller")
    audit.add_argument("--limit", type=int, default=50, help="lines (default: %(default)s)")
    bench = commands.add_parser("bench-figures", help="measure the dashboard's answers")
    bench.add_argument("--sellers", type=int, default=1_000, help="default: %(default)s")
    bench.add_argument(
        "--events", type=int, nargs="+", default=[1_000_000], help="sizes of the log, ascending"
    )
    bench.add_argument("--asks", type=int, default=150, help="askings of each view")
    bench.add_argument(
        "--ingest", type=int, default=200, help="events a second that come in meanwhile"
    )
    bench.add_argument("--folder", type=Path, help="on the disk to measure; default: temporary")
    bench.add_argument("--json", action="store_true", help="one JSON object instead of a table")
    bench = commands.add_parser("bench-answers", help="measure answers: time and memory")
    bench.add_argument("--phrasings", type=int, default=1_000, help="of the shop that is asked")
    bench.add_argument("--sellers", type=int, default=30_000, help="whose vectors lie in a file")
    bench.add_argument("--entries", type=int, default=60, help="of each of these sellers")
    bench.add_argument("--asked", type=int, default=600, help="of these, one after another")
    return parser


def _bench_figures(arguments: argparse.Namespace, _: ServiceSettings) -> int:
    from service import figures_bench  # loads all that answers: for this command alone

    return figures_bench.run(arguments)


def _bench_answers(arguments: argparse.Namespace, _: ServiceSettings) -> int:
    from service import answers_bench  # opens text encoders: for this command alone

    for line in answers_bench.run(
        arguments.phrasings, arguments.sellers, arguments.entries, arguments.asked
    ):
        print(line, flush=True)
    return 0


def _print_settings() -> None:
    for name, default, meaning in told():
        print(f"{name}={default}\n    {meaning}")


def _port(arguments: argparse.Namespace, settings: ServiceSettings) -> int:
    return settings.port if arguments.port is None else int(arguments.port)


def _keys(arguments: argparse.Namespace, settings: ServiceSettings) -> int:
    keyring = Keyring(settings.home / "keys.json")
    if arguments.action == "list":
        for key in keyring:
            ends = f"  until {rfc3339(key.ends_at)}" if key.ends_at else ""
            print(f"{key.key_id}  {key.scope:8}  {key.owner or '-':24}  {key.made_at}{ends}")
        return 0
    key_id = _change(arguments, keyring)
    line = Line(
        at=rfc3339(now_ms()),
        scope="cli",
        action=f"keys {arguments.action}",
        targets={"key_id": key_id},
    )
    Audit(settings.home / "audit.jsonl").append(line)
    return 0


def _change(arguments: argparse.Namespace, keyring: Keyring) -> str:
    """Create, rotate or revoke a key; print what the caller needs and return the key's id."""
    if arguments.action == "create":
        scope = Scope(arguments.scope)
        owner = arguments.supplier if scope is Scope.SUPPLIER else arguments.seller
        if bool(owner) == (scope is Scope.ADMIN):
            wanted = "no owner" if scope is Scope.ADMIN else f"--{_owner(scope)} ID"
            raise Misconfigured(f"a {scope} key takes {wanted}")
        text = keyring.create(scope, owner, rfc3339(now_ms()))
    elif arguments.action == "rotate":
        now = now_ms()
        ends = now + 1000 * max(0, arguments.grace)
        text = keyring.rotate(arguments.key_id, rfc3339(now), now, ends) or ""
    else:
        text = "revoked" if keyring.revoke(arguments.key_id) else ""
    if not text:
        raise Misconfigured(f"no key {arguments.key_id!r} stands in {keyring.path}")
    print(text if arguments.action != "revoke" else f"revoked {arguments.key_id}")
    return str(arguments.key_id) if arguments.action != "create" else key_id_of(text)


def _audit(arguments: argparse.Namespace, settings: ServiceSettings) -> int:
    for line in Audit(settings.home / "audit.jsonl").read(arguments.limit, arguments.seller):
        who = f"{line.scope or 'nobody'} {line.owner} {line.key_id}".strip()
        targets = " ".join(f"{name}={value}" for name, value in line.targets.items())
        print(f"{line.at}  {line.status or '-':>3}  {who:32}  {line.action}  {targets}")
    return 0


def _owner(scope: Scope) -> str:
    return "supplier" if scope is Scope.SUPPLIER else "seller"


COMMANDS: Final[dict[str, Callable[[argparse.Namespace, ServiceSettings], int]]] = {
    "keys": _keys,
    "audit": _audit,
    "bench-figures": _bench_figures,
    "bench-answers": _bench_answers,
}

if __name__ == "__main__":
    sys.exit(main())
