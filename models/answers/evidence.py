"""What stands in a product's own texts for what is wished, in the language that is spoken."""

from __future__ import annotations

from models.answers.adlaw import refused
from models.answers.filling import SOFT
from models.answers.lines import holds
from models.answers.merit import known_for
from models.answers.shelf_words import ShelfWords
from models.answers.synonyms import ALIKE
from models.answers.texts import folded, parts
from models.answers.wishes import Wish
from models.language import Language, language, side


def evidence(words: ShelfWords, place: int, wish: Wish, spoken: Language) -> tuple[str, ...]:
    """Return what stands for a product, each once, but for what the law forbids to say."""
    met = [one for one in wish.wanted if words.meeting(one)[place]]
    kinds = [one for one in wish.kinds if words.of_kind(one)[place]]
    told = [_standing(words, place, one, spoken) for one in (*met, *wish.needed, *kinds)]
    known = known_for(words.shelf, place, wish.by, spoken)
    return tuple(one for one in dict.fromkeys([*told, *known]) if one and not refused(one))


def _standing(words: ShelfWords, place: int, word: str, spoken: Language) -> str:
    """Return what stands in a product's attributes for a word, else the word of its texts.

    Empty where that is in the other language.
    """
    names, item = ALIKE.get(word, (word,)), words.shelf.items[place]
    for one in (*item.attributes.values(), *item.tags, *filter(None, [item.category])):
        if holds(names, folded(one)):
            told = side(one, spoken)
            said = next((part for part in parts(told) if holds(names, folded(part))), "")
            if said or SOFT.isdisjoint(names):
                return said or told
    text = words.written(place)
    written = (one for one in names if len(one) > 1 and holds((one,), text))
    return next((one for one in written if language(one) == spoken), "")
