"""What a seller's assistant may say, laid out for search: entries, and the phrasings of each."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence, Set
from dataclasses import dataclass, field, replace
from typing import Final, Literal, Self

import numpy as np
from numpy.typing import NDArray

from data.catalogue import Listings
from data.knowledge import Consultation, Faq, SellerKnowledge
from data.schemas import Item
from models.answers.lines import holds
from models.answers.wording import title_of, worded
from models.language import plain

_MARKS: Final = re.compile(r"[\W_]+")
LONGEST_ANSWER: Final = 400
"""Characters of an answer that are read when it is indexed."""
MOST_PHRASINGS: Final = 20_000
"""Ways of asking that a seller's library has in all.

Each is compared with all others when her index is made: some 200 MB at a time for so many.
"""


@dataclass(frozen=True, slots=True)
class Entry:
    """Hold one thing that can be answered: its phrasings, its text, and where it comes from.

    `kind` faq, reply, consultation or product; `id` is its id there, and `title` what the id says
    where a seller's system gives one of words. Later phrasings were learnt.
    Of a product, or of several that it is asked of, the supplier says what `answer` leaves open.
    """

    kind: Literal["faq", "reply", "consultation", "product"]
    id: str
    phrasings: tuple[str, ...]
    answer: str = ""
    faq: Faq | None = None
    item_ids: tuple[str, ...] = ()
    title: str = ""


@dataclass(frozen=True)
class Library:
    """Hold a seller's entries with their phrasings as rows; `owners` int32 gives a row's entry.

    A title is the last of its entry's rows: compared with questions as a phrasing is.
    """

    entries: Sequence[Entry]
    texts: list[str] = field(init=False)  # one a phrasing or title, folded
    answers: list[str] = field(init=False)  # one an entry, folded
    owners: NDArray[np.int32] = field(init=False)
    starts: NDArray[np.int64] = field(init=False)  # first row of each entry; rows lie together
    titles: NDArray[np.bool_] = field(init=False)  # which rows nobody asked
    spelled: frozenset[str] = field(init=False)  # the texts' letters and figures alone
    written: str = field(init=False)  # answers and first phrasings, a line each

    def __post_init__(self) -> None:
        """Fold and lay out the phrasings, each once an entry, and titles that say more."""
        asked = [list(dict.fromkeys(map(folded, entry.phrasings))) for entry in self.entries]
        titles = [folded(entry.title) for entry in self.entries]
        rows = [
            [*row, title] if title and title not in row else row
            for row, title in zip(asked, titles, strict=True)
        ]
        lengths = [len(row) for row in rows]
        put = object.__setattr__
        put(self, "texts", [text for row in rows for text in row])
        put(self, "answers", [folded(entry.answer[:LONGEST_ANSWER]) for entry in self.entries])
        put(self, "owners", np.repeat(np.arange(len(rows), dtype=np.int32), lengths))
        put(self, "starts", np.concatenate([[0], np.cumsum(lengths)]).astype(np.int64)[:-1])
        told = [(len(own), len(row)) for own, row in zip(asked, rows, strict=True)]
        marks = [place >= own for own, length in told for place in range(length)]
        put(self, "titles", np.array(marks, dtype=np.bool_))
        put(self, "spelled", frozenset(_MARKS.sub("", text) for text in self.texts))
        put(self, "written", "\n".join([*self.answers, *(row[0] for row in rows if row)]))

    @classmethod
    def of(cls, knowledge: SellerKnowledge, at: int, shelf: Listings | None = None) -> Library:
        """Return what a seller may say at a moment (epoch ms), of what is on her shelf too."""
        return Sayable.of(knowledge, at, shelf).library()

    def says(self, text: str) -> bool:
        """Say whether a phrasing is this folded text, letter by letter."""
        return _MARKS.sub("", worded(text)) in self.spelled

    def writes(self, word: str) -> bool:
        """Say whether a folded word stands in an answer or in what an entry is asked by first."""
        return holds((word,), self.written)


@dataclass(frozen=True, slots=True)
class Sayable:
    """Hold what a library is made of, as of one moment: it may be laid out on another thread."""

    at: int
    faqs: Sequence[Faq]
    talks: Sequence[Consultation]
    items: Sequence[Item]

    @classmethod
    def of(cls, knowledge: SellerKnowledge, at: int, shelf: Listings | None) -> Self:
        """Take what a seller knows, and what suppliers answer of what is on offer."""
        offered = np.flatnonzero(shelf.active).tolist() if shelf is not None and shelf.told else ()
        items = [shelf.items[place] for place in offered] if shelf is not None else []
        faqs, talks = [*knowledge.faqs.values()], [*knowledge.consultations.values()]
        return cls(at, faqs, talks, [item for item in items if item.answers])

    def library(self) -> Library:
        """Lay it out for search."""
        faqs = [*_faqs(self.faqs, self.at)]
        own = {plain(phrasing) for entry in faqs for phrasing in entry.phrasings}
        hers = list(_joined(faqs, _talks(self.talks)))
        room = MOST_PHRASINGS - sum(len(entry.phrasings) for entry in hers)
        return Library([*hers, *_products(self.items, own, room)])


def bare(text: str) -> str:
    """Return a text's letters and figures alone."""
    return _MARKS.sub("", plain(text))


