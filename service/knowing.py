"""Edits of a seller's knowledge as events; personal data is masked before they are made."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

import msgspec

from data.catalogue import Listings
from data.errors import BadField
from data.knowledge import Consultation, Faq, Reply, SellerKnowledge, Turn
from data.masking import mask
from data.schemas import Event, Kind
from data.state import State
from models.answers.library import MOST_PHRASINGS
from service.answer_schemas import ConsultationIn, FaqIn, FaqOut, LintOut
from service.edits import edit_event
from service.findings import of_texts, unfilled, unknown_field
from service.moments import rfc3339
from service.schemas import Rejected
from service.validation import FROM_FUTURE


def faq_of(row: FaqIn) -> Faq | BadField:
    """Return the entry that a row describes, as its first version, or what is wrong with it."""
    if unknown := _unknown(row.answer, "answer"):
        return unknown
    starts, ends = epoch_ms(row.valid_from), epoch_ms(row.valid_until)
    if ends and ends <= starts:
        return BadField("valid_until", "must come after valid_from", "refused")
    return Faq(
        faq_id=row.faq_id,
        question=mask(row.question),
        answer=mask(row.answer),
        aliases=tuple(dict.fromkeys(map(mask, row.aliases))),
        item_ids=tuple(row.item_ids),
        status=row.status,
        starts=starts,
        ends=ends,
        allowed=tuple(row.allowed_terms),
    )


def _unknown(answer: str, name: str) -> BadField | None:
    if unknown := unknown_field(answer):
        return BadField(name, f"{unknown} is no field of a product", "unknown_value")
    return None


def talk_of(row: ConsultationIn, visitor: str, latest: int) -> Consultation | BadField:
    """Return the consultation that a row tells, as its first version, or what is wrong with it.

    `visitor` is a keyed hash; what is said to have been after `latest` (epoch ms) is refused.
    """
    at = epoch_ms(row.at)
    if at > latest:
        return FROM_FUTURE
    if not row.removed and not row.turns:
        return BadField("turns", "is required unless the consultation is removed", "missing")
    turns = [] if row.removed else row.turns
    return Consultation(
        consultation_id=row.consultation_id,
        turns=tuple(Turn(turn.role, mask(turn.text)) for turn in turns),
        item_ids=tuple(row.item_ids),
        visitor=visitor,
        at=at,
        removed=row.removed,
    )


@dataclass(slots=True)
class KnowledgeEdits:
    """Gather the edits of a seller's rows, each compared with what the rows before it leave."""

    state: State
    seller_id: str
    at: int
    events: list[Event] = field(default_factory=list)
    _faqs: dict[str, Faq] = field(default_factory=dict)
    _talks: dict[str, Consultation] = field(default_factory=dict)
    _more: int = 0  # phrasings that the edits so far add

    @property
    def _known(self) -> SellerKnowledge:
        return self.state.knowledge.of(self.seller_id)

    def put_faq(self, faq: Faq, if_version: int | None = None) -> bool | BadField:
        """Add the event that puts an entry; return whether anything changes, or why it may not."""
        known = self._faqs.get(faq.faq_id) or self._known.faqs.get(faq.faq_id)
        version = known.version if known is not None else 0
        if if_version is not None and if_version != version:
            told = f"the entry has version {version} by now, not {if_version}"
            return BadField("if_version", told, "conflict")
        faq = msgspec.structs.replace(
            faq,
            version=version,
            question_id=known.question_id if known is not None else "",
            vouched=known.vouched if known is not None else False,
        )
        return self._full(faq, known, "aliases") or self.put(faq, known)

    def put(self, faq: Faq, known: Faq | None) -> bool:
        """Add the event that puts an entry, as the version after the known one."""
        if faq == known:
            return False
        faq = msgspec.structs.replace(faq, version=(known.version if known else 0) + 1)
        self._faqs[faq.faq_id] = faq
        self._add(Kind.FAQ, faq, known)
        return True

    def put_talk(self, talk: Consultation) -> bool | BadField:
        """Add the event that puts a consultation; return whether anything changes, or why not."""
        name = talk.consultation_id
        known = self._talks.get(name) or self._known.consultations.get(name)
        talk = msgspec.structs.replace(talk, version=known.version if known is not None else 0)
        if talk == known or (known is None and talk.removed):
            return False
        if full := self._full(talk, known, "turns"):
            return full
        talk = msgspec.structs.replace(talk, version=talk.version + 1)
        self._talks[name] = talk
        self._add(Kind.CONSULTATION, talk, known)
        return True

    def _full(
        self, row: Faq | Consultation, known: Faq | Consultation | None, name: str
    ) -> BadField | None:
        """Refuse a row that would have the seller's phrasings be too many; count it otherwise."""
        more = row.phrasings - (known.phrasings if known is not None else 0)
        if more > 0 and self._known.phrasings + self._more + more > MOST_PHRASINGS:
            told = f"a seller's entries and consultations have at most {MOST_PHRASINGS} phrasings"
            return BadField(name, told, "refused")
        self._more += more
        return None

    def reply(self, question_id: str, text: str) -> None:
        """Add the event of a seller's reply."""
        self._add(Kind.REPLY, Reply(question_id=question_id, text=mask(text)), None)

    def put_replied(self, faq: Faq, known: Faq | None) -> bool | BadField:
        """Add the event that makes an entry of a reply; return as `put_faq` does.

        Only one that answers from now on is checked: what a visitor is told is free.
        """
        if faq.status == "approved" and (unknown := _unknown(faq.answer, "text")):
            return unknown
        return self._full(faq, known, "approve") or self.put(faq, known)

    def _add(self, kind: Kind, value: msgspec.Struct, known: msgspec.Struct | None) -> None:
        turn = (self.at, self.state.seq, len(self.events))
        self.events.append(edit_event(kind, self.seller_id, None, value, known, turn))


def refused(bad: BadField, index: int) -> Rejected:
    """Reject a row for what it says, not for how it is written."""
    return Rejected(
        index=index, code=bad.code, detail=f"{bad.where}: {bad.detail}", field=bad.where
    )


def epoch_ms(moment: int | datetime | None) -> int:
    """Return a moment as epoch ms, 0 for none."""
    if moment is None:
        return 0
    return moment if isinstance(moment, int) else round(moment.timestamp() * 1000)


def told(
    faq: Faq, shelf: Listings | None, at: int, texts: Sequence[LintOut] | None = None
) -> FaqOut:
    """Return an entry as it is told, with what its seller should know of its texts now.

    `texts`, where they have been looked through already, is what law and masking make of them.
    """
    return FaqOut(
        faq_id=faq.faq_id,
        question=faq.question,
        answer=faq.answer,
        aliases=list(faq.aliases),
        item_ids=list(faq.item_ids),
        status=faq.status,
        valid_from=rfc3339(faq.starts) if faq.starts else None,
        valid_until=rfc3339(faq.ends) if faq.ends else None,
        allowed_terms=list(faq.allowed),
        version=faq.version,
        question_id=faq.question_id,
        lint=[*(of_texts(faq) if texts is None else texts), *unfilled(faq, shelf, at)],
    )
