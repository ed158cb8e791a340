"""What is said in an entry's words: whether it stands, holds now and may be shown."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from data.catalogue import Listings
from data.knowledge import Origin, Question, SellerKnowledge, Source
from models.answers import adlaw, facts
from models.answers.library import Entry, supplied
from models.answers.record import Record
from models.answers.rules import CAREFUL, PRICE, PROMISE
from models.language import Language, language, plain, side

MOST_SUGGESTED: Final = 3
QUOTE: Final = 120


@dataclass(frozen=True, slots=True)
class Goods:
    """Hold a seller's shelf and the product that a question is about; empty for none."""

    shelf: Listings | None
    item_id: str


def vouched(
    made: Record, entry: Entry, chance: float, text: str, shelf: Listings | None
) -> Question | None:
    """Answer in an entry's words if they hold now and may be shown.

    None where the question wants a promise that only the seller's own entry may give, or is about
    somebody whom the entry does not speak of and for whom a wrong answer does harm.
    """
    if PROMISE.search(text) and entry.faq is None:
        return None
    if silent_on(text, entry, entry.answer):
        return None
    try:
        facts.check(entry.answer, entry.item_ids, shelf, made.ask.at)
        answer = facts.filled(entry.answer, entry.item_ids, shelf, made.ask.at)
    except facts.Stale as stale:
        return made.handed_off(f"stale: {stale}")
    if adlaw.refused(answer, entry.faq.allowed if entry.faq else ()):
        return made.handed_off("advertising_law")
    origin: Origin = "seller_verified" if entry.faq is not None else "extracted"
    said = side(answer, made.ask.spoken)
    return made.answered(said, origin, chance, _source(entry), entry.item_ids)


def silent_on(text: str, entry: Entry, answer: str) -> bool:
    """Say whether a question is about somebody to be careful of whom an entry does not speak of."""
    people = {match[0] for match in CAREFUL.finditer(text)}
    if not people:
        return False
    spoken_of = plain(" ".join((*entry.phrasings, answer)))
    return any(one not in spoken_of for one in people)


FIGURE: Final = re.compile(r"\d|[¥$€£]|免费|\{price|\bfree\b")
"""Stands in what may be an answer to a question for a price."""


def told_of(made: Record, entry: Entry, chance: float, text: str, goods: Goods) -> Question:
    """Answer in the words of a product's supplier; ask back where several products may be meant."""
    items = [goods.item_id] if goods.item_id in entry.item_ids else list(entry.item_ids)
    shelf = goods.shelf
    said = [(item, supplied(entry, item, shelf)) for item in items] if shelf is not None else []
    said = [(item, one) for item, one in said if one and not adlaw.refused(one)]
    if shelf is None or not said or (goods.item_id and goods.item_id not in entry.item_ids):
        return made.handed_off("not_known")
    titles = [shelf.items[shelf.places[item]].title for item, _ in said[:MOST_SUGGESTED]]
    if len(said) > 1:
        return made.clarify([f"{title} {entry.phrasings[0]}" for title in titles])
    item, told = said[0]
    if silent_on(text, entry, told):
        return made.handed_off("not_known")
    source = Source("product", item, told[:QUOTE])
    try:
        told = facts.filled(told, [item], shelf, made.ask.at)
    except facts.Stale as stale:
        return made.handed_off(f"stale: {stale}")
    if item != made.ask.item_id:
        told = f"《{titles[0]}》：{told}"
    return made.answered(told, "extracted", chance, source, (item,))


def silent_on_price(text: str, entry: Entry) -> bool:
    """Say whether a price is asked for and an entry neither is asked so nor names a figure."""
    if PRICE.search(text) is None:
        return False
    asked = any(PRICE.search(plain(one)) for one in entry.phrasings)
    return not asked and FIGURE.search(entry.answer) is None


def stands(entry: Entry, knowledge: SellerKnowledge, at: int) -> bool:
    """Say whether what an entry was made of is as it was, and may be said at a moment."""
    if entry.kind == "product":
        return True  # what its supplier says is read from the shelf when it is said
    if entry.faq is not None:
        return knowledge.faqs.get(entry.id) == entry.faq and entry.faq.valid(at)
    talk = knowledge.consultations.get(entry.id)
    return talk is not None and not talk.removed


def approved(entry: Entry) -> Sequence[str]:
    """Return the phrasings that seller or supplier wrote, without what visitors' words taught."""
    if entry.faq is not None:
        return (entry.faq.question, *entry.faq.aliases)
    return entry.phrasings if entry.kind == "product" else entry.phrasings[:1]


def asked_in(phrasings: Sequence[str], spoken: Language) -> str:
    """Return the first phrasing in a language, else the first of all."""
    return next((one for one in phrasings if language(one) == spoken), phrasings[0])


def asked_back(standing: Sequence[Entry], spoken: Language) -> list[str]:
    """Return what a visitor may have meant, a phrasing an entry, but for what the law forbids."""
    asked = (asked_in(approved(one), spoken) for one in standing)
    return [one for one in asked if not adlaw.refused(one)]


def _source(entry: Entry) -> Source:
    return Source(entry.kind, entry.id, entry.answer[:QUOTE])
