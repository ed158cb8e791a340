"""A home to measure: one catalogue, shelves of every size, visitors with a past, a fitted model.

Made from a seed in seconds: every visitor likes a few categories, so that there is something to
learn and the trees have something to split on. What the model says does not matter here, what it
costs does: all retrievers that training ships and a ranker as large as the one it makes.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import msgspec
import numpy as np
from numpy.typing import NDArray

from data.dataset import Interactions
from data.features import fingerprint
from data.identity import Pseudonymiser, open_key
from data.schemas import CODES, Event, Item, Kind, Listing, Query, Seller, key64
from data.state import State
from data.stores import Stores, open_stores
from models.bpr import Bpr
from models.cards import DataSpan, ModelCard, Verdict
from models.content import Content
from models.facts import ItemEncoder, facts_of
from models.folder import RETRIEVERS
from models.ranker import Ranker, TreeSettings
from models.recommender import Recommender
from models.registry import Registry
from service.loops import compile_once
from service.settings import ServiceSettings

NOW: Final = 1_790_000_000_000
CATEGORIES: Final = 60
LIKED: Final = 3
AT_ONCE: Final = 5_000
TREES: Final = TreeSettings(trees=300, leaves=7, learning_rate=0.05)
"""As large as training's own; see `training/default.toml`."""
KINDS: Final = (Kind.VIEW, Kind.VIEW, Kind.VIEW, Kind.DWELL, Kind.CLICK, Kind.FAVORITE, Kind.CART)


@dataclass(frozen=True, slots=True)
class Size:
    """Say how much there is; `shelves` are the sizes of the sellers' shelves."""

    items: int = 6_000
    shelves: tuple[int, ...] = (5, 50, 500, 5_000)
    visitors: int = 4_000
    acts: int = 12
    questions: int = 300
    trees: TreeSettings = TREES


QUICK: Final = Size(
    items=120,
    shelves=(5, 60),
    visitors=60,
    acts=6,
    questions=30,
    trees=TreeSettings(trees=10, leaves=7),
)


def shelf_name(size: int) -> str:
    """Name the seller whose shelf is of this size."""
    return f"shelf-{size}"


def visitor(number: int, visitors: int) -> int:
    """Return which visitor a call is from: all of them, once each, before any comes again."""
    return number * 7919 % visitors


def visitor_name(number: int) -> str:
    """Name a visitor as a page would."""
    return f"guest-{number}"


def make(settings: ServiceSettings, size: Size, seed: int = 7) -> None:
    """Fill an empty home: a log with its checkpoint, and a champion."""
    rng = np.random.default_rng(seed)
    items = [_item(number, rng) for number in range(size.items)]
    pseudonym = Pseudonymiser(open_key(settings)).visitor
    with open_stores(settings.store_url) as stores:
        events = _catalogue(items, size)
        events += _acts(size, rng, [pseudonym(visitor_name(n)) for n in range(size.visitors)])
        for start in range(0, len(events), AT_ONCE):
            stores.log.append(events[start : start + AT_ONCE])
        state = State.restore(stores)
        stores.checkpoints.save(state.checkpoint())
        model = _fitted(stores, items, size)
        model.ranker = _ranker(model, state, size, rng, pseudonym)
    registry = Registry(settings.artifacts)
    registry.promote(registry.register(model, card_of(model, seed, NOW)), NOW)
    compile_once(settings.artifacts)


def _item(number: int, rng: np.random.Generator) -> Item:
    category = number % CATEGORIES
    return Item(
        item_id=f"i{number}",
        title=f"商品 {category} 号 {number}",
        title_en=f"Product {number} of kind {category}",
        category=f"类 {category} / Kind {category}",
        brand=f"brand-{int(rng.integers(200))}",
        tags=(f"tag-{int(rng.integers(300))}", f"tag-{int(rng.integers(300))}"),
        price=round(float(rng.lognormal(4, 1)), 2),
        rating=round(float(rng.uniform(3.5, 5)), 1),
        reviews=int(rng.integers(0, 500)),
    )


def _catalogue(items: list[Item], size: Size) -> list[Event]:
    at = NOW - 90 * 86_400_000
    events = [_fact(Kind.ITEM, "", item.item_id, item, at) for item in items]
    for shelf in size.shelves:
        seller = shelf_name(shelf)
        events.append(_fact(Kind.SELLER, seller, None, Seller(seller_id=seller, name=seller), at))
        for place, item in enumerate(items[:shelf]):
            listing = Listing(item_id=item.item_id, position=place)
            events.append(_fact(Kind.LISTING, seller, item.item_id, listing, at))
    return events


def _fact(kind: Kind, seller: str, item_id: str | None, value: msgspec.Struct, at: int) -> Event:
    return Event(
        event_id=f"edit_{kind}-{seller}-{item_id}",
        kind=kind,
        at=at,
        seller_id=seller,
        item_id=item_id,
        payload=msgspec.Raw(msgspec.json.encode(value)),
    )


