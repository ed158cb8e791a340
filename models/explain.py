"""Reasons: what moved a pick's score, by taking each group of columns away and scoring again.

A reason is a code with its evidence; `TEXTS` says it in Chinese and English. Evidence names only
things of the asking seller's own shelf: what a visitor did elsewhere moves her picks, but is told
to nobody.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray

from data.catalogue import BRAND, CATEGORY, Listings
from data.features import FEATURES, GROUPS
from data.profiles import Profile
from data.schemas import Query, offer
from data.state import State
from models.base import Scores
from models.evidence import Known, holds, known_here, popular
from models.expressions import compile_boost

if TYPE_CHECKING:  # the recommender calls this module
    from models.candidates import Candidates
    from models.recommender import Recommender, Scorer

Reason = tuple[str, str]

TEXTS: Final[Mapping[str, tuple[str, str]]] = {
    "similar_to_viewed": ("与你看过的「{}」相近", "Similar to “{}” that you looked at"),
    "bought_next": ("看过「{}」的人接着看了它", "Others went from “{}” on to this"),
    "category_affinity": ("你常看的{}", "From a category you like: {}"),
    "brand_affinity": ("你喜欢的品牌 {}", "From a brand you like: {}"),
    "tag_affinity": ("符合你的偏好", "Matches what you prefer"),
    "price_match": ("在你常看的价位", "In the price range you look at"),
    "repeat": ("你之前关注过它", "You were interested in it before"),
    "popular_here": ("本店热门", "Popular in this shop"),
    "trending": ("最近越来越受欢迎", "Trending lately"),
    "well_reviewed": ("口碑好评", "Well reviewed"),
    "shared_by_friend": ("分享给你的朋友也关注", "Your friend who shared this card liked it"),
    "similar_to_context": ("与你正在看的商品搭配", "Goes with what you are looking at"),
    "new_arrival": ("新品上架", "New arrival"),
    "sellers_choice": ("店主推荐", "The seller's choice"),
    "boosted": ("本店主推", "Promoted by this shop"),  # evidence: the rule as it was written
    "on_offer": ("限时价 ¥{}", "Limited offer: ¥{}"),  # evidence: the price while it lasts
}
"""Each code in Chinese and English; {} stands for the evidence where there is one."""

UNNAMED: Final[Mapping[str, tuple[str, str]]] = {
    "similar_to_viewed": ("与你看过的商品相近", "Similar to what you looked at"),
    "bought_next": ("看过同款的人接着看了它", "Others looked at this next"),
    "category_affinity": ("你常看的品类", "From a category you like"),
    "brand_affinity": ("你喜欢的品牌", "From a brand you like"),
}

MOST: Final = 2
SMALLEST_SHARE: Final = 0.05
"""A group that moved the score by less than this share of the candidates' spread is no reason."""

_NEXT: Final = ("slr", "sequence", "next", "transition")
LINKED: Final = ("similar_to_viewed", "bought_next")
"""The codes whose evidence is a product she visited."""
NEWEST: Final = 6
"""How many of the newest visits are asked which of them speaks for a pick."""


def groups(names: tuple[str, ...]) -> dict[str, NDArray[np.int64]]:
    """Return for each reason code the columns that stand behind it."""
    found: dict[str, list[int]] = {}
    for code, columns in GROUPS.items():
        found[code] = [names.index(column) for column in columns]
    for place in range(len(FEATURES), len(names)):
        name = names[place]
        if name.startswith("category_steps"):
            found["category_affinity"].append(place)
        elif name.startswith("popularity"):
            found["popular_here"].append(place)
        elif name.startswith("repeat"):
            found["repeat"].append(place)
        elif name.startswith(_NEXT):
            found.setdefault("bought_next", []).append(place)
        elif name != "new_to_model":
            found.setdefault("similar_to_viewed", []).append(place)
    return {code: np.array(columns, dtype=np.int64) for code, columns in found.items()}


