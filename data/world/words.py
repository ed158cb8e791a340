"""What a product is called: titles, descriptions, tags and attributes in Chinese and English."""

from __future__ import annotations

from data.schemas import Item
from data.world.dice import opaque, stream
from data.world.lexicon import Category, Trade, Words, both


class Writer:
    """Write a trade's products: title, description, tags and attributes in both languages."""

    def __init__(self, trade: Trade, seed: int, values: dict[str, list[int]]) -> None:
        """Take each attribute's value for every product."""
        self.trade, self.seed, self.values = trade, seed, values
        self.dice = stream(seed, "words", trade.id)

    def item(self, row: int, category: Category, brand_and_hero: tuple[int, int]) -> Item:
        """Word the product of a row; price and reviews are not yet in it."""
        trade = self.trade
        brand = trade.brands[brand_and_hero[0]]
        heroes = category.heroes or trade.heroes
        hero = heroes[brand_and_hero[1] % len(heroes)]
        kind = int(self.dice.integers(len(category.nouns)))
        noun, pack = category.nouns[kind], self._pack(category, kind)
        own = {k: trade.attributes[k].values[self.values[k][row]] for k in category.attributes}
        first = trade.attributes[category.attributes[0]]
        words: dict[str, Words] = {"hero": hero, "noun": noun, "pack": pack, "brand": brand.name}
        words |= own | {"n1": first.name, "a1": own[category.attributes[0]]}
        zh, en = ({name: word[side] for name, word in words.items()} for side in (0, 1))
        title = (category.zh or trade.zh).format(**zh)
        title_en = (category.en or trade.en).format(**en)
        sentences = category.sentences or trade.sentences
        count = int(self.dice.integers(1, len(sentences)))
        lines = [sentences[0]]
        lines += [sentences[1 + k] for k in self.dice.permutation(len(sentences) - 1)[:count]]
        tags = [hero, *(trade.tags[k] for k in self.dice.permutation(len(trade.tags))[:2])]
        return Item(
            item_id="p" + opaque(self.seed, "item", trade.id, row),
            title=title,
            title_en=title_en[0].upper() + title_en[1:],
            description="".join(line[0].format(**zh) for line in lines),
            description_en=" ".join(_capital(line[1].format(**en)) for line in lines),
            category=both(category.name),
            brand=both(brand.name),
            tags=tuple(both(tag) for tag in tags[: 1 + int(self.dice.integers(3))]),
            attributes={both(trade.attributes[k].name): both(value) for k, value in own.items()},
        )

    def _pack(self, category: Category, kind: int) -> Words:
        zh, en = (side.split("|") for side in category.packs[min(kind, len(category.packs) - 1)])
        chosen = int(self.dice.integers(len(zh)))
        return zh[chosen], en[chosen]


def _capital(sentence: str) -> str:
    return sentence[0].upper() + sentence[1:]
