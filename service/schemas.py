"""What goes over the wire for events, lists, models and problems, as the OpenAPI document tells."""

from __future__ import annotations

from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta

from service.wire import LINE, LOCALE, PLACEMENT, Amount, Expression, Id, Moment, Switch, Word


class ShareIn(msgspec.Struct, kw_only=True):
    """Say by which share a visitor came, or what she shared.

    `from_visitor_id` is the `referral_code` of who shared; her id, in links of old.
    """

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
    """Say where the picks will stand: what is looked at, by which share, in which language.

    `from_visitor_id` names who shared, as in an event's `share`.
    """

    item_ids: Annotated[list[Id], Meta(max_length=50)] = []
    share_id: Id | None = None
    from_visitor_id: Id | None = None
    region: Annotated[str, Meta(max_length=64, pattern=LINE)] | None = None
    locale: Annotated[str, Meta(max_length=35, pattern=LOCALE)] = "zh"


class RecommendIn(msgspec.Struct, kw_only=True):
    """Ask for picks of one seller's shelf for one visitor."""

    visitor_id: Id | None = None  # may be missing only with personalization off
    seller_id: Id | None = None  # not needed with a key that fixes it
    session_id: Id | None = None
    placement: Annotated[str, Meta(max_length=64, pattern=PLACEMENT)] = "card_home"
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


class ReasonOut(msgspec.Struct, kw_only=True, gc=False):
    """Say what moved a pick: a stable code, a sentence in the visitor's language, the evidence."""

    code: str
    text: str
    evidence: str


class PickOut(msgspec.Struct, kw_only=True, gc=False):
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
    """The picks, best first; `fallback_level` 0 (personal) to 4 (the seller's own order).

    `referral_code` names the visitor in links to this seller's card and is of no other use; empty
    for one who is not followed.
    """

    recommendation_id: str
    items: list[PickOut]
    fallback_level: int
    personalized: bool
    model_version: str
    experiment: ExperimentOut | None
    referral_code: str
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
