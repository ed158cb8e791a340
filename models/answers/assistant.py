"""Answer a visitor's question from one seller's knowledge: one request, top to bottom.

`Assistant.respond` is a pure function of the question, the state and what was learned: it reads no
clock, draws nothing and writes nothing. Only approved text, catalogue facts and what a person said
in a consultation is ever returned; text from anyone is data and changes no rule.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Final

import numpy as np

from data.knowledge import Asked, Question, SellerKnowledge
from data.state import State
from models.answers.choosing import Choosing, Told
from models.answers.confidence import Scores, signals
from models.answers.courtesy import courtesy
from models.answers.index import Likeness
from models.answers.judge import Tier
from models.answers.library import Entry, Library, bare
from models.answers.mood import called
from models.answers.record import Ask, Record
from models.answers.rules import SHOP, asks_for
from models.answers.saying import (
    MOST_SUGGESTED,
    Goods,
    asked_back,
    asked_in,
    silent_on_price,
    stands,
    told_of,
    vouched,
)
from models.answers.shops import Shop, Shops
from models.answers.temper import Temper
from models.answers.troubles import at_ease, states, troubled
from models.language import Language, plain

HERE: Final = np.float32(0.04)
"""What an entry gains in order by being about the product's page the visitor is on."""
ASKED_ALIKE: Final = np.float32(0.02)
"""The most it gains by what other visitors of this page asked."""
VERBATIM: Final = 0.99
"""How sure an answer is to a question that the seller herself wrote down with it."""


@dataclass
class Assistant(Shops):
    """Answer for every seller; what is prepared of a seller is kept until her knowledge changes."""

    version: str = "untrained"
    temper: Temper | None = None

    def respond(self, ask: Ask, state: State, order: Callable[[], Sequence[int]]) -> Question:
        """Return the question with its answer, as it is to be logged.

        `order` gives places of the seller's shelf, the best for this visitor first; it is called
        where advice is asked for. The seller's index is the one that `prepare` or `install` left.
        """
        knowledge, shelf = state.knowledge.of(ask.seller_id), state.catalogue.shelf(ask.seller_id)
        text = plain(ask.text)
        before = _before(ask, knowledge)
        made = Record(ask, before, self.version)
        polite = courtesy(text)
        handed = None if polite else _called(made, text)
        if handed is not None:
            return handed
        shop = self.at_hand(ask.seller_id)
        if shop is None:
            return made.handed_off("not_ready")
        if polite and not shop.index.library.says(text):
            return made.returned(polite)
        choosing = None
        told = Told(None, ask.item_id, text)
        if shelf is not None and not states(text):
            choosing = Choosing(made, self.counter(shop, shelf), text, cache(order))
            told = choosing.told(known=shop.index.library.says(text))
        if told.answer is not None and told.firm:
            return told.answer
        if shop.index.library.entries:
            goods = Goods(shelf, told.about)
            found = self._from_entries(made, shop, knowledge, goods, told.rest)
        else:
            wrong = troubled(text)
            found = made.handed_off("complaint" if wrong else "nothing_known", urgent=wrong)
        return found if choosing is None else choosing.joined(told.answer, found)

    def _from_entries(
        self, made: Record, shop: Shop, knowledge: SellerKnowledge, goods: Goods, text: str
    ) -> Question:
        """Answer from the entries; who is not answered and troubled goes to a person first."""
        like = shop.index.like(text)
        found = self._weighed(made, shop, knowledge, goods, text, like)
        if found.status == "answered" and not (states(text) and _off(shop.index.library, found)):
            return found
        if troubled(text):
            return made.handed_off("complaint", urgent=True)
        if self.temper is None or like.vector is None or at_ease(text):
            return found
        return made.first() if self.temper.upset(text, like.vector) else found

    def _weighed(
        self,
        made: Record,
        shop: Shop,
        knowledge: SellerKnowledge,
        goods: Goods,
        text: str,
        like: Likeness,
    ) -> Question:
        """Order the entries, weigh the best, and choose the tier."""
        library, ask = shop.index.library, made.ask
        score = like.order + _favoured(library, ask, knowledge)
        order = np.argsort(-score, kind="stable")[:MOST_SUGGESTED]
        best, entry = int(order[0]), library.entries[int(order[0])]
        row = signals(like, shop.index, best)
        tier, chance = _tier(shop, text, entry, row)
        made.weigh(chance, row)
        standing = [one for n in order if stands(one := library.entries[int(n)], knowledge, ask.at)]
        if tier == "abstained":
            ours = SHOP.search(text) or (shop.counter is not None and shop.counter.speaks_of(text))
            return made.handed_off("not_known") if ours else made.abstained()
        if entry not in standing:
            return made.handed_off("changed")
        if tier == "answered":
            if entry.kind == "product":
                return told_of(made, entry, chance, text, goods)
            found = vouched(made, entry, chance, text, goods.shelf)
            if found is not None:
                return found
            tier = "clarify"
        if tier == "clarify" and not made.stuck():
            return made.clarify(asked_back(standing, ask.spoken))
        return made.handed_off("repeated" if tier == "clarify" else "not_known")

    def suggest(
        self, seller_id: str, item_ids: Sequence[str], state: State, at: int, spoken: Language
    ) -> list[str]:
        """Return the questions that these products, then the shop's visitors, suggest."""
        knowledge = state.knowledge.of(seller_id)
        wanted, counts = set(item_ids), _asked(knowledge)
        faqs = [faq for faq in knowledge.faqs.values() if faq.valid(at)]
        faqs.sort(key=lambda f: (-len(wanted & set(f.item_ids)), -counts.get(f.faq_id, 0)))
        return [asked_in((faq.question, *faq.aliases), spoken) for faq in faqs[:MOST_SUGGESTED]]


def _called(made: Record, text: str) -> Question | None:
    """Hand over to a person at once where one is needed or asked for; None else."""
    why = called(text)
    if why == "upset":
        return made.handed_off("complaint", urgent=True)
    return made.called() if why == "person" and not asks_for(text) else None


def _off(library: Library, found: Question) -> bool:
    """Say whether an answer is an entry's that nobody asks who tells of a fault."""
    ids = {source.id for source in found.sources}
    asked = (one for entry in library.entries if entry.id in ids for one in entry.phrasings)
    return not any(troubled(plain(one)) for one in asked)


def _tier(shop: Shop, text: str, entry: Entry, row: Scores) -> tuple[Tier, float]:
    """Return what becomes of the best entry, and how sure it is."""
    tier, chance = shop.judge.tier(row)
    if bare(text) in {bare(one) for one in entry.phrasings}:
        return "answered", max(chance, VERBATIM)
    if tier == "answered" and silent_on_price(text, entry):
        return "clarify", chance
    return tier, chance


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
