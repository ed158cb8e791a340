"""Which numbers settings may be: told by key before the log is read, not by a traceback after."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import fields
from math import isfinite
from typing import Final

import msgspec

from models.base import Retriever
from models.folder import RETRIEVERS
from models.settings import Settings

DIVISORS: Final = frozenset({"half_life", "recency", "reach", "temperature", "longer"})
"""Settings of retrievers that something is divided by."""


def of_retriever(name: str, kind: type[Retriever], numbers: Mapping[str, float]) -> Iterator[str]:
    """Yield what is wrong with a retriever's numbers."""
    defaults = {one.name: one.default for one in fields(kind) if one.init}  # type: ignore[arg-type]
    for key, value in numbers.items():
        counts = isinstance(defaults.get(key), int) and key != "seed"
        least = 1 if counts else 0
        divides = key in DIVISORS and defaults.get(key) != 0  # where 0 is usual, it says "never"
        if not isfinite(value) or value < least or (divides and value == 0):
            above = "above" if divides else "from"
            yield f"retrievers.{name}.{key}: a number {above} {least}, not {value:g}"


def of_recommender(settings: Settings) -> Iterator[str]:
    """Yield what is wrong with the numbers of a recommender."""
    signals = msgspec.structs.asdict(settings.signals)
    told = {f"signals.{name}": value for name, value in signals.items()} | {
        f"nominate.{name}": value for name, value in settings.nominate.items()
    }
    for key, value in {**told, "trend": settings.trend}.items():
        if not isfinite(value) or value < 0:
            yield f"recommender.{key}: a number from 0 on, not {value:g}"
    if not isfinite(settings.recency) or settings.recency <= 0:
        yield f"recommender.recency: a number above 0, not {settings.recency:g}"
    known = [column for kind in RETRIEVERS.values() for column in kind.columns]
    for name in settings.nominate:
        if name not in known:
            yield f"recommender.nominate: no {name!r}; known: {', '.join(known)}"
