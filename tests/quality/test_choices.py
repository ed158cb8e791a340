"""Choices by visitors' words: what is shown is what was asked for, and no other question is one."""

from __future__ import annotations

from collections import Counter as Tally
from dataclasses import replace

import pytest

from models.answers.advice import Counter
from models.answers.pieces import cut
from models.language import language, plain
from models.pinyin import syllables
from tests.quality.choices import OnPage, pages, shown, told, wanted
from tests.quality.gold import far_questions, policy_questions
from tests.streams import NOW


@pytest.fixture(scope="module")
def counters() -> dict[str, Counter]:
    return {name: Counter(shelf) for name, shelf in wanted()[0].items()}


def test_what_is_shown_is_what_was_asked_for(counters: dict[str, Counter]) -> None:
    count: Tally[str] = Tally()
    wrong = []
    for choice in wanted()[1]:
        found = set(shown(counters, choice))
        count["answerable"] += bool(choice.right)
        count["shown"] += bool(found)
        count["right"] += bool(found) and found <= choice.right
        if not found <= choice.right:
            wrong.append((choice.text, found))
    print(dict(count), wrong)
    assert count["answerable"] > 110
    assert count["right"] / count["shown"] >= 0.98, wrong
    assert count["right"] / count["answerable"] >= 0.95


def test_trades_that_nothing_was_made_for_are_shown_what_they_asked_for() -> None:
    shelves, choices = wanted("unseen_choices.txt")
    counters = {name: Counter(shelf) for name, shelf in shelves.items()}
    found = [(set(shown(counters, choice)), choice.right) for choice in choices]
    right = sum(bool(one) and one <= of for one, of in found)
    wrong = sum(not one <= of for one, of in found)
    answerable = sum(bool(of) for _, of in found)
    print(f"right {right} of {answerable}, wrong {wrong} of {len(found)}")
    assert right / answerable >= 0.7
    assert wrong <= 1


def test_names_typed_in_pinyin_find_what_they_find_in_characters(
    counters: dict[str, Counter],
) -> None:
    """Of each wish that names something in Chinese, the longest name as its sounds are spelt."""
    count: Tally[str] = Tally()
    for choice in wanted()[1]:
        pieces = cut(plain(choice.text), counters[choice.shop].words)
        names = [one.name for one in pieces if one.sort == "name" and one.name.isalpha()]
        longest = max(names, key=len, default="")
        if len(longest) < 2 or longest.isascii() or not choice.right:
            continue
        spelt = "".join(syllables()[letter] for letter in longest)
        found = set(shown(counters, replace(choice, text=choice.text.replace(longest, spelt))))
        count["right" if found and found <= choice.right else "wrong" if found else "none"] += 1
    print(dict(count))
    assert count["right"] / count.total() >= 0.85
    assert count["wrong"] <= 1


def test_a_product_s_page_answers_what_its_catalogue_tells(counters: dict[str, Counter]) -> None:
    right, wrong = 0, []
    for page in pages():
        answer = told(counters[page.shop], page)
        if page.said in answer if page.said else not answer:
            right += 1
        else:
            wrong.append((page.text, answer))
    print(right, wrong)
    assert right / len(pages()) >= 0.95, wrong


def test_what_a_product_is_not_is_shown_beside_it(counters: dict[str, Counter]) -> None:
    page = OnPage("fashion", "w6", "这个有酒红色的吗", "")
    assert told(counters["fashion"], page) == (
        "《极简托特包 黑色》的颜色：黑色。"
        "“酒红”的可以看看：《褶皱水桶包 酒红》（酒红、包袋、¥199）。"
    )
    page = OnPage("baby", "b9", "is it for a 2 year old?", "")
    assert told(counters["baby"], page) == (
        "“Dinosaur puzzle, 100 pieces”, 月龄: 3 years up. "
        "These would do: “Beech blocks, 40” (Toys, ¥129)."
    )


def test_questions_about_policies_and_the_world_ask_for_no_product(
    counters: dict[str, Counter],
) -> None:
    """Of policies, 320 ways to ask; of the world, 40; each asked of shops of nine trades."""
    taken = []
    for question in (*policy_questions(), *far_questions()):
        text = plain(question)
        for name, counter in counters.items():
            wish = counter.wish(text, of_none=True)
            if wish is not None:
                found = counter.advise(wish, range(counter.shelf.n), NOW, language(question))
                taken += [(question, name)] if found else []
    assert not taken
