"""The smart-card page as a visitor meets it; against the fake API (test_card_live: the real)."""

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect
from starlette.responses import JSONResponse

from tests.browser.fake_api import REFERRAL, FakeApi
from tests.browser.shelf import SHELF
from tests.browser.visitors import Visitor, queued

Visit = Callable[..., Visitor]


def picks(page: Page) -> Locator:
    """Return the tiles of the picks."""
    return page.locator("#picks .tile:not(.is-skeleton):not([aria-hidden])")


def products(page: Page) -> Locator:
    """Return the tiles of the shelf."""
    return page.locator("#shelf .tile:not(.is-skeleton)")


def shown(page: Page) -> list[str]:
    """Return the ids of the picks in their order."""
    ids: list[str] = picks(page).evaluate_all("all => all.map(one => one.dataset.item)")
    return ids


def ready(page: Page) -> Page:
    """Wait until picks and shelf are there."""
    expect(picks(page)).to_have_count(6)
    expect(products(page).first).to_be_visible()
    return page


def look_at(page: Page, fake: FakeApi, item_id: str) -> None:
    """Open a product from the shelf, look at it, close it; wait for the picks that follow."""
    asked = len(fake.asked)
    page.locator(f"#shelf [data-item={item_id}] a").click()
    expect(page.locator("#sheet")).to_be_visible()
    page.locator("#sheet").get_by_label("关闭").click()
    expect(page.locator("#sheet")).to_be_hidden()
    fake.until(lambda: any(q["placement"] == "card_home" for q in fake.asked[asked:]))
    expect(page.locator("#picks-list")).not_to_have_attribute("aria-busy", "true")


def test_the_picks_and_their_reasons_change_while_she_browses(fake: FakeApi, visit: Visit) -> None:
    page = ready(visit().page())
    before = shown(page)
    expect(picks(page).first.locator(".reasons")).to_contain_text("店里很多人在看")
    perfumes = [item["item_id"] for item in SHELF if item["category"].startswith("香氛")][:3]
    for item_id in perfumes:
        look_at(page, fake, item_id)
    expect(picks(page).first.locator(".reasons")).to_contain_text("你最近在看香氛")
    # the note goes after a few seconds; who listens to the page has heard the same words
    expect(page.locator("#picks [role=status]")).to_contain_text("之后，换了")
    assert shown(page) != before
    first = page.locator("#picks .tile").first.get_attribute("data-item")
    assert next(i for i in SHELF if i["item_id"] == first)["category"].startswith("香氛")


def test_what_she_does_is_told_in_order_with_the_pick_it_came_from(
    fake: FakeApi, visit: Visit
) -> None:
    page = ready(visit().page())
    chosen = shown(page)[2]
    picks(page).nth(2).locator("a").click()
    sheet = page.locator("#sheet")
    sheet.get_by_label("收藏").click()
    sheet.get_by_role("button", name="加入购物车").click()
    sheet.get_by_role("button", name="立即购买").click()
    sheet.get_by_role("button", name="不感兴趣").click()
    expect(sheet).to_be_hidden()
    fake.until(lambda: fake.of("not_interested") and fake.of("dwell"))
    acts = [e for e in fake.events if e.get("item_id") == chosen and e["kind"] != "impression"]
    order = ["click", "view", "favorite", "cart", "purchase", "not_interested", "dwell"]
    assert [event["kind"] for event in acts] == order
    assert {(e["recommendation_id"], e["position"]) for e in acts} == {("rec_1", 3)}
    assert acts[4]["price"] == next(i for i in SHELF if i["item_id"] == chosen)["price"]
    fake.until(lambda: chosen in fake.asked[-1]["exclude_ids"])


