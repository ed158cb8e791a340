"""A wish is read by how it sounds, or past one slip, where the shelf has no such word."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from data.catalogue import Listings
from data.knowledge import Faq
from data.schemas import Item, Kind
from models.answers.advice import Counter
from models.answers.assistant import Assistant
from models.answers.judge import Judge
from models.answers.library import Entry, Library
from models.answers.pieces import cut
from models.answers.record import Ask
from models.answers.respelling import respelled
from models.answers.sounds import WAYS, aloud, slipped, spelt
from models.answers.vectors import Vectors
from models.language import plain
from models.pinyin import is_word, words
from service.helper import Helper
from tests.streams import NOW, Stream

GOODS = [
    ("lip1", "丝绒口红 正红", "Velvet lipstick, true red", "唇妆 / Lip colour", {"肤色": "黄皮"}),
    ("lip2", "水光唇釉 豆沙", "Dewy lip gloss, rosewood", "唇妆 / Lip colour", {"肤色": "白皮"}),
    (
        "cream",
        "燕麦面霜 50g",
        "Oat face cream",
        "面霜 / Moisturisers",
        {"肤质": "敏感 / sensitive"},
    ),
    ("tea", "高山绿茶 100g", "Mountain green tea", "绿茶 / Green tea", {"香型": "清香"}),
    ("pot", "紫砂茶壶", "Purple clay teapot", "茶具 / Tea ware", {}),
    ("book", "海洋绘本", "Picture book, the sea", "绘本 / Books", {}),
    ("skirt", "百褶半身裙", "Pleated linen skirt", "半身裙 / Skirts", {}),
    ("stone", "香薰石 雪松", "Scented stone, cedar", "香薰 / Scent", {}),
]


ROWS = [
    Item(item_id=name, title=title, title_en=english, category=kind, attributes=known)
    for name, title, english, kind, known in GOODS
]


def counter() -> Counter:
    stream = Stream()
    stream.shelf("s", ROWS)
    shelf = stream.state.catalogue.shelf("s")
    assert isinstance(shelf, Listings)
    return Counter(shelf)


SHOP = counter()


def chosen(counter: Counter, question: str) -> set[str]:
    wish = counter.wish(plain(question), of_none=True)
    if wish is None:
        return set()
    advised = counter.advise(wish, range(counter.shelf.n), NOW, "zh")
    return {counter.shelf.item_ids[one.place] for one in advised}


@pytest.mark.parametrize(
    ("question", "found"),
    [
        ("口宏有吗", {"lip1", "lip2"}),
        ("kouhong 有什么推荐", {"lip1", "lip2"}),
        ("kou hong tuijian", {"lip1", "lip2"}),
        ("口宏哪个色号适合黄皮", {"lip1"}),  # what stays left is no more than usual
        ("敏敢肌用的面霜", {"cream"}),
        ("有没有lvcha", {"tea"}),  # ü is typed as v
        ("清乡的绿查推荐", {"tea"}),  # two slips
        ("茶胡多少钱", {"pot"}),
        ("lipstik", {"lip1", "lip2"}),
        ("any linnen skirt?", {"skirt"}),
        ("moisturzer please", {"cream"}),
        ("a tepaot please", {"pot"}),  # letters that changed places
    ],
)
def test_a_slip_finds_what_is_meant(question: str, found: set[str]) -> None:
    assert chosen(SHOP, question) == found


@pytest.mark.parametrize(
    "question",
    [
        *("差距有吗", "有没有差距"),  # sounds like 茶具
        *("回本有吗", "多久能回本"),  # like 绘本
        *("倾向的有吗", "请乡的有吗"),  # of two characters one has to be right
        *("有油肥吗", "游费多少", "包油吗"),  # like words of trade
        *("any shirts?", "do you sell stores?", "a score please", "linens and linings"),
        *("stine please", "skit please"),  # short words differ by a letter from too many
        *("kouhong 什么时候发货", "口宏能退吗", "扣洪"),
        *("kou", "hong", "shenme", "tuijian"),
    ],
)
def test_what_may_mean_anything_else_is_left(question: str) -> None:
    assert chosen(SHOP, question) == set()


def test_whom_a_wrong_answer_harms_is_not_heard() -> None:
    stream = Stream()
    acid = Item(item_id="acid", title="Retinol cream", tags=("Not for pregnant women",))
    stream.shelf("s", [acid, Item(item_id="oat", title="Oat cream", tags=("Daily",))])
    shelf = stream.state.catalogue.shelf("s")
    assert isinstance(shelf, Listings)
    for word in ("pregnent", "pregnant"):
        assert chosen(Counter(shelf), f"a cream for {word} women") == set()
    assert chosen(Counter(shelf), "a cream with retnol") == {"acid"}


def test_a_word_that_the_seller_writes_is_meant_as_written() -> None:
    stream = Stream()
    stream.shelf("s", ROWS)
    stream.add(
        Kind.FAQ, seller_id="s", payload=Faq(faq_id="1", question="口宏是什么", answer="会员名")
    )
    assistant = Assistant(Vectors(()), Judge.shipped(()))
    assistant.prepare("s", stream.state, NOW)

    def shown(text: str) -> set[str]:
        ask = Ask("q", "s", text, NOW)
        return set(assistant.respond(ask, stream.state, lambda: range(len(GOODS))).picks)

    assert shown("口虹有吗") == {"lip1", "lip2"}
    assert shown("口宏有吗") == set()


def test_the_seller_s_words_are_those_of_answers_and_first_phrasings() -> None:
    library = Library([Entry("faq", "1", ("能自提吗", "可以字提吗"), "店里可以 pick up")])
    found = [library.writes(word) for word in ("自提", "字提", "pick", "pic", "店里")]
    assert found == [True, False, True, False, True]


def test_what_she_writes_ends_with_its_text() -> None:
    """All of it is searched at once: no word is of two texts, or denied by the one before."""
    library = Library(
        [Entry("faq", "1", ("好不",), "不自"), Entry("faq", "2", ("提货吗",), "糖 无")]
    )
    words = ("自", "糖", "提货", "自糖", "不提", "无好")
    assert [library.writes(word) for word in words] == [False, True, True, False, False, False]


def test_every_word_of_the_list_is_one_and_a_part_of_two_is_none() -> None:
    """Forty-seven thousand are looked up: one that took a reading of the file each took minutes."""
    known = [word for lines in words().values() for word in lines.split()]
    assert len(known) == 47_111
    assert all(map(is_word, known))
    assert not any(map(is_word, ("", "宝", "石\n宝", "口宏", "abc")))


def test_a_process_that_starts_reads_what_hearing_takes(tmp_path: Path) -> None:
    """Else the first question to be heard so would wait for it, and all others with it."""
    words.cache_clear()
    asyncio.run(Helper(tmp_path, ()).start())
    assert words.cache_info().currsize == 1


@given(st.text(alphabet=st.characters(exclude_categories=["L", "C"]), max_size=40))
def test_a_text_without_letters_is_as_it_was(text: str) -> None:
    folded = plain(text)
    again = respelled(folded, cut(folded, SHOP.words), SHOP.words, whole=False)
    assert again == folded


@given(st.text(alphabet="口红宏面霜双绿茶查a壶 胡k1,的有", max_size=30))
def test_what_sounds_alike_is_as_long(text: str) -> None:
    assert len(aloud(text)) == len(text)
    assert aloud(aloud(text)) == aloud(text)


def test_letters_that_may_be_read_in_any_way_mean_nothing() -> None:
    """Each way is looked for on the whole shelf: 24 letters had four thousand of them."""
    assert len(spelt("liaoliao")) == WAYS
    assert spelt("liaoliaoliao") == spelt("ao" * 12) == []


@given(st.from_regex(r"[a-z]{6,12}", fullmatch=True), st.data())
def test_a_letter_left_out_or_turned_round_is_one_slip(word: str, data: st.DataObject) -> None:
    at = data.draw(st.integers(1, len(word) - 2))
    turned = word[:at] + word[at + 1] + word[at] + word[at + 2 :]
    assert slipped(word[:at] + word[at + 1 :], word)
    assert slipped(turned, word) == (turned != word)
    assert not slipped(word, word)
