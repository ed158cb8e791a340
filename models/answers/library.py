"""What a seller's assistant may say, laid out for search: entries, and the phrasings of each."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Final, Literal

import numpy as np
from numpy.typing import NDArray

from data.knowledge import Faq, SellerKnowledge
from models.language import plain

LONGEST_ANSWER: Final = 400
"""Characters of an answer that are read when it is indexed."""


@dataclass(frozen=True, slots=True)
class Entry:
    """Hold one thing that can be answered: its phrasings, its text, and where it comes from.

    `kind` faq, reply or consultation; `id` is its id there. Later phrasings were learnt.
    """

    kind: Literal["faq", "reply", "consultation"]
    id: str
    phrasings: tuple[str, ...]
    answer: str = ""
    faq: Faq | None = None
    item_ids: tuple[str, ...] = ()


@dataclass(frozen=True)
class Library:
    """Hold a seller's entries with their phrasings as rows; `owners` int32 gives a row's entry."""

    entries: Sequence[Entry]
    texts: list[str] = field(init=False)  # one a phrasing, folded
    answers: list[str] = field(init=False)  # one an entry, folded
    owners: NDArray[np.int32] = field(init=False)
    starts: NDArray[np.int64] = field(init=False)  # first row of each entry; rows lie together

    def __post_init__(self) -> None:
        """Fold and lay out the phrasings, each once an entry."""
        rows = [list(dict.fromkeys(map(plain, entry.phrasings))) for entry in self.entries]
        lengths = [len(row) for row in rows]
        put = object.__setattr__
        put(self, "texts", [text for row in rows for text in row])
        put(self, "answers", [plain(entry.answer[:LONGEST_ANSWER]) for entry in self.entries])
        put(self, "owners", np.repeat(np.arange(len(rows), dtype=np.int32), lengths))
        put(self, "starts", np.concatenate([[0], np.cumsum(lengths)]).astype(np.int64)[:-1])

    @classmethod
    def of(cls, knowledge: SellerKnowledge, at: int) -> Library:
        """Return what a seller may say at a moment (epoch ms)."""
        return cls([*_faqs(knowledge.faqs.values(), at), *_talks(knowledge)])


def _faqs(faqs: Iterable[Faq], at: int) -> Iterator[Entry]:
    for faq in faqs:
        if faq.valid(at):
            kind: Literal["faq", "reply"] = "reply" if faq.question_id else "faq"
            phrasings = (faq.question, *faq.aliases)
            yield Entry(kind, faq.faq_id, phrasings, faq.answer, faq, faq.item_ids)


def _talks(knowledge: SellerKnowledge) -> Iterator[Entry]:
    """Yield an entry for each answer given in a consultation; equal answers share one."""
    said: dict[str, tuple[str, str, list[str], tuple[str, ...]]] = {}
    for talk in knowledge.consultations.values():
        if talk.removed:
            continue
        for asked, told in talk.pairs():
            known = said.setdefault(plain(told), (talk.consultation_id, told, [], talk.item_ids))
            known[2].append(asked)
    for name, told, asked_so, items in said.values():
        yield Entry("consultation", name, tuple(asked_so), told, None, items)
