"""Bodies to values: read with a limit, decoded by type, every bad field named."""

from __future__ import annotations

import json
import math
import re
from collections.abc import AsyncIterator
from functools import lru_cache
from typing import Any, Final, TypeVar, get_args

import msgspec
from fastapi import Request

from data.errors import BadField, Invalid, Malformed, TooLarge, UnsupportedMedia
from service.decoding import decoder_of
from service.errors import UNREAD
from service.wire import EXPECTED, Id

T = TypeVar("T", bound=msgspec.Struct)

JSON_TYPES: Final = frozenset({"application/json", ""})
CODES: Final = (
    (re.compile(r"missing required field"), "missing"),
    (re.compile(r"of length >="), "too_short"),
    (re.compile(r"of length <="), "too_long"),
    (re.compile(r"matching regex"), "bad_text"),
    (re.compile(r"Invalid enum value"), "unknown_value"),
    (re.compile(r"RFC3339|timezone"), "bad_time"),
    (re.compile(r"`(?:int|float|array|object)` (?:<|>)|out of range"), "out_of_range"),
)
MAX_SKEW_MS: Final = 5 * 60_000
"""How far a sender's clock may be ahead."""
FROM_FUTURE: Final = BadField(
    "at", "more than 5 minutes ahead of the service's clock", "from_future"
)
HALF: Final = re.compile("[\ud800-\udfff]")
WORDS: Final = {
    "bad_text": "blank, or with characters that are not allowed here, such as control characters",
    "bad_time": "expected RFC 3339 with an offset (2026-11-22T10:00:00Z) or epoch milliseconds",
}


def media_type(request: Request) -> str:
    """Return the request's media type without parameters; refuse charsets other than UTF-8."""
    return _media_type(request.headers.get("content-type", ""))


@lru_cache(maxsize=100)
def _media_type(told: str) -> str:
    name, parameterised, parameters = told.partition(";")
    charset = parameterised and re.search(r"charset\s*=\s*\"?([\w-]+)", parameters)
    if charset and charset[1].lower() not in {"utf-8", "utf8", "us-ascii"}:
        raise UnsupportedMedia("bodies are UTF-8")
    return name.strip().lower()


def need_json(request: Request) -> None:
    """Refuse a body that does not say it is JSON."""
    if media_type(request) not in JSON_TYPES:
        raise UnsupportedMedia("send application/json")


async def chunks(request: Request) -> AsyncIterator[bytes]:
    """Yield the body as it arrives, keeping in the scope whether more is to come."""
    more = True
    while more:
        chunk, more = await _next(request)
        yield chunk


async def _next(request: Request) -> tuple[bytes, bool]:
    """Return the next part of the body and whether more is to come."""
    message = await request.receive()
    if message["type"] == "http.disconnect":
        raise Malformed("the body broke off")
    more = request.scope[UNREAD] = bool(message.get("more_body", False))
    return message.get("body", b""), more


async def read_body(request: Request, limit: int) -> bytes:
    """Read at most `limit` bytes; raise TooLarge as soon as there are more."""
    declared = request.headers.get("content-length", "0")
    if declared.isdecimal() and int(declared) > limit:
        request.scope[UNREAD] = True
        raise too_large(limit)
    body, more = await _next(request)
    while more and len(body) <= limit:
        chunk, more = await _next(request)
        body += chunk
    if len(body) > limit:
        raise too_large(limit)
    return body


def start_of(cursor: str) -> int:
    """Return where the page of a cursor begins; raise Invalid for one that is not ours."""
    if cursor and not cursor.isdecimal():
        raise refused([BadField("cursor", "not one of ours", "invalid")])
    return int(cursor or 0)


def too_large(limit: int) -> TooLarge:
    """Say how much is allowed."""
    return TooLarge(f"at most {limit} bytes are read")


def path_id(text: str, what: str) -> str:
    """Return an id from a path that may become a new tenant's; raise Invalid for an odd one.

    Bytes of a path that are not UTF-8 have become U+FFFD before anybody reads it.
    """
    name = f"{what}_id"
    if "\ufffd" in text:
        raise refused([BadField(name, "expected UTF-8", "bad_text")])
    try:
        return msgspec.convert(text, Id)
    except msgspec.ValidationError as error:
        raise refused([explain(error, name)]) from None


def decode(body: bytes, kind: type[T]) -> T:
    """Decode a JSON body; raise Malformed for broken JSON, else Invalid with every bad field."""
    try:
        return decoder_of(kind).decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        told = error
    raise refused(bad_fields(lenient(body), kind) or [complaint(told)])


