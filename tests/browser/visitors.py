"""A visitor with a real browser: opens pages, hides them, and notices what the console says."""

from __future__ import annotations

from typing import Any

from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, Request

PHONE = {"width": 375, "height": 812}

_VISIBILITY = """state => {
  Object.defineProperty(document, "visibilityState", { configurable: true, get: () => state });
  document.dispatchEvent(new Event("visibilitychange"));
}"""


class Visitor:
    """Hold one browser profile; `complaints` are errors of pages, `strays` requests elsewhere.

    Its time goes on from `at` (epoch ms) where that is given.
    """

    def __init__(
        self, browser: Browser, address: str, at: int | None = None, **options: Any
    ) -> None:
        self.address = address
        options = {"viewport": PHONE, "locale": "zh-CN", **options}
        self.context: BrowserContext = browser.new_context(**options)
        if at is not None:
            self.context.clock.install(time=at / 1_000)
        self.complaints: list[str] = []
        self.strays: list[str] = []
        self.context.on("console", self._heard)
        self.context.on("weberror", lambda error: self.complaints.append(str(error.error)))
        self.context.on("request", self._asked)

    def page(self, path: str = "/cards/lin", *, clock: bool = False) -> Page:
        """Open a page; with `clock` its time stands still until the test lets it pass."""
        page = self.context.new_page()
        if clock:
            page.clock.install(time=1_790_000_000)
            page.clock.pause_at(1_790_000_001)
        page.goto(self.address + path)
        return page

    def _heard(self, message: ConsoleMessage) -> None:
        if message.type in {"error", "warning"}:
            self.complaints.append(message.text)

    def _asked(self, request: Request) -> None:
        if not request.url.startswith((self.address, "data:", "about:")):
            self.strays.append(request.url)


def pass_time(page: Page, seconds: int, step: int = 5) -> None:
    """Let a standing clock pass in steps, each of which waits until what was sent is answered.

    A jump would also be one for the requests under way, which give up after fifteen seconds.
    """
    for _ in range(seconds // step):
        page.clock.run_for(step * 1_000)
        page.evaluate("window.smartcard.flush()")
    page.clock.run_for(seconds % step * 1_000)


def hide(page: Page) -> None:
    """Let the page believe that the visitor looks at another tab."""
    page.evaluate(_VISIBILITY, "hidden")


def show(page: Page) -> None:
    """Let the page believe that the visitor came back to it."""
    page.evaluate(_VISIBILITY, "visible")


def queued(page: Page) -> list[dict[str, Any]]:
    """Return the events that the SDK keeps in the browser."""
    kept: list[dict[str, Any]] = page.evaluate(
        """() => Object.keys(localStorage).filter(key => key.startsWith("smartcard.event.")).sort()
          .map(key => JSON.parse(localStorage.getItem(key)))"""
    )
    return kept
