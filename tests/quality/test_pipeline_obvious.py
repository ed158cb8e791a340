"""Runs on logs whose right answer anyone can see: none, tiny, two hours long, alternating."""

from __future__ import annotations

import io
import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import pytest

from data.schemas import Event, Kind, Query
from data.state import State
from data.stores.ports import Stores
from models.cards import ModelCard
from models.recommender import Recommender
from models.registry import Registry
from tests.quality.runs import DAY, HOUR, MINUTE, UNTIL, job, log_of, settings, shop, view
from training.pipeline import run
from training.progress import Progress

QUICK = settings(
    ranker={"trees": 40.0},
    judge={"resamples": 100},
    report={"without_dwell": False, "ablation_rows": 0},
    cuts={"windows": 2},
)


def trained(stores: Stores, root: Path) -> tuple[ModelCard, Registry]:
    work, _ = job(stores.log, root, QUICK)
    return run(work), work.registry


def first_picks(stores: Stores, registry: Registry, version: str, visitor: str) -> list[str]:
    model, state = registry.load(version), State()
    for logged in stores.log.read(0, 10**6):
        state.apply(logged)
    query = Query(recommendation_id="r9", seller_id="s1", visitor=visitor, at=UNTIL + 1, count=5)
    return [slot.item_id for slot in model.recommend(query, state).record.slots]


