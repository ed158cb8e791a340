"""Edits of a seller's knowledge as events; personal data is masked before they are made."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

import msgspec

from data.knowledge import Consultation, Faq, Reply, SellerKnowledge, Turn
from data.masking import mask
from data.schemas import Event, Kind
from data.state import State
from models.answers.adlaw import lint
from service.answer_schemas import ConsultationIn, FaqIn, FaqOut, LintOut
from service.edits import edit_event
from service.schemas import Rejected


@dataclass(slots=True)
class KnowledgeEdits:
    """Gather the edits of a seller's rows, each compared with what the rows before it leave."""

    state: State
    seller_id: str
    at: int
    events: list[Event] = field(default_factory=list)
    _faqs: dict[str, Faq] = field(default_factory=dict)
    _talks: dict[str, Consultation] = field(default_factory=dict)

    @property
    def _known(self) -> SellerKnowledge:
        return self.state.knowledge.of(self.seller_id)

    def put_faq(self, row: FaqIn) -> bool | str:
        """Add the event that puts an entry; return whether anything changes, or why it may not."""
        known = self._faqs.get(row.faq_id) or self._known.faqs.get(row.faq_id)
        version = known.version if known is not None else 0
        if row.if_version is not None and row.if_version != version:
            return f"the entry has version {version} by now, not {row.if_version}"
        faq = Faq(
            faq_id=row.faq_id,
            question=mask(row.question),
            answer=mask(row.answer),
            aliases=tuple(dict.fromkeys(map(mask, row.aliases))),
            item_ids=tuple(row.item_ids),
            status=row.status,
            starts=epoch_ms(row.valid_from),
            ends=epoch_ms(row.valid_until),
            allowed=tuple(row.allowed_terms),
            version=version,
            question_id=known.question_id if known is not None else "",
            vouched=known.vouched if known is not None else False,
        )
        if faq.ends and faq.ends <= faq.starts:
            return "valid_until must come after valid_from"
        return self.put(faq, known)

    def put(self, faq: Faq, known: Faq | None) -> bool:
        """Add the event that puts an entry, as the version after the known one."""
        if faq == known:
            return False
        faq = msgspec.structs.replace(faq, version=(known.version if known else 0) + 1)
        self._faqs[faq.faq_id] = faq
        self._add(Kind.FAQ, faq, known)
        return True

    def put_talk(self, row: ConsultationIn, visitor: str) -> bool | str:
        """Add the event that puts a consultation; return whether anything changes, or why not."""
        name = row.consultation_id
        known = self._talks.get(name) or self._known.consultations.get(name)
        turns = tuple(Turn(turn.role, mask(turn.text)) for turn in row.turns)
        if not row.removed and not turns:
            return "a consultation needs turns"
        talk = Consultation(
            consultation_id=name,
            turns=() if row.removed else turns,
            item_ids=tuple(row.item_ids),
            visitor=visitor,
            at=epoch_ms(row.at),
            removed=row.removed,
            version=known.version if known is not None else 0,
        )
        if talk == known or (known is None and row.removed):
            return False
        talk = msgspec.structs.replace(talk, version=talk.version + 1)
        self._talks[name] = talk
        self._add(Kind.CONSULTATION, talk, known)
        return True

    def reply(self, question_id: str, text: str) -> None:
        """Add the event of a seller's reply."""
        self._add(Kind.REPLY, Reply(question_id=question_id, text=mask(text)), None)

    def _add(self, kind: Kind, value: msgspec.Struct, known: msgspec.Struct | None) -> None:
        turn = (self.at, self.state.seq, len(self.events))
        self.events.append(edit_event(kind, self.seller_id, None, value, known, turn))


def refused(reason: str, index: int, name: str) -> Rejected:
    """Reject a row for what it says, not for how it is written."""
    code = "conflict" if "version" in reason else "refused"
    return Rejected(index=index, code=code, detail=f"{name}: {reason}", field=name)


def epoch_ms(moment: int | datetime | None) -> int:
    """Return a moment as epoch ms, 0 for none."""
    if moment is None:
        return 0
    return moment if isinstance(moment, int) else round(moment.timestamp() * 1000)


def told(faq: Faq) -> FaqOut:
    """Return an entry as it is told, with what the linter says of it."""
    findings = [
        LintOut(field=name, **msgspec.structs.asdict(finding))
        for name, text in (("question", faq.question), ("answer", faq.answer))
        for finding in lint(text, faq.allowed)
    ]
    return FaqOut(
        faq_id=faq.faq_id,
        question=faq.question,
        answer=faq.answer,
        aliases=list(faq.aliases),
        item_ids=list(faq.item_ids),
        status=faq.status,
        valid_from=faq.starts or None,
        valid_until=faq.ends or None,
        allowed_terms=list(faq.allowed),
        version=faq.version,
        question_id=faq.question_id,
        lint=findings,
    )
