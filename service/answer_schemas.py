"""What goes over the wire for questions, answers and what a seller knows."""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec
from msgspec import UNSET, Meta, UnsetType

from service.catalogue_schemas import Upserted
from service.schemas import PickOut
from service.wire import LOCALE, Id, Moment, Question, Switch, Told, Word


class AnswerIn(msgspec.Struct, kw_only=True):
    """Ask a seller's assistant; `item_id` is the product's page that is open."""

    question: Question
    visitor_id: Id | None = None  # may be missing only with personalization off
    seller_id: Id | None = None  # not needed with a key that fixes it
    item_id: Id | None = None
    locale: Annotated[str, Meta(max_length=35, pattern=LOCALE)] = "zh"
    conversation_id: Id | None = None
    session_id: Id | None = None
    personalization: Switch = "on"


class SourceOut(msgspec.Struct, kw_only=True):
    """Say what vouches for an answer: a FAQ entry, a consultation, a product or a reply."""

    kind: Literal["faq", "consultation", "product", "reply"]
    id: str
    quote: str


class HandoffOut(msgspec.Struct, kw_only=True):
    """Say that a person was called, and whether she has answered: `waiting` or `replied`."""

    state: Literal["waiting", "replied"]
    urgent: bool
    reply: str = ""
    replied_at: str = ""


class AnswerOut(msgspec.Struct, kw_only=True):
    """An answer with who vouches for it, a question back, an abstention or a hand-over.

    `confidence` is the probability that the answer is right; `origin` is null where no answer is.
    """

    answer_id: str
    status: Literal["answered", "clarify", "abstained", "handed_off"]
    answer: str
    origin: Literal["seller_verified", "extracted", "generated"] | None
    confidence: float
    sources: list[SourceOut]
    suggested_questions: list[str]
    picks: list[PickOut]
    recommendation_id: str | None
    handoff: HandoffOut | None
    conversation_id: str
    took_ms: float


class SuggestionsOut(msgspec.Struct, kw_only=True):
    """Questions that this shop's visitors are likely to ask."""

    suggested_questions: list[str]


class FaqIn(msgspec.Struct, kw_only=True):
    """One question with its answer, whole; an entry that is sent again replaces what it was.

    `answer` may hold fields, filled when it is shown: `{title}`, `{price}`, `{list_price}`,
    `{stock}`, `{rating}`, `{reviews}`, `{snippet}`, `{promotion}` and `{attribute.NAME}` of the
    first product, or with its id of any other, as in `{stock:i00001}`; a row with any other name in
    braces is refused. With `if_version` the row is refused unless the stored entry still has that
    version. An id of words, `refund_not_showing_up`, is compared with questions as an alias is.
    """

    faq_id: Id
    question: Question
    answer: Told
    aliases: Annotated[list[Question], Meta(max_length=200)] = []
    item_ids: Annotated[list[Id], Meta(max_length=50)] = []
    status: Literal["approved", "proposed", "retired"] = "approved"
    valid_from: Moment | None = None
    valid_until: Moment | None = None
    allowed_terms: Annotated[list[Word], Meta(max_length=20)] = []
    if_version: Annotated[int, Meta(ge=0)] | None = None


class FaqsIn(msgspec.Struct, kw_only=True):
    """Entries to add or change; those not named stay as they are."""

    items: Annotated[list[FaqIn], Meta(max_length=10_000)]


class LintOut(msgspec.Struct, kw_only=True):
    """A span of a text that its seller should know of, and what to say instead.

    `rule` is one of the advertising law's (`absolute`, `authority`, `medical`, `promise`),
    `personal_data` where a contact or a number was masked and visitors see `term` in its place, or
    `unfilled` for a field that her shelf does not fill now: an answer with one is not shown.
    """

    field: str
    start: int
    end: int
    term: str
    rule: str
    severity: Literal["refuse", "warn"]
    suggestion: str


class FaqOut(msgspec.Struct, kw_only=True):
    """One entry as it stands; `lint` tells why an answer would not be shown as it was sent."""

    faq_id: str
    question: str
    answer: str
    aliases: list[str]
    item_ids: list[str]
    status: Literal["approved", "proposed", "retired"]
    valid_from: str | None
    valid_until: str | None
    allowed_terms: list[str]
    version: int
    question_id: str
    lint: list[LintOut]


class RowLintOut(LintOut, kw_only=True):
    """The same of a row of a batch, counted from 0."""

    index: int


class FaqsUpserted(Upserted, kw_only=True):
    """Count and name rows as every upsert does; `lint` tells of those taken what `GET` tells."""

    lint: list[RowLintOut]


class FaqsOut(msgspec.Struct, kw_only=True, omit_defaults=True):
    """One page of entries in order of first writing."""

    seller_id: str
    items: list[FaqOut]
    next_cursor: str | UnsetType = UNSET


class TurnIn(msgspec.Struct, kw_only=True):
    """One thing said; what a `bot` said is kept and teaches nothing."""

    role: Literal["visitor", "agent", "bot"]
    text: Told


class ConsultationIn(msgspec.Struct, kw_only=True):
    """One past consultation as it went; `removed` takes it out."""

    consultation_id: Id
    turns: Annotated[list[TurnIn], Meta(max_length=500)] = []
    item_ids: Annotated[list[Id], Meta(max_length=50)] = []
    visitor_id: Id | None = None
    at: Moment | None = None
    removed: bool = False


class ConsultationsIn(msgspec.Struct, kw_only=True):
    """Consultations to add, change or remove; those not named stay as they are."""

    items: Annotated[list[ConsultationIn], Meta(max_length=10_000)]


class ConsultationOut(msgspec.Struct, kw_only=True):
    """One consultation, personal data masked."""

    consultation_id: str
    turns: list[TurnIn]
    item_ids: list[str]
    at: str | None
    version: int


class ConsultationsOut(msgspec.Struct, kw_only=True, omit_defaults=True):
    """One page of consultations in order of first writing."""

    seller_id: str
    items: list[ConsultationOut]
    next_cursor: str | UnsetType = UNSET


class QuestionOut(msgspec.Struct, kw_only=True):
    """One question as the seller sees it, with what she needs to answer it."""

    question_id: str
    text: str
    at: str
    status: Literal["answered", "clarify", "abstained", "handed_off"]
    reason: str
    urgent: bool
    waiting: bool
    answer: str
    confidence: float
    item_id: str
    rating: int
    reply: str
    context: list[str]


class GroupOut(msgspec.Struct, kw_only=True):
    """Questions that mean the same: how many visitors asked, and one of them as the heading."""

    text: str
    visitors: int
    urgent: bool
    question_ids: list[str]


class QuestionsOut(msgspec.Struct, kw_only=True, omit_defaults=True):
    """A page of questions, newest first; `groups` ranks all that were not answered well."""

    seller_id: str
    items: list[QuestionOut]
    groups: list[GroupOut]
    next_cursor: str | UnsetType = UNSET


class ReplyIn(msgspec.Struct, kw_only=True):
    """Answer a visitor; with `approve` the reply answers the same question from now on."""

    text: Told
    approve: bool = False
    question: Question | None = None


class RepliedOut(msgspec.Struct, kw_only=True):
    """The question with its reply, and the entry that was proposed or approved from it."""

    question: QuestionOut
    faq: FaqOut