def alternating(span: int, visitors: int = 120, products: int = 12) -> list[Event]:
    """Let every visitor go from an even product to the odd one behind it, again and again."""
    rng, events = np.random.default_rng(3), shop(products)
    for step in range(visitors * 12):
        pair = int(rng.integers(products // 2))
        visitor, at = f"v{step % visitors}", UNTIL - span + step * span // (visitors * 12)
        events.append(view(2 * step, visitor, 2 * pair, at))
        events.append(view(2 * step + 1, visitor, 2 * pair + 1, at + 1))
    return events


def test_an_empty_log_gives_an_unjudged_model_that_says_so(tmp_path: Path) -> None:
    card, registry = trained(log_of([]), tmp_path)
    assert card.data.events == 0
    assert card.metrics == {}
    assert registry.champion() == card.version
    assert "no metric would mean anything" in " ".join(card.notes)


@pytest.mark.parametrize(
    ("stage", "failed"),
    [("fit on everything", ["the champion is still the same"]), ("report and register", [])],
)
def test_who_was_promoted_while_a_model_was_learned_is_not_replaced(
    tmp_path: Path, stage: str, failed: list[str]
) -> None:
    """Nor who was promoted once its card was written, which says that it may serve."""
    stores = log_of(shop(7))
    work, _ = job(stores.log, tmp_path, QUICK)
    empty, _ = trained(log_of([]), tmp_path / "elsewhere")

    class Meanwhile(io.StringIO):
        """Promote another version by hand as soon as a stage is over."""

        def write(self, line: str) -> int:
            if line.startswith(stage) and work.registry.champion() is None:
                there = Registry(tmp_path / "elsewhere").folder(empty.version)
                shutil.copytree(there, tmp_path / "versions" / empty.version)
                work.registry.promote(empty.version)
            return super().write(line)

    progress = Progress(Meanwhile(), iter(range(1000)).__next__)
    card = run(replace(work, progress=progress))
    assert work.registry.champion() == empty.version
    assert [check.name for check in card.verdict.checks if not check.passed] == failed
    assert work.registry.card(card.version).verdict.promoted is not bool(failed)


def test_a_catalogue_without_any_act_gives_a_prior_that_answers(tmp_path: Path) -> None:
    stores = log_of(shop(7))
    card, registry = trained(stores, tmp_path)
    assert card.data.items == 7
    assert card.data.last_at == UNTIL - 90 * DAY
    assert len(registry.load(card.version).item_keys) == 7
    assert card.verdict.promoted
    assert "prior" in " ".join(card.notes)
    assert first_picks(stores, registry, card.version, "anyone") == ["i0", "i1", "i2", "i3", "i4"]
    assert (registry.folder(card.version) / "report.html").is_file()


def test_a_handful_of_acts_already_makes_the_prior_personal(tmp_path: Path) -> None:
    events = shop(9)
    events += [view(n, "v1", item, UNTIL - HOUR + n) for n, item in enumerate((2, 5, 2, 5))]
    events += [view(9, "v2", 0, UNTIL - HOUR)]
    stores = log_of(events)
    card, registry = trained(stores, tmp_path)
    assert card.importances == {}
    hers = first_picks(stores, registry, card.version, "v1")
    assert hers.index("i8") < 4  # never touched, but of the category she looks at


def test_an_unjudged_model_does_not_replace_a_champion(tmp_path: Path) -> None:
    stores = log_of(shop(7))
    first, registry = trained(stores, tmp_path)
    stores.log.append([view(1, "v1", 3, UNTIL)])
    second, _ = trained(stores, tmp_path)
    assert not second.verdict.promoted
    assert registry.champion() == first.version
    path = registry.folder(first.version) / "card.json"
    rewrite(path, msgspec.structs.replace(first, fingerprint="other"))  # it cannot serve any more
    third, _ = trained(stores, tmp_path)
    assert registry.champion() == third.version


def test_a_log_of_two_hours_is_cut_in_minutes_and_learned_from(tmp_path: Path) -> None:
    card, registry = trained(log_of(alternating(2 * HOUR)), tmp_path)
    t1, t2, t3 = card.data.cuts
    assert UNTIL - 2 * HOUR < t1 < t2 < t3 <= UNTIL + MINUTE
    assert card.metrics["hr@5"].value > 0.6
    assert registry.champion() == card.version


def test_what_always_follows_is_picked_first(tmp_path: Path) -> None:
    stores = log_of([*alternating(30 * DAY), view(99_999, "new", 4, UNTIL)])
    card, registry = trained(stores, tmp_path)
    assert card.verdict.promoted
    assert first_picks(stores, registry, card.version, "new")[0] == "i5"


def test_training_again_on_the_same_log_keeps_up_with_itself(tmp_path: Path) -> None:
    stores = log_of(alternating(30 * DAY))
    first, registry = trained(stores, tmp_path)
    second, _ = trained(stores, tmp_path)
    assert second.files == first.files
    assert registry.champion() == first.version
    assert [one.version for one in registry.versions()] == [first.version]


def test_a_worse_recipe_stays_challenger(tmp_path: Path) -> None:
    stores = log_of(alternating(30 * DAY))
    first, registry = trained(stores, tmp_path)
    blind = settings(
        ranker={"trees": 1.0, "leaves": 2.0},
        judge={"resamples": 100},
        report={"without_dwell": False, "ablation_rows": 0},
    )
    blind = type(blind).from_values(blind.to_values() | {"retrievers": {"popularity": {}}})
    work, _ = job(stores.log, tmp_path, blind)
    second = run(work)
    assert not second.verdict.promoted
    failed = {check.name for check in second.verdict.checks if not check.passed}
    assert "keeps up with the champion" in failed
    assert registry.champion() == first.version


def test_a_champion_is_replaced_unseen_only_where_it_cannot_be_loaded(tmp_path: Path) -> None:
    stores = log_of(alternating(30 * DAY))
    first, registry = trained(stores, tmp_path)
    path = registry.folder(first.version) / "card.json"
    renamed = first.config | {"recommender": first.config["recommender"] | {"old_name": 1.0}}
    rewrite(path, msgspec.structs.replace(first, config=renamed))
    assert registry.load(first.version).ranker is not None  # it serves well
    stores.log.append([view(99_999, "v1", 4, UNTIL)])
    second, _ = trained(stores, tmp_path)
    assert [one.name for one in second.verdict.checks if not one.passed] == ["not compared"]
    assert "old_name" in " ".join(second.notes)
    assert registry.champion() == first.version
    rewrite(path, msgspec.structs.replace(first, fingerprint="other"))
    stores.log.append([view(99_998, "v1", 5, UNTIL)])
    third, _ = trained(stores, tmp_path)
    assert "cannot be loaded" in " ".join(third.notes)
    assert registry.champion() == third.version


def rewrite(path: Path, card: ModelCard) -> None:
    path.unlink()  # it is read-only
    path.write_bytes(msgspec.json.encode(card))


def served(stores: Stores, model: Recommender, visits: int) -> None:
    """Let new visitors look at an even product and be shown four picks; the odd one is tapped."""
    state, rng, at = State(), np.random.default_rng(8), UNTIL
    for number in range(visits):
        at += 5 * MINUTE
        visitor, item = f"w{number}", 2 * int(rng.integers(6))
        stores.log.append([view(10**6 + number, visitor, item, at)])
        for logged in stores.log.read(state.seq, 10**5):
            state.apply(logged)
        query = Query(
            recommendation_id=f"r{number}", seller_id="s1", visitor=visitor, at=at + 1, count=4
        )
        record = model.recommend(query, state).record
        payload = msgspec.Raw(msgspec.json.encode(record))
        shop: dict[str, Any] = {"seller_id": "s1", "visitor": visitor}
        hers = f"r{number}"
        events = [
            Event(event_id=hers, kind=Kind.RECOMMENDATION, at=at + 1, payload=payload, **shop)
        ]
        for slot in record.slots[: 1 + int(rng.integers(4))]:
            acts = [Kind.IMPRESSION] + [Kind.CLICK] * (slot.item_id == f"i{item + 1}")
            events += [
                Event(
                    event_id=f"{hers}-{slot.item_id}-{kind}", kind=kind, at=at + 2,
                    item_id=slot.item_id, recommendation_id=hers, **shop,
                )
                for kind in acts
            ]  # fmt: skip
        stores.log.append(events)


def test_lists_that_were_served_tell_what_the_next_model_would_bring(tmp_path: Path) -> None:
    stores = log_of(alternating(2 * DAY))
    first, registry = trained(stores, tmp_path)
    served(stores, registry.load(first.version), 500)
    second, _ = trained(stores, tmp_path)
    told = second.off_policy
    assert told is not None
    assert 200 < told.lists < second.replayed.agreed == 500
    ours, champion = told.policies["model"], told.policies["champion"]
    assert min(ours.covered, champion.covered) > 0.9
    assert champion.value.low < told.logged.value < champion.value.high
    assert ours.value.value > 0.9 * told.logged.value
    assert "served lists do not speak for the champion" in {c.name for c in second.verdict.checks}
    folder = registry.folder(second.version)
    assert "What served lists tell" in (folder / "report.md").read_text("utf-8")
    assert (folder / "served.svg").is_file()
    assert f"{told.lists} served lists" in (folder / "card.md").read_text("utf-8")
    again, _ = trained(stores, tmp_path)
    assert again.off_policy is not None
    assert again.off_policy.policies["model"] == ours  # same log, same seed


def test_noise_is_not_promoted(tmp_path: Path) -> None:
    rng, events = np.random.default_rng(4), shop(12)
    for step in range(2400):
        visitor, item = f"v{step % 150}", int(rng.integers(12))
        events.append(view(step, visitor, item, UNTIL - 30 * DAY + step * 17 * MINUTE))
    card, registry = trained(log_of(events), tmp_path)
    assert not card.verdict.promoted
    assert registry.champion() is None
