"""The SDK's clock: what counts as looking. Against the fake API, the page's time in our hand."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page

from tests.browser.fake_api import FakeApi
from tests.browser.visitors import Visitor, hide, pass_time, show

SECOND = 1_000

Visit = Callable[..., Visitor]


@pytest.fixture
def page(visit: Visit) -> Page:
    """Give a page that shows one product, its time standing still."""
    return visit().page("/elsewhere", clock=True)


def look(page: Page, seconds: int) -> None:
    """Let time pass while the visitor moves, so that she does not count as away."""
    for _ in range(seconds):
        page.mouse.move(10, 10)
        page.mouse.move(20, 20)
        pass_time(page, 1, step=1)


def dwelt(fake: FakeApi, page: Page) -> int:
    """Return the milliseconds reported so far, after the page has told all it knows."""
    hide(page)
    page.evaluate("window.smartcard.flush()")
    return sum(event["duration_ms"] for event in fake.of("dwell"))


def test_a_view_is_told_when_the_product_opens(fake: FakeApi, page: Page) -> None:
    pass_time(page, 3)
    fake.until(lambda: fake.of("view"))
    (view,) = fake.of("view")
    assert view["item_id"] == "p01"
    assert view["seller_id"] == "lin"
    assert fake.bodies[0]["key"] == "pk_test"


def test_visible_time_counts(fake: FakeApi, page: Page) -> None:
    look(page, 17)
    assert dwelt(fake, page) == pytest.approx(17 * SECOND, abs=250)


def test_time_behind_another_tab_does_not_count(fake: FakeApi, page: Page) -> None:
    look(page, 4)
    hide(page)
    pass_time(page, 600)
    show(page)
    look(page, 4)
    assert dwelt(fake, page) == pytest.approx(8 * SECOND, abs=250)


def test_without_a_sign_of_life_the_clock_stops_after_thirty_seconds(
    fake: FakeApi, page: Page
) -> None:
    pass_time(page, 300)
    assert dwelt(fake, page) == pytest.approx(30 * SECOND, abs=250)


def test_a_sign_of_life_starts_the_clock_again(fake: FakeApi, page: Page) -> None:
    pass_time(page, 300)
    page.mouse.move(50, 50)
    pass_time(page, 7)
    assert dwelt(fake, page) == pytest.approx(37 * SECOND, abs=250)


def test_a_crash_loses_at_most_the_last_ten_seconds(fake: FakeApi, page: Page) -> None:
    look(page, 40)
    fake.until(lambda: sum(e["duration_ms"] for e in fake.of("dwell")) >= 30 * SECOND)


def test_a_session_ends_after_half_an_hour_without_an_event(fake: FakeApi, page: Page) -> None:
    page.evaluate("window.smartcard.send('consult', { item_id: 'p01' })")
    pass_time(page, 1740, step=60)
    page.evaluate("window.smartcard.send('consult', { item_id: 'p01' })")
    hide(page)
    pass_time(page, 1860, step=60)
    page.evaluate("window.smartcard.send('consult', { item_id: 'p01' })")
    page.evaluate("window.smartcard.flush()")
    first, second, third = (event["session_id"] for event in fake.of("consult"))
    assert first == second != third
    assert len({event["visitor_id"] for event in fake.events}) == 1
