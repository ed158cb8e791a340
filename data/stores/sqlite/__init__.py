"""The embedded default: one SQLite file in WAL mode holds the log and what is derived from it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Final

from data.errors import Misconfigured
from data.stores.ports import Stores
from data.stores.sqlite.connections import Database
from data.stores.sqlite.derived import SqliteDerived
from data.stores.sqlite.log import SqliteLog

if TYPE_CHECKING:
    from data.stores.urls import StoreUrl

SYNCHRONOUS: Final = ("FULL", "NORMAL")


def open_sqlite(url: StoreUrl, *, readonly: bool) -> Stores:
    """Open or make the file of `sqlite:///relative` or `sqlite:////absolute`.

    Option `synchronous`: FULL (default: durable on commit) or NORMAL (a power cut may lose the
    last commits); option `busy_ms`: how long to wait for another process's transaction.
    """
    url.refuse_options(known=("synchronous", "busy_ms"))
    if not url.path.startswith("/") or url.path == "/":
        raise Misconfigured(f"{url}: write sqlite:///relative/path or sqlite:////absolute/path")
    synchronous = url.options.get("synchronous", "FULL").upper()
    busy_ms = url.options.get("busy_ms", "10000")
    if synchronous not in SYNCHRONOUS:
        raise Misconfigured(f"{url}: synchronous is one of {', '.join(SYNCHRONOUS)}")
    if not busy_ms.isdecimal():
        raise Misconfigured(f"{url}: busy_ms is a number of milliseconds")
    database = Database(
        Path(url.path[1:]), readonly=readonly, synchronous=synchronous, busy_ms=int(busy_ms)
    )
    derived = SqliteDerived(database)
    log = SqliteLog(database)
    return Stores(
        log=log,
        erasure=log,
        profiles=derived,
        catalog=derived,
        checkpoints=derived,
        close=database.close,
    )
