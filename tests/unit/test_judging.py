"""Judging on groups whose right answer anyone can see, and the gate that follows from it."""

from __future__ import annotations

import msgspec
import numpy as np
import pytest
from numpy.typing import NDArray

from data.ranking_metrics import (
    MISSED,
    Interval,
    bootstrap,
    intervals,
    metric,
    rank_against,
    rank_fairly,
)
from models.cards import Check, OffPolicy, Weighed
from training.config import Config
from training.evaluate import MODEL, Judgement, calibrate, judge
from training.gate import CHAMPION, decide
from training.groups import Group, Groups

CONFIG = Config.load()
SIZE = 12
COLD, HOT = 0, 30


def asked(
    number: int,
    answer: int,
    known: int = HOT,
    barred: int = -1,
    seller: str = "",
    answer_acts: int = 9,
    fresh: bool = False,
    **ranks: int,
) -> Group:
    labels = np.zeros(SIZE, np.float32)
    if answer >= 0:
        labels[answer] = 1
    return Group(
        features=np.full((SIZE, 2), number, np.float32),
        labels=labels,
        keys=np.arange(SIZE, dtype=np.uint64),
        acts=np.arange(SIZE, dtype=np.float32),
        visitor=f"v{number % 40}",
        seller=seller or ("s1" if number % 2 else "s2"),
        at=number,
        seq=number,
        shelf=SIZE,
        known=known,
        fresh=fresh,
        answer_acts=answer_acts,
        barred=barred,
        luck=(number % 7) / 7,
        ranks=ranks,
    )


def three_hundred(popularity: int = 6, cold_popularity: int = 6) -> Groups:
    groups = []
    for number in range(300):
        known = COLD if number % 3 == 0 else HOT
        rank = cold_popularity if known == COLD else popularity
        groups.append(asked(number, number % SIZE, known, popularity=rank, recency=9))
    return Groups.of(groups, 2)


def scores_with_answer_at(groups: Groups, ranks: NDArray[np.int64]) -> NDArray[np.float32]:
    """Return scores that put each group's answer at a rank."""
    scores = np.empty(len(groups.labels), np.float32)
    for place, start in enumerate(groups.starts[:-1]):
        others = iter([s for s in range(SIZE, 0, -1) if s != SIZE + 1 - ranks[place]])
        for row in range(SIZE):
            right = groups.labels[start + row] > 0
            scores[start + row] = SIZE + 1 - ranks[place] if right else next(others)
    return scores


def judged(groups: Groups, ranks: NDArray[np.int64], **others: NDArray[np.int32]) -> Judgement:
    scores = scores_with_answer_at(groups, ranks)
    return judge(groups, scores, others, CONFIG.judge, "ndcg@10", 7)


def test_metrics_of_known_ranks() -> None:
    ranks = np.array([1, 3, 11, MISSED], np.int32)
    assert metric("hr@10", ranks).tolist() == [1, 1, 0, 0]
    assert metric("ndcg@10", ranks).tolist() == [1, 0.5, 0, 0]
    assert metric("mrr@10", ranks).round(3).tolist() == [1, 0.333, 0, 0]
    assert metric("mrr", ranks)[3] == 0
    with pytest.raises(ValueError, match="ndgc"):
        metric("ndgc@10", ranks)


def test_ties_are_broken_by_luck_or_against_the_answer() -> None:
    scores = np.array([2, 1, 1, 1, 0], np.float32)
    assert [rank_fairly(scores, 2, luck) for luck in (0.0, 0.34, 0.99)] == [2, 3, 4]
    assert rank_against(scores, 2) == 4
    assert rank_fairly(scores, 0, 0.99) == 1


def test_the_barred_item_and_the_missing_answer() -> None:
    groups = Groups.of([asked(0, 3, barred=0), asked(1, -1)], 2)
    scores = np.tile(np.arange(SIZE, 0, -1).astype(np.float32), 2)
    assert groups.rank(scores).tolist() == [3, MISSED]
    assert 0 not in groups.best(scores, 3)[0]


def test_one_visitors_questions_widen_the_interval() -> None:
    values = np.repeat([0.0, 1.0], 50)[:, None]
    apart = bootstrap(values, np.arange(100, dtype=np.int32))[0]
    together = bootstrap(values, np.repeat(np.arange(10, dtype=np.int32), 10))[0]
    assert apart.value == together.value == 0.5
    assert together.high - together.low > 2 * (apart.high - apart.low)
    assert bootstrap(values, np.arange(100, dtype=np.int32)) == [apart]


def test_intervals_share_their_draws_with_the_names() -> None:
    ranks = np.array([1, 2, 3, 50] * 20, np.int32)
    found = intervals(("hr@1", "hr@3"), ranks, np.arange(80, dtype=np.int32))
    assert found["hr@1"].value == 0.25
    assert found["hr@3"].low < 0.75 < found["hr@3"].high


