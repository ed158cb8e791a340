"""What goes over the wire: decoded, encoded and described in the OpenAPI document from here."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Final, Literal

import msgspec
from msgspec import UNSET, Meta, UnsetType

LINE: Final = r"^[^\x00-\x1f\x7f-\x9f]*$(?!\n)"
"""No control characters; lone surrogates cannot be decoded in the first place."""
PROSE: Final = r"^[^\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]*$"
"""The same, but line breaks and tabs may stand."""

Id = Annotated[str, Meta(min_length=1, max_length=128, pattern=LINE)]
Word = Annotated[str, Meta(min_length=1, max_length=64, pattern=LINE)]
Title = Annotated[str, Meta(max_length=300, pattern=LINE)]
Prose = Annotated[str, Meta(max_length=10_000, pattern=PROSE)]
Question = Annotated[str, Meta(min_length=1, max_length=500, pattern=PROSE)]
Snippet = Annotated[str, Meta(min_length=1, max_length=200, pattern=PROSE)]
Address = Annotated[str, Meta(max_length=2_000, pattern=r"^(?:https?://|/(?!/))[^\s<>\"']*$|^$")]
Expression = Annotated[str, Meta(max_length=500)]
Amount = Annotated[float, Meta(ge=0, le=1e9)]
Count = Annotated[int, Meta(ge=0, le=1_000_000_000)]
Moment = Annotated[int, Meta(ge=0, le=10**14)] | Annotated[datetime, Meta(tz=True)]
Switch = Literal["on", "off"]


class ShareIn(msgspec.Struct, kw_only=True):
    """Say by which share a visitor came, or what she shared."""

    share_id: Id
    from_visitor_id: Id | None = None
    channel: Word | None = None


class EventIn(msgspec.Struct, kw_only=True):
    """One thing a visitor did or saw. `at` is RFC 3339 with an offset, or epoch milliseconds."""

    event_id: Id
    kind: Literal[
        "view",
        "dwell",
        "click",
        "impression",
        "share",
        "open",
        "favorite",
        "cart",
        "purchase",
        "consult",
        "not_interested",
        "consent",
        "answer_rated",
    ]
    at: Moment
    visitor_id: Id
    seller_id: Id | None = None
    session_id: Id | None = None
    item_id: Id | None = None
    duration_ms: Annotated[int, Meta(ge=0, le=86_400_000)] | None = None
    value: Annotated[float, Meta(ge=-1e9, le=1e9)] | None = None
    quantity: Annotated[int, Meta(ge=0, le=100_000)] | None = None
    price: Amount | None = None
    recommendation_id: Id | None = None
    answer_id: Id | None = None
    position: Annotated[int, Meta(ge=0, le=100_000)] | None = None
    share: ShareIn | None = None
    personalization: Switch | None = None  # what a `consent` event says


class BatchIn(msgspec.Struct, kw_only=True):
    """Several events; `key` is the publishable key of a page that cannot set headers."""

    events: Annotated[list[EventIn], Meta(max_length=1000)]
    key: str | None = None


class Rejected(msgspec.Struct, kw_only=True, omit_defaults=True):
    """Name a row that was not taken, counted from 0, and why."""

    index: int
    code: str
    detail: str
    field: str = ""


class Accepted(msgspec.Struct, kw_only=True):
    """Count what is now on disk; a duplicate of an earlier `event_id` is a success too."""

    accepted: int
    duplicates: int
    rejected: list[Rejected]


class ContextIn(msgspec.Struct, kw_only=True):
    """Say where the picks will stand: what is looked at, by which share, in which language."""

    item_ids: Annotated[list[Id], Meta(max_length=50)] = []
    share_id: Id | None = None
    from_visitor_id: Id | None = None
    region: Annotated[str, Meta(max_length=64, pattern=LINE)] | None = None
    locale: Annotated[str, Meta(max_length=35, pattern=r"^[A-Za-z]{2,8}(?:[-_][A-Za-z0-9]+)*$")] = (
        "zh"
    )


class RecommendIn(msgspec.Struct, kw_only=True):
    """Ask for picks of one seller's shelf for one visitor."""

    visitor_id: Id | None = None  # may be missing only with personalization off
    seller_id: Id | None = None  # not needed with a key that fixes it
    session_id: Id | None = None
    placement: Annotated[str, Meta(max_length=64, pattern=r"^[a-z][a-z0-9_]*$")] = "card_home"
    count: Annotated[int, Meta(ge=1, le=100)] = 10
    context: ContextIn = msgspec.field(default_factory=ContextIn)
    exclude_ids: Annotated[list[Id], Meta(max_length=1000)] = []
    filter: Expression | None = None
    boost: Expression | None = None
    diversity: Annotated[float, Meta(ge=0, le=1)] | None = None
    reshow: Literal["hide", "cooldown", "allow"] = "allow"
    personalization: Switch = "on"
    explain: bool = True
    dry_run: bool = False  # true: nothing is logged


class ReasonOut(msgspec.Struct, kw_only=True):
    """Say what moved a pick: a stable code, a sentence in the visitor's language, the evidence."""

    code: str
    text: str
    evidence: str


