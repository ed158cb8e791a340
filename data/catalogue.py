"""The catalogue in memory: items, sellers and each seller's shelf as growable columns."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from functools import lru_cache
from math import log2
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from data.changes import Changes
from data.profile_rows import EVERYTHING, ITEM
from data.schemas import Item, Listing, Promotion, Seller, key64
from data.standing import Slots, Standing
from data.terms import Terms

TAGS: Final = 8
FACETS: Final = 5 + TAGS
"""Facets of an item: everything, itself, category, brand, price band, then tags and attributes."""

CATEGORY, BRAND, BAND, FIRST_TAG = 2, 3, 4, 5
FRONT: Final = 10
"""The seller's own first products: being among them is her choice."""
FEW_CHANGES: Final = 100
"""Changes of texts that a request reads itself, in 10 ms; more are read beside the event loop."""


_shared: Final = lru_cache(65_536)(key64)
"""The key of what many products have in common: a start reads each product's."""


def price_band(price: float | None) -> int:
    """Return the key of a price's band, two to the octave; 0 without a price."""
    if price is None or price <= 0:
        return 0
    return _shared("price_band", str(round(2 * log2(price))))


def facets_of(item: Item) -> NDArray[np.uint64]:
    """Return an item's facet keys uint64[FACETS]; 0 where it has none."""
    words = [_shared("tag", tag) for tag in item.tags]
    words += [_shared("attribute", f"{k}={v}") for k, v in sorted(item.attributes.items())]
    keys = [
        EVERYTHING,
        key64("item", item.item_id),
        _shared("category", item.category) if item.category else 0,
        _shared("brand", item.brand) if item.brand else 0,
        price_band(item.price),
        *dict.fromkeys(words),
    ][:FACETS]
    return np.array(keys + [0] * (FACETS - len(keys)), dtype=np.uint64)


class Entry:
    """Hold an item with what folding needs of it; None stands for one only seen in events."""

    __slots__ = ("facets", "item", "key", "row")

    def __init__(self, key: int, row: int, item: Item | None) -> None:
        """Keep the item, its key and the row of its statistics."""
        self.key, self.row, self.item = key, row, item
        if item is None:
            self.facets = np.zeros(FACETS, dtype=np.uint64)
            self.facets[0], self.facets[ITEM] = EVERYTHING, key
        else:
            self.facets = facets_of(item)


class Placed(NamedTuple):
    """Give a listing with its item, its row of statistics, and when it came to the shelf."""

    listing: Listing
    entry: Entry
    listing_row: int
    at: int


_COLUMNS: Final[dict[str, type[np.generic]]] = {
    "item_keys": np.uint64,
    "position": np.float64,
    "price": np.float32,
    "list_price": np.float32,
    "stock": np.float32,  # inf: not counted
    "rating": np.float32,  # nan: none
    "reviews": np.float32,
    "sales": np.float32,
    "added_at": np.int64,  # when the item came to this shelf
    "item_rows": np.int32,  # rows of `Statistics` over items
    "listing_rows": np.int32,  # rows of `Statistics` over (seller, item)
    "pinned": np.bool_,
    "active": np.bool_,
}


class Offered(NamedTuple):
    """Hold which rows of a shelf may be shown, as a mask and as places that rise."""

    mask: NDArray[np.bool_]
    places: NDArray[np.int32]

    @classmethod
    def of(cls, mask: NDArray[np.bool_]) -> Offered:
        """Name the places of a mask."""
        return cls(mask, np.flatnonzero(mask).astype(np.int32))


class Offers(NamedTuple):
    """Hold limited offers as columns, one entry an offer: at which place, for how much, when."""

    places: NDArray[np.int64]
    prices: NDArray[np.float32]
    starts: NDArray[np.int64]
    ends: NDArray[np.int64]


