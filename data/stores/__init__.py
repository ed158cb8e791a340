"""The log and everything derived from it, behind small ports and opened by URL."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Final, Protocol

from data.errors import UnknownScheme
from data.stores.memory import open_memory
from data.stores.ports import (
    CatalogStore,
    Checkpoint,
    Checkpoints,
    Cursor,
    Erasure,
    EventLog,
    LogReader,
    ProfileStore,
    Stores,
)
from data.stores.sqlite import open_sqlite
from data.stores.sqlite.warehouse import SqliteWarehouse
from data.stores.urls import StoreUrl
from data.stores.warehouse import OpenWarehouse, Warehouse

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = [
    "ADAPTERS",
    "CatalogStore",
    "Checkpoint",
    "Checkpoints",
    "Cursor",
    "Erasure",
    "EventLog",
    "LogReader",
    "OpenWarehouse",
    "ProfileStore",
    "Stores",
    "Warehouse",
    "open_stores",
    "open_warehouse",
]


class Adapter(Protocol):
    """Open the stores that a URL of the adapter's scheme names."""

    def __call__(self, url: StoreUrl, *, readonly: bool) -> Stores:
        """Raise `Misconfigured` for a wrong URL, `StoreUnavailable` for a wrong store."""
        ...


ADAPTERS: Final[Mapping[str, Adapter]] = {
    "memory": open_memory,
    "sqlite": open_sqlite,
}
"""Every scheme that `open_stores` knows."""


def open_stores(url: str, *, readonly: bool = False) -> Stores:
    """Open the log and its derived state by URL scheme; close them after use.

    `sqlite:///var/log.db` is relative to the working directory, `sqlite:////data/log.db` absolute.
    Read-only stores may be open in any number of processes while another one writes.
    """
    parts = StoreUrl.parse(url)
    if parts.scheme not in ADAPTERS:
        known = ", ".join(f"{scheme}://" for scheme in ADAPTERS)
        raise UnknownScheme(f"no store opens {str(parts)!r}; known are {known}")
    return ADAPTERS[parts.scheme](parts, readonly=readonly)


def open_warehouse(url: str) -> OpenWarehouse:
    """Open the sellers' figures that belong to a log: a file beside it, or memory.

    The file is derived: it may be deleted while nothing runs, and is then rolled up again.
    """
    parts = StoreUrl.parse(url)
    if parts.scheme not in ADAPTERS:
        raise UnknownScheme(f"no store opens {str(parts)!r}")
    path = Path(parts.path[1:]).with_suffix(".figures.db") if parts.scheme == "sqlite" else None
    rollups = SqliteWarehouse(path)
    return OpenWarehouse(rollups, rollups.close)
