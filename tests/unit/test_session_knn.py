"""Session neighbours against the rule written out in plain Python, session by session."""

from __future__ import annotations

from collections import defaultdict

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from models.base import History, ItemFacts
from models.session_knn import SessionKnn
from tests.contracts.test_retrievers import interactions

ITEMS = 6
sequences = st.lists(
    st.lists(st.integers(0, ITEMS - 1), min_size=1, max_size=4, unique=True),
    min_size=1,
    max_size=9,
)
visits = st.lists(st.integers(0, ITEMS - 1), min_size=1, max_size=4, unique=True)


def by_the_rule(
    model: SessionKnn, seen: list[list[int]], visited: list[int]
) -> dict[int, list[float]]:
    """Score each item that a neighbour holds: sum, maximum, what came next, neighbours."""
    holders = [sum(item in one for one in seen) for item in range(ITEMS)]
    rarity = [float(np.log1p(len(seen) / max(count, 1))) for count in holders]
    alike: list[tuple[float, int]] = []
    for number, one in enumerate(seen):
        shares = [
            np.exp(-place / model.recency) * rarity[row]
            for place, row in enumerate(visited)
            if row in one
        ]
        if shares:
            alike.append((round(float(sum(shares)) / len(one) ** model.length_power, 5), number))
    scores: dict[int, list[float]] = defaultdict(lambda: [0.0, 0.0, 0.0, 0.0])
    for worth, number in sorted(alike, reverse=True)[: model.neighbours]:  # the later of equals
        one = seen[number]
        shared = one.index(next(row for row in visited if row in one))
        for place, item in enumerate(one):
            value = worth * rarity[item] ** model.idf_power
            value *= np.exp(-max(abs(place - shared) - 1, 0) / model.reach)
            value *= model.backward if place < shared else 1.0
            line = scores[item]
            line[0] += value
            line[1] = max(line[1], value)
            line[2] += worth * (place == shared + 1)
            line[3] += 1.0
    return scores


@settings(max_examples=200, deadline=None)
@given(sequences, st.lists(visits, min_size=1, max_size=3), st.integers(1, 4))
def test_the_nearest_sessions_count_the_later_of_equals_first(
    seen: list[list[int]], asked: list[list[int]], neighbours: int
) -> None:
    model = SessionKnn(neighbours=neighbours)
    model.fit(interactions(seen, ITEMS), ItemFacts([""] * ITEMS, [()] * ITEMS))
    rows = np.arange(ITEMS, dtype=np.int32)
    for visited in asked:  # one after the other: nothing of one history is left for the next
        ones = np.ones(len(visited), np.float32)
        out = np.full((ITEMS, 4), np.nan, np.float32)
        model.score(History(np.array(visited, np.int32), ones, 0 * ones), rows, out)
        expected = by_the_rule(model, seen, visited)
        assert np.allclose(out, [expected[item] for item in range(ITEMS)], atol=1e-3)