class Listings:
    """Hold one seller's shelf as columns; rows are appended, never moved, and changed in place.

    `facets` uint64[n, FACETS]; the other columns are named in `_COLUMNS`; prices are the shelf's
    own where the seller has set them. `n` counts the rows, `changes` tells which have changed since
    a moment, `told` counts the changes of what suppliers answer about what is on offer.
    """

    item_keys: NDArray[np.uint64]
    position: NDArray[np.float64]
    price: NDArray[np.float32]
    list_price: NDArray[np.float32]
    stock: NDArray[np.float32]
    rating: NDArray[np.float32]
    reviews: NDArray[np.float32]
    sales: NDArray[np.float32]
    added_at: NDArray[np.int64]
    item_rows: NDArray[np.int32]
    listing_rows: NDArray[np.int32]
    pinned: NDArray[np.bool_]
    active: NDArray[np.bool_]
    facets: NDArray[np.uint64]

    def __init__(self, seller_id: str) -> None:
        """Start an empty shelf."""
        self.seller_id = seller_id
        self.seller_key = key64("seller", seller_id)
        self.n = 0
        self.changes = Changes()
        self.told = 0
        self.item_ids: list[str] = []
        self.items: list[Item] = []
        self.listings: list[Listing] = []
        self.places: dict[str, int] = {}
        self.by_key: dict[int, int] = {}  # item key -> place
        self._limited: dict[int, list[Promotion]] = {}  # place -> its limited offers
        self._offers: Offers | None = None
        self._terms: dict[str, Terms] = {}  # of the fields that somebody asked for
        self._standing = Standing()
        self._offered: tuple[int, Offered] | None = None  # after how many changes, and what
        self._front = (-1, -np.inf)  # after how many changes, and what `front` returned
        self._room = 0
        self._store: dict[str, NDArray[np.generic]] = {}

    def put(self, rows: Sequence[Placed]) -> None:
        """Add listings, or change them in place."""
        self._grow(sum(row.listing.item_id not in self.places for row in rows))
        for listing, entry, listing_row, at in rows:
            place = self.places.get(listing.item_id)
            if place is None:
                place = self.places[listing.item_id] = len(self.items)
                self.by_key[entry.key] = place
                self.item_ids.append(listing.item_id)
                self.items.append(entry.item or Item(item_id=listing.item_id, title=""))
                self.listings.append(listing)
                self.added_at[place] = at
            self.listings[place] = listing
            self._write(place, entry, listing_row)

    def refresh(self, entry: Entry, item_id: str) -> None:
        """Take over a change of the item itself."""
        place = self.places.get(item_id)
        if place is not None:
            self._write(place, entry, int(self.listing_rows[place]))

    def _write(self, place: int, entry: Entry, listing_row: int) -> None:
        listing, item = self.listings[place], entry.item
        said = self.items[place].answers if self.active[place] else ()
        self.items[place] = item or self.items[place]
        item = self.items[place]
        price = listing.price if listing.price is not None else item.price
        self.item_keys[place] = entry.key
        self.position[place] = listing.position
        self.price[place] = np.nan if price is None else price
        self.list_price[place] = np.nan if item.price is None else item.price
        counts = [count for count in (listing.stock, item.stock) if count is not None]
        self.stock[place] = min(counts, default=np.inf)  # neither sells what the other lacks
        self.rating[place] = np.nan if item.rating is None else item.rating
        self.reviews[place] = item.reviews or 0
        self.sales[place] = item.sales or 0
        self.item_rows[place] = entry.row
        self.listing_rows[place] = listing_row
        self.pinned[place] = listing.pinned
        self.active[place] = not (listing.removed or item.deleted)
        self.told += said != (item.answers if self.active[place] else ())
        self.facets[place] = entry.facets
        if entry.facets[BAND] == 0:
            self.facets[place, BAND] = price_band(price)
        if listing.promotions or place in self._limited:
            self._limit(place, listing)
        self.changes.add(place, self.n)

    def _limit(self, place: int, listing: Listing) -> None:
        limited = [
            one for one in listing.promotions if one.kind == "limited" and one.price is not None
        ]
        if limited:
            self._limited[place] = limited
        else:
            self._limited.pop(place, None)
        self._offers = None

    @property
    def limited(self) -> bool:
        """Say whether any product has a limited offer, at whatever time."""
        return bool(self._limited)

    def prices(self, at: int) -> NDArray[np.float32]:
        """Return what each row costs at a moment (epoch ms), as `offer` has it; not to be changed.

        `price` itself is where no limited offer runs.
        """
        if not self._limited:
            return self.price
        if self._offers is None:
            every = [(place, one) for place, offers in self._limited.items() for one in offers]
            self._offers = Offers(
                np.array([place for place, _ in every], np.int64),
                np.array([one.price for _, one in every], np.float32),
                np.array([one.starts for _, one in every], np.int64),
                np.array([one.ends for _, one in every], np.int64),
            )
        places, prices, starts, ends = self._offers
        run = (starts <= at) & ((ends == 0) | (at < ends))
        found = self.price.copy()
        np.fmin.at(found, places[run], prices[run])  # an unknown price is nan, and any is below it
        return found

    @property
    def slots(self) -> Slots:
        """Return where `item_keys` stand, for compiled loops."""
        return self._standing.of(self.item_keys)

    def terms(self, field: str) -> Terms:
        """Return where each text of a field stands by now; read when it is first asked for."""
        terms = self._terms[field] = self._texts(field)
        terms.follow(self.items, self.changes)
        return terms

    def _texts(self, field: str) -> Terms:
        return self._terms.get(field) or Terms(field)

    def unread(self, field: str) -> bool:
        """Say whether so much of a field has changed that it is to be read beside the event loop.

        `reading` gives what reads it as it is now, on any thread; `note` takes what that gives.
        """
        return self._texts(field).behind(self.changes) > FEW_CHANGES

    def reading(self, field: str) -> Callable[[], Terms]:
        """Return what reads a field as it is now, on any thread."""
        return self._texts(field).ahead(self.items, self.changes)

    def note(self, field: str, terms: Terms) -> None:
        """Keep what was read of a field."""
        self._terms[field] = terms

    def front(self) -> float:
        """Return the position before which the seller's first `FRONT` products stand, or fewer.

        Products of one position stand together: where she has set none, none is before another.
        """
        if self._front[0] != len(self.changes):
            held = self.position[self.active]
            last = min(FRONT, len(held) - 1)
            bound = float(np.partition(held, last)[last]) if len(held) else -np.inf
            self._front = len(self.changes), bound
        return self._front[1]

    def _grow(self, count: int) -> None:
        """Make room for `count` more rows, and show it."""
        if not count:
            return
        if self.n + count > self._room:
            self._room = max(16, 2 * self._room, self.n + count)
            for name, kind in _COLUMNS.items():
                grown = np.zeros(self._room, dtype=kind)
                grown[: self.n] = self._store[name] if self.n else 0
                self._store[name] = grown
            facets = np.zeros((self._room, FACETS), dtype=np.uint64)
            facets[: self.n] = self._store["facets"] if self.n else 0
            self._store["facets"] = facets
        self.n += count
        for name, column in self._store.items():
            setattr(self, name, column[: self.n])

    def on_offer(self) -> NDArray[np.bool_]:
        """Mask the rows a visitor may be shown: on the shelf, not deleted, not sold out."""
        return self.active & (self.stock > 0)

    def offered(self) -> Offered:
        """Return the rows a visitor may be shown; not to be changed."""
        if self._offered is None or self._offered[0] != len(self.changes):
            self._offered = len(self.changes), Offered.of(self.on_offer())
        return self._offered[1]


