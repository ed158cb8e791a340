"""What one event adds to the sums that sellers' figures are made of."""

from __future__ import annotations

from typing import Final

import msgspec

from data.schemas import IDLE_CAP_MS, Event, Kind

COUNTERS: Final = (
    "acts",
    "opens",
    "views",
    "impressions",
    "clicks",
    "dwell_ms",
    "favorites",
    "shares",
    "carts",
    "purchases",
    "pick_purchases",
    "questions",
    "answered",
    "handed_off",
    "revenue",  # hundredths of a yuan
    "pick_revenue",
    "revenue_sq",  # sums of squares: the spread of the amounts
    "pick_revenue_sq",
    "seen",  # places in lists that came into view, and of them those that were tapped
    "tapped",
)
"""The sums that every rollup keeps; whole numbers, but for the squares."""

PLACE: Final = {name: place for place, name in enumerate(COUNTERS)}
ONE_EACH: Final = {
    Kind.OPEN: "opens",
    Kind.VIEW: "views",
    Kind.IMPRESSION: "impressions",
    Kind.CLICK: "clicks",
    Kind.DWELL: "",
    Kind.FAVORITE: "favorites",
    Kind.SHARE: "shares",
    Kind.CART: "carts",
    Kind.PURCHASE: "purchases",
    Kind.CONSULT: "",
    Kind.NOT_INTERESTED: "",
}
"""The acts of visitors, each with the sum that it adds one to."""

MOST_PAID: Final = 1e11
"""Cents that one purchase counts for at the most: sums of any day stay within 64 bits."""

Amounts = tuple[tuple[int, float], ...]

_ALWAYS: Final[dict[Kind, Amounts]] = {
    kind: tuple((PLACE[name], 1) for name in ("acts", counter) if name)
    for kind, counter in ONE_EACH.items()
}
"""What an act adds whatever it says, by the counter's place."""
_BY_WHAT_IT_SAYS: Final = frozenset({Kind.DWELL, Kind.PURCHASE, Kind.QUESTION})


class _Asked(msgspec.Struct):
    """Read of a question only how it was answered."""

    status: str = ""


def amounts_of(event: Event, *, picked: bool = False) -> Amounts:
    """Return what an event adds to which counters, by their place; nothing for no visitor's act.

    `picked`: it is about a product that this visitor was shown in the list that it names.
    """
    amounts = _ALWAYS.get(event.kind, ())
    if event.kind not in _BY_WHAT_IT_SAYS:
        return amounts
    if event.kind is Kind.DWELL:
        amounts += ((PLACE["dwell_ms"], min(max(event.duration_ms or 0, 0), IDLE_CAP_MS)),)
    elif event.kind is Kind.PURCHASE:
        quantity = 1 if event.quantity is None else event.quantity
        paid = round(min(max(0.0, 100 * (event.price or 0.0) * quantity), MOST_PAID))
        amounts += ((PLACE["revenue"], paid), (PLACE["revenue_sq"], float(paid) ** 2))
        if picked:
            amounts += (
                (PLACE["pick_purchases"], 1),
                (PLACE["pick_revenue"], paid),
                (PLACE["pick_revenue_sq"], float(paid) ** 2),
            )
    elif event.kind is Kind.QUESTION:
        amounts = _question(event)
    return amounts


def _question(event: Event) -> Amounts:
    """Count a question put to the assistant, and what became of it."""
    if event.payload is None:
        return ()
    status = msgspec.json.decode(event.payload, type=_Asked).status
    found: Amounts = ((PLACE["acts"], 1), (PLACE["questions"], 1))
    return (*found, (PLACE[status], 1)) if status in {"answered", "handed_off"} else found
