"""Every store adapter by name, opened fresh: what the contract suites run on."""

from __future__ import annotations

from contextlib import contextmanager
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from data.stores import open_stores

if TYPE_CHECKING:
    from collections.abc import Iterator

    from data.stores import Stores

URLS = {
    "memory": "memory://",
    "sqlite": "sqlite:///{folder}/log.db?synchronous=NORMAL",  # tests/chaos is for durability
}


@contextmanager
def opened(adapter: str) -> Iterator[Stores]:
    """Open an empty store of this adapter, and clear it away afterwards."""
    with (
        TemporaryDirectory() as folder,
        open_stores(URLS[adapter].format(folder=folder)) as stores,
    ):
        yield stores
