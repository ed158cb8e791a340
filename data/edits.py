"""Edits of items, sellers and listings: into the catalogue, into the store, and back from it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from operator import itemgetter
from typing import Final

import msgspec

from data.catalogue import Catalogue
from data.schemas import Event, Item, Kind, Listing, Seller
from data.stores.ports import CatalogStore

EDITS: Final = frozenset({Kind.ITEM, Kind.SELLER, Kind.LISTING})

_Name = tuple[Kind, str, str]  # kind, seller, item
_Row = tuple[int, int, Kind, str, str, bytes]
_ITEM: Final = msgspec.json.Decoder(Item)
_SELLER: Final = msgspec.json.Decoder(Seller)
_LISTING: Final = msgspec.json.Decoder(Listing)
_ROW: Final = msgspec.msgpack.Decoder(_Row)  # `decode(…, type=_Row)` makes one for each row


class Edits:
    """Hold the last edit of each name until it is saved, and when each name first appeared."""

    def __init__(self) -> None:
        """Know of no edit yet."""
        self._unsaved: dict[_Name, bytes] = {}
        self._saving: dict[_Name, bytes] = {}  # set apart, not yet `saved`
        self._first: dict[_Name, tuple[int, int]] = {}  # seq and time of the first edit

    def fold(self, event: Event, seq: int, catalogue: Catalogue) -> None:
        """Put an edit into the catalogue. Raises msgspec.DecodeError before anything changes."""
        if event.payload is None:
            return
        name: _Name
        if event.kind is Kind.ITEM:
            item = _ITEM.decode(event.payload)
            catalogue.put_item(item)
            name = (event.kind, "", item.item_id)
        elif event.kind is Kind.SELLER:
            seller = _SELLER.decode(event.payload)
            catalogue.put_seller(seller)
            name = (event.kind, seller.seller_id, "")
        else:
            listing = _LISTING.decode(event.payload)
            catalogue.shelf(event.seller_id)  # awake, its listings' first times are known
            name = (event.kind, event.seller_id, listing.item_id)
            _, first_at = self._first.get(name, (0, event.at))
            catalogue.put_listing(event.seller_id, listing, first_at)
        first = self._first.setdefault(name, (seq, event.at))
        self._unsaved[name] = msgspec.msgpack.encode((*first, *name, bytes(event.payload)))

    def restore(self, store: CatalogStore, catalogue: Catalogue) -> None:
        """Fill an empty catalogue with what was saved; shelves sleep until they are asked for."""
        saved = [data for source in (store.items(), store.sellers()) for _, data in source]
        for kind, payload, _ in self._known(saved):
            if kind is Kind.ITEM:
                catalogue.put_item(_ITEM.decode(payload))
            else:
                catalogue.put_seller(_SELLER.decode(payload))

        def wake(seller_id: str) -> list[tuple[Listing, int]]:
            return [
                (_LISTING.decode(payload), at)
                for _, payload, at in self._known(store.shelf(seller_id))
            ]

        catalogue.sleep(store.shelves(), wake)

    def unsaved(self) -> dict[Kind, dict[tuple[str, str], bytes]]:
        """Return what was set apart, as the store keeps it: by kind, seller and item."""
        rows: dict[Kind, dict[tuple[str, str], bytes]] = {kind: {} for kind in EDITS}
        for (kind, seller_id, item_id), row in self._saving.items():
            rows[kind][(seller_id, item_id)] = row
        return rows

    def set_apart(self) -> None:
        """Tell what has changed so far from what changes later: `saved` lets go of the former."""
        self._saving |= self._unsaved
        self._unsaved = {}

    def saved(self) -> None:
        """Take note that what was set apart is on disk."""
        self._saving = {}

    def _known(self, saved: Iterable[bytes]) -> Iterator[tuple[Kind, bytes, int]]:
        """Read saved rows in order of first appearance, as those of a shelf stand."""
        rows = [_ROW.decode(data) for data in saved]
        for seq, at, kind, seller_id, item_id, payload in sorted(rows, key=itemgetter(0)):
            self._first[(kind, seller_id, item_id)] = (seq, at)
            yield kind, payload, at
