"""Rows of a seller's knowledge, taken chunk by chunk: read beside the event loop, put on it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from functools import partial
from typing import Final, TypeVar

from data.errors import BadField
from service.catalogue_schemas import Upserted
from service.knowing import KnowledgeEdits, refused
from service.live import Live
from service.schemas import Rejected

CHUNK: Final = 500
_NOT_TAKEN: Final = (Rejected, BadField)

T = TypeVar("T")
V = TypeVar("V")


async def taken(
    live: Live,
    seller_id: str,
    rows: Sequence[T | Rejected],
    read: Callable[[T], V | BadField],
    put: Callable[[KnowledgeEdits, int, V], bool | BadField],
) -> Upserted:
    """Take rows in; each chunk is durable and folded before the next is put.

    `read` masks and checks a row by itself, for as long as that takes; `put` adds what it makes of
    the row of an index to the edits, and says whether anything changes or why it may not.
    """
    reply = Upserted(accepted=0, unchanged=0, rejected=[])
    for start in range(0, len(rows), CHUNK):
        part = await asyncio.to_thread(partial(_read, read, rows[start : start + CHUNK]))
        async with live.editing(seller_id):
            edits = KnowledgeEdits(live.state, seller_id, live.now())
            for index, value in enumerate(part, start):
                changed = value if isinstance(value, _NOT_TAKEN) else put(edits, index, value)
                if isinstance(changed, _NOT_TAKEN):
                    reply.rejected.append(_rejected(changed, index))
                elif not changed:
                    reply.unchanged += 1
            seqs = await live.append(edits.events) if edits.events else []
        reply.unchanged += seqs.count(None)
        reply.accepted += len(seqs) - seqs.count(None)
    return reply


def _read(
    read: Callable[[T], V | BadField], rows: Sequence[T | Rejected]
) -> list[V | BadField | Rejected]:
    return [row if isinstance(row, Rejected) else read(row) for row in rows]


def _rejected(bad: BadField | Rejected, index: int) -> Rejected:
    return bad if isinstance(bad, Rejected) else refused(bad, index)
