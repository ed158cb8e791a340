"""What the SDK calls seen: half of it on the screen, for a second, with nothing in front of it."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page

from tests.browser.fake_api import FakeApi
from tests.browser.visitors import Visitor, hide, queued, show

SECOND = 1_000


@pytest.fixture
def page(visit: Callable[..., Visitor]) -> Page:
    """Give a page with one pick in view and one far below, its time standing still."""
    visitor = visit()
    page = visitor.page("/empty", clock=True)  # the clock stands before the SDK starts
    page.goto(visitor.address + "/elsewhere")
    return page


def seen(page: Page, fake: FakeApi) -> list[str]:
    """Return the picks that were told as seen, delivered or still waiting."""
    page.evaluate("window.smartcard.flush()")
    return [event["item_id"] for event in (*fake.of("impression"), *queued(page))]


def in_view(page: Page, name: str) -> None:
    """Bring an element into view and wait until the browser has noticed."""
    page.locator(name).scroll_into_view_if_needed()
    page.evaluate(
        """name => new Promise(resolve => {
          const observer = new IntersectionObserver(([{ isIntersecting }]) => {
            if (isIntersecting) { observer.disconnect(); resolve(); }
          }, { threshold: 0.5 });
          observer.observe(document.querySelector(name));
        })""",
        name,
    )


def test_a_pick_in_view_for_a_second_is_told_with_its_place(fake: FakeApi, page: Page) -> None:
    in_view(page, "#near")
    page.clock.run_for(1_100)
    page.evaluate("window.smartcard.flush()")
    fake.until(lambda: fake.of("impression"))
    (event,) = fake.of("impression")
    assert (event["item_id"], event["recommendation_id"], event["position"]) == ("p02", "rec_9", 1)


def test_a_pick_below_the_screen_was_not_seen(fake: FakeApi, page: Page) -> None:
    in_view(page, "#near")
    page.clock.run_for(60 * SECOND)
    assert "p03" not in seen(page, fake)
    in_view(page, "#far")
    page.clock.run_for(2 * SECOND)
    assert "p03" in seen(page, fake)


def test_less_than_a_second_is_not_enough(fake: FakeApi, page: Page) -> None:
    in_view(page, "#near")
    page.clock.run_for(800)
    hide(page)
    page.clock.run_for(60 * SECOND)
    assert "p02" not in seen(page, fake)
    show(page)
    page.clock.run_for(1_100)
    assert "p02" in seen(page, fake)


def test_a_pick_behind_a_banner_is_not_seen_until_the_banner_goes(
    fake: FakeApi, page: Page
) -> None:
    page.evaluate("document.getElementById('cover').hidden = false")
    in_view(page, "#near")
    page.clock.run_for(20 * SECOND)
    assert "p02" not in seen(page, fake)
    page.evaluate("document.getElementById('cover').hidden = true")
    page.clock.run_for(2 * SECOND)
    assert "p02" in seen(page, fake)


def test_a_pick_is_told_once(fake: FakeApi, page: Page) -> None:
    in_view(page, "#near")
    for _ in range(3):
        page.clock.run_for(2 * SECOND)
        in_view(page, "#far")
        page.clock.run_for(2 * SECOND)
        in_view(page, "#near")
    assert seen(page, fake).count("p02") == 1


def test_a_tap_on_a_pick_is_a_click(fake: FakeApi, page: Page) -> None:
    page.locator("#near").click()
    page.evaluate("window.smartcard.flush()")
    fake.until(lambda: fake.of("click"))
    assert fake.of("click")[0]["recommendation_id"] == "rec_9"
