"""How the SDK brings events to the service: at least once, never again after a yes, politely.

Against the fake API, which can fail on demand. Pages with a clock of ours wait only when told to.
"""

import time
from collections.abc import Callable

import pytest
from playwright.sync_api import BrowserContext, Page
from starlette.responses import HTMLResponse, JSONResponse, Response

from tests.browser.fake_api import FakeApi
from tests.browser.visitors import Visitor, hide, pass_time, queued

SECOND = 1_000
MINUTE = 60 * SECOND

Visit = Callable[..., Visitor]

SEND = "item => window.smartcard.send('favorite', { item_id: item })"
FLUSH = "window.smartcard.flush()"


@pytest.fixture
def visitor(visit: Visit) -> Visitor:
    """Give a visitor."""
    return visit()


@pytest.fixture
def page(visitor: Visitor, fake: FakeApi) -> Page:
    """Give a page whose first event has arrived, its time standing still."""
    page = visitor.page("/elsewhere", clock=True)
    page.evaluate(FLUSH)
    fake.until(lambda: fake.of("view"))
    return page


def unavailable(seconds: str | None = None) -> Callable[[], Response]:
    """Answer 503, asking to come back after so many seconds."""
    headers = {"retry-after": seconds} if seconds else {}
    return lambda: JSONResponse({"code": "overloaded"}, 503, headers=headers)


def forget_network_errors(visitor: Visitor) -> None:
    """Drop what Chromium itself says of failed requests; fail on anything else."""
    visitor.complaints[:] = [said for said in visitor.complaints if "Failed to load" not in said]


def test_what_a_page_could_not_send_offline_the_next_page_sends_once(
    fake: FakeApi, visitor: Visitor, page: Page
) -> None:
    visitor.context.set_offline(True)
    event_id = page.evaluate(SEND, "p07")
    page.evaluate(FLUSH)
    assert [event["event_id"] for event in queued(page)] == [event_id]
    page.close()
    visitor.context.set_offline(False)
    following = visitor.page("/elsewhere")
    following.evaluate(FLUSH)
    assert queued(following) == []
    assert [event["item_id"] for event in fake.of("favorite")] == ["p07"]
    following.reload()
    following.evaluate(FLUSH)
    assert fake.sent(event_id) == 1
    forget_network_errors(visitor)


def test_what_waits_is_sent_when_the_network_is_back(
    fake: FakeApi, visitor: Visitor, page: Page
) -> None:
    visitor.context.set_offline(True)
    page.evaluate(SEND, "p07")
    page.evaluate(FLUSH)
    visitor.context.set_offline(False)
    fake.until(lambda: fake.of("favorite"))
    forget_network_errors(visitor)


def test_an_acknowledged_event_is_never_sent_again(fake: FakeApi, page: Page) -> None:
    event_id = page.evaluate(SEND, "p07")
    page.evaluate(FLUSH)
    for _ in range(3):
        page.evaluate(SEND, "p08")
        page.evaluate(FLUSH)
        hide(page)
        pass_time(page, 60)
    page.goto("about:blank")
    assert fake.sent(event_id) == 1


def test_a_reply_that_got_lost_leads_to_a_duplicate_and_not_to_two_events(
    fake: FakeApi, visitor: Visitor, page: Page
) -> None:
    def cut_off() -> Response:
        return JSONResponse({"code": "gone"}, 502)

    event_id = page.evaluate(SEND, "p07")
    fake.events.append({"event_id": event_id, "kind": "favorite", "item_id": "p07"})
    fake.failing["/events"] = cut_off
    page.evaluate(FLUSH)
    del fake.failing["/events"]
    page.clock.run_for(2 * SECOND)
    fake.until(lambda: fake.sent(event_id))
    page.evaluate(FLUSH)
    assert len(fake.of("favorite")) == 1
    assert queued(page) == []
    forget_network_errors(visitor)


