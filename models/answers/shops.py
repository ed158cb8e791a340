"""What is prepared of sellers to answer for them, kept until what it was made of changes."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

from data.catalogue import Listings
from data.knowledge import SellerKnowledge
from data.schemas import Item
from data.state import State
from models.answers.advice import Counter
from models.answers.heard import Heard, heard
from models.answers.index import Index
from models.answers.judge import Judge
from models.answers.library import Sayable
from models.answers.rerank import Reranker
from models.answers.texts import Read
from models.answers.vectors import Vectors

HELD_BYTES: Final = 72_000_000
"""What the indexes at hand may take; the seller who was not asked for longest makes room."""
FEW_PRODUCTS: Final = 200
"""Products that a question reads itself, in 10 ms; more are read beside the event loop."""


Revision = tuple[int, int]


@dataclass(slots=True)
class Shop:
    """Hold what was prepared of a seller, and what it was prepared from."""

    index: Index
    revision: Revision
    until: float
    judge: Judge
    ratings: int
    counter: Counter | None = None
    changes: int = -1
    read: dict[str, Read] = field(default_factory=dict)


@dataclass
class Shops:
    """Hold the indexes, judges and read shelves of the sellers who were asked last."""

    vectors: Vectors
    judge: Judge
    reranker: Reranker | None = field(default=None, kw_only=True)
    _shops: OrderedDict[str, Shop] = field(default_factory=OrderedDict, init=False)

    def at_hand(self, seller_id: str) -> Shop | None:
        """Return what was prepared of a seller, as the one asked last; None if nothing was."""
        if seller_id in self._shops:
            self._shops.move_to_end(seller_id)
        return self._shops.get(seller_id)

    def stale(self, seller_id: str, state: State, at: int) -> Sayable | None:
        """Return what a seller may say at a moment if no index is at hand for it."""
        shop, revision = self._shops.get(seller_id), revision_of(seller_id, state)
        if shop is not None and shop.revision == revision and at < shop.until:
            return None
        return Sayable.of(state.knowledge.of(seller_id), at, state.catalogue.shelf(seller_id))

    def install(
        self, seller_id: str, index: Index, revision: Revision, state: State, at: int
    ) -> None:
        """Keep an index that was made of a seller's knowledge at a revision."""
        index.light()
        until = _until(state.knowledge.of(seller_id), at)
        made, before = Shop(index, revision, until, self.judge, 0), self._shops.get(seller_id)
        if before is not None:  # her shelf is as it was
            made.counter, made.changes, made.read = before.counter, before.changes, before.read
        self._shops[seller_id] = made
        self._shops.move_to_end(seller_id)
        while len(self._shops) > 1 and self.nbytes > HELD_BYTES:
            self._shops.popitem(last=False)

    @property
    def nbytes(self) -> int:
        """Count the bytes of the indexes at hand, and of what was read of shelves."""
        counters = (shop.counter for shop in self._shops.values() if shop.counter is not None)
        read = sum(counter.words.nbytes for counter in counters)
        return read + sum(shop.index.nbytes for shop in self._shops.values())

    def prepare(self, seller_id: str, state: State, at: int) -> None:
        """Make a seller's index here and now, where none is at hand."""
        sayable = self.stale(seller_id, state, at)
        if sayable is not None:
            index = Index(sayable.library(), self.vectors.channels(seller_id), self.reranker)
            self.install(seller_id, index, revision_of(seller_id, state), state, at)
        told = self.unheard(seller_id, state)
        if told is not None:
            self.heed(seller_id, self.judge.shrunk(told.rows, told.right), told.ratings)

    def unheard(self, seller_id: str, state: State) -> Heard | None:
        """Return what visitors rated, if a seller's judge does not know all of it yet."""
        knowledge, shop = state.knowledge.of(seller_id), self._shops.get(seller_id)
        if shop is None or shop.ratings == knowledge.ratings:
            return None
        return heard([knowledge])

    def heed(self, seller_id: str, judge: Judge, ratings: int) -> None:
        """Let a seller's judge be the one that was fitted to what `unheard` gave."""
        shop = self._shops.get(seller_id)
        if shop is not None:
            shop.judge, shop.ratings = judge, ratings

    def unread(self, seller_id: str, state: State) -> list[Item]:
        """Return the products of a shelf that were not read as they are, if there are many.

        What `note` is told of them beside the event loop is not read again by the next question.
        """
        shop, shelf = self._shops.get(seller_id), state.catalogue.shelf(seller_id)
        if shop is None or shelf is None or shop.changes == len(shelf.changes):
            return []
        known = _known(shop)
        unread = [
            item
            for item in shelf.items
            if (kept := known.get(item.item_id)) is None or kept.item is not item
        ]
        return unread if len(unread) > FEW_PRODUCTS else []

    def note(self, seller_id: str, read: Sequence[Read]) -> None:
        """Keep what was read of products until the next question of this seller's."""
        shop = self._shops.get(seller_id)
        if shop is not None:
            shop.read |= {one.item.item_id: one for one in read}

    def counter(self, shop: Shop, shelf: Listings) -> Counter:
        """Return what knows a seller's shelf by its words, as it is."""
        if shop.counter is None or shop.changes != len(shelf.changes):
            shop.counter = Counter(shelf, _known(shop))
            shop.changes, shop.read = len(shelf.changes), {}
        shop.counter.words.entries = shop.index.library.writes
        return shop.counter


def revision_of(seller_id: str, state: State) -> Revision:
    """Return the state of what a seller's index is made of: her knowledge and her suppliers'."""
    shelf = state.catalogue.shelf(seller_id)
    return state.knowledge.of(seller_id).revision, shelf.told if shelf is not None else 0


def _known(shop: Shop) -> dict[str, Read]:
    return (shop.counter.words.read if shop.counter is not None else {}) | shop.read


def _until(knowledge: SellerKnowledge, at: int) -> float:
    """Return when (epoch ms) the next entry begins or ceases to be valid."""
    moments = [moment for faq in knowledge.faqs.values() for moment in (faq.starts, faq.ends)]
    return min((moment for moment in moments if moment > at), default=float("inf"))
