"""POST /events: what visitors did, checked row by row, durable before the reply."""

from __future__ import annotations

import json
from collections import Counter
from typing import Final

import msgspec
from fastapi import APIRouter, Request
from starlette.responses import Response

from data.errors import BadField, Invalid, Malformed, RateLimited, UnsupportedMedia
from data.schemas import Consent, Event, Kind
from service.deps import parts_of
from service.edits import epoch_ms
from service.keys import Scope
from service.live import Live
from service.metrics import Metrics
from service.openapi import describes
from service.rates import Rates
from service.referrals import named, sharer
from service.replies import Reply, json_reply
from service.rows import Rows
from service.schemas import Accepted, BatchIn, EventIn, Rejected
from service.security import Caller
from service.validation import (
    FROM_FUTURE,
    JSON_TYPES,
    MAX_SKEW_MS,
    lenient,
    media_type,
    read_body,
    refused,
)

MAX_BYTES: Final = 1_000_000
MAX_BEACON_BYTES: Final = 64_000
MAX_ROWS: Final = 1000
EARLIEST_MS: Final = 100_000_000_000
"""March 1973: a smaller number is seconds, not milliseconds."""
RESERVED: Final = ("rec_", "edit_", "ans_", "erase_", "untag_", "wish_")
"""How the ids begin that the service gives to its own events."""

ON_ITEMS: Final = frozenset(
    {"view", "dwell", "click", "favorite", "cart", "purchase", "not_interested", "impression"}
)
NEEDS: Final[dict[str, tuple[str, ...]]] = dict.fromkeys(ON_ITEMS, ("item_id",)) | {
    "dwell": ("item_id", "duration_ms"),
    "consent": ("personalization",),
    "answer_rated": ("answer_id",),
}
"""Fields that a kind cannot do without. A card may be shared or asked about as a whole."""
MORE_THAN_ITEM: Final = frozenset(kind for kind, fields in NEEDS.items() if fields != ("item_id",))
KINDS: Final[dict[str, Kind]] = {kind.value: kind for kind in Kind}
EXAMPLE: Final = {
    "event_id": "b7e1c0",
    "kind": "dwell",
    "visitor_id": "guest-1",
    "seller_id": "s0001",
    "item_id": "i00001",
    "at": "2026-01-05T10:00:00Z",
    "duration_ms": 8200,
}

router = APIRouter(tags=["events"])
rows_of = Rows(EventIn, MAX_ROWS)


class _Envelope(msgspec.Struct):
    """Look into a body for the two things that may stand round the rows."""

    events: msgspec.Raw = msgspec.Raw()  # empty when there is none; an optional one is not read
    key: str | None = None


@router.post(
    "/events",
    summary="Record what visitors did",
    **describes(
        Accepted,
        EventIn,
        list[EventIn],
        BatchIn,
        status=202,
        errors=(400, 413, 415, 422),
        media=("application/json", "text/plain"),
        example=EXAMPLE,
    ),
)
async def post_events(request: Request) -> Response:
    """Take one event or up to 1,000; 202 means that all but the rejected rows are on disk.

    With a page's key products go first: a row whose `item_id` is neither in the catalogue nor has
    ever been on the seller's shelf is rejected (`unknown_item`).

    Send an object, an array or `{"events": [...]}`; a page's beacon sends `text/plain` with
    `{"key": "pk_...", "events": [...]}`. Every retry is safe: `event_id` makes it a duplicate.
    With a page's key each visitor's rows are counted; those beyond the rate come back as
    `rate_limited`, to be sent again later. When no row is within it, the call is 429.
    """
    return (await take(request)).response()


