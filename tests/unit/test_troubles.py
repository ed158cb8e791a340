"""Who tells of a fault is told from who asks whether there may be one, and from praise."""

from __future__ import annotations

import pytest

from models.answers.courtesy import courtesy
from models.answers.mood import called
from models.answers.troubles import states, troubled
from models.language import plain
from tests.quality.choices import wanted
from tests.quality.gold import far_questions, policy_questions


@pytest.mark.parametrize(
    "text",
    [
        *("红茶太浓了", "蜡烛没味道", "一点都不脆", "线头超级多", "收到口红是断的", "少了一支口红"),
        *("气泡水没气", "包带断了", "盖碗有裂纹", "绿茶变黄了", "全碎了", "迟迟不发货", "壶漏水"),
        *("显示已签收但我没收到", "四件套洗了一次就褪色", "又贵又难吃", "快递丢了"),
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
        *("the worst case size?", "垃圾桶", "厨房垃圾袋"),
    ],
)
def test_words_that_also_anger_are_calm_elsewhere(text: str) -> None:
    assert called(plain(text)) == ""
    assert not troubled(plain(text))


@pytest.mark.parametrize("text", ["are you selling fakes", "this is fake", "😡😡", "律师函见"])
def test_anger_is_heard(text: str) -> None:
    assert called(plain(text)) == "upset"


@pytest.mark.parametrize("text", ["太好看了", "谢谢，很喜欢", "东西很好 下次还来", "love it"])
def test_praise_is_thanked_for(text: str) -> None:
    assert courtesy(plain(text)) == "thanks"


def test_a_question_in_praise_is_asked() -> None:
    assert courtesy(plain("太好看了 多少钱")) == ""
