"""The seller's dashboard against the real service: from an empty shelf to picks that she moved."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import Any

import httpx2
import pytest
from playwright.sync_api import Browser, Page, expect

from data.schemas import key64
from service.app import create_app
from service.keys import Keyring, Scope
from service.live import Live
from service.settings import ServiceSettings
from tests.browser.servers import serving
from tests.browser.visitors import Visitor

MADE = "2026-01-01T00:00:00Z"
ROOMS = ("today", "trend", "products", "visitors", "questions", "shelf", "data")
ITEMS = [
    {
        "item_id": f"i{n}",
        "title": f"精华 {n}",
        "title_en": f"Serum {n}",
        "category": "精华 / Serum",
        "price": 50.0 + n,
    }
    for n in range(1, 7)
]
WIDE = {"width": 1280, "height": 860}


@dataclass(frozen=True)
class Shop:
    """Hold a running service, its seller's key, and a way to call it as an operator."""

    address: str
    key: str
    api: httpx2.Client

    def send(self, *events: dict[str, Any]) -> None:
        now = int(time.time() * 1000)
        rows = [
            {"event_id": f"e{now}-{n}-{time.monotonic_ns()}", "seller_id": "s", "at": now, **event}
            for n, event in enumerate(events)
        ]
        self.api.post("/events", json=rows).raise_for_status()

    def ask(self, question: str) -> dict[str, Any]:
        body = {"seller_id": "s", "visitor_id": "asker", "question": question}
        return dict(self.api.post("/answer", json=body).raise_for_status().json())

    def picks(self) -> list[str]:
        ask = {"seller_id": "s", "visitor_id": "fresh", "count": 6, "dry_run": True}
        return [one["item_id"] for one in self.api.post("/recommend", json=ask).json()["items"]]


@contextmanager
def open_shop(home: Path) -> Iterator[Shop]:
    keyring = Keyring(home / "keys.json")
    admin = keyring.create(Scope.ADMIN, "", MADE)
    key = keyring.create(Scope.SELLER, "s", MADE)
    ready, ids = threading.Event(), count()

    def numbered(seller_id: str) -> str:
        return f"rec_{key64('seller', seller_id):016x}{next(ids):016x}"

    def started(live: Live) -> None:
        # one slot in fifty is given to exploration, by the list's id: here always the same ones
        live.names.recommendation_id = numbered  # type: ignore[method-assign]
        ready.set()

    settings = ServiceSettings(home=home, poll_seconds=3600, encoders=())
    app = create_app(settings, on_ready=started)
    with (
        serving(app) as address,
        httpx2.Client(base_url=address, headers={"authorization": f"Bearer {admin}"}) as api,
    ):
        assert ready.wait(60), "the service did not get ready"
        api.put("/suppliers/sup/items", json=ITEMS).raise_for_status()
        api.put("/sellers/s/card", json={"name": "小美", "name_en": "Mei"}).raise_for_status()
        yield Shop(address, key, api)


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[Shop]:
    """Run a service whose seller has a card and nothing on her shelf."""
    with open_shop(tmp_path) as running:
        yield running


@pytest.fixture
def come(chromium: Browser, shop: Shop) -> Iterator[Callable[..., Visitor]]:
    """Let the seller come; afterwards no page may have complained or asked another site."""
    sellers: list[Visitor] = []

    def seller(**options: Any) -> Visitor:
        sellers.append(Visitor(chromium, shop.address, **options))
        return sellers[-1]

    yield seller
    for one in sellers:
        one.context.close()
        heard = [said for said in one.complaints if "Failed to load resource" not in said]
        assert (heard, one.strays) == ([], [])


def signed_in(visitor: Visitor, key: str) -> Page:
    page = visitor.page("/sellers/s/dashboard")
    page.locator("[name=key]").fill(key)
    page.locator(".sign-in button").click()
    expect(page.locator("main[data-room=today] .stage")).to_be_visible()
    return page


def go(page: Page, room: str) -> None:
    """Open a room, or draw it anew where it is open."""
    if page.evaluate("location.hash") == f"#{room}":
        page.reload()
    else:
        page.locator(f".rooms a[href='#{room}']").click()
    expect(page.locator(f"main[data-room={room}]:not([aria-busy])")).to_be_visible()


@pytest.mark.parametrize(
    ("did", "told"),
    [
        ({"kind": "purchase", "visitor_id": "v", "item_id": "i2", "price": 52.0}, "¥52"),
        ({"kind": "view", "visitor_id": "v", "item_id": "i2"}, "¥0"),
    ],
)
def test_who_came_without_opening_the_card_has_been_here_too(
    shop: Shop, come: Callable[..., Visitor], did: dict[str, Any], told: str
) -> None:
    shop.send(did)
    page = signed_in(come(), shop.key)
    expect(page.locator("[data-metric=visitors] b")).to_have_text("1")
    expect(page.locator("[data-metric=revenue] b")).to_have_text(told)
    expect(page.locator(".funnel")).to_be_visible()
    expect(page.get_by_text("还没有人来过")).to_have_count(0)


