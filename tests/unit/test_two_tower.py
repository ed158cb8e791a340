"""What the two towers learn, and that their gradients are those of the loss."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from numpy.typing import NDArray

from data.dataset import Interactions
from data.schemas import CODES, Kind
from models.bags import Bags, bags_of, gathered, summed, sums
from models.base import History, ItemFacts
from models.signals import Signals
from models.softmax import Lessons, Pace, Tower, learn
from models.two_tower import SOFTER, TwoTower
from models.voices import lessons_of
from tests.contracts.test_retrievers import history, interactions

Vectors = NDArray[np.float64]
FACTS = ItemFacts(
    ["red lipstick", "red blush", "green tea", "black tea", ""],
    [("category:face",), ("category:face",), ("category:drink",), ("category:drink",), ()],
)


def of_five(sequences: list[list[int]]) -> Interactions:
    return interactions(sequences, 5)


def told(tower: TwoTower, asked: History, rows: list[int]) -> list[float]:
    out = np.zeros((len(rows), 1), np.float32)
    tower.score(asked, np.array(rows, np.int32), out)
    return [float(one) for one in out[:, 0]]


def small() -> TwoTower:
    return TwoTower(factors=8, voices=2, epochs=40, batch=16, rivals=8)


def _loss(towers: list[Vectors], histories: list[list[int]], right: list[int]) -> float:
    """Work the loss out in plain numpy: every item is a rival of every answer but itself."""
    seen, following, bias = towers
    bags, _ = bags_of(FACTS, 1)
    dense = np.zeros((len(bags.starts) - 1, len(seen)))
    for item in range(len(dense)):
        own = slice(bags.starts[item], bags.starts[item + 1])
        dense[item, bags.terms[own]] = bags.values[own]
    visits, comes = dense @ seen, dense @ following
    comes /= np.linalg.norm(comes, axis=1, keepdims=True)
    total = 0.0
    for rows, answer in zip(histories, right, strict=True):
        faded = sum(np.exp(-place / 2.0) * visits[item] for place, item in enumerate(rows))
        mean = faded / np.linalg.norm(faded)
        logits = comes @ mean / 0.5 + bias[:, 0]
        total -= logits[answer] - np.log(np.exp(logits).sum())
    return total / len(right)


def test_a_step_goes_along_the_gradient_of_the_loss() -> None:
    """Adagrad's first step is the rate times the gradient's sign; the loss is told as it is."""
    rng = np.random.default_rng(5)
    bags, n_terms = bags_of(FACTS, 1)
    start = [rng.normal(size=shape) for shape in ((n_terms, 3), (n_terms, 3), (5, 1))]
    seen, following, bias = (
        Tower(one.astype(np.float32), np.zeros(one.shape, np.float32)) for one in start
    )
    items = np.array([0, 1, 2, 3, 1], np.int32)
    lessons = Lessons(
        items, np.ones(5, np.float32), np.array([2, 4]), np.array([2, 2], np.int32),
        np.ones(2, np.float32),
    )  # fmt: skip
    fading = np.exp(-np.arange(5) / 2.0).astype(np.float32)
    everyone = np.arange(5, dtype=np.int32)[None]
    loss = learn(
        lessons, np.arange(2), everyone, 1.0, fading, bags, seen, following, bias,
        Pace(2, 0.01, 0.0, 0.5, 0),
    )  # fmt: skip
    asked_of = ([[1, 0], [3, 2]], [2, 1])
    assert loss == pytest.approx(_loss(start, *asked_of), abs=1e-5)
    for which, tower in enumerate((seen, following, bias)):
        slopes = np.zeros(start[which].shape)
        for place in np.ndindex(*slopes.shape):
            for sign in (1, -1):
                moved = [one.copy() for one in start]
                moved[which][place] += sign * 1e-5
                slopes[place] += sign * _loss(moved, *asked_of) / 2e-5
        assert tower.squares == pytest.approx(slopes**2, rel=1e-2, abs=1e-6)
        clear = np.abs(slopes) > 1e-3
        assert clear.sum() > slopes.size / 3
        steps = (tower.vectors - start[which])[clear]
        assert steps == pytest.approx(-0.01 * np.sign(slopes[clear]), rel=1e-2)


def test_dropping_terms_leaves_others_out_in_each_step_and_keeps_the_mean() -> None:
    n = 4_000
    each = np.arange(n, dtype=np.int32)
    bags = Bags(np.arange(n + 1), each, np.ones(n, np.float32))
    ones = np.ones((n, 1), np.float32)
    first, second = (summed(bags, each, ones, masks, 0.25)[:, 0] for masks in (1, 2))
    assert (first == 0).mean() == pytest.approx(0.25, abs=0.03)
    assert first.mean() == pytest.approx(1.0, abs=0.04)
    both = (first == 0) & (second == 0)
    assert both.mean() == pytest.approx(0.25**2, abs=0.02)
    back, held = np.zeros((n, 1), np.float32), np.zeros(n, np.bool_)
    count = gathered(bags, each, ones, 1, 0.25, back, np.zeros(n, np.int32), held)
    assert count == (first > 0).sum()
    assert back[:, 0].tolist() == first.tolist()
    assert sums(bags, ones).tolist() == ones.tolist()


def test_words_and_facets_of_too_few_items_are_no_terms() -> None:
    bags, n_terms = bags_of(FACTS, 2)
    assert n_terms == 5 + 4  # red, tea and two categories
    sizes = np.diff(bags.starts)
    assert sizes.tolist() == [3, 3, 3, 3, 1]
    for item in range(5):
        own = bags.values[bags.starts[item] : bags.starts[item + 1]]
        assert own[0] == 1
        assert (own[1:] ** 2).sum() == pytest.approx(1 if item < 4 else 0)


def test_each_visit_but_the_first_is_a_lesson_and_weighs_as_it_counts() -> None:
    known = of_five([[0, 1, 2], [3], [2, 3]])
    carts = replace(known, kind=np.where(np.arange(6) == 2, CODES[Kind.CART], known.kind))
    visits = Signals(cart=3.0).visits(carts)
    lessons = lessons_of(visits, 1)
    assert lessons.places.tolist() == [1, 2, 5]
    assert lessons.depth.tolist() == [1, 1, 1]
    assert lessons.counts.tolist() == pytest.approx([0.6, 1.8, 0.6])


def test_what_comes_next_is_told_from_what_came_before() -> None:
    """Tea follows tea and red follows red; which of the two is what history tells."""
    known = of_five([[0, 1], [2, 3]] * 30)
    tower = small().fit(known, FACTS)
    lipstick = told(tower, history(0), [0, 1, 2, 3])
    assert lipstick.index(max(lipstick)) == 1
    tea = told(tower, history(2), [0, 1, 2, 3])
    assert tea.index(max(tea)) == 3
    assert tower.retrieve(history(2), 1).tolist() == [3]


def test_an_item_says_through_its_words_what_it_was_never_followed_by() -> None:
    """Green tea was the end of all it was in; as tea it is followed by what tea is followed by."""
    facts = ItemFacts(["tea", "cup", "soap", "towel", "tea"], [()] * 5)
    known = of_five([[0, 1]] * 30 + [[2, 3]] * 30 + [[2, 4]] * 2)
    tower = small().fit(known, facts)
    one, other = told(tower, history(4), [1, 3])
    assert one > other


def test_every_second_voice_remembers_longer() -> None:
    tower = replace(small(), longer=4.0).fit(of_five([[0, 1], [2, 3]] * 30), FACTS)
    known = tower.towers
    assert known is not None
    seen = known.seen * known.seen_scales[:, None]
    folded = tower.fold(history(3, 0, 2))
    for voice, memory in enumerate((tower.recency, 4 * tower.recency)):
        one = slice(8 * voice, 8 * (voice + 1))
        wanted = sum(
            np.exp(-place / memory) * seen[row, one] for place, row in enumerate((3, 0, 2))
        )
        assert folded[one] == pytest.approx(wanted / np.linalg.norm(wanted), abs=1e-5)


def test_towers_saved_before_their_voices_differed_answer_as_they_did() -> None:
    alike = replace(small(), longer=1.0).fit(of_five([[0, 1], [2, 3]] * 30), FACTS)
    settings = {name: value for name, value in alike.settings().items() if name != "longer"}
    opened = TwoTower.from_arrays(alike.arrays(), settings)
    asked = history(3, 0, 2)
    assert told(opened, asked, [0, 1, 2, 3]) == told(alike, asked, [0, 1, 2, 3])
    apart = TwoTower.from_arrays(alike.arrays(), {**settings, "longer": 4.0})
    assert told(apart, asked, [0, 1, 2, 3]) != told(alike, asked, [0, 1, 2, 3])


def test_bytes_stand_for_numbers_to_within_half_a_step() -> None:
    tower = small().fit(of_five([[0, 1], [2, 3]] * 30), FACTS)
    known = tower.towers
    assert known is not None
    assert np.abs(known.next_).max(axis=1)[:4].tolist() == [127] * 4
    assert np.isneginf(known.bias[4])
    length = np.linalg.norm(known.next_ * known.next_scales[:, None], axis=1)[:4]
    whole = np.sqrt(tower.voices) / (tower.voices * SOFTER * tower.temperature)
    assert length == pytest.approx([whole] * 4, rel=0.01)


def test_what_nobody_visited_has_no_chance_and_few_visits_teach_nothing() -> None:
    tower = small().fit(of_five([[0, 1], [2, 3]] * 30), FACTS)
    assert told(tower, history(0), [4, -1]) == [0, 0]
    assert told(tower, history(4), [0, 1]) == [0, 0]
    assert told(tower, history(), [0, 1]) == [0, 0]
    for nothing in (of_five([]), of_five([[1]] * 3), of_five([[1, 1]])):
        tower = small().fit(nothing, FACTS)
        assert told(tower, history(1), [0, 1, 2]) == [0, 0, 0]
        assert not len(tower.retrieve(history(1), 3))


def test_a_long_log_is_learned_from_up_to_a_bound() -> None:
    """A tenth of ten thousand lessons a time is enough to tell tea from towels."""
    known = of_five([[0, 1], [2, 3]] * 5_000)
    tower = replace(small(), lessons=20_000, epochs=10).fit(known, FACTS)
    whole = replace(small(), lessons=200_000, epochs=10).fit(known, FACTS)
    for one in (tower, whole):
        assert one.retrieve(history(2), 1).tolist() == [3]
    assert tower.arrays()["next"].tobytes() != whole.arrays()["next"].tobytes()
