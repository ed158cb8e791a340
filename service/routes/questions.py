"""What visitors asked: GET /sellers/{id}/questions, and the seller's own reply to one of them."""

from __future__ import annotations

import asyncio
from typing import Annotated, Final, Literal

import msgspec
from fastapi import APIRouter, Query, Request
from starlette.responses import Response

from data.errors import BadField, NotFound
from data.knowledge import Asked, Faq
from data.masking import mask
from models.answers.gaps import grouped
from service.answer_schemas import GroupOut, QuestionOut, QuestionsOut, RepliedOut, ReplyIn
from service.deps import guard_of, live_of
from service.keys import Scope
from service.knowing import KnowledgeEdits, told
from service.live import Live
from service.moments import rfc3339
from service.openapi import describes
from service.routes.knowledge import FRESH, MAX_PAGE, Cursor, page_of
from service.validation import decode, need_json, read_body, refused

MAX_BYTES: Final = 100_000
Status = Literal["", "waiting", "gap", "answered", "clarify", "abstained", "handed_off"]

router = APIRouter(tags=["answers"])


@router.get(
    "/sellers/{seller_id}/questions",
    summary="Read what visitors asked",
    **describes(QuestionsOut, errors=(404, 422)),
)
async def read_questions(
    request: Request,
    seller_id: str,
    status: Annotated[Status, Query(description="`gap`: not answered, or rated badly")] = "",
    cursor: Cursor = "",
    limit: Annotated[int, Query(ge=1, le=MAX_PAGE)] = 100,
) -> Response:
    """Return questions: those that wait come first, the urgent before all, then the newest.

    `groups` ranks what goes unanswered; each is one thing that several visitors asked in their own
    words.
    """
    live, seller_id = _own(request, seller_id)
    questions = live.state.knowledge.of(seller_id).questions.values()
    wanted = [asked for asked in questions if _is(asked, status)]
    wanted.sort(
        key=lambda asked: (asked.waiting and asked.question.urgent, asked.waiting, asked.at),
        reverse=True,
    )
    part, following = page_of(wanted, cursor, limit)
    gaps = [asked for asked in questions if asked.gap]
    channels = live.helper.channels(seller_id)
    groups = await asyncio.to_thread(grouped, gaps, channels)  # texts are encoded once each
    page = QuestionsOut(
        seller_id=seller_id,
        items=[_question(asked) for asked in part],
        next_cursor=following,
        groups=[
            GroupOut(
                text=group.text,
                visitors=group.visitors,
                urgent=group.urgent,
                question_ids=list(group.question_ids),
            )
            for group in groups
        ],
    )
    return Response(msgspec.json.encode(page), headers=FRESH, media_type="application/json")


@router.post(
    "/sellers/{seller_id}/questions/{question_id}/reply",
    summary="Answer a visitor's question",
    **describes(RepliedOut, ReplyIn, errors=(400, 404, 413, 415, 422)),
)
async def post_reply(request: Request, seller_id: str, question_id: str) -> Response:
    """Give the visitor the seller's own answer, and make a FAQ entry of it.

    Personal data in it is masked, hers too; the entry's `lint` tells where. The entry waits as
    `proposed` until she approves it with `PUT …/faqs`, or is approved at once with `approve`. A
    second reply replaces the first; the entry takes its words and stays what else she has made of
    it. An approved entry is checked as `PUT …/faqs` checks it: a reply that fails is not given.
    """
    live, seller_id = _own(request, seller_id)
    need_json(request)
    row = decode(await read_body(request, MAX_BYTES), ReplyIn)
    async with live.editing(seller_id):
        asked = live.state.knowledge.of(seller_id).questions.get(question_id)
        if asked is None:
            raise NotFound("no such question")
        edits = KnowledgeEdits(live.state, seller_id, live.now())
        known = live.state.knowledge.of(seller_id).faqs.get(question_id)
        edits.reply(question_id, row.text)
        changed = edits.put_replied(_entry(asked, row, known), known)
        if isinstance(changed, BadField):
            raise refused([changed])
        await live.append(edits.events)
    knowledge = live.state.knowledge.of(seller_id)
    reply = RepliedOut(
        question=_question(knowledge.questions[question_id]),
        faq=told(knowledge.faqs[question_id], live.shelf(seller_id), live.now()),
    )
    return Response(msgspec.json.encode(reply), headers=FRESH, media_type="application/json")


def _entry(asked: Asked, row: ReplyIn, known: Faq | None) -> Faq:
    """Return the entry that a reply proposes, or what it makes of the one that there is."""
    question = asked.question
    entry = known or Faq(
        faq_id=question.question_id,
        question=question.text,
        answer="",
        item_ids=(question.item_id,) if question.item_id else (),
        status="proposed",
        version=0,
        question_id=question.question_id,
    )
    return msgspec.structs.replace(
        entry,
        question=mask(row.question or entry.question),
        answer=mask(row.text),
        status="approved" if row.approve else entry.status,
    )


def _own(request: Request, seller_id: str) -> tuple[Live, str]:
    live = live_of(request)
    live.need_ready()
    caller = guard_of(request).check(request, Scope.SELLER)
    seller_id = caller.own_seller(seller_id)
    live.shelf(seller_id)
    return live, seller_id


def _is(asked: Asked, status: Status) -> bool:
    if status == "waiting":
        return asked.waiting
    if status == "gap":
        return asked.gap
    return not status or asked.question.status == status


def _question(asked: Asked) -> QuestionOut:
    question = asked.question
    return QuestionOut(
        question_id=question.question_id,
        text=question.text,
        at=rfc3339(asked.at),
        status=question.status,
        reason=question.reason,
        urgent=question.urgent,
        waiting=asked.waiting,
        answer=question.answer,
        confidence=question.confidence,
        item_id=question.item_id,
        rating=asked.rating,
        reply=asked.reply,
        context=list(question.context),
    )