def test_the_language_follows_the_browser_and_a_choice_is_remembered(
    fake: FakeApi, visit: Visit
) -> None:
    visitor = visit(locale="en-GB")
    page = ready(visitor.page())
    expect(page.locator("h1")).to_have_text("Xiaoman's Skincare Corner")
    expect(picks(page).first.locator(".reasons")).to_contain_text("Popular in this shop")
    assert fake.asked[-1]["context"]["locale"] == "en"
    page.locator("#language").click()
    expect(page.locator("h1")).to_have_text("小满的护肤小铺")
    expect(picks(page).first.locator(".reasons")).to_contain_text("店里很多人在看")
    expect(page.locator("html")).to_have_attribute("lang", "zh-CN")
    page.reload()
    expect(page.locator("h1")).to_have_text("小满的护肤小铺")


def test_the_whole_page_can_be_walked_by_keyboard(visit: Visit) -> None:
    page = ready(visit(reduced_motion="reduce").page())
    page.keyboard.press("Tab")
    expect(page.locator("#skip")).to_be_focused()
    for name in ("#language", "#share"):
        page.keyboard.press("Tab")
        expect(page.locator(name)).to_be_focused()
    page.locator("#picks [role=switch]").focus()
    page.keyboard.press("Tab")
    first = picks(page).first.locator("a")
    expect(first).to_be_focused()
    page.keyboard.press("Enter")
    sheet = page.locator("#sheet")
    expect(sheet).to_be_visible()
    for _ in range(30):
        page.keyboard.press("Tab")
        assert page.evaluate(
            "document.activeElement === document.body || "
            "document.getElementById('sheet').contains(document.activeElement)"
        )
    page.keyboard.press("Escape")
    expect(sheet).to_be_hidden()
    expect(first).to_be_focused()


def test_chips_are_one_stop_of_the_keyboard_and_arrows_choose(visit: Visit) -> None:
    page = ready(visit().page())
    page.locator(".chip input").first.focus()
    page.keyboard.press("ArrowRight")
    expect(page.locator(".chip input").nth(1)).to_be_checked()
    expect(page.locator(".result")).to_have_text("5 件商品")


def test_everything_that_can_be_pressed_has_a_name(visit: Visit) -> None:
    page = ready(visit().page())
    picks(page).first.locator("a").click()
    expect(page.locator("#sheet .strip .tile").first).to_be_visible()
    nameless = page.evaluate(
        """() => [...document.querySelectorAll("button, a, input, select, dialog")]
          .filter(one => one.checkVisibility())
          .filter(one => !(one.textContent.trim() || one.getAttribute("aria-label")
            || one.labels?.[0]?.textContent.trim() || one.hasAttribute("aria-labelledby")))
          .map(one => one.outerHTML)"""
    )
    assert nameless == []


@pytest.mark.parametrize("width", [320, 375, 768, 1280])
def test_nothing_is_wider_than_the_screen_in_either_language(visit: Visit, width: int) -> None:
    page = visit(viewport={"width": width, "height": 800}).page()
    too_wide = """() => [document.documentElement, document.querySelector(".sheet-scroll")]
      .map(one => one ? one.scrollWidth - one.clientWidth : 0)"""
    for greeting in ("为你挑选", "Picked for you"):
        expect(page.locator("#picks h2")).to_have_text(greeting)
        expect(picks(page).first).to_be_visible()
        picks(page).first.locator("a").click()
        expect(page.locator("#sheet .strip .tile").first).to_be_visible()
        assert page.evaluate(too_wide) == [0, 0]
        page.keyboard.press("Escape")
        expect(page.locator("#sheet")).to_be_hidden()
        page.locator("#language").click()


def test_search_chips_and_order_find_products(visit: Visit) -> None:
    page = ready(visit().page())
    page.get_by_label("搜索商品").fill("玫瑰 口红")
    expect(page.locator(".result")).to_have_text("1 件商品")
    expect(products(page)).to_contain_text("玫瑰口红")
    page.get_by_label("搜索商品").fill("ROSE")
    expect(page.locator(".result")).to_have_text("6 件商品")
    page.get_by_label("搜索商品").fill("没有这种东西")
    page.get_by_role("button", name="看全部商品").click()
    expect(page.locator(".result")).to_have_text("30 件商品")
    page.get_by_label("排序").select_option("sortDown")
    expect(products(page).first).to_contain_text(f"¥{max(i['price'] or 0 for i in SHELF):.0f}")
    products(page).nth(23).scroll_into_view_if_needed()  # more come before the end is reached
    expect(products(page)).to_have_count(30)
    expect(products(page).last).to_contain_text("价格请咨询")


