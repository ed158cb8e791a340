"""What a shop of several trades says to short questions and in conversations."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest

from data.catalogue import Listings
from data.knowledge import Asked, Question
from data.schemas import Item
from models.answers.advice import Counter
from models.answers.choosing import Choosing
from models.answers.record import Ask, Record
from models.language import plain
from tests.streams import NOW, Stream

SKIN, TASTE = "肤质 / Skin", "口味 / Taste"
MILD = "温和不刺激"
GOODS = [
    ("lip1", "花瓣口红 正红", "唇妆 / Lip colour", {}, 70.0),
    ("lip2", "落日唇泥 裸粉", "唇妆 / Lip colour", {}, 30.0),
    ("wash1", "氨基酸洁面 油皮用", "洁面 / Cleansers", {SKIN: "油性"}, 40.0),
    ("wash2", "燕麦洁面 100g", "洁面 / Cleansers", {SKIN: "敏感性"}, 50.0),
    ("sun1", "轻透防晒乳 SPF50 60ml", "防晒 / Sun", {}, 200.0),
    ("sun2", "清爽防晒喷雾 SPF30 150ml", "防晒 / Sun", {}, 90.0),
    ("duck1", "孜然原味鸭脖 15包", "肉类零食 / Meat snacks", {TASTE: "原味"}, 49.0),
    ("duck2", "蜂蜜麻辣鸭脖 15包", "肉类零食 / Meat snacks", {TASTE: "麻辣"}, 39.0),
    ("plum", "桂花话梅 200g", "蜜饯果干 / Fruit", {TASTE: "酸甜"}, 25.0),
    ("tofu", "酸甜魔芋爽 20包", "豆干辣条 / Spicy strips", {TASTE: "酸甜"}, 6.0),
    ("book0", "四季绘本 0-6个月", "绘本 / Books", {"月龄 / Age": "0-6个月"}, 33.0),
    ("book3", "海洋绘本 3岁以上", "绘本 / Books", {"月龄 / Age": "3岁以上"}, 34.0),
    ("toy3", "森林积木 3岁以上", "玩具 / Toys", {"月龄 / Age": "3岁以上"}, 99.0),
    ("toy", "森林拼图 通用", "玩具 / Toys", {"月龄 / Age": "通用"}, 88.0),
    ("cheese", "芝士夹心饼干 200g", "饼干 / Biscuits", {}, 38.0),
    ("pan", "北欧小奶锅 16cm", "锅具 / Pans", {"材质 / Material": "玻璃"}, 120.0),
]


@pytest.fixture(scope="module")
def counter() -> Counter:
    stream = Stream()
    rows = [
        Item(
            item_id=name,
            title=title,
            category=kind,
            attributes=known,
            price=price,
            description=MILD,
        )
        for name, title, kind, known, price in GOODS
    ]
    stream.shelf("s", rows)
    shelf = stream.state.catalogue.shelf("s")
    assert isinstance(shelf, Listings)
    return Counter(shelf)


def talk(counter: Counter, questions: Sequence[str], item_id: str = "") -> Question | None:
    """Ask one question after the other, on a page if any; return the last one's answer."""
    before: list[Asked] = []
    answer = None
    for text in questions:
        ask = Ask("q", "s", text, NOW, item_id=item_id)
        choosing = Choosing(
            Record(ask, before, "u"), counter, plain(text), lambda: range(counter.shelf.n)
        )
        answer = choosing.told(known=False).answer
        shown = answer or Question(question_id="q", text=text, status="handed_off")
        before = [*before, Asked(question=shown, at=NOW)]
    return answer


@pytest.mark.parametrize(
    ("questions", "picks"),
    [
        (["口红"], ("lip1",)),
        (["敏感肌洁面"], ("wash2",)),  # not what all descriptions say
        (["不是乳的防晒"], ("sun2",)),
        (["30块以内的零食"], ("plum", "tofu")),  # of all kinds of snacks
        (["辣的零食"], ("duck2",)),  # a category's name is no taste
        (["两岁半的娃玩什么"], ("toy",)),
        (["6个月以下的绘本"], ("book0",)),
        (["三个月宝宝的绘本", "那玩具呢"], ("toy",)),  # whose child it is stays
        (["有鸭脖吗", "不辣的呢"], ("duck1",)),
        (["有绘本吗", "那鸭脖呢"], ("duck1", "duck2")),
        (["80-150的玩具"], ("toy3", "toy")),
        (["一百出头的锅"], ("pan",)),
        (["我怕辣，推荐点鸭脖"], ("duck1",)),
        (["油皮", "洁面"], ("wash1",)),  # what she is stays, whatever kind it is
    ],
)
def test_products_are_chosen(
    counter: Counter, questions: list[str], picks: tuple[str, ...]
) -> None:
    answer = talk(counter, questions)
    assert answer is not None
    assert answer.picks == picks


@pytest.mark.parametrize(
    ("questions", "told"),
    [
        (
            ["防晒倍数多高"],
            "《轻透防晒乳 SPF50 60ml》：SPF50。《清爽防晒喷雾 SPF30 150ml》：SPF30。",
        ),
        (["话梅多少克"], "《桂花话梅 200g》：200g。"),
        (["小奶锅是什么材质"], "《北欧小奶锅 16cm》的材质：玻璃。"),
        (
            ["有鸭脖吗", "辣吗"],
            "《孜然原味鸭脖 15包》的口味：原味。《蜂蜜麻辣鸭脖 15包》的口味：麻辣。",
        ),
    ],
)
def test_a_fact_of_each_is_told(counter: Counter, questions: list[str], told: str) -> None:
    answer = talk(counter, questions)
    assert answer is not None
    assert answer.answer == told
    assert answer.origin == "extracted"


