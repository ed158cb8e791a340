"""Running apps over a small shop: one shared by a file's tests, or one for a test alone."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.api.answering import FAQS, put
from tests.api.shop import Shop, fill, opened, settings_for


@pytest.fixture(scope="module", params=["memory", "sqlite"])
def shared_shop(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Shop]:
    """Share one filled app among the tests of a file; they use visitors of their own."""
    home = tmp_path_factory.mktemp("home")
    store = "memory://" if request.param == "memory" else ""
    with opened(settings_for(home, store=store)) as shop:
        fill(shop)
        yield shop


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[Shop]:
    """Run a filled app on disk for one test alone."""
    with opened(settings_for(tmp_path)) as running:
        fill(running)
        yield running


@pytest.fixture(scope="module")
def answering(tmp_path_factory: pytest.TempPathFactory, encoder_folder: Path) -> Iterator[Shop]:
    """Run one shop that knows a few answers, with the default encoder."""
    home = tmp_path_factory.mktemp("home")
    with opened(settings_for(home, encoders=(str(encoder_folder),))) as shop:
        fill(shop)
        put(shop, "faqs", FAQS)
        yield shop
