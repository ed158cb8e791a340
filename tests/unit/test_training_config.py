"""Settings are typed, complete and strict."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest

from training.config import Config, ConfigError
from training.fit import check, settings_of, trees_of


def test_the_shipped_settings_are_complete_and_round_trip() -> None:
    config = Config.load()
    assert Config.from_values(config.to_values()) == config
    assert (
        Config.from_values(msgspec.json.decode(msgspec.json.encode(config.to_values()))) == config
    )


def test_a_file_is_laid_over_the_shipped_settings(tmp_path: Path) -> None:
    file = tmp_path / "mine.toml"
    file.write_text("seed = 11\n[gate]\nslice_groups = 50\n[retrievers.slr]\nridge = 20.0\n")
    config = Config.load(file)
    shipped = Config.load()
    assert (config.seed, config.gate.slice_groups) == (11, 50)
    assert config.retrievers["slr"]["ridge"] == 20.0
    assert config.gate.metric == shipped.gate.metric
    assert config.cuts == shipped.cuts


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("sede = 7", "sede"),
        ("[gate]\nmertic = 'x'", "mertic"),
        ("seed = 'seven'", "seed"),
        ("[cuts]\njudge_from = 0.1", "labels_from < judge_from"),
        ("[cuts]\njudge_days = 3.0", "labels_days"),
        ("[cuts]\nwindows = 0", "windows"),
        ("[examples]\ncontext_share = 1.5", "context_share"),
        ("[judge]\nat = []", "at"),
        ("[judge]\nat = [5]", "gate.metric: one of hr@5, ndcg@5, mrr"),
        ("[gate]\nmetric = 'ndcg@7'", "gate.metric: one of"),
        ("[gate]\nbeats = ['popularty']", "popularity.*not popularty"),
        ("seed = -1", "seed >= 0"),
        ("[registry]\nnewest = -1", "newest >= 1.*registry"),
        ("[registry]\nnewest = 0", "newest >= 1.*registry"),
        ("[examples]\nimpression_weight = -1", "impression_weight >= 0.*examples"),
        ("[examples]\nimpression_weight = nan", "impression_weight >= 0.*examples"),
        ("seed = ", "Invalid value"),
    ],
)
def test_a_wrong_setting_is_named_with_its_file(tmp_path: Path, text: str, named: str) -> None:
    file = tmp_path / "wrong.toml"
    file.write_text(text)
    with pytest.raises(ConfigError, match=named) as raised:
        Config.load(file)
    assert str(file) in str(raised.value)


def test_a_file_that_is_no_text_is_named(tmp_path: Path) -> None:
    file = tmp_path / "latin.toml"
    file.write_bytes(b"seed = 7 # \xff")
    with pytest.raises(ConfigError, match=r"latin\.toml"):
        Config.load(file)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"none\.toml"):
        Config.load(tmp_path / "none.toml")


def test_settings_of_the_recommender_and_the_ranker_are_checked() -> None:
    config = Config.load()
    with pytest.raises(ConfigError, match=r"recommender.*candidats"):
        settings_of(msgspec.structs.replace(config, recommender={"candidats": 5}))
    with pytest.raises(ConfigError, match=r"ranker.*leafs"):
        trees_of(msgspec.structs.replace(config, ranker={"leafs": 5.0}))
    assert trees_of(msgspec.structs.replace(config, ranker={"leaves": 5.0})).leaves == 5


def test_a_half_life_of_none_is_taken_where_it_is_usual() -> None:
    """Most retrievers let nothing fade unless they are told to."""
    config = Config.load()
    check(msgspec.structs.replace(config, retrievers={"item_knn": {"half_life": 0.0}}))
    with pytest.raises(ConfigError, match=r"repeat\.half_life: a number above 0"):
        check(msgspec.structs.replace(config, retrievers={"repeat": {"half_life": 0.0}}))


@pytest.mark.parametrize(
    ("part", "values", "named"),
    [
        ("recommender", {"candidates": 0}, "candidates >= 1"),
        ("recommender", {"epsilon": 2.0}, "epsilon <= 1"),
        ("ranker", {"trees": 0.0}, "trees >= 1"),
        ("ranker", {"leaves": 1.0}, "2 <= leaves"),
        ("ranker", {"learning_rate": -1.0}, "learning_rate > 0"),
        ("retrievers", {"slr": {"rigde": 1.0}}, "slr.*rigde"),
        ("retrievers", {"wavelet": {}}, "wavelet"),
        ("retrievers", {"als": {"factors": -3.0}}, r"als\.factors: a number from 1"),
        ("retrievers", {"als": {"factors": 0.0}}, r"als\.factors: a number from 1"),
        ("retrievers", {"als": {"factors": float("inf")}}, r"als\.factors"),
        ("retrievers", {"als": {"regularization": -1.0}}, r"als\.regularization"),
        ("retrievers", {"two_tower": {"recency": 0.0}}, r"two_tower\.recency: a number above 0"),
        ("recommender", {"signals": {"view": -1.0}}, r"signals\.view: a number from 0 on"),
        ("recommender", {"recency": 0.0}, r"\.recency: a number above 0"),
        (
            "recommender",
            {"nominate": {"als_dott": 1.0}},
            "nominate: no 'als_dott'; known: .*als_dot",
        ),
        ("recommender", {"nominate": {"als_dot": -1.0}}, r"nominate\.als_dot"),
    ],
)
def test_what_nobody_takes_is_refused_before_the_log_is_read(
    part: str, values: dict[str, float], named: str
) -> None:
    config = msgspec.structs.replace(Config.load(), **{part: values})
    with pytest.raises(ConfigError, match=f"{part}.*{named}"):
        check(config)