@pytest.mark.parametrize(
    "question",
    [
        *("有内衣吗", "有手套吗", "有卸妆水吗"),  # made of words that other goods are made of
        *("玻璃锅会炸吗", "陶瓷锅会不会碎"),  # what it is made of says nothing of it
        *("太咸了", "我不想要了", "几个工作日发货", "保修几个月", "几盒包邮"),
        *("160左右能穿吗", "38-40的鞋"),
    ],
)
def test_nothing_of_the_shelf_is_told(counter: Counter, question: str) -> None:
    assert talk(counter, [question]) is None


def test_a_kind_that_was_not_asked_for_has_no_price_here(counter: Counter) -> None:
    answer = talk(counter, ["有什么口红", "鸭脖多少钱"])
    assert answer is not None
    assert answer.picks == ("duck1", "duck2")
    assert talk(counter, ["有什么口红", "面膜多少钱"]) is None


@pytest.mark.parametrize(
    ("questions", "picks"),
    [
        (["有鸭脖吗", "芝士那个多少钱"], ("cheese",)),  # not among those shown
        (["有什么口红", "芝士那个多少钱"], ("cheese",)),  # nor the only one shown
        (["有什么口红", "那个口红多少钱"], ("lip1",)),
        (["有鸭脖吗", "麻辣那个多少钱"], ("duck2",)),
        (["有鸭脖吗", "这个芝士多少钱"], ()),  # what is pointed at is at hand
    ],
)
def test_that_one_is_looked_for_on_the_whole_shelf(
    counter: Counter, questions: list[str], picks: tuple[str, ...]
) -> None:
    answer = talk(counter, questions)
    assert answer is not None
    assert answer.picks == picks


def test_on_a_page_that_one_is_another_only_where_it_is_called_so(counter: Counter) -> None:
    told = [
        talk(counter, [text], "pan") for text in ("那个多少钱", "那个锅多少钱", "芝士那个多少钱")
    ]
    assert [one.picks for one in told if one is not None] == [("pan",), ("pan",), ("cheese",)]


def test_which_one_is_meant_is_asked_of_what_is_called_so(counter: Counter) -> None:
    answer = talk(counter, ["有什么口红", "绘本那个多少钱"])
    assert answer is not None
    assert answer.suggestions == ("《四季绘本 0-6个月》多少钱？", "《海洋绘本 3岁以上》多少钱？")
    answer = talk(counter, ["有什么口红", "玻璃那个多少钱"])
    assert answer is not None  # by what it is made of, which its title does not say
    assert answer.suggestions == ("《北欧小奶锅 16cm》多少钱？",)


def test_wide_names_gather_kinds_not_words_within_titles() -> None:
    stream = Stream()
    titles = (
        "茶树祛痘精华 30ml",
        "绿茶控油面膜 5片",
        "奶茶色口红 3g",
        "咖啡色针织开衫",
        "糖果色发夹",
    )
    rows = [Item(item_id=f"i{n}", title=title) for n, title in enumerate(titles)]
    stream.shelf("s", rows)
    shelf = stream.state.catalogue.shelf("s")
    assert isinstance(shelf, Listings)
    words = Counter(shelf).words
    found = {name: words.of_kind(name).tolist() for name in ("茶", "喝的", "零食", "衣服", "彩妆")}
    assert found == {
        "茶": [0, 0, 0, 0, 0],
        "喝的": [0, 0, 0, 0, 0],
        "零食": [0, 0, 0, 0, 0],
        "衣服": [0, 0, 0, 1, 0],
        "彩妆": [0, 0, 1, 0, 0],
    }


def test_of_a_category_of_two_kinds_a_product_is_what_its_title_says() -> None:
    stream = Stream()
    rows = (
        ("勐海熟普 357g", "Ripe pu'er cake", "白茶普洱 / White & pu'er"),
        ("古树普洱 100g", "Old tree pu'er", "白茶普洱 / White & pu'er"),
        ("72%黑巧克力", "Dark chocolate", "糖果巧克力 / Sweets & chocolate"),
        ("夹心球 250g", "Filled balls", "糖果巧克力 / Sweets & chocolate"),
        ("氨基酸洁面", "Gentle cleanser", "面膜洁面 / Masks & cleansers"),
        ("会说话的计算器", "Talking calculator", "电子文具 / Electronics"),
        ("海盐腰果", "Sea salt cashews", "坚果果干 / Nuts & dried fruit"),
    )
    items = [
        Item(item_id=f"i{n}", title=title, title_en=english, category=kind)
        for n, (title, english, kind) in enumerate(rows)
    ]
    stream.shelf("s", items)
    shelf = stream.state.catalogue.shelf("s")
    assert isinstance(shelf, Listings)
    words = Counter(shelf).words
    asked = ("白茶", "普洱", "糖果", "面膜", "mask", "文具", "坚果")
    found = {name: np.flatnonzero(words.of_kind(name)).tolist() for name in asked}
    assert found == {
        "白茶": [],  # where no title says it, all of the category had been 白茶
        "普洱": [1],
        "糖果": [3],  # its title says neither: the category is all that is known
        "面膜": [],
        "mask": [],
        "文具": [5],
        "坚果": [6],
    }


def test_a_text_without_letters_is_answered_in_the_language_of_the_page() -> None:
    assert Ask("q", "s", "？", NOW).spoken == "zh"
    assert Ask("q", "s", "1", NOW, locale="en-GB").spoken == "en"
    assert Ask("q", "s", "有吗", NOW, locale="en-GB").spoken == "zh"
