"""A conversation goes on: a pick is pointed at, a wish gets narrower, more is asked for."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from data.catalogue import Listings
from data.knowledge import Asked, Question
from data.schemas import Item
from models.answers.advice import Counter
from models.answers.choosing import Choosing
from models.answers.record import Ask, Record
from models.language import plain
from tests.streams import NOW, Stream

COLOUR = "颜色 / Colour"
GOODS = [
    ("bag1", "黑色托特包", "包袋 / Bags", "黑色 / black", 300.0),
    ("bag2", "黑色水桶包", "包袋 / Bags", "黑色 / black", 200.0),
    ("bag3", "黑色腋下包", "包袋 / Bags", "黑色 / black", 150.0),
    ("bag4", "黑色双肩包", "包袋 / Bags", "黑色 / black", 100.0),
    ("bag5", "白色托特包", "包袋 / Bags", "白色 / white", 250.0),
    ("shoe", "白色乐福鞋", "鞋靴 / Shoes", "白色 / white", 90.0),
]


@pytest.fixture(scope="module")
def counter() -> Counter:
    stream = Stream()
    rows = [
        Item(item_id=name, title=title, category=kind, attributes={COLOUR: colour}, price=price)
        for name, title, kind, colour, price in GOODS
    ]
    stream.shelf("s", rows)
    shelf = stream.state.catalogue.shelf("s")
    assert isinstance(shelf, Listings)
    return Counter(shelf)


def talk(counter: Counter, questions: Sequence[str], item_id: str = "") -> list[Question]:
    """Ask one question after the other in a conversation; what is shown is what is picked."""
    before: list[Asked] = []
    answers = []
    for text in questions:
        made = Record(Ask("q", "s", text, NOW, item_id=item_id), before, "untrained")
        choosing = Choosing(made, counter, plain(text), lambda: range(counter.shelf.n))
        answer = choosing.told(known=False).answer
        assert answer is not None, text
        answers.append(answer)
        before = [*before, Asked(question=answer, at=NOW)]
    return answers


@pytest.mark.parametrize(
    ("questions", "picks"),
    [
        (["黑色的包有吗", "还有别的吗"], ("bag4",)),
        (["黑色的包有吗", "还有吗", "还有吗"], ()),
        (["黑色的包有吗", "有便宜点的吗"], ("bag4",)),
        (["黑色的包有吗", "那白色的呢"], ("bag5",)),  # of bags, not the shoe
        (["黑色的包有吗", "180以内的呢"], ("bag3", "bag4")),
        (["有没有包", "要白色的", "换一批"], ()),
        (["黑色的包有吗", "第二个多少钱"], ("bag2",)),
        (["黑色的包有吗", "最后一个有货吗", "它多少钱"], ("bag3",)),
        (["白色的包有吗", "这个多少钱"], ("bag5",)),
        (["黑色的包有吗", "多少钱"], ("bag1", "bag2", "bag3")),
        (["黑色的包有吗", "第二个多少钱", "有货吗"], ("bag2",)),
        (["黑色的包有吗", "就要第三个吧"], ("bag3",)),
        (["黑色的包有吗", "第二个多少钱", "有类似的吗"], ("bag2",)),
        (["黑色的包有吗", "白色的"], ("bag5",)),
        (["黑色的包有吗", "50以内的"], ()),
        (["黑色的包有吗", "送朋友的"], ("bag1", "bag2", "bag3")),
        (["黑色的包有吗", "哪个更便宜"], ("bag1", "bag2", "bag3")),
        (["any black bag?", "I'll take the first one"], ("bag1",)),
        (["黑色的包有吗", "有没有鞋"], ("shoe",)),  # another kind is another wish
        (["any black bag?", "show me more"], ("bag4",)),
        (["any black bag?", "what about white?"], ("bag5",)),
        (["any black bag?", "how much is the second one?"], ("bag2",)),
        (["any black bag?", "anything cheaper?"], ("bag4",)),
        (["any black bag?", "cheaper please"], ("bag4",)),
        (["黑色的包有吗", "便宜点"], ("bag4",)),
    ],
)
def test_what_is_said_before_is_taken_up(
    counter: Counter, questions: list[str], picks: tuple[str, ...]
) -> None:
    last = talk(counter, questions)[-1]
    assert last.picks == picks
    assert (last.reason in {"no_more", "none_such"}) is not bool(picks)


@pytest.mark.parametrize(
    ("questions", "told"),
    [
        (
            ["黑色托特包和白色托特包有什么区别"],
            "《黑色托特包》（¥300，颜色：黑色）；《白色托特包》（¥250，颜色：白色）。",
        ),
        (
            ["黑色的包有吗", "第一个和第三个哪个好"],
            "《黑色托特包》（¥300）；《黑色腋下包》（¥150）。",
        ),
        (
            ["黑色的包有吗", "这两个有什么不同"],
            "《黑色托特包》（¥300）；《黑色水桶包》（¥200）。",
        ),
        (
            ["黑色的包有吗", "黑色双肩包和第二个对比一下"],
            "《黑色双肩包》（¥100）；《黑色水桶包》（¥200）。",
        ),
        (
            ["any black bag?", "what is the difference between the first and the last one"],
            "“黑色托特包” (¥300); “黑色腋下包” (¥150).",
        ),
    ],
)  # fmt: skip
def test_products_are_held_against_each_other(
    counter: Counter, questions: list[str], told: str
) -> None:
    last = talk(counter, questions)[-1]
    assert last.answer == told
    assert last.picks == tuple(source.id for source in last.advised)


def test_what_is_not_on_the_shelf_any_more_is_not_told_of(counter: Counter) -> None:
    shown = Question(
        question_id="q", text="黑色的包", status="answered", origin="generated",
        picks=("gone", "bag2"), shown=("gone", "bag2"),
    )  # fmt: skip
    for text, picks in (("多少钱", ("bag2",)), ("哪个好", ("bag2",)), ("第二个多少钱", ("bag2",))):
        made = Record(Ask("q", "s", text, NOW), [Asked(question=shown, at=NOW)], "untrained")
        choosing = Choosing(made, counter, plain(text), lambda: range(counter.shelf.n))
        answer = choosing.told(known=False).answer
        assert answer is not None
        assert answer.picks == picks
    made = Record(Ask("q", "s", "第一个多少钱", NOW), [Asked(question=shown, at=NOW)], "u")
    choosing = Choosing(made, counter, plain("第一个多少钱"), lambda: range(counter.shelf.n))
    answer = choosing.told(known=False).answer
    assert answer is None or "gone" not in answer.picks


def test_on_a_product_s_page_this_is_the_product(counter: Counter) -> None:
    last = talk(counter, ["白色的包有吗", "这个多少钱"], item_id="shoe")[-1]
    assert last.picks == ("shoe",)
    last = talk(counter, ["黑色的包推荐一下", "第一个多少钱"], item_id="shoe")[-1]
    assert last.picks == ("bag1",)


def test_the_first_time_is_no_first_pick(counter: Counter) -> None:
    answers = talk(counter, ["黑色的包有吗"])
    made = Record(
        Ask("q", "s", "第一次背要注意什么", NOW), [Asked(question=answers[0], at=NOW)], "u"
    )
    choosing = Choosing(made, counter, plain(made.ask.text), lambda: range(counter.shelf.n))
    told = choosing.told(known=False)
    assert (told.answer, told.about) == (None, "")


@given(
    st.lists(
        st.text(
            st.sampled_from(
                "黑白色的包鞋有没还便宜点第一二个不要这多少钱吗,?100 a bagoneshw\x1f{}%["
            ),
            max_size=40,
        ),
        min_size=1,
        max_size=4,
    ),
    st.sampled_from(["", "bag1", "shoe", "gone"]),
)
def test_whatever_is_said_only_what_is_on_offer_is_shown(
    counter: Counter, questions: list[str], item_id: str
) -> None:
    before: list[Asked] = []
    for text in questions:
        made = Record(Ask("q", "s", text, NOW, item_id=item_id), before, "untrained")
        choosing = Choosing(made, counter, plain(text), lambda: range(counter.shelf.n))
        answer = choosing.joined(choosing.told(known=False).answer, made.handed_off("not_known"))
        assert {*answer.picks} <= {name for name, *_ in GOODS}
        assert len(answer.picks) <= 3
        before = [*before, Asked(question=answer, at=NOW)]
