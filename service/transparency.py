"""How picks come about, in plain words: what counts and how much, what a shop has put in force."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import numpy as np

from data.catalogue import Listings
from data.profile_rows import HALF_LIVES_DAYS
from models.cards import ModelCard
from models.recommender import Recommender
from models.slate import MOST_PINNED
from service.moments import rfc3339
from service.privacy_schemas import ModelTold, ShopTold, SignalOut, ToldOut, TransparencyOut

OTHER: Final = "other"
SIGNALS: Final[Mapping[str, tuple[str, str, bool]]] = {
    "similar_to_viewed": ("与你看过的商品有多相近", "How like it is to what you looked at", True),
    "bought_next": ("看过同款的人接着看了什么", "What others went on to from there", True),
    "category_affinity": ("你常看的品类", "The categories you turn to", True),
    "brand_affinity": ("你常看的品牌", "The brands you turn to", True),
    "tag_affinity": ("你偏好的标签和属性", "The tags and attributes you turn to", True),
    "price_match": ("你常看的价位", "The price range you look at", True),
    "repeat": ("你之前对它做过什么", "What you did with it before", True),
    "shared_by_friend": ("分享名片给你的人关注什么", "What who shared the card turned to", True),
    "similar_to_context": ("你正在看的商品", "What you are looking at now", False),
    "popular_here": ("大家看它买它的多少", "How much everybody looks at it and buys it", False),
    "trending": ("最近的走势", "Whether that grows lately", False),
    "well_reviewed": ("评价和销量", "Reviews and sales", False),
    "new_arrival": ("上架的时间", "How long it has been here", False),
    "sellers_choice": ("店主的置顶和排序", "What the seller pinned and put first", False),
    OTHER: ("其余，如价格和你看过它几次", "Others: its price, how often you saw it …", True),
}
"""What counts, in Chinese and English, and whether it rests on what the visitor did."""

_DAYS: Final = [round(days) for days in HALF_LIVES_DAYS.tolist()]
HELD: Final[tuple[tuple[str, str], ...]] = (
    (
        "你在名片上的浏览、停留、点击、收藏、加购、购买和提问；访客编号只以无法还原的代号保存",
        "What you open, look at, tap, save, buy and ask on cards; your id is kept as a hash alone",
    ),
    (
        f"由此得出的偏好；浏览的影响每 {_DAYS[0]} 天减半，收藏和加购 {_DAYS[1]} 天，"
        f"购买 {_DAYS[2]} 天，不感兴趣 {_DAYS[3]} 天",
        f"Tastes that follow from it; looks count half after {_DAYS[0]} days, saves and carts after"
        f" {_DAYS[1]}, purchases after {_DAYS[2]}, what you turned down after {_DAYS[3]}",
    ),
    (
        "给你看过的推荐和理由，以及对你提问的回答",
        "The lists you were shown with their reasons, and the answers you were given",
    ),
)
RIGHTS: Final[tuple[tuple[str, str], ...]] = (
    (
        "在名片上可以随时关闭个性化推荐：之后不再记录你，推荐也不再因人而异",
        "Personal picks can be switched off on the card: you are not followed from then on",
    ),
    (
        "可以请店主给你一份你的数据，去掉某个偏好，或全部删除",
        "Ask the seller for a copy of your data, to take a taste away, or to erase all of it",
    ),
)


def told_of(
    recommender: Recommender, card: ModelCard | None, shelf: Listings | None, holdout: float
) -> TransparencyOut:
    """Tell what counts for picks by a model, and what one shop's seller has put in force."""
    known = card is not None and card.version == recommender.version
    return TransparencyOut(
        model=ModelTold(
            version=recommender.version,
            trained_at=rfc3339(card.created_at) if card is not None and known else "",
            tried_out=recommender.settings.epsilon,
        ),
        signals=_signals(recommender, card.importances if card is not None and known else {}),
        shop=None if shelf is None else _shop(shelf, holdout),
        held=[ToldOut(text=text, text_en=english) for text, english in HELD],
        rights=[ToldOut(text=text, text_en=english) for text, english in RIGHTS],
    )


def _signals(recommender: Recommender, importances: Mapping[str, float]) -> list[SignalOut]:
    """Return what counts, the most first; without a learned order no shares are known."""
    codes = {
        recommender.feature_names[column]: code
        for code, columns in recommender.groups.items()
        for column in columns.tolist()
    }
    sums = dict.fromkeys([*recommender.groups, OTHER], 0.0)
    for name, share in importances.items():
        sums[codes.get(name, OTHER)] += share
    if recommender.ranker is None:
        sums = dict.fromkeys(("popular_here", "sellers_choice"), 0.0)
    whole = sum(sums.values())
    found = []
    for code in sorted(sums, key=lambda one: -sums[one]):
        title, english, personal = SIGNALS[code]
        weight = round(sums[code] / whole, 4) if whole else None
        found.append(
            SignalOut(code=code, title=title, title_en=english, personal=personal, weight=weight)
        )
    return found


def _shop(shelf: Listings, holdout: float) -> ShopTold:
    return ShopTold(
        seller_id=shelf.seller_id,
        pinned=int(np.count_nonzero(shelf.pinned & shelf.on_offer())),
        most_pinned=MOST_PINNED,
        not_personal=holdout,
    )