def test_a_product_has_an_address_and_the_back_button_closes_it(visit: Visit) -> None:
    visitor = visit()
    page = visitor.page("/cards/lin?item=p05")
    sheet = page.locator("#sheet")
    expect(sheet.locator("h2")).to_have_text(SHELF[5]["title"])
    expect(sheet).to_contain_text("仅剩 2 件")
    page.go_back()
    expect(sheet).to_be_hidden()
    assert page.url == visitor.address + "/cards/lin"
    page.go_forward()
    expect(sheet.locator("h2")).to_have_text(SHELF[5]["title"])


def test_a_product_that_is_opened_while_another_is_closing_stays_open(visit: Visit) -> None:
    visitor = visit()
    page = visitor.page("/cards/lin?item=p05")
    sheet = page.locator("#sheet")
    expect(sheet.locator("h2")).to_have_text(SHELF[5]["title"])
    expect(picks(page).first).to_be_attached()
    page.evaluate("""() => {  // both before the step back is taken
      document.querySelector("#sheet").dispatchEvent(new Event("cancel", { cancelable: true }));
      document.querySelector("#picks a").click();
    }""")
    expect(sheet.locator("h2")).not_to_have_text(SHELF[5]["title"])
    expect(sheet.locator(".strip .tile").first).to_be_visible()
    page.go_back()
    expect(sheet).to_be_hidden()
    assert page.url == visitor.address + "/cards/lin"


def test_what_is_sold_out_cannot_be_bought(visit: Visit) -> None:
    page = visit().page("/cards/lin?item=p03")
    expect(page.locator("#sheet").get_by_role("button", name="立即购买")).to_be_disabled()
    expect(page.locator("#shelf [data-item=p03]")).to_contain_text("暂时缺货")


def test_who_comes_by_a_share_says_so_and_her_own_link_names_her_by_a_code(
    fake: FakeApi, visit: Visit
) -> None:
    visitor = visit(permissions=["clipboard-read", "clipboard-write"])
    page = ready(visitor.page("/cards/lin?share=s-1&from=friend-9&channel=moments"))
    expect(page.locator("#hero")).to_contain_text("朋友分享给你的名片")
    assert page.url == visitor.address + "/cards/lin"
    share = {"share_id": "s-1", "from_visitor_id": "friend-9", "channel": "moments"}
    fake.until(lambda: fake.of("open"))
    assert fake.of("open")[0]["share"] == share
    assert fake.asked[0]["placement"] == "share_landing"
    assert fake.asked[0]["context"]["share_id"] == "s-1"
    page.locator("#share").click()
    expect(page.locator(".notice")).to_contain_text("链接已复制")
    link = page.evaluate("navigator.clipboard.readText()")
    fake.until(lambda: fake.of("share"))
    (event,) = fake.of("share")
    assert event["share"]["channel"] == "link"
    share_id = event["share"]["share_id"]
    assert link.endswith(f"/cards/lin?share={share_id}&from={REFERRAL}&channel=link")
    assert event["visitor_id"] not in link


def test_a_link_of_one_who_is_not_followed_names_nobody(fake: FakeApi, visit: Visit) -> None:
    page = ready(visit(permissions=["clipboard-read", "clipboard-write"]).page())
    page.get_by_role("switch", name="个性化推荐").click()
    page.locator("#share").click()
    fake.until(lambda: fake.of("share"))
    (event,) = fake.of("share")
    link = page.evaluate("navigator.clipboard.readText()")
    assert link.endswith(f"/cards/lin?share={event['share']['share_id']}&channel=link")