def folded(text: str) -> str:
    """Return a text as it is compared: one script, one case, one wording."""
    return worded(plain(text))


def _faqs(faqs: Iterable[Faq], at: int) -> Iterator[Entry]:
    for faq in faqs:
        if faq.valid(at):
            kind: Literal["faq", "reply"] = "reply" if faq.question_id else "faq"
            phrasings = (faq.question, *faq.aliases)
            title = title_of(faq.faq_id)
            yield Entry(kind, faq.faq_id, phrasings, faq.answer, faq, faq.item_ids, title)


def _products(items: Iterable[Item], own: Set[str], room: int) -> Iterator[Entry]:
    """Yield an entry for each question that suppliers answer of products on the shelf.

    One that the seller has an entry for is hers to answer. When `room` phrasings are taken, in the
    order in which products came to the shelf, no further way of asking is.
    """
    asked: dict[str, tuple[dict[str, None], list[str]]] = {}
    for item in items:
        for said in item.answers:
            name = plain(said.question)
            if name in own or (name not in asked and room <= 0):
                continue
            phrasings, of = asked.setdefault(name, ({}, []))
            of.append(item.item_id)
            for text in said.aliases if phrasings else (said.question, *said.aliases):
                if room > 0 and text not in phrasings:
                    phrasings[text] = None
                    room -= 1
    for name, (phrasings, of) in asked.items():
        yield Entry("product", name, tuple(phrasings), item_ids=tuple(of))


def _joined(faqs: Iterable[Entry], talks: Iterable[Entry]) -> Iterator[Entry]:
    """Yield entries; what people asked before they were told an entry's answer is its phrasing."""
    held = {plain(entry.answer): entry for entry in faqs}
    asked: dict[str, tuple[str, ...]] = {}
    others = []
    for talk in talks:
        if (told := plain(talk.answer)) in held:
            asked[told] = talk.phrasings
        else:
            others.append(talk)
    for entry in faqs:
        more = asked.get(plain(entry.answer), ())
        yield replace(entry, phrasings=(*entry.phrasings, *more)) if more else entry
    yield from others


def supplied(entry: Entry, item_id: str, shelf: Listings) -> str:
    """Return what a product's supplier says to an entry's question; empty where nothing is said."""
    place = shelf.places.get(item_id, -1)
    if place < 0 or not shelf.active[place]:
        return ""
    said = (one.answer for one in shelf.items[place].answers if plain(one.question) == entry.id)
    return next(said, "")


def _talks(talks: Iterable[Consultation]) -> Iterator[Entry]:
    """Yield an entry for each answer given in a consultation; equal answers share one."""
    said: dict[str, tuple[str, str, list[str], tuple[str, ...]]] = {}
    for talk in talks:
        if talk.removed:
            continue
        for asked, told in talk.pairs():
            known = said.setdefault(plain(told), (talk.consultation_id, told, [], talk.item_ids))
            known[2].append(asked)
    for name, told, asked_so, items in said.values():
        yield Entry("consultation", name, tuple(asked_so), told, None, items)
