"""The vocabulary: events, catalogue values and queries, as frozen values that every package shares.

An `Event` is one immutable fact of the log. Interactions carry their facts in columns; the kinds
that carry a document (`recommendation`, `item`, `seller`, `listing`, `consent`, and those of
`data.knowledge`) have a `payload`.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from hashlib import blake2b
from typing import Final

import msgspec

DAY_MS: Final = 86_400_000
IDLE_CAP_MS: Final = 10 * 60_000
"""More of a visit's dwell than this does not count: she has gone, and left the page open."""
GONE: Final = "0" * 32
"""Stands for who shared a card, where she has been erased since."""


class Kind(StrEnum):
    """Name every kind of event; the value is what stands on the wire and in the log."""

    OPEN = "open"  # a card was opened
    VIEW = "view"  # a product's page or sheet was opened
    DWELL = "dwell"  # visible milliseconds on a product since the last report
    CLICK = "click"  # a product was tapped in a list of picks
    FAVORITE = "favorite"
    SHARE = "share"
    CART = "cart"
    PURCHASE = "purchase"
    CONSULT = "consult"  # a question was asked about the shop or a product
    NOT_INTERESTED = "not_interested"
    IMPRESSION = "impression"  # a pick really came into view on the visitor's screen
    ANSWER_RATED = "answer_rated"
    CONSENT = "consent"  # payload: Consent
    RECOMMENDATION = "recommendation"  # payload: Recommendation, written by the service alone
    ITEM = "item"  # payload: Item; catalogue edits are facts of the same log
    SELLER = "seller"  # payload: Seller
    LISTING = "listing"  # payload: Listing; seller_id and item_id stand in their columns
    FAQ = "faq"  # payload: Faq; what a seller answers is content of the same log
    CONSULTATION = "consultation"  # payload: Consultation
    QUESTION = "question"  # payload: Question, with what was answered; written by the service alone
    REPLY = "reply"  # payload: Reply, a seller's own answer to a question
    ERASURE = (
        "erasure"  # a visitor is forgotten from here back: at one seller, or without one at all
    )
    TAG_REMOVED = "tag_removed"  # payload: TagRemoved; a taste of hers is forgotten from here back

    __hash__ = str.__hash__  # kept with the string; an enum's own is a call of Python each time


CODES: Final[Mapping[Kind, int]] = {kind: code for code, kind in enumerate(Kind)}
"""The small integers that stand for kinds in arrays. Append new kinds at the end of `Kind` only."""

CLIENT_KINDS: Final = frozenset(Kind) - {
    Kind.RECOMMENDATION,
    Kind.ITEM,
    Kind.SELLER,
    Kind.LISTING,
    Kind.FAQ,
    Kind.CONSULTATION,
    Kind.QUESTION,
    Kind.REPLY,
    Kind.ERASURE,
    Kind.TAG_REMOVED,
}
"""What a page may send; the rest is written by the service's own routes."""

INTERACTIONS: Final = frozenset(
    {
        Kind.VIEW,
        Kind.DWELL,
        Kind.CLICK,
        Kind.FAVORITE,
        Kind.SHARE,
        Kind.CART,
        Kind.PURCHASE,
        Kind.CONSULT,
    }
)
"""Positive acts of a visitor on one item; each needs an `item_id`."""


class Event(msgspec.Struct, frozen=True, omit_defaults=True, kw_only=True, gc=False):
    """State one immutable fact. Times are epoch milliseconds (UTC); `visitor` is the keyed hash."""

    event_id: str
    kind: Kind
    at: int
    seller_id: str = ""
    visitor: str = ""
    session_id: str | None = None
    item_id: str | None = None
    duration_ms: int | None = None
    value: float | None = None
    quantity: int | None = None
    price: float | None = None
    recommendation_id: str | None = None
    answer_id: str | None = None
    position: int | None = None
    share_id: str | None = None
    from_visitor: str | None = None  # keyed hash of who shared
    channel: str | None = None
    payload: msgspec.Raw | None = None


class Logged(msgspec.Struct, frozen=True, gc=False):
    """Place an event in the log: `seq` rises by append order and never changes."""

    seq: int
    event: Event


class Consent(msgspec.Struct, frozen=True):
    """Say whether a visitor allows personal picks from here on."""

    personalization: bool


class SupplierAnswer(msgspec.Struct, frozen=True, omit_defaults=True, kw_only=True):
    """Answer one question about a product, in the supplier's words, for all who list it."""

    question: str
    answer: str
    aliases: tuple[str, ...] = ()


class Item(msgspec.Struct, frozen=True, omit_defaults=True, kw_only=True):
    """Describe a supplier's product; learning is per item across every seller who lists it."""

    item_id: str
    title: str
    supplier_id: str = ""
    title_en: str = ""
    description: str = ""
    description_en: str = ""
    category: str = ""
    brand: str = ""
    tags: tuple[str, ...] = ()
    attributes: dict[str, str] = {}
    price: float | None = None
    stock: int | None = None  # at the supplier's; None: not counted
    facts_at: int = 0  # when price and stock were true (epoch ms); 0: when they were told
    rating: float | None = None  # mean stars, 0 to 5
    reviews: int | None = None
    sales: int | None = None
    image: str = ""
    answers: tuple[SupplierAnswer, ...] = ()
    review_snippets: tuple[str, ...] = ()  # what buyers wrote, in short, the most telling first
    deleted: bool = False


