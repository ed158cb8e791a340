"""Questions are read by the words of a shelf: names, kinds, denials, ages, and what is left."""

from __future__ import annotations

import re

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from data.catalogue import Listings
from data.schemas import Item
from models.answers import ages
from models.answers.lines import LATIN, Lines, singular
from models.answers.pieces import cut
from models.answers.reading import read
from models.answers.shelf_words import ShelfWords
from models.language import HAN, plain
from tests.streams import Stream

ITEMS = [
    Item(
        item_id="pan", title="铸铁煎锅 26cm", title_en="Cast iron pan, 26 cm",
        category="厨具 / Kitchen", attributes={"材质": "铸铁 / cast iron"},
    ),
    Item(
        item_id="pot", title="不锈钢汤锅 无涂层", title_en="Steel pot without coating",
        category="厨具 / Kitchen", attributes={"材质": "不锈钢 / steel"}, tags=("送礼",),
    ),
    Item(
        item_id="lamp", title="奶油风台灯", title_en="Creamy table lamp",
        category="灯具 / Lamps", description="孕妇房也可用。婴儿房不建议使用",
    ),
    Item(
        item_id="book", title="海洋绘本", category="绘本 / Books", attributes={"年龄": "3-6岁"},
    ),
]  # fmt: skip


def shelf(items: list[Item] = ITEMS) -> Listings:
    stream = Stream()
    stream.shelf("s", items)
    found = stream.state.catalogue.shelf("s")
    assert found is not None
    return found


@pytest.fixture(scope="module")
def words() -> ShelfWords:
    return ShelfWords(shelf())


@pytest.mark.parametrize(
    ("question", "kinds", "wanted", "unwanted", "needed"),
    [
        ("铸铁的锅", ["锅"], ["铸铁"], [], []),
        ("有没有锅子", ["锅"], [], [], []),
        ("不要铸铁的锅", ["锅"], [], ["铸铁"], []),
        ("不锈钢汤锅", ["汤锅"], ["不锈钢"], [], []),  # 不 is no denial in it
        ("无涂层的锅", ["锅"], ["无涂层"], [], []),
        ("没有涂层的锅", ["锅"], [], [], ["无涂层"]),
        ("台灯或者绘本", ["台灯", "绘本"], [], [], []),
        ("a pan not of steel", ["pan"], [], ["steel"], []),
        ("iron pans", ["pan"], ["iron"], [], []),
        ("送朋友的锅", ["锅"], ["送朋友"], [], []),
    ],
)
def test_what_a_question_names(
    words: ShelfWords,
    question: str,
    kinds: list[str],
    wanted: list[str],
    unwanted: list[str],
    needed: list[str],
) -> None:
    found = read(plain(question), words)
    assert (found.kinds, found.wanted, found.unwanted, found.needed) == (
        kinds, wanted, unwanted, needed,
    )  # fmt: skip
    assert (found.left, found.lacking) == (0, False)


@pytest.mark.parametrize("question", ["电饭锅", "有沙发椅吗", "26寸的锅", "不含铅的锅", "铜锅有吗"])
def test_what_a_shop_lacks_is_no_other_thing_of_its_kind(words: ShelfWords, question: str) -> None:
    found = read(plain(question), words)
    assert found.lacking or found.barred or found.left


def test_what_goes_on_for_long_is_not_read(words: ShelfWords) -> None:
    found = read("铸铁的锅" * 60, words)
    assert (found.kinds, found.left) == ([], 240)


def test_what_warns_of_somebody_does_not_speak_for_her(words: ShelfWords) -> None:
    assert words.speaks_for("孕").tolist() == [False, False, True, False]
    assert not words.speaks_for("婴儿").any()


def test_a_child_s_age_is_held_against_what_products_tell(words: ShelfWords) -> None:
    found = read(plain("四岁孩子看的绘本"), words)
    assert (found.months, found.kinds, found.left) == (48.0, ["绘本"], 0)
    assert words.fits(48).tolist() == [False, False, False, True]
    assert not words.fits(24).any()
    ageless = ShelfWords(shelf(ITEMS[:3]))
    assert read(plain("两个月能用坏的锅"), ageless).months is None


@pytest.mark.parametrize(
    ("question", "places"),
    [("26厘米的锅", [0]), ("0.26米的锅", [0]), ("a 26 cm pan", [0]), ("30cm的煎锅", [])],
)
def test_measures_are_the_same_in_any_unit(
    words: ShelfWords, question: str, places: list[int]
) -> None:
    found = read(plain(question), words)
    assert (found.left, len(found.measures)) == (0, 1)
    assert np.flatnonzero(words.measured(found.measures)).tolist() == places


def test_what_was_read_of_a_product_is_kept_until_it_changes() -> None:
    first = ShelfWords(shelf())
    changed = [*ITEMS[:3], Item(item_id="book", title="森林绘本", category="绘本 / Books")]
    again = ShelfWords(shelf(changed), first.read)
    assert again.meeting("森林").tolist() == [0, 0, 0, 0.5]
    assert not again.meeting("海洋").any()
    assert not again.aged
    for place in range(3):
        assert again.written(place) == ShelfWords(shelf(changed)).written(place)


LETTERS = st.sampled_from("锅灯铁无不台 pans")


@given(st.lists(st.text(LETTERS, max_size=8), max_size=6), st.text("锅灯铁台", min_size=1))
def test_lines_find_what_each_text_holds(texts: list[str], name: str) -> None:
    found = Lines(texts).holding((name,)).tolist()
    denied = re.compile(rf"(?<![不无非零]){re.escape(name)}")
    assert found == [denied.search(text) is not None for text in texts]


@given(st.text(st.sampled_from("铸铁煎锅不锈钢汤无涂层台灯的了吗有a pan26cm,"), max_size=24))
def test_pieces_are_all_of_a_question_once_and_in_its_order(text: str) -> None:
    words = ShelfWords(shelf())
    pieces = cut(plain(text), words)
    starts = [piece.start for piece in pieces]
    assert starts == sorted(starts)
    units = re.findall(rf"{LATIN.pattern}|{HAN.pattern}", plain(text))
    assert sum(piece.letters for piece in pieces) == sum(
        1 if HAN.search(unit) else 2 for unit in units
    )


@given(st.integers(0, 17), st.integers(1, 6))
def test_ages_are_read_as_they_are_told(years: int, more: int) -> None:
    (low, high), *_ = ages.told(f"{years}-{years + more}岁")
    asked, _ = ages.asked(f"{years}岁宝宝的玩具")
    assert asked is not None
    assert (low, high) == (12 * years, 12 * (years + more))
    assert low <= asked <= high


@given(st.from_regex(r"[a-z]{3,8}", fullmatch=True))
def test_one_and_several_of_a_thing_are_the_same_word(word: str) -> None:
    once = singular(word)
    assert singular(f"{once}'s") == singular(once)
