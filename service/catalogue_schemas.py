"""What goes over the wire for catalogues, shelves and cards."""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec
from msgspec import UNSET, Meta, UnsetType

from service.schemas import Rejected
from service.wire import (
    LINE,
    SAID,
    Address,
    Amount,
    Count,
    Id,
    Moment,
    Name,
    Prose,
    Question,
    Snippet,
    Title,
    Word,
)


class SupplierAnswerIn(msgspec.Struct, kw_only=True):
    """What a supplier says of a product; the assistants of all who list it may say it too."""

    question: Question
    answer: Annotated[str, Meta(min_length=1, max_length=1_000, pattern=SAID)]
    aliases: Annotated[list[Question], Meta(max_length=20)] = []


class ItemIn(msgspec.Struct, kw_only=True):
    """A supplier's product, whole; `deleted` takes it off all shelves."""

    item_id: Id
    title: Name
    title_en: Title = ""
    description: Prose = ""
    description_en: Prose = ""
    category: Title = ""
    brand: Title = ""
    tags: Annotated[list[Word], Meta(max_length=32)] = []
    attributes: Annotated[dict[Word, Title], Meta(max_length=64)] = {}
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


class ItemsIn(msgspec.Struct, kw_only=True):
    """Products to add or change; those not named stay as they are."""

    items: Annotated[list[ItemIn], Meta(max_length=10_000)]


class PromotionIn(msgspec.Struct, kw_only=True):
    """One offer on a listing, from `starts` until `ends` (missing: open).

    `limited` and `group` need a `price`, `group` a `group_size` of 2 or more, `coupon` an `amount`.
    None may be above the listing's own price, where the row has one.
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


class FeedTaken(Upserted, kw_only=True):
    """Count a feed's rows; `rejected` names the first 1,000 of `rejected_count` refused ones."""

    rejected_count: int


class CardIn(msgspec.Struct, kw_only=True):
    """Who a seller is, as her card tells it."""

    name: Name
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
