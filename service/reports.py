"""Rows of the dashboard's tables: how each product does, and who came, under masks."""

from __future__ import annotations

from collections.abc import Sequence
from math import isfinite
from typing import Final

import numpy as np
from numpy.typing import NDArray

from data import intervals
from data.catalogue import Listings
from data.counters import PLACE
from data.periods import Period, day_at
from data.rollups import signed
from data.schemas import CODES, key64, offer
from data.stores.warehouse import Guest
from service.live import Live
from service.moments import rfc3339
from service.seller_schemas import LookOut, ProductFigures, VisitorOut

KINDS: Final = {code: kind for kind, code in CODES.items()}
LEAST_SEEN: Final = 20
"""Times a product must have been seen before anything is said about its taps."""
LOOKS: Final = 5


def product_rows(
    live: Live, seller_id: str, keys: NDArray[np.int64], sums: NDArray[np.float64]
) -> tuple[float | None, list[ProductFigures]]:
    """Return the card's tap rate and a row for each product on the shelf, most looked at first.

    Pin: tapped clearly more often than the card's picks together. Retire: seen enough, and clearly
    less often. Wait: not seen enough to tell. Keep: anything else.
    """
    shelf = live.state.catalogue.shelf(seller_id)
    if shelf is None:
        return None, []
    places = {key: place for place, key in enumerate(keys.tolist())}
    none = np.zeros(len(PLACE))
    rows = shelf.active.nonzero()[0].tolist()
    found = [
        sums[places[key]] if (key := signed(int(shelf.item_keys[row]))) in places else none
        for row in rows
    ]
    table = np.array(found).reshape(len(rows), len(PLACE))
    seen, taps = table[:, PLACE["seen"]], table[:, PLACE["tapped"]]
    rate = float(taps.sum() / seen.sum()) if seen.sum() else None
    low, high = intervals.share(taps, seen)
    made = [
        _product(shelf, row, table[n], (float(low[n]), float(high[n])), rate, live.now())
        for n, row in enumerate(rows)
    ]
    made.sort(key=lambda one: (-one.revenue, -one.clicks, -one.views, -one.impressions))
    return rate, made


def _product(
    shelf: Listings,
    row: int,
    sums: NDArray[np.float64],
    bounds: tuple[float, float],
    rate: float | None,
    at: int,
) -> ProductFigures:
    item, listing = shelf.items[row], shelf.listings[row]
    price, _ = offer(listing, listing.price if listing.price is not None else item.price, at)
    stock = float(shelf.stock[row])
    counted = {name: int(sums[place]) for name, place in PLACE.items() if name in _COUNTED}
    seen, views = int(sums[PLACE["seen"]]), counted["views"]
    low, high = bounds if seen else (None, None)
    return ProductFigures(
        item_id=item.item_id,
        title=item.title,
        title_en=item.title_en,
        price=price,
        stock=int(stock) if isfinite(stock) else None,
        pinned=listing.pinned,
        **counted,
        tap_rate=float(sums[PLACE["tapped"]]) / seen if seen else None,
        tap_low=low,
        tap_high=high,
        dwell_seconds=round(float(sums[PLACE["dwell_ms"]]) / 1000 / views, 1) if views else 0.0,
        revenue=float(sums[PLACE["revenue"]]) / 100,
        advice=_advice(seen, low, high, rate),
    )


_COUNTED: Final = frozenset({"impressions", "clicks", "views", "favorites", "carts", "purchases"})


def _advice(seen: int, low: float | None, high: float | None, rate: float | None) -> str:
    if seen < LEAST_SEEN or low is None or high is None or rate is None:
        return "wait"
    if low > rate:
        return "pin"
    return "retire" if high < rate else "keep"


def visitor_rows(
    live: Live, seller_id: str, guests: Sequence[Guest], period: Period
) -> list[VisitorOut]:
    """Return the visitors under codes, with what they last looked at on this card."""
    shelf = live.state.catalogue.shelf(seller_id)
    return [_visitor(live, seller_id, guest, period, shelf) for guest in guests]


def _visitor(
    live: Live, seller_id: str, guest: Guest, period: Period, shelf: Listings | None
) -> VisitorOut:
    sums = guest.sums
    return VisitorOut(
        visitor=live.mask(seller_id, guest.name),
        segment="new" if day_at(guest.first_at, period.zone) >= period.first else "returning",
        first_at=rfc3339(guest.first_at),
        last_at=rfc3339(guest.last_at),
        referrer=guest.channel or "unknown",
        from_visitor=live.mask(seller_id, guest.sharer) if guest.sharer else "",
        opens=int(sums[PLACE["opens"]]),
        views=int(sums[PLACE["views"]]),
        clicks=int(sums[PLACE["clicks"]]),
        dwell_seconds=round(sums[PLACE["dwell_ms"]] / 1000, 1),
        favorites=int(sums[PLACE["favorites"]]),
        carts=int(sums[PLACE["carts"]]),
        purchases=int(sums[PLACE["purchases"]]),
        revenue=sums[PLACE["revenue"]] / 100,
        looked_at=_looks(live, seller_id, guest.name, shelf),
    )


def _looks(live: Live, seller_id: str, visitor: str, shelf: Listings | None) -> list[LookOut]:
    """Return the newest products she touched on this card, each once; nothing without consent."""
    profile = live.state.profile(visitor)
    if shelf is None or not profile.personalization:
        return []
    seller, looks, told = key64("seller", seller_id), [], set()
    for touch in profile.touches[::-1]:
        place = shelf.by_key.get(int(touch["item"]))
        if int(touch["seller"]) != seller or place is None or place in told:
            continue
        told.add(place)
        item = shelf.items[place]
        looks.append(
            LookOut(
                item_id=item.item_id,
                title=item.title,
                title_en=item.title_en,
                kind=KINDS[int(touch["kind"])],
                at=rfc3339(int(touch["at"])),
            )
        )
        if len(looks) == LOOKS:
            break
    return looks