def test_from_an_empty_shelf_to_numbers_and_a_pin_that_moves_the_picks(
    shop: Shop, come: Callable[..., Visitor]
) -> None:
    page = signed_in(come(), shop.key)
    expect(page.locator(".empty-line").first).to_have_text("还没有人来过")

    go(page, "shelf")
    expect(page.locator(".empty-line")).to_have_text("货架还是空的")
    page.locator("[name=items]").fill(" ".join(item["item_id"] for item in ITEMS))  # type: ignore[misc]
    page.locator(".adder button").click()
    expect(page.locator(".good")).to_have_count(6)
    assert shop.picks()[0] == "i1", "the seller's own order, as nobody has been here"

    for n in range(3):
        shop.send(
            {"kind": "open", "visitor_id": f"v{n}"},
            {"kind": "view", "visitor_id": f"v{n}", "item_id": "i2"},
            {"kind": "dwell", "visitor_id": f"v{n}", "item_id": "i2", "duration_ms": 12_000},
            {"kind": "purchase", "visitor_id": f"v{n}", "item_id": "i2", "price": 52.0},
        )
    go(page, "today")
    expect(page.locator("[data-metric=opens] b")).to_have_text("3")
    expect(page.locator("[data-metric=revenue] b")).to_have_text("¥156")
    expect(page.locator(".chart-line svg .line")).to_be_visible()
    expect(page.locator(".funnel b").nth(3)).to_have_text("3")

    go(page, "visitors")
    expect(page.locator(".person")).to_have_count(3)
    expect(page.locator(".person .looked").first).to_contain_text("精华 2")
    assert "v0" not in page.locator("main").inner_text()

    asked = shop.ask("可以开增值税专用发票吗")
    assert asked["status"] == "handed_off"
    go(page, "questions")
    question = page.locator(f".question[data-question='{asked['answer_id']}']")
    question.locator("textarea").fill("可以，下单时备注税号。")
    question.locator("[type=submit]").click()
    expect(question.locator(".replied")).to_have_text("可以，下单时备注税号。")
    assert shop.ask("可以开增值税专用发票吗")["status"] != "answered", "she has not approved it"
    page.locator(".proposal [data-act=approve]").click()
    expect(page.locator(".proposal")).to_have_count(0)
    again = shop.ask("可以开增值税专用发票吗")
    assert (again["status"], again["answer"]) == ("answered", "可以，下单时备注税号。")

    go(page, "products")
    expect(page.locator(".good").first).to_have_attribute("data-item", "i2")
    assert shop.picks()[0] == "i2"
    page.locator(".good[data-item=i5] [data-act=pin]").click()
    expect(page.locator(".good[data-item=i5] [data-act=unpin]")).to_be_visible()
    assert shop.picks()[0] == "i5", "the next answer follows her"


def test_what_was_masked_in_her_reply_is_told(shop: Shop, come: Callable[..., Visitor]) -> None:
    asked = shop.ask("可以开增值税专用发票吗")
    page = signed_in(come(), shop.key)
    go(page, "questions")
    question = page.locator(f".question[data-question='{asked['answer_id']}']")
    question.locator("textarea").fill("请打 13800138000。")
    question.locator("[type=submit]").click()
    told = "个人信息不会保存，访客看到的是“[phone]”。"
    expect(page.locator("#toast")).to_have_text(f"已回复 {told}")
    expect(page.locator(".proposal .trouble")).to_contain_text(told)


def test_what_fails_is_told_and_tried_again(shop: Shop, come: Callable[..., Visitor]) -> None:
    shop.api.put("/sellers/s/shelf", json=[{"item_id": "i1"}]).raise_for_status()
    visitor = come()
    page = signed_in(visitor, shop.key)
    toast = page.locator("#toast")

    go(page, "products")
    page.route("**/sellers/s/shelf", lambda route: route.abort())
    page.locator("[data-act=pin]").click()
    expect(toast).to_contain_text("没有成功：连不上服务")
    expect(page.locator("[data-act=pin]")).to_be_enabled()
    page.unroute("**/sellers/s/shelf")
    toast.locator("[data-act=retry]").click()
    expect(page.locator("[data-act=unpin]")).to_be_visible()
    expect(toast).to_have_text("已置顶，下一位访客马上看到")

    page.route("**/sellers/s/metrics**", lambda route: route.fulfill(status=503, json={}))
    page.locator(".rooms a[href='#data']").click()
    expect(page.locator("[role=alert]")).to_contain_text("服务暂时没有反应")
    page.unroute("**/sellers/s/metrics**")
    page.locator("main [data-act=retry]").click()
    expect(page.locator(".meters li").first).to_be_visible()

    page.route("**/sellers/s/keys", lambda route: route.fulfill(status=503, json={}))
    page.locator("[data-act=new-page-key]").click()
    expect(toast).to_contain_text("没有成功")
    page.unroute("**/sellers/s/keys")
    toast.locator("[data-act=retry]").click()
    expect(page.locator(".fresh-key code")).to_contain_text("pk_")

    go(page, "shelf")
    page.locator("summary", has_text="放上商品").click()
    page.locator("[name=items]").fill("i2 nothing")
    page.locator(".adder button").click()
    expect(page.locator(".adder .trouble")).to_contain_text("nothing: no supplier")
    page.route("**/sellers/s/session", lambda route: route.abort())
    page.locator("#sign-out").click()
    expect(toast).to_contain_text("没有成功")
    page.unroute("**/sellers/s/session")
    toast.locator("[data-act=retry]").click()
    expect(page.locator(".sign-in")).to_be_visible()