class Seller(msgspec.Struct, frozen=True, omit_defaults=True, kw_only=True):
    """Describe a tenant and her card."""

    seller_id: str
    name: str
    name_en: str = ""
    title: str = ""
    title_en: str = ""
    story: str = ""
    story_en: str = ""
    trade: str = ""
    region: str = ""
    avatar: str = ""
    timezone: str = ""  # IANA name of where her days begin; empty: the service's
    origins: tuple[str, ...] = ()  # whose pages may use her publishable keys; (): any
    holdout: float | None = None  # share of visitors who see what is popular; None: the service's


class Erasure(msgspec.Struct, frozen=True, omit_defaults=True):
    """Tell whose profiles name her as who led them to a card; empty once she is erased."""

    led: tuple[str, ...] = ()


class TagRemoved(msgspec.Struct, frozen=True):
    """Name a taste by its kind and its name, `category:serum`: a key of a profile's weights."""

    tag: str

    @property
    def key(self) -> int:
        """Return the key of what products are called so."""
        kind, _, name = self.tag.partition(":")
        return key64(kind, name)


class Stay(msgspec.Struct, frozen=True):
    """Keep of an erased visitor's dwell report what her stay had come to before it."""

    before_ms: int


class Promotion(msgspec.Struct, frozen=True, omit_defaults=True, kw_only=True):
    """Offer a product for less during [starts, ends): for all, with a coupon, or to a group.

    `price` is what is paid while a limited offer runs, or by each of a group of `group_size`; a
    coupon takes `amount` off from a price of `least` on. Times are epoch ms; an end of 0 is open.
    """

    promotion_id: str
    kind: str  # limited | coupon | group
    price: float | None = None
    amount: float | None = None
    least: float = 0.0
    group_size: int = 0
    starts: int = 0
    ends: int = 0
    label: str = ""

    def runs(self, at: int) -> bool:
        """Say whether the offer holds at a moment (epoch ms)."""
        return self.starts <= at and (not self.ends or at < self.ends)


class Listing(msgspec.Struct, frozen=True, omit_defaults=True, kw_only=True):
    """Put one item on one seller's shelf; None for price means the item's own.

    Listings are upserted one by one: a shelf is what all its listing events fold to.
    """

    item_id: str
    position: float = 0.0  # the seller's own order, ascending; ties by first appearance
    price: float | None = None
    stock: int | None = None
    pinned: bool = False
    removed: bool = False
    promotions: tuple[Promotion, ...] = ()


def offer(listing: Listing, price: float | None, at: int) -> tuple[float | None, Promotion | None]:
    """Return what everyone pays for a listing at a moment and the limited offer that makes it so.

    Of several limited offers that run, the lowest holds, and none above the usual price.
    """
    best = None
    for one in listing.promotions:
        if one.kind == "limited" and one.price is not None and one.runs(at):
            below = best.price if best is not None else price
            if below is None or one.price < below:
                best = one
    return (price, None) if best is None else (best.price, best)


class Slot(msgspec.Struct, frozen=True, array_like=True):
    """Record one shown pick: what, with which score and with which probability at its rank.

    `reasons` are (code, evidence) pairs; the evidence is an item id, a facet's name or empty.
    """

    item_id: str
    score: float
    propensity: float
    source: str
    reasons: tuple[tuple[str, str], ...] = ()


class Recommendation(msgspec.Struct, frozen=True, omit_defaults=True, kw_only=True):
    """Keep what was asked, known and shown, so that training can rebuild the same features.

    `state_seq` is the last log entry folded into the state that served; `candidates` counts the
    items that were ranked; `digest` is `features.digest` over their keys and feature matrix.
    """

    query: Query
    slots: tuple[Slot, ...]
    candidates: int
    state_seq: int
    model_version: str
    digest: str
    fallback_level: int
    personalized: bool
    arm: str = ""  # personal | holdout; empty: not in the experiment
    titles: dict[str, str] = {}  # names, as shown, of the products that reasons point at
    erased: bool = (
        False  # who it was for, or who had shared the card, was: it can be rebuilt no more
    )


class Query(msgspec.Struct, frozen=True, omit_defaults=True, kw_only=True):
    """Ask for picks: a frozen value that carries its own time (epoch ms) and its own randomness."""

    recommendation_id: str
    seller_id: str
    visitor: str
    at: int
    session_id: str | None = None
    placement: str = "card_home"
    count: int = 10
    context_items: tuple[str, ...] = ()
    share_id: str | None = None
    from_visitor: str | None = None
    region: str = ""
    locale: str = "zh"
    exclude: tuple[str, ...] = ()
    filter: str = ""
    boost: str = ""
    diversity: float = 0.0
    reshow: str = "allow"  # hide | cooldown | allow
    personalization: bool = True
    explain: bool = True


def key64(space: str, name: str) -> int:
    """Return the 64-bit key (blake2b) of a name in a space such as `item`, `seller` or `brand`.

    Arrays hold these keys instead of strings: the same in every home, process and model, without
    an id map to keep in step. A collision among ten million names has probability 3e-6.
    """
    return int.from_bytes(blake2b(f"{space}\x1f{name}".encode(), digest_size=8).digest(), "little")