def test_a_model_that_is_always_right_beats_everything() -> None:
    found = judged(three_hundred(), np.ones(300, np.int64))
    assert found.methods[MODEL]["ndcg@10"].value == 1.0
    verdict = decide(found, None, CONFIG.gate)
    assert verdict.promoted
    assert [check.name for check in verdict.checks][:2] == ["beats popularity", "beats recency"]


def test_a_model_as_good_as_popularity_stays_challenger() -> None:
    found = judged(three_hundred(), np.full(300, 6))
    verdict = decide(found, None, CONFIG.gate)
    assert not verdict.promoted
    assert not verdict.checks[0].passed
    assert verdict.checks[1].passed


def test_a_model_that_fails_cold_visitors_stays_challenger_however_good_elsewhere() -> None:
    groups = three_hundred(cold_popularity=1)
    ranks = np.where(groups.known == COLD, 8, 1)
    config = msgspec.structs.replace(CONFIG.gate, slice_groups=80)
    verdict = decide(judged(groups, ranks), None, config)
    failed = [check.name for check in verdict.checks if not check.passed]
    assert failed == ["visitor cold: nothing known: not below popularity"]


def test_a_slice_too_small_to_be_checked_alone_is_checked_as_one_of_a_family() -> None:
    groups = three_hundred(cold_popularity=1)
    verdict = decide(judged(groups, np.where(groups.known == COLD, 8, 1)), None, CONFIG.gate)
    assert [check.name for check in verdict.checks if not check.passed] == [
        "visitor cold: nothing known: not below popularity"
    ]
    even = decide(judged(groups, np.where(groups.known == COLD, 1, 2)), None, CONFIG.gate)
    assert even.promoted
    assert "small slices: not below popularity" in [check.name for check in even.checks]


def small_sellers(lost: int) -> tuple[Groups, NDArray[np.int64]]:
    """Forty sellers of thirty questions; the model loses clearly at the first `lost` of them.

    At the others it wins as often as it loses, by luck.
    """
    rng, groups, ranks = np.random.default_rng(5), [], []
    for number in range(1200):
        seller = number % 40
        popularity = int(rng.integers(1, 6))
        groups.append(
            asked(
                number + number // 40,
                number % SIZE,
                seller=f"s{seller}",
                popularity=popularity,
                recency=9,
            )
        )
        ranks.append(SIZE if seller < lost else int(rng.integers(1, 6)))
    return Groups.of(groups, 2), np.array(ranks)


def test_bad_luck_at_one_of_many_sellers_is_no_reason_to_stay_challenger() -> None:
    groups, ranks = small_sellers(0)
    found = judged(groups, ranks)
    sellers = [part for part in found.slices if part.dimension == "seller"]
    assert len(sellers) == 40
    assert any(part.difference.high < 0 for part in sellers)  # each interval alone would cry wolf
    checks = decide(found, None, CONFIG.gate).checks
    assert all(check.passed for check in checks if "slices" in check.name)


def test_a_seller_who_loses_beyond_luck_is_named() -> None:
    groups, ranks = small_sellers(1)
    verdict = decide(judged(groups, ranks), None, CONFIG.gate)
    lost = [check.name for check in verdict.checks if not check.passed and "seller" in check.name]
    assert lost == ["seller s0: not below popularity"]


def test_new_products_session_visitors_and_tiny_shelves_are_slices_of_their_own() -> None:
    groups = Groups.of(
        [asked(n, n % SIZE, fresh=n % 2 == 0, answer_acts=n % 8, popularity=5) for n in range(160)],
        2,
    )
    found = judged(groups, np.ones(160, np.int64))
    counts = {(part.dimension, part.name): part.groups for part in found.slices}
    assert counts["product", "new: never acted on"] == 20
    assert counts["product", "rare: 1 to 4 acts"] == 80
    assert counts["history", "session only: all known of this visit"] == 80
    assert counts["history", "acts of earlier visits"] == 80


def test_a_large_slice_may_not_lose_more_than_the_margin_even_within_its_interval() -> None:
    groups = three_hundred(popularity=3, cold_popularity=3)
    rng = np.random.default_rng(2)
    ranks = np.where(groups.known == COLD, rng.choice([1, SIZE], 300, p=[0.36, 0.64]), 1)
    found = judged(groups, ranks)
    (cold,) = [part for part in found.slices if part.name.startswith("cold")]
    assert cold.difference.value < -0.05 * cold.popularity.value < 0
    config = msgspec.structs.replace(CONFIG.gate, slice_groups=100)
    assert not decide(found, None, config).promoted


def test_a_leak_stops_a_model_however_good_and_an_unjudged_one_too() -> None:
    leak = Check("the future moves no feature", False, "popularity moved")
    found = judged(three_hundred(), np.ones(300, np.int64))
    assert not decide(found, None, CONFIG.gate, (leak,)).promoted
    assert not decide(None, None, CONFIG.gate, (leak,)).promoted