def test_personal_picks_can_be_switched_off_and_stay_off(fake: FakeApi, visit: Visit) -> None:
    page = ready(visit().page())
    page.get_by_role("switch", name="个性化推荐").click()
    fake.until(lambda: fake.asked[-1]["personalization"] == "off")
    assert fake.of("consent")[0]["personalization"] == "off"
    expect(page.locator("#picks .section-note")).to_have_text("个性化已关闭，不参考你的浏览")
    page.reload()
    ready(page)
    assert fake.asked[-1]["personalization"] == "off"
    expect(page.get_by_role("switch")).to_have_attribute("aria-checked", "false")


def test_when_picks_fail_the_shop_shows_its_own_order(fake: FakeApi, visit: Visit) -> None:
    fake.failing["/recommend"] = lambda: JSONResponse({"code": "warming_up"}, 503)
    visitor = visit()
    page = ready(visitor.page())
    assert shown(page) == [item["item_id"] for item in SHELF[:6]]
    expect(page.locator("#picks .section-note")).to_contain_text("先看店主的排列")
    visitor.complaints.clear()


def test_when_the_card_fails_she_can_try_again(fake: FakeApi, visit: Visit) -> None:
    fake.failing["/sellers/lin/shelf"] = lambda: JSONResponse({"code": "warming_up"}, 503)
    visitor = visit()
    page = visitor.page()
    expect(page.get_by_role("alert")).to_contain_text("没有加载出来")
    fake.failing.clear()
    page.get_by_role("button", name="再试一次").click()
    ready(page)
    visitor.complaints.clear()


def test_offline_she_goes_on_browsing_and_nothing_she_did_is_lost(
    fake: FakeApi, visit: Visit
) -> None:
    visitor = visit()
    page = ready(visitor.page())
    before = shown(page)
    visitor.context.set_offline(True)
    expect(page.locator("#offline")).to_be_visible()
    page.locator("#shelf [data-item=p09] a").click()
    expect(page.locator("#sheet h2")).to_have_text(SHELF[9]["title"])
    page.keyboard.press("Escape")
    expect(page.locator("#sheet")).to_be_hidden()
    assert shown(page) == before
    assert "p09" in [event.get("item_id") for event in queued(page)]
    visitor.context.set_offline(False)
    expect(page.locator("#offline")).to_be_hidden()
    fake.until(lambda: "p09" in [event["item_id"] for event in fake.of("view")])
    visitor.complaints[:] = [said for said in visitor.complaints if "ERR_INTERNET" not in said]


def test_a_catalogue_cannot_put_markup_or_scripts_on_the_page(fake: FakeApi, visit: Visit) -> None:
    evil = "<img src=x onerror=document.title='owned'><script>document.title='owned'</script>"
    fake.shelf[0] |= {"title": evil, "brand": evil, "description": evil, "image": "//evil.test/x"}
    visitor = visit()
    page = ready(visitor.page("/cards/lin?item=p00"))
    expect(page.locator("#sheet h2")).to_have_text(evil)
    assert "owned" not in page.title()


def test_a_shelf_of_one_product_and_an_empty_one_are_pages_too(fake: FakeApi, visit: Visit) -> None:
    fake.shelf = fake.shelf[:1]
    page = visit().page()
    expect(picks(page)).to_have_count(1)
    fake.shelf = []
    page.reload()
    expect(page.locator("#picks .section-note")).to_contain_text("货架还是空的")
    expect(page.locator("h1")).to_be_visible()


def test_nothing_moves_for_who_asked_for_stillness(fake: FakeApi, visit: Visit) -> None:
    page = ready(visit(reduced_motion="reduce").page())
    page.evaluate("() => { Element.prototype.animate = () => { throw new Error('moves') } }")
    for item in SHELF[4:6]:
        look_at(page, fake, item["item_id"])


def test_an_unknown_seller_is_a_problem_document(visit: Visit) -> None:
    visitor = visit()
    answer: Any = visitor.context.request.get(visitor.address + "/cards/nobody")
    assert (answer.status, answer.json()["code"]) == (404, "not_found")


def test_the_page_allows_nothing_but_its_own_files(visit: Visit) -> None:
    visitor = visit()
    headers = visitor.context.request.get(visitor.address + "/cards/lin").headers
    policy = headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "script-src 'self'" in policy
    assert "unsafe" not in policy
