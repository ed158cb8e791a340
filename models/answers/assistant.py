"""Answer a visitor's question from one seller's knowledge: one request, top to bottom.

`Assistant.respond` is a pure function of the question, the state and what was learned: it reads no
clock, draws nothing and writes nothing. Only approved text, catalogue facts and what a person said
in a consultation is ever returned; text from anyone is data and changes no rule.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Final

import numpy as np

from data.catalogue import Listings
from data.knowledge import Asked, Origin, Question, SellerKnowledge, Source
from data.state import State
from models.answers import adlaw, facts
from models.answers.advice import Counter
from models.answers.confidence import Scores, signals
from models.answers.index import Index, Likeness
from models.answers.judge import Judge
from models.answers.library import Entry, Library
from models.answers.record import Ask, Record
from models.answers.rules import COMPLAINT, FRUSTRATED, PROMISE, SHOP
from models.answers.vectors import Vectors
from models.language import plain

MOST_SUGGESTED: Final = 3
QUOTE: Final = 120
SHOPS_HELD: Final = 512
HERE: Final = np.float32(0.04)
"""What an entry gains in order by being about the product's page the visitor is on."""
ASKED_ALIKE: Final = np.float32(0.02)
"""The most it gains by what other visitors of this page asked."""
VERBATIM: Final = 0.99
"""How sure an answer is to a question that the seller herself wrote down with it."""


@dataclass(slots=True)
class _Shop:
    """Hold what was prepared of a seller, and what it was prepared from."""

    index: Index
    revision: int
    until: float
    judge: Judge
    ratings: int
    counter: Counter | None = None
    changes: int = -1


@dataclass
class Assistant:
    """Answer for every seller; what is prepared of a seller is kept until her knowledge changes."""

    vectors: Vectors
    judge: Judge
    version: str = "untrained"
    _shops: OrderedDict[str, _Shop] = field(default_factory=OrderedDict)

    def respond(self, ask: Ask, state: State, order: Callable[[], Sequence[int]]) -> Question:
        """Return the question with its answer, as it is to be logged.

        `order` gives places of the seller's shelf, the best for this visitor first; it is called
        where advice is asked for. The seller's index is the one that `prepare` or `install` left.
        """
        knowledge, shelf = state.knowledge.of(ask.seller_id), state.catalogue.shelf(ask.seller_id)
        text = plain(ask.text)
        before = _before(ask, knowledge)
        made = Record(ask, before, self.version)
        if COMPLAINT.search(text) or FRUSTRATED.search(text):
            return made.handed_off("complaint", urgent=True)
        shop = self._shop(ask.seller_id, knowledge)
        like = shop.index.like(ask.text)
        if shelf is not None:
            counter = self._counter(shop, shelf)
            wish = counter.wish(text)
            advised = counter.advise(wish, order()) if wish is not None else []
            if advised:
                return made.advised(advised, shelf)
            item_id = counter.named(text) or ask.item_id
            told = facts.about(text, item_id, shelf)
            if told is not None:
                return made.answered(told[0], "extracted", 1.0, told[1], (item_id,))
        if not shop.index.library.entries:
            return made.handed_off("nothing_known")
        return self._from_entries(made, shop, like, knowledge, shelf, text)

    def _from_entries(
        self,
        made: Record,
        shop: _Shop,
        like: Likeness,
        knowledge: SellerKnowledge,
        shelf: Listings | None,
        text: str,
    ) -> Question:
        """Order the entries, weigh the best, and choose the tier."""
        library, ask = shop.index.library, made.ask
        score = like.score + _favoured(library, ask, knowledge)
        order = np.argsort(-score, kind="stable")[:MOST_SUGGESTED]
        best, entry = int(order[0]), library.entries[int(order[0])]
        row = signals(text, like, library, best)
        tier, chance = shop.judge.tier(row)
        if _bare(text) in {_bare(one) for one in entry.phrasings}:
            tier, chance = "answered", max(chance, VERBATIM)
        made.weigh(chance, row)
        standing = [one for n in order if _stands(one := library.entries[int(n)], knowledge, ask.at)]
        suggestions = [one.phrasings[0] for one in standing]
        if tier == "abstained":
            return made.handed_off("not_known") if SHOP.search(text) else made.abstained()
        if entry not in standing:
            return made.handed_off("changed")
        if tier == "answered":
            found = _vouched(made, entry, chance, text, shelf)
            if found is not None:
                return found
            tier = "clarify"
        if tier == "clarify" and not made.stuck():
            return made.clarify(suggestions)
        return made.handed_off("repeated" if tier == "clarify" else "not_known")

    def suggest(self, seller_id: str, item_ids: Sequence[str], state: State, at: int) -> list[str]:
        """Return the questions that these products, then the shop's visitors, suggest."""
        knowledge = state.knowledge.of(seller_id)
        wanted, counts = set(item_ids), _asked(knowledge)
        faqs = [faq for faq in knowledge.faqs.values() if faq.valid(at)]
        faqs.sort(key=lambda f: (-len(wanted & set(f.item_ids)), -counts.get(f.faq_id, 0)))
        return [faq.question for faq in faqs[:MOST_SUGGESTED]]

    def stale(self, seller_id: str, state: State, at: int) -> Library | None:
        """Return what a seller may say at a moment if no index is at hand for it."""
        knowledge, shop = state.knowledge.of(seller_id), self._shops.get(seller_id)
        if shop is not None and shop.revision == knowledge.revision and at < shop.until:
            return None
        return Library.of(knowledge, at)

    def install(self, seller_id: str, index: Index, revision: int, state: State, at: int) -> None:
        """Keep an index that was made of a seller's knowledge at a revision."""
        until = _until(state.knowledge.of(seller_id), at)
        self._shops[seller_id] = _Shop(index, revision, until, self.judge, -1)
        if len(self._shops) > SHOPS_HELD:
            self._shops.popitem(last=False)

    def prepare(self, seller_id: str, state: State, at: int) -> None:
        """Make a seller's index here and now, where none is at hand."""
        library = self.stale(seller_id, state, at)
        if library is not None:
            index = Index(library, self.vectors.channels(seller_id))
            self.install(seller_id, index, state.knowledge.of(seller_id).revision, state, at)

    def _shop(self, seller_id: str, knowledge: SellerKnowledge) -> _Shop:
        shop = self._shops[seller_id]
        self._shops.move_to_end(seller_id)
        if shop.ratings != knowledge.ratings:
            rated = [asked for asked in knowledge.questions.values() if asked.rating]
            shop.judge, shop.ratings = self.judge.shrunk(_labels(rated)), knowledge.ratings
        return shop

    def _counter(self, shop: _Shop, shelf: Listings) -> Counter:
        if shop.counter is None or shop.changes != len(shelf.changes):
            shop.counter, shop.changes = Counter(shelf), len(shelf.changes)
        return shop.counter


