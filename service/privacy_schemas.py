"""What goes over the wire of what is held of a visitor, and of how picks come about."""

from __future__ import annotations

import msgspec

from service.schemas import PickOut
from service.wire import Id, Switch


class ActOut(msgspec.Struct, kw_only=True, omit_defaults=True):
    """One thing she did, as it stands in the log; `from_visitor` is a code for who had shared.

    `tag` is one that was taken away at her request.
    """

    at: str
    kind: str
    seller_id: str
    event_id: str
    item_id: str | None = None
    session_id: str | None = None
    duration_ms: int | None = None
    value: float | None = None
    quantity: int | None = None
    price: float | None = None
    position: int | None = None
    recommendation_id: str | None = None
    answer_id: str | None = None
    share_id: str | None = None
    from_visitor: str | None = None
    channel: str | None = None
    tag: str | None = None


class ListOut(msgspec.Struct, kw_only=True):
    """One list she was shown, with what it was asked for and why each product stood there."""

    recommendation_id: str
    at: str
    seller_id: str
    placement: str
    region: str
    locale: str
    item_ids: list[str]
    personalized: bool
    model_version: str
    items: list[PickOut]


class HeldQuestion(msgspec.Struct, kw_only=True):
    """One question she asked the assistant, what it said and what the seller did."""

    answer_id: str
    at: str
    seller_id: str
    item_id: str
    text: str
    status: str
    answer: str
    reply: str
    replied_at: str


class SaidOut(msgspec.Struct, kw_only=True):
    """One turn of a consultation."""

    role: str
    text: str


class HeldConsultation(msgspec.Struct, kw_only=True):
    """One consultation she had with a seller, as it stood last."""

    consultation_id: str
    at: str
    seller_id: str
    item_ids: list[str]
    turns: list[SaidOut]


class ConsentOut(msgspec.Struct, kw_only=True):
    """What she allowed from a moment on."""

    at: str
    seller_id: str
    personalization: str


class ConsentIn(msgspec.Struct, kw_only=True):
    """Say whether picks may follow a visitor; `seller_id` is on whose card she said so."""

    personalization: Switch
    seller_id: Id | None = None  # not needed with a key that fixes it


class EarlierOut(msgspec.Struct, kw_only=True):
    """That she was erased before; seller_id empty: everywhere."""

    receipt_id: str
    at: str
    seller_id: str


class TagOut(msgspec.Struct, kw_only=True):
    """Something that she turns to; `tag` is kind and name, one act on one such product about 1.

    `disliked` is told to operators alone: at which card she turned it down is not known.
    """

    tag: str
    weight: float
    disliked: float


class TagsOut(msgspec.Struct, kw_only=True):
    """The tastes that are known of a visitor, the dearest first; seller_id empty: of all cards."""

    seller_id: str
    personalization: str
    tags: list[TagOut]


class TagRemovedOut(msgspec.Struct, kw_only=True):
    """Name the tag that is not known of her any more."""

    tag: str


class ExportOut(msgspec.Struct, kw_only=True):
    """All that is held of a visitor, in the order it came; seller_id empty: at all sellers.

    `led` counts the visitors who came by links of hers; who they are is not told.
    """

    made_at: str
    seller_id: str
    personalization: str
    acts: list[ActOut]
    lists: list[ListOut]
    questions: list[HeldQuestion]
    consultations: list[HeldConsultation]
    consents: list[ConsentOut]
    erasures: list[EarlierOut]
    tags: list[TagOut]
    led: int


class ModelTold(msgspec.Struct, kw_only=True):
    """Which model orders; `tried_out` is the share of places given to chance, so as to learn."""

    version: str
    trained_at: str
    tried_out: float


class SignalOut(msgspec.Struct, kw_only=True):
    """One thing that counts; `weight` is its share, null where nothing was learned.

    `personal`: it rests on what the visitor did, and counts for nobody who is not followed.
    """

    code: str
    title: str
    title_en: str
    personal: bool
    weight: float | None


class ShopTold(msgspec.Struct, kw_only=True):
    """What a seller has put in force: up to `most_pinned` of her `pinned` products come first.

    `not_personal` is the share of visitors who see what is popular, for comparison. What a page
    asks for beside it (`boost`) is told in the reasons of its picks.
    """

    seller_id: str
    pinned: int
    most_pinned: int
    not_personal: float


class ToldOut(msgspec.Struct, kw_only=True):
    """A sentence in Chinese and English."""

    text: str
    text_en: str


class TransparencyOut(msgspec.Struct, kw_only=True):
    """How picks come about, what is held of visitors for it and what they may ask for."""

    model: ModelTold
    signals: list[SignalOut]
    shop: ShopTold | None
    held: list[ToldOut]
    rights: list[ToldOut]
