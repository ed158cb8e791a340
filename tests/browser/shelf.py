"""A small shelf with text in both languages, for the fake API and the real one."""

from __future__ import annotations

from itertools import product
from typing import Any, Final

SELLER: Final = "lin"

CARD: Final[dict[str, Any]] = {
    "seller_id": SELLER,
    "name": "小满的护肤小铺",
    "name_en": "Xiaoman's Skincare Corner",
    "title": "成分党店主",
    "title_en": "Ingredient-minded shopkeeper",
    "story": (
        "我是小满，在杭州守着这家小店，只上自己用完过的东西。从一支面霜开始，把靠谱的成分带给身边的人；"
        "肤质先问清，再说买什么。换季泛红、熬夜暗沉、带娃没时间，都可以先跟我聊聊，不着急下单。"
    ),
    "story_en": (
        "I am Xiaoman. From Hangzhou I keep this small shop and list only what I have finished "
        "myself. It began with one cream: honest ingredients for people nearby, skin type first, "
        "shopping second."
    ),
    "trade": "美妆护肤 / Beauty",
    "region": "杭州 / Hangzhou",
    "avatar": "",
}

_KINDS: Final = (
    ("面霜", "cream", "面霜 / Creams", 168.0),
    ("精华液", "serum", "精华 / Serums", 239.9),
    ("口红", "lipstick", "唇妆 / Lips", 129.0),
    ("面膜", "mask", "面膜 / Face masks", 89.9),
    ("防晒乳", "sun milk", "防晒 / Sun care", 99.0),
    ("淡香水", "eau de toilette", "香氛 / Fragrance", 320.0),
)
_HEROES: Final = (
    ("玫瑰", "rose", "绛河 / Jianghe", "豆沙 / rosewood"),
    ("积雪草", "centella", "雪芽集 / Xueya", "蜜桃 / peach"),
    ("烟酰胺", "niacinamide", "半亩月 / Banmu Moon", "正红 / true red"),
    ("山茶花", "camellia", "苔青里 / Taiqing", "奶茶 / milk-tea"),
    ("燕麦", "oat", "云棠子 / Yuntang", "裸粉 / nude pink"),
)


def _product(number: int) -> dict[str, Any]:
    kind, hero = list(product(_KINDS, _HEROES))[number * 7 % 30]
    zh, en, category, price = kind
    brand = hero[2].split(" / ")[0]
    own = round(price * (0.8 + 0.09 * (number % 6)), 1)
    return {
        "item_id": f"p{number:02}",
        "title": f"{hero[0]}{zh} {30 + number % 3 * 20}ml",
        "title_en": f"{hero[1].capitalize()} {en}, {30 + number % 3 * 20} ml",
        "description": f"{brand}{zh}，以{hero[0]}为主要成分，温和不拉扯。建议早晚使用。",
        "description_en": f"A {en} built around {hero[1]}, gentle on the skin. Use it twice a day.",
        "category": category,
        "brand": hero[2],
        "tags": ["敏感肌友好 / gentle", "通勤 / office look"][: number % 3],
        "attributes": {"色系 / Shade": hero[3], "肤质 / Skin type": "干性 / dry skin"},
        "price": None if number == 29 else own,
        "list_price": round(own * 1.25, 1) if number % 4 == 0 else own,
        "rating": None if number % 9 == 8 else round(4.1 + number % 8 / 10, 1),
        "reviews": 0 if number % 9 == 8 else 12 + 37 * number,
        "sales": 120 * number,
        "image": "",
        "stock": {3: 0, 5: 2}.get(number),
        "pinned": number == 0,
        "position": float(number),
    }


SHELF: Final = [_product(number) for number in range(30)]
"""Thirty products of six kinds; p03 is sold out, p05 nearly, p29 has no price."""
