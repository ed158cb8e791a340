"""The measured calls: the same few thousand visitors ask, whatever is measured."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import count
from typing import Final

import msgspec

from service.bench import home
from service.bench.load import request

PATHS: Final = {"recommend": "/recommend", "constant": "/bench/constant", "stock": "/stock"}
"""What is compared: the product's call, the same server's constant, FastAPI's own way."""


def ask(number: int, shelf: int, visitors: int, **more: object) -> bytes:
    """Return the body of a visitor's question."""
    body = {
        "seller_id": home.shelf_name(shelf),
        "visitor_id": home.visitor_name(number * 7919 % visitors),
        "session_id": f"sitting-{number % visitors}",
        "placement": "card_home",
        "count": 10,
        "context": {"item_ids": [], "locale": "zh"},
        "reshow": "allow",
        **more,
    }
    return msgspec.json.encode(body)


def asks(path: str, shelf: int, visitors: int, key: str = "", **more: object) -> Iterator[bytes]:
    """Yield requests without end, each from another visitor."""
    headers = (f"authorization: Bearer {key}",) if key else ()
    for number in count():
        yield request(path, ask(number, shelf, visitors, **more), *headers)
