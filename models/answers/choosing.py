"""Answer one question from a shelf: a choice of products, what is known of one, what to look at."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from dataclasses import replace as replace_wish
from functools import cached_property
from typing import Final, NamedTuple

from msgspec.structs import replace

from data.knowledge import Question, Source
from models.answers import product
from models.answers.advice import MOST, Counter
from models.answers.comparing import BARE, asked_of_all, compared, differences
from models.answers.following import (
    LESS,
    MORE,
    SIMILAR,
    gone_on,
    hers,
    last_wish,
    ordinals,
    shown_before,
    shown_last,
    takes,
)
from models.answers.pointing import meant, spoken_of
from models.answers.record import Record
from models.answers.rules import CHOICE, PRICE, STOCK
from models.answers.saying import MOST_SUGGESTED
from models.answers.whether import asks_whether, whether
from models.answers.wishes import Wish

EXISTS: Final = re.compile(
    r"有没有|^(?:请问)?(?:你们)?(?:家|店里?)?有(?!什么|啥|哪|多|几|货)|(?:有|卖)的?[吗么嘛]"
    r"|^(?:do you have|any|is there|are there)\b"
)
"""Asks whether there is such a thing, not how the things are."""

ASKS_WHAT: Final = re.compile(r"什么|啥|哪|\b(?:what|which)\b")
"""Asks for a value of the product at hand, not of the shop's."""
OF_THEM: Final = re.compile(r"(?:[吗嘛]|(?<!什)么|不)\W*$")
"""Ends a short question that asks how those shown are."""


class Told(NamedTuple):
    """Hold an answer from the shelf, the product that is spoken of, and what else is asked.

    One that is not `firm` stands back for what the seller's entries answer.
    """

    answer: Question | None
    about: str
    rest: str
    firm: bool = True