def reasons(
    recommender: Recommender,
    query: Query,
    profile: Profile,
    state: State,
    candidates: Candidates,
    scores: Scores,
    order: NDArray[np.int32],
) -> list[tuple[Reason, ...]]:
    """Return up to two reasons for each pick, the one that moved its score most first.

    A group is taken away by giving its columns the middle of all candidates: what a product that
    is nothing special in this respect would have. The fall of the score (the ranker's own, before
    any boost) is what it was worth. `profile` is what the query may read of the visitor.
    """
    if not query.explain:
        return [()] * len(order)
    pinned = candidates.listings.pinned[candidates.positions[order]]
    if recommender.ranker is None:
        plain = [(_plain(candidates, place), "") for place in order.tolist()]
        return [
            (("sellers_choice", "") if pin else reason,)
            for pin, reason in zip(pinned, plain, strict=True)
        ]
    known = known_here(query, profile, candidates, state)
    worth = recommender.likeness(candidates, order) if known.near else {}
    drops, codes = _drops(recommender, recommender.ranker, candidates, scores, order)
    least = SMALLEST_SHARE * max(float(scores.max() - scores.min()), 1e-6)
    found: list[tuple[Reason, ...]] = []
    for row, place in enumerate(order.tolist()):
        told: list[Reason] = [("sellers_choice", "")] if pinned[row] else []
        for column in np.argsort(-drops[row], kind="stable").tolist():
            code = codes[column]
            if len(told) == MOST or drops[row, column] < least:
                break
            if code not in {code for code, _ in told} and holds(code, known, candidates, place):
                told.append((code, _evidence(code, known, candidates, place, worth, row)))
        found.append(tuple(told) or ((_plain(candidates, place), ""),))
    return found


def _plain(candidates: Candidates, place: int) -> str:
    """Return what can be said when nothing moved the score much."""
    return "popular_here" if popular(candidates, place) else "sellers_choice"


def with_boosts(
    told: list[tuple[Reason, ...]],
    boost: str,
    listings: Listings,
    positions: NDArray[np.int32],
) -> list[tuple[Reason, ...]]:
    """Put the rules of a boost that raised a pick before its reasons: promotion is no secret."""
    raised = compile_boost(boost).raised(listings)
    return [
        (*(("boosted", words) for words, rows in raised if rows[position]), *why)
        for position, why in zip(positions.tolist(), told, strict=True)
    ]


def with_offers(
    told: list[tuple[Reason, ...]], query: Query, listings: Listings, positions: NDArray[np.int32]
) -> list[tuple[Reason, ...]]:
    """Put behind a pick's reasons the limited offer that runs at the moment of the query."""
    found: list[tuple[Reason, ...]] = []
    for position, why in zip(positions.tolist(), told, strict=True):
        listing = listings.listings[position]
        usual = float(listings.price[position])
        price, limited = offer(listing, usual if np.isfinite(usual) else None, query.at)
        found.append(why if limited is None else (*why, ("on_offer", f"{price:g}")))
    return found


def _drops(
    recommender: Recommender,
    ranker: Scorer,
    candidates: Candidates,
    scores: Scores,
    order: NDArray[np.int32],
) -> tuple[NDArray[np.float32], list[str]]:
    """Score the picks once more for each group, with the group's columns made ordinary."""
    picked = candidates.matrix[order]
    ordinary = np.median(candidates.matrix, axis=0)
    codes = list(recommender.groups)
    stacked = np.repeat(picked[None], len(codes), axis=0)
    for place, code in enumerate(codes):
        columns = recommender.groups[code]
        stacked[place][:, columns] = ordinary[columns]
    without = ranker.score(stacked.reshape(-1, picked.shape[1]))
    return scores[order][:, None] - without.reshape(len(codes), -1).T, codes


def _evidence(
    code: str,
    known: Known,
    candidates: Candidates,
    place: int,
    worth: Mapping[str, Scores],
    row: int,
) -> str:
    listings, position = candidates.listings, int(candidates.positions[place])
    item = listings.items[position]
    if code == "category_affinity":
        return item.category if listings.facets[position, CATEGORY] else ""
    if code == "brand_affinity":
        return item.brand if listings.facets[position, BRAND] else ""
    if code in LINKED:
        return _nearest(known, candidates, place, worth[code][:, row])
    return ""


def _nearest(known: Known, candidates: Candidates, place: int, worth: Scores) -> str:
    """Name the product of this shelf, visited here, that speaks most for a pick; empty: none."""
    listings = candidates.listings
    for visit in np.argsort(-worth, kind="stable").tolist():
        key = int(candidates.visited[visit])
        if worth[visit] <= 0:
            break
        there = listings.by_key.get(key)
        visited = key in known.near and key != int(candidates.keys[place])
        if visited and there is not None and listings.active[there]:
            return listings.item_ids[there]
    return ""


def render(code: str, evidence: str, locale: str, titles: Mapping[str, str]) -> str:
    """Say a reason in the visitor's language; `titles` gives product names by item id."""
    language = 0 if locale.lower().startswith("zh") else 1
    if code in UNNAMED and not evidence:
        return UNNAMED[code][language]
    name = titles[evidence] if evidence in titles else _half(evidence, language)
    return TEXTS[code][language].format(name)


def _half(label: str, language: int) -> str:
    """Return one side of a label that stands in both languages, as catalogues write them.

    >>> _half("面膜 / Face masks", 1), _half("雪芽集", 1)
    ('Face masks', '雪芽集')
    """
    halves = label.split(" / ")
    return halves[language] if len(halves) == 2 else label
