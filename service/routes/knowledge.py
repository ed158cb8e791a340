"""What a seller's assistant knows: GET and PUT of /sellers/{id}/faqs and …/consultations."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Annotated, Final, Literal, TypeVar

import msgspec
from fastapi import APIRouter, Query, Request
from msgspec import UNSET, UnsetType
from starlette.responses import Response

from data.errors import BadField, Invalid, UnsupportedMedia
from data.knowledge import Consultation
from service.answer_schemas import (
    ConsultationIn,
    ConsultationOut,
    ConsultationsOut,
    FaqIn,
    FaqsOut,
    TurnIn,
)
from service.catalogue_schemas import Upserted
from service.deps import guard_of, live_of
from service.keys import Scope
from service.knowing import KnowledgeEdits, refused, told
from service.live import Live
from service.openapi import describes
from service.routes.catalogue import NDJSON
from service.rows import Rows
from service.schemas import Rejected
from service.validation import JSON_TYPES, decode, media_type, path_id, read_body

MAX_BYTES: Final = 16_000_000
MAX_ROWS: Final = 10_000
MAX_PAGE: Final = 1_000
FRESH: Final = {"cache-control": "private, no-store"}
LINES: Final = "application/x-ndjson"

router = APIRouter(tags=["answers"])
faq_rows = Rows(FaqIn, MAX_ROWS)
talk_rows = Rows(ConsultationIn, MAX_ROWS)
T = TypeVar("T", bound=msgspec.Struct)
R = TypeVar("R")

Cursor = Annotated[str, Query(max_length=20, description="`next_cursor` of the page before")]
Limit = Annotated[int, Query(ge=1, le=MAX_PAGE)]
EntryStatus = Literal["", "approved", "proposed", "retired"]


class _Envelope(msgspec.Struct):
    """Look into a body for the rows that it may wrap."""

    items: msgspec.Raw


@router.get(
    "/sellers/{seller_id}/faqs",
    summary="Read a seller's FAQ entries",
    **describes(FaqsOut, errors=(404, 422)),
)
async def read_faqs(
    request: Request,
    seller_id: str,
    status: EntryStatus = "",
    cursor: Cursor = "",
    limit: Limit = MAX_PAGE,
) -> Response:
    """Return all entries, proposed and retired ones too, or those of one status.

    With `Accept: application/x-ndjson` all come as lines, as `PUT` takes them.
    """
    live, seller_id = _own(request, seller_id)
    known = live.state.knowledge.of(seller_id).faqs.values()
    faqs = [faq for faq in known if not status or faq.status == status]
    if _as_lines(request):
        return _lines([told(faq) for faq in faqs])
    part, following = page_of(faqs, cursor, limit)
    items = [told(faq) for faq in part]
    return _fresh(FaqsOut(seller_id=seller_id, items=items, next_cursor=following))


@router.put(
    "/sellers/{seller_id}/faqs",
    summary="Add or change FAQ entries",
    **describes(
        Upserted,
        list[FaqIn],
        FaqIn,
        errors=(400, 404, 413, 415, 422),
        media=("application/json", LINES),
    ),
)
async def write_faqs(request: Request, seller_id: str) -> Response:
    """Upsert by `faq_id`: rows replace the entries they name, all others stay.

    Send an array, `{"items": []}` or NDJSON. Personal data in texts is masked. Rows that cannot be
    taken come back by index, the rest lands; an approved entry answers from the next question on.
    """
    live, seller_id = _own(request, seller_id, new=True)
    edits = KnowledgeEdits(live.state, seller_id, live.now())
    rows = await _rows(request, faq_rows)
    return await _taken(live, edits, rows, edits.put_faq, "faq_id")


@router.get(
    "/sellers/{seller_id}/consultations",
    summary="Read a seller's past consultations",
    **describes(ConsultationsOut, errors=(404, 422)),
)
async def read_consultations(
    request: Request, seller_id: str, cursor: Cursor = "", limit: Limit = MAX_PAGE
) -> Response:
    """Return the consultations, personal data masked.

    With `Accept: application/x-ndjson` all come as lines, as `PUT` takes them.
    """
    live, seller_id = _own(request, seller_id)
    talks = live.state.knowledge.of(seller_id).consultations.values()
    kept = [talk for talk in talks if not talk.removed]
    if _as_lines(request):
        return _lines([_talk(talk) for talk in kept])
    part, following = page_of(kept, cursor, limit)
    items = [_talk(talk) for talk in part]
    return _fresh(ConsultationsOut(seller_id=seller_id, items=items, next_cursor=following))


@router.put(
    "/sellers/{seller_id}/consultations",
    summary="Add, change or remove past consultations",
    **describes(
        Upserted,
        list[ConsultationIn],
        ConsultationIn,
        errors=(400, 404, 413, 415, 422),
        media=("application/json", LINES),
    ),
)
async def write_consultations(request: Request, seller_id: str) -> Response:
    """Upsert by `consultation_id`; what people said teaches the assistant, what bots said does not.

    Send an array, `{"items": []}` or NDJSON. Personal data in texts is masked.
    """
    live, seller_id = _own(request, seller_id, new=True)
    edits = KnowledgeEdits(live.state, seller_id, live.now())

    def put(row: ConsultationIn) -> bool | str:
        return edits.put_talk(row, live.pseudonym(row.visitor_id) if row.visitor_id else "")

    rows = await _rows(request, talk_rows)
    return await _taken(live, edits, rows, put, "consultation_id")


def _own(request: Request, seller_id: str, *, new: bool = False) -> tuple[Live, str]:
    live = live_of(request)
    live.need_ready()
    caller = guard_of(request).check(request, Scope.SELLER)
    seller_id = caller.own_seller(path_id(seller_id, "seller"))
    if not new:
        live.shelf(seller_id)
    return live, seller_id


async def _rows(request: Request, rows: Rows[T]) -> list[T | Rejected]:
    media = media_type(request)
    if media not in NDJSON | JSON_TYPES:
        raise UnsupportedMedia(f"send application/json or {LINES}")
    body = await read_body(request, MAX_BYTES)
    if media in NDJSON:
        lines = [line for line in body.split(b"\n") if line.strip()]
        return [rows.decode_line(line, index) for index, line in enumerate(lines)]
    if body.lstrip()[:1] == b"[":
        return rows.decode(body)
    return rows.decode(decode(body, _Envelope).items)


async def _taken(
    live: Live,
    edits: KnowledgeEdits,
    rows: Sequence[T | Rejected],
    put: Callable[[T], bool | str],
    name: str,
) -> Response:
    reply = Upserted(accepted=0, unchanged=0, rejected=[])
    for index, row in enumerate(rows):
        if isinstance(row, Rejected):
            reply.rejected.append(row)
            continue
        changed = put(row)
        if isinstance(changed, str):
            reply.rejected.append(refused(changed, index, name))
        elif not changed:
            reply.unchanged += 1
    seqs = await live.append(edits.events) if edits.events else []
    reply.unchanged += seqs.count(None)
    reply.accepted += len(seqs) - seqs.count(None)
    return Response(msgspec.json.encode(reply), media_type="application/json")


def _as_lines(request: Request) -> bool:
    return request.headers.get("accept", "").startswith(LINES)


def _fresh(page: msgspec.Struct) -> Response:
    return Response(msgspec.json.encode(page), headers=FRESH, media_type="application/json")


def _lines(rows: Sequence[msgspec.Struct]) -> Response:
    body = b"".join(msgspec.json.encode(row) + b"\n" for row in rows)
    return Response(body, headers=FRESH, media_type=LINES)


def _talk(talk: Consultation) -> ConsultationOut:
    return ConsultationOut(
        consultation_id=talk.consultation_id,
        turns=[TurnIn(role=turn.role, text=turn.text) for turn in talk.turns],
        item_ids=list(talk.item_ids),
        at=talk.at or None,
        version=talk.version,
    )


def page_of(rows: Sequence[R], cursor: str, limit: int) -> tuple[Sequence[R], str | UnsetType]:
    """Return a page of rows and the cursor of the next; raise Invalid for one that is not ours."""
    if cursor and not cursor.isdecimal():
        raise Invalid("cursor: not one of ours", [BadField("cursor", "not one of ours", "invalid")])
    start = int(cursor or 0)
    end = start + limit
    return rows[start:end], str(end) if end < len(rows) else UNSET
