"""Choices by visitors' words: what is shown is what was asked for, and no other question is one."""

from __future__ import annotations

from collections import Counter as Tally

import pytest

from models.answers.advice import Counter
from models.language import language, plain
from tests.quality.choices import shown, wanted
from tests.quality.gold import far_questions, policy_questions
from tests.streams import NOW


@pytest.fixture(scope="module")
def counters() -> dict[str, Counter]:
    return {name: Counter(shelf) for name, shelf in wanted()[0].items()}


def test_what_is_shown_is_what_was_asked_for(counters: dict[str, Counter]) -> None:
    told: Tally[str] = Tally()
    wrong = []
    for choice in wanted()[1]:
        found = set(shown(counters, choice))
        told["answerable"] += bool(choice.right)
        told["shown"] += bool(found)
        told["right"] += bool(found) and found <= choice.right
        if not found <= choice.right:
            wrong.append((choice.text, found))
    print(dict(told), wrong)
    assert told["answerable"] > 110
    assert told["right"] / told["shown"] >= 0.98, wrong
    assert told["right"] / told["answerable"] >= 0.95


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
