"""What content models read of an item: its words and its facets, in training as in serving."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from data.catalogue import price_band
from data.schemas import Item
from models.base import ItemFacts
from models.content import Content


def words_of(item: Item) -> str:
    """Return an item's title in both languages; descriptions are salesmanship, not content."""
    return f"{item.title} {item.title_en}"


def facets_of(item: Item) -> tuple[str, ...]:
    """Return an item's facets as tokens: `category:…`, `brand:…`, `tag:…`, `attribute:…`."""
    named = (("category", item.category), ("brand", item.brand))
    tokens = [f"{space}:{value}" for space, value in named if value]
    tokens += [f"tag:{tag}" for tag in item.tags]
    tokens += [f"attribute:{name}={value}" for name, value in sorted(item.attributes.items())]
    band = price_band(item.price)
    return (*tokens, f"band:{band}") if band else tuple(tokens)


def facts_of(items: Iterable[Item | None]) -> ItemFacts:
    """Return the facts of many items in order; None stands for an item only seen in events."""
    texts: list[str] = []
    facets: list[tuple[str, ...]] = []
    for item in items:
        texts.append("" if item is None else words_of(item))
        facets.append(() if item is None else facets_of(item))
    return ItemFacts(texts, facets)


class ItemEncoder:
    """Give items their content vectors by what a fitted `Content` learned."""

    def __init__(self, content: Content) -> None:
        """Use a fitted content retriever."""
        self._content = content
        self.kin = content.kin()
        self.width = int(content.encode([""], [()]).shape[1])

    def encode(self, item: Item) -> NDArray[np.float32]:
        """Return float32[width], of unit length; zeros when no word or facet is known."""
        vectors = self._content.encode([words_of(item)], [facets_of(item)])
        return vectors.reshape(-1)
