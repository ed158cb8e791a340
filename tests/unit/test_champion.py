"""A new champion looks up what is served piece by piece, and stands back between the pieces."""

from __future__ import annotations

import asyncio
import shutil
from itertools import count
from pathlib import Path

import pytest

from data.schemas import Item
from models.recommender import Recommender
from models.registry import Registry
from service.champion import PATIENCE, REST, Champion
from service.metrics import Metrics
from tests.api.trained import registered
from tests.recommenders import query, shown
from tests.streams import Stream

SHELVES = 3


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    home = tmp_path_factory.mktemp("models")
    return home, registered(home, 1)


@pytest.mark.parametrize(
    ("seconds", "rests"),
    [(0.25, [0.25 * REST] * SHELVES), (2.0, [2.0 * REST, PATIENCE - 2.0 * REST, 0.0])],
)
def test_a_swap_stands_back_after_each_shelf_and_not_without_end(
    trained: tuple[Path, str], seconds: float, rests: list[float]
) -> None:
    home, version = trained
    stream, served = Stream(), Recommender.fallback()
    rested: list[float] = []
    for number in range(SHELVES):
        stream.shelf(f"s{number}", [Item(item_id=f"i{n}", title="a") for n in range(4)])
        shown(served, query(seller_id=f"s{number}"), stream)

    async def rest(duration: float) -> None:
        assert champion.recommender is served
        rested.append(duration)

    ticks = count()
    champion = Champion(
        Registry(home / "artifacts"), Metrics(), lambda: seconds * next(ticks), rest
    )
    champion.recommender = served
    asyncio.run(champion.promote(version, 1))
    assert rested == rests
    assert champion.recommender.version == version


def test_a_champion_that_was_damaged_serves_once_it_is_written_anew(
    trained: tuple[Path, str], tmp_path: Path
) -> None:
    """It is called as before, and nobody restarts the service."""
    shutil.copytree(trained[0] / "artifacts", tmp_path / "artifacts")
    registry, version = Registry(tmp_path / "artifacts"), trained[1]
    model, card = registry.load(version), registry.card(version)
    registry.promote(version)
    file = registry.folder(version) / "recommender.json"
    file.chmod(0o644)
    file.write_bytes(b"")
    champion = Champion(registry, Metrics())
    for _ in range(2):
        asyncio.run(champion.follow())
        assert champion.recommender.version != version
    assert registry.register(model, card) == version
    asyncio.run(champion.follow())
    assert champion.recommender.version == version
