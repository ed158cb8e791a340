"""A visitor's tags: what her profile says she turns to, by the names that products have."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final, NamedTuple

import numpy as np

from data.catalogue import Catalogue
from data.features import decayed
from data.profiles import Profile
from data.schemas import CODES, Item, Kind, key64

KINDS: Final = {code: kind for kind, code in CODES.items()}


class Tag(NamedTuple):
    """Name something that products are, and how much she turned to it and away from it by now.

    `tag` is its kind and its name, `category:serum`; one act on one such product is about 1.
    """

    tag: str
    weight: float
    disliked: float


def named(item: Item) -> Iterator[tuple[int, str]]:
    """Yield the keys of what a product is, each with its tag; as `data.catalogue.facets_of`."""
    if item.category:
        yield key64("category", item.category), f"category:{item.category}"
    if item.brand:
        yield key64("brand", item.brand), f"brand:{item.brand}"
    for tag in item.tags:
        yield key64("tag", tag), f"tag:{tag}"
    for name, value in item.attributes.items():
        yield key64("attribute", f"{name}={value}"), f"attribute:{name}={value}"


def tags_of(profile: Profile, items: Iterable[Item], at: int) -> list[Tag]:
    """Return a profile's tags as of a moment (epoch ms), the dearest first.

    They are named by what `items` are: those that she acted on.
    """
    names = dict(pair for item in items for pair in named(item))
    rows, decay = profile.affinity, decayed(profile, at)
    weights = rows["browse"] * decay[0] + rows["intent"] * decay[1] + rows["bought"] * decay[2]
    away = rows["disliked"] * decay[3]
    found = [
        Tag(names[key], round(weight, 3), round(off, 3))
        for key, weight, off in zip(
            rows["key"].tolist(), weights.tolist(), away.tolist(), strict=True
        )
        if key in names
    ]
    return sorted(found, key=lambda one: (-one.weight, one.tag))


def tags_at(profile: Profile, seller_id: str, catalogue: Catalogue, at: int) -> list[Tag]:
    """Return the tags that a seller may know of: what her newest acts on that card alone tell.

    Of no seller (empty) all of them, and what she turned down, of which no card is known. A tag
    that was taken away stays away until she acts anew.
    """
    keys = {*profile.affinity["key"].tolist(), *profile.touches["item"].tolist()}
    entries = (catalogue.by_key.get(key) for key in keys)
    items = [entry.item for entry in entries if entry is not None and entry.item is not None]
    whole = tags_of(profile, items, at)
    if not seller_id:
        return whole
    known = {one.tag: one for one in whole}
    own = tags_of(_at_card(profile, seller_id, catalogue), items, at)
    return [
        Tag(tag, min(weight, known[tag].weight), min(off, known[tag].disliked))
        for tag, weight, off in own
        if tag in known
    ]


def _at_card(profile: Profile, seller_id: str, catalogue: Catalogue) -> Profile:
    """Return what a profile would be of its newest acts on one seller's card alone."""
    seller, own = np.uint64(key64("seller", seller_id)), Profile()
    for touch in profile.touches:
        entry = catalogue.by_key.get(int(touch["item"]))
        if touch["seller"] != seller or entry is None:
            continue
        at, value, facets = int(touch["at"]), float(touch["value"]), entry.facets
        if (kind := KINDS[int(touch["kind"])]) is Kind.DWELL:
            own.dwell(at, seller, int(touch["ms"]), value, facets)
        else:
            own.touch(kind, at, seller, value, facets)
    return own
