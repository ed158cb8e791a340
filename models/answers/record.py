"""The record of a question: what was asked, what became of it, and in whose words."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import isfinite
from typing import Final

import msgspec

from data.catalogue import Listings
from data.knowledge import Asked, Origin, Question, Source, Status
from data.schemas import Item
from models.answers.advice import Advised
from models.answers.confidence import Scores
from models.answers.courtesy import Courtesy
from models.language import Language, spoken
from models.money import money

REPEATED: Final = 2
"""Questions in a row that were not answered before a person is called."""

SAID: Final[dict[str, tuple[str, str]]] = {
    "clarify": ("你想问的是不是：", "Did you mean:"),
    "handed_off": ("这个问题我没有把握，已经转给店主，回复会出现在这里。",
                   "I am not sure about this one, so I passed it on. The reply will appear here."),
    "urgent": ("很抱歉给你带来不好的体验，已经请店主本人来处理。",
               "I am sorry about that. The shopkeeper herself will look into it."),
    "first": ("已经请店主本人来看，回复会出现在这里。",
              "The shopkeeper herself will look into it; the reply will appear here."),
    "person": ("好的，已经转给店主本人，回复会出现在这里。",
               "Of course. I passed it on to the shopkeeper; the reply will appear here."),
    "greeting": ("你好！想了解什么？直接打字就行，也可以点下面的问题。",
                 "Hello! What would you like to know? Type it, or tap a question below."),
    "assistant": ("我是店里的智能助手，只用店主写好的答案、商品信息和以前的回复来回答。"
                  "想找店主本人，说“转人工”就行。",
                  "I am the shop's assistant, a program: I answer from what the shopkeeper wrote,"
                  " product facts and earlier replies alone. Say “human” to reach her."),
    "thanks": ("不客气，还有想问的随时说。", "You are welcome. Ask me anything else any time."),
    "noted": ("好的，还有想问的随时说。", "All right. Ask me anything else any time."),
    "abstained": ("这个问题不在本店能回答的范围里，可以问我商品、价格、发货和售后。",
                  "This shop cannot answer that. Ask about products, prices, delivery or returns."),
    "advice": ("按你的要求，可以看看：{}。", "You could look at: {}."),
    "picked": ("可以先看看这几款。", "You could begin with these."),
    "meanwhile": ("同类的可以先看看：{}。", "Until then you could look at: {}."),
    "further": ("还可以看看：{}。", "You could also look at: {}."),
    "no_more": ("合适的就是这些了。可以换个说法，或者让店主帮你找。",
                "That is all there is of it. Put it another way, or ask the shopkeeper."),
    "none_such": ("没有找到这样的。可以换个说法，或者让店主帮你找。",
                  "I found none like that. Put it another way, or ask the shopkeeper."),
    "such": ("“{}”的可以看看：{}。", "For “{}” you could look at: {}."),
    "fitting": ("合适的可以看看：{}。", "These would do: {}."),
    "advice_item": ("《{}》（{}）", "“{}” ({})"),
    "advice_bare": ("《{}》", "“{}”"),
}  # fmt: skip
"""What is said where no text of the seller is."""


@dataclass(frozen=True, slots=True)
class Ask:
    """Hold a question as it came, masked, with its id, time (epoch ms) and where it was asked."""

    question_id: str
    seller_id: str
    text: str
    at: int
    visitor: str = ""
    item_id: str = ""
    locale: str = ""
    conversation_id: str = ""

    @property
    def spoken(self) -> Language:
        """Return the language to answer in."""
        return spoken(self.text, self.locale)


class Record:
    """Make the record of a question, whatever becomes of it."""

    def __init__(self, ask: Ask, before: Sequence[Asked], version: str) -> None:
        self.ask, self.before = ask, before
        self._zh = ask.spoken == "zh"
        self._record = Question(
            question_id=ask.question_id,
            text=ask.text,
            status="handed_off",
            item_id=ask.item_id,
            locale="zh" if self._zh else "en",
            conversation_id=ask.conversation_id,
            context=tuple(asked.question.text for asked in before[-5:]),
            model_version=version,
        )

    def weigh(self, chance: float, row: Scores) -> None:
        """Note how sure the best entry is, and why."""
        told = tuple(round(float(one), 5) for one in row)
        self._record = msgspec.structs.replace(
            self._record, confidence=round(float(chance), 4), signals=told
        )

    def stuck(self) -> bool:
        """Say whether the last questions of this conversation were not answered either."""
        last = [asked.question.status for asked in self.before[-REPEATED:]]
        return len(last) == REPEATED and all(status == "clarify" for status in last)

    def answered(
        self, text: str, origin: Origin, chance: float, source: Source, items: Sequence[str]
    ) -> Question:
        """Answer in the words of a source."""
        return self._is(
            "answered",
            answer=text,
            origin=origin,
            confidence=round(float(chance), 4),
            sources=(source,),
            picks=tuple(items[:3]),
        )

    def picked(self, about: str = "") -> Question:
        """Let this visitor's own picks be the answer, about a product if any is named."""
        return self._is(
            "answered",
            answer=self._said("picked"),
            origin="generated",
            confidence=1.0,
            picks=(about,) if about else (),
        )

    def compared(self, items: Sequence[Item], told: Sequence[str]) -> Question:
        """Answer with what is told of each of some products."""
        titles = [item.title if self._zh else item.title_en or item.title for item in items]
        parts = [
            self._said("advice_item" if said else "advice_bare").format(title, said)
            for title, said in zip(titles, told, strict=True)
        ]
        sources = tuple(
            Source("product", item.item_id, said) for item, said in zip(items, told, strict=True)
        )
        return self._is(
            "answered",
            answer=("；".join(parts) + "。") if self._zh else "; ".join(parts) + ".",
            origin="extracted",
            confidence=1.0,
            sources=sources,
            picks=tuple(item.item_id for item in items),
            advised=sources,
        )

    def told_of(self, facts: Sequence[tuple[str, Source]], items: Sequence[Item]) -> Question:
        """Tell of some products a fact each."""
        return self._is(
            "answered",
            answer=("" if self._zh else " ").join(told for told, _ in facts),
            origin="extracted",
            confidence=1.0,
            sources=tuple(source for _, source in facts),
            picks=tuple(item.item_id for item in items),
        )

    def no_more(self) -> Question:
        """Say that all that is asked for has been shown."""
        return self._is("abstained", answer=self._said("no_more"), reason="no_more")

    def none_such(self) -> Question:
        """Say that nothing is what the last wish and this one ask for together."""
        return self._is("abstained", answer=self._said("none_such"), reason="none_such")

    def advised(
        self, advised: Sequence[Advised], shelf: Listings, *, further: bool = False
    ) -> Question:
        """Answer with products and what of them meets the wish; `further` ones after others."""
        sources = [self._source(one, shelf) for one in advised]
        return self._is(
            "answered",
            answer=self._said("further" if further else "advice").format(
                self._named(advised, shelf)
            ),
            origin="generated",
            confidence=1.0,
            sources=tuple(sources),
            picks=tuple(source.id for source in sources),
        )

    def beside(
        self,
        found: Question,
        advised: Sequence[Advised],
        shelf: Listings,
        wanted: Sequence[str] = (),
    ) -> Question:
        """Show products beside an answer that is not all that was asked for, and tell of them.

        Beside an answer they are what is `wanted` in her own words; beside questions that are
        asked back they are only shown.
        """
        named, more = self._named(advised, shelf), ""
        if found.status == "handed_off":
            more = self._said("meanwhile").format(named)
        elif found.status == "answered" and wanted:
            more = self._said("such").format(("、" if self._zh else ", ").join(wanted), named)
        elif found.status == "answered":
            more = self._said("fitting").format(named)
        return msgspec.structs.replace(
            found,
            answer=found.answer + (" " if more and not self._zh else "") + more,
            picks=tuple(shelf.item_ids[one.place] for one in advised),
            advised=tuple(self._source(one, shelf) for one in advised),
        )

    def _named(self, advised: Sequence[Advised], shelf: Listings) -> str:
        """Return products by their titles, and what stands there for each."""
        parts = []
        for one in advised:
            item, why = shelf.items[one.place], self._why(one)
            title = item.title if self._zh else item.title_en or item.title
            said = ("、" if self._zh else ", ").join(why)
            parts.append(self._said("advice_item" if why else "advice_bare").format(title, said))
        return ("，" if self._zh else ", ").join(parts)

    def _source(self, advised: Advised, shelf: Listings) -> Source:
        return Source("product", shelf.item_ids[advised.place], "; ".join(self._why(advised)))

    def _why(self, advised: Advised) -> list[str]:
        price = [f"¥{money(advised.price)}"] if isfinite(advised.price) else []
        return [*advised.evidence, *price]

    def clarify(self, suggestions: Sequence[str]) -> Question:
        """Ask back which of a few questions was meant."""
        return self._is("clarify", answer=self._said("clarify"), suggestions=tuple(suggestions))

    def abstained(self) -> Question:
        """Say that this is not about the shop."""
        return self._is("abstained", answer=self._said("abstained"), reason="not_about_the_shop")

    def returned(self, courtesy: Courtesy) -> Question:
        """Return a courtesy: nothing was asked, so nothing is answered."""
        return self._is("abstained", answer=self._said(courtesy), reason=courtesy)

    def called(self) -> Question:
        """Hand over to a person who was asked for."""
        return self._is("handed_off", answer=self._said("person"), reason="wants_a_person")

    def handed_off(self, reason: str, *, urgent: bool = False) -> Question:
        """Hand over to a person; the reason is for her, not for the visitor."""
        said = self._said("urgent" if urgent else "handed_off")
        return self._is("handed_off", answer=said, reason=reason, urgent=urgent)

    def first(self) -> Question:
        """Hand over what sounds upset, to a person first, and say no more of that."""
        return self._is("handed_off", answer=self._said("first"), reason="complaint", urgent=True)

    def _is(self, status: Status, **fields: object) -> Question:
        return msgspec.structs.replace(self._record, status=status, **fields)

    def _said(self, name: str) -> str:
        return SAID[name][0 if self._zh else 1]
