"""Facts of products as of now: fields of an answer's text, and whether what it says still holds."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from math import isfinite, isinf
from typing import Final

from data.catalogue import Listings
from data.knowledge import Source
from models.answers.rules import PRICE, STOCK
from models.language import language

FIELD: Final = re.compile(
    r"\{(price|list_price|stock|rating|reviews|title)(?::([^{}\s]{1,128}))?\}"
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


class Stale(ValueError):  # noqa: N818  what it says of a text, as in `except Stale`
    """Say which figure of an answer the catalogue does not bear out."""


def filled(text: str, item_ids: Sequence[str], shelf: Listings | None) -> str:
    """Return an answer with its fields filled from the shelf as of now.

    `{price}` means the entry's first product, `{price:ITEM}` the named one. Raises Stale for a
    field nothing is known of.
    """

    def value(match: re.Match[str]) -> str:
        name = match[2] or (item_ids[0] if item_ids else "")
        place = shelf.places.get(name) if shelf is not None else None
        if shelf is None or place is None or not shelf.active[place]:
            raise Stale(match[0])
        told = _told(shelf, place, match[1])
        if told is None:
            raise Stale(match[0])
        return told

    return FIELD.sub(value, text)


def check(text: str, item_ids: Iterable[str], shelf: Listings | None) -> None:
    """Raise Stale where a text quotes a price or a stock that its products do not have now."""
    places = [shelf.places[name] for name in item_ids if name in shelf.places] if shelf else []
    if shelf is None or not places:
        return
    prices = {round(float(shelf.price[place]), 2) for place in places}
    before = {round(float(shelf.list_price[place]), 2) for place in places}
    for match in QUOTED_PRICE.finditer(text):
        beside = text[max(0, match.start() - 8) : match.end() + 8]
        figure = round(float(match[1] or match[2]), 2)
        known = prices | before if LIST_PRICE.search(beside) else prices
        if figure not in known and not CONDITION.search(beside):
            raise Stale(match[0])
    if IN_STOCK.search(text) and not any(shelf.stock[place] > 0 for place in places):
        raise Stale("stock")


def about(question: str, item_id: str, shelf: Listings) -> tuple[str, Source] | None:
    """Answer a plain question for a product's price or stock; None where that is not asked."""
    place = shelf.places.get(item_id)
    if place is None or not shelf.active[place]:
        return None
    chinese = language(question) == "zh"
    item = shelf.items[place]
    title = item.title if chinese else item.title_en or item.title
    price, stock = _told(shelf, place, "price"), float(shelf.stock[place])
    if PRICE.search(question) and price is not None:
        text = f"《{title}》现在的价格是 {price} 元。" if chinese else f"“{title}” is ¥{price} now."
        return text, Source("product", item_id, f"price {price}")
    if STOCK.search(question):
        if stock <= 0:
            text = f"《{title}》暂时缺货。" if chinese else f"“{title}” is sold out for now."
        elif isinf(stock):
            text = f"《{title}》现在可以下单。" if chinese else f"“{title}” can be ordered now."
        else:
            left = int(stock)
            text = f"《{title}》还有 {left} 件。" if chinese else f"“{title}”: {left} left."
        return text, Source("product", item_id, "stock" if isinf(stock) else f"stock {stock:g}")
    return None


def _told(shelf: Listings, place: int, name: str) -> str | None:
    if name == "title":
        return shelf.items[place].title
    column = getattr(shelf, name)
    value = float(column[place])
    if not isfinite(value):
        return None
    return f"{value:.2f}".rstrip("0").rstrip(".") if name != "reviews" else str(int(value))
