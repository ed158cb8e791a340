"""Pictures come from where the operator allows; a page without one, or with a broken one, draws."""

from __future__ import annotations

import base64
import re

import pytest
from playwright.sync_api import Browser, Page, Request, Route, expect

from tests.browser.fake_api import FakeApi, make_app
from tests.browser.servers import serving
from tests.browser.visitors import Visitor

ELSEWHERE = "https://pictures.example.com"
DOT = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)


class Host:
    """Stand for a host of pictures: one it has, any other it has not; `asked` is what came."""

    def __init__(self, page: Page) -> None:
        self.asked: list[Request] = []
        page.context.route(f"{ELSEWHERE}/**", self._answer)

    def _answer(self, route: Route) -> None:
        self.asked.append(route.request)
        if route.request.url.endswith("/there.png"):
            route.fulfill(body=DOT, content_type="image/png")
        else:
            route.fulfill(status=404)


@pytest.mark.parametrize("allowed", [True, False])
def test_a_picture_is_loaded_from_an_allowed_host_alone_and_drawn_where_it_fails(
    chromium: Browser, allowed: bool
) -> None:
    fake = FakeApi()
    fake.pictures = (ELSEWHERE,) if allowed else ()
    fake.shelf[0]["image"] = f"{ELSEWHERE}/there.png"
    fake.shelf[1]["image"] = f"{ELSEWHERE}/gone.png"
    first, second = (item["item_id"] for item in fake.shelf[:2])
    with serving(make_app(fake)) as address:
        visitor = Visitor(chromium, address)
        page = visitor.context.new_page()
        host = Host(page)
        page.goto(f"{address}/cards/lin")
        shown = page.locator(f"#shelf [data-item={first}] img")
        missed = page.locator(f"#shelf [data-item={second}] img")
        shown.scroll_into_view_if_needed()
        expect(missed).to_have_attribute("src", _drawn())
        if allowed:
            expect(shown).to_have_attribute("src", f"{ELSEWHERE}/there.png")
            expect(shown).to_have_js_property("naturalWidth", 1)
            assert {request.url for request in host.asked} >= {f"{ELSEWHERE}/there.png"}
            assert not any("referer" in request.headers for request in host.asked)
        else:
            expect(shown).to_have_attribute("src", _drawn())
            assert host.asked == []
            assert visitor.complaints == []
        visitor.context.close()


def _drawn() -> re.Pattern[str]:
    return re.compile("^data:image/svg")
