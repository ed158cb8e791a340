"""How many strangers are answered: by number where they are many, by their tail where few."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy import special

from training.judges import FAR_ANSWERED, FEWEST, NEAR_ANSWERED, beyond


def strangers(count: int, seed: int = 0) -> NDArray[np.float32]:
    """Return probabilities whose log odds are logistic: their tail is exponential."""
    odds = np.random.default_rng(seed).logistic(-4.0, 1.0, count)
    return special.expit(odds).astype(np.float32)


@pytest.mark.parametrize("share", [FAR_ANSWERED, NEAR_ANSWERED])
def test_of_many_strangers_the_allowed_number_is_above(share: float) -> None:
    for count in (int(np.ceil(FEWEST / share)), 5_000):
        chance = strangers(count)
        least = beyond(chance, share * count)
        assert least == float(np.sort(chance)[::-1][int(share * count)]) + 1e-6
        assert np.count_nonzero(chance >= least) == int(share * count)


@pytest.mark.parametrize(("share", "count"), [(FAR_ANSWERED, 100), (NEAR_ANSWERED, 60)])
def test_of_few_the_tail_tells_where_the_allowed_share_is(share: float, count: int) -> None:
    true = -4.0 + float(special.logit(1 - share))
    found = [
        float(special.logit(beyond(strangers(count, seed), share * count))) for seed in range(400)
    ]
    highest = [float(special.logit(strangers(count, seed).max())) for seed in range(400)]
    assert abs(np.mean(found) - true) < 0.2
    assert np.std(found) < np.std(highest)


def test_one_outlier_does_not_silence_a_shop() -> None:
    chance = strangers(100)
    usual = beyond(chance, FAR_ANSWERED * 100)
    chance[chance.argmax()] = 0.9994
    assert beyond(chance, FAR_ANSWERED * 100) == pytest.approx(usual, abs=1e-6)


def test_of_hardly_any_strangers_none_is_answered() -> None:
    chance = strangers(8)
    assert beyond(chance, FAR_ANSWERED * 8) == pytest.approx(float(chance.max()), abs=2e-6)
    assert beyond(chance[:0], 0.0) == 0.0


def test_strangers_that_contradict_leave_the_others_room() -> None:
    """They are never answered themselves: of 1,000 of whom 2 are clear, 3 may be."""
    assert beyond(strangers(2), FAR_ANSWERED * 1_000) == 0.0
    assert beyond(np.full(100, 1.0, np.float32), FAR_ANSWERED * 100) == pytest.approx(1.0)