def _vouched(
    made: Record, entry: Entry, chance: float, text: str, shelf: Listings | None
) -> Question | None:
    """Answer in an entry's words if they hold now and may be shown.

    None where the question wants a promise that only the seller's own entry may give.
    """
    if PROMISE.search(text) and entry.faq is None:
        return None
    try:
        answer = _shown(entry, shelf)
    except facts.Stale as stale:
        return made.handed_off(f"stale: {stale}")
    if adlaw.refused(answer, entry.faq.allowed if entry.faq else ()):
        return made.handed_off("advertising_law")
    origin: Origin = "seller_verified" if entry.faq is not None else "extracted"
    return made.answered(answer, origin, chance, _source(entry), entry.item_ids)


def _stands(entry: Entry, knowledge: SellerKnowledge, at: int) -> bool:
    """Say whether what an entry was made of is as it was, and may be said at a moment."""
    if entry.faq is not None:
        return knowledge.faqs.get(entry.id) == entry.faq and entry.faq.valid(at)
    talk = knowledge.consultations.get(entry.id)
    return talk is not None and not talk.removed


def _bare(text: str) -> str:
    """Return a text's letters and figures alone."""
    return "".join(one for one in plain(text) if one.isalnum())


def _before(ask: Ask, knowledge: SellerKnowledge) -> list[Asked]:
    """Return what this visitor asked in this conversation before, oldest first."""
    if not ask.conversation_id:
        return []
    return [
        asked
        for asked in knowledge.questions.values()
        if asked.question.conversation_id == ask.conversation_id and asked.visitor == ask.visitor
    ]


def _asked(knowledge: SellerKnowledge, item_id: str = "") -> dict[str, int]:
    """Count by source what visitors were answered, on one product's page or anywhere."""
    counts: dict[str, int] = {}
    for asked in knowledge.questions.values():
        if not item_id or asked.question.item_id == item_id:
            for source in asked.question.sources:
                counts[source.id] = counts.get(source.id, 0) + 1
    return counts


def _favoured(library: Library, ask: Ask, knowledge: SellerKnowledge) -> Scores:
    """Return what entries gain by the page she is on and by what others asked there.

    It moves the order only: the signals behind the confidence never see it.
    """
    gain = np.zeros(len(library.entries), dtype=np.float32)
    if not ask.item_id:
        return gain
    counts = _asked(knowledge, ask.item_id)
    most = max(counts.values(), default=1)
    for place, entry in enumerate(library.entries):
        gain[place] = HERE * (ask.item_id in entry.item_ids)
        gain[place] += ASKED_ALIKE * np.float32(counts.get(entry.id, 0) / most)
    return gain


def _labels(rated: Sequence[Asked]) -> tuple[Scores, Scores]:
    """Return the signals float32[n, SIGNALS] and outcomes float32[n] of rated answers."""
    known = [asked for asked in rated if asked.question.signals]
    rows = np.array([asked.question.signals for asked in known], dtype=np.float32)
    return rows, np.array([asked.rating > 0 for asked in known], dtype=np.float32)


def _until(knowledge: SellerKnowledge, at: int) -> float:
    """Return when (epoch ms) the next entry begins or ceases to be valid."""
    moments = [moment for faq in knowledge.faqs.values() for moment in (faq.starts, faq.ends)]
    return min((moment for moment in moments if moment > at), default=float("inf"))


def _shown(entry: Entry, shelf: Listings | None) -> str:
    """Return an entry's answer as of now. Raises Stale where the catalogue says otherwise."""
    facts.check(entry.answer, entry.item_ids, shelf)
    return facts.filled(entry.answer, entry.item_ids, shelf)


def _source(entry: Entry) -> Source:
    return Source(entry.kind, entry.id, entry.answer[:QUOTE])
