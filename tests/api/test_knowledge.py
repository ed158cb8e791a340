"""What a seller tells her assistant, and what comes back to her from visitors."""

from __future__ import annotations

from pathlib import Path

from service.keys import Keyring, Scope
from tests.api.answering import FAQS, ask, inbox, put
from tests.api.shop import ITEMS, Shop, fill, opened, settings_for


def test_the_reply_answers_the_visitor_and_the_next_one(answering: Shop) -> None:
    asked = ask(answering, "可以开增值税专用发票吗", visitor_id="company")
    name = asked["answer_id"]
    reply = answering.client.post(
        f"/sellers/s/questions/{name}/reply", json={"text": "可以，下单时备注税号。"}
    ).json()
    assert reply["faq"]["status"] == "proposed"
    assert reply["question"]["reply"] == "可以，下单时备注税号。"
    seen = answering.client.get(f"/answers/{name}", params={"visitor_id": "company"}).json()
    assert seen["handoff"]["state"] == "replied"
    assert seen["handoff"]["reply"] == "可以，下单时备注税号。"
    assert ask(answering, "可以开增值税发票吗")["status"] != "answered"
    approved = {key: reply["faq"][key] for key in ("faq_id", "question", "answer")}
    put(answering, "faqs", [approved | {"status": "approved"}])
    told = ask(answering, "可以开增值税发票吗")
    assert told["status"] == "answered"
    assert told["sources"][0]["kind"] == "reply"

    put(answering, "faqs", [approved | {"status": "approved", "aliases": ["专票能开吗"]}])
    again = answering.client.post(
        f"/sellers/s/questions/{name}/reply", json={"text": "可以，请在备注里写税号。"}
    ).json()
    assert again["faq"]["answer"] == "可以，请在备注里写税号。"
    assert (again["faq"]["status"], again["faq"]["aliases"]) == ("approved", ["专票能开吗"])
    assert ask(answering, "可以开增值税发票吗")["answer"] == "可以，请在备注里写税号。"


def test_what_several_visitors_miss_is_one_group(answering: Shop) -> None:
    for number, text in enumerate(("有五公斤装的吗", "有没有五公斤的大包装", "五公斤装有吗")):
        ask(answering, text, visitor_id=f"big{number}")
    groups = inbox(answering, "gap")["groups"]
    (found,) = [group for group in groups if "五公斤" in group["text"]]
    assert found["visitors"] == 3


def test_a_badly_rated_answer_is_a_gap(answering: Shop) -> None:
    told = ask(answering, "什么时候能发出", visitor_id="critic")
    rated = answering.event(
        "answer_rated", None, visitor_id="critic", answer_id=told["answer_id"], value=-1
    )
    answering.send(rated)
    assert told["answer_id"] in {row["question_id"] for row in inbox(answering, "gap")["items"]}


def test_consultations_answer_and_bots_teach_nothing(answering: Shop) -> None:
    turns = [
        {"role": "visitor", "text": "瓶子漏了怎么处理"},
        {"role": "bot", "text": "请稍候"},
        {"role": "agent", "text": "拍照发我，给您补寄一瓶。"},
    ]
    row = {"consultation_id": "c1", "turns": turns, "item_ids": ["i3"]}
    assert put(answering, "consultations", [row])["accepted"] == 1
    assert put(answering, "consultations", [row])["unchanged"] == 1
    told = ask(answering, "瓶子漏了怎么处理？")
    assert told["answer"] == "拍照发我，给您补寄一瓶。"
    assert told["origin"] == "extracted"
    assert told["sources"][0] == {
        "kind": "consultation",
        "id": "c1",
        "quote": "拍照发我，给您补寄一瓶。",
    }
    put(answering, "consultations", [{"consultation_id": "c1", "removed": True}])
    assert ask(answering, "瓶子漏了怎么处理？")["status"] != "answered"
    assert answering.client.get("/sellers/s/consultations").json()["items"] == []