def test_a_price_and_an_offer_are_set_in_the_dialog_and_show_on_the_card(
    shop: Shop, come: Callable[..., Visitor]
) -> None:
    shop.api.put("/sellers/s/shelf", json=[{"item_id": "i1", "stock": 9}]).raise_for_status()
    page = signed_in(come(), shop.key)
    go(page, "shelf")
    page.locator("[data-act=edit]").click()
    fields = page.locator("#dialog .fields").first.locator("input")
    fields.nth(0).fill("48")
    page.locator("[data-act=add-offer]").click()
    page.locator("#dialog [name=price]").fill("39.9")
    page.locator("#dialog [name=label]").fill("双十一")
    page.locator("#dialog [type=submit]").click()
    expect(page.locator(".good .price")).to_have_text("¥39.9")
    expect(page.locator(".badge.is-offer")).to_have_text("双十一")
    (item,) = shop.api.get("/sellers/s/shelf").json()["items"]
    assert (item["price"], item["usual_price"], item["stock"]) == (39.9, 48.0, 9)
    page.locator("[data-act=edit]").click()
    page.locator("[data-act=take-down]").click()
    expect(page.locator(".empty-line")).to_have_text("货架还是空的")


def test_a_wrong_key_is_told_and_signing_out_closes_the_dashboard(
    shop: Shop, come: Callable[..., Visitor]
) -> None:
    visitor = come()
    page = visitor.page("/sellers/s/dashboard")
    page.locator("[name=key]").fill("sk_00000000_wrong")
    page.locator(".sign-in button").click()
    expect(page.locator(".sign-in .trouble")).to_have_text("这个密钥打不开这个面板")
    page.locator("[name=key]").fill(shop.key)
    page.locator(".sign-in button").click()
    expect(page.locator("main[data-room=today]")).to_be_visible()
    assert shop.key not in str(
        page.evaluate("JSON.stringify({...localStorage, ...sessionStorage})")
    )
    assert page.evaluate("document.cookie") == ""
    page.reload()
    expect(page.locator("main[data-room=today]")).to_be_visible()
    page.locator("#sign-out").click()
    expect(page.locator(".sign-in")).to_be_visible()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("size", ["phone", "wide"])
def test_every_room_fits_its_screen_and_draws_its_pictures(
    shop: Shop, come: Callable[..., Visitor], size: str, scheme: str
) -> None:
    shop.api.put("/sellers/s/shelf", json=[{"item_id": f"i{n}"} for n in range(1, 7)])
    shop.send(*[{"kind": "open", "visitor_id": f"v{n % 9}"} for n in range(40)])
    shop.send(*[{"kind": "view", "visitor_id": f"v{n}", "item_id": "i1"} for n in range(9)])
    options: dict[str, Any] = {"color_scheme": scheme, "locale": "en-GB"}
    page = signed_in(come(**options, **({"viewport": WIDE} if size == "wide" else {})), shop.key)
    drawn = {"today": ".chart-line path", "trend": ".chart-week rect", "data": ".meter-track i"}
    for room in ROOMS:
        if room != "today":
            go(page, room)
        if room in drawn:
            expect(page.locator(drawn[room]).first).to_be_visible()
        wide = page.evaluate("document.documentElement.scrollWidth - innerWidth")
        assert wide <= 0, f"{room} is {wide} pixels too wide"
        text = page.locator("main").inner_text()
        assert "[object" not in text
        assert "undefined" not in text
        assert not any("一" <= letter <= "鿿" for letter in text.replace("精华", "")), room


def test_the_other_language_and_another_range_are_a_tap_away(
    shop: Shop, come: Callable[..., Visitor]
) -> None:
    shop.send({"kind": "open", "visitor_id": "v"})
    page = signed_in(come(), shop.key)
    go(page, "trend")
    with page.expect_response(lambda reply: "days=7" in reply.url):
        page.locator(".chooser button", has_text="7 天").click()
    page.locator("#language").click()
    expect(page.locator(".rooms a[aria-current]")).to_have_text("Trend")
    expect(page.locator(".download")).to_have_attribute(
        "href", "/sellers/s/metrics/opens?days=7&format=csv"
    )