async def take(request: Request) -> Reply:
    """Answer a call from its headers to the reply's last byte, by whichever path it came."""
    parts = parts_of(request)
    live = parts.live
    live.need_ready()
    body = await read_body(request, _most_bytes(media_type(request)))
    rows, single, key = _rows(body)
    caller = parts.guard.check(request, Scope.VISITOR, Scope.SELLER, key=key)
    if not live.alone:
        await _abreast(live, caller, [row for row in rows if isinstance(row, EventIn)])

    checked = _Check(live, caller)
    found = [
        row if isinstance(row, Rejected) else checked.event(row, index)
        for index, row in enumerate(rows)
    ]
    if single and isinstance(found[0], Rejected):
        raise _as_error(found[0], rows_of.problems(body))

    if caller.scope is Scope.VISITOR:
        _limit(parts.rates, caller.owner, found)
    events = [one for one in found if isinstance(one, Event)]
    rejected = [one for one in found if isinstance(one, Rejected)]
    seqs = await live.append(events) if events else []
    duplicates = seqs.count(None)
    reply = Accepted(accepted=len(events) - duplicates, duplicates=duplicates, rejected=rejected)
    _count(parts.metrics, reply)
    return json_reply(reply, 202)


async def _abreast(live: Live, caller: Caller, rows: list[EventIn]) -> None:
    """Wait for what other processes acknowledged and showed that these rows are read by."""
    visitors = {live.pseudonym(row.visitor_id) for row in rows}  # one may refuse to be followed
    await live.abreast(visitors | _sharers(live, caller, rows))  # and one may be erased
    await live.behind_lists(visitors)
    if not all(_knows(live, caller, row) for row in rows):
        await live.abreast()  # the product may just have been taken in


def _knows(live: Live, caller: Caller, row: EventIn) -> bool:
    """Say whether there is such a product; only those who are no page may name what is to come.

    Whatever is named has to be kept, and anyone can have a page's key.
    """
    if row.item_id is None or caller.scope is not Scope.VISITOR:
        return True
    return live.state.catalogue.knows(row.item_id, caller.owner)


def _sharers(live: Live, caller: Caller, rows: list[EventIn]) -> set[str]:
    return {
        visitor
        for row in rows
        if row.share is not None
        for visitor in named(live, caller.owner or row.seller_id or "", row.share.from_visitor_id)
    }


def _limit(rates: Rates, seller_id: str, found: list[Event | Rejected]) -> None:
    """Reject the rows of visitors that go beyond their rate; the first ones are taken."""
    left = rates.admit_rows(
        seller_id, Counter(one.visitor for one in found if isinstance(one, Event))
    )
    for index, one in enumerate(found) if left else ():
        if isinstance(one, Event) and one.visitor in left:
            if left[one.visitor]:
                left[one.visitor] -= 1
            else:
                detail = f"visitor_id: {rates.told_visitor}"
                found[index] = Rejected(
                    index=index, code=RateLimited.code, detail=detail, field="visitor_id"
                )


def _most_bytes(media: str) -> int:
    if media == "text/plain":
        return MAX_BEACON_BYTES
    if media not in JSON_TYPES:
        raise UnsupportedMedia("send application/json or text/plain")
    return MAX_BYTES


def _rows(body: bytes) -> tuple[list[EventIn | Rejected], bool, str | None]:
    """Return the rows, whether it was one event alone, and the key that came with them."""
    if body.lstrip()[:1] == b"[":
        return rows_of.decode(body), False, None
    try:
        envelope = msgspec.json.decode(body, type=_Envelope)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        envelope = _lenient_envelope(body)
    if bytes(envelope.events) in {b"", b"null"}:
        return [rows_of.decode_one(body, 0)], True, envelope.key
    return rows_of.decode(envelope.events), False, envelope.key


def _lenient_envelope(body: bytes) -> _Envelope:
    data = lenient(body)
    if not isinstance(data, dict):
        raise Malformed('expected an event, an array of events or {"events": []}')
    events, key = data.get("events"), data.get("key")
    if key is not None and not isinstance(key, str):
        raise Invalid("key: expected str", [BadField("key", "expected str", "wrong_type")])
    again = json.dumps(events).encode() if events is not None else b""
    return _Envelope(events=msgspec.Raw(again), key=key)