class PickOut(msgspec.Struct, kw_only=True):
    """One pick. `propensity` is the probability with which it was chosen for its rank."""

    item_id: str
    rank: int
    score: float
    propensity: float
    source: str
    reasons: list[ReasonOut]


class ExperimentOut(msgspec.Struct, kw_only=True):
    """Name the experiment a request took part in and its arm."""

    id: str
    arm: str


class RecommendOut(msgspec.Struct, kw_only=True):
    """The picks, best first; `fallback_level` 0 (personal) to 4 (the seller's own order)."""

    recommendation_id: str
    items: list[PickOut]
    fallback_level: int
    personalized: bool
    model_version: str
    experiment: ExperimentOut | None
    took_ms: float


class ReplayOut(msgspec.Struct, kw_only=True):
    """The same list, rebuilt from what was logged when it was shown."""

    recommendation_id: str
    items: list[PickOut]
    fallback_level: int
    personalized: bool
    model_version: str
    experiment: ExperimentOut | None
    seller_id: str
    at: str
    placement: str


class SupplierAnswerIn(msgspec.Struct, kw_only=True):
    """What a supplier says of a product; the assistants of all who list it may say it too."""

    question: Question
    answer: Annotated[str, Meta(min_length=1, max_length=1_000, pattern=PROSE)]
    aliases: Annotated[list[Question], Meta(max_length=20)] = []


class ItemIn(msgspec.Struct, kw_only=True):
    """A supplier's product, whole; `deleted` takes it off all shelves."""

    item_id: Id
    title: Annotated[str, Meta(min_length=1, max_length=300, pattern=LINE)]
    title_en: Title = ""
    description: Prose = ""
    description_en: Prose = ""
    category: Title = ""
    brand: Title = ""
    tags: Annotated[list[Word], Meta(max_length=32)] = []
    attributes: dict[Word, Title] = {}
    price: Amount | None = None
    stock: Count | None = None
    as_of: Moment | None = None  # when price and stock were true; missing: now
    rating: Annotated[float, Meta(ge=0, le=5)] | None = None
    reviews: Count | None = None
    sales: Count | None = None
    image: Address = ""
    answers: Annotated[list[SupplierAnswerIn], Meta(max_length=20)] = []
    review_snippets: Annotated[list[Snippet], Meta(max_length=5)] = []
    deleted: bool = False


class PromotionIn(msgspec.Struct, kw_only=True):
    """One offer on a listing, from `starts` until `ends` (missing: open).

    `limited` and `group` need a `price`, `group` a `group_size`, `coupon` an `amount`.
    """

    promotion_id: Id
    kind: Literal["limited", "coupon", "group"]
    price: Amount | None = None
    amount: Amount | None = None
    least: Amount = 0.0
    group_size: Annotated[int, Meta(ge=0, le=1000)] = 0
    starts: Moment | None = None
    ends: Moment | None = None
    label: Annotated[str, Meta(max_length=60, pattern=LINE)] = ""


class ListingIn(msgspec.Struct, kw_only=True):
    """One item's place on a shelf; without a price the item's own holds, without stock any."""

    item_id: Id
    position: Annotated[float, Meta(ge=-1e9, le=1e9)] = 0.0
    price: Amount | None = None
    stock: Count | None = None
    pinned: bool = False
    removed: bool = False
    promotions: Annotated[list[PromotionIn], Meta(max_length=10)] = []


class ListingsIn(msgspec.Struct, kw_only=True):
    """Listings to add or change; those not named stay as they are."""

    items: Annotated[list[ListingIn], Meta(max_length=10_000)]


class Upserted(msgspec.Struct, kw_only=True):
    """Count rows that changed something and rows that said what was known; name the refused."""

    accepted: int
    unchanged: int
    rejected: list[Rejected]


class CardIn(msgspec.Struct, kw_only=True):
    """Who a seller is, as her card tells it."""

    name: Annotated[str, Meta(min_length=1, max_length=300, pattern=LINE)]
    name_en: Title = ""
    title: Title = ""
    title_en: Title = ""
    story: Prose = ""
    story_en: Prose = ""
    trade: Title = ""
    region: Title = ""
    avatar: Address = ""


class CardOut(CardIn, kw_only=True):
    """A seller's card."""

    seller_id: str


class PromotionOut(msgspec.Struct, kw_only=True):
    """One offer as it stands; `running` says whether it holds now, an empty end is open."""

    promotion_id: str
    kind: str
    price: float | None
    amount: float | None
    least: float
    group_size: int
    starts: str
    ends: str
    label: str
    running: bool


class ProductOut(msgspec.Struct, kw_only=True):
    """One product as it stands on a shelf: the seller's price and stock, the item's description.

    `price` is what is paid now; `usual_price` is the seller's own without a limited offer. `stock`
    is what is left to sell; `own_stock` what the seller has set, None where the supplier's counts.
    """

    item_id: str
    title: str
    title_en: str
    description: str
    description_en: str
    category: str
    brand: str
    tags: list[str]
    attributes: dict[str, str]
    price: float | None
    list_price: float | None
    rating: float | None
    reviews: int | None
    sales: int | None
    image: str
    stock: int | None
    pinned: bool
    position: float
    usual_price: float | None = None
    own_stock: int | None = None
    promotions: list[PromotionOut] = []


