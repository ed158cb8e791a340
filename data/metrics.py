"""Every figure that sellers see, declared once: the API, the dashboard and the docs iterate these.

A metric says what it is called, in which unit, how it is computed from the sums of `data.rollups`,
what good looks like and how sure it must be before it means anything.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from data.errors import NotFound
from data.metric_kinds import (
    Amount,
    By,
    Coverage,
    Lift,
    Mean,
    Metric,
    Reach,
    Segment,
    Share,
    Total,
    Unit,
    Visitors,
)

_TIME: Final = (By.DAY, By.HOUR, By.HOUR_OF_WEEK)
_VISIT: Final = (*_TIME, By.SEGMENT, By.REFERRER)
_ALL: Final = (*_VISIT, By.PLACEMENT, By.PRODUCT)
_GOODS: Final = (*_VISIT, By.PRODUCT)
_WHO: Final = (By.DAY, By.SEGMENT, By.REFERRER)

_LIST: Final = (
    Metric(
        "opens",
        ("名片打开", "Card opens"),
        Unit.COUNT,
        Total("opens"),
        _VISIT,
        ("一周比一周多；节日前后看得最清楚", "More each week; clearest around holidays"),
    ),
    Metric(
        "visitors",
        ("访客", "Visitors"),
        Unit.COUNT,
        Visitors(),
        _WHO,
        ("比上一期多；同一个人只算一次", "More than in the period before; each counts once"),
    ),
    Metric(
        "visitors_new",
        ("新访客", "New visitors"),
        Unit.COUNT,
        Visitors(Segment.NEW),
        (By.DAY, By.REFERRER),
        ("分享带来的新访客占一半以上", "More than half of them come through shares"),
    ),
    Metric(
        "visitors_returning",
        ("回头访客", "Returning visitors"),
        Unit.COUNT,
        Visitors(Segment.RETURNING),
        (By.DAY, By.REFERRER),
        ("占访客的三成以上", "Three in ten visitors or more"),
    ),
    Metric(
        "visits",
        ("到访人次", "Visits"),
        Unit.COUNT,
        Reach("acts"),
        _WHO,
        ("同一个人一天只算一次", "Each person counts once a day"),
    ),
    Metric(
        "visits_viewing",
        ("看了商品的到访", "Visits that looked"),
        Unit.COUNT,
        Reach("views"),
        _WHO,
        ("占到访的六成以上", "Six in ten visits or more"),
    ),
    Metric(
        "visits_carting",
        ("加购的到访", "Visits that filled a cart"),
        Unit.COUNT,
        Reach("carts"),
        _WHO,
        ("占看了商品的两成以上", "Two in ten of those that looked"),
        usual=300,
    ),
    Metric(
        "visits_buying",
        ("成交的到访", "Visits that bought"),
        Unit.COUNT,
        Reach("purchases"),
        _WHO,
        ("占加购的一半以上", "Half of those that filled a cart"),
        usual=600,
    ),
    Metric(
        "impressions",
        ("推荐曝光", "Picks seen"),
        Unit.COUNT,
        Total("impressions"),
        _ALL,
        ("真正出现在屏幕上的推荐", "Picks that really came into view"),
    ),
    Metric(
        "clicks",
        ("推荐点击", "Picks tapped"),
        Unit.COUNT,
        Total("clicks"),
        _ALL,
        ("随曝光一起增长", "Grows along with picks seen"),
    ),
    Metric(
        "ctr",
        ("点击率", "Tap rate"),
        Unit.SHARE,
        Share("tapped", "seen"),
        _ALL,
        ("5% 以上不错，10% 以上很好", "Above 5% is fine, above 10% very good"),
        usual=200,
    ),
    Metric(
        "views",
        ("商品浏览", "Product views"),
        Unit.COUNT,
        Total("views"),
        _ALL,
        ("每次打开看 3 件以上", "Three or more per opening"),
    ),
    Metric(
        "dwell",
        ("停留", "Time on products"),
        Unit.SECONDS,
        Mean("dwell_ms"),
        _WHO,
        ("每位访客每天 30 秒以上", "Above 30 seconds per visitor and day"),
    ),
    Metric(
        "favorites",
        ("收藏", "Favourites"),
        Unit.COUNT,
        Total("favorites"),
        _ALL,
        ("每百次浏览 5 次以上", "Five or more per hundred views"),
        usual=400,
    ),
    Metric(
        "shares",
        ("分享", "Shares"),
        Unit.COUNT,
        Total("shares"),
        _GOODS,
        ("每十位访客 1 次以上", "One or more per ten visitors"),
        usual=500,
    ),
    Metric(
        "carts",
        ("加购", "Added to cart"),
        Unit.COUNT,
        Total("carts"),
        _ALL,
        ("每百次浏览 8 次以上", "Eight or more per hundred views"),
        usual=300,
    ),
    Metric(
        "purchases",
        ("成交单数", "Purchases"),
        Unit.COUNT,
        Total("purchases"),
        _ALL,
        ("每百位访客 5 单以上", "Five or more per hundred visitors"),
        usual=600,
    ),
    Metric(
        "revenue",
        ("成交金额", "Revenue"),
        Unit.YUAN,
        Amount("revenue"),
        _ALL,
        ("比上一期多", "More than in the period before"),
        near=0.25,
        usual=800,
    ),
    Metric(
        "pick_revenue",
        ("推荐带来的成交", "Revenue from picks"),
        Unit.YUAN,
        Amount("pick_revenue"),
        _ALL,
        ("占成交的三成以上", "Three tenths of revenue or more"),
        near=0.25,
        usual=1200,
    ),
    Metric(
        "lift",
        ("个性化提升", "Lift of personal picks"),
        Unit.LIFT,
        Lift(),
        (),
        (
            "大于 0：个性化推荐比只看热门更招人点",
            "Above 0: personal picks are tapped more than what is popular",
        ),
        near=0.1,
        usual=5000,
    ),
    Metric(
        "coverage",
        ("货架露出", "Shelf seen"),
        Unit.SHARE,
        Coverage(),
        (By.DAY,),
        ("八成以上的商品有人看到", "Eight in ten products come into view"),
        usual=50,
    ),
    Metric(
        "questions",
        ("客户提问", "Questions asked"),
        Unit.COUNT,
        Total("questions"),
        _GOODS,
        ("有人问，就有人想买", "Whoever asks may buy"),
        usual=500,
    ),
    Metric(
        "answer_rate",
        ("自动解答率", "Answered at once"),
        Unit.SHARE,
        Share("answered", "questions"),
        _GOODS,
        ("八成以上", "Eight in ten or more"),
        usual=500,
    ),
    Metric(
        "hand_overs",
        ("转给你的提问", "Handed over to you"),
        Unit.COUNT,
        Total("handed_off"),
        _GOODS,
        ("越少越好；每一条都值得回复", "Fewer is better; each deserves a reply"),
        usual=500,
    ),
)

METRICS: Final[Mapping[str, Metric]] = {metric.slug: metric for metric in _LIST}
"""Every metric by its slug, in the order in which they are shown."""


def metric_of(slug: str) -> Metric:
    """Return a metric by its slug; raise NotFound for none."""
    try:
        return METRICS[slug]
    except KeyError:
        raise NotFound(f"no such metric; known are {', '.join(METRICS)}") from None


def page() -> str:
    """Write all metrics as a Markdown page: what `docs/metrics.md` holds."""
    rows = [
        f"| `{one.slug}` | {one.title[0]} | {one.title[1]} | {one.unit} "
        f"| {', '.join(one.by) or '–'} | {one.good[1]} |"
        for one in METRICS.values()
    ]
    return "\n".join([_HEAD, *rows, _FOOT])


_HEAD: Final = """# The sellers' metrics

Written by `python -m data metrics` from `data/metrics.py`; `GET /sellers/{id}/metrics` serves them.

| slug | 名称 | title | unit | taken apart by | what good looks like |
|---|---|---|---|---|---|"""

_FOOT: Final = """
`ctr` is the share of places in lists that were tapped, of those that came into view. A place is a
product in one list that a visitor was shown; it counts once, when it was seen first, however often
it is seen or tapped. A tap that no sighting stands behind is no part of it, nor is one on another's
list, or on a product that was not in it. Where no list is named (`recommendation_id`), a product
has one place on a visitor's day (UTC), and acts of visitors who are not followed are no part.

`pick_revenue` is paid for what its buyer was shown: the purchase names a list of this card
(`recommendation_id`) that stands in the log, was made for the same visitor and held the product."""
