"""The smart-card page against the real service: a small simulated world, a model trained on it."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx2
import pytest
from fastapi import FastAPI
from fastapi.responses import HTMLResponse
from playwright.sync_api import Browser, Locator, Page, expect

from data.identity import Pseudonymiser, open_key
from data.schemas import Event, Kind
from data.stores import open_stores
from data.world import generate
from service.app import create_app
from service.keys import Keyring, Scope
from service.settings import ServiceSettings
from tests.browser.servers import serving
from tests.browser.visitors import Visitor, queued

SELLER = "s0001"
UNTIL = 1_790_000_000_000
OPENED = UNTIL + 3_600_000
"""An hour after the world's history ends the visitors come: service and browsers agree on it."""

QUICK = """
[cuts]
windows = 1
[judge]
resamples = 100
[report]
without_dwell = false
ablation_rows = 0
[retrievers]
popularity = {}
item_knn = {}
content = {}
"""


@dataclass(frozen=True)
class House:
    """Hold a running service and where it keeps its log."""

    address: str
    settings: ServiceSettings

    def events(self, *kinds: Kind) -> list[Event]:
        """Read from the log what visitors did while the test ran."""
        stores = open_stores(self.settings.store_url, readonly=True)
        try:
            logged = stores.log.read(0, 100_000)
        finally:
            stores.close()
        return [row.event for row in logged if row.event.kind in kinds and row.event.at > UNTIL]


@pytest.fixture(scope="module")
def world_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Fill a home with a small world and train its champion, with few retrievers to be quick."""
    home = tmp_path_factory.mktemp("world")
    settings = ServiceSettings(home=home)
    stores = open_stores(settings.store_url)
    visitor = Pseudonymiser(open_key(settings)).visitor
    stores.log.append(list(generate(2, 7, UNTIL, pseudonymise=visitor).events()))
    stores.close()
    quick = home / "quick.toml"
    quick.write_text(QUICK)
    trained = subprocess.run(
        [sys.executable, "-m", "training", "run", "--config", str(quick)],
        env={**os.environ, "SMARTCARD_HOME": str(home)},
        check=False,
        capture_output=True,
        text=True,
    )
    assert trained.returncode == 0, trained.stderr
    return home


@pytest.fixture(scope="module")
def house(world_home: Path) -> Iterator[House]:
    """Run the service over that home, open to this machine."""
    with running(world_home) as found:
        yield found


@contextmanager
def running(home: Path) -> Iterator[House]:
    """Run the service over a home until the block ends."""
    settings = ServiceSettings(home=home, poll_seconds=3600)
    ready, begun = threading.Event(), time.monotonic_ns()

    def clock() -> int:
        return OPENED + (time.monotonic_ns() - begun) // 1_000_000

    app = create_app(settings, clock=clock, on_ready=lambda _live: ready.set())
    with serving(app) as address:
        assert ready.wait(60), "the service did not get ready"
        yield House(address, settings)


@pytest.fixture
def come(chromium: Browser, house: House) -> Iterator[Callable[..., Visitor]]:
    """Let visitors come; afterwards no page may have complained or asked another site."""
    visitors: list[Visitor] = []

    def visitor(**options: Any) -> Visitor:
        visitors.append(Visitor(chromium, house.address, at=OPENED, **options))
        return visitors[-1]

    yield visitor
    for one in visitors:
        one.context.close()
        assert (one.complaints, one.strays) == ([], [])


def picks(page: Page) -> Locator:
    """Return the tiles of the picks."""
    return page.locator("#picks .tile:not(.is-skeleton):not([aria-hidden])")


def shown(page: Page) -> list[tuple[str, str]]:
    """Return the ids of the picks in their order, each with its reasons."""
    found: list[list[str]] = picks(page).evaluate_all(
        "all => all.map(one => [one.dataset.item, one.querySelector('.reasons').textContent])"
    )
    return [(item, reason) for item, reason in found]


def open_card(visitor: Visitor) -> Page:
    """Open the card and wait for its picks."""
    page = visitor.page(f"/cards/{SELLER}")
    expect(picks(page).first).to_be_visible()
    expect(page.locator("#picks-list")).not_to_have_attribute("aria-busy", "true")
    return page


def look_at(page: Page, item_id: str) -> None:
    """Open a product, look at it, close it; wait for the answer that knows of it."""
    page.locator(f"#shelf [data-item={item_id}] a").click()
    expect(page.locator("#sheet")).to_be_visible()
    page.mouse.move(60, 200)
    with page.expect_response(asks_for_home) as answered:
        page.keyboard.press("Escape")
    assert answered.value.ok
    expect(page.locator("#sheet")).to_be_hidden()
    expect(page.locator("#picks-list")).not_to_have_attribute("aria-busy", "true")


def asks_for_home(response: Any) -> bool:
    """Tell the answers for the page's own picks from those beside a product."""
    asked = response.request.post_data or ""
    return response.url.endswith("/recommend") and "product_page" not in asked


