"""What comes after what kind of product, also for products nobody has touched."""

from __future__ import annotations

import numpy as np
import pytest

from data.schemas import Item
from models.base import History, NotFitted, Rows, Scores
from models.category import CategorySteps
from models.facts import facts_of
from training.benchmarks.stage import Act, interactions

KINDS = ["cleanser", "toner", "cream", "brush"]
ITEMS = [Item(item_id=f"i{n}", title="", category=KINDS[n % 4]) for n in range(16)]
PLAIN = Item(item_id="plain", title="")
NEW = 12  # i12 to i15 are never touched


def fitted() -> CategorySteps:
    """Learn from visitors who go cleanser, toner, cream, and some who look at brushes alone."""
    walks = [[4 * (n % 3), 4 * ((n + 1) % 3) + 1, 4 * (n % 3) + 2] for n in range(30)]
    brushes = [[3, 7, 11, 3] for _ in range(10)]
    acts = [[Act(item) for item in walk] for walk in [*walks, *brushes]]
    items = [*ITEMS, PLAIN]
    return CategorySteps().fit(interactions(acts, items), facts_of(items))


def scores(steps: CategorySteps, visited: list[int], rows: list[int]) -> Scores:
    seen: Rows = np.array(visited, np.int32)
    history = History(seen, np.ones(len(seen), np.float32), np.zeros(len(seen), np.float32))
    out = np.zeros((len(rows), len(steps.columns)), np.float32)
    steps.score(history, np.array(rows, np.int32), out)
    return out


def test_a_new_product_of_the_category_that_usually_follows_scores_highest() -> None:
    ranked = scores(fitted(), [0], [NEW, NEW + 1, NEW + 2, NEW + 3])[:, 0]
    assert int(ranked.argmax()) == 1
    assert ranked[3] < ranked[1]


def test_each_visit_speaks_as_it_scores_alone() -> None:
    steps, visits, rows = fitted(), [0, 5, 16, -1], [NEW, 16, 2, -1]
    told = np.zeros((len(visits), len(rows)), np.float32)
    steps.speak(np.array(visits, np.int32), np.array(rows, np.int32), told)
    for row, visit in enumerate(visits):
        assert told[row].tolist() == scores(steps, [visit], rows)[:, 0].tolist()
    assert told.any()


def test_products_without_category_and_unknown_rows_score_zero() -> None:
    out = scores(fitted(), [0, 16, -1], [16, -1])
    assert not out.any()
    assert not scores(fitted(), [16, -1], [0, 1]).any()


def test_saving_changes_nothing_and_the_same_input_gives_the_same_bytes() -> None:
    steps = fitted()
    loaded = CategorySteps.from_arrays(steps.arrays(), steps.settings())
    rows = list(range(17))
    assert scores(loaded, [1, 2], rows).tobytes() == scores(steps, [1, 2], rows).tobytes()
    again = fitted().arrays()
    assert all(again[name].tobytes() == array.tobytes() for name, array in steps.arrays().items())


def test_a_category_retrieves_no_product_and_an_unfitted_one_says_so() -> None:
    nobody = History(np.zeros(0, np.int32), np.zeros(0, np.float32), np.zeros(0, np.float32))
    assert len(fitted().retrieve(nobody, 5)) == 0
    with pytest.raises(NotFitted):
        CategorySteps().arrays()
