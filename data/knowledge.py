"""What a seller's assistant knows and was asked: FAQ entries, consultations, questions, replies.

All of them are events of the one log; `Knowledge` is what they fold to, and nothing else changes
it. Texts have had personal data masked (`data.masking`) before they become events.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final, Literal

import msgspec

from data.schemas import Event, Kind, Logged

MOST_QUESTIONS: Final = 1_000
"""Questions kept for a seller that wait for her, and as many that do not."""

Origin = Literal["seller_verified", "extracted", "generated"]
Status = Literal["answered", "clarify", "abstained", "handed_off"]


class Faq(msgspec.Struct, frozen=True, omit_defaults=True, kw_only=True):
    """Answer one question in the seller's name; only an approved entry is ever shown.

    `answer` may hold `{price:ITEM}`-like fields, filled from the catalogue when it is shown;
    `starts` and `ends` (epoch ms) bound its validity; `version` counts its changes from 1.
    """

    faq_id: str
    question: str
    answer: str
    aliases: tuple[str, ...] = ()
    item_ids: tuple[str, ...] = ()
    status: Literal["approved", "proposed", "retired"] = "approved"
    starts: int = 0
    ends: int = 0
    allowed: tuple[str, ...] = ()  # advertising words the seller may prove
    version: int = 1
    question_id: str = ""  # the visitor's question it was made from
    vouched: bool = False  # it has been approved at some time: it is the seller's own

    @property
    def phrasings(self) -> int:
        """Count the ways of asking that find it: none unless it is approved."""
        return 1 + len(self.aliases) if self.status == "approved" else 0

    def valid(self, at: int) -> bool:
        """Say whether it may be shown at a moment (epoch ms)."""
        return self.status == "approved" and self.starts <= at and (not self.ends or at < self.ends)


class Turn(msgspec.Struct, frozen=True, omit_defaults=True, array_like=True):
    """Say one thing in a consultation; what a `bot` said teaches nothing."""

    role: Literal["visitor", "agent", "bot"]
    text: str


class Consultation(msgspec.Struct, frozen=True, omit_defaults=True, kw_only=True):
    """Keep a past consultation, between people, as it went."""

    consultation_id: str
    turns: tuple[Turn, ...]
    item_ids: tuple[str, ...] = ()
    visitor: str = ""  # keyed hash, where it is known
    at: int = 0
    removed: bool = False
    version: int = 1

    @property
    def phrasings(self) -> int:
        """Count the ways of asking that it teaches."""
        return len(self.pairs())

    def pairs(self) -> list[tuple[str, str]]:
        """Return what visitors asked with what a person answered: blocks of neighbouring turns."""
        found: list[tuple[str, str]] = []
        asked: list[str] = []
        told: list[str] = []
        for turn in self.turns:
            if turn.role == "visitor":
                if told and asked:
                    found.append((" ".join(asked), " ".join(told)))
                    asked = []
                told = []
                asked.append(turn.text)
            elif turn.role == "agent" and asked:
                told.append(turn.text)
        if told and asked:
            found.append((" ".join(asked), " ".join(told)))
        return found


class Source(msgspec.Struct, frozen=True, array_like=True):
    """Point at what vouches for an answer: its kind, its id and the words it rests on."""

    kind: Literal["faq", "consultation", "product", "reply"]
    id: str
    quote: str


class Question(msgspec.Struct, frozen=True, omit_defaults=True, kw_only=True):
    """Keep what was asked and how it was answered, to the last figure."""

    question_id: str
    text: str
    status: Status
    answer: str = ""
    origin: Origin | None = None
    confidence: float = 0.0
    sources: tuple[Source, ...] = ()
    suggestions: tuple[str, ...] = ()  # what was offered to ask next, or was meant perhaps
    picks: tuple[str, ...] = ()
    advised: tuple[Source, ...] = ()  # what stands for picks that go with another's answer
    shown: tuple[str, ...] = ()  # products that stood beside the answer, whoever chose them
    recommendation_id: str = ""  # the logged list that these are, if they are one
    item_id: str = ""  # the product's page it was asked on
    locale: str = "zh"
    conversation_id: str = ""
    reason: str = ""  # why it was not answered, as a code
    urgent: bool = False  # a complaint: a person first
    context: tuple[str, ...] = ()  # what was said before in the conversation
    signals: tuple[float, ...] = ()  # the features behind the confidence
    model_version: str = ""


class Reply(msgspec.Struct, frozen=True, omit_defaults=True, kw_only=True):
    """Answer a visitor's question in the seller's own words."""

    question_id: str
    text: str


class Asked(msgspec.Struct, frozen=True, omit_defaults=True, kw_only=True):
    """Hold a question with what has become of it; `rating` is -1, 0 (none) or 1."""

    question: Question
    at: int
    visitor: str = ""
    reply: str = ""
    replied_at: int = 0
    rating: int = 0

    @property
    def waiting(self) -> bool:
        """Say whether a visitor still waits for a person."""
        return not self.reply and self.question.status == "handed_off"

    @property
    def touched_at(self) -> int:
        """Return when it was asked, or replied to since."""
        return max(self.at, self.replied_at)

    @property
    def gap(self) -> bool:
        """Say whether a question about the shop was not answered, or rated badly."""
        failed = self.question.status in {"clarify", "handed_off"} or self.rating < 0
        return failed and not self.reply


def emptied(talk: Consultation) -> Consultation:
    """Return a consultation of which nothing but its name is left."""
    name, version = talk.consultation_id, talk.version
    return Consultation(consultation_id=name, turns=(), removed=True, version=version)


Row = Faq | Consultation | Asked
KINDS: Final[dict[str, type[Faq] | type[Consultation] | type[Asked]]] = {
    "faq": Faq,
    "consultation": Consultation,
    "question": Asked,
}


class SellerKnowledge:
    """Hold one seller's knowledge.

    `revision` rises with every change of what can be answered, `ratings` with every change of
    what visitors thought of answers; `waiting` counts the questions that wait for her, `phrasings`
    the ways of asking that entries and consultations are found by.
    """

    __slots__ = (
        "consultations",
        "faqs",
        "phrasings",
        "questions",
        "ratings",
        "revision",
        "waiting",
    )

    def __init__(self) -> None:
        """Start with nothing known."""
        self.faqs: dict[str, Faq] = {}
        self.consultations: dict[str, Consultation] = {}
        self.questions: dict[str, Asked] = {}
        self.revision = 0
        self.ratings = 0
        self.waiting = 0
        self.phrasings = 0


class Knowledge:
    """Fold the events of this module; hand out each seller's part."""

    def __init__(self) -> None:
        """Start empty."""
        self._sellers: dict[str, SellerKnowledge] = {}
        self._changed: dict[tuple[str, str], bytes] = {}
        self._saving: dict[tuple[str, str], bytes] = {}

    def of(self, seller_id: str) -> SellerKnowledge:
        """Return a seller's knowledge; an empty one, not kept, where there is none."""
        return self._sellers.get(seller_id) or SellerKnowledge()

    def sellers(self) -> Iterator[tuple[str, SellerKnowledge]]:
        """Yield every seller who has any."""
        yield from self._sellers.items()

    def fold(self, logged: Logged) -> None:
        """Fold one event. Raises msgspec.DecodeError, with nothing changed, for a bad payload."""
        event = logged.event
        if event.kind is Kind.ANSWER_RATED:
            self._rate(event)
        elif event.payload is None:
            return
        elif event.kind is Kind.FAQ:
            faq = msgspec.json.decode(event.payload, type=Faq)
            if faq.question:
                known = self.of(event.seller_id).faqs.get(faq.faq_id)
                vouched = faq.status == "approved" or (known is not None and known.vouched)
                faq = msgspec.structs.replace(faq, vouched=vouched)
                self._put(event.seller_id, "faq", faq.faq_id, faq)
            else:  # a proposal whose visitor has been erased
                self._drop(event.seller_id, "faq", faq.faq_id)
        elif event.kind is Kind.CONSULTATION:
            talk = msgspec.json.decode(event.payload, type=Consultation)
            self._put(event.seller_id, "consultation", talk.consultation_id, talk)
        elif event.kind is Kind.QUESTION:
            question = msgspec.json.decode(event.payload, type=Question)
            if question.text:  # else its visitor has been erased
                asked = Asked(question=question, at=event.at, visitor=event.visitor)
                self._put(event.seller_id, "question", question.question_id, asked)
                self._make_room(event.seller_id, question.question_id)
        else:
            self._reply(event, msgspec.json.decode(event.payload, type=Reply))

    def _reply(self, event: Event, reply: Reply) -> None:
        asked = self.of(event.seller_id).questions.get(reply.question_id)
        if asked is not None:
            told = msgspec.structs.replace(asked, reply=reply.text, replied_at=event.at)
            self._put(event.seller_id, "question", reply.question_id, told)
            self._make_room(event.seller_id, reply.question_id)

    def _rate(self, event: Event) -> None:
        asked = self.of(event.seller_id).questions.get(event.answer_id or "")
        if asked is not None and event.visitor == asked.visitor and event.value is not None:
            rated = msgspec.structs.replace(asked, rating=1 if event.value > 0 else -1)
            self._put(event.seller_id, "question", asked.question.question_id, rated)

    def _put(self, seller_id: str, kind: str, name: str, row: Row) -> None:
        seller = self._sellers.setdefault(seller_id, SellerKnowledge())
        _keep(seller, name, row)
        self._changed[(seller_id, f"{kind}/{name}")] = msgspec.msgpack.encode(row)

    def _make_room(self, seller_id: str, newest: str) -> None:
        """Drop a question that waits if the newest does, else one that does not, if too many do.

        Of those that wait, nobody's go first: anyone can ask as nobody, as often as she likes.
        """
        seller = self._sellers[seller_id]
        questions, wait = seller.questions, seller.questions[newest].waiting
        alike = seller.waiting if wait else len(questions) - seller.waiting
        if alike > MOST_QUESTIONS:
            found = []
            for name, asked in questions.items():
                if asked.waiting == wait and name != newest:
                    found.append((wait and bool(asked.visitor), asked.touched_at, name))
                    if not (found[-1][0] or asked.reply):
                        break  # they stand as they were asked: none behind it is older
            self._drop(seller_id, "question", min(found)[2])

    def forget(self, visitor: str, seller_id: str) -> None:
        """Drop what a visitor said: her questions, her consultations, and proposals made of them.

        At one seller, or (empty) at all. What a seller has ever approved is the seller's and stays.
        """
        for name, seller in self._sellers.items():
            if not seller_id or name == seller_id:
                self._forget(name, seller, visitor)

    def _forget(self, seller_id: str, seller: SellerKnowledge, visitor: str) -> None:
        gone = {name for name, asked in seller.questions.items() if asked.visitor == visitor}
        for name in gone:
            self._drop(seller_id, "question", name)
        for faq in [one for one in seller.faqs.values() if one.question_id in gone]:
            if not faq.vouched:
                self._drop(seller_id, "faq", faq.faq_id)
        for talk in [one for one in seller.consultations.values() if one.visitor == visitor]:
            self._put(seller_id, "consultation", talk.consultation_id, emptied(talk))

    def _drop(self, seller_id: str, kind: str, name: str) -> None:
        seller = self._sellers.setdefault(seller_id, SellerKnowledge())
        if kind == "question" and name in seller.questions:
            seller.ratings += seller.questions[name].rating != 0
            seller.waiting -= seller.questions[name].waiting
        if kind == "faq" and name in seller.faqs:
            seller.phrasings -= seller.faqs[name].phrasings
        rows = seller.faqs if kind == "faq" else seller.questions
        if rows.pop(name, None) is not None:
            self._changed[(seller_id, f"{kind}/{name}")] = b""
            seller.revision += kind == "faq"

    def unsaved(self) -> dict[tuple[str, str], bytes]:
        """Return the rows that changed since the last `saved`; an empty row is gone."""
        self.set_apart()
        return dict(self._saving)

    def set_apart(self) -> None:
        """Tell what has changed so far from what changes later: `saved` lets go of the former."""
        self._saving |= self._changed
        self._changed = {}

    def saved(self) -> None:
        """Take note that what was set apart is on disk."""
        self._saving = {}

    def restore(self, rows: Iterator[tuple[tuple[str, str], bytes]]) -> None:
        """Load the rows of a checkpoint."""
        for (seller_id, place), data in rows:
            kind, _, name = place.partition("/")
            if data:
                row = msgspec.msgpack.decode(data, type=KINDS[kind])
                _keep(self._sellers.setdefault(seller_id, SellerKnowledge()), name, row)
            else:  # stored as empty when it was dropped: the next checkpoint takes it away
                self._changed[(seller_id, place)] = b""


def _keep(seller: SellerKnowledge, name: str, row: Row) -> None:
    if isinstance(row, Faq):
        seller.phrasings += row.phrasings - _phrasings(seller.faqs.get(name))
        seller.faqs[name] = row
        seller.revision += 1
    elif isinstance(row, Consultation):
        seller.phrasings += row.phrasings - _phrasings(seller.consultations.get(name))
        seller.consultations[name] = row
        seller.revision += 1
    else:
        known = seller.questions.get(name)
        seller.ratings += row.rating != (known.rating if known is not None else 0)
        seller.waiting += row.waiting - (known is not None and known.waiting)
        seller.questions[name] = row


def _phrasings(row: Faq | Consultation | None) -> int:
    return row.phrasings if row is not None else 0
