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
from data.schemas import Query
from data.state import State
from models.base import Scores
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
}
"""Each code in Chinese and English; {} stands for the evidence where there is one."""

UNNAMED: Final[Mapping[str, tuple[str, str]]] = {
    "similar_to_viewed": ("与你看过的商品相近", "Similar to what you looked at"),
    "bought_next": ("看过同款的人接着看了它", "Others looked at this next"),
    "category_affinity": ("你常看的品类", "From a category you like"),
    "brand_affinity": ("你喜欢的品牌", "From a brand you like"),
}

PERSONAL_CODES: Final = frozenset(
    {
        "similar_to_viewed",
        "bought_next",
        "category_affinity",
        "brand_affinity",
        "tag_affinity",
        "price_match",
        "repeat",
    }
)
MOST: Final = 2
SMALLEST_SHARE: Final = 0.05
"""A group that moved the score by less than this share of the candidates' spread is no reason."""

_NEXT: Final = ("slr", "sequence", "next", "transition")
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
        elif name.startswith(_NEXT):
            found.setdefault("bought_next", []).append(place)
        elif name != "new_to_model":
            found.setdefault("similar_to_viewed", []).append(place)
    return {code: np.array(columns, dtype=np.int64) for code, columns in found.items()}


def reasons(
    recommender: Recommender,
    query: Query,
    state: State,
    candidates: Candidates,
    scores: Scores,
    order: NDArray[np.int32],
) -> list[tuple[Reason, ...]]:
    """Return up to two reasons for each pick, the one that moved its score most first.

    A group is taken away by giving its columns the middle of all candidates: what a product that
    is nothing special in this respect would have. The fall of the score is what it was worth.
    """
    pinned = candidates.listings.pinned[candidates.positions[order]]
    if not query.explain:
        return [()] * len(order)
    if recommender.ranker is None:
        code = "popular_here" if candidates.level < 4 else "sellers_choice"
        popular = scores[order] >= 0.1
        return [
            ((code if liked and not pin else "sellers_choice", ""),)
            for liked, pin in zip(popular, pinned, strict=True)
        ]
    here = _known_here(query, state, candidates)
    drops, codes = _drops(recommender, recommender.ranker, candidates, scores, order)
    spread = max(float(scores.max() - scores.min()), 1e-6)
    found: list[tuple[Reason, ...]] = []
    for row, place in enumerate(order.tolist()):
        told: list[Reason] = [("sellers_choice", "")] if pinned[row] else []
        for column in np.argsort(-drops[row], kind="stable").tolist():
            code, drop = codes[column], float(drops[row, column])
            if len(told) == MOST or drop < SMALLEST_SHARE * spread:
                break
            if (code in PERSONAL_CODES and not here) or not _true(code, candidates, place):
                continue
            told.append((code, _evidence(recommender, code, state, candidates, place)))
        found.append(
            tuple(told)
            or (("popular_here" if _popular(candidates, place) else "sellers_choice", ""),)
        )
    return found


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


def _known_here(query: Query, state: State, candidates: Candidates) -> bool:
    """Say whether she did anything on this very card, so that personal words may be used."""
    if query.context_items:
        return True
    touches = state.profile(query.visitor).touches
    return bool(np.any(touches["seller"] == np.uint64(candidates.listings.seller_key)))


def _column(candidates: Candidates, place: int, name: str) -> float:
    return float(candidates.matrix[place, FEATURES.index(name)])


def _popular(candidates: Candidates, place: int) -> bool:
    return _column(candidates, place, "listing_acts_total") > 0


def _true(code: str, candidates: Candidates, place: int) -> bool:
    """Refuse words that the facts do not bear out, whatever the score says."""
    checks = {
        "popular_here": ("listing_share", 0.0),
        "trending": ("item_trend", 0.0),
        "well_reviewed": ("reviews", 1.0),
        "repeat": ("own_acts", 0.0),
        "category_affinity": ("category_browse", 0.05),
        "brand_affinity": ("brand_browse", 0.05),
        "tag_affinity": ("best_tag", 0.05),
        "price_match": ("band_browse", 0.05),
        "shared_by_friend": ("sharer_acts", 0.0),
        "similar_to_context": ("context_category", 0.0),
    }
    if code == "new_arrival":
        return 0.0 <= _column(candidates, place, "listed_days") < float(np.log1p(14.0))
    if code in ("similar_to_viewed", "bought_next"):
        return len(candidates.visited) > 0
    name, least = checks.get(code, ("shelf_size", 0.0))
    return _column(candidates, place, name) > least


def _evidence(
    recommender: Recommender, code: str, state: State, candidates: Candidates, place: int
) -> str:
    listings, position = candidates.listings, int(candidates.positions[place])
    item = listings.items[position]
    if code == "category_affinity":
        return item.category if listings.facets[position, CATEGORY] else ""
    if code == "brand_affinity":
        return item.brand if listings.facets[position, BRAND] else ""
    if code in ("similar_to_viewed", "bought_next"):
        return _nearest(recommender, code, state, candidates, place)
    return ""


def _nearest(
    recommender: Recommender, code: str, state: State, candidates: Candidates, place: int
) -> str:
    """Name the visited product of this shelf that speaks most for a pick; empty when none does."""
    here = candidates.listings.places
    worth = recommender.likeness(recommender.groups[code], candidates, place)
    for visit in np.argsort(-worth, kind="stable").tolist():
        key = int(candidates.visited[visit])
        entry = state.catalogue.by_key.get(key)
        if worth[visit] <= 0:
            break
        if (
            entry is not None
            and entry.item is not None
            and key != int(candidates.keys[place])
            and entry.item.item_id in here
        ):
            return entry.item.item_id
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
