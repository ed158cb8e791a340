"""The world is worth learning from: its truths show in the log, and taste is not fashion."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator
from functools import cache
from itertools import pairwise

import msgspec
import numpy as np
import pytest

from data.schemas import DAY_MS, Event, Item, Kind, Listing
from data.world import World, generate

UNTIL = 1_795_132_800_000  # 2026-11-20, just after Double 11
JULY = 1_784_505_600_000
JANUARY = 1_768_867_200_000


@cache
def world() -> World:
    return generate(12, 5, UNTIL, 60, pseudonymise=str)


@cache
def history() -> tuple[Event, ...]:
    return tuple(sorted(world().events(), key=lambda event: event.at))


@cache
def items() -> dict[str, Item]:
    return {
        event.item_id or "": msgspec.json.decode(event.payload, type=Item)
        for event in history()
        if event.kind is Kind.ITEM and event.payload is not None
    }


def gain(scores: np.ndarray, target: int) -> float:
    """Return the NDCG@10 of one target; ties count half."""
    rank = (scores > scores[target]).sum() + ((scores == scores[target]).sum() - 1) / 2
    return float(1 / np.log2(rank + 2)) if rank < 10 else 0.0


def next_views(days: int) -> Iterator[tuple[Event, list[str], int]]:
    """Yield each first look at another item in the last days, with the shelf and the views before.

    The oracle watches along, but only what was before each look.
    """
    world().truth.forget()
    shelves: dict[str, dict[str, None]] = defaultdict(dict)
    last: dict[str, str] = {}
    views: Counter[str] = Counter()
    for event in history():
        if event.kind is Kind.LISTING and event.payload is not None and event.item_id:
            if msgspec.json.decode(event.payload, type=Listing).removed:
                shelves[event.seller_id].pop(event.item_id, None)
            else:
                shelves[event.seller_id][event.item_id] = None
        elif event.kind is Kind.VIEW and event.item_id:
            fresh = event.item_id != last.get(event.visitor)
            shelf = list(shelves[event.seller_id])
            if fresh and event.at > UNTIL - days * DAY_MS and event.item_id in shelf:
                yield event, shelf, views[event.visitor]
            last[event.visitor] = event.item_id
            views[event.visitor] += 1
        world().truth.watch(event)


@cache
def judged() -> dict[str, np.ndarray]:
    """Return NDCG@10 per next look of the oracle, popularity and a plain count of liked facets."""
    popular: dict[str, Counter[str]] = defaultdict(Counter)
    liked: dict[str, Counter[str]] = defaultdict(Counter)
    told = iter(history())
    found: dict[str, list[float]] = defaultdict(list)
    for event, shelf, known in next_views(10):
        for past in told:
            if past is event:
                break
            if past.kind is Kind.VIEW and past.item_id:
                popular[past.seller_id][past.item_id] += 1
                liked[past.visitor].update(facets(past.item_id))
        target = shelf.index(event.item_id or "")
        taste = liked[event.visitor]
        counts = np.array([popular[event.seller_id][item] for item in shelf], dtype=float)
        facet = np.array([sum(np.log(1 + taste[f]) for f in facets(item)) for item in shelf])
        popular[event.seller_id][event.item_id or ""] += 1
        liked[event.visitor].update(facets(event.item_id or ""))
        oracle = world().truth.utility(event.visitor, shelf, event.at)
        found["popularity"].append(gain(counts, target))
        found["facets"].append(gain(facet + 0.3 * np.log(1 + counts), target))
        found["oracle"].append(gain(oracle, target))
        found["known"].append(known)
    return {name: np.array(values) for name, values in found.items()}


def facets(item_id: str) -> list[str]:
    item = items()[item_id]
    return [item.category, item.brand, *item.attributes.values()]


def test_an_oracle_that_knows_the_tastes_finds_twice_what_popularity_finds() -> None:
    scores = {name: values.mean() for name, values in judged().items()}
    assert scores["oracle"] > 1.7 * scores["popularity"]


def test_tastes_can_be_read_off_what_warm_visitors_looked_at() -> None:
    warm = judged()["known"] >= 4
    facet, popular = (judged()[name][warm].mean() for name in ("facets", "popularity"))
    assert facet > 1.15 * popular
    assert facet < judged()["oracle"][warm].mean()


def test_the_oracle_ranks_by_utility() -> None:
    shelf = [event.item_id for event in history() if event.kind is Kind.LISTING and event.item_id]
    shelf = list(dict.fromkeys(shelf))[:20]
    visitor = next(event.visitor for event in history() if event.visitor)
    order = world().truth.oracle_rank(visitor, shelf, UNTIL)
    utility = world().truth.utility(visitor, order, UNTIL)
    assert sorted(order) == sorted(shelf)
    assert (np.diff(utility) <= 0).all()


def test_unknown_items_are_worth_nothing_and_unknown_visitors_have_no_taste() -> None:
    truth, known = world().truth, next(iter(items()))
    utility = truth.utility("nobody", [known, "no such item"], UNTIL)
    assert np.isfinite(utility[0])
    assert utility[1] == -np.inf
    with pytest.raises(KeyError):
        truth.tastes("nobody", "beauty", UNTIL)


def test_dwell_rises_with_interest_once_the_item_is_allowed_for() -> None:
    truth = world().truth
    truth.forget()
    shelves: dict[str, list[str]] = defaultdict(list)
    for event in history():
        if event.kind is Kind.LISTING and event.item_id:
            shelves[event.seller_id].append(event.item_id)
    interest, dwell, usual = [], [], []
    for event in [event for event in history() if event.kind is Kind.DWELL][::7]:
        shelf = list(dict.fromkeys(shelves[event.seller_id]))
        worth = truth.utility(event.visitor, shelf, event.at)
        item = event.item_id or ""
        interest.append((worth[shelf.index(item)] - worth.mean()) / worth.std())
        dwell.append(np.log(event.duration_ms or 1))
        usual.append(np.log(truth.usual_dwell_ms(item)))
    against_usual = np.array(dwell) - np.array(usual)
    assert np.corrcoef(interest, against_usual)[0, 1] > 0.3
    assert np.corrcoef(usual, dwell)[0, 1] > 0.3
    assert np.corrcoef(interest, against_usual)[0, 1] > np.corrcoef(interest, dwell)[0, 1]


def test_upper_slots_are_seen_more_and_tapped_more_often_when_seen() -> None:
    seen, tapped = Counter[int](), Counter[int]()
    for event in history():
        if event.kind is Kind.IMPRESSION:
            seen[event.position or 0] += 1
        elif event.kind is Kind.CLICK:
            tapped[event.position or 0] += 1
    assert seen[0] > seen[1] > seen[2] > seen[3] > seen[4] > seen[5]
    low = sum(tapped[k] for k in (3, 4, 5)) / sum(seen[k] for k in (3, 4, 5))
    assert tapped[0] / seen[0] > 1.3 * low


def test_food_is_bought_again_after_its_usual_while() -> None:
    times: dict[tuple[str, str], list[int]] = defaultdict(list)
    for event in history():
        if event.kind is Kind.PURCHASE and event.item_id:
            times[(event.visitor, event.item_id)].append(event.at)
    gaps = [
        (later - sooner) / DAY_MS
        for (_, item), bought in times.items()
        for sooner, later in pairwise(bought)
        if items()[item].supplier_id.startswith("food")
    ]
    assert len(gaps) > 20
    assert 8 < np.median(gaps) < 30
    again = Counter[str]()
    once = Counter[str]()
    for (_, item), bought in times.items():
        trade = items()[item].supplier_id.split("-")[0]
        once[trade] += 1
        again[trade] += len(bought) > 1
    assert again["food"] / once["food"] > 3 * again["fashion"] / once["fashion"]


def test_sun_care_is_looked_for_in_summer() -> None:
    def share(until: int) -> float:
        events = list(generate(6, 5, until, 20, pseudonymise=str).events())
        sun = {
            event.item_id
            for event in events
            if event.kind is Kind.ITEM and event.payload is not None
            and b"Sun care" in bytes(event.payload)
        }  # fmt: skip
        views = [event for event in events if event.kind is Kind.VIEW]
        return sum(event.item_id in sun for event in views) / len(views)

    assert share(JULY) > 2 * share(JANUARY)


def test_double_eleven_is_the_busiest_day() -> None:
    opens = Counter((UNTIL - event.at) // DAY_MS for event in history() if event.kind is Kind.OPEN)
    feast = opens[8] + opens[9]  # 10 and 11 November, nearly: days end at eight in the morning
    plain = sum(opens[day] for day in range(20, 40)) / 10
    assert feast > 1.4 * plain


def test_better_items_are_looked_at_more_within_a_category_and_reviews_hint_at_it() -> None:
    views = Counter(event.item_id for event in history() if event.kind is Kind.VIEW)
    quality, looked, rated, stars = [], [], [], []
    for item_id, item in items().items():
        if views[item_id]:
            quality.append(world().truth.quality(item_id))
            looked.append(np.log(views[item_id]))
        if item.rating is not None and (item.reviews or 0) >= 20:
            rated.append(world().truth.quality(item_id))
            stars.append(item.rating)
    assert np.corrcoef(quality, looked)[0, 1] > 0.2
    assert np.corrcoef(rated, stars)[0, 1] > 0.5


def test_friends_have_more_in_common_than_strangers() -> None:
    truth, beauty = world().truth, "beauty"
    pairs = [
        (event.visitor, event.from_visitor)
        for event in history()
        if event.kind is Kind.OPEN and event.from_visitor
    ][:200]

    def taste(visitor: str) -> np.ndarray:
        likes = truth.tastes(visitor, beauty, UNTIL)["category"]
        return np.array(list(likes.values()))

    friends = np.mean([np.corrcoef(taste(a), taste(b or ""))[0, 1] for a, b in pairs])
    strangers = np.mean(
        [
            np.corrcoef(taste(a), taste(d or ""))[0, 1]
            for (a, _), (_, d) in zip(pairs, pairs[60:] + pairs[:60], strict=True)
        ]
    )
    assert friends > strangers + 0.15
