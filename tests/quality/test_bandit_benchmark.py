"""Two policies on a shelf whose clicks are known: what one log tells of the other; bad folders."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from data.errors import Invalid
from training import benchmarks

WORTH = np.array([0.02, 0.05, 0.1, 0.2, 0.4])
EVEN = np.full(5, 0.2)
KEEN = np.array([0.05, 0.05, 0.1, 0.2, 0.6])
HEAD = "timestamp,item_id,position,click,propensity_score"


def log(folder: Path, policy: str, chances: np.ndarray, shows: int = 6_000, seed: int = 1) -> None:
    """Show an item at a time in one of two slots; the second is looked at half as often."""
    rng = np.random.default_rng(seed)
    lines = [HEAD]
    for show in range(shows):
        item, slot = int(rng.choice(5, p=chances)), show % 2
        click = int(rng.random() < WORTH[item] / (1 + slot))
        lines.append(f"t{show},i{item},{slot + 1},{click},{float(chances[item])!r}")
    folder.mkdir(exist_ok=True)
    (folder / f"{policy}_shoes.csv").write_text("\n".join(lines) + "\n", "utf-8")


def test_each_policy_s_clicks_are_told_from_the_other_s_log(tmp_path: Path) -> None:
    folder = tmp_path / "set"
    log(folder, "even", EVEN)
    log(folder, "keen", KEEN, seed=2)
    found = benchmarks.run("bandit", folder)
    assert (found["task"], found["data"]) == ("bandit", "set")
    for other, logged, chances in (("keen", "even", KEEN), ("even", "keen", EVEN)):
        variant, truth = f"{other}_from_{logged}_shoes", 0.75 * float(chances @ WORTH)
        row = found["metrics"][variant]
        for name in ("snips", "ips", "dr", "on_policy"):
            assert row[name]["low"] < truth < row[name]["high"], (variant, name)
        naive = found["baselines"][f"mean_of_the_log: {variant}"]
        assert row["error_snips"]["value"] < 0.15 < naive["error_snips"]["value"]
        assert found["notes"]["covered"][variant] == pytest.approx(1.0, abs=0.05)
    assert benchmarks.run("bandit", folder)["metrics"] == found["metrics"]


def test_clicks_of_the_other_log_change_nothing_but_the_truth(tmp_path: Path) -> None:
    folder = tmp_path / "set"
    log(folder, "even", EVEN, shows=400)
    log(folder, "keen", KEEN, shows=400, seed=2)
    before = benchmarks.run("bandit", folder)["metrics"]["keen_from_even_shoes"]
    path = folder / "keen_shoes.csv"
    text = path.read_text("utf-8")
    path.write_text(text.replace(",0,", ",1,"), "utf-8")
    after = benchmarks.run("bandit", folder)["metrics"]["keen_from_even_shoes"]
    for name in ("snips", "ips", "dm", "dr"):
        assert after[name] == before[name]
    assert after["on_policy"]["value"] == 1.0 > before["on_policy"]["value"]


@pytest.mark.parametrize(
    ("line", "where"),
    [
        ("t,i1,1,2,0.2", "even_shoes.csv:12: a click is 0 or 1"),
        ("t,i1,1,0,0", "even_shoes.csv:12: a click is 0 or 1, a propensity above 0"),
        ("t,i1,1,0,nan", "even_shoes.csv:12: a click is 0 or 1"),
        ("t,i1,1,maybe,0.2", "even_shoes.csv:12: needs numbers"),
        ("t,i1,1", "even_shoes.csv:12: needs numbers"),
        ("t,,1,0,0.2", "even_shoes.csv:12: nothing in item_id or position"),
    ],
)
def test_a_bad_line_is_named(line: str, where: str, tmp_path: Path) -> None:
    log(tmp_path, "even", EVEN, shows=10)
    log(tmp_path, "keen", KEEN, shows=10)
    with (tmp_path / "even_shoes.csv").open("a", encoding="utf-8") as file:
        file.write(line + "\n")
    with pytest.raises(Invalid) as raised:
        benchmarks.run("bandit", tmp_path)
    assert where in str(raised.value)


def test_a_folder_without_two_policies_or_a_column_or_a_show_is_refused(tmp_path: Path) -> None:
    log(tmp_path, "even", EVEN, shows=10)
    (tmp_path / "shoes_item_context.csv").write_text("item_id\n", "utf-8")
    with pytest.raises(Invalid, match="no two POLICY_CAMPAIGN"):
        benchmarks.run("bandit", tmp_path)
    other = tmp_path / "keen_shoes.csv"
    other.write_text("timestamp,item_id,click\n", "utf-8")
    with pytest.raises(Invalid, match=r"keen_shoes\.csv:1: no column position, propensity_score"):
        benchmarks.run("bandit", tmp_path)
    other.write_text(HEAD + "\n", "utf-8")
    with pytest.raises(Invalid, match="has no show"):
        benchmarks.run("bandit", tmp_path)
