"""What a seller tells her assistant, and what comes back to her from visitors."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from threading import get_ident

import pytest

from data.masking import mask
from models.answers.adlaw import Finding, lint
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
        (2, "valid_until"),
        (3, "if_version"),
    ]
    assert told["rejected"][2]["code"] == "conflict"


def test_a_text_without_words_is_refused_by_its_field(answering: Shop) -> None:
    well = {"faq_id": "blank", "question": "几点开门", "answer": "九点。"}
    rows = [
        well | {"question": " \n"},
        well | {"answer": "\u3000\u200b"},
        well | {"aliases": ["开门时间", "\t"]},
        well | {"answer": "\ufeff 九点。"},
    ]
    told = put(answering, "faqs", rows, seller="five")
    assert told["accepted"] == 1
    assert [(row["index"], row["field"], row["code"]) for row in told["rejected"]] == [
        (0, "question", "bad_text"),
        (1, "answer", "bad_text"),
        (2, "aliases[1]", "bad_text"),
    ]
    name = ask(answering, "能开增值税专用发票吗", visitor_id="blank")["answer_id"]
    path = f"/sellers/s/questions/{name}/reply"
    for body, field in (({"text": "   "}, "text"), ({"text": "能", "question": " "}, "question")):
        refused = answering.client.post(path, json=body)
        assert refused.status_code == 422
        assert refused.json()["errors"][0]["field"] == field
    seen = answering.client.get(f"/answers/{name}", params={"visitor_id": "blank"}).json()
    assert seen["handoff"]["state"] == "waiting"


def test_a_reply_that_becomes_an_entry_is_checked_as_one(
    answering: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    name = ask(answering, "可以开增值税专用发票吗", visitor_id="checked")["answer_id"]
    path = f"/sellers/s/questions/{name}/reply"

    def refusal(text: str, **fields: bool) -> tuple[str, str]:
        reply = answering.client.post(path, json={"text": text, **fields})
        assert reply.status_code == 422, reply.text
        (bad,) = reply.json()["errors"]
        return bad["field"], bad["code"]

    assert refusal("税号 {cost}", approve=True) == ("text", "unknown_value")
    with monkeypatch.context() as full:
        full.setattr("service.knowing.MOST_PHRASINGS", 0)
        assert refusal("可以开票。", approve=True) == ("approve", "refused")
    (asked,) = [one for one in inbox(answering)["items"] if one["question_id"] == name]
    assert asked["reply"] == ""
    assert answering.client.post(path, json={"text": "{cost}"}).json()["faq"]["lint"]
    assert answering.client.post(path, json={"text": "可以。", "approve": True}).is_success
    assert refusal("现在 {cost} 元") == ("text", "unknown_value")


def test_what_is_masked_of_her_own_texts_is_told_to_the_seller(answering: Shop) -> None:
    mine = {
        "faq_id": "contact",
        "question": "怎么联系店主",
        "aliases": ["打 13800138000 找谁", "店主电话"],
        "answer": "微信：lily_2020，电话 13800138000。",
    }
    told = put(answering, "faqs", [FAQS[0], mine])
    found = [(one["index"], one["field"], one["term"], one["rule"]) for one in told["lint"]]
    assert found == [
        (1, "answer", "[account]", "personal_data"),
        (1, "answer", "[phone]", "personal_data"),
        (1, "aliases[0]", "[phone]", "personal_data"),
    ]
    assert {one["severity"] for one in told["lint"]} == {"warn"}
    entries = answering.client.get("/sellers/s/faqs").json()["items"]
    (entry,) = [one for one in entries if one["faq_id"] == "contact"]
    assert [entry["answer"][one["start"] : one["end"]] for one in entry["lint"][:2]] == [
        "[account]",
        "[phone]",
    ]
    assert put(answering, "faqs", [mine])["lint"], "rows that change nothing are told of, too"
    name = ask(answering, "可以开增值税专用发票吗", visitor_id="masked")["answer_id"]
    reply = answering.client.post(
        f"/sellers/s/questions/{name}/reply", json={"text": "请打 13800138000。"}
    ).json()
    assert [(one["rule"], one["term"]) for one in reply["faq"]["lint"]] == [
        ("personal_data", "[phone]")
    ]


def test_what_nothing_fills_is_told_and_no_field_at_all_is_refused(answering: Shop) -> None:
    rows = [
        {"faq_id": f"field{place}", "question": f"字段 {place}", "answer": text, "item_ids": ["i1"]}
        for place, text in enumerate(
            ("{price} 元，{title:i2}", "{price:nope} 元", "{attribute.材质}", "{foo} 元", "{^_^}")
        )
    ]
    told = put(answering, "faqs", rows)
    assert told["accepted"] == 4
    assert [(row["index"], row["field"]) for row in told["rejected"]] == [(3, "answer")]
    assert "{foo}" in told["rejected"][0]["detail"]
    assert [(one["index"], one["term"], one["rule"]) for one in told["lint"]] == [
        (1, "{price:nope}", "unfilled"),
        (2, "{attribute.材质}", "unfilled"),
    ]
    entries = answering.client.get("/sellers/s/faqs").json()["items"]
    (entry,) = [one for one in entries if one["faq_id"] == "field1"]
    assert [(one["term"], one["severity"]) for one in entry["lint"]] == [("{price:nope}", "warn")]


def test_a_seller_whom_nobody_knows_is_not_made_by_her_knowledge(answering: Shop) -> None:
    before = len(answering.log())
    talk = {"consultation_id": "c", "turns": [{"role": "visitor", "text": "在吗"}]}
    assert put(answering, "faqs", FAQS, status=404, seller="typo")["code"] == "not_found"
    assert put(answering, "consultations", [talk], status=404, seller="typo")["code"] == "not_found"
    assert len(answering.log()) == before


def test_times_go_out_as_rfc_3339_and_come_back(answering: Shop) -> None:
    faq = {
        "faq_id": "sale",
        "question": "活动到几号",
        "answer": "到月底。",
        "valid_from": 1_790_000_000_000,
        "valid_until": "2030-01-01T08:00:00+08:00",
    }
    turns = [{"role": "visitor", "text": "在吗"}]
    talk = {"consultation_id": "old", "turns": turns, "at": 1_790_000_000_000}
    assert put(answering, "faqs", [faq], seller="five")["accepted"] == 1
    ahead = {"consultation_id": "ahead", "turns": turns, "at": answering.clock.ms + 600_000}
    told = put(answering, "consultations", [talk, ahead, {"consultation_id": "e"}], seller="five")
    assert [(row["index"], row["field"], row["code"]) for row in told["rejected"]] == [
        (1, "at", "from_future"),
        (2, "turns", "missing"),
    ]
    (kept,) = answering.client.get("/sellers/five/consultations").json()["items"]
    assert kept["at"] == "2026-09-21T14:13:20.000Z"
    faqs = answering.client.get("/sellers/five/faqs").json()["items"]
    (entry,) = [one for one in faqs if one["faq_id"] == "sale"]
    assert (entry["valid_from"], entry["valid_until"]) == (
        "2026-09-21T14:13:20.000Z",
        "2030-01-01T00:00:00.000Z",
    )
    assert put(answering, "faqs", [entry], seller="five")["unchanged"] == 1


def test_a_row_beyond_the_most_phrasings_of_a_seller_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("service.knowing.MOST_PHRASINGS", 4)
    monkeypatch.setattr("service.taking.CHUNK", 2)

    def faq(name: str, *aliases: str, **fields: object) -> dict[str, object]:
        return {"faq_id": name, "question": name, "answer": "是", "aliases": aliases, **fields}

    turns = [{"role": "visitor", "text": "问"}, {"role": "agent", "text": "答"}]
    talk = {"consultation_id": "c", "turns": turns}
    with opened(settings_for(tmp_path, encoders=())) as shop:
        fill(shop)
        rows = [faq("a", "a1"), faq("b"), faq("c", "c1"), faq("d"), faq("e")]
        told = put(shop, "faqs", rows)
        assert [(row["index"], row["field"]) for row in told["rejected"]] == [
            (2, "aliases"),
            (4, "aliases"),
        ]
        full = put(shop, "consultations", [talk])["rejected"]
        assert [row["field"] for row in full] == ["turns"]
        assert put(shop, "faqs", [faq("a", "a2"), faq("e", status="retired")])["accepted"] == 2
        assert put(shop, "faqs", [faq("a", status="retired")])["accepted"] == 1
        assert put(shop, "consultations", [talk])["accepted"] == 1
        assert put(shop, "faqs", [faq("e", "e1")])["rejected"]
        assert put(shop, "faqs", [faq("e")])["accepted"] == 1


def test_rows_are_masked_beside_the_event_loop(
    answering: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    threads = set()

    def noted(text: str) -> str:
        threads.add(get_ident())
        return mask(text)

    monkeypatch.setattr("service.knowing.mask", noted)
    monkeypatch.setattr("service.edits.mask", noted)
    put(answering, "faqs", FAQS)
    turns = [{"role": "visitor", "text": "在吗"}]
    put(answering, "consultations", [{"consultation_id": "beside", "turns": turns}])
    answering.client.put("/suppliers/sup/items", json=[ITEMS[7] | {"review_snippets": ["好用"]}])
    answering.client.put("/suppliers/sup/items", json=[ITEMS[7]])
    assert threads
    assert answering.call(get_ident) not in threads


@pytest.mark.parametrize("accept", ["application/x-ndjson", "application/json"])
def test_entries_are_looked_through_beside_the_event_loop(
    answering: Shop, monkeypatch: pytest.MonkeyPatch, accept: str
) -> None:
    threads = set()

    def noted(text: str, allowed: Sequence[str] = ()) -> list[Finding]:
        threads.add(get_ident())
        return lint(text, allowed)

    put(answering, "faqs", FAQS)
    monkeypatch.setattr("service.findings.lint", noted)
    out = answering.client.get("/sellers/s/faqs", headers={"accept": accept})
    assert out.status_code == 200
    assert threads
    assert answering.call(get_ident) not in threads


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
