"""What a shop knows that answers, and how it is told and asked."""

from __future__ import annotations

from typing import Any

from tests.api.shop import Shop

FAQS: list[dict[str, Any]] = [
    {
        "faq_id": "ship",
        "question": "多久发货？",
        "answer": "付款后 48 小时内发货。",
        "aliases": ["什么时候能发出", "when will my order be shipped"],
    },
    {
        "faq_id": "return",
        "question": "可以退货吗？",
        "answer": "签收后 7 天内可以退货。",
        "aliases": ["怎么退货", "how do I return an item"],
    },
    {
        "faq_id": "night",
        "question": "精华晚上怎么用？",
        "answer": "洁面后取两滴，现价 {price} 元。",
        "item_ids": ["i1"],
    },
    {
        "faq_id": "quote",
        "question": "精华二号有什么优惠",
        "answer": "现在只要 70 元。",
        "item_ids": ["i2"],
    },
    {"faq_id": "cure", "question": "面霜能去痘印吗", "answer": "本店面霜可以治疗痘痘。"},
]


def put(shop: Shop, what: str, rows: object, status: int = 200, seller: str = "s") -> Any:
    reply = shop.client.put(f"/sellers/{seller}/{what}", json=rows)
    assert reply.status_code == status, reply.text
    return reply.json()


def ask(shop: Shop, question: str, status: int = 200, **fields: Any) -> Any:
    body = {"seller_id": "s", "visitor_id": "v1", "question": question, **fields}
    reply = shop.client.post("/answer", json=body)
    assert reply.status_code == status, reply.text
    return reply.json()


def inbox(shop: Shop, status: str = "", seller: str = "s") -> Any:
    return shop.client.get(f"/sellers/{seller}/questions", params={"status": status}).json()
