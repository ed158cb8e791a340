"""Models come, go and break while the service answers."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from models.registry import Registry
from tests.api.shop import Shop, fill, opened, settings_for
from tests.api.trained import registered


@pytest.fixture(scope="module")
def two_models(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str, str]:
    home = tmp_path_factory.mktemp("models")
    return home, registered(home, 1), registered(home, 2)


def serving(shop: Shop) -> str:
    return str(shop.recommend()["model_version"])


def test_the_service_learns_of_a_champion_without_a_restart(
    two_models: tuple[Path, str, str],
) -> None:
    home, first, second = two_models
    with opened(settings_for(home, store="memory://")) as shop:
        fill(shop)
        assert serving(shop) == "untrained"
        registry = Registry(home / "artifacts")
        for version in (first, second):
            registry.promote(version)
            shop.tick()
            assert serving(shop) == version
        assert registry.roll_back() == first
        shop.tick()
        assert serving(shop) == first


def test_a_list_is_shown_as_it_was_when_its_model_has_gone(
    two_models: tuple[Path, str, str], tmp_path: Path
) -> None:
    home, first, second = two_models
    shutil.copytree(home / "artifacts", tmp_path / "artifacts")
    registry = Registry(tmp_path / "artifacts")
    registry.promote(first)
    with opened(settings_for(tmp_path, store="memory://")) as shop:
        fill(shop)
        shown = shop.recommend()
        assert shown["model_version"] == first
        shutil.rmtree(registry.folder(first))
        registry.promote(second)
        shop.tick()
        again = shop.client.get(f"/recommendations/{shown['recommendation_id']}").json()
        assert (again["items"], again["model_version"]) == (shown["items"], first)


def test_a_learned_order_knows_the_session_at_the_very_next_request(
    two_models: tuple[Path, str, str],
) -> None:
    home, first, _ = two_models
    with opened(settings_for(home, store="memory://")) as shop:
        fill(shop)
        assert shop.client.post(f"/models/{first}/promote").json() == {"serving": first}
        before = shop.recommend(count=8)
        assert before["fallback_level"] == 4
        shop.send(shop.event("view", "i2"), shop.event("view", "i4"))
        reply = shop.recommend(count=8)
        assert (reply["fallback_level"], reply["personalized"]) == (1, True)
        scores = [{i["item_id"]: i["score"] for i in r["items"]} for r in (before, reply)]
        assert scores[0] != scores[1]
        shop.clock.ms += 3_600_000
        assert shop.recommend()["fallback_level"] == 0


def test_versions_are_listed_promoted_and_rolled_back_over_http(
    two_models: tuple[Path, str, str],
) -> None:
    home, first, second = two_models
    with opened(settings_for(home, store="memory://")) as shop:
        fill(shop)
        post = shop.client.post
        for version in (first, second):
            assert post(f"/models/{version}/promote").json() == {"serving": version}
            assert serving(shop) == version
        listing = shop.client.get("/models").json()
        assert (listing["champion"], listing["serving"]) == (second, second)
        assert {model["version"] for model in listing["models"]} == {first, second}
        assert [m["version"] for m in listing["models"] if m["champion"]] == [second]
        assert post("/models/rollback").json() == {"serving": first}
        assert serving(shop) == first
        assert post("/models/nothing/promote").status_code == 404


def test_there_is_nothing_to_go_back_to_at_first(shop: Shop) -> None:
    reply = shop.client.post("/models/rollback")
    assert (reply.status_code, reply.json()["code"]) == (409, "model_refused")


def test_a_broken_model_is_refused_and_the_old_one_goes_on(tmp_path: Path) -> None:
    good, bad, worse = (registered(tmp_path, seed) for seed in (1, 2, 3))
    registry = Registry(tmp_path / "artifacts")
    with opened(settings_for(tmp_path, store="memory://")) as shop:
        fill(shop)
        shop.client.post(f"/models/{good}/promote")
        for path in registry.folder(bad).glob("*.onnx"):
            path.chmod(0o644)
            path.write_bytes(b"nonsense")
        card = registry.folder(worse) / "card.json"
        card.chmod(0o644)
        card.write_text(json.dumps({**json.loads(card.read_text()), "fingerprint": "other"}))
        for version in (bad, worse):
            reply = shop.client.post(f"/models/{version}/promote")
            assert (reply.status_code, reply.json()["code"]) == (409, "model_refused")
            assert registry.champion() == good
            registry.promote(version)  # as a training run might
            shop.tick()
            assert serving(shop) == good
            registry.roll_back()
        metrics = shop.client.get("/metrics").text
        assert "smartcard_model_failures_total 4.0" in metrics
        assert "smartcard_model_swaps_total 1.0" in metrics
