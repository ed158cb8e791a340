"""Choices asked for in words: by what they go, what is told for them, and what is no choice."""

from __future__ import annotations

import pytest

from data.catalogue import Listings
from data.schemas import Item
from models.answers import product
from models.answers.advice import Counter
from models.language import language, plain
from tests.streams import DAY, NOW, Stream

SHADE, SKIN = "色系 / Shade", "肤质 / Skin type"


def goods() -> Listings:
    """Put up a shelf in both languages: two lipsticks, a serum and a sunscreen."""
    stream = Stream()
    rows = [
        (
            "i1",
            "豆沙口红",
            "Rosewood lipstick",
            "色系 / Shade",
            "豆沙 / rosewood",
            89.0,
            30,
            4.2,
            9,
        ),
        (
            "i2",
            "正红口红",
            "True red lipstick",
            "色系 / Shade",
            "正红 / true red",
            49.0,
            90,
            4.9,
            40,
        ),
        (
            "i3",
            "补水精华",
            "Hydrating serum",
            "肤质 / Skin type",
            "干性 / dry skin",
            150.0,
            0,
            None,
            0,
        ),
        (
            "i4",
            "温和防晒乳",
            "Gentle sun milk",
            "肤质 / Skin type",
            "油性 / oily skin",
            70.0,
            5,
            4.5,
            3,
        ),
    ]
    items = [
        Item(
            item_id=name, title=title, title_en=english, attributes={kind: value}, price=price,
            sales=sales, rating=stars, reviews=count,
        )
        for name, title, english, kind, value, price, sales, stars, count in rows
    ]  # fmt: skip
    for number, one in enumerate(items):
        stream.shelf("s", [one], NOW - (9 - number) * DAY)
    found = stream.state.catalogue.shelf("s")
    assert found is not None
    return found


def beauty() -> Counter:
    return Counter(goods())


def test_whom_a_product_suits_is_told_of_this_product() -> None:
    told = product.about(plain("适合什么肤质？"), "i3", goods(), NOW)
    assert told is not None
    assert told[0] == "《补水精华》的肤质：干性。"
    assert product.about(plain("肤质适合吗，推荐一下"), "i3", goods(), NOW) is None


@pytest.mark.parametrize(
    ("question", "places", "evidence"),
    [
        ("哪个卖得最好？", [1, 0, 3], ("已售 90",)),
        ("What's your best seller?", [1, 0, 3], ("90 sold",)),
        ("最近有什么新品", [3, 2, 1], ()),
        ("评价最好的口红", [1, 0], ("口红", "4.9 分、40 条评价")),
        ("最便宜的口红", [1, 0], ("口红",)),
        ("cheapest sunscreen", [3], ("sun milk",)),
        ("豆沙色的口红有吗", [0], ("豆沙", "口红")),
        ("Any rosewood lipstick?", [0], ("rosewood", "lipstick")),
        ("口红多少钱", [0, 1], ("口红",)),
        ("敏感肌用什么好，推荐一下", [3], ("温和",)),  # what its title says, and no more
        ("something for dry skin", [2], ("dry skin",)),
        ("推荐面膜，精华也行", [2], ("精华",)),
        ("recommend a gentle one", [3], ("gentle",)),
        ("推荐不超过80的，给我看看", [1, 3], ()),
    ],
)
def test_a_choice_goes_by_what_it_is_asked_by_and_tells_what_stands_there(
    question: str, places: list[int], evidence: tuple[str, ...]
) -> None:
    counter, spoken = beauty(), language(question)
    wish = counter.wish(plain(question), of_none=True)
    assert wish is not None
    found = counter.advise(wish, [0, 1, 2, 3], NOW, spoken)
    assert [one.place for one in found] == places
    assert found[0].evidence == evidence


def test_whom_a_wrong_choice_would_harm_is_advised_by_what_speaks_of_her_alone() -> None:
    stream = Stream()
    rows = [("i1", "补水精华", ""), ("i2", "温和精华", "孕妇可用")]
    items = [Item(item_id=name, title=title, description=said) for name, title, said in rows]
    stream.shelf("s", items)
    shelf = stream.state.catalogue.shelf("s")
    assert shelf is not None
    counter = Counter(shelf)
    for question, places in (
        ("推荐一款精华", [0, 1]),
        ("推荐一款孕妇能用的精华", [1]),
        ("推荐哺乳期能用的精华", []),
    ):
        wish = counter.wish(plain(question), of_none=True)
        assert wish is not None
        assert [one.place for one in counter.advise(wish, [0, 1], NOW, "zh")] == places, question


def test_what_the_law_forbids_stands_for_nothing() -> None:
    stream = Stream()
    tags = ("治疗失眠", "办公室")
    stream.shelf("s", [Item(item_id="i1", title="洋甘菊茶", tags=tags, attributes={"香": "花香"})])
    shelf = stream.state.catalogue.shelf("s")
    assert shelf is not None
    counter = Counter(shelf)
    for question, told in (("办公室喝的茶", ("办公室", "茶")), ("花香的茶", ("花香", "茶"))):
        wish = counter.wish(plain(question), of_none=True)
        assert wish is not None
        (found,) = counter.advise(wish, [0], NOW, "zh")
        assert set(found.evidence) <= set(told)
    wish = counter.wish(plain("治疗失眠的茶"), of_none=True)
    found_none = [] if wish is None else counter.advise(wish, [0], NOW, "zh")
    assert all("治疗" not in "".join(one.evidence) for one in found_none)


def test_where_nothing_came_after_the_first_day_nothing_is_new() -> None:
    stream = Stream()
    stream.shelf("s", [Item(item_id=f"i{n}", title=f"口红 {n}") for n in range(3)])
    shelf = stream.state.catalogue.shelf("s")
    assert shelf is not None
    counter = Counter(shelf)
    wish = counter.wish(plain("有什么新品"))
    assert wish is not None
    assert counter.advise(wish, [], NOW, "zh") == []


@pytest.mark.parametrize(
    "question",
    ["新品什么时候上", "有没有新品优惠", "最便宜的运费是多少", "cheapest way to ship",
     "口红有保质期吗", "有口红的试用装吗", "能便宜点吗", "推荐一款面膜", "do you have gift cards",
     "为什么卖得最好的缺货", "推荐一款不含酒精的精华",
     "recommend a serum without perfume",
     "预算200以内推荐下午茶点心", "something nice for a hamster under 100"],
)  # fmt: skip
def test_what_only_sounds_like_a_choice_is_none(question: str) -> None:
    assert beauty().wish(plain(question), of_none=True) is None


@pytest.mark.parametrize(
    ("question", "asks", "first"),
    [
        ("这个多少钱", True, "《豆沙口红》多少钱？"),
        ("is this in stock?", True, "Is “Rosewood lipstick” in stock?"),
        ("这个怎么用", False, ""),
        ("when will it be back in stock?", False, ""),
        ("运费多少钱", False, ""),
    ],
)
def test_a_product_that_is_only_pointed_at_is_asked_for(
    question: str, asks: bool, first: str
) -> None:
    stream = Stream()
    stream.shelf("s", [Item(item_id="i1", title="豆沙口红", title_en="Rosewood lipstick")])
    shelf = stream.state.catalogue.shelf("s")
    assert shelf is not None
    assert product.of_which(plain(question)) is asks
    if asks:
        assert product.asked_of(shelf, [0], plain(question)) == [first]
