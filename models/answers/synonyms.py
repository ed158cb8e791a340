"""Words that visitors use for what catalogues say, and the endings that name kinds of things."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from models.answers.lines import phrase

KINDS: Final = frozenset(
    (
        *("口红", "面霜", "精华", "眼霜", "防晒", "洁面", "面膜", "眼影", "睫毛膏", "香水"),
        *("茶点", "连衣裙", "裤子", "包袋", "鞋靴", "纸尿裤"),
    )
)
"""Names of kinds of products: a shop that has none of one has nothing to advise there."""

HEADS: Final = frozenset(
    "包鞋靴裙裤衣衫袄褂帽袜巾被枕垫毯帘灯锅碗盘碟杯壶瓶盒篮筐袋箱柜架椅凳桌床镜梳刷夹扇伞"
    "书本笔纸画花茶酒糖饼糕面粉米油盐酱醋肉鱼虾蟹蛋奶果枣粥汤干霜膏液乳露皂表镯链坠戒环钗"
    "机器车线壳膜粮砂板绳球棒炉扣贴罐帐琴棋水"
)
"""Characters that end the names of things: what stands before one says which of the kind."""

SAME: Final[Mapping[str, tuple[str, ...]]] = {
    "干性": ("干皮", "干燥", "皮肤干", "dry skin", "dry"),
    "油性": ("油皮", "出油", "大油", "oily skin", "oily"),
    "敏感": ("敏感肌", "敏皮", "敏感皮", "sensitive skin", "sensitive", "gentle", "温和"),
    "混合": ("混油", "混干", "混合皮", "combination skin", "combination"),
    "黄皮": ("黄黑皮", "皮肤黄", "肤色黄", "yellow undertone", "warm undertone", "olive skin"),
    "白皮": ("冷白皮", "肤色白", "皮肤白", "fair skin", "cool undertone"),
    "补水": ("保湿", "滋润", "hydrating", "moisturising", "moisturizing"),
    "提亮": ("美白", "亮白", "brightening"),
    "控油": ("去油", "oil control", "oil-control"),
    "舒缓": ("soothing", "泛红", "redness", "calming"),
    "抗初老": ("抗老", "抗皱", "紧致", "anti-aging", "anti-ageing", "firming"),
    "哑光": ("雾面", "matte"),
    "正红": ("大红", "true red"),
    "无香": ("没有香味", "unscented", "fragrance free", "fragrance-free"),
    "口红": ("唇膏", "唇釉", "lipstick", "lip"),
    "面霜": ("乳霜", "face cream", "moisturiser", "moisturizer"),
    "眼霜": ("eye cream",),
    "防晒": ("sunscreen", "sunblock", "sun cream", "sun milk"),
    "洁面": ("洗面奶", "洗脸", "cleanser", "face wash"),
    "面膜": ("face mask", "sheet mask"),
    "眼影": ("eyeshadow", "eye shadow"),
    "睫毛膏": ("mascara",),
    "香水": ("perfume", "cologne"),
    "精华": ("serum", "essence"),
    "送礼": (
        "礼物", "礼品", "送人", "gift", "present",
        "送妈妈", "送女友", "送男友", "送女朋友", "送男朋友", "送长辈", "送领导",
        "送客户", "送老师", "送朋友", "送同事", "送爸妈", "送父母",
    ),
    "满月": ("满月礼", "full month"),
    "百天": ("百日", "百天礼"),
    "周岁": ("周岁礼", "抓周", "first birthday"),
    "通勤": ("上班", "日常", "office", "everyday", "commuting"),
    "办公": ("办公室", "工位", "上班", "office", "work"),
    "出差": ("旅行", "旅游", "出门", "travel", "business trip"),
    "运动": ("跑步", "running", "sport", "workout"),
    "健身": ("增肌", "gym", "workout"),
    "学习": ("看书", "写作业", "study", "studying", "reading"),
    "游戏": ("打游戏", "电竞", "gaming"),
    "麻辣": ("辣", "香辣", "spicy", "hot and sour"),
    "香甜": ("甜", "甜的", "sweet"),
    "酸甜": ("酸", "sweet-sour"),
    "咸香": ("咸", "savoury", "salty"),
    "软糯": ("软", "soft"),
    "酥脆": ("脆", "crisp", "crispy", "crunchy"),
    "无糖": (
        "0糖", "零糖", "不含糖", "无蔗糖",
        "sugar free", "sugar-free", "no sugar", "unsweetened",
    ),
    "低糖": ("少糖", "微糖", "low sugar", "low-sugar"),
    "低卡": ("低热量", "low calorie", "low-calorie"),
    "高蛋白": ("high protein", "high-protein"),
    "无咖啡因": (
        "不含咖啡因", "脱咖啡因", "零咖啡因", "caffeine free", "caffeine-free", "decaf",
    ),
    "浓醇": ("浓", "浓郁", "味道浓", "strong", "full-bodied"),
    "清淡": ("淡", "味道淡", "light", "mild"),
    "茶点": ("点心", "糕点"),
    "显瘦": ("遮肉", "slimming"),
    "宽松": ("oversize", "loose", "relaxed"),
    "小个子": ("矮个子", "个子矮", "petite"),
    "纯棉": ("全棉", "pure cotton", "100% cotton"),
    "真丝": ("桑蚕丝", "silk"),
    "亚麻": ("linen",),
    "羊毛": ("wool",),
    "不锈钢": ("stainless steel", "steel"),
    "客厅": ("living room",),
    "卧室": ("bedroom",),
    "宿舍": ("寝室", "dorm", "dormitory"),
    "厨房": ("kitchen",),
    "防水": ("waterproof", "water-proof"),
    "连衣裙": ("dress",),
    "裤子": ("裤", "pants", "trousers", "jeans", "leggings"),
    "包袋": ("包", "包包", "bag"),
    "鞋靴": ("鞋", "鞋子", "shoe"),
    "纸尿裤": ("尿不湿", "尿裤", "尿片", "diaper", "nappy"),
    "大型犬": ("大狗", "big dog", "large dog"),
    "幼猫": ("小猫", "kitten"),
}  # fmt: skip
"""Names that mean the same, in either language; one may stand for several."""

NARROWER: Final[Mapping[str, tuple[str, ...]]] = {
    "白色": ("米白", "奶白", "象牙白", "off-white", "white"),
    "蓝色": ("雾霾蓝", "雾蓝", "浅蓝", "深蓝", "天蓝", "藏青", "blue"),
    "绿色": ("墨绿", "鼠尾草绿", "薄荷绿", "军绿", "green"),
    "红色": ("酒红", "正红", "大红", "砖红", "red", "burgundy"),
    "粉色": ("浅粉", "粉红", "裸粉", "藕粉色", "pink"),
    "灰色": ("浅灰", "深灰", "grey", "gray"),
    "棕色": ("焦糖", "咖色", "驼色", "咖啡色", "brown", "camel", "caramel"),
    "黄色": ("姜黄", "鹅黄", "奶黄", "yellow"),
    "紫色": ("香芋紫", "雾紫", "purple", "lilac"),
    "黑色": ("black",),
    "red": ("burgundy", "酒红", "正红", "大红", "砖红", "红色"),
    "blue": ("navy", "雾霾蓝", "雾蓝", "浅蓝", "深蓝", "天蓝", "藏青", "蓝色"),
    "green": ("sage", "墨绿", "鼠尾草绿", "薄荷绿", "军绿", "绿色"),
    "white": ("off-white", "ivory", "米白", "奶白", "象牙白", "白色"),
    "brown": ("caramel", "camel", "焦糖", "咖色", "驼色", "棕色"),
    "送长辈": ("送父母", "送爸妈", "送妈妈"),
}
"""What is meant by a wider word, too; who asks for 酒红 does not mean every 红色."""


def _groups() -> dict[str, tuple[str, ...]]:
    """Return by a name all that mean the same; one that stands for several means all of theirs."""
    alike: dict[str, tuple[str, ...]] = {}
    for first, others in SAME.items():
        for name in map(phrase, (first, *others)):
            alike[name] = tuple(dict.fromkeys((*alike.get(name, ()), name, first, *others)))
    for name, narrower in NARROWER.items():
        alike[name] = tuple(dict.fromkeys((*alike.get(name, ()), name, *narrower)))
    for name, narrower in NARROWER.items():
        if name.endswith("色"):
            alike[f"{name[:-1]}的"] = (name, *narrower)
    return alike


ALIKE: Final[Mapping[str, tuple[str, ...]]] = _groups()


def means_kind(word: str) -> bool:
    """Say whether a word is one of the names of a kind of products, in this shop or in others."""
    return not KINDS.isdisjoint(ALIKE.get(word, ()))
