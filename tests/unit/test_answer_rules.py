"""Rules of texts that anyone can check: masking, advertising law, figures, advice, scripts."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from data.catalogue import Listings
from data.knowledge import Consultation, Faq, Turn
from data.masking import mask
from data.schemas import Item, Kind, Listing, Promotion, SupplierAnswer
from models.answers import facts, product
from models.answers.adlaw import lint, refused
from models.answers.advice import Counter
from models.answers.lexical import Lexicon
from models.answers.library import Library
from models.answers.rules import asks_for, denies, differs
from models.answers.wording import worded
from models.language import language, plain
from models.pinyin import syllables
from tests.streams import DAY, NOW, Stream


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ("我的电话是13800138000", "我的电话是[phone]"),
        ("call +86 138-0013-8000 please", "call [phone] please"),
        ("座机 010-12345678", "座机 [phone]"),
        ("身份证 11010119900307123X", "身份证 [id]"),
        ("卡号 6222 0212 3456 7890 123", "卡号 [card]"),
        ("发到 ann.lee@mail.example.com 吧", "发到 [email] 吧"),
        ("加我微信：lily_2020", "加我微信：[account]"),
        ("我薇信是 lily2020，QQ 123456789", "我薇信是 [account]，QQ [account]"),
        ("１３８００１３８０００", "[phone]"),
        ("打一三八零零一三八零零零", "打[phone]"),
        ("call 555-123-4567", "call [phone]"),
        ("I mean 02112345678", "I mean [phone]"),
        ("姓名：李四 护照E12345678", "姓名：[name] 护照[id]"),
        ("京A12345 的车，ip 192.168.1.1", "[plate] 的车，ip [ip]"),
        ("地址：浙江省杭州市西湖区文三路90号", "地址：[address]"),
        ("my name is Ann Lee and I ask", "my name is [name] and I ask"),
        ("身份证号.110101199003074578", "身份证号.[id]"),
        ("SSN.123-45-6789", "SSN.[id]"),
        ("卡号No.6222021234567890123", "卡号No.[card]"),
        ("Ph.555-123-4567", "Ph.[phone]"),
        ("座机.010-62345678", "座机.[phone]"),
        ("座机01012345678 或 075512345678", "座机[phone] 或 [phone]"),
        ("138.0013.8000，＋86．138．0013．8000", "[phone]，[phone]"),
        ("ann＠example．com", "[email]"),
    ],
)
def test_personal_data_is_masked(text: str, masked: str) -> None:
    assert mask(text) == masked


@pytest.mark.parametrize(
    "text",
    [
        "要2支299元的",
        "满199减20，7天内退货",
        "i00001 有货吗",
        "50ml 和 100ml",
        "2026年11月11日",
        "第3期",
        "订单号 202411110001234567 到哪了",
        "订单号.202411110001234567",
        "order no. 01012345678",
        "货号 02112345678",
        "UPC 071234567890",
        "ean: 02112345678",
        "条码 071234567890",
        "条形码是071234567890",
        "批号 03121234567",
        "色号0105123456",
        "快递单号SF1234567890123",
        "现价 1299.00，原价1599.00元",
        "固件 2.0.138.4567，构建 1.0.20241130123456",
        "直径 12.3456789 厘米",
        "微信支付可以吗",
        "京东A1234款 wx小程序",
    ],
)
def test_figures_of_trade_are_not_masked(text: str) -> None:
    assert mask(text) == text


@pytest.mark.parametrize(
    ("text", "terms"),
    [
        ("全网第一的面霜", ["全网第一"]),
        ("最好的口红", ["最好"]),
        ("可以治疗湿疹", ["治疗"]),
        ("the best cream, cures acne", ["the best", "cures"]),
        ("七天见效，无副作用", ["七天见效", "无副作用"]),
        ("优惠最后一天，最近三个月的批次", []),
        ("最好在睡前用，不能替代治疗", []),
        ("最低消费 99 元", []),
        ("全網第一的面霜，治療痘痘", ["全網第一", "治療"]),
        ("１００％有效，ｔｈｅ　ｂｅｓｔ", ["１００％", "ｔｈｅ　ｂｅｓｔ"]),
        ("全网 第一的面霜，销量\u3000冠 军", ["全网 第一", "销量\u3000冠 军"]),
        ("第一 次来，最低 消费", []),
    ],
)
def test_the_linter_finds_what_the_law_forbids_and_nothing_else(
    text: str, terms: list[str]
) -> None:
    found = lint(text)
    assert [finding.term for finding in found] == terms
    assert all(text[finding.start : finding.end] == finding.term for finding in found)


def test_what_a_seller_may_prove_passes() -> None:
    assert refused("国家级非遗工艺")
    assert not refused("国家级非遗工艺", allowed=["国家级非遗"])
    assert not refused("國家級非遺工藝", allowed=["国家级非遗"])


def test_a_short_term_that_spaces_split_may_be_an_accident() -> None:
    assert [one.severity for one in lint("风格独特 效果自然")] == ["warn"]
    assert [one.severity for one in lint("全网 第一")] == ["refuse"]
    assert not lint("风格独特，效果自然")
    assert not lint("风格独特\n效果自然")


@pytest.mark.parametrize(
    ("question", "phrasing", "expected"),
    [
        ("能退吗", "不能退吗", (False, True, False)),
        ("7天能退吗", "15天能退吗", (True, False, False)),
        ("什么时候发货", "发货多少钱", (False, False, True)),
        ("能不能退", "能退吗", (False, False, False)),
        ("is it in stock", "is it not in stock", (False, True, False)),
    ],
)
def test_contradictions_are_seen(
    question: str, phrasing: str, expected: tuple[bool, bool, bool]
) -> None:
    assert differs(question, phrasing) == expected


def test_forms_of_asking_deny_nothing() -> None:
    assert not denies("有没有小样")
    assert not denies("不错吧")
    assert denies("为什么不能用券")
    assert asks_for("多久能到") == {"when"}


def test_scripts_and_languages() -> None:
    assert plain("請問這個脣膏適合黃皮嗎") == plain("请问这个唇膏适合黄皮吗")
    assert language("這個適合我嗎") == "zh"
    assert language("Do you ship to Taiwan?") == "en"
    assert language("12345") == "en"


def test_words_unknown_to_a_shop_make_a_question_unlike_everything() -> None:
    lexicon = Lexicon(["多久发货", "可以退货吗", "shipping fee"])

    def score(text: str) -> NDArray[np.float32]:
        return lexicon.score(lexicon.weigh(text))

    assert score("多久发货").argmax() == 0
    assert score("多久发货")[0] == pytest.approx(1.0, abs=1e-6)
    assert score("shiping fee").argmax() == 2
    assert score("天气预报").max() == 0.0
    assert score("").max() == 0.0


def test_a_word_that_sounds_alike_is_like_what_was_meant() -> None:
    lexicon = Lexicon(["多久发货", "可以退货吗", "退款几天到账"])
    typed = lexicon.score(lexicon.weigh("多旧发获"))
    assert typed.argmax() == 0
    assert typed[0] > 0.2
    assert syllables()["货"] == syllables()["获"] == "huo"


def test_spoken_forms_and_abbreviations_are_written_out_among_chinese_words() -> None:
    assert worded("咋整") == worded("怎么办")
    assert worded("能cod不") == "能货到付款吗"
    assert worded("sf or ems") == "sf or ems"
    assert worded("能不能退") == "能不能退"
    assert worded("呗") == "呗"


def test_what_people_asked_before_an_entrys_answer_is_its_phrasing() -> None:
    stream = Stream()
    ships = Faq(faq_id="ship", question="多久发货", answer="两天内。")
    stream.add(Kind.FAQ, seller_id="s", payload=ships)
    for name, asked, told in (("a", "啥时候寄", "两天内。"), ("b", "有赠品吗", "有小样。")):
        turns = (Turn("visitor", asked), Turn("agent", told))
        talk = Consultation(consultation_id=name, turns=turns)
        stream.add(Kind.CONSULTATION, seller_id="s", payload=talk)
    library = Library.of(stream.state.knowledge.of("s"), NOW)
    assert [entry.id for entry in library.entries] == ["ship", "b"]
    assert library.entries[0].phrasings == ("多久发货", "啥时候寄")


@pytest.mark.parametrize(
    ("most", "left"),
    [(2, {}), (3, {"q0": 1}), (5, {"q0": 2, "q1": 1}), (9, {"q0": 2, "q1": 2, "q2": 2})],
)
def test_suppliers_phrasings_take_the_room_that_the_sellers_leave(
    monkeypatch: pytest.MonkeyPatch, most: int, left: dict[str, int]
) -> None:
    monkeypatch.setattr("models.answers.library.MOST_PHRASINGS", most)
    stream = Stream()
    told = [
        SupplierAnswer(question=f"q{n}", answer="yes", aliases=(f"alias {n}",)) for n in range(3)
    ]
    items = [Item(item_id=f"i{n}", title="t", answers=(one, told[0])) for n, one in enumerate(told)]
    stream.shelf("s", items)
    ships = Faq(faq_id="ship", question="多久发货", answer="两天内。", aliases=("啥时候寄",))
    stream.add(Kind.FAQ, seller_id="s", payload=ships)
    known = stream.state.knowledge.of("s")
    library = Library.of(known, NOW, stream.state.catalogue.shelf("s"))
    assert library.entries[0].phrasings == ("多久发货", "啥时候寄")
    products = library.entries[1:]
    assert {entry.id: len(entry.phrasings) for entry in products} == left
    for entry in products[:1]:
        assert set(entry.item_ids) == {"i0", "i1", "i2"}, "what is asked already has room for all"


def shelf() -> Listings:
    stream = Stream()
    rows = [
        ("i1", "豆沙口红", {"shade": "豆沙", "skin": "黄皮"}, 89.0),
        ("i2", "正红口红", {"shade": "正红", "skin": "白皮"}, 129.0),
        ("i3", "奶茶口红", {"shade": "奶茶", "skin": "黄皮"}, 239.0),
        ("i4", "干性面霜", {"skin": "干性"}, 150.0),
    ]
    items = [
        Item(item_id=name, title=title, attributes=attributes, price=price)
        for name, title, attributes, price in rows
    ]
    stream.shelf("s", items)
    sold_out = Listing(item_id="i3", stock=0)
    stream.add(Kind.LISTING, NOW, seller_id="s", item_id="i3", payload=sold_out)
    found = stream.state.catalogue.shelf("s")
    assert found is not None
    return found


def test_a_wish_becomes_products_that_meet_it() -> None:
    counter = Counter(shelf())
    wish = counter.wish(plain("哪个色号适合黄皮？"))
    assert wish is not None
    assert [one.place for one in counter.advise(wish, [3, 2, 1, 0], NOW, "zh")] == [0]
    wish = counter.wish(plain("推荐一支200以内的口红"))
    assert wish is not None
    assert wish.high == 200
    assert [one.place for one in counter.advise(wish, [1, 0], NOW, "zh")] == [1, 0]
    assert counter.wish(plain("多久发货")) is None


@pytest.mark.parametrize(
    ("question", "expected"),
    [
        ("推荐一支两百块以内的口红", [1, 0]),
        ("推荐100到200之间的口红", [1]),
        ("推荐口红，不要正红的", [0]),
        ("推荐一支适合黄皮的，除了豆沙", []),
        ("特别适合黄皮的口红推荐", [0]),
        ("要不要推荐正红的口红", [1]),
        ("recommend a lip colour that is not true red", [0]),
        ("推荐80以下的口红", []),
    ],
)
def test_bounds_and_what_is_not_wanted_hold(question: str, expected: list[int]) -> None:
    counter = Counter(shelf())
    wish = counter.wish(plain(question))
    found = [] if wish is None else counter.advise(wish, [1, 0], NOW, "zh")
    assert [one.place for one in found] == expected


def test_a_limited_offer_meets_a_bound_while_it_runs_and_an_unknown_price_none() -> None:
    stream = Stream()
    items = [Item(item_id="i1", title="口红 甲", price=129.0), Item(item_id="i2", title="口红 乙")]
    stream.shelf("s", items)
    offer = Promotion(promotion_id="p", kind="limited", price=89.0, starts=NOW, ends=NOW + DAY)
    stream.add(
        Kind.LISTING, NOW, seller_id="s", item_id="i1",
        payload=Listing(item_id="i1", promotions=(offer,)),
    )  # fmt: skip
    shelf = stream.state.catalogue.shelf("s")
    assert shelf is not None
    counter = Counter(shelf)
    wish = counter.wish(plain("推荐一支100以内的口红"))
    assert wish is not None
    assert [one.place for one in counter.advise(wish, [], NOW + 1, "zh")] == [0]
    assert counter.advise(wish, [], NOW + DAY, "zh") == []


def test_a_product_is_known_by_its_whole_title() -> None:
    counter = Counter(shelf())
    assert counter.named(plain("《豆沙口红》多少钱")) == (["i1"], "多少钱")
    assert counter.named(plain("口红多少钱")) == ([], "口红多少钱")


def test_answers_take_prices_and_stock_from_the_shelf_as_it_is() -> None:
    now = shelf()
    assert facts.filled("{price} 元，{title:i2}", ["i1"], now, NOW) == "89 元，正红口红"
    with pytest.raises(facts.Stale):
        facts.filled("{price:nothing}", ["i1"], now, NOW)
    facts.check("现在 89 元，满 199 元包邮", ["i1"], now, NOW)
    with pytest.raises(facts.Stale):
        facts.check("现在只要 79 元", ["i1"], now, NOW)
    with pytest.raises(facts.Stale):
        facts.check("有现货", ["i3"], now, NOW)
    told = product.about("这个多少钱", "i2", now, NOW)
    assert told is not None
    assert told[0] == "《正红口红》现在的价格是 129 元。"


def dressed() -> Listings:
    """Return a shelf of one dress that everything is known of."""
    stream = Stream()
    dress = Item(
        item_id="d",
        title="亚麻连衣裙",
        title_en="Linen dress",
        attributes={"面料 / Fabric": "亚麻 / linen", "功效": "治疗湿疹"},
        price=200.0,
        rating=4.7,
        reviews=31,
        review_snippets=("全网第一好看", "透气，{夏天}穿刚好"),
    )
    stream.shelf("s", [dress])
    offers = (
        Promotion(promotion_id="p", kind="limited", price=150.0, starts=NOW, ends=NOW + DAY),
        Promotion(promotion_id="c", kind="coupon", amount=20.0, least=180.0),
    )
    listing = Listing(item_id="d", promotions=offers)
    stream.add(Kind.LISTING, NOW, seller_id="s", item_id="d", payload=listing)
    found = stream.state.catalogue.shelf("s")
    assert found is not None
    return found


@pytest.mark.parametrize(
    ("question", "told"),
    [
        ("这条多少钱", "《亚麻连衣裙》现在的价格是 150 元。"),
        ("有什么优惠", "《亚麻连衣裙》现在有：限时 150 元；满 180 减 20 元。"),
        ("评价怎么样", "《亚麻连衣裙》评分 4.7，31 条评价，有买家说：“透气，{夏天}穿刚好”。"),
        ("how are the reviews", "“Linen dress” has 4.7 stars from 31 reviews; one buyer wrote: "),
        ("是什么面料", "《亚麻连衣裙》的面料：亚麻。"),
        ("面料是什么", "《亚麻连衣裙》的面料：亚麻。"),
        ("what fabric is it", "“Linen dress”, Fabric: linen."),
    ],
)
def test_plain_questions_about_a_product_are_answered_from_the_catalogue(
    question: str, told: str
) -> None:
    found = product.about(plain(question), "d", dressed(), NOW)
    assert found is not None
    assert found[0].startswith(told)


@pytest.mark.parametrize("question", ["面料不喜欢能退吗", "功效是什么", "什么面料好，推荐一下"])
def test_other_questions_and_forbidden_words_are_left_alone(question: str) -> None:
    assert product.about(plain(question), "d", dressed(), NOW) is None


def test_offers_and_prices_are_told_in_full_and_in_the_language_that_is_spoken() -> None:
    stream = Stream()
    stream.shelf("s", [Item(item_id="d", title="玉镯", title_en="Jade bangle", price=1234567.5)])
    offers = (
        Promotion(promotion_id="c", kind="coupon", amount=20000.5, least=1000000.0),
        Promotion(promotion_id="g", kind="group", price=999999.99, group_size=3),
    )
    listing = Listing(item_id="d", promotions=offers)
    stream.add(Kind.LISTING, NOW, seller_id="s", item_id="d", payload=listing)
    shelf = stream.state.catalogue.shelf("s")
    assert shelf is not None
    zh = product.about("有什么优惠", "d", shelf, NOW)
    en = product.about("any discount?", "d", shelf, NOW)
    assert zh is not None
    told = "满 1000000 减 20000.5 元；3 人拼团 999999.99 元"
    assert zh[0] == f"《玉镯》现在有：{told}。"
    assert en is not None
    assert en[0] == ("“Jade bangle” now: ¥20000.5 off from ¥1000000; ¥999999.99 in a group of 3.")
    price = product.about("多少钱", "d", shelf, NOW)
    assert price is not None
    assert price[0] == "《玉镯》现在的价格是 1234567.5 元。"


def test_answers_take_offers_attributes_and_reviews_from_the_shelf() -> None:
    shelf = dressed()
    text = "{attribute.面料}，{price}（{promotion}），{rating} 分：{snippet}"
    told = "亚麻 / linen，150（限时 150 元；满 180 减 20 元），4.7 分：全网第一好看"
    assert facts.filled(text, ["d"], shelf, NOW) == told
    assert facts.filled("{price}", ["d"], shelf, NOW + DAY) == "200"
    with pytest.raises(facts.Stale):
        facts.filled("{attribute.产地}", ["d"], shelf, NOW)
    facts.check("原价 200 元，现在 150 元", ["d"], shelf, NOW)
    with pytest.raises(facts.Stale):
        facts.check("现在 150 元", ["d"], shelf, NOW + DAY)


def test_only_what_people_said_is_learnt_from_a_consultation() -> None:
    talk = Consultation(
        consultation_id="c",
        turns=(
            Turn("agent", "欢迎光临"),
            Turn("visitor", "有小样吗"),
            Turn("bot", "请稍等"),
            Turn("agent", "买两件送一份"),
            Turn("visitor", "谢谢"),
        ),
    )
    assert talk.pairs() == [("有小样吗", "买两件送一份")]
