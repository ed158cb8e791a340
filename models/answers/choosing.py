"""Answer one question from a shelf: a choice of products, what is known of one, what to look at."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from dataclasses import replace as replace_wish
from typing import NamedTuple

from msgspec.structs import replace

from data.knowledge import Question, Source
from models.answers import product
from models.answers.advice import Counter
from models.answers.comparing import asked_of_all, compared, differences
from models.answers.following import (
    LESS,
    MORE,
    SIMILAR,
    gone_on,
    last_wish,
    ordinals,
    shown_before,
    shown_last,
    taken_up,
    takes,
)
from models.answers.record import Record
from models.answers.saying import MOST_SUGGESTED
from models.answers.whether import asks_whether, whether
from models.language import language


class Told(NamedTuple):
    """Hold an answer from the shelf, the product that is spoken of, and what else is asked.

    One that is not `firm` stands back for what the seller's entries answer.
    """

    answer: Question | None
    about: str
    rest: str
    firm: bool = True


@dataclass(frozen=True, slots=True)
class Choosing:
    """Hold a folded question, the shelf it is asked at, and this visitor's order of the shelf."""

    made: Record
    counter: Counter
    text: str
    order: Callable[[], Sequence[int]]

    def told(self, *, known: bool) -> Told:
        """Answer with a choice of products, or with what is known of one.

        Neither is weighed where the seller has the very question among her entries: it is `known`.
        """
        ask, shelf, counter = self.made.ask, self.counter.shelf, self.counter
        named, rest = counter.named(self.text)
        against = compared(self.text, named, self.made.before)
        if not (against or named or ask.item_id):
            against = asked_of_all(self.text, self.made.before)
        against = [name for name in against if counter.offers(name)]
        if against and not known:
            return Told(self._differing(against), "", rest, firm=False)
        about = named[0] if named else taken_up(self.text, self.made.before, ask.item_id)
        fact = product.about(rest, about, shelf, ask.at)
        if fact is not None:
            told = self.made.answered(fact[0], "extracted", 1.0, fact[1], (about,))
            return Told(told, about, rest)
        one = about or (counter.only(rest) if asks_whether(rest) else "")
        answer = None if known else self._further() or self._of_one(one, rest)
        if answer is None and not known:
            answer = self._chosen(about)
        if answer is not None:
            return Told(answer, about, rest, firm=False)
        if not about and product.of_which(self.text):
            places = counter.kindred(self.text, self.order())[:MOST_SUGGESTED]
            back = self.made.clarify(product.asked_of(shelf, places, self.text))
            return Told(back, about, rest)
        return Told(None, about, rest)

    def _differing(self, names: Sequence[str]) -> Question:
        """Tell how products differ."""
        shelf, ask = self.counter.shelf, self.made.ask
        spoken = language(ask.text)
        told = differences(shelf, names, ask.at, spoken)
        return self.made.compared([shelf.items[shelf.places[one]] for one in names], told)

    def _of_one(self, about: str, rest: str) -> Question | None:
        """Tell of one product what its attributes say of what is asked."""
        place, ask, counter = self.counter.shelf.places.get(about), self.made.ask, self.counter
        if place is None or not counter.shelf.active[place]:
            return None
        if SIMILAR.search(rest):
            return self.made.picked(about)
        spoken = language(ask.text)
        said = whether(rest, counter.reading(rest), counter.words, place, spoken)
        if not said and takes(rest, counter.reading(rest)):
            said = product.in_short(counter.shelf, place, ask.at, spoken)
        if not said:
            return None
        title = product.titled(counter.shelf.items[place], spoken)
        text = f"{title}{said}{'。' if spoken == 'zh' else '.'}"
        source = Source("product", about, said.strip("的：:, "))
        answer = self.made.answered(text, "extracted", 1.0, source, (about,))
        wish = counter.others(place, rest)
        others = counter.advise(wish, self.order(), ask.at, spoken) if wish is not None else []
        if not others:
            return answer
        return self.made.beside(answer, others, counter.shelf, counter.reading(rest).wanted)

    def _chosen(self, about: str) -> Question | None:
        """Answer with products that meet the wish in a question; her own picks for none."""
        counter, ask = self.counter, self.made.ask
        wish = counter.wish(self.text, of_none=not about)
        pointed = ordinals(self.text) and not shown_last(self.made.before)
        if wish is None or pointed or not counter.shelf.on_offer().any():
            return None
        last, spoken = last_wish(self.made.before, counter), language(ask.text)
        wider = wish if last is None else gone_on(self.text, wish, last, counter)
        if not wider.asks:
            return self.made.picked()
        for one in (wider, replace_wish(wider, wanted=wish.wanted)):  # rather the kind than all
            advised = counter.advise(one, self.order(), ask.at, spoken)
            if advised:
                return self.made.advised(advised, counter.shelf)
        return self.made.none_such() if last is not None and wider is not wish else None

    def _further(self) -> Question | None:
        """Show more of what was last asked for, or what costs less, if that is asked for now."""
        before, counter, ask = self.made.before, self.counter, self.made.ask
        less = LESS.search(self.text) is not None
        last = last_wish(before, counter) if less or MORE.search(self.text) else None
        if last is None:
            return None
        wish = replace_wish(last, high=counter.least(shown_last(before), ask.at)) if less else last
        shown = shown_before(before)
        found = counter.advise(wish, self.order(), ask.at, language(ask.text), without=shown)
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
        advised = self.counter.advise(wish, self.order(), ask.at, language(ask.text))
        return self.made.beside(found, advised, self.counter.shelf) if advised else found
