"""One Chromium for all browser tests; a server and a profile of its own for each of them."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, expect, sync_playwright

from tests.browser.fake_api import FakeApi, make_app
from tests.browser.servers import serving
from tests.browser.visitors import Visitor

QUIET = [
    "--disable-gpu",
    "--disable-background-networking",
    "--no-first-run",
    "--disable-component-update",
    "--disable-sync",
]
expect.set_options(timeout=10_000)  # the machine is shared


# Not for the session: playwright keeps an event loop running on the worker's thread.
@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    """Give the machine's own Chromium."""
    found = shutil.which("chromium") or shutil.which("chromium-browser")
    if found is None:
        pytest.skip("no chromium on this machine")
    arguments = [*QUIET, "--no-sandbox"] if os.geteuid() == 0 else QUIET
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=found, args=arguments)
        yield browser
        browser.close()


@pytest.fixture
def fake() -> FakeApi:
    """Give a fake API with nothing in it but the shelf."""
    return FakeApi()


@pytest.fixture
def fake_address(fake: FakeApi) -> Iterator[str]:
    """Serve the fake API."""
    with serving(make_app(fake)) as address:
        yield address


@pytest.fixture
def visit(chromium: Browser, fake_address: str) -> Iterator[Callable[..., Visitor]]:
    """Let visitors come; afterwards no page may have complained or asked another site."""
    visitors: list[Visitor] = []

    def come(**options: Any) -> Visitor:
        visitors.append(Visitor(chromium, fake_address, **options))
        return visitors[-1]

    yield come
    for visitor in visitors:
        visitor.context.close()
        assert visitor.complaints == []
        assert visitor.strays == []