def test_rows_the_service_refuses_are_dropped_and_the_others_kept(
    fake: FakeApi, page: Page
) -> None:
    fake.rejects = {"favorite"}
    refused = page.evaluate(SEND, "p07")
    page.evaluate("window.smartcard.send('cart', { item_id: 'p08' })")
    page.evaluate(FLUSH)
    assert queued(page) == []
    assert [event["item_id"] for event in fake.of("cart")] == ["p08"]
    pass_time(page, 600, step=60)
    assert fake.sent(refused) == 1


def test_rows_that_are_too_much_at_once_are_sent_again(fake: FakeApi, page: Page) -> None:
    fake.at_once = 2
    items = [f"p0{number}" for number in range(1, 6)]
    sent = [page.evaluate(SEND, item) for item in items]
    page.evaluate(FLUSH)
    assert [event["item_id"] for event in fake.of("favorite")] == items
    assert queued(page) == []
    assert [fake.sent(event_id) for event_id in sent] == [1, 1, 2, 2, 3]


def test_a_device_whose_clock_runs_ahead_loses_nothing(fake: FakeApi, visit: Visit) -> None:
    fast = visit(at=round(time.time() * 1_000) + 3 * 60 * MINUTE)
    page = fast.page("/elsewhere")
    page.evaluate(FLUSH)
    page.evaluate(SEND, "p07")
    page.evaluate(FLUSH)
    assert [event["item_id"] for event in fake.of("view")] == ["p01"]
    (event,) = fake.of("favorite")
    assert abs(event["at"] - time.time() * 1_000) < MINUTE
    assert fake.sent(event["event_id"]) == 1  # the clock was known by then


def test_retry_after_is_honoured_even_when_the_page_asks(
    fake: FakeApi, visitor: Visitor, page: Page
) -> None:
    fake.failing["/events"] = unavailable("40")
    page.evaluate(SEND, "p07")
    page.evaluate(FLUSH)
    tried = fake.attempts
    page.clock.run_for(39 * SECOND)
    page.evaluate(FLUSH)
    assert fake.attempts == tried
    del fake.failing["/events"]
    page.clock.run_for(5 * SECOND)
    fake.until(lambda: fake.of("favorite"))
    forget_network_errors(visitor)


def test_without_retry_after_the_pauses_grow(fake: FakeApi, visitor: Visitor, page: Page) -> None:
    fake.failing["/events"] = unavailable()
    page.evaluate(SEND, "p07")
    page.evaluate(FLUSH)
    in_the_first_minute = attempts_within(page, fake, 60, SECOND)
    assert 4 <= in_the_first_minute <= 9
    in_the_next_hour = attempts_within(page, fake, 60, MINUTE)
    assert 10 <= in_the_next_hour <= 30
    del fake.failing["/events"]
    page.clock.run_for(6 * MINUTE)
    fake.until(lambda: fake.of("favorite"))
    forget_network_errors(visitor)


def attempts_within(page: Page, fake: FakeApi, steps: int, step: int) -> int:
    """Let time pass step by step, asking at each; count the calls that were made."""
    before = fake.attempts
    for _ in range(steps):
        page.clock.run_for(step)
        page.evaluate(FLUSH)
    return fake.attempts - before


def test_a_batch_that_is_refused_whole_is_halved_until_the_culprit_stands_alone(
    fake: FakeApi, visitor: Visitor, page: Page
) -> None:
    page.evaluate(
        """() => {
          for (let n = 0; n < 7; n += 1) window.smartcard.send("cart", { item_id: `p0${n}` });
          window.smartcard.send("favorite", { item_id: "p99", text: "culprit" });
        }"""
    )
    fake.unreadable = b"culprit"
    page.evaluate(FLUSH)
    assert {event["item_id"] for event in fake.of("cart")} == {f"p0{n}" for n in range(7)}
    assert fake.of("favorite") == []
    assert queued(page) == []
    forget_network_errors(visitor)


