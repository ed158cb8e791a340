"""Names of goods: wide ones that gather kinds, and kinds that a shop may or may not have."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final, NamedTuple


class Gathered(NamedTuple):
    """Name the kinds that a wide name gathers, and what only sounds like one of them."""

    names: tuple[str, ...]
    beside: tuple[str, ...] = ()


_TEAS: Final = (
    *("茶", "普洱", "生普", "熟普", "乌龙", "铁观音", "大红袍", "龙井", "碧螺春", "毛尖", "毛峰"),
    *("金骏眉", "正山小种", "单丛", "tea"),
)
_TEA_THINGS: Final = (
    *(
        "茶具",
        "茶杯",
        "茶壶",
        "茶盘",
        "茶匙",
        "茶巾",
        "茶海",
        "茶漏",
        "茶罐",
        "茶叶罐",
        "茶宠",
        "茶几",
    ),
    *("茶点", "茶食", "盖碗", "公道杯", "teapot", "tea set", "tea cup", "teacup"),
)
_DRINKS: Final = (
    "咖啡",
    "果汁",
    "气泡水",
    "饮料",
    "豆浆",
    "酸梅汤",
    "椰汁",
    "汽水",
    "奶茶",
    "coffee",
    "juice",
)
_JEWELS: Final = ("耳环", "耳钉", "耳饰", "项链", "手链", "手镯", "戒指", "胸针", "吊坠")
_SNACKS: Final = (
    *("零食", "坚果", "炒货", "腰果", "巴旦木", "果干", "蜜饯", "话梅", "糖果", "软糖"),
    *("巧克力", "饼干", "糕点", "点心", "肉干", "肉脯", "豆干", "豆腐干", "辣条", "鸭脖"),
    *("魔芋爽", "海苔", "薯片", "膨化", "锅巴", "爆米花", "snack"),
)
_FOODS: Final = (
    *_SNACKS,
    "辅食",
    "米粉",
    "果泥",
    "面条",
    "粥",
    "肉松",
    "吐司",
    "拌面",
    "自热锅",
    "food",
)
_NO_FOODS: Final = ("零食盒", "零食柜", "零食收纳", "辅食碗", "辅食机", "吸管杯", "餐具")
_MAKE_UP: Final = (
    *("口红", "唇釉", "唇泥", "唇膏", "眼影", "粉底", "腮红", "睫毛膏", "眉笔", "眼线", "气垫"),
    "散粉",
)
WIDE: Final[Mapping[str, Gathered]] = {
    "茶": Gathered(_TEAS, _TEA_THINGS),
    "茶叶": Gathered(_TEAS, _TEA_THINGS),
    "零食": Gathered(_SNACKS, _NO_FOODS),
    "吃的": Gathered(_FOODS, _NO_FOODS),
    "玩具": Gathered(("玩具", "积木", "拼图", "玩偶", "布偶", "牙胶", "摇铃", "toy")),
    "衣服": Gathered((
        *("裙", "衬衫", "衬衣", "上衣", "外套", "大衣"),
        *("毛衣", "卫衣", "t恤", "开衫", "针织衫", "裤", "马甲"),
        *("背心", "西装", "羽绒服", "旗袍", "礼服", "夹克", "风衣", "家居服", "睡衣", "连体衣"),
    ), ("纸尿裤", "拉拉裤", "沙发", "晾衣", "脏衣篮", "洗衣", "衣架", "衣柜", "床裙")),
    "喝的": Gathered((*_TEAS, *_DRINKS), _TEA_THINGS),
    "饮料": Gathered((*_TEAS, *_DRINKS), _TEA_THINGS),
    "茶具": Gathered((
        *("茶具", "茶杯", "茶壶", "紫砂壶", "茶盘", "茶宠", "盖碗", "公道杯", "品茗杯", "主人杯"),
    )),
    "餐具": Gathered(("餐具", "碗", "盘子", "餐盘", "碟", "筷", "刀叉", "勺"), ("盖碗", "茶盘")),
    "首饰": Gathered(_JEWELS),
    "饰品": Gathered((*_JEWELS, "发夹", "发箍", "发圈", "丝巾", "围巾")),
    "护肤品": Gathered((
        *("精华", "面霜", "乳液", "化妆水", "爽肤水", "妆水"),
        *("洁面", "面膜", "眼霜", "眼膜", "防晒", "身体乳"),
    )),
    "彩妆": Gathered(_MAKE_UP),
    "化妆品": Gathered(_MAKE_UP),
}  # fmt: skip
"""Names that people use for many kinds together, where catalogues name each."""

VERBS: Final = (
    (re.compile(r"吃(?:点|些)?(?:什么|啥)"), "吃的"),
    (re.compile(r"玩(?:点|些)?(?:什么|啥)(?!游戏)"), "玩具"),
    (re.compile(r"穿(?:点|些)?(?:什么|啥|哪[件条款套])(?![码号尺鞋颜])"), "衣服"),
    (re.compile(r"喝(?:点|些)?(?:什么|啥)(?![水杯])"), "喝的"),
)
"""Questions that name what is done with a thing, and the wide name of such things."""

_NAMED: Final = (
    "内衣 内裤 文胸 胸罩 手套 钱包 卡包 鞋带 鞋垫 鞋油 茶杯 水杯 保温杯 马克杯 酒杯 玻璃杯 "
    "吸管 茶宠 茶盘 茶刀 茶叶罐 毛巾 浴巾 洗脸巾 浴帽 浴袍 拖鞋 帽子 围巾 丝巾 袜子 丝袜 腰带 "
    "皮带 领带 雨伞 雨衣 手表 眼镜 墨镜 泳衣 睡衣 羽绒服 卸妆水 卸妆油 卸妆乳 卸妆膏 化妆棉 "
    "化妆刷 美妆蛋 粉底液 粉饼 遮瑕 腮红 眉笔 眼线笔 指甲油 假睫毛 洗发水 护发素 发膜 沐浴露 "
    "身体乳 牙膏 牙刷 漱口水 卫生巾 湿巾 纸巾 棉签 口罩 洗衣液 洗洁精 香皂 剃须刀 吹风机 "
    "香薰机 加湿器 充电宝 充电器 数据线 耳机 音箱 手机壳 手机膜 键盘 鼠标 电脑 平板 相机 台灯 "
    "吊灯 插座 电池 奶粉 奶瓶 奶瓶刷 奶嘴 推车 婴儿车 安全座椅 学步车 尿布 隔尿垫 口水巾 睡袋 "
    "床围 爬行垫 餐椅 童鞋 童装 书包 文具 铅笔 橡皮 水彩笔 气球 猫粮 狗粮 猫砂 猫罐头 狗绳 "
    "牵引绳 宠物窝 枕头 枕套 被套 被子 床单 床垫 凉席 蚊帐 窗帘 地毯 地垫 沙发 沙发套 抱枕 "
    "桌布 桌子 椅子 书架 衣架 垃圾桶 垃圾袋 收纳盒 收纳箱 镜子 挂钟 花瓶 花盆 绿植 鲜花 蜡烛 "
    "砧板 菜刀 炒锅 汤锅 饭盒 保鲜膜 保鲜盒 筷子 勺子 面包 蛋糕 月饼 粽子 汤圆 饺子 方便面 "
    "泡面 螺蛳粉 火锅 底料 大米 面粉 食用油 酱油 醋 蜂蜜 牛奶 酸奶 豆浆 咖啡 可乐 果汁 矿泉水 "
    "啤酒 白酒 红酒 水果 苹果 香蕉 芒果 草莓 蔬菜 鸡蛋 牛肉 猪肉 鸡肉 海鲜 薯片 饼干 糖果 "
    "巧克力 瓜子 花生 核桃 红枣 枸杞 燕窝 人参 阿胶 维生素 鱼油 蛋白粉 香烟 打火机 手电筒 "
    "玩具枪 遥控车"
)
GOODS: Final = frozenset(_NAMED.split())
"""Kinds of goods with names of other words: a shop that has none has none, not a part."""
