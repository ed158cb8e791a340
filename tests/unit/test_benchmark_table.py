"""The table a benchmark prints without --json."""

from __future__ import annotations

from typing import Any

from training.benchmarks.table import WIDTH, render


def measured(value: float, low: float, high: float) -> dict[str, float]:
    return {"value": value, "low": low, "high": high}


RESULT: dict[str, Any] = {
    "task": "sequence",
    "data": "shop",
    "protocol": {"split": "leave one out, " * 12, "ties": "against us"},
    "metrics": {"strict": {"hr@5": measured(0.5, 0.48, 0.51), "mrr": measured(1.0, 1.0, 1.0)}},
    "baselines": {"popularity": {"hr@5": measured(0.1, 0.1, 0.14), "mrr": measured(0, 0, 0)}},
    "cost": {
        "train_cpu_s": 12.5,
        "peak_rss_mb": 300.0,
        "model_mb": 1.25,
        "score_us_p50": 250.4,
        "score_us_p99": 1900.0,
    },
    "notes": {"questions": {"strict": 1200}, "shelves": {"count": 3, "median_items": 3.0}},
}


def test_each_variant_and_baseline_has_a_row_in_percent_with_its_farther_bound() -> None:
    rows = [line.split() for line in render(RESULT).split("\n")]
    assert ["in", "%", "hr@5", "mrr"] in rows
    assert ["strict", "50.00", "±2.00", "100.00"] in rows
    assert ["popularity", "10.00", "±4.00", "0.00"] in rows


def test_columns_stand_below_each_other() -> None:
    lines = render(RESULT).split("\n")
    (head,) = [line for line in lines if line.startswith("in %")]
    (row,) = [line for line in lines if line.startswith("strict")]
    assert len(head) == len(row)


def test_cost_notes_and_protocol_are_told_in_words() -> None:
    text = render(RESULT)
    assert "sequence on shop" in text
    assert "12.5 CPU s to train" in text
    assert "a list in 250 µs (p99 1,900 µs)" in text
    assert "questions: 1,200\n" in text
    assert "shelves: count 3, median_items 3.0\n" in text
    assert "ties: against us" in text
    assert max(map(len, text.split("\n"))) <= WIDTH + 10


def test_a_result_without_baselines_and_notes_can_be_shown() -> None:
    text = render({**RESULT, "baselines": {}, "notes": {}})
    assert "baselines" not in text
