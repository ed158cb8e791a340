"""What a seller's assistant knows: GET and PUT of /sellers/{id}/faqs and …/consultations."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Annotated, Final, Literal, TypeVar

import msgspec
from fastapi import APIRouter, Query, Request
from msgspec import UNSET, UnsetType
from starlette.responses import Response

from data.catalogue import Listings
from data.errors import BadField, UnsupportedMedia
from data.knowledge import Consultation, Faq
from service.answer_schemas import (
    ConsultationIn,
    ConsultationOut,
    ConsultationsIn,
    ConsultationsOut,
    FaqIn,
    FaqOut,
    FaqsIn,
    FaqsOut,
    FaqsUpserted,
    LintOut,
    RowLintOut,
    TurnIn,
)
from service.catalogue_schemas import Upserted
from service.deps import guard_of, live_of
from service.findings import of_texts, unfilled
from service.keys import Scope
from service.knowing import KnowledgeEdits, faq_of, talk_of, told
from service.live import Live
from service.moments import rfc3339
from service.openapi import describes
from service.routes.catalogue import MAX_TOLD, NDJSON
from service.rows import Rows
from service.schemas import Rejected
from service.taking import CHUNK, taken
from service.validation import JSON_TYPES, MAX_SKEW_MS, media_type, read_body, start_of

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


@router.get(
    "/sellers/{seller_id}/faqs",
    summary="Read a seller's FAQ entries",
    **describes(FaqsOut, errors=(404, 422), also={LINES: FaqOut}),
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
    shelf = live.shelf(seller_id)
    known = live.state.knowledge.of(seller_id).faqs.values()
    faqs = [faq for faq in known if not status or faq.status == status]
    if _as_lines(request):
        return await _lines(await _told(faqs, shelf, live))
    part, following = page_of(faqs, cursor, limit)
    items = await _told(part, shelf, live)
    return _fresh(FaqsOut(seller_id=seller_id, items=items, next_cursor=following))


@router.put(
    "/sellers/{seller_id}/faqs",
    summary="Add or change FAQ entries",
    **describes(
        FaqsUpserted,
        list[FaqIn],
        FaqsIn,
        FaqIn,
        errors=(400, 404, 413, 415, 422),
        media=("application/json", LINES),
    ),
)
async def write_faqs(request: Request, seller_id: str) -> Response:
    """Upsert by `faq_id`: rows replace the entries they name, all others stay.

    Send an array, `{"items": []}` or NDJSON. Personal data in texts is masked, the seller's own
    too. Rows that cannot be taken come back by index, the rest lands; an approved entry answers
    from the next question on. A seller has at most 20,000 phrasings, those of consultations
    included. `lint` tells of rows that were taken what the advertising law, masks and fields that
    nothing fills make of them, a thousand findings at most.
    """
    live, seller_id = _own(request, seller_id)
    found: list[RowLintOut] = []

    def put(edits: KnowledgeEdits, index: int, draft: _Draft) -> bool | BadField:
        changed = edits.put_faq(draft.faq, draft.if_version)
        if not isinstance(changed, BadField):
            shelf = live.shelf(seller_id)
            lint = [*draft.lint, *unfilled(draft.faq, shelf, edits.at)]
            found.extend(RowLintOut(index=index, **msgspec.structs.asdict(one)) for one in lint)
        return changed

    rows = await _rows(request, faq_rows)
    done = await taken(live, seller_id, rows, _draft, put)
    return _json(FaqsUpserted(**msgspec.structs.asdict(done), lint=found[:MAX_TOLD]))


@router.get(
    "/sellers/{seller_id}/consultations",
    summary="Read a seller's past consultations",
    **describes(ConsultationsOut, errors=(404, 422), also={LINES: ConsultationOut}),
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
        return await _lines(await asyncio.to_thread(lambda: [_talk(talk) for talk in kept]))
    part, following = page_of(kept, cursor, limit)
    items = [_talk(talk) for talk in part]
    return _fresh(ConsultationsOut(seller_id=seller_id, items=items, next_cursor=following))


@router.put(
    "/sellers/{seller_id}/consultations",
    summary="Add, change or remove past consultations",
    **describes(
        Upserted,
        list[ConsultationIn],
        ConsultationsIn,
        ConsultationIn,
        errors=(400, 404, 413, 415, 422),
        media=("application/json", LINES),
    ),
)
async def write_consultations(request: Request, seller_id: str) -> Response:
    """Upsert by `consultation_id`; what people said teaches the assistant, what bots said does not.

    Send an array, `{"items": []}` or NDJSON. Personal data in texts is masked.
    """
    live, seller_id = _own(request, seller_id)
    latest = live.now() + MAX_SKEW_MS

    def read(row: ConsultationIn) -> Consultation | BadField:
        return talk_of(row, live.pseudonym(row.visitor_id) if row.visitor_id else "", latest)

    def put(edits: KnowledgeEdits, _: int, talk: Consultation) -> bool | BadField:
        return edits.put_talk(talk)

    rows = await _rows(request, talk_rows)
    return _json(await taken(live, seller_id, rows, read, put))


class _Draft(msgspec.Struct, frozen=True):
    """Hold an entry that is to be put, and what is found in its texts."""

    faq: Faq
    if_version: int | None
    lint: list[LintOut]


def _draft(row: FaqIn) -> _Draft | BadField:
    faq = faq_of(row)
    return faq if isinstance(faq, BadField) else _Draft(faq, row.if_version, of_texts(faq))


def _own(request: Request, seller_id: str) -> tuple[Live, str]:
    live = live_of(request)
    live.need_ready()
    caller = guard_of(request).check(request, Scope.SELLER)
    seller_id = caller.own_seller(seller_id)
    live.shelf(seller_id)
    return live, seller_id


async def _rows(request: Request, rows: Rows[T]) -> list[T | Rejected]:
    media = media_type(request)
    if media not in NDJSON | JSON_TYPES:
        raise UnsupportedMedia(f"send application/json or {LINES}")
    body = await read_body(request, MAX_BYTES)
    return await asyncio.to_thread(_decoded, body, rows, lines=media in NDJSON)


def _decoded(body: bytes, rows: Rows[T], *, lines: bool) -> list[T | Rejected]:
    if lines:
        sent = [line for line in body.split(b"\n") if line.strip()]
        return [rows.decode_line(line, index) for index, line in enumerate(sent)]
    return rows.of_body(body)


def _json(reply: msgspec.Struct) -> Response:
    return Response(msgspec.json.encode(reply), media_type="application/json")


def _as_lines(request: Request) -> bool:
    return request.headers.get("accept", "").startswith(LINES)


def _fresh(page: msgspec.Struct) -> Response:
    return Response(msgspec.json.encode(page), headers=FRESH, media_type="application/json")


async def _lines(rows: Sequence[msgspec.Struct]) -> Response:
    body = await asyncio.to_thread(
        lambda: b"".join(msgspec.json.encode(row) + b"\n" for row in rows)
    )
    return Response(body, headers=FRESH, media_type=LINES)


def _looked_through(faqs: Sequence[Faq]) -> list[list[LintOut]]:
    return [of_texts(faq) for faq in faqs]


async def _told(faqs: Sequence[Faq], shelf: Listings | None, live: Live) -> list[FaqOut]:
    """Look texts through beside the event loop; what a shelf fills is asked on it, in chunks."""
    found: list[FaqOut] = []
    for start in range(0, len(faqs), CHUNK):
        part = faqs[start : start + CHUNK]
        texts = await asyncio.to_thread(_looked_through, part)
        pairs = zip(part, texts, strict=True)
        found += [told(faq, shelf, live.now(), lint) for faq, lint in pairs]
    return found


def _talk(talk: Consultation) -> ConsultationOut:
    return ConsultationOut(
        consultation_id=talk.consultation_id,
        turns=[TurnIn(role=turn.role, text=turn.text) for turn in talk.turns],
        item_ids=list(talk.item_ids),
        at=rfc3339(talk.at) if talk.at else None,
        version=talk.version,
    )


def page_of(rows: Sequence[R], cursor: str, limit: int) -> tuple[Sequence[R], str | UnsetType]:
    """Return a page of rows and the cursor of the next; raise Invalid for one that is not ours."""
    start = start_of(cursor)
    end = start + limit
    return rows[start:end], str(end) if end < len(rows) else UNSET
