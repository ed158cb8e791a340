"""Advice: a wish in words becomes constraints on attributes and price, these become products."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

import numpy as np

from data.catalogue import Listings
from models.answers import ages
from models.answers.budget import budget
from models.answers.evidence import evidence
from models.answers.facts import BOTH, price_of
from models.answers.lines import phrase
from models.answers.meets import enough, fitting, leaving_out, scored
from models.answers.merit import merit
from models.answers.product import THIS
from models.answers.reading import LONGEST_READ, Reading, read
from models.answers.rules import CHOICE, asks_for
from models.answers.shelf_words import ShelfWords
from models.answers.texts import Read, folded
from models.answers.troubles import troubled
from models.answers.wishes import CALLED_OFF, SOME, TRADE, WANTS, WHETHER, Wish, going_by
from models.language import SPACES, Language

MOST: Final = 3
ENOUGH: Final = 0.6
"""What meets this much of what the best meets is a choice, too."""
TRIMMED: Final = ' ,，:：《》“”"的'
"""What is left beside a title that was taken out of a question."""


@dataclass(frozen=True, slots=True)
class Advised:
    """Name a product that meets a wish, its price (nan: unknown), and what stands there for it."""

    place: int
    evidence: tuple[str, ...]
    price: float


class Counter:
    """Know a shelf by its words, and choose what of it meets a wish."""

    def __init__(self, shelf: Listings, known: Mapping[str, Read] = MappingProxyType({})) -> None:
        """Read the shelf, but for what is `known` of it; make a new one when it changes."""
        self.shelf = shelf
        self.words = ShelfWords(shelf, known)
        self._last = "", Reading()
        self._limited = [place for place, one in enumerate(shelf.listings) if one.promotions]
        self._titles = {
            title: place
            for place, item in enumerate(shelf.items)
            for title in self.words.titles(item.item_id)
            if shelf.active[place] and len(title) > 2
        }

    def wish(self, question: str, *, of_none: bool = False) -> Wish | None:
        """Read a folded question as a wish; None where no choice is asked for.

        Asked `of_none` of the products, what a kind of them costs, whether there is one, and its
        mere name are one, too.
        """
        long = len(question) > LONGEST_READ
        if long or TRADE.search(question) or asks_for(SOME.sub(" ", question)) - {"how_much"}:
            return None
        off = CALLED_OFF.search(question) is not None and CHOICE.search(question) is None
        if off or troubled(question):
            return None
        chosen = bool(CHOICE.search(question) or WANTS.search(question))
        if WHETHER.search(question) and not chosen:
            return None
        low, high = budget(question)
        by, bounded = going_by(question), bool(np.isfinite(high)) or low > 0
        found = self.reading(question)
        plainly = not found.left
        if found.barred or (found.lacking and not (chosen and found.kinds and plainly)):
            return None
        if not plainly and not (chosen and found.wanted and found.left * 2 <= found.known):
            return None
        asked = chosen or by or bounded
        if of_none and THIS.search(question) is None:
            asked = asked or found.names_any
        return _wish(question, found) if asked else None

    def near(self, question: str) -> Wish | None:
        """Return a wish for the kind of products that a question names, whatever else it says.

        None where none of this shelf is named, and where a wrong choice would do harm.
        """
        found = self.reading(question)
        kinds = [one for one in found.kinds if len(one) > 1 or self.words.kind(one) == "strong"]
        beyond = TRADE.search(question) or found.needed or found.lacking or found.barred
        if beyond or not kinds or troubled(question):
            return None
        if not self.words.aged and ages.asked(question)[0] is not None:
            return None
        return _wish(question, found, whole=False)

    def least(self, names: Sequence[str], at: int) -> float:
        """Return a price just below the lowest of some products at a moment; inf without any."""
        shelf = self.shelf
        prices = [price_of(shelf, shelf.places[one], at)[0] for one in names if one in shelf.places]
        return float(np.nextafter(min(filter(np.isfinite, prices), default=np.inf), 0.0))

    def others(self, place: int, question: str) -> Wish | None:
        """Return a wish for what of a product's category is as a question asks; None if it is."""
        found, category = self.reading(question), self.shelf.items[place].category
        named = found.wanted or found.measures or found.months is not None
        beyond = found.left or found.lacking or found.barred or found.needed
        if beyond or not (named and category):
            return None
        kind = phrase(folded(category.split(BOTH)[0]))
        wish = Wish((kind,), tuple(found.wanted), months=found.months, measures=found.measures)
        fits = found.months is None or self.words.fits(found.months)[place]
        fits &= bool(self.words.measured(found.measures)[place])
        met = all(self.words.meeting(word)[place] for word in found.wanted)
        return None if fits and met else wish

    def same_kind(self, item_id: str) -> Wish | None:
        """Return a wish for products of the category of one; None without."""
        place = self.shelf.places.get(item_id)
        category = self.shelf.items[place].category if place is not None else ""
        return Wish((phrase(folded(category.split(BOTH)[0])),)) if category else None

    def only(self, question: str) -> str:
        """Return the one product on offer of the kinds that a question names; empty for several."""
        kinds = self.reading(question).kinds
        if not kinds:
            return ""
        of = np.any([self.words.of_kind(one) > 0 for one in kinds], axis=0) & self.shelf.active
        return self.shelf.item_ids[int(np.argmax(of))] if of.sum() == 1 else ""

    def of_kinds(self, question: str, order: Sequence[int]) -> list[str]:
        """Return the products of the kinds a question names by an order; none without a kind.

        Further words count, too: of 白色抱枕 the white ones. Sold out ones stand last.
        """
        found, shelf = self.reading(question), self.shelf
        beyond = found.unwanted or found.needed or found.barred or found.lacking
        if beyond or found.measures or found.months is not None or not found.kinds:
            return []
        of = np.any([self.words.of_kind(one) > 0 for one in found.kinds], axis=0) & shelf.active
        listed = set(order)
        rest = [place for place in np.flatnonzero(of).tolist() if place not in listed]
        met = scored(self.words, {word: self.words.meeting(word) for word in found.wanted})
        called = self.words.literal(found.kinds)
        ranked = (place for place in (*order, *rest) if of[place])
        places = sorted(ranked, key=lambda at: (-met[at], not called[at]))
        return [shelf.item_ids[place] for place in places]

    def reading(self, question: str) -> Reading:
        """Return a folded question as it is read by this shelf's words."""
        if self._last[0] != question:
            self._last = question, read(question, self.words)
        return self._last[1]

    def offers(self, item_id: str) -> bool:
        """Say whether a product stands on this shelf."""
        place = self.shelf.places.get(item_id)
        return place is not None and bool(self.shelf.active[place])

    def speaks_of(self, question: str) -> bool:
        """Say whether a folded question names anything that this shelf has."""
        found = self.reading(question)
        return bool(found.kinds or found.wanted)

    def named(self, question: str) -> tuple[list[str], str]:
        """Return the products whose whole titles stand in a folded question, and what else it says.

        The longest titles count first; without any the question is whole.
        """
        found, rest = [], question
        for title in sorted(filter(question.__contains__, self._titles), key=len, reverse=True):
            if title in rest:
                found.append((question.index(title), self.shelf.item_ids[self._titles[title]]))
                rest = rest.replace(title, " ")
        rest = SPACES.sub(" ", rest).strip(TRIMMED) if found else question
        return [name for _, name in sorted(found)], rest or question

    def advise(
        self,
        wish: Wish,
        order: Sequence[int],
        at: int,
        spoken: Language,
        without: Iterable[str] = (),
    ) -> list[Advised]:
        """Return up to three products on offer that meet the wish best; `order` breaks ties.

        `order` lists places of the shelf, the best for this visitor first. Prices are those of the
        moment `at` (epoch ms), limited offers included; without one no bound is met. None where
        nothing on offer is what is asked for, or where nothing is known of what the choice goes
        by. What stands for a product is told in the language `spoken`. Products `without` which the
        choice is to be made are left out.
        """
        shelf, words = self.shelf, self.words
        offered, price = shelf.on_offer(), shelf.price.copy()
        for place in self._limited:
            price[place] = price_of(shelf, place, at)[0]
        if np.isfinite(wish.high) or wish.low > 0:
            offered &= (price >= wish.low) & (price <= wish.high)
        offered[[shelf.places[name] for name in without if name in shelf.places]] = False
        goes = merit(shelf, wish.by, price)
        offered &= goes > -np.inf
        offered &= leaving_out(words, wish.unwanted)
        for word in wish.needed:
            offered &= words.speaks_for(word)
        if wish.measures:
            offered &= words.measured(wish.measures)
        if wish.months is not None:
            offered &= fitting(words, wish.months, wish.wanted)
        if wish.kinds:
            offered &= np.any([words.of_kind(one) > 0 for one in wish.kinds], axis=0)
        met = {word: words.meeting(word) for word in wish.wanted}
        offered &= enough(words, wish, met)
        total = scored(words, met)
        rank = np.full(shelf.n, shelf.n)
        rank[np.array(order, dtype=np.int64)] = np.arange(len(order))
        best = total[offered].max(initial=0.0)
        offered &= total >= ENOUGH * best
        called = words.literal(wish.kinds)
        places = np.lexsort((rank, ~called, -total, -goes))
        return [
            Advised(place, evidence(words, place, wish, spoken), float(price[place]))
            for place in places[offered[places]][:MOST].tolist()
        ]


def _wish(question: str, found: Reading, *, whole: bool = True) -> Wish:
    """Return what a reading asks of a product; a choice that is asked for need not meet all."""
    low, high = budget(question)
    return Wish(
        tuple(found.kinds), tuple(dict.fromkeys(found.wanted)), low, high, tuple(found.unwanted),
        going_by(question), tuple(found.needed), found.months, found.measures,
        whole=whole and not CHOICE.search(question),
    )  # fmt: skip