def of_one_category(house: House, visitor: Visitor) -> list[str]:
    """Return three products of one of the shop's categories."""
    answer = visitor.context.request.get(f"{house.address}/sellers/{SELLER}/shelf")
    items = answer.json()["items"][:24]
    kinds: dict[str, list[str]] = {}
    for item in items:
        kinds.setdefault(item["category"], []).append(item["item_id"])
    return max(kinds.values(), key=len)[:3]


def test_three_looked_at_products_change_the_picks_and_their_reasons(
    house: House, come: Callable[..., Visitor]
) -> None:
    visitor = come()
    page = open_card(visitor)
    before = shown(page)
    for item_id in of_one_category(house, visitor):
        look_at(page, item_id)
    after = shown(page)
    assert [item for item, _ in after] != [item for item, _ in before]
    assert "你常看的" not in str(before)
    assert "你常看的" in str(after)
    expect(page.locator("#picks .section-note")).not_to_contain_text("按人气和店主的排列")


def test_what_the_page_measures_is_in_the_log_with_its_recommendation(
    house: House, come: Callable[..., Visitor]
) -> None:
    visitor = come()
    page = open_card(visitor)
    name = page.evaluate("JSON.parse(localStorage.getItem('smartcard.visitor'))")
    with page.expect_response(lambda r: r.url.endswith("/recommend")):
        picks(page).nth(1).locator("a").click()
    with page.expect_response(asks_for_home):
        page.locator("#sheet").get_by_label("收藏").click()
    with page.expect_response(asks_for_home):
        page.keyboard.press("Escape")
    kinds = (Kind.OPEN, Kind.CLICK, Kind.VIEW, Kind.FAVORITE, Kind.DWELL)
    hashed = Pseudonymiser(open_key(house.settings)).visitor(name)
    mine = [event for event in house.events(*kinds) if event.visitor == hashed]
    assert [event.kind for event in mine] == list(kinds)
    first = mine[1]
    assert first.position == 2
    assert {event.recommendation_id for event in mine[1:]} == {first.recommendation_id}
    replay = visitor.context.request.get(
        f"{house.address}/recommendations/{first.recommendation_id}"
    )
    assert replay.json()["items"][1]["item_id"] == first.item_id


def test_who_comes_by_her_link_is_led_by_her_and_does_not_learn_her_id(
    house: House, come: Callable[..., Visitor]
) -> None:
    visitor, friend = come(permissions=["clipboard-read", "clipboard-write"]), come()
    page = open_card(visitor)
    look_at(page, of_one_category(house, visitor)[0])
    page.locator("#share").click()
    expect(page.locator(".notice")).to_contain_text("链接已复制")
    link = page.evaluate("navigator.clipboard.readText()")
    name = page.evaluate("JSON.parse(localStorage.getItem('smartcard.visitor'))")
    assert name not in link
    with friend.context.expect_event("response", lambda r: r.url.endswith("/events") and r.ok):
        friend.page(link.removeprefix(house.address))
    opened = house.events(Kind.OPEN)[-1]
    assert opened.from_visitor == Pseudonymiser(open_key(house.settings)).visitor(name)
    assert opened.channel == "link"


