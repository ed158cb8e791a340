"""Courtesies are returned, and nothing that asks for anything is taken for one."""

from __future__ import annotations

import pytest

from data.knowledge import Faq, Question
from data.schemas import Kind
from models.answers.assistant import Assistant
from models.answers.courtesy import courtesy
from models.answers.judge import Judge
from models.answers.record import SAID, Ask
from models.answers.vectors import Vectors
from models.language import plain
from tests.quality.gold import shops
from tests.streams import NOW, Stream


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("你好", "greeting"),
        ("您好，在吗？", "greeting"),
        ("在嗎", "greeting"),
        ("亲，在不在呀~", "greeting"),
        ("老板在吗", "greeting"),
        ("有人吗？", "greeting"),
        ("Hi there!", "greeting"),
        ("hello?", "greeting"),
        ("is anyone there", "greeting"),
        ("早上好😊", "greeting"),
        ("你是机器人吗？", "assistant"),
        ("你是真人还是机器人", "assistant"),
        ("你叫什么名字呀", "assistant"),
        ("Are you a human?", "assistant"),
        ("am I talking to a bot or a real person?", "assistant"),
        ("What's your name?", "assistant"),
        ("谢谢", "thanks"),
        ("好的，谢谢老板", "thanks"),
        ("Thank you so much!", "thanks"),
        ("ok thanks", "thanks"),
        ("好的", "noted"),
        ("嗯嗯 知道了", "noted"),
        ("OK", "noted"),
        ("bye bye", "noted"),
        ("👍", "noted"),
        ("哈哈哈", "noted"),
        ("不用了", "noted"),
    ],
)
def test_a_courtesy_is_known(text: str, kind: str) -> None:
    assert courtesy(plain(text)) == kind


@pytest.mark.parametrize(
    "text",
    ["你好，怎么退货", "在哪里发货", "好用吗", "有人买过吗", "老板多少钱", "可以退吗", "在售吗",
     "hi, is it real?", "thanks but where is my parcel", "谢谢你能便宜点吗", "早上几点发货",
     "客服几点上班", "有货吗", "ok to return?", "拜托发顺丰", "", "？", "？？"],
)  # fmt: skip
def test_a_question_is_no_courtesy(text: str) -> None:
    assert courtesy(plain(text)) == ""


@pytest.mark.parametrize("word", ["嗯", "谢", "在吗", "在不在", "hi ", "ok ", "你是", "bye bye "])
def test_many_courtesies_in_a_row_and_something_else_are_none(word: str) -> None:
    many = word * (36 // len(word))  # each can be read in two ways: tried all, it would never end
    assert courtesy(plain(many + "x9")) == ""


def test_no_question_of_the_gold_set_is_a_courtesy_or_calls_a_person() -> None:
    held, questions = shops()
    assert [one.text for one in questions if courtesy(plain(one.text))] == []
    told = [text for own in held.values() for entry in own for text in entry.phrasings]
    assert [text for text in told if courtesy(plain(text))] == []


def asked(text: str, *faqs: Faq) -> Question:
    """Ask a shop that knows when it ships, and these."""
    stream = Stream()
    for faq in (Faq(faq_id="ship", question="多久发货", answer="两天内。"), *faqs):
        stream.add(Kind.FAQ, seller_id="s", payload=faq)
    assistant = Assistant(Vectors(()), Judge.shipped(()))
    assistant.prepare("s", stream.state, NOW)
    return assistant.respond(Ask("q", "s", text, NOW), stream.state, list)


def test_a_greeting_is_returned_in_its_language_and_is_no_gap() -> None:
    for text, place in (("你好，在吗", 0), ("hello!", 1)):
        told = asked(text)
        assert (told.status, told.reason) == ("abstained", "greeting")
        assert told.answer == SAID["greeting"][place]
        assert told.sources == ()


def test_who_asks_what_is_talking_is_told_that_it_is_a_program() -> None:
    for text, place in (("你是真人吗？", 0), ("are you a robot?", 1)):
        told = asked(text)
        assert (told.status, told.reason) == ("abstained", "assistant")
        assert told.answer == SAID["assistant"][place]
    assert "智能助手" in SAID["assistant"][0]
    assert "a program" in SAID["assistant"][1]


def test_a_seller_s_own_words_for_a_greeting_come_first() -> None:
    told = asked("在吗？", Faq(faq_id="hi", question="在吗", answer="在的，欢迎光临。"))
    assert (told.status, told.answer) == ("answered", "在的，欢迎光临。")


@pytest.mark.parametrize(
    ("text", "reason", "urgent"),
    [
        ("转人工", "wants_a_person", False),
        ("我想找客服", "wants_a_person", False),
        ("Can I talk to a human please?", "wants_a_person", False),
        ("speak to the owner", "wants_a_person", False),
        ("答非所问，转人工！！", "complaint", True),
    ],
)
def test_who_asks_for_a_person_gets_one_without_an_apology(
    text: str, reason: str, urgent: bool
) -> None:
    told = asked(text)
    assert (told.status, told.reason, told.urgent) == ("handed_off", reason, urgent)
    apologises = told.answer in SAID["urgent"]
    assert apologises is urgent


@pytest.mark.parametrize("text", ["人工智能名片是什么", "人工客服几点上班", "真人试色有吗？多少钱"])
def test_a_question_about_people_is_not_taken_for_a_call(text: str) -> None:
    assert asked(text).reason != "wants_a_person"


CHILD = Faq(faq_id="child", question="小孩能吃吗", answer="三岁以上可以，硬的请掰小块。")
NUTS = Faq(faq_id="nuts", question="对坚果过敏能吃吗", answer="含花生，过敏的人请避开。")


def test_nobody_is_told_of_herself_what_was_written_of_others() -> None:
    assert asked("小孩能吃吗", CHILD).status == "answered"
    for text in ("孕妇能吃吗", "小孩能吃吗，我怀孕了", "糖尿病能吃吗", "新生儿能吃吗"):
        told = asked(text, CHILD)
        assert told.status != "answered", text
        assert told.reason != "complaint", text


def test_a_question_about_an_allergy_is_no_complaint_and_one_who_suffers_is_heard_first() -> None:
    told = asked("对坚果过敏能吃吗？", NUTS)
    assert (told.status, told.answer) == ("answered", NUTS.answer)
    for text in ("过敏体质可以用吗", "会不会过敏", "I am allergic to nuts, can I eat it"):
        assert asked(text).reason != "complaint", text
    for text in ("我用了过敏", "吃完就过敏了，怎么赔", "had an allergic reaction"):
        found = asked(text)
        assert (found.status, found.reason, found.urgent) == ("handed_off", "complaint", True), text
