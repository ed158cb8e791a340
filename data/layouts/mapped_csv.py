"""Read any CSV file by a mapping, given as TOML or JSON:

    time = "s"              # "s" or "ms" since 1970, or "iso" (the default; no zone means UTC)
    kind = "view"           # for every row, where there is no column of kinds
    delimiter = ","
    encoding = "utf-8"
    header = ["uid", …]     # only where the file's first line does not name the columns

    [columns]               # ours = theirs; visitor, item and at are needed, the rest is optional
    visitor = "uid"
    item = "sku"
    at = "ts"
    kind = "action"
    duration_s = "seconds"  # or duration_ms; a dwell row needs one

    [kinds]                 # theirs = ours; kinds already named as ours need no entry
    buy = "purchase"

Without a mapping the columns carry our names. `tags` are split at `|`.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final, Literal

import msgspec

from data.errors import Misconfigured
from data.layouts import fields
from data.layouts.layout import Job, Layout, Sighting, Told
from data.layouts.shelves import on_first_sight
from data.layouts.source import Source
from data.layouts.table import Row, rows
from data.schemas import INTERACTIONS, Event, Item, Kind

TAKEN: Final = INTERACTIONS | {Kind.OPEN, Kind.IMPRESSION, Kind.NOT_INTERESTED}
_TIMES: Final = {"s": fields.seconds, "ms": fields.milliseconds, "iso": fields.moment}


class Columns(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Name the file's column for each of ours."""

    visitor: str = "visitor"
    item: str = "item"
    at: str = "at"
    kind: str = "kind"
    session: str = "session"
    seller: str = "seller"
    duration_ms: str = "duration_ms"
    duration_s: str = "duration_s"
    quantity: str = "quantity"
    price: str = "price"
    value: str = "value"
    channel: str = "channel"
    title: str = "title"
    title_en: str = "title_en"
    category: str = "category"
    brand: str = "brand"
    tags: str = "tags"
    image: str = "image"


class Mapped(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Say how a file's columns and codes become ours; an unknown setting is an error."""

    columns: Columns = Columns()
    kinds: dict[str, Kind] = {}
    kind: Kind | None = None
    time: Literal["s", "ms", "iso"] = "iso"
    delimiter: str = ","
    encoding: str = "utf-8"
    header: tuple[str, ...] = ()


def load(path: Path | None) -> Mapped:
    """Read a mapping file. Raise Misconfigured, naming the setting, when it is not one."""
    if path is None:
        return Mapped()
    try:
        text = path.read_text(encoding="utf-8")
        tree = msgspec.json.decode(text) if path.suffix == ".json" else tomllib.loads(text)
        mapped = msgspec.convert(tree, Mapped)
        "".encode(mapped.encoding)
    except (ValueError, LookupError) as error:
        raise Misconfigured(f"{path}: {error}") from None
    known = set(mapped.kinds.values()) | ({mapped.kind} if mapped.kind else set())
    if refused := sorted(known - TAKEN):
        raise Misconfigured(f"{path}: {refused[0]} is not a kind that a table can carry")
    return mapped


def _event(row: Row, mapped: Mapped, kinds: Mapping[str, Kind], job: Job) -> Event:
    columns = mapped.columns

    def text(column: str) -> str:
        return row.get(column, "")

    kind = mapped.kind or fields.one_of(text(columns.kind), kinds, columns.kind)
    duration = fields.optional(text(columns.duration_ms), columns.duration_ms, fields.number)
    if duration is None and text(columns.duration_s).strip():
        duration = 1000 * fields.number(text(columns.duration_s), columns.duration_s)
    if kind is Kind.DWELL and duration is None:
        raise fields.Unusable("dwell without a duration")
    item_id = fields.optional(text(columns.item), columns.item, fields.ident)
    if item_id is None and kind is not Kind.OPEN:
        raise fields.Unusable(f"{columns.item}: empty")
    seller_id = fields.optional(text(columns.seller), columns.seller, fields.ident)
    return Event(
        event_id=fields.row_id("csv", row.line, row.raw),
        kind=kind,
        at=_TIMES[mapped.time](row[columns.at], job.now),
        seller_id=seller_id or job.seller_id,
        visitor=job.visitor(fields.ident(row[columns.visitor], columns.visitor)),
        session_id=fields.optional(text(columns.session), columns.session, fields.ident),
        item_id=item_id,
        duration_ms=None if duration is None else round(duration),
        value=fields.optional(text(columns.value), columns.value, fields.number),
        quantity=fields.optional(text(columns.quantity), columns.quantity, fields.whole),
        price=fields.optional(text(columns.price), columns.price, fields.number),
        channel=fields.optional(text(columns.channel), columns.channel, fields.ident),
    )


def _item(row: Row, columns: Columns, event: Event) -> Item | None:
    if event.item_id is None:
        return None

    def words(column: str) -> str:
        return fields.words(row.get(column, ""))

    return Item(
        item_id=event.item_id,
        title=words(columns.title) or event.item_id,
        title_en=words(columns.title_en),
        category=words(columns.category),
        brand=words(columns.brand),
        tags=tuple(tag for part in words(columns.tags).split("|") if (tag := part.strip())),
        image=words(columns.image),
        price=event.price or None,
    )


def _read(sources: Sequence[Source], job: Job) -> Told:
    mapped = load(job.mapping)
    kinds = {kind.value: kind for kind in Kind if kind in TAKEN} | mapped.kinds
    columns = mapped.columns
    needed = [columns.visitor, columns.item, columns.at, *([] if mapped.kind else [columns.kind])]

    def parse(row: Row) -> Sighting:
        event = _event(row, mapped, kinds, job)
        item = _item(row, columns, event)
        return Sighting(at=event.at, seller_id=event.seller_id, event=event, item=item)

    for source in sources:
        yield from rows(
            source,
            parse,
            needed,
            header=mapped.header,
            delimiter=mapped.delimiter,
            encoding=mapped.encoding,
        )


LAYOUT: Final = Layout("csv", "any table, with a file that maps its columns", _read, on_first_sight)
