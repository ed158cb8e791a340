"""Turn the text of a field into a value, or say in a few words what is wrong with it."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, tzinfo
from hashlib import blake2b
from typing import Final, TypeVar

from data.layouts.layout import CLOCK_SKEW_MS

MAX_ID: Final = 128
MAX_TEXT: Final = 2_000
MAX_NUMBER: Final = 1e15

T = TypeVar("T")


class Unusable(ValueError):  # noqa: N818  says what a row is, as its reason does
    """Say why a row cannot be taken; the text is the reason in the table of rejected rows."""


def ident(text: str, name: str) -> str:
    """Return an id as it stands, trimmed. Raise Unusable when empty, too long or not printable."""
    text = text.strip()
    if not text:
        raise Unusable(f"{name}: empty")
    if len(text) > MAX_ID:
        raise Unusable(f"{name}: longer than {MAX_ID} characters")
    if not text.isprintable():
        raise Unusable(f"{name}: unprintable character")
    return text


def words(text: str) -> str:
    """Return readable text: white space and unprintable characters become single blanks."""
    if not text.isprintable():
        text = "".join(c if c.isprintable() else " " for c in text)
    return " ".join(text.split())[:MAX_TEXT]


def number(text: str, name: str, least: float = 0.0) -> float:
    """Return a finite number. Raise Unusable for anything else, and below `least`."""
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not math.isfinite(value) or "_" in text:
        raise Unusable(f"{name}: not a number")
    if value < least:
        raise Unusable(f"{name}: below {least:g}")
    if value > MAX_NUMBER:
        raise Unusable(f"{name}: above {MAX_NUMBER:g}")
    return value


def whole(text: str, name: str, least: int = 0) -> int:
    """Return a whole number. Raise Unusable for anything else, and below `least`."""
    value = number(text, name, least)
    if value != int(value):
        raise Unusable(f"{name}: not a whole number")
    return int(value)


def optional(text: str, name: str, convert: Callable[[str, str], T]) -> T | None:
    """Return None for an empty field, else what `convert` makes of it."""
    return convert(text, name) if text.strip() else None


def seconds(text: str, now: int) -> int:
    """Return epoch ms from epoch seconds."""
    return at(round(number(text, "time") * 1000), now)


def milliseconds(text: str, now: int) -> int:
    """Return epoch ms from epoch ms."""
    return at(whole(text, "time"), now)


def moment(text: str, now: int) -> int:
    """Return epoch ms from ISO 8601 text, or `2019-10-01 00:00:00 UTC`; no zone means UTC."""
    try:
        value = datetime.fromisoformat(text.strip().replace(" UTC", "+00:00"))
    except ValueError:
        raise Unusable("time: not a date and time") from None
    value = value if value.tzinfo else value.replace(tzinfo=UTC)
    return at(round(value.timestamp() * 1000), now)


def day(text: str, zone: tzinfo, now: int) -> int:
    """Return epoch ms of the start of a day (2016-11-05 or 2016/11/5) in a time zone."""
    try:
        parts = [int(part) for part in text.strip().replace("/", "-").split("-")]
        value = datetime(parts[0], parts[1], parts[2], tzinfo=zone)
    except (ValueError, IndexError, OverflowError):
        raise Unusable("time: not a day") from None
    return at(round(value.timestamp() * 1000), now)


def at(value: int, now: int) -> int:
    """Return the moment. Raise Unusable when it lies before 1970 or in the future."""
    if value < 0:
        raise Unusable("time: before 1970")
    if value > now + CLOCK_SKEW_MS:
        raise Unusable("time: in the future")
    return value


def one_of(text: str, known: Mapping[str, T], name: str) -> T:
    """Look a code up. Raise Unusable, naming it, when it is unknown."""
    try:
        return known[text.strip()]
    except KeyError:
        raise Unusable(f"{name}: unknown {words(text)[:20]!r}") from None


def row_id(layout: str, line: int, row: bytes) -> str:
    """Return the event id of a row: the same whenever the same row stands at the same place."""
    digest = blake2b(row, digest_size=12, salt=line.to_bytes(8, "little")).hexdigest()
    return f"import:{layout}:{digest}"
