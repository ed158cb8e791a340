"""About these picks: how they come about, and how she asks for her data, on the card itself."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Locator, Page, expect
from starlette.responses import JSONResponse

from tests.browser.fake_api import FakeApi
from tests.browser.visitors import Visitor

Visit = Callable[..., Visitor]


def about(page: Page) -> Locator:
    """Unfold the part and wait for what it tells."""
    page.locator("#about summary").click()
    expect(page.locator(".about-signals").first).to_be_visible()
    return page.locator("#about")


def test_it_tells_what_counts_in_both_languages_and_asks_only_when_it_is_opened(
    fake: FakeApi, visit: Visit
) -> None:
    page = visit().page()
    expect(page.locator("#picks .tile").first).to_be_visible()
    assert fake.told_to == []
    part = about(page)
    assert fake.told_to == ["lin"]
    expect(part.locator(".about-signals").first).to_have_text("你常看的品类60%")
    expect(part.locator(".about-signals").nth(1)).to_have_text("大家看它买它的多少40%上架的时间<1%")
    expect(part).to_contain_text("店主置顶了 2 件，最多 3 件排在最前。5% 的访客")
    expect(part).to_contain_text("可以请店主全部删除")
    page.locator("#language").click()
    expect(part.locator("summary")).to_have_text("About these picks")
    expect(part.locator(".about-signals").first).to_have_text("The categories you turn to60%")
    expect(part).to_contain_text("Ask the seller to erase all of it")
    assert fake.told_to == ["lin"]


def test_by_keyboard_it_opens_and_leads_to_the_switch(visit: Visit) -> None:
    page = visit().page()
    expect(page.locator("#picks .tile").first).to_be_visible()
    page.locator("#about summary").focus()
    page.keyboard.press("Enter")
    expect(page.locator(".about-asks")).to_be_visible()
    page.keyboard.press("Tab")
    expect(page.get_by_role("button", name="去开关个性化推荐")).to_be_focused()
    page.keyboard.press("Enter")
    switch = page.get_by_role("switch", name="个性化推荐")
    expect(switch).to_be_focused()
    expect(switch).to_be_in_viewport()
    page.keyboard.press("Space")
    expect(switch).to_have_attribute("aria-checked", "false")


def test_a_message_to_the_seller_names_the_visitor_as_the_service_knows_her(visit: Visit) -> None:
    page = visit(permissions=["clipboard-read", "clipboard-write"]).page()
    part = about(page)
    number = page.evaluate("JSON.parse(localStorage.getItem('smartcard.visitor'))")
    for name, word in (("要一份我的数据", "给我一份"), ("删除我的数据", "删除")):
        part.get_by_role("button", name=name).click()
        expect(page.locator(".notice")).to_contain_text("已复制")
        message = page.evaluate("navigator.clipboard.readText()")
        assert word in message
        assert message.endswith(number)


def test_where_nothing_can_be_copied_the_message_is_shown(visit: Visit) -> None:
    page = visit().page()
    refuse = "() => { navigator.clipboard.writeText = () => Promise.reject(new Error('no')) }"
    page.evaluate(refuse)
    about(page).get_by_role("button", name="删除我的数据").click()
    shown = page.get_by_label("复制这段话发给店主")
    expect(shown).to_be_focused()
    assert "我的访客编号" in shown.input_value()


def test_when_it_does_not_load_she_can_try_again(fake: FakeApi, visit: Visit) -> None:
    fake.failing["/transparency"] = lambda: JSONResponse({"code": "warming_up"}, 503)
    visitor = visit()
    page = visitor.page()
    page.locator("#about summary").click()
    expect(page.get_by_role("alert")).to_contain_text("没有加载出来")
    fake.failing.clear()
    page.get_by_role("button", name="再试一次").click()
    expect(page.locator(".about-signals").first).to_be_visible()
    visitor.complaints.clear()


@pytest.mark.parametrize("width", [320, 375, 1280])
def test_it_is_no_wider_than_the_screen_and_can_be_hit(visit: Visit, width: int) -> None:
    page = visit(viewport={"width": width, "height": 812}, locale="en").page()
    about(page)
    wide = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
    assert page.evaluate(wide) == 0
    heights = page.locator("#about :is(summary, button)").evaluate_all(
        "all => all.map(one => one.getBoundingClientRect().height)"
    )
    assert len(heights) == 4
    assert min(heights) >= 44