def test_events_kept_offline_stand_in_the_log_once(
    house: House, come: Callable[..., Visitor]
) -> None:
    visitor = come()
    page = open_card(visitor)
    item_id = shown(page)[0][0]
    visitor.context.set_offline(True)
    picks(page).first.locator("a").click()
    expect(page.locator("#sheet")).to_be_visible()
    visitor.context.set_offline(False)
    with page.expect_response(lambda r: r.url.endswith("/events") and r.status == 202):
        page.reload()
    expect(picks(page).first).to_be_visible()
    name = page.evaluate("JSON.parse(localStorage.getItem('smartcard.visitor'))")
    hashed = Pseudonymiser(open_key(house.settings)).visitor(name)
    clicks = [event for event in house.events(Kind.CLICK) if event.visitor == hashed]
    assert [event.item_id for event in clicks] == [item_id]
    visitor.complaints[:] = [said for said in visitor.complaints if "ERR_INTERNET" not in said]


def test_reasons_are_told_in_the_visitors_language_only(
    house: House, come: Callable[..., Visitor]
) -> None:
    visitor = come(locale="en-US")
    page = open_card(visitor)
    for item_id in of_one_category(house, visitor):
        look_at(page, item_id)
    reasons = " ".join(reason for _, reason in shown(page))
    assert not any("一" <= letter <= "鿿" for letter in reasons)
    page.locator("#language").click()
    expect(picks(page).first.locator(".reasons")).to_contain_text(re.compile("[一-鿿]"))


def test_switched_off_nothing_is_personal_and_nothing_is_kept_under_her_number(
    house: House, come: Callable[..., Visitor]
) -> None:
    visitor = come()
    page = open_card(visitor)
    with page.expect_response(asks_for_home):
        page.get_by_role("switch").click()
    watched = of_one_category(house, visitor)[0]
    with page.expect_response(asks_for_home) as answered:
        page.locator(f"#shelf [data-item={watched}] a").click()
        expect(page.locator("#sheet")).to_be_visible()
        page.keyboard.press("Escape")
    reply = answered.value.json()
    assert not reply["personalized"]
    assert reply["fallback_level"] >= 3
    assert "affinity" not in str(reply["items"])
    last = house.events(Kind.CONSENT, Kind.VIEW)[-2:]
    assert [event.kind for event in last] == [Kind.CONSENT, Kind.VIEW]
    assert last[0].visitor
    assert (last[1].item_id, last[1].visitor, last[1].session_id) == (watched, "", None)


def test_with_keys_the_page_brings_its_own(
    chromium: Browser, world_home: Path, tmp_path: Path
) -> None:
    home = tmp_path / "locked"
    shutil.copytree(world_home, home)
    Keyring(home / "keys.json").create(Scope.ADMIN, "", "2026-11-22T00:00:00Z")
    with running(home) as locked:
        visitor = Visitor(chromium, locked.address, at=OPENED)
        refused = visitor.context.request.get(f"{locked.address}/sellers/{SELLER}/shelf")
        assert refused.status == 401
        page = open_card(visitor)
        with page.expect_response(lambda r: r.url.endswith("/events") and r.status == 202):
            picks(page).first.locator("a").click()
        page.keyboard.press("Escape")
        page.locator("#about summary").click()
        expect(page.locator(".about-signals").first).to_contain_text("%")
        expect(page.locator("#about")).to_contain_text("这些权重学于")
        assert queued(page) == []
        assert visitor.complaints == []
        visitor.context.close()


def test_the_sdk_measures_a_page_of_another_origin(house: House, chromium: Browser) -> None:
    blog = FastAPI()
    shelf = httpx2.get(f"{house.address}/sellers/{SELLER}/shelf").json()["items"]
    item = shelf[-1]["item_id"]

    def looked() -> int:
        return sum(event.item_id == item for event in house.events(Kind.VIEW))

    before = looked()

    @blog.get("/post")
    async def post() -> HTMLResponse:
        return HTMLResponse(
            "<!doctype html><link rel=icon href=data:,><title>blog</title>"
            f'<script type=module src="{house.address}/static/sdk.js" data-smartcard=auto '
            f"data-seller={SELLER}></script><p data-smartcard-item={item}>A product</p>"
        )

    with serving(blog) as address:
        visitor = Visitor(chromium, address, at=OPENED)
        page = visitor.context.new_page()
        with page.expect_response(lambda r: r.url == f"{house.address}/events") as sent:
            page.goto(f"{address}/post")
        assert sent.value.json()["accepted"] == 1
        assert visitor.complaints == []
        visitor.context.close()
    assert looked() == before + 1
