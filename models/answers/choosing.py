"""Answer one question from a shelf: a choice of products, what is known of one, what to look at."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from msgspec.structs import replace

from data.knowledge import Question
from models.answers import product
from models.answers.advice import Counter
from models.answers.record import Record
from models.answers.saying import MOST_SUGGESTED
from models.language import language


@dataclass(frozen=True, slots=True)
class Choosing:
    """Hold a folded question, the shelf it is asked at, and this visitor's order of the shelf."""

    made: Record
    counter: Counter
    text: str
    order: Callable[[], Sequence[int]]

    def told(self, *, known: bool) -> tuple[Question | None, str, str]:
        """Answer with a choice of products, or with what is known of one.

        No choice is made where the seller has the very question among her entries: it is `known`.
        Returns that answer or None, the product that is spoken of, and what else is asked.
        """
        ask, shelf, counter = self.made.ask, self.counter.shelf, self.counter
        named, rest = counter.named(self.text)
        about = named or ask.item_id
        wish = None if known else counter.wish(self.text, of_none=not about)
        if wish is not None and not wish.asks and shelf.on_offer().any():
            return self.made.picked(), about, rest
        if wish is not None and wish.asks:
            advised = counter.advise(wish, self.order(), ask.at, language(ask.text))
            if advised:
                return self.made.advised(advised, shelf), about, rest
        told = product.about(rest, about, shelf, ask.at)
        if told is not None:
            return self.made.answered(told[0], "extracted", 1.0, told[1], (about,)), about, rest
        if not about and product.of_which(self.text):
            places = counter.kindred(self.text, self.order())[:MOST_SUGGESTED]
            return self.made.clarify(product.asked_of(shelf, places, self.text)), about, rest
        return None, about, rest

    def joined(self, choice: Question | None, found: Question) -> Question:
        """Return what the seller's entries answer and a choice of products together.

        A choice stands back for her answer, and its products go with it. Beside what is not
        answered yet stands what there is of the kind that is spoken of.
        """
        if choice is not None:
            answered = found.status == "answered"
            return (
                replace(found, picks=choice.picks, advised=choice.sources) if answered else choice
            )
        if found.status != "clarify" and found.reason not in {"not_known", "nothing_known"}:
            return found
        wish = self.counter.near(self.text)
        if wish is None:
            return found
        ask = self.made.ask
        advised = self.counter.advise(wish, self.order(), ask.at, language(ask.text))
        return self.made.beside(found, advised, self.counter.shelf) if advised else found
