"""The measured calls: the same few thousand visitors ask, whatever is measured."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import count
from typing import Final

import msgspec

from service.bench import home
from service.bench.load import request

Source = Iterator[bytes]
"""Requests without end."""
PATHS: Final = {"recommend": "/recommend", "constant": "/bench/constant", "stock": "/stock"}
"""What is compared: the product's call, the same server's constant, FastAPI's own way."""


def ask(number: int, shelf: int, visitors: int, **more: object) -> bytes:
    """Return the body of a visitor's question."""
    body = {
        "seller_id": home.shelf_name(shelf),
        "visitor_id": home.visitor_name(home.visitor(number, visitors)),
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


def batches(size: int, shelf: int, visitors: int, run: str) -> Iterator[bytes]:
    """Yield `POST /events` without end: batches of one visitor's acts, no id twice in a run."""
    for number in count():
        rows = [
            {
                "event_id": f"{run}-{number}-{place}",
                "kind": "view" if place % 4 else "dwell",
                "at": home.NOW + number,
                "seller_id": home.shelf_name(shelf),
                "visitor_id": home.visitor_name(home.visitor(number, visitors)),
                "session_id": f"sitting-{number}",
                "item_id": f"i{(number * 31 + place * 7) % shelf}",
                "duration_ms": None if place % 4 else 5_000 + place,
                "recommendation_id": f"rec_{number:032x}",
                "position": place,
            }
            for place in range(size)
        ]
        yield request("/events", msgspec.json.encode(rows if size > 1 else rows[0]))
