"""Words of a question that say nothing of what is wanted."""

from __future__ import annotations

from typing import Final

_CHINESE: Final = """
有没有 请问 你们家 你们 你 您 家 咱们 店里 店 这里 最近 现在 今天 什么 啥 哪个 哪款 哪些 哪种
哪件 哪双 哪一 哪支 哪 一个 一款 一支 一些 一下 一点 点 吗 么 嘛 呢 啊 呀 吧 哦 哈 的 了 是 有
色 色系 系 款 卖 最 味 味道 风 风格 比较 更 都 能 可以 可 给我 给 看看 看 推荐 求 求推荐 适合
合适 好用 好吃 好喝 好看 好玩 好 用 吃 喝 穿 戴 玩 背 放 带 配 个 件 支 双 条 只 台 盒 瓶 套 杯 份
张 本 到 和 或 跟 与 还是 想 想要 要 买 找 来 选 挑 我 自己 我的 也 行 也行 或者 不 不要 不想要
不想 不喜欢 不太 不那么 不含 不带 没有 没 别 无 非 除了 期 妇 患者 人群 装 子 送 妈妈 爸爸 朋友
女友 女朋友 长辈 老师 同事 领导 客户 人 预算 左右 上下 以内 以下 之内 之间 以上 内
不超过 最多 元 块 块钱 钱 价位 价格 多少 多少钱 怎么卖 几块 一 二 两 三 四 五 六 七 八 九 十 百
千 几 这 那 些 种 类 女 皮肤 肌肤 平时 专用 专门
她 他 它 婆婆 公公 姐姐 妹妹 闺蜜 亲戚 奶奶 爷爷 阿姨 姐 亲 老板 店主 呗 咯 哇 啦 嘞 又 那种 谢谢
麻烦 一般 大概 的话 就 请 帮 帮我 介绍 介绍一下 很 太 超 特别 非常 过 还
您好 你好 想问 问 问下 问一下
想知道 里面 里 这边 有货 现货 在售 上架 就 就要 定 下单 拿 第 最后 礼 送礼物 娃 宝
喜欢 爱 爱喝 爱吃 怕 忌
"""
_ENGLISH: Final = """
what which is are the your you do does have has sell carry stock got any a an one ones s in of
under below less than up to within max at most more no budget my i am i'm looking something
anything yuan rmb dollar dollars between and or around about over recommend suggest good best
suitable with want need buy for me please show shade color colour that it's there some product
item thing now right how much it not on would like get help find use skin without free except
avoid hate don't mom mum mother dad father friend girlfriend wife sister her she suit suits stock
available both too also who used first second third last take i'll i'd let's
"""
FILLING: Final = frozenset(_CHINESE.split()) | frozenset(_ENGLISH.split())
GENERAL: Final = frozenset(
    (
        *("零食", "东西", "产品", "商品", "好物", "宝贝", "单品", "好货", "吃的", "喝的", "穿的"),
        *("玩的", "用的", "款式", "product", "item", "thing", "stuff", "goods"),
    )
)
"""Names for anything that is sold, where no product is called so."""
SOFT: Final = frozenset(("送礼", "满月", "百天", "周岁"))
"""Wishes that nothing on a shelf need answer to."""
