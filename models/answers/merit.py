"""What a choice goes by beside a wish: price, what was sold, what is new, what is well rated."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from data.catalogue import Listings
from models.answers.wishes import By
from models.language import Language

NEVER: Final = np.iinfo(np.int64).max


def merit(shelf: Listings, by: By, price: NDArray[np.float32]) -> NDArray[np.float64]:
    """Return what a choice goes by, the highest first; -inf where it is not known."""
    none = -np.inf
    if by == "cheap":
        return np.where(np.isfinite(price), -price.astype(np.float64), none)
    if by == "dear":
        return np.where(np.isfinite(price), price.astype(np.float64), none)
    if by == "new":  # what a shelf began with is not
        later = shelf.added_at > shelf.added_at.min(initial=NEVER, where=shelf.active)
        return np.where(later, shelf.added_at.astype(np.float64), none)
    if by == "rated":
        known = np.isfinite(shelf.rating) & (shelf.reviews > 0)
        return np.where(known, shelf.rating + 1e-6 * np.minimum(shelf.reviews, 1e4), none)
    if by == "popular":
        sold = shelf.sales if (shelf.sales > 0).any() else shelf.reviews
        return np.where(sold > 0, sold.astype(np.float64), none)
    return np.zeros(shelf.n)


def known_for(shelf: Listings, place: int, by: By, spoken: Language) -> list[str]:
    """Return the figure that a choice went by, in words."""
    chinese = spoken == "zh"
    if by == "popular" and shelf.sales[place] > 0:
        count = int(shelf.sales[place])
        return [f"已售 {count}" if chinese else f"{count} sold"]
    if by in {"popular", "rated"}:
        stars, count = float(shelf.rating[place]), int(shelf.reviews[place])
        starred = f"{stars:g} 分、" if chinese else f"{stars:g} stars, "
        counted = f"{count} 条评价" if chinese else f"{count} reviews"
        return [(starred if np.isfinite(stars) else "") + counted]
    return []
