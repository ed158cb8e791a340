"""The prior orders sensibly by itself and gives way where learning pays."""

from __future__ import annotations

import numpy as np

from data.features import FEATURES
from tests.quality.runs import settings
from training.groups import Group, Groups
from training.prior import WEIGHTS, prior, worth_learning

CONFIG = settings(
    examples={"least_groups": 40, "enough_groups": 400}, ranker={"trees": 20.0, "leaves": 4.0}
)
SIZE = 8


def groups(count: int, telling: str, names: tuple[str, ...]) -> Groups:
    """Make groups whose answer is the row with the highest value in one column."""
    rng, made = np.random.default_rng(2), []
    for number in range(count):
        features = rng.random((SIZE, len(names)), dtype=np.float32)
        labels = np.zeros(SIZE, np.float32)
        labels[int(features[:, names.index(telling)].argmax())] = 1
        made.append(
            Group(
                features=features,
                labels=labels,
                keys=np.arange(SIZE, dtype=np.uint64),
                acts=np.zeros(SIZE, np.float32),
                visitor=f"v{number % 30}",
                seller="s",
                at=number,
                seq=number,
                shelf=SIZE,
                known=0,
            )
        )
    return Groups.of(made, len(names))


def test_every_weight_is_of_a_column_there_is() -> None:
    outside = {"category_steps_last", "vector_latest", "vector_taste"}  # of retrievers
    assert set(WEIGHTS) - outside <= set(FEATURES)


def test_more_popular_here_is_higher_and_disliked_is_lower() -> None:
    names = ("listing_share", "own_dislike", "unheard_of")
    rows = np.array([[0, 0, 9], [1, 0, 0], [1, 1, 0]], np.float32)
    scores = prior(names).score(rows)
    assert scores.argsort()[::-1].tolist() == [1, 0, 2]
    assert prior(names).to_bytes() == prior(names).to_bytes()


def test_a_few_questions_are_never_learned_from() -> None:
    names = ("listing_share", "unheard_of")
    assert not worth_learning(groups(39, "unheard_of", names), names, CONFIG)


def test_many_questions_are_always_learned_from() -> None:
    names = ("listing_share", "unheard_of")
    assert worth_learning(groups(400, "listing_share", names), names, CONFIG)


def test_between_the_better_order_counts() -> None:
    names = ("listing_share", "unheard_of")
    assert worth_learning(groups(200, "unheard_of", names), names, CONFIG)
    assert not worth_learning(groups(45, "listing_share", names), names, CONFIG)