def lenient(body: bytes) -> Any:
    """Parse JSON as forgiving senders write it, with NaN and half characters, to name the row.

    Raises Malformed when even that cannot be read.
    """
    try:
        return json.loads(body)
    except UnicodeDecodeError as error:
        raise Malformed("the body is not UTF-8") from error
    except (json.JSONDecodeError, RecursionError, ValueError) as error:
        reason = "nested too deeply" if isinstance(error, RecursionError) else str(error)
        raise Malformed(f"the body is not JSON: {reason}") from error


def refused(fields: list[BadField]) -> Invalid:
    """Refuse a body for its bad fields."""
    told = "; ".join(f"{bad.where}: {bad.detail}" for bad in fields[:3])
    return Invalid(told + ("; …" if len(fields) > 3 else ""), fields)


def bad_fields(data: Any, kind: type[msgspec.Struct], path: str = "") -> list[BadField]:
    """Convert field by field and name every one that fails; empty when all is well."""
    if not isinstance(data, dict):
        return [BadField(path or "$", "expected an object", "wrong_type")]
    problems: list[BadField] = []
    for field in msgspec.structs.fields(kind):
        name = f"{path}.{field.name}" if path else field.name
        if field.encode_name not in data:
            if field.required:
                problems.append(BadField(name, "is required", "missing"))
            continue
        problems += _bad_field(data[field.encode_name], field.type, name)
    known = {field.encode_name for field in msgspec.structs.fields(kind)}
    for key in data:
        if key not in known and (found := _impossible({key: data[key]})):
            name = _printable(key)
            problems.append(BadField(f"{path}.{name}" if path else name, found[1], found[0]))
    return problems


def _bad_field(value: Any, kind: Any, name: str) -> list[BadField]:
    inner = [part for part in (kind, *get_args(kind)) if _is_struct(part)]
    if inner and isinstance(value, dict):
        return bad_fields(value, inner[0], name)
    if found := _impossible(value):
        return [BadField(name, found[1], found[0])]
    try:
        msgspec.convert(value, kind)
    except msgspec.ValidationError as error:
        return [explain(error, name)]
    return []


def _is_struct(kind: Any) -> bool:
    return isinstance(kind, type) and issubclass(kind, msgspec.Struct)


def _impossible(value: Any) -> tuple[str, str] | None:
    """Tell what only a lenient JSON parser lets through, at any depth of lists and objects.

    These are NaN, infinities and half characters, in keys too.
    """
    left = [value]
    while left:  # a stack of our own: a sender chooses how deep a value is nested
        match left.pop():
            case float(number) if not math.isfinite(number):
                return "not_finite", "NaN and infinities are not numbers of JSON"
            case str(text) if HALF.search(text):
                return "bad_text", "half of a surrogate pair is no character"
            case list(values):
                left += values
            case dict(members):
                left += [*members, *members.values()]
    return None


def _printable(key: str) -> str:
    """Return an unknown field's name as a reply can carry it, cut and half characters escaped."""
    return key[:64].encode(errors="backslashreplace").decode()


def complaint(error: Exception) -> BadField:
    """Tell in a strict decoder's words what is wrong, where every field by itself looks well.

    A name that stands twice in an object is such a case: the second value hides the first.
    """
    if isinstance(error, msgspec.ValidationError):
        return explain(error, "")
    return BadField("$", f"cannot be read as JSON: {error}", "malformed")


def explain(error: msgspec.ValidationError, name: str) -> BadField:
    """Turn a decoder's complaint into a field, a stable code and a sentence.

    >>> explain(msgspec.ValidationError("Expected `int` >= 1 - at `$.count`"), "")
    BadField(where='count', detail='expected int >= 1', code='out_of_range')
    """
    message, _, place = str(error).partition(" - at ")
    path = place.strip("`").removeprefix("$").lstrip(".")
    if missing := re.search(r"missing required field `(.+)`", message):
        path = f"{path}.{missing[1]}".lstrip(".")
        message = "is required"
        code = "missing"
    else:
        code = next((code for pattern, code in CODES if pattern.search(message)), "wrong_type")
    field = ".".join(part for part in (name, path) if part).replace(".[", "[")
    detail = WORDS.get(code, message[:1].lower() + message[1:].replace("`", ""))
    if code == "bad_text":
        detail = next((EXPECTED[one] for one in EXPECTED if repr(one) in message), detail)
    return BadField(field or "$", detail, code)