def test_a_portal_that_answers_everything_with_a_page_acknowledges_nothing(
    fake: FakeApi, page: Page
) -> None:
    fake.failing["/events"] = lambda: HTMLResponse("<h1>Please log in to the hotel's network</h1>")
    page.evaluate(SEND, "p07")
    page.evaluate(FLUSH)
    assert len(queued(page)) == 1
    del fake.failing["/events"]
    page.clock.run_for(5 * SECOND)
    fake.until(lambda: fake.of("favorite"))


def test_leaving_the_page_sends_what_waits_by_a_beacon_of_at_most_64_kilobytes(
    fake: FakeApi, page: Page
) -> None:
    page.evaluate(
        """() => {
          for (let n = 0; n < 300; n += 1) {
            window.smartcard.send("favorite", { item_id: `i${n}`, channel: "长".repeat(150) });
          }
        }"""
    )
    page.goto("about:blank")
    fake.until(lambda: len(fake.of("favorite")) > 50)
    assert len(fake.of("favorite")) < 300  # a browser takes 64 kB of beacons, not more
    page.clock.resume()
    page.go_back()
    fake.until(lambda: len(fake.of("favorite")) == 300)
    assert max(fake.sizes) <= 64_000
    assert {body["key"] for body in fake.bodies} == {"pk_test"}


def test_closing_the_tab_delivers_the_last_look(fake: FakeApi, page: Page) -> None:
    before = len(fake.of("dwell"))
    page.mouse.move(30, 30)
    page.clock.run_for(4 * SECOND)
    page.close(run_before_unload=True)
    fake.until(lambda: len(fake.of("dwell")) > before)
    assert fake.of("dwell")[-1]["duration_ms"] >= 4 * SECOND


def test_the_queue_keeps_the_newest_500_and_gives_up_impressions_first(
    visitor: Visitor, page: Page
) -> None:
    visitor.context.set_offline(True)
    page.evaluate(
        """() => {
          const send = (kind, item_id) => window.smartcard.send(kind, { item_id });
          for (let n = 0; n < 300; n += 1) send("impression", `i${n}`);
          for (let n = 0; n < 300; n += 1) send("favorite", `f${n}`);
        }"""
    )
    kept = queued(page)
    assert len(kept) == 500
    assert [e["item_id"] for e in kept if e["kind"] == "favorite"] == [f"f{n}" for n in range(300)]
    newest = [event["item_id"] for event in kept if event["kind"] == "impression"]
    assert newest == [f"i{n}" for n in range(300 - len(newest), 300)]
    visitor.context.set_offline(False)
    forget_network_errors(visitor)


def test_two_tabs_share_the_queue_and_each_event_counts_once(
    fake: FakeApi, visitor: Visitor, page: Page
) -> None:
    other = visitor.page("/elsewhere")
    sent = [page.evaluate(SEND, f"p{n}") for n in range(10, 20)]
    other.evaluate(FLUSH)
    page.evaluate(FLUSH)
    page.clock.run_for(10 * SECOND)
    fake.until(lambda: len(fake.of("favorite")) == len(sent))
    page.evaluate(FLUSH)
    assert [event for event in queued(page) if event["kind"] == "favorite"] == []
    assert max(fake.sent(event_id) for event_id in sent) <= 2  # the tabs hear of each other late


def test_a_browser_without_storage_still_measures(fake: FakeApi, visit: Visit) -> None:
    visitor = visit()
    forbid_storage(visitor.context)
    page = visitor.page("/elsewhere")
    page.evaluate(FLUSH)
    fake.until(lambda: fake.of("view"))


def forbid_storage(context: BrowserContext) -> None:
    """Let every access to storage throw, as a browser with blocked cookies does."""
    context.add_init_script(
        """for (const name of ["localStorage", "sessionStorage"]) {
          Object.defineProperty(window, name, { get() { throw new Error("denied"); } });
        }"""
    )
