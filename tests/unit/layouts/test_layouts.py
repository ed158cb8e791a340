"""Each layout, on made-up files whose right answer anyone can see."""

from __future__ import annotations

import tomllib
from typing import TYPE_CHECKING, TypeVar

import msgspec
import pytest

from data.layouts import beauty_words
from data.schemas import Event, Item, Kind, Listing, Seller

if TYPE_CHECKING:
    from tests.unit.layouts.conftest import Desk

T = TypeVar("T")


def payloads(events: list[Event], kind: Kind, of: type[T]) -> list[T]:
    raws = [event.payload for event in events if event.kind is kind]
    return [msgspec.json.decode(raw, type=of) for raw in raws if raw is not None]


def test_taobao_gives_acts_and_puts_items_on_the_shelf_just_before_them(desk: Desk) -> None:
    file = desk.write(
        "log.csv", "7,i1,c9,pv,1511658000\n7,i1,c9,buy,1511658001\n8,i2,c9,fav,1511658002\n"
    )
    report = desk.take("taobao", file)
    events = desk.events()
    assert [event.kind.value for event in events] == [
        *("seller", "item", "listing", "view", "purchase"),
        *("item", "listing", "favorite"),
    ]
    assert {event.seller_id for event in events if event.kind is not Kind.ITEM} == {"taobao"}
    assert payloads(events, Kind.ITEM, Item)[0] == Item(item_id="i1", title="i1", category="c9")
    assert [listing.position for listing in payloads(events, Kind.LISTING, Listing)] == [1.0, 2.0]
    assert payloads(events, Kind.SELLER, Seller) == [Seller(seller_id="taobao", name="taobao")]
    first = desk.acts()[0]
    assert (first.at, first.visitor) == (1_511_658_000_000, desk.visitor("7"))
    assert (report.read, report.appended, report.rejected) == (3, 8, {})


def test_taobao_is_read_with_a_header_line_too(desk: Desk) -> None:
    header = "user_id,item_id,category_id,behavior,timestamp\n"
    desk.take("taobao", desk.write("log.csv.gz", header + "7,i1,c9,cart,1511658000\n"))
    assert [event.kind for event in desk.acts()] == [Kind.CART]


def test_rows_go_into_the_log_in_time_order_whatever_their_order_in_the_file(desk: Desk) -> None:
    file = desk.write("log.csv", "7,b,c,pv,30\n7,a,c,pv,10\n8,c,c,pv,20\n7,d,c,buy,10\n")
    desk.take("taobao", file)
    assert [event.item_id for event in desk.acts()] == ["a", "d", "c", "b"]


def test_a_seller_can_be_named(desk: Desk) -> None:
    desk.take("taobao", desk.write("log.csv", "7,i1,c9,pv,1511658000\n"), seller="林姐")
    assert {event.seller_id for event in desk.acts()} == {"林姐"}
    assert payloads(desk.events(), Kind.SELLER, Seller)[0].seller_id == "林姐"


def test_retailrocket_is_read_in_the_shop_s_own_form_with_milliseconds(desk: Desk) -> None:
    text = (
        "timestamp,visitorid,event,itemid,transactionid\n"
        "1433221332117,257597,view,355908,\n1433221332118,257597,transaction,355908,4000\n"
    )
    desk.take("retailrocket", desk.write("events.csv", text))
    acts = desk.acts()
    assert [event.kind for event in acts] == [Kind.VIEW, Kind.PURCHASE]
    assert (acts[0].at, acts[0].item_id) == (1_433_221_332_117, "355908")


def test_retailrocket_is_read_in_the_multi_behaviour_form_with_seconds(desk: Desk) -> None:
    text = "timestamp,user_id,item_id,event\n1430623510,1176,6768,addtocart\n"
    desk.take("retailrocket", desk.write("events_train.csv.gz", text))
    (act,) = desk.acts()
    assert (act.kind, act.at) == (Kind.CART, 1_430_623_510_000)


def test_rees46_gives_sessions_prices_brands_and_categories(desk: Desk) -> None:
    text = (
        "event_time,event_type,product_id,category_id,category_code,brand,price,user_id,user_session\n"
        "2019-10-01 00:00:00 UTC,view,44,21,,shiseido,35.79,541,s-1\n"
        "2019-10-01 00:00:01 UTC,purchase,45,22,appliances.kettle,,9,541,s-1\n"
        "2019-10-01 00:00:02 UTC,remove_from_cart,45,22,appliances.kettle,,9,541,s-1\n"
    )
    report = desk.take("rees46", desk.write("oct.csv", text))
    view, purchase = desk.acts()
    assert (view.at, view.session_id, view.price) == (1_569_888_000_000, "s-1", 35.79)
    assert purchase.kind is Kind.PURCHASE
    first, second = payloads(desk.events(), Kind.ITEM, Item)
    assert (first.brand, first.category, first.price) == ("shiseido", "21", 35.79)
    assert (second.title, second.category) == ("kettle 45", "appliances.kettle")
    assert report.rejected == {"event_type: unknown 'remove_from_cart'": 1}


