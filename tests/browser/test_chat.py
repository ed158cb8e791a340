"""Questions on the card: asked by keyboard, answered with a source, handed over, and replied to."""

from __future__ import annotations

from collections.abc import Callable

from playwright.sync_api import Page, expect

from tests.browser.fake_api import FakeApi
from tests.browser.visitors import Visitor


def ask(page: Page, question: str) -> None:
    page.locator("#chat-field").fill(question)
    page.locator("#chat-field").press("Enter")


def test_a_question_is_answered_with_its_source_and_a_pick(
    visit: Callable[..., Visitor], fake: FakeApi
) -> None:
    page = visit().page()
    ask(page, "哪个色号适合黄皮？")
    answer = page.locator(".chat-bubble.is-theirs").last
    expect(answer).to_contain_text("可以看看这一支")
    expect(answer.locator(".chat-source")).to_contain_text("依据商品信息")
    assert fake.questions[0]["question"] == "哪个色号适合黄皮？"
    assert fake.questions[0]["conversation_id"]
    answer.locator(".tile-link").click()
    expect(page.locator("#sheet")).to_be_visible()
    fake.until(lambda: fake.of("click"))
    assert fake.of("click")[0]["answer_id"] == "ans_1"


def test_a_long_conversation_is_scrolled_through_and_no_answer_is_cut(
    visit: Callable[..., Visitor],
) -> None:
    page = visit().page()
    for number in range(1, 6):
        ask(page, f"第 {number} 次问哪个色号适合黄皮？")
        expect(page.locator(".chat-bubble .chat-rating")).to_have_count(number)
    cut = "all => all.filter(one => one.scrollHeight > one.clientHeight + 1).length"
    assert page.locator(".chat-bubble").evaluate_all(cut) == 0
    log = page.locator(".chat-log")
    assert log.evaluate("one => one.scrollHeight > one.clientHeight + 200")
    expect(page.locator(".chat-bubble .chat-rating").last).to_be_in_viewport()


def test_what_may_have_been_meant_is_asked_by_a_press(visit: Callable[..., Visitor]) -> None:
    page = visit().page()
    ask(page, "快递")
    page.locator(".chat-bubble .chat-chip").first.press("Enter")
    expect(page.locator(".chat-bubble.is-mine").last).to_contain_text("发什么快递？")


def test_a_suggested_question_asks_itself(visit: Callable[..., Visitor], fake: FakeApi) -> None:
    page = visit().page()
    page.locator("#chat > .chat-chips .chat-chip").first.click()
    expect(page.locator(".chat-bubble.is-theirs").last).to_contain_text("可以看看")
    assert fake.questions[0]["question"] == "哪个色号适合黄皮？"


def test_an_answer_is_rated_once(visit: Callable[..., Visitor], fake: FakeApi) -> None:
    page = visit().page()
    ask(page, "色号")
    page.get_by_role("button", name="没有", exact=True).click()
    expect(page.locator(".chat-rating")).to_contain_text("谢谢")
    fake.until(lambda: fake.of("answer_rated"))
    (rated,) = fake.of("answer_rated")
    assert (rated["answer_id"], rated["value"]) == ("ans_1", -1)


def test_a_reply_reaches_the_visitor_when_she_comes_back(
    visit: Callable[..., Visitor], fake: FakeApi
) -> None:
    visitor = visit()
    page = visitor.page()
    ask(page, "有五公斤装吗")
    expect(page.locator(".chat-source.is-waiting")).to_contain_text("已转给店主")
    fake.replies["ans_1"] = "有的，下周到货。"
    page.reload()
    expect(page.locator(".chat-bubble.is-theirs").last).to_contain_text("有的，下周到货。")
    expect(page.locator(".chat-source").last).to_contain_text("店主本人的回复")


def test_a_failed_question_can_be_asked_again(visit: Callable[..., Visitor], fake: FakeApi) -> None:
    from fastapi.responses import JSONResponse

    fake.failing["/answer"] = lambda: JSONResponse({"code": "warming_up"}, 503)
    visitor = visit()
    page = visitor.page()
    ask(page, "色号")
    expect(page.locator(".chat-bubble [role=alert]")).to_be_visible()
    fake.failing.clear()
    page.locator(".chat-bubble .button").click()
    expect(page.locator(".chat-bubble.is-theirs").last).to_contain_text("可以看看")
    visitor.complaints.clear()  # the browser tells of the 503, as it should


def test_text_of_an_answer_is_text(visit: Callable[..., Visitor], fake: FakeApi) -> None:
    page = visit().page()
    ask(page, "<img src=x onerror=alert(1)>")
    expect(page.locator(".chat-bubble.is-mine")).to_contain_text("<img src=x")
    expect(page.locator(".chat-bubble.is-theirs").last).to_contain_text("已经转给店主")
    assert page.locator(".chat-bubble img").count() == 0
    assert [question["question"] for question in fake.questions] == ["<img src=x onerror=alert(1)>"]


def test_the_conversation_is_told_to_a_screen_reader(visit: Callable[..., Visitor]) -> None:
    page = visit().page()
    log = page.get_by_role("log")
    assert log.get_attribute("aria-live") == "polite"
    ask(page, "色号")
    expect(page.locator(".chat-bubble.is-theirs .unseen").last).to_have_text("店里：")
    assert page.get_by_label("想问什么？比如：哪个色号适合黄皮").is_visible()
