"""Titles: what an id of words says is compared as a phrasing is, and asked of nobody."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from data.knowledge import Faq, SellerKnowledge
from models.answers.index import Index
from models.answers.library import Entry, Library
from models.answers.wording import title_of
from models.language import plain
from training.benchmarks.consultations import learnt


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("Refund_not_showing_up", "refund not showing up"),
        ("pickup-hours", "pickup hours"),
        ("faq.returnPolicy", "faq return policy"),
        ("HTMLReceipt", "html receipt"),
        ("退货政策", "退货政策"),
        ("größe", "größe"),
        ("x²_y²_area", ""),
        ("a1f3", ""),
        ("9f86d081-884c-7d65", ""),
        ("category-0", ""),
        ("faq", ""),
        ("", ""),
        ("what? me", ""),
    ],
)
def test_an_id_of_words_says_something_and_a_code_nothing(name: str, said: str) -> None:
    assert title_of(name) == said


@given(st.text(max_size=40))
def test_no_id_is_refused_and_none_with_a_digit_is_read(name: str) -> None:
    said = title_of(name)
    assert said == said.strip()
    if any(letter.isdigit() for letter in name):
        assert not said


def test_a_title_is_the_last_of_its_entrys_rows_and_stands_once() -> None:
    entries = [
        Entry("faq", "1", ("多久发货", "什么时候发货"), title="ship time"),
        Entry("faq", "2", ("return policy",), title="Return  Policy"),
        Entry("faq", "3", ("在哪里",)),
        Entry("faq", "4", ("怎么退货",), title="returns"),
    ]
    library = Library(entries)
    assert library.texts[2] == "ship time"
    assert library.owners.tolist() == [0, 0, 0, 1, 2, 3, 3]
    assert library.starts.tolist() == [0, 3, 4, 5]
    assert library.titles.tolist() == [False, False, True, False, False, False, True]


def test_a_shop_in_another_language_is_found_by_its_ids() -> None:
    faqs = {"pickup_hours": "几点可以取货？", "gift_wrapping": "可以包装吗？", "7f2a": "在哪里？"}
    knowledge = SellerKnowledge()
    knowledge.faqs = {
        name: Faq(faq_id=name, question=asked, answer=f"见 {asked}") for name, asked in faqs.items()
    }
    index = Index(Library.of(knowledge, 0))
    for name in ("pickup_hours", "gift_wrapping"):
        like = index.like(plain(f"what about {name.replace('_', ' ')}?"))
        assert index.library.entries[int(like.score.argmax())].id == name
        assert like.score.max() > 0.3
    assert index.like(plain("7f2a")).fused.max() == 0.0


def test_what_consultations_teach_is_told_without_ids() -> None:
    ways = ("{} one", "two {}", "{} three", "four {}", "{} five", "six {}", "{} 7", "8 {}", "{} 9",
            "ten {}", "{} eleven")  # fmt: skip
    entries = [
        Entry("faq", word, tuple(way.format(other) for way in ways), title=word)
        for word, other in (("alpha", "wool"), ("omega", "silk"))
    ]
    told = learnt(entries, [("wool", "alpha"), ("silk", "omega"), ("omega", "alpha")], (), 1)
    assert told["accuracy_10"] == round(2 / 3, 4)
