"""PUT /suppliers/{id}/items: a supplier's feed, as JSON or as a stream of lines."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterable
from typing import Final

import msgspec
from fastapi import APIRouter, Request
from starlette.responses import Response

from data.errors import TooLarge, UnsupportedMedia
from service.catalogue_schemas import FeedTaken, ItemIn, ItemsIn
from service.deps import guard_of, live_of
from service.edits import ItemEdits, Said, refusal
from service.keys import Scope
from service.live import Live
from service.openapi import describes
from service.rows import Rows
from service.schemas import Rejected
from service.taking import CHUNK
from service.validation import JSON_TYPES, chunks, media_type, path_id, read_body, too_large

NDJSON: Final = frozenset({"application/x-ndjson", "application/ndjson", "application/jsonl"})
MAX_BYTES: Final = 16_000_000
MAX_FEED_BYTES: Final = 256_000_000
MAX_LINE_BYTES: Final = 128_000
MAX_ROWS: Final = 10_000
MAX_TOLD: Final = 1_000
"""How many refused rows a reply names; the rest of a broken feed would say the same."""
CATALOGUE: Final = "the catalogue"
"""Whose items are: of all suppliers together, as an item has one id for all of them."""
NOTHING: Final = Said((), ())

router = APIRouter(tags=["catalogue"])
rows_of = Rows(ItemIn, MAX_ROWS)


@router.put(
    "/suppliers/{supplier_id}/items",
    summary="Add or change a supplier's products",
    **describes(
        FeedTaken,
        list[ItemIn],
        ItemsIn,
        ItemIn,
        errors=(400, 404, 413, 415, 422),
        media=("application/json", "application/x-ndjson"),
    ),
)
async def put_items(request: Request, supplier_id: str) -> Response:
    """Upsert by `item_id`: rows replace the products they name, all others stay.

    Send an array, `{"items": []}`, or NDJSON (`application/x-ndjson`, one object a line) for a feed
    of any length: it is taken in as it arrives. Rows that cannot be taken come back by index, the
    rest lands. A feed of more than 256 MB is refused with 413 where it gets there: what came before
    has landed.
    """
    live = live_of(request)
    live.need_ready()
    caller = guard_of(request).check(request, Scope.SUPPLIER)
    feed = _Feed(live, caller.own_supplier(path_id(supplier_id, "supplier")))
    media = media_type(request)
    if media in NDJSON:
        async for chunk in _lines(request):
            await feed.take(_row(line, index) for index, line in enumerate(chunk, feed.rows))
    elif media in JSON_TYPES:
        body = await read_body(request, MAX_BYTES)
        rows = await asyncio.to_thread(rows_of.of_body, body)
        for start in range(0, len(rows), CHUNK):
            await feed.take(rows[start : start + CHUNK])
    else:
        raise UnsupportedMedia("send application/json or application/x-ndjson")
    return Response(msgspec.json.encode(feed.told), media_type="application/json")


class _Feed:
    """Take rows chunk by chunk: each chunk is durable and folded before the next is checked."""

    def __init__(self, live: Live, supplier_id: str) -> None:
        self.rows = 0
        self.told = FeedTaken(accepted=0, unchanged=0, rejected=[], rejected_count=0)
        self._live, self._supplier_id = live, supplier_id

    async def take(self, rows: Iterable[ItemIn | Rejected]) -> None:
        """Take some rows; what decodes them as they are read does so beside the event loop."""
        live = self._live
        masked = await asyncio.to_thread(_masked, rows)
        async with live.editing(CATALOGUE):
            edits = ItemEdits(live.state, self._supplier_id, live.now())
            for index, (row, said) in enumerate(masked, self.rows):
                if isinstance(row, Rejected):
                    self._reject(row)
                    continue
                changed = edits.put(row, said)
                if isinstance(changed, str):
                    self._reject(refusal(changed, index))
                elif not changed:
                    self.told.unchanged += 1
            seqs = await live.append(edits.events) if edits.events else []
        self.rows += len(masked)
        self.told.unchanged += seqs.count(None)
        self.told.accepted += len(seqs) - seqs.count(None)

    def _reject(self, row: Rejected) -> None:
        self.told.rejected_count += 1
        if len(self.told.rejected) < MAX_TOLD:
            self.told.rejected.append(row)


def _masked(rows: Iterable[ItemIn | Rejected]) -> list[tuple[ItemIn | Rejected, Said]]:
    return [(row, NOTHING if isinstance(row, Rejected) else Said.of(row)) for row in rows]


def _row(line: bytes | None, index: int) -> ItemIn | Rejected:
    if line is None:
        detail = f"at most {MAX_LINE_BYTES} bytes of a line are read"
        return Rejected(index=index, code=TooLarge.code, detail=detail)
    return rows_of.decode_line(line, index)


async def _lines(request: Request) -> AsyncIterator[list[bytes | None]]:
    """Yield the body's lines, some hundred at a time, holding no more than that in memory."""
    lines: list[bytes | None] = []
    split, size = Lines(), 0
    async for part in chunks(request):
        size += len(part)
        if size > MAX_FEED_BYTES:
            raise too_large(MAX_FEED_BYTES)
        lines += split.take(part)
        while len(lines) >= CHUNK:
            yield lines[:CHUNK]
            lines = lines[CHUNK:]
    lines += split.take(b"\n")
    if lines:
        yield lines


class Lines:
    """Split what arrives into lines; one that is too long is None, and passed over unkept.

    `rest` is the beginning of the line that has not ended.
    """

    def __init__(self) -> None:
        """Begin with nothing."""
        self.rest, self._passes = b"", False

    def take(self, part: bytes) -> list[bytes | None]:
        """Return the lines that say anything and end in this part, or become too long in it."""
        *whole, rest = (self.rest + part).split(b"\n")
        if self._passes and whole:  # here the line that was too long ends
            del whole[0]
            self._passes = False
        lines = [
            line if len(line) <= MAX_LINE_BYTES else None
            for line in whole
            if len(line) > MAX_LINE_BYTES or line.strip()
        ]
        if len(rest) > MAX_LINE_BYTES and not self._passes:
            lines.append(None)
            self._passes = True
        self.rest = b"" if self._passes else rest
        return lines