class Catalogue:
    """Fold catalogue events; hand out entries by item and listings by seller.

    Shelves that were saved sleep until they are asked for: of many sellers few have visitors.
    """

    def __init__(self, item_row: Callable[[int], int], listing_row: Callable[[int], int]) -> None:
        """Take the functions that give an item's and a listing's row of statistics by key."""
        self.entries: dict[str, Entry] = {}
        self.by_key: dict[int, Entry] = {}
        self.sellers: dict[str, Seller] = {}
        self._shelves: dict[str, Listings] = {}
        self._asleep: set[str] = set()
        self._wake: Callable[[str], Sequence[tuple[Listing, int]]] | None = None
        self._on: dict[str, list[str]] = {}  # item -> sellers whose woken shelves list it
        self._item_row, self._listing_row = item_row, listing_row

    def shelf(self, seller_id: str) -> Listings | None:
        """Return a seller's listings, or None when she has none.

        Raises Unavailable when they sleep and the store does not answer.
        """
        if seller_id in self._asleep and self._wake is not None:
            saved = self._wake(seller_id)
            self._asleep.discard(seller_id)
            self._put(seller_id, saved)
        return self._shelves.get(seller_id)

    def shelved(self) -> set[str]:
        """Return the sellers who have listings."""
        return self._asleep | self._shelves.keys()

    @property
    def came(self) -> int:
        """Return a number that rises when a seller gets her card or her first listing."""
        return len(self.sellers) + len(self._asleep) + len(self._shelves)

    def sleep(
        self, sellers: Iterable[str], wake: Callable[[str], Sequence[tuple[Listing, int]]]
    ) -> None:
        """Know sellers with saved shelves; `wake` gives listings in order, with when they came."""
        self._asleep, self._wake = set(sellers), wake

    def knows(self, item_id: str, seller_id: str) -> bool:
        """Say whether an item is in the catalogue or has ever been on a seller's shelf.

        Raises Unavailable as `shelf` does.
        """
        entry = self.entries.get(item_id)
        if entry is not None and entry.item is not None:
            return True
        shelf = self.shelf(seller_id)
        return shelf is not None and item_id in shelf.places

    def entry(self, item_id: str) -> Entry:
        """Return an item's entry, making a bare one for an item first seen in an event."""
        entry = self.entries.get(item_id)
        if entry is None:
            entry = self._keep(item_id, None)
        return entry

    def put_item(self, item: Item) -> None:
        """Add an item or replace it; shelves that list it follow."""
        entry = self._keep(item.item_id, item)
        for seller_id in self._on.get(item.item_id, ()):
            self._shelves[seller_id].refresh(entry, item.item_id)

    def put_seller(self, seller: Seller) -> None:
        """Add a seller or replace her card."""
        self.sellers[seller.seller_id] = seller

    def put_listing(self, seller_id: str, listing: Listing, at: int) -> None:
        """Add a listing to a seller's shelf or change it."""
        self.shelf(seller_id)
        self._put(seller_id, [(listing, at)])

    def _put(self, seller_id: str, listings: Sequence[tuple[Listing, int]]) -> None:
        shelf = self._shelves.get(seller_id)
        if shelf is None:
            shelf = self._shelves[seller_id] = Listings(seller_id)
        rows = []
        for listing, at in listings:
            entry = self.entry(listing.item_id)
            if listing.item_id not in shelf.places:
                self._on.setdefault(listing.item_id, []).append(seller_id)
            row = self._listing_row(listing_key(shelf.seller_key, entry.key))
            rows.append(Placed(listing, entry, row, at))
        shelf.put(rows)

    def _keep(self, item_id: str, item: Item | None) -> Entry:
        key = key64("item", item_id)
        entry = Entry(key, self._item_row(key), item)
        self.entries[item_id] = entry
        self.by_key[key] = entry
        return entry


def listing_key(seller_key: int, item_key: int) -> int:
    """Mix a seller's and an item's key into that of the listing (splitmix64 finaliser)."""
    mixed = (seller_key * 0x9E3779B97F4A7C15 ^ item_key) & 0xFFFFFFFFFFFFFFFF
    mixed = ((mixed ^ (mixed >> 30)) * 0xBF58476D1CE4E5B9) & 0xFFFFFFFFFFFFFFFF
    return mixed ^ (mixed >> 31)
