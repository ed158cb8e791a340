"""What the fake API tells about its picks: the contract's own types, round figures."""

from __future__ import annotations

from typing import Final

from service.privacy_schemas import ModelTold, ShopTold, SignalOut, ToldOut, TransparencyOut

TOLD: Final = TransparencyOut(
    model=ModelTold(version="fake", trained_at="2026-11-20T02:00:00Z", tried_out=0.05),
    signals=[
        SignalOut(code=code, title=title, title_en=english, personal=personal, weight=weight)
        for code, title, english, personal, weight in (
            ("category_affinity", "你常看的品类", "The categories you turn to", True, 0.6),
            ("popular_here", "大家看它买它的多少", "How much everybody looks at it", False, 0.396),
            ("new_arrival", "上架的时间", "How long it has been here", False, 0.004),
            ("well_reviewed", "评价和销量", "Reviews and sales", False, 0.0),
        )
    ],
    shop=ShopTold(seller_id="lin", pinned=2, most_pinned=3, not_personal=0.05),
    held=[ToldOut(text="你在名片上的浏览和提问", text_en="What you open and ask on cards")],
    rights=[ToldOut(text="可以请店主全部删除", text_en="Ask the seller to erase all of it")],
)
