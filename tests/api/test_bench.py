"""The benchmark: measures a small home in real processes and writes its page."""

from __future__ import annotations

from pathlib import Path
from time import thread_time

import msgspec
import pytest

from data.state import State
from data.stores import open_stores
from service.bench import growth, home, soak
from service.bench.__main__ import main
from service.bench.page import NAMES, Measured
from service.bench.paired import figure, ratio
from service.bench.steps import OTHER, OWNERS, Sampler


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("bench")
    few = ["--visitors", "60", "--sellers", "5", "--kills", "2"]
    assert main(["--quick", *few, "--folder", str(folder), "--out", str(folder / "out")]) == 0
    assert [path.name for path in folder.iterdir()] == ["out"], "it leaves nothing else behind"
    return folder / "out"


def test_it_measures_what_it_says_and_draws_it(page: Path) -> None:
    found = msgspec.json.decode((page / "bench.json").read_bytes(), type=Measured)
    cost = found.requests.cpu_us
    assert set(cost) >= set(NAMES)
    assert all(cost[name].value > 0 for name in NAMES)
    assert 0 < found.requests.of_sum.low <= found.requests.of_sum.value
    assert found.requests.steps.total_s > 0
    assert set(found.requests.steps.seconds) - {OTHER} <= set(OWNERS)
    assert found.ingest.kills == 2
    assert found.ingest.acknowledged > 0
    assert (found.ingest.lost, found.ingest.twice) == (0, 0)
    assert [one.sellers for one in found.starts] == [5, 5]
    assert all(one.ready_s.value > 0 and one.model_mb > 0 for one in found.starts)
    text = (page / "README.md").read_text("utf-8")
    for name in ("cost", "steps", "shelves", "crowds", "starts"):
        assert f"({name}.svg)" in text
        assert (page / f"{name}.svg").read_text("utf-8").startswith("<?xml")


def test_a_soak_goes_through_swaps_and_a_training_run_without_an_error(tmp_path: Path) -> None:
    short = ["--quick", "--minutes", "5", "--seconds", "0.2", "--folder", str(tmp_path)]
    assert soak.main([*short, "--out", str(tmp_path / "out")]) == 0
    found = msgspec.json.decode((tmp_path / "out" / "soak.json").read_bytes(), type=soak.Soak)
    assert [one.errors for one in found.minutes] == [0] * 5
    assert [bool(one.begun) for one in found.minutes] == [False, True, True, True, False]
    assert found.trained == 0
    assert (tmp_path / "out" / "soak.svg").read_text("utf-8").startswith("<?xml")


def test_a_grown_home_has_so_many_visitors_and_sellers(tmp_path: Path) -> None:
    base = tmp_path / "base"
    home.make(home.settings_for(base), home.QUICK)
    wide = home.settings_for(growth.with_sellers(base, tmp_path / "wide", 7))
    many = home.settings_for(growth.with_visitors(base, tmp_path / "many", 60, 100))
    with open_stores(wide.store_url) as stores:
        state = State.restore(stores)
        shelf = state.catalogue.shelf("seller-6")
        assert shelf is not None
        assert shelf.n == growth.OWN
        assert len(state.catalogue.sellers) == 7 + len(home.QUICK.shelves)
    with open_stores(many.store_url) as stores:
        assert stores.profiles.count() == 100


def test_ratios_are_paired_and_intervals_hold_the_median() -> None:
    noisy = [1.0, 9.0, 3.0, 5.0]
    assert ratio([2 * value for value in noisy], noisy).value == 2.0
    found = figure(noisy)
    assert 1.0 <= found.low <= found.value <= found.high <= 9.0


def test_the_sampler_takes_all_of_a_thread_s_time_apart() -> None:
    sampler = Sampler()
    sampler.start()
    begun = thread_time()
    while thread_time() - begun < 0.2:
        pass
    steps = sampler.stop()
    assert sum(steps.seconds.values()) >= steps.total_s * (1 - 1e-9)
    assert steps.seconds[OTHER] > 0, "a test is no step of a request"
    assert set(steps.seconds) - {OTHER} <= set(OWNERS)
