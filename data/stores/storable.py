"""What any log can hold, so that every adapter gives back exactly what it was given."""

from __future__ import annotations

from itertools import chain
from math import isfinite
from typing import TYPE_CHECKING, Final

import msgspec

from data.errors import BadField, Invalid
from data.schemas import Event

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

LARGEST: Final = 2**63 - 1
FIELDS: Final = msgspec.structs.fields(Event)


def refuse_unstorable(events: Sequence[Event]) -> None:
    """Raise `Invalid` naming every value that no log can hold.

    These are integers beyond 64 bits, numbers that are not finite and text with lone surrogates.
    """
    wrong = chain.from_iterable(_wrong(index, event) for index, event in enumerate(events))
    if fields := tuple(wrong):
        raise Invalid(f"{fields[0].where}: {fields[0].detail}", fields)


def _wrong(index: int, event: Event) -> Iterator[BadField]:
    for field in FIELDS:
        if detail := _reason(getattr(event, field.name)):
            yield BadField(f"[{index}].{field.name}", detail)


def _reason(value: object) -> str:
    match value:
        case int() if not -LARGEST - 1 <= value <= LARGEST:
            return "is beyond 64 bits"
        case float() if not isfinite(value):
            return "is not finite"
        case str() if not _encodable(value):
            return "has lone surrogates"
    return ""


def _encodable(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True
