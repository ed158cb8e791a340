"""Reasons: what moved a pick's score, by taking each group of columns away and scoring again.

A reason is a code with its evidence; `TEXTS` says it in Chinese and English. Evidence names only
things of the asking seller's own shelf: what a visitor did elsewhere moves her picks, but is told
to nobody.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray

from data.catalogue import BRAND, CATEGORY, Listings
from data.features import FEATURES, GROUPS
from data.kernels import kernel
from data.schemas import Query, offer
from models.base import NEW_TO_MODEL, Scores
from models.counterfactual import falls
from models.evidence import columns_of, plain, sayable
from models.expressions import Boosted
from models.hodge_rank import HodgeRank
from models.known import Known, known_here
from models.language import LANGUAGES, Language, side
from models.money import money

if TYPE_CHECKING:  # the recommender calls this module
    from models.candidates import Candidates
    from models.recommender import Recommender

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
    "shared_by_friend": (
        "分享给你的朋友也关注",
        "Your friend who shared this card was interested in it",
    ),
    "similar_to_context": ("与你正在看的商品搭配", "Goes with what you are looking at"),
    "new_arrival": ("新品上架", "New arrival"),
    "sellers_choice": ("店主推荐", "The seller's choice"),
    "on_shelf": ("本店在售", "In this shop"),  # where nothing else is true
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
_NO_REASON: Final = frozenset((NEW_TO_MODEL, *HodgeRank.columns))
"""Columns that tell nobody why: what a model has not seen, what others come to early or late."""
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
        elif name not in _NO_REASON:
            found.setdefault("similar_to_viewed", []).append(place)
    return {code: np.array(columns, dtype=np.int64) for code, columns in found.items()}


def table(groups: Mapping[str, NDArray[np.int64]]) -> NDArray[np.int64]:
    """Return the groups' columns as one array int64[groups, most], filled up with -1."""
    most = max((len(columns) for columns in groups.values()), default=0)
    found = np.full((len(groups), most), -1, dtype=np.int64)
    for row, columns in enumerate(groups.values()):
        found[row, : len(columns)] = columns
    return found


def reasons(
    recommender: Recommender,
    query: Query,
    candidates: Candidates,
    scores: Scores,
    order: NDArray[np.int32],
) -> list[tuple[Reason, ...]]:
    """Return up to two reasons for each pick, the one that moved its score most first.

    A group is taken away by giving its columns the middle of all candidates: what a product that
    is nothing special in this respect would have. The fall of the score (the ranker's own, before
    any boost) is what it was worth.
    """
    if not query.explain:
        return [()] * len(order)
    pinned = candidates.listings.pinned[candidates.positions[order]].tolist()
    if recommender.ranker is None:
        said = plain(candidates, order)
        return [
            (("sellers_choice" if pin else code, ""),)
            for pin, code in zip(pinned, said, strict=True)
        ]
    known = known_here(query, candidates)
    codes = tuple(recommender.groups)
    true = sayable(columns_of(codes), known, candidates, order)
    drops = falls(
        recommender.ranker, candidates.matrix, scores, order, true, recommender.group_columns
    )
    told = _told(codes, _strongest(drops, scores, SMALLEST_SHARE).tolist(), pinned)
    near = _nearest(recommender, known, candidates, order, told)
    said = plain(candidates, order) if [] in told else []
    found: list[tuple[Reason, ...]] = []
    for row, (place, moved) in enumerate(zip(order.tolist(), told, strict=True)):
        why = [(code, near.get((code, row)) or _facet(code, candidates, place)) for code in moved]
        found.append(tuple(why) if why else ((said[row], ""),))
    return found


def _told(
    codes: tuple[str, ...], strongest: list[list[int]], pinned: list[bool]
) -> list[list[str]]:
    """Choose the codes of each pick: what moved it most, as far as it moved it at all."""
    found: list[list[str]] = []
    for pin, columns in zip(pinned, strongest, strict=True):
        moved = [codes[column] for column in columns if column >= 0]
        if pin:
            told = ["sellers_choice", *(code for code in moved if code != "sellers_choice")]
            moved = told[:MOST]
        found.append(moved)
    return found


