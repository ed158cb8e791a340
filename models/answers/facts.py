"""Facts of products as of now: fields of an answer's text, and whether what it says still holds."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from math import isfinite
from typing import Final

from data.catalogue import Listings
from data.schemas import Promotion, offer
from models.language import Language, language, side
from models.money import money

FIELD: Final = re.compile(
    r"\{(price|list_price|stock|rating|reviews|title|snippet|promotion|attribute\.[^{}:]{1,64})"
    r"(?::([^{}\s]{1,128}))?\}"
)
QUOTED_PRICE: Final = re.compile(
    r"[¥￥$]\s?(\d+(?:\.\d+)?)|(\d+(?:\.\d+)?)\s?(?:元|块钱?|rmb|yuan)", re.IGNORECASE
)
IN_STOCK: Final = re.compile(r"有现货|有货|现货充足|库存充足|\bin stock\b", re.IGNORECASE)
CONDITION: Final = re.compile(
    r"满|运费|邮费|包邮|起送|押金|补|减|优惠|立减|券|shipping|postage|orders? over|minimum|off"
)
"""Words beside a sum that is no product's price."""

LIST_PRICE: Final = re.compile(r"原价|专柜|标价|list price|\bwas\b", re.IGNORECASE)
BOTH: Final = " / "
"""What parts the Chinese from the English name in a catalogue of both languages."""


class Stale(ValueError):  # noqa: N818  what it says of a text, as in `except Stale`
    """Say which figure of an answer the catalogue does not bear out."""


def filled(text: str, item_ids: Sequence[str], shelf: Listings | None, at: int) -> str:
    """Return an answer with its fields filled from the shelf as of a moment (epoch ms).

    `{price}` means the entry's first product, `{price:ITEM}` the named one. Raises Stale for a
    field nothing is known of.
    """

    def value(match: re.Match[str]) -> str:
        name = match[2] or (item_ids[0] if item_ids else "")
        place = shelf.places.get(name) if shelf is not None else None
        if shelf is None or place is None or not shelf.active[place]:
            raise Stale(match[0])
        told = fact(shelf, place, match[1], at)
        if not told:
            raise Stale(match[0])
        return told

    return FIELD.sub(value, text)


def check(text: str, item_ids: Iterable[str], shelf: Listings | None, at: int) -> None:
    """Raise Stale where a text quotes a price or a stock that its products do not have then."""
    places = [shelf.places[name] for name in item_ids if name in shelf.places] if shelf else []
    if shelf is None or not places:
        return
    prices = {round(price_of(shelf, place, at)[0], 2) for place in places}
    before = {round(float(shelf.list_price[place]), 2) for place in places}
    before |= {round(float(shelf.price[place]), 2) for place in places}
    for match in QUOTED_PRICE.finditer(text):
        beside = text[max(0, match.start() - 8) : match.end() + 8]
        figure = round(float(match[1] or match[2]), 2)
        known = prices | before if LIST_PRICE.search(beside) else prices
        if figure not in known and not CONDITION.search(beside):
            raise Stale(match[0])
    if IN_STOCK.search(text) and not any(shelf.stock[place] > 0 for place in places):
        raise Stale("stock")


def price_of(shelf: Listings, place: int, at: int) -> tuple[float, Promotion | None]:
    """Return what a product costs at a moment, nan for unknown, and the offer that makes it so."""
    usual = float(shelf.price[place])
    price, promotion = offer(shelf.listings[place], usual if isfinite(usual) else None, at)
    return (float("nan") if price is None else price), promotion


def fact(shelf: Listings, place: int, name: str, at: int) -> str:
    """Return a field's value as it is written; empty where it is not known."""
    item = shelf.items[place]
    if name.startswith("attribute."):
        return attribute(item.attributes, name.removeprefix("attribute."))
    if name in {"title", "snippet"}:
        return item.title if name == "title" else next(iter(item.review_snippets), "")
    if name == "promotion":
        return offers(shelf, place, at, "zh")
    value = price_of(shelf, place, at)[0] if name == "price" else float(getattr(shelf, name)[place])
    if not isfinite(value):
        return ""
    return str(int(value)) if name == "reviews" else money(value)


def attribute(attributes: dict[str, str], name: str) -> str:
    """Return an attribute's value by its whole name or by its name in either language."""
    for known, value in attributes.items():
        if name in {known, *known.split(BOTH)}:
            return value
    return ""


def offers(shelf: Listings, place: int, at: int, spoken: Language) -> str:
    """Return the offers of a product that run at a moment (epoch ms), in words."""
    told = [one for one in shelf.listings[place].promotions if one.runs(at)]
    if spoken == "zh":
        return "；".join(map(_offered, told))
    return "; ".join(map(_offered_in_english, told))


def _offered(promotion: Promotion) -> str:
    if promotion.label:
        return side(promotion.label, "zh")
    if promotion.kind == "coupon":
        least = f"满 {money(promotion.least)} " if promotion.least else ""
        return f"{least}减 {money(promotion.amount or 0)} 元"
    group = f"{promotion.group_size} 人拼团" if promotion.kind == "group" else "限时"
    return f"{group} {money(promotion.price or 0)} 元"


def _offered_in_english(promotion: Promotion) -> str:
    label = side(promotion.label, "en")
    if label and language(label) == "en":
        return label
    if promotion.kind == "coupon":
        least = f" from ¥{money(promotion.least)}" if promotion.least else ""
        return f"¥{money(promotion.amount or 0)} off{least}"
    if promotion.kind == "group":
        return f"¥{money(promotion.price or 0)} in a group of {promotion.group_size}"
    return f"¥{money(promotion.price or 0)} for a limited time"