class _Check:
    """Turn wire rows into events of the log, or into what is wrong with them."""

    def __init__(self, live: Live, caller: Caller) -> None:
        self._live, self._caller = live, caller
        self._latest = live.now() + MAX_SKEW_MS
        self._by_page = caller.scope is Scope.VISITOR
        # who and whose the rows of this batch are, by what they say; "": not to be followed
        self._visitors: dict[str, str] = {}
        self._sellers: dict[str | None, str] = {}

    def event(self, row: EventIn, index: int) -> Event | Rejected:
        at = row.at if isinstance(row.at, int) else epoch_ms(row.at)
        problem = self._problem(row, at)
        if problem is not None:
            code, field, detail = problem
            return Rejected(index=index, code=code, detail=f"{field}: {detail}", field=field)
        kind, share = row.kind, row.share
        visitor = self._visitors.get(row.visitor_id)
        if visitor is None or kind == "consent":
            visitor = self._visitor(row)
        seller_id = self._sellers.get(row.seller_id)
        if seller_id is None:
            seller_id = self._sellers[row.seller_id] = self._caller.seller(row.seller_id)
        return Event(
            event_id=row.event_id,
            kind=KINDS[kind],
            at=at,
            seller_id=seller_id,
            visitor=visitor,
            session_id=row.session_id if visitor else None,
            item_id=row.item_id,
            duration_ms=row.duration_ms,
            value=row.value,
            quantity=row.quantity,
            price=row.price,
            recommendation_id=row.recommendation_id,
            answer_id=row.answer_id,
            position=row.position,
            share_id=share.share_id if share else None,
            from_visitor=self._sharer(row, seller_id) if share and visitor else None,
            channel=share.channel if share else None,
            payload=_consent(row) if kind == "consent" else None,
        )

    def _problem(self, row: EventIn, at: int) -> tuple[str, str, str] | None:
        if at > self._latest:
            return FROM_FUTURE.code, FROM_FUTURE.where, FROM_FUTURE.detail
        if at < EARLIEST_MS:
            return "out_of_range", "at", "epoch milliseconds are expected; these look like seconds"
        if row.event_id.startswith(RESERVED):
            return "reserved", "event_id", f"may not begin with {' or '.join(RESERVED)}"
        if row.seller_id is None and not self._caller.owner:
            return "missing", "seller_id", "is required where no key fixes it"
        lacks = _lacks(row) if row.item_id is None or row.kind in MORE_THAN_ITEM else None
        if lacks is not None:
            return "missing", lacks, f"is required for {row.kind}"
        if self._by_page and not _knows(self._live, self._caller, row):
            return "unknown_item", "item_id", "is not in the catalogue and was never on the shelf"
        return None

    def _visitor(self, row: EventIn) -> str:
        """Return the visitor's hash; nothing for one who asked not to be followed."""
        visitor = self._live.pseudonym(row.visitor_id)
        if row.kind == "consent":
            followed = row.personalization == "on"
        else:
            followed = self._live.state.profile(visitor).personalization
        self._visitors[row.visitor_id] = visitor if followed else ""
        return visitor if followed or row.kind == "consent" else ""

    def _sharer(self, row: EventIn, seller_id: str) -> str | None:
        name = row.share.from_visitor_id if row.share else None
        return sharer(self._live, seller_id, name)


def _lacks(row: EventIn) -> str | None:
    """Return the first field that a row's kind cannot do without and that it has not."""
    return next((name for name in NEEDS.get(row.kind, ()) if getattr(row, name) is None), None)


def _consent(row: EventIn) -> msgspec.Raw:
    return msgspec.Raw(msgspec.json.encode(Consent(personalization=row.personalization == "on")))


def _as_error(rejected: Rejected, problems: list[BadField]) -> Invalid:
    """Refuse an event that stands alone: for what cannot be read of it, else for what it says."""
    detail = rejected.detail.removeprefix(f"{rejected.field}: ")
    return refused(problems or [BadField(rejected.field, detail, rejected.code)])


def _count(metrics: Metrics, reply: Accepted) -> None:
    for outcome, count in (
        ("accepted", reply.accepted),
        ("duplicate", reply.duplicates),
        ("rejected", len(reply.rejected)),
    ):
        if count:
            metrics.count_events(outcome, count)
