"""Read and write our own export: one event a line, as it stands in the log.

Visitors are hashes already and stay as they are; they mean the same visitor only in a home with the
same `secret.key`. An export imported into an empty home gives an identical log.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

import msgspec

from data.errors import Invalid
from data.layouts import fields
from data.layouts.layout import Job, Layout, Rejected, Sighting, Told
from data.layouts.shelves import as_it_stands
from data.layouts.source import Source
from data.schemas import Consent, Event, Item, Kind, Listing, Recommendation, Seller
from data.stores.storable import refuse_unstorable

_HASHED: Final = re.compile(r"(?:[0-9a-f]{32})?\Z")


class _Line(Event, frozen=True, kw_only=True):
    """Stand for an event while it is read: msgspec reads no optional raw document."""

    payload: msgspec.Raw = msgspec.Raw()


_DOCUMENTS: Final[dict[Kind, type[msgspec.Struct]]] = {
    Kind.ITEM: Item,
    Kind.SELLER: Seller,
    Kind.LISTING: Listing,
    Kind.RECOMMENDATION: Recommendation,
    Kind.CONSENT: Consent,
}
"""What the payload of a kind has to be: the fold reads it and would stop at anything else."""
_IDS: Final = ("item_id", "seller_id")
_AMOUNTS: Final = ("price", "stock", "rating", "reviews", "sales")

_decode = msgspec.json.Decoder(_Line).decode
_encode = msgspec.json.Encoder().encode


def line_of(event: Event) -> bytes:
    """Return an event as one line of JSON, without its end."""
    line = _encode(event)
    return msgspec.json.format(line, indent=-1) if b"\n" in line else line


def event_of(line: bytes, now: int) -> Event:
    """Return the event of a line. Raise Unusable when it is none."""
    try:
        event = _event(_decode(line))
    except msgspec.ValidationError as error:
        raise fields.Unusable(f"not an event: {error}") from None
    except (msgspec.DecodeError, UnicodeDecodeError):
        raise fields.Unusable("not JSON") from None
    if not event.event_id:
        raise fields.Unusable("event_id: empty")
    if not (_HASHED.match(event.visitor) and _HASHED.match(event.from_visitor or "")):
        raise fields.Unusable("visitor: not a keyed hash")
    fields.at(event.at, now)
    if event.kind in _DOCUMENTS:
        _check_document(event.payload, _DOCUMENTS[event.kind])
    try:
        refuse_unstorable([event])
    except Invalid as error:
        raise fields.Unusable(
            f"{error.fields[0].where.partition('.')[2]}: {error.fields[0].detail}"
        ) from None
    return event


def _check_document(payload: msgspec.Raw | None, kind: type[msgspec.Struct]) -> None:
    if payload is None:
        raise fields.Unusable("payload: missing")
    try:
        document = msgspec.json.decode(payload, type=kind)
    except msgspec.ValidationError as error:
        raise fields.Unusable(f"payload: {error}") from None
    except (msgspec.DecodeError, UnicodeDecodeError):
        raise fields.Unusable("payload: not JSON") from None
    for name in document.__struct_fields__:
        value = getattr(document, name)
        if name in _IDS and not value:
            raise fields.Unusable(f"payload: {name}: empty")
        if name in _AMOUNTS and value is not None and not 0 <= value <= fields.MAX_NUMBER:
            raise fields.Unusable(f"payload: {name}: not between 0 and {fields.MAX_NUMBER:g}")


def _event(line: _Line) -> Event:
    told = msgspec.structs.asdict(line)
    if not bytes(line.payload):
        del told["payload"]
    return Event(**told)


def _read(sources: Sequence[Source], job: Job) -> Told:
    for source in sources:
        for number, line in source:
            if not line.strip():
                continue
            try:
                event = event_of(line, job.now)
            except fields.Unusable as reason:
                yield Rejected(str(reason), source.name, number)
            else:
                yield Sighting(at=event.at, seller_id=event.seller_id, event=event)
        if source.trouble:
            yield Rejected(source.trouble, source.name, source.line)


LAYOUT: Final = Layout(
    "ndjson", "our own export, one event a line", _read, as_it_stands, ordered=True
)