def _acts(size: Size, rng: np.random.Generator, visitors: list[str]) -> list[Event]:
    """Let each visitor act on one card, mostly within the categories she likes, over 60 days."""
    shop = np.array(size.shelves)[rng.integers(len(size.shelves), size=len(visitors))]
    drawn = zip(visitors, shop.tolist(), strict=True)
    made: list[Event] = []
    for number, (visitor, shelf) in enumerate(drawn):
        liked = rng.integers(CATEGORIES, size=LIKED)
        times = np.sort(rng.integers(NOW - 60 * 86_400_000, NOW, size=size.acts))
        for act, at in enumerate(times.tolist()):
            place = int(shelf * rng.random() ** 2)  # the front of a shelf is seen more
            if rng.random() < 0.8:
                place = place - place % CATEGORIES + int(liked[rng.integers(LIKED)])
            kind = KINDS[int(rng.integers(len(KINDS)))]
            made.append(
                Event(
                    event_id=f"e-{number}-{act}",
                    kind=kind,
                    at=at,
                    seller_id=shelf_name(shelf),
                    visitor=visitor,
                    item_id=f"i{place % shelf}",
                    duration_ms=int(rng.integers(1_000, 60_000)) if kind is Kind.DWELL else None,
                )
            )
    return sorted(made, key=lambda event: event.at)


def _fitted(stores: Stores, items: list[Item], size: Size) -> Recommender:
    rows = {item.item_id: row for row, item in enumerate(items)}
    acts = [logged for logged in stores.log.read(0, 10**9) if logged.event.visitor]
    names = sorted({logged.event.visitor for logged in acts})
    places = {name: place for place, name in enumerate(names)}
    acts.sort(key=lambda logged: (logged.event.visitor, logged.event.at, logged.seq))
    interactions = Interactions(
        visitor=np.array([places[one.event.visitor] for one in acts], np.int32),
        item=np.array([rows[one.event.item_id or ""] for one in acts], np.int32),
        at=np.array([one.event.at for one in acts], np.int64),
        kind=np.array([CODES[one.event.kind] for one in acts], np.uint8),
        value=np.ones(len(acts), np.float32),
        seller=np.zeros(len(acts), np.int32),
        seq=np.array([one.seq for one in acts], np.int64),
        item_keys=np.array([key64("item", item.item_id) for item in items], np.uint64),
        n_visitors=len(names),
        n_sellers=len(size.shelves),
    )
    facts = facts_of(items)
    shipped = [kind for kind in RETRIEVERS.values() if kind is not Bpr]
    retrievers = [kind().fit(interactions, facts) for kind in shipped]
    content = next(one for one in retrievers if isinstance(one, Content))
    return Recommender(
        retrievers=retrievers, encoder=ItemEncoder(content), item_keys=interactions.item_keys
    )


def _ranker(
    model: Recommender,
    state: State,
    size: Size,
    rng: np.random.Generator,
    pseudonym: Callable[[str], str],
) -> Ranker:
    """Fit trees on questions whose answers are products of the categories a visitor looks at."""
    matrices: list[NDArray[np.float32]] = []
    labels: list[NDArray[np.float32]] = []
    taste = model.feature_names.index("category_browse")
    for number in rng.permutation(size.visitors)[: size.questions].tolist():
        shelf = size.shelves[-1 - number % min(2, len(size.shelves))]
        query = Query(
            recommendation_id=f"fit-{number}",
            seller_id=shelf_name(shelf),
            visitor=pseudonym(visitor_name(number)),
            at=NOW,
        )
        found = model.candidates(query, state)
        if found is None:
            continue
        noise = rng.gumbel(size=len(found.matrix)).astype(np.float32)
        matrices.append(found.matrix)
        wanted = found.matrix[:, taste] + 0.3 * noise
        labels.append((wanted >= np.sort(wanted)[-5]).astype(np.float32))
    groups = np.array([len(matrix) for matrix in matrices], np.int32)
    matrix, label = np.concatenate(matrices), np.concatenate(labels)
    return Ranker.fit(matrix, label, groups, model.feature_names, 7, size.trees)


def card_of(model: Recommender, seed: int, created_at: int) -> ModelCard:
    """Describe a model that was fitted without a log."""
    return ModelCard(
        created_at=created_at,
        fingerprint=fingerprint(),
        feature_names=model.feature_names,
        data=DataSpan(
            events=0,
            interactions=0,
            visitors=0,
            sellers=0,
            items=len(model.item_keys),
            dwells=0,
            first_at=0,
            last_at=0,
            last_seq=0,
            cuts=(0, 0, 0),
            log_hash="",
        ),
        config={},
        seed=seed,
        metrics={},
        baselines={},
        verdict=Verdict(promoted=True, checks=()),
    )


def settings_for(home: Path) -> ServiceSettings:
    """Return the settings of a measured service: words only, since answers are not measured."""
    return ServiceSettings(home=home, encoders=(), poll_seconds=1.0)