JD_HEAD = "session_id,step,sku,behavior_type,category,time_interval_s,dwell_time_s\n"
JD_START = 1_514_764_800_000


def test_jd_gives_one_dwell_event_for_each_visit_to_an_item(desk: Desk) -> None:
    text = (
        "0,0,a,5,9,8,67\n0,1,a,7,9,30,67\n0,2,a,9,9,40,67\n"  # one visit of three acts
        "0,3,b,1,9,5,50\n"  # dwelt on longer than until the next visit begins
        "0,4,a,6,9,3,2\n"
    )
    desk.take("jd-micro", desk.write("micro_behaviors_long.csv", JD_HEAD + text))
    told = [
        (act.kind.value, act.item_id, (act.at - JD_START) // 1000, act.channel, act.duration_ms)
        for act in desk.acts()
    ]
    assert told == [
        ("view", "a", 0, "search", None),
        ("click", "a", 8, "specification", None),
        ("cart", "a", 38, None, None),
        ("dwell", "a", 67, None, 67_000),
        ("view", "b", 78, "home", None),
        ("dwell", "b", 83, None, 50_000),
        ("click", "a", 83, "comments", None),
        ("dwell", "a", 85, None, 2_000),
    ]


def test_a_jd_session_is_a_visitor_named_after_file_and_session(desk: Desk) -> None:
    long = desk.write("micro_behaviors_long.csv.gz", JD_HEAD + "0,0,a,5,9,8,8\n1,0,b,5,9,4,4\n")
    desk.take("jd-micro", long)
    first, _, second, _ = desk.acts()
    assert [first.visitor, second.visitor] == [desk.visitor("long:0"), desk.visitor("long:1")]
    assert second.at - JD_START == 8_000 + 60_000


def test_a_jd_session_in_two_files_counts_once_under_whatever_number(desk: Desk) -> None:
    steps = "{0},0,a,5,9,8,8\n{0},1,b,10,9,8,8\n"
    long = desk.write("long.csv", JD_HEAD + steps.format(3))
    short = desk.write("short.csv", JD_HEAD + "0,0,z,5,9,1,1\n" + steps.format(77))
    report = desk.take("jd-micro", long, short)
    assert sorted(str(act.item_id) for act in desk.acts() if act.kind is Kind.VIEW) == ["a", "z"]
    assert report.duplicates == 4


@pytest.mark.parametrize(
    ("ratings", "films"),
    [
        (
            "user_id:token\titem_id:token\trating:float\ttimestamp:float\n196\t1\t5\t881250949\n",
            "item_id:token\tmovie_title:token_seq\trelease_year:token\tclass:token_seq\n"
            '1\tToy "Story"\t1995\tAnimation Children\'s Comedy\n',
        ),
        ("196::1::5::881250949\n", '1::Toy "Story" (1995)::Animation|Children\'s|Comedy\n'),
        (
            "userId,movieId,rating,timestamp\n196,1,5.0,881250949\n",
            'movieId,title,genres\n1,"Toy ""Story"" (1995)",Animation|Children\'s|Comedy\n',
        ),
    ],
    ids=["recbole", "ml-1m", "csv"],
)
def test_movielens_forms_give_the_same_log(desk: Desk, ratings: str, films: str) -> None:
    desk.take("movielens", desk.write("ratings", ratings), desk.write("films", films))
    (act,) = desk.acts()
    assert (act.kind, act.value, act.at) == (Kind.FAVORITE, 5.0, 881_250_949_000)
    assert payloads(desk.events(), Kind.ITEM, Item) == [
        Item(
            item_id="1",
            title='Toy "Story"',
            category="Animation",
            tags=("Animation", "Children's", "Comedy"),
            attributes={"year": "1995"},
        )
    ]


def test_movielens_stars_become_favourites_views_and_refusals(desk: Desk) -> None:
    rows = "".join(f"1\t{stars}\t{stars}\t88125094{stars}\n" for stars in range(1, 6))
    desk.take("movielens", desk.write("u.data", rows))
    assert [act.kind.value for act in desk.acts()] == [
        *("not_interested", "not_interested", "view", "favorite", "favorite")
    ]


TMALL_HEAD = "update_time,id,title,price,sale_count,comment_count,shop\n"


def test_tmall_shops_are_sellers_whose_prices_and_sales_move(desk: Desk) -> None:
    title = "Herborist/佰草集男士控油保湿面霜50g"
    text = (
        f"2016/11/7,A1,{title},120.0,30.0,7.0,佰草集\n"
        f"2016-11-05,A1,{title},240.0,10.0,7.0,佰草集\n"
        f"2016-11-06,A1,{title},240.0,10.0,,佰草集\n"
        f"2016-11-08,A1,{title},240.0,30.0,7.0,佰草集\n"
        "2016-11-05,A2,口红,99,,,一家小店\n"
    )
    desk.take("tmall-shelf", desk.write("snapshots.csv.gz", TMALL_HEAD + text))
    events = desk.events()
    sellers = payloads(events, Kind.SELLER, Seller)
    assert [(seller.seller_id, seller.name) for seller in sellers] == [
        ("herborist", "佰草集旗舰店"),
        ("一家小店", "一家小店旗舰店"),
    ]
    cream = [item for item in payloads(events, Kind.ITEM, Item) if item.item_id == "A1"]
    assert [(item.sales, item.price) for item in cream] == [(10, 240.0), (30, 240.0)]
    assert (cream[0].category, cream[0].brand) == ("面霜 / Creams", "佰草集 / Herborist")
    assert cream[0].tags == ("控油 / oil-control", "补水 / hydrating")
    assert cream[0].attributes["适用 / For"] == "男士 / men"
    prices = [
        (event.at, msgspec.json.decode(event.payload or b"", type=Listing).price)
        for event in events
        if event.kind is Kind.LISTING and event.seller_id == "herborist"
    ]
    day = 86_400_000
    start = 1_478_275_200_000  # 2016-11-05 00:00 in China
    assert prices == [(start, 240.0), (start + 2 * day, 120.0), (start + 3 * day, 240.0)]


def test_csv_without_a_mapping_has_our_names(desk: Desk) -> None:
    text = (
        "visitor,item,at,kind,duration_ms,price,title,tags\n"
        'u1,i1,2024-01-01T00:00:00,dwell,2500,19.9,"面霜, 50g",补水|修护\n'
    ).replace("2024", "2023")
    desk.take("csv", desk.write("log.csv", text))
    (act,) = desk.acts()
    assert (act.kind, act.duration_ms, act.price) == (Kind.DWELL, 2500, 19.9)
    (item,) = payloads(desk.events(), Kind.ITEM, Item)
    assert (item.title, item.tags) == ("面霜, 50g", ("补水", "修护"))


MAPPING = """
time = "s"
delimiter = ";"
encoding = "gb18030"
header = ["uid", "sku", "ts", "action", "secs", "shop", "name"]
[columns]
visitor = "uid"
item = "sku"
at = "ts"
kind = "action"
duration_s = "secs"
seller = "shop"
title = "name"
[kinds]
buy = "purchase"
look = "dwell"
"""


@pytest.mark.parametrize("ending", [".toml", ".json"])
def test_csv_columns_codes_and_encoding_are_mapped(desk: Desk, ending: str) -> None:
    text = MAPPING if ending == ".toml" else msgspec.json.encode(tomllib.loads(MAPPING)).decode()
    rows = "u1;i1;1511658000;look;2.5;s1;面霜\nu1;i1;1511658009;buy;;s2;面霜\n".encode("gb18030")
    mapping = desk.write(f"mapping{ending}", text)
    report = desk.take("csv", desk.write("log.csv", rows), mapping=mapping)
    assert report.rejected == {}
    assert [(act.kind, act.seller_id, act.duration_ms) for act in desk.acts()] == [
        (Kind.DWELL, "s1", 2500),
        (Kind.PURCHASE, "s2", None),
    ]
    listed = [event.seller_id for event in desk.events() if event.kind is Kind.LISTING]
    assert listed == ["s1", "s2"]
    assert payloads(desk.events(), Kind.ITEM, Item)[0].title == "面霜"


def test_every_word_of_the_beauty_lexicon_has_its_english() -> None:
    lexicon = [*beauty_words.CATEGORIES, *beauty_words.SKIN, *beauty_words.EFFECTS]
    lexicon += beauty_words.FINISHES
    assert {word for word, _ in lexicon} <= set(beauty_words.ENGLISH)