def test_suppliers_answer_for_all_who_list_their_products(answering: Shop) -> None:
    vegan = {"question": "含动物成分吗？", "aliases": ["是纯素的吗"]}
    plants = {**vegan, "answer": "不含，微信 lily_2020 可查。"}
    waxen = {**vegan, "answer": "含蜂蜡。"}
    rows = [{**ITEMS[4], "answers": [plants]}, {**ITEMS[5], "answers": [waxen]}]
    reply = answering.client.put("/suppliers/sup/items", json=rows)
    assert reply.json()["accepted"] == 2, reply.text
    for seller in ("s", "five"):
        told = ask(answering, "含动物成分吗", item_id="i5", seller_id=seller)
        assert (told["status"], told["origin"]) == ("answered", "extracted")
        assert told["answer"] == "不含，微信 [account] 可查。"
        assert told["sources"][0]["kind"] == "product"
    told = ask(answering, "精华 5 是纯素的吗")
    assert told["answer"].startswith("《精华 5》：不含")
    asked_back = ask(answering, "含动物成分吗")
    assert asked_back["status"] == "clarify"
    assert asked_back["suggested_questions"] == ["精华 5 含动物成分吗？", "精华 6 含动物成分吗？"]
    assert ask(answering, asked_back["suggested_questions"][1])["answer"].endswith("含蜂蜡。")
    assert ask(answering, "含动物成分吗", item_id="i1")["status"] == "handed_off"
    gone = {"items": [{"item_id": "i6", "removed": True}]}
    assert answering.client.put("/sellers/s/shelf", json=gone).status_code == 200
    assert ask(answering, "含动物成分吗")["answer"].startswith("《精华 5》：不含")
    answering.client.put("/sellers/s/shelf", json={"items": [{"item_id": "i6"}]})
    answering.client.put("/suppliers/sup/items", json=ITEMS[4:6])


def test_bad_rows_come_back_by_index_and_good_ones_land(answering: Shop) -> None:
    rows = [
        {"faq_id": "a", "question": "门店在哪里", "answer": "只在线上。"},
        {"faq_id": "b", "question": "没有答案"},
        {"faq_id": "c", "question": "q", "answer": "a", "valid_from": 5, "valid_until": 5},
        {"faq_id": "ship", "question": "q", "answer": "a", "if_version": 9},
    ]
    told = put(answering, "faqs", rows, seller="five")
    assert told["accepted"] == 1
    assert [(row["index"], row["field"]) for row in told["rejected"]] == [
        (1, "answer"),
        (2, "faq_id"),
        (3, "faq_id"),
    ]
    assert told["rejected"][2]["code"] == "conflict"


def test_lines_go_out_as_they_come_in(answering: Shop) -> None:
    lines = {"accept": "application/x-ndjson"}
    out = answering.client.get("/sellers/five/faqs", headers=lines)
    assert out.headers["content-type"].startswith("application/x-ndjson")
    again = answering.client.put(
        "/sellers/five/faqs", content=out.content, headers={"content-type": "application/x-ndjson"}
    )
    assert again.json()["accepted"] == 0
    assert again.json()["rejected"] == []


def test_keys_seal_what_is_known_and_asked(tmp_path: Path) -> None:
    settings = settings_for(tmp_path, encoders=())
    keyring = Keyring(tmp_path / "keys.json")
    admin = keyring.create(Scope.ADMIN, "", "now")
    mine = keyring.create(Scope.SELLER, "s", "now")
    visitor = keyring.create(Scope.VISITOR, "s", "now")
    theirs = keyring.create(Scope.SELLER, "five", "now")
    with opened(settings, headers={"x-api-key": admin}) as shop:
        fill(shop)
        put(shop, "faqs", FAQS)
        client = shop.client

        def get(path: str, key: str) -> int:
            return client.get(path, headers={"x-api-key": key}).status_code

        assert get("/sellers/s/faqs", mine) == 200
        assert get("/sellers/s/faqs", theirs) == 404
        assert get("/sellers/s/faqs", visitor) == 403
        assert get("/sellers/s/questions", visitor) == 403
        assert get("/sellers/s/suggestions", visitor) == 200
        body = {"visitor_id": "v", "question": "你们支持花呗付款吗"}
        asked = client.post("/answer", json=body, headers={"x-api-key": visitor}).json()
        name = asked["answer_id"]
        assert get(f"/answers/{name}?visitor_id=v", visitor) == 200
        assert get(f"/answers/{name}?visitor_id=other", visitor) == 404
        assert get(f"/answers/{name}", theirs) == 404
