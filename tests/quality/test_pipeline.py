"""The whole run on a small world: does the model earn its place, and does the report say so?"""

from __future__ import annotations

import re
from dataclasses import dataclass

import msgspec
import pytest

from data.ranking_metrics import metric
from data.schemas import Query
from data.state import State
from data.stores.ports import Stores
from data.world import generate
from models.cards import ModelCard
from models.registry import Registry
from tests.quality.runs import UNTIL, job, log_of, settings
from training.config import Config
from training.pipeline import read, recipe, run

QUICK = settings(judge={"resamples": 300})


@dataclass
class Trained:
    """Hold a run with all it worked on."""

    stores: Stores
    registry: Registry
    card: ModelCard
    lines: str


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Trained:
    world = generate(16, 11, UNTIL, pseudonymise=str)
    stores = log_of(world.events())
    work, told = job(stores.log, tmp_path_factory.mktemp("registry"), QUICK, world.truth)
    return Trained(stores, work.registry, run(work), told.getvalue())


def value(card: ModelCard, method: str = "", metric: str = "ndcg@10") -> float:
    found = card.baselines[method] if method else card.metrics
    return found[metric].value


def test_the_model_beats_every_baseline_with_intervals_apart(trained: Trained) -> None:
    ours = trained.card.metrics["ndcg@10"]
    for name in ("popularity", "trending", "recency", "item-kNN"):
        assert ours.low > trained.card.baselines[name]["ndcg@10"].high, name
    assert value(trained.card) >= 1.5 * value(trained.card, "popularity")


def test_the_model_comes_near_the_oracle_that_knows_the_tastes(trained: Trained) -> None:
    oracle = value(trained.card, "oracle")
    assert oracle > value(trained.card)
    assert value(trained.card) >= 0.78 * oracle


def test_cold_visitors_are_not_below_popularity(trained: Trained) -> None:
    cold = next(part for part in trained.card.slices if part.name.startswith("cold"))
    assert cold.groups >= 20
    assert cold.difference.high >= 0
    assert cold.model.value >= cold.popularity.value


def test_the_winner_is_promoted_and_answers(trained: Trained) -> None:
    assert trained.card.verdict.promoted
    assert trained.registry.champion() == trained.card.version
    model, state = trained.registry.load(trained.card.version), State()
    for logged in trained.stores.log.read(0, 10**6):
        state.apply(logged)
    seller = next(iter(state.catalogue.sellers))
    record = model.recommend(
        Query(recommendation_id="r", seller_id=seller, visitor="v-0000001", at=UNTIL), state
    ).record
    assert len(record.slots) >= 5
    assert record.model_version == trained.card.version


def test_the_card_says_where_the_model_comes_from(trained: Trained) -> None:
    card = trained.card
    data = card.data
    assert data.sellers == 16
    assert data.events == trained.stores.log.last_seq() == data.last_seq
    assert data.first_at < data.cuts[0] < data.cuts[1] < data.cuts[2] == data.last_at + 1
    assert Config.from_values(card.config) == QUICK
    assert set(card.files) >= {"ranker.onnx", "item_keys.npy", "recommender.json"}
    assert card.peak_rss_mb > 50
    assert {"numpy", "lightgbm", "onnxruntime"} <= set(card.packages)
    assert sum(card.importances.values()) == pytest.approx(1.0, abs=1e-3)
    assert 0 < card.beyond["coverage@10"] <= 1
    assert card.beyond["calibration_error"] < 0.03
    assert msgspec.json.decode(msgspec.json.encode(card), type=ModelCard) == card


def test_the_report_shows_it_and_needs_no_other_file(trained: Trained) -> None:
    folder = trained.registry.folder(trained.card.version)
    page, text = (folder / "report.html").read_text(), (folder / "report.md").read_text()
    assert not re.search(r'(src|href)="(?!#)', page)
    assert page.count("<svg") >= 6
    for part in ("may serve", "without dwell", "popularity", "oracle", "cold", "Calibration",
                 "the future moves no feature", "no column gives the answer away",
                 "What each part is worth", "Accuracy per microsecond", "session only",
                 "Picks to look at"):  # fmt: skip
        assert part.lower() in text.lower()
        assert part.lower() in page.lower()
    for name in re.findall(r"!\[.*?\]\((.*?)\)", text):
        assert (folder / name).read_text().startswith("<svg")


def test_stages_are_told_as_plain_lines_off_a_terminal(trained: Trained) -> None:
    stages = ["scan the log", "fit retrievers", "replay", "learn the ranker", "judge",
              "fit on everything", "report and register"]  # fmt: skip
    places = [trained.lines.index(stage) for stage in stages]
    assert places == sorted(places)
    assert "\r" not in trained.lines


def test_a_version_can_be_judged_again_by_its_recipe(trained: Trained) -> None:
    work, _ = job(trained.stores.log, trained.registry.root, QUICK)
    found = recipe(work, read(work), trained.card.version, baselines=True)
    ranks = found.judged.rank(found.scores)
    again = float(metric("ndcg@10", ranks).mean())
    assert again == pytest.approx(value(trained.card), abs=1e-6)