class ShelfOut(msgspec.Struct, kw_only=True, omit_defaults=True):
    """One page of a shelf in the seller's order; `next_cursor` is there while more follows."""

    seller_id: str
    items: list[ProductOut]
    next_cursor: str | UnsetType = UNSET


class ModelOut(msgspec.Struct, kw_only=True):
    """One registered version; `card` is its model card as training wrote it."""

    version: str
    champion: bool
    card: dict[str, Any]


class ModelsOut(msgspec.Struct, kw_only=True):
    """All versions, which one is the champion and which one answers at this moment."""

    champion: str | None
    serving: str
    models: list[ModelOut]


class Promoted(msgspec.Struct, kw_only=True):
    """Name the version that answers from the next request on."""

    serving: str


class Health(msgspec.Struct, kw_only=True, omit_defaults=True):
    """Say how the process is."""

    status: str
    model_version: str = ""
    log_seq: int = 0


class FieldProblem(msgspec.Struct, kw_only=True):
    """Name one bad field by its path in the body."""

    field: str
    code: str
    detail: str


class ProblemOut(msgspec.Struct, kw_only=True, omit_defaults=True):
    """An error as RFC 9457 problem JSON: `code` is stable, `errors` names every bad field."""

    type: str
    title: str
    status: int
    code: str
    detail: str
    request_id: str
    errors: list[FieldProblem] = []


class AnswerIn(msgspec.Struct, kw_only=True):
    """Ask a seller's assistant; `item_id` is the product's page that is open."""

    question: Annotated[str, Meta(min_length=1, max_length=500, pattern=PROSE)]
    visitor_id: Id | None = None  # may be missing only with personalization off
    seller_id: Id | None = None  # not needed with a key that fixes it
    item_id: Id | None = None
    locale: Annotated[str, Meta(max_length=35, pattern=r"^[A-Za-z]{2,8}(?:[-_][A-Za-z0-9]+)*$")] = (
        "zh"
    )
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
    first product, or with its id of any other, as in `{stock:i00001}`. With
    `if_version` the row is refused unless the stored entry still has that version.
    """

    faq_id: Id
    question: Question
    answer: Annotated[str, Meta(min_length=1, max_length=4_000, pattern=PROSE)]
    aliases: Annotated[list[Question], Meta(max_length=200)] = []
    item_ids: Annotated[list[Id], Meta(max_length=50)] = []
    status: Literal["approved", "proposed", "retired"] = "approved"
    valid_from: Moment | None = None
    valid_until: Moment | None = None
    allowed_terms: Annotated[list[Word], Meta(max_length=20)] = []
    if_version: Annotated[int, Meta(ge=0)] | None = None


class LintOut(msgspec.Struct, kw_only=True):
    """A doubtful span of a text under the advertising law, and what to say instead."""

    field: str
    start: int
    end: int
    term: str
    rule: str
    severity: Literal["refuse", "warn"]
    suggestion: str


class FaqOut(msgspec.Struct, kw_only=True):
    """One entry as it stands; `lint` tells why an answer would not be shown."""

    faq_id: str
    question: str
    answer: str
    aliases: list[str]
    item_ids: list[str]
    status: Literal["approved", "proposed", "retired"]
    valid_from: int | None
    valid_until: int | None
    allowed_terms: list[str]
    version: int
    question_id: str
    lint: list[LintOut]


class FaqsOut(msgspec.Struct, kw_only=True, omit_defaults=True):
    """One page of entries in order of first writing."""

    seller_id: str
    items: list[FaqOut]
    next_cursor: str | UnsetType = UNSET


class TurnIn(msgspec.Struct, kw_only=True):
    """One thing said; what a `bot` said is kept and teaches nothing."""

    role: Literal["visitor", "agent", "bot"]
    text: Annotated[str, Meta(min_length=1, max_length=4_000, pattern=PROSE)]


class ConsultationIn(msgspec.Struct, kw_only=True):
    """One past consultation as it went; `removed` takes it out."""

    consultation_id: Id
    turns: Annotated[list[TurnIn], Meta(max_length=500)] = []
    item_ids: Annotated[list[Id], Meta(max_length=50)] = []
    visitor_id: Id | None = None
    at: Moment | None = None
    removed: bool = False


class ConsultationOut(msgspec.Struct, kw_only=True):
    """One consultation, personal data masked."""

    consultation_id: str
    turns: list[TurnIn]
    item_ids: list[str]
    at: int | None
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

    text: Annotated[str, Meta(min_length=1, max_length=4_000, pattern=PROSE)]
    approve: bool = False
    question: Annotated[str, Meta(min_length=1, max_length=500, pattern=PROSE)] | None = None


class RepliedOut(msgspec.Struct, kw_only=True):
    """The question with its reply, and the entry that was proposed or approved from it."""

    question: QuestionOut
    faq: FaqOut
