"""Ranking metrics agree with an independent implementation and count ties against us."""

from __future__ import annotations

import ir_measures
import numpy as np
import pytest

from data.ranking_metrics import MISSED, bootstrap, metric, rank_against

NAMES = {"ndcg@10": "nDCG@10", "hr@5": "Success@5", "mrr@10": "RR@10", "recall@20": "R@20"}


@pytest.mark.parametrize("name", NAMES)
def test_metrics_agree_with_ir_measures(name: str) -> None:
    rng = np.random.default_rng(11)
    scores = rng.permuted(np.tile(np.arange(40, dtype=np.float32), (50, 1)), axis=1)
    targets = rng.integers(40, size=50)
    ranks = np.array([rank_against(s, t) for s, t in zip(scores, targets, strict=True)], np.int32)
    runs = {
        str(q): {str(i): float(score) for i, score in enumerate(row)}
        for q, row in enumerate(scores)
    }
    right = {str(q): {str(t): 1} for q, t in enumerate(targets)}
    measure = ir_measures.parse_measure(NAMES[name])
    theirs = {one.query_id: one.value for one in ir_measures.iter_calc([measure], right, runs)}
    ours = metric(name, ranks)
    assert ours.tolist() == pytest.approx([theirs[str(q)] for q in range(50)])
    assert 0 < ours.mean() < 1


def test_a_constant_score_puts_the_target_last() -> None:
    assert rank_against(np.zeros(7, np.float32), 2) == 7


def test_an_answer_that_was_not_ranked_is_worth_nothing() -> None:
    missed = np.array([MISSED], np.int32)
    assert all(metric(name, missed)[0] == 0 for name in NAMES)


def test_intervals_are_seeded_and_paired_differences_are_narrower() -> None:
    rng = np.random.default_rng(5)
    one = rng.random(400)
    columns = np.stack([one, one + 0.01, (one + 0.01) - one], axis=1)
    owners = np.arange(400, dtype=np.int32)
    first, _, gap = bootstrap(columns, owners, seed=3)
    assert bootstrap(columns, owners, seed=3)[0] == first
    assert first.low < first.value < first.high
    assert gap.high - gap.low < 1e-9 < first.high - first.low
