"""A leak is found: a column that gives answers away by itself, or a fit that saw the future."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import numpy as np
import pytest
from numpy.typing import NDArray

from data import features
from data.catalogue import Listings
from data.dataset import Interactions
from data.profiles import Profile
from data.schemas import CODES, Event, Kind, key64
from data.statistics import Statistics
from data.stores.ports import Stores
from models.cards import ModelCard
from models.registry import Registry
from tests.quality.runs import DAY, UNTIL, job, log_of, settings, shop, view
from training import examples
from training.attempt import Attempt, Extras, attempt
from training.config import Config
from training.parity import Verifier
from training.pipeline import read, run
from training.reasked import NAME as FUTURE
from training.scanned import Scanned
from training.screen import NAME as GIVES_AWAY

SMALL: Final = Config.from_values(
    settings(
        ranker={"trees": 20.0, "learning_rate": 0.2},
        judge={"resamples": 100},
        report={"without_dwell": False, "ablation_rows": 3_000},
        cuts={"windows": 2},
        examples={"learn_per_visitor": 20},
    ).to_values()
    | {"retrievers": {"popularity": {}, "item_knn": {}, "transitions": {}}}
)
SPAN: Final = 30 * DAY
VISITORS, STEPS, PRODUCTS = 100, 10, 12


def taken(seed: int = 3, changed_from: int = UNTIL) -> list[Event]:
    """Let visitors look around, half by habit; from a moment on they look at other things."""
    rng, other, events = (
        np.random.default_rng(seed),
        np.random.default_rng(seed + 1),
        shop(PRODUCTS),
    )
    places = {f"v{n}": int(rng.integers(PRODUCTS)) for n in range(VISITORS)}
    for step in range(VISITORS * STEPS):
        at = UNTIL - SPAN + step * SPAN // (VISITORS * STEPS)
        visitor = f"v{step % VISITORS}"
        habit, drawn = rng.random() < 0.5, int(rng.integers(PRODUCTS))
        places[visitor] = (places[visitor] + 1) % PRODUCTS if habit else drawn
        item = int(other.integers(PRODUCTS)) if at >= changed_from else places[visitor]
        events.append(view(step, visitor, item, at))
    return events


def trained(stores: Stores, root: Path) -> tuple[ModelCard, Registry]:
    work, _ = job(stores.log, root, SMALL)
    return run(work), work.registry


def attempted(events: list[Event], root: Path) -> Attempt:
    work, _ = job(log_of(events).log, root, SMALL)
    extras = Extras(None, (), Verifier.of(work.registry))
    return attempt(read(work), SMALL, work.progress, extras=extras)


def failed(card: ModelCard) -> list[str]:
    return [check.name for check in card.verdict.checks if not check.passed]


def test_an_honest_log_passes_both_guards(tmp_path: Path) -> None:
    card, _ = trained(log_of(taken()), tmp_path)
    checks = {check.name: check for check in card.verdict.checks}
    assert checks[FUTURE].passed
    assert "the same candidates and features" in checks[FUTURE].detail
    assert "40 questions" in checks[FUTURE].detail
    assert checks[GIVES_AWAY].passed


def test_columns_are_looked_into_however_few_rows_the_report_samples(tmp_path: Path) -> None:
    values = SMALL.to_values()
    rows = 20 * PRODUCTS  # of twenty questions
    config = Config.from_values(values | {"report": values["report"] | {"ablation_rows": rows}})
    work, _ = job(log_of(taken()).log, tmp_path, config)
    (check,) = [one for one in run(work).verdict.checks if one.name == GIVES_AWAY]
    assert check.passed
    assert "columns" in check.detail  # and not that there were too few questions


@pytest.mark.parametrize("column", ["shelf_place", "own_acts"])
def test_a_planted_column_that_knows_the_answer_is_caught(
    column: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    events = taken()
    answers = {one.at: key64("item", str(one.item_id)) for one in events if one.kind is Kind.VIEW}
    honest = features.build

    def leaking(
        moment: features.Moment,
        profile: Profile,
        listings: Listings,
        positions: NDArray[np.int32],
        items: Statistics,
        shelves: Statistics,
        out: NDArray[np.float32],
    ) -> None:
        honest(moment, profile, listings, positions, items, shelves, out)
        right = listings.item_keys[positions] == answers.get(moment.at, 0)
        out[:, features.FEATURES.index(column)] = right

    monkeypatch.setattr(features, "build", leaking)
    card, registry = trained(log_of(events), tmp_path)
    assert GIVES_AWAY in failed(card)
    assert not card.verdict.promoted
    assert registry.champion() is None
    (check,) = [check for check in card.verdict.checks if check.name == GIVES_AWAY]
    assert check.detail.startswith(f"{column} alone")


def test_retrievers_fitted_on_the_future_are_caught(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    honest = Scanned.until

    def everything(self: Scanned, at: int, without: frozenset[Kind] = frozenset()) -> Interactions:
        assert at <= UNTIL
        return honest(self, UNTIL + DAY, without)

    monkeypatch.setattr(Scanned, "until", everything)
    card, _ = trained(log_of(taken()), tmp_path)
    assert FUTURE in failed(card)
    assert not card.verdict.promoted
    (check,) = [check for check in card.verdict.checks if check.name == FUTURE]
    assert "popularity_total" in check.detail


def test_a_question_asked_after_its_answer_is_caught(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    honest = examples.Asker.next_interaction

    def late(self: examples.Asker, place: int, judges: bool, event: Event, *rest: object) -> None:
        state, built = rest
        row = state.catalogue.entries[event.item_id].row  # type: ignore[attr-defined]
        state.items.fold(row, CODES[Kind.VIEW], event.at)  # type: ignore[attr-defined]
        honest(self, place, judges, event, state, built)  # type: ignore[arg-type]

    monkeypatch.setattr(examples.Asker, "next_interaction", late)
    card, _ = trained(log_of(taken()), tmp_path)
    assert FUTURE in failed(card)


def test_another_future_changes_no_model_and_no_question_before_it(tmp_path: Path) -> None:
    first = attempted(taken(), tmp_path / "one")
    cut = int(first.judged.at.min())
    other = attempted(taken(changed_from=cut), tmp_path / "two")
    assert first.ranker.to_bytes() == other.ranker.to_bytes()  # type: ignore[attr-defined]
    assert len(first.built.learn) == len(other.built.learn) > 200
    for one, two in zip(first.built.learn, other.built.learn, strict=True):
        assert (one.seq, one.labels.tolist()) == (two.seq, two.labels.tolist())
    assert np.array_equal(first.taught.features, other.taught.features)
    assert first.judged.labels.tolist() != other.judged.labels.tolist()


def test_metrics_before_a_moment_do_not_hang_on_what_comes_after_it(tmp_path: Path) -> None:
    first = attempted(taken(), tmp_path / "one")
    middle = int(np.median(first.judged.at))
    other = attempted(taken(changed_from=middle), tmp_path / "two")
    ranks = []
    for found in (first, other):
        all_ranks = found.judged.rank(found.scores)
        before = found.judged.at < middle
        ranks.append(
            dict(zip(found.judged.seq[before].tolist(), all_ranks[before].tolist(), strict=True))
        )
    both = ranks[0].keys() & ranks[1].keys()
    assert len(both) > 30
    assert {seq: ranks[0][seq] for seq in both} == {seq: ranks[1][seq] for seq in both}


def test_witnesses_are_of_the_earliest_window(tmp_path: Path) -> None:
    found = attempted(taken(), tmp_path)
    assert len(found.asked) == 40
    assert {one.window for one in found.asked} == {0}
    assert [one.seq for one in found.asked] == sorted(one.seq for one in found.asked)
    assert found.asked[0].matrix.shape[1] == len(found.model.feature_names)