def test_a_model_may_not_fall_behind_the_champion() -> None:
    groups = three_hundred()
    better = judged(groups, np.full(300, 3), champion=np.full(300, 2, np.int32))
    equal = judged(groups, np.full(300, 3), champion=np.full(300, 3, np.int32))
    verdict = decide(better, "20260101-a", CONFIG.gate)
    assert [check.name for check in verdict.checks if not check.passed] == [
        "keeps up with the champion"
    ]
    assert CHAMPION in better.methods
    assert decide(equal, "20260101-a", CONFIG.gate).promoted


def test_a_champion_that_was_not_compared_is_not_replaced() -> None:
    found = judged(three_hundred(), np.ones(300, np.int64))
    (failed,) = [one for one in decide(found, "20260101-a", CONFIG.gate).checks if not one.passed]
    assert failed.name == "not compared"
    assert "20260101-a serves" in failed.detail
    assert "python -m training promote" in failed.detail
    assert decide(found, None, CONFIG.gate).promoted


def weighed(behind: Interval, covered: float) -> OffPolicy:
    value, none = Interval(0.3, 0.2, 0.4), Interval(0.0, 0.0, 0.0)
    ours = Weighed(value=value, plain=value, covered=covered, behind=none, effective=900.0)
    return OffPolicy(
        lists=2_000,
        visitors=900,
        acts=600,
        logged=value,
        above_logged=behind,
        policies={MODEL: ours, CHAMPION: msgspec.structs.replace(ours, behind=behind, covered=1.0)},
    )


@pytest.mark.parametrize(
    ("behind", "covered", "promoted"),
    [
        (Interval(-0.05, -0.08, -0.02), 1.0, False),
        (Interval(-0.01, -0.04, 0.02), 1.0, True),
        (Interval(0.05, 0.02, 0.08), 1.0, True),
        (Interval(-0.05, -0.08, -0.02), 0.6, True),  # four in ten of its picks had no chance
    ],
)
def test_served_lists_may_speak_for_the_champion_where_they_cover_both(
    behind: Interval, covered: float, promoted: bool
) -> None:
    groups = three_hundred()
    better = judged(groups, np.ones(300, np.int64), champion=np.full(300, 2, np.int32))
    verdict = decide(better, "20260101-a", CONFIG.gate, (), weighed(behind, covered))
    assert verdict.promoted is promoted
    (check,) = [one for one in verdict.checks if one.name.startswith("served lists")]
    assert ("not heard" in check.detail) == (covered < 0.9)


def test_an_unjudged_model_serves_only_where_nobody_does() -> None:
    assert decide(None, None, CONFIG.gate).promoted
    assert not decide(None, "20260101-a", CONFIG.gate).promoted


def test_slices_tell_cold_from_hot_and_sellers_apart() -> None:
    found = judged(three_hundred(), np.ones(300, np.int64))
    groups = {(part.dimension, part.name): part.groups for part in found.slices}
    assert groups == {
        ("visitor", "cold: nothing known"): 100,
        ("visitor", "hot: 5 acts or more"): 200,
        ("history", "acts of earlier visits"): 200,
        ("shelf size", "9 to 20"): 300,
        ("product", "known: 5 acts or more"): 300,
        ("seller", "s1"): 150,
        ("seller", "s2"): 150,
    }


def test_coverage_counts_listings_and_novelty_prefers_the_rare() -> None:
    groups = three_hundred()
    popular = np.tile(np.arange(SIZE, dtype=np.float32), 300)
    one = judge(groups, popular, {}, CONFIG.judge, "ndcg@10", 7).beyond
    other = judge(groups, -popular, {}, CONFIG.judge, "ndcg@10", 7).beyond
    assert one["coverage@10"] == 10 / SIZE
    assert one["novelty@10"] < other["novelty@10"]


def test_true_chances_are_calibrated_and_overconfident_ones_are_cooled() -> None:
    rng = np.random.default_rng(1)
    scores = rng.normal(size=(2000, SIZE)).astype(np.float32)
    chances = np.exp(scores) / np.exp(scores).sum(axis=1, keepdims=True)
    answers = [int(rng.choice(SIZE, p=p / p.sum())) for p in chances.astype(np.float64)]
    groups = Groups.of([asked(n, answer) for n, answer in enumerate(answers)], 2)
    fair = calibrate(groups, scores.ravel())
    loud = calibrate(groups, (8 * scores).ravel())
    assert fair is not None
    assert loud is not None
    assert fair.error < 0.02
    assert 0.8 < fair.temperature < 1.25
    assert 6 < loud.temperature < 10
    assert loud.error < 0.02
    assert calibrate(groups.only(np.arange(5)), scores[:5].ravel()) is None


def test_chosen_groups_keep_their_rows() -> None:
    groups = three_hundred()
    some = groups.only(np.array([5, 2]))
    assert some.seq.tolist() == [5, 2]
    assert some.features[:, 0].tolist() == [5.0] * SIZE + [2.0] * SIZE
    assert some.ranks["popularity"].tolist() == [6, 6]
