"""Texts of large shelves, read beside the event loop before a filter or boost asks for them."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from weakref import WeakValueDictionary

from data.catalogue import Listings


class ShelfTexts:
    """Read each field of a shelf once, whoever waits for it."""

    def __init__(self) -> None:
        self._reading: WeakValueDictionary[tuple[str, str], asyncio.Lock] = WeakValueDictionary()

    async def ready(self, shelf: Listings, fields: Iterable[str]) -> None:
        """Return once little of some fields is left to read.

        What changes meanwhile is read by who asks: it is little, or waits for the next request.
        """
        for field in fields:
            if not shelf.unread(field):
                continue
            async with self._reading.setdefault((shelf.seller_id, field), asyncio.Lock()):
                if shelf.unread(field):
                    shelf.note(field, await asyncio.to_thread(shelf.reading(field)))