@dataclass(frozen=True)
class Choosing:
    """Hold a folded question, the shelf it is asked at, and this visitor's order of the shelf."""

    made: Record
    counter: Counter
    text: str
    order: Callable[[], Sequence[int]]

    @cached_property
    def last(self) -> Wish | None:
        """Return the wish that products were last shown for, read once a question."""
        return last_wish(self.made.before, self.counter)

    def told(self, *, known: bool) -> Told:
        """Answer with a choice of products, or with what is known of one.

        Neither is weighed where the seller has the very question among her entries: it is `known`.
        """
        ask, shelf, counter = self.made.ask, self.counter.shelf, self.counter
        named, rest = counter.named(self.text)
        known = known and not self._carried()
        against = [] if known else self._against(named)
        if against:
            return Told(self._differing(against), "", rest, firm=False)
        about = named[0] if named else spoken_of(self.text, ask.item_id, self.made.before, counter)
        if not known:
            answer, firm = self._from_shelf(about, rest)
            if answer is not None:
                return Told(answer, about, rest, firm)
        if not about and product.of_which(self.text):
            places = meant(self.text, self.order(), counter)[:MOST_SUGGESTED]
            back = self.made.clarify(product.asked_of(shelf, places, self.text))
            return Told(back, about, rest)
        return Told(None, about, rest)

    def _from_shelf(self, about: str, rest: str) -> tuple[Question | None, bool]:
        """Answer from what is known of a product or several, and say whether that is firm."""
        fact = product.about(rest, about, self.counter.shelf, self.made.ask.at)
        if fact is not None:
            return self.made.answered(fact[0], "extracted", 1.0, fact[1], (about,)), True
        further = self._further()
        if further is not None:  # beside a cheaper one stands what she says of bargaining
            return further, MORE.search(self.text) is not None
        one = about or (self.counter.only(rest) if asks_whether(rest) else "")
        answer = self._of_one(one, rest)
        if answer is not None:
            return answer, ASKS_WHAT.search(rest) is not None
        told = None if about else self._of_some(rest)
        return (told, True) if told is not None else self._chosen(about)

    def _against(self, named: Sequence[str]) -> list[str]:
        """Return the products on offer that a question holds against each other."""
        before, counter = self.made.before, self.counter
        against = compared(self.text, named, before)
        if not (against or named or self.made.ask.item_id or counter.reading(self.text).says):
            against = asked_of_all(self.text, before)
        return [name for name in against if counter.offers(name)]

    def _carried(self) -> bool:
        """Say whether it was told before for whom a kind is that is asked for now."""
        found = self.counter.reading(self.text)
        if not found.kinds or found.months is not None or hers(found.wanted):
            return False
        last = self.last
        return last is not None and (last.months is not None or bool(hers(last.wanted)))

    def _differing(self, names: Sequence[str]) -> Question:
        """Tell how products differ."""
        shelf, ask = self.counter.shelf, self.made.ask
        spoken = ask.spoken
        told = differences(shelf, names, ask.at, spoken)
        return self.made.compared([shelf.items[shelf.places[one]] for one in names], told)

    def _of_one(self, about: str, rest: str) -> Question | None:
        """Tell of one product what its attributes say of what is asked."""
        place, ask, counter = self.counter.shelf.places.get(about), self.made.ask, self.counter
        if place is None or not counter.shelf.active[place]:
            return None
        if SIMILAR.search(rest):
            return self.made.picked(about)
        spoken = ask.spoken
        told = self._whether(rest, place)
        if told is None and takes(rest, counter.reading(rest)):
            told = self._said(place, product.in_short(counter.shelf, place, ask.at, spoken))
        if told is None:
            return None
        answer = self.made.answered(told[0], "extracted", 1.0, told[1], (about,))
        wish = counter.others(place, rest)
        others = counter.advise(wish, self.order(), ask.at, spoken) if wish is not None else []
        if not others:
            return answer
        return self.made.beside(answer, others, counter.shelf, counter.reading(rest).wanted)

    def _of_some(self, rest: str) -> Question | None:
        """Tell of the products of a kind that a question names what it asks of each: 抱枕多大."""
        counter = self.counter
        if PRICE.search(rest) or CHOICE.search(rest) or EXISTS.search(rest):
            return None
        names = counter.of_kinds(rest, self.order())
        if not names and len(rest) <= BARE and OF_THEM.search(rest):
            names = [name for name in shown_last(self.made.before) if counter.offers(name)]
        told = [(name, self._fact(rest, name)) for name in names[:MOST]]
        facts = [(name, fact) for name, fact in told if fact is not None]
        if not facts or len(facts) < len(told):
            return None
        if STOCK.search(rest) and len(names) > 1:
            return None
        items = [counter.shelf.items[counter.shelf.places[name]] for name, _ in facts]
        return self.made.told_of([fact for _, fact in facts], items)

    def _fact(self, rest: str, name: str) -> product.Told | None:
        """Return what is asked of one product of several, and where it stands."""
        shelf = self.counter.shelf
        fact = product.about(rest, name, shelf, self.made.ask.at)
        return fact if fact is not None else self._whether(rest, shelf.places[name])

    def _whether(self, rest: str, place: int) -> product.Told | None:
        """Return what a product's attributes say of what is asked, and where it stands."""
        counter = self.counter
        said = whether(rest, counter.reading(rest), counter.words, place, self.made.ask.spoken)
        return self._said(place, said) if said else None

    def _said(self, place: int, said: str) -> product.Told:
        """Return a sentence that begins with a product's title, and what it rests on."""
        spoken, item = self.made.ask.spoken, self.counter.shelf.items[place]
        text = f"{product.titled(item, spoken)}{said}{'。' if spoken == 'zh' else '.'}"
        return text, Source("product", item.item_id, said.strip("的：:, "))

    def _chosen(self, about: str) -> tuple[Question | None, bool]:
        """Answer with products that meet the wish in a question; her own picks for none.

        Also says whether it was told before for whom it is, a child or a skin: what is chosen by
        it stands before an entry that knows of neither.
        """
        counter, ask = self.counter, self.made.ask
        wish = counter.wish(self.text, of_none=not about)
        pointed = ordinals(self.text) and not shown_last(self.made.before)
        if wish is None or pointed or not counter.shelf.on_offer().any():
            return None, False
        last, spoken = self.last, ask.spoken
        wider = wish if last is None else gone_on(self.text, wish, last, counter)
        carried = self._carried()
        if not wider.asks:
            return self.made.picked(), False
        for one in (wider, replace_wish(wider, wanted=wish.wanted)):  # rather the kind than all
            advised = counter.advise(one, self.order(), ask.at, spoken)
            if advised:
                return self.made.advised(advised, counter.shelf), carried
        gone = last is not None and wider != wish
        return (self.made.none_such() if gone else None), carried

    def _further(self) -> Question | None:
        """Show more of what was last asked for, or what costs less, if that is asked for now."""
        before, counter, ask = self.made.before, self.counter, self.made.ask
        less = LESS.search(self.text) is not None
        last = self.last if less or MORE.search(self.text) else None
        seen = shown_last(before)
        if last is None and less and ask.item_id:
            last, seen = counter.same_kind(ask.item_id), (ask.item_id,)
        if last is None:
            return None
        wish = replace_wish(last, high=counter.least(seen, ask.at)) if less else last
        shown = shown_before(before)
        found = counter.advise(wish, self.order(), ask.at, ask.spoken, without=shown)
        if not found:
            return self.made.no_more()
        return self.made.advised(found, counter.shelf, further=True)

    def joined(self, choice: Question | None, found: Question) -> Question:
        """Return what the seller's entries answer and a choice of products together.

        A choice stands back for her answer, and its products go with it. Beside what is not
        answered yet stands what there is of the kind that is spoken of.
        """
        if found.urgent and choice is None:
            return found
        if choice is not None and found.status == "answered" and choice.origin == "generated":
            return replace(found, picks=choice.picks, advised=choice.sources)
        if choice is not None:
            return found if found.status == "answered" else choice
        if found.status != "clarify" and found.reason not in {"not_known", "nothing_known"}:
            return found
        wish = self.counter.near(self.text)
        if wish is None:
            return found
        ask = self.made.ask
        advised = self.counter.advise(wish, self.order(), ask.at, ask.spoken)
        return self.made.beside(found, advised, self.counter.shelf) if advised else found