@kernel
def _strongest(drops: Scores, scores: Scores, share: float) -> NDArray[np.int64]:
    """Return the columns int64[k, MOST] of each row's greatest values, or -1.

    None is below a share of what lies between the highest and the lowest of the scores.
    """
    least = share * max(np.float64(scores.max() - scores.min()), 1e-6)
    found = np.full((len(drops), MOST), -1, np.int64)
    for row in range(len(drops)):
        for slot in range(MOST):
            for column in range(drops.shape[1]):
                value, best = drops[row, column], found[row, slot]
                taken = False
                for before in found[row, :slot]:
                    taken |= before == column
                if value >= least and not taken and (best < 0 or value > drops[row, best]):
                    found[row, slot] = column
    return found


def with_boosts(
    told: list[tuple[Reason, ...]], boosted: Boosted, positions: NDArray[np.int32]
) -> list[tuple[Reason, ...]]:
    """Put the rules of a boost that raised a pick before its reasons: promotion is no secret."""
    return [
        (*(("boosted", words) for words, rows in boosted.raised if rows[position]), *why)
        for position, why in zip(positions.tolist(), told, strict=True)
    ]


def with_offers(
    told: list[tuple[Reason, ...]], query: Query, listings: Listings, positions: NDArray[np.int32]
) -> list[tuple[Reason, ...]]:
    """Put behind a pick's reasons the limited offer that runs at the moment of the query."""
    if not listings.limited:
        return told
    found: list[tuple[Reason, ...]] = []
    for position, why in zip(positions.tolist(), told, strict=True):
        listing = listings.listings[position]
        if not listing.promotions:
            found.append(why)
            continue
        usual = listing.price if listing.price is not None else listings.items[position].price
        # not by the column of prices, which is in single precision
        price, limited = offer(listing, usual, query.at)
        if limited is None or price is None:
            found.append(why)
        else:
            found.append((*why, ("on_offer", money(price))))
    return found


def _facet(code: str, candidates: Candidates, place: int) -> str:
    """Name the category or the brand that a reason speaks of; empty for any other."""
    listings, position = candidates.listings, int(candidates.positions[place])
    if code == "category_affinity":
        return listings.items[position].category if listings.facets[position, CATEGORY] else ""
    if code == "brand_affinity":
        return listings.items[position].brand if listings.facets[position, BRAND] else ""
    return ""


def _nearest(
    recommender: Recommender,
    known: Known,
    candidates: Candidates,
    order: NDArray[np.int32],
    told: Sequence[Sequence[str]],
) -> dict[tuple[str, int], str]:
    """Name for linked codes and rows the product of this card, visited here, that speaks most.

    Asked are the newest visits alone, and only for the picks that such a reason is told of.
    """
    listings, newest = candidates.listings, candidates.visited[:NEWEST]
    near, place = known.near.tolist(), listings.by_key.get
    places = [place(key, -1) if key in near else -1 for key in newest.tolist()]
    visits = [visit for visit, at in enumerate(places) if at >= 0 and listings.active[at]]
    found: dict[tuple[str, int], str] = {}
    for code in LINKED if visits else ():
        rows = [row for row, codes in enumerate(told) if code in codes]
        if not rows:
            continue
        asked = order[rows]
        worth = recommender.likeness(candidates, asked, code, visits)
        keys = listings.item_keys[candidates.positions[asked]]
        for row, best in zip(rows, _loudest(worth, newest[visits], keys).tolist(), strict=True):
            if best >= 0:
                found[code, row] = listings.item_ids[places[visits[best]]]
    return found


@kernel
def _loudest(
    worth: Scores, visited: NDArray[np.uint64], picks: NDArray[np.uint64]
) -> NDArray[np.int64]:
    """Return which visit to another product speaks most for each pick, -1 where none does."""
    found = np.full(len(picks), -1, np.int64)
    for pick in range(len(picks)):
        most = np.float32(0)
        for visit in range(len(visited)):
            if visited[visit] != picks[pick] and worth[visit, pick] > most:
                most = worth[visit, pick]
                found[pick] = visit
    return found


def render(code: str, evidence: str, language: Language, titles: Mapping[str, str]) -> str:
    """Say a reason in a language; `titles` gives product names by item id.

    Only what is linked names a product: a price or a category may read like an item's id.
    """
    title = titles.get(evidence) if code in LINKED else None
    return _said(code, evidence if title is None else title, language, named=title is not None)


@lru_cache(maxsize=10_000)
def _said(code: str, told: str, language: Language, *, named: bool) -> str:
    place = LANGUAGES.index(language)
    if code in UNNAMED and not (told or named):
        return UNNAMED[code][place]
    return TEXTS[code][place].format(told if named else side(told, language))
