"""Who tells of a fault is told from who asks whether there may be one, and from praise."""

from __future__ import annotations

import pytest

from models.answers.courtesy import courtesy
from models.answers.mood import called
from models.answers.troubles import at_ease, states, troubled
from models.language import plain
from tests.quality.choices import wanted
from tests.quality.gold import far_questions, policy_questions


@pytest.mark.parametrize(
    "text",
    [
        *("红茶太浓了", "蜡烛没味道", "一点都不脆", "线头超级多", "收到口红是断的", "少了一支口红"),
        *("气泡水没气", "包带断了", "盖碗有裂纹", "绿茶变黄了", "全碎了", "迟迟不发货", "壶漏水"),
        *("显示已签收但我没收到", "四件套洗了一次就褪色", "又贵又难吃", "快递丢了"),
        *("台灯太暗", "湿巾太干了", "包有味道", "绘本缺页", "裙子掉色", "巴旦木是坏的"),
        *("the tea is too strong", "the teapot leaks", "tea too bitter"),
        *("my package arrived open and the chocolate melted", "the dress is torn"),
    ],
)
def test_a_fault_is_told(text: str) -> None:
    assert states(plain(text))


@pytest.mark.parametrize(
    "text",
    [
        *(
            "会起球吗",
            "洗了会褪色吗",
            "口红容易断吗",
            "有没有不太浓的红茶",
            "太浓了 有没有淡一点的",
        ),
        *("太便宜了", "我太开心了", "一点都不贵", "有破洞牛仔裤", "有裂纹釉茶杯", "不辣的零食"),
        *("红茶香不香", "坚果脆不脆", "用了会爆痘吗", "会不会寄错", "会发错吗", "会不会有异味"),
        *("不磨脚的鞋", "不拔干的口红", "没有破损，谢谢", "is the tea too strong?"),
        *("收到货很不错", "收到了，没有破损，谢谢", "拆开很惊喜", "没有色差", "我缺一件外套"),
        *("耳机坏了想换新的", "鞋柜有异味，推荐个除味的", "皮肤太油了", "炒锅 不粘", "有破洞的"),
        *(
            "要一个保温杯，不漏水",
            "味道好重的香水",
            "my lips are cracked",
            "received, nothing broken",
        ),
        *("没味道的香膏", "收到坏了怎么办", "is it broken in?", "do you sell ripped jeans"),
    ],
)
def test_what_may_be_or_is_wanted_is_no_fault(text: str) -> None:
    assert not states(plain(text))


def test_no_question_for_policies_the_world_or_a_choice_tells_of_a_fault() -> None:
    _, choices = wanted()
    asked = (*policy_questions(), *far_questions(), *(one.text for one in choices))
    assert not [text for text in asked if states(plain(text))]


@pytest.mark.parametrize(
    "text",
    [
        *("do you have fake plants", "a gift for Sue", "angry birds toys", "送律师朋友的礼物"),
        *("可以用工商银行付款吗", "有没有曝光补偿的相机", "太好看了！！这个多少钱"),
        *("女朋友生气了送什么", "送老人呢", "真人头发", "孩子听不懂英语", "再不买就涨价了"),
        *("the worst case size?", "垃圾桶", "厨房垃圾袋"),
    ],
)
def test_words_that_also_anger_are_calm_elsewhere(text: str) -> None:
    assert called(plain(text)) == ""
    assert not troubled(plain(text))


@pytest.mark.parametrize(
    "text", ["are you selling fakes", "fake!!", "😡😡", "律师函见", "你们太过分了"]
)
def test_anger_is_heard(text: str) -> None:
    assert called(plain(text)) == "upset"


@pytest.mark.parametrize(
    "text",
    [
        *(
            "太好看了",
            "谢谢，很喜欢",
            "东西很好 下次还来",
            "茶很好喝，谢谢",
            "宝宝很喜欢，谢谢老板",
        ),
        *("五星好评", "love it, fits perfectly", "delicious tea, thank you"),
    ],
)
def test_praise_is_thanked_for(text: str) -> None:
    assert courtesy(plain(text)) == "thanks"


@pytest.mark.parametrize(
    "text",
    [
        *("真的好用？", "质量很好？", "很便宜的", "very good?"),
        *("太好看了 多少钱", "有没有很好看的裙子", "很便宜的绿茶", "很好看但是太贵", "很想要一个"),
        *("I love this, any other colour?", "delicious tea please"),
    ],
)
def test_a_question_in_praise_is_asked(text: str) -> None:
    assert courtesy(plain(text)) == ""


@pytest.mark.parametrize("text", ["我不是投诉，就想问下发货", "不是来投诉的"])
def test_who_does_not_complain_is_believed(text: str) -> None:
    assert called(plain(text)) == ""


@pytest.mark.parametrize("text", ["被芯厚不厚", "不刺眼的台灯", "洗完脸很干", "好吃！回购第三次了"])
def test_who_is_at_ease_by_her_words_is_not_upset(text: str) -> None:
    assert at_ease(plain(text))
