"""Copies of a world laid side by side are a log of their own; each size is measured by itself."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from training import growth
from training.config import Config
from training.growth import Copies, Grown, grow
from training.growth_page import keep, kept
from training.scan import scan

FEW = Config.from_values(
    Config.load().to_values() | {"retrievers": {"popularity": {}, "item_knn": {}}}
)


@pytest.fixture(autouse=True)
def _small_world(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(growth, "SELLERS", 2)


def test_columns_laid_out_are_those_of_a_scanned_log() -> None:
    copies = Copies(18_000, 7)
    assert copies.count >= 3
    read, laid = scan(copies.log()), copies.scanned
    assert len(read.at) == len(laid.at) == copies.count * len(copies.one.at)
    assert len(read.visitors) == len(laid.visitors)
    assert len(read.items) == len(laid.items) == copies.catalogues * len(copies.one.items)
    assert len(read.sellers) == len(laid.sellers)
    assert sorted(read.shelf_sizes.values()) == sorted(laid.shelf_sizes.values())
    for name in ("at", "kind", "asks", "joined"):
        assert np.array_equal(np.sort(getattr(read, name)), np.sort(getattr(laid, name))), name
    ends = (read.last_at + 1, laid.last_at + 1)
    one, two = read.until(ends[0]), laid.until(ends[1])
    assert np.bincount(one.item).sum() == np.bincount(two.item).sum()
    counts = [np.sort(np.bincount(x.item, minlength=x.n_items)) for x in (one, two)]
    assert np.array_equal(counts[0], counts[1])
    assert len(read.described(ends[0])) == len(laid.described(ends[1]))
    assert all(item is not None for item in read.described(ends[0]))


def test_every_stage_is_measured_and_beyond_the_limit_no_log_is_made() -> None:
    told: list[str] = []
    small = grow(3_000, FEW, 10_000, told.append)
    large = grow(20_000, FEW, 10_000, told.append)
    assert {"scan", "fold", "questions", "columns", "facts", "item_knn"} <= set(small.seconds)
    assert "scan" not in large.seconds
    assert large.interactions > 2 * small.interactions
    assert set(small.peak_mb) == set(small.seconds)
    assert any("item_knn" in line for line in told)


def grown(interactions: int, seconds: float) -> Grown:
    return Grown(
        interactions=interactions, visitors=10, items=5, sellers=2,
        seconds={"scan": 1.0, "slr": seconds}, peak_mb={"scan": 50.0, "slr": 70.0},
    )  # fmt: skip


def test_the_page_tells_how_each_stage_grows(tmp_path: Path) -> None:
    keep(tmp_path, [grown(4_000, 16.0), grown(1_000, 1.0)])
    text = (tmp_path / "README.md").read_text()
    assert "| slr | 1.0 | 16.0 | 2.00 |" in text  # 4 times the log, 16 times the time
    assert "| 4,000 | 10 | 5 | 2 | 16.0 | 4000.0 | 70 |" in text
    assert [one.interactions for one in kept(tmp_path)] == [1_000, 4_000]
    assert {path.name for path in tmp_path.iterdir()} == {
        "README.md", "growth.json", "time.svg", "memory.svg", "stages.svg",
    }  # fmt: skip
