"""Everything a world says can be read in Chinese and in English."""

from __future__ import annotations

import re

import msgspec

from data.schemas import Item, Kind, Seller
from data.world import generate
from data.world.lexicon import trades

CHINESE = re.compile(r"[\u4e00-\u9fff]")
UNTIL = 1_795_132_800_000


def test_products_and_cards_read_well_in_both_languages() -> None:
    for event in generate(12, 3, UNTIL, 1, pseudonymise=str).events():
        if event.payload is None or event.kind not in {Kind.ITEM, Kind.SELLER}:
            continue
        value: Item | Seller = (
            msgspec.json.decode(event.payload, type=Item)
            if event.kind is Kind.ITEM
            else msgspec.json.decode(event.payload, type=Seller)
        )
        written = msgspec.structs.asdict(value)
        for name in ("title", "description", "story"):
            if name in written:
                assert CHINESE.search(written[name])
                english = written[f"{name}_en"]
                assert english[0].isupper() or english[0].isdigit()
                assert not CHINESE.search(english)
                assert not re.search(r"[{}|]", written[name] + english)


def test_items_have_what_a_page_and_a_model_need() -> None:
    for event in generate(6, 3, UNTIL, 1, pseudonymise=str).events():
        if event.kind is not Kind.ITEM or event.payload is None:
            continue
        item = msgspec.json.decode(event.payload, type=Item)
        assert item.price is not None
        assert item.price > 0
        assert (item.rating is None) == (not item.reviews)
        assert item.rating is None or 1 <= item.rating <= 5
        labels = [
            item.category,
            item.brand,
            *item.tags,
            *item.attributes,
            *item.attributes.values(),
        ]
        assert all(" / " in label for label in labels)
        assert len(item.tags) + len(item.attributes) <= 8


def test_the_words_of_each_trade_fit_together() -> None:
    for trade in trades():
        names = {category.name[1] for category in trade.categories}
        assert len(names) == len(trade.categories)
        assert {brand.tier for brand in trade.brands} == {0, 1, 2}
        for category in trade.categories:
            assert set(category.leads_to) <= names - {category.name[1]}
            assert set(category.attributes) <= set(trade.attributes)
            for key, allowed in category.only.items():
                assert key in category.attributes
                assert max(allowed) < len(trade.attributes[key].values)
            for zh, en in category.packs:
                assert zh.count("|") == en.count("|")
    assert abs(sum(trade.weight for trade in trades()) - 1) < 1e-9
