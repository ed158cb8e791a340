"""The log and everything derived from it, behind small ports and opened by URL."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Protocol

from data.errors import UnknownScheme
from data.stores.memory import open_memory
from data.stores.ports import (
    CatalogStore,
    Checkpoint,
    Checkpoints,
    Cursor,
    EventLog,
    ProfileStore,
    Stores,
)
from data.stores.sqlite import open_sqlite
from data.stores.urls import StoreUrl

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = [
    "ADAPTERS",
    "CatalogStore",
    "Checkpoint",
    "Checkpoints",
    "Cursor",
    "EventLog",
    "ProfileStore",
    "Stores",
    "open_stores",
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
