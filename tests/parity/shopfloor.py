"""A service without HTTP: events in, recommendations out and logged, restarts from checkpoints."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import msgspec
import numpy as np

from data.features import fingerprint
from data.schemas import Event, Item, Kind, Listing, Query, Seller
from data.state import State
from data.stores import open_stores
from models.cards import DataSpan, ModelCard, Verdict
from models.facts import ItemEncoder, facts_of
from models.folder import RETRIEVERS
from models.ranker import Ranker, TreeSettings
from models.recommender import Recommender
from models.registry import Registry
from models.settings import Settings
from models.signals import Signals
from training.scan import entries, scan

NOW = 1_790_000_000_000
MINUTE, DAY = 60_000, 86_400_000
SELLERS, PRODUCTS, VISITORS = ("s1", "s2"), 9, 5


def product(number: int, price: float = 0.0, **fields: Any) -> Item:
    """Describe a product of the two shops."""
    made: dict[str, Any] = {
        "item_id": f"i{number}",
        "title": f"精华 {number} serum {'ab'[number % 2]}",
        "category": f"c{number % 3}",
        "brand": f"b{number % 4}",
        "tags": (f"t{number % 5}", "all"),
        "price": price or 50.0 + 10 * number,
        "rating": 4.0 + number / 10,
        "reviews": number * 7,
    }
    return Item(**(made | fields))


class Shopfloor:
    """Keep a live state in step with a log, as the service does."""

    def __init__(self, model: Recommender, **settings: Any) -> None:
        """Open two shops."""
        self.stores = open_stores("memory://")
        self.state = State(self.stores.profiles.get, **settings)
        self.keep = settings.get("keep")
        self.model = model
        self.made = 0
        for seller in SELLERS:
            self.tell(Kind.SELLER, seller_id=seller, payload=Seller(seller_id=seller, name="店"))
        for number in range(PRODUCTS):
            self.tell(Kind.ITEM, item_id=f"i{number}", payload=product(number))
            for seller in SELLERS[: 1 + number % 2]:
                self.put(seller, number)

    def put(self, seller: str, number: int, at: int = NOW - 30 * DAY, **fields: Any) -> None:
        """Put a product on a shelf or change its listing."""
        listing = Listing(item_id=f"i{number}", position=float(number), **fields)
        self.tell(Kind.LISTING, at, seller_id=seller, item_id=f"i{number}", payload=listing)

    def tell(self, kind: Kind, at: int = NOW - 30 * DAY, **fields: Any) -> Event:
        """Append one new event."""
        self.made += 1
        if "payload" in fields:
            fields["payload"] = msgspec.Raw(msgspec.json.encode(fields["payload"]))
        event = Event(event_id=f"e{self.made}", kind=kind, at=at, **fields)
        self.append([event])
        return event

    def append(self, events: Iterable[Event]) -> None:
        """Append events and fold what was new, in log order."""
        self.stores.log.append(list(events))
        for logged in self.stores.log.read(self.state.seq):
            self.state.apply(logged)

    def recommend(self, visitor: str, at: int, seller: str = "s1", **fields: Any) -> str:
        """Answer a query and log what was shown; return its id."""
        self.made += 1
        asked = Query(
            recommendation_id=f"r{self.made}", seller_id=seller, visitor=visitor, at=at, **fields
        )
        record = self.model.recommend(asked, self.state).record
        self.append(
            [
                Event(
                    event_id=asked.recommendation_id,
                    kind=Kind.RECOMMENDATION,
                    at=at,
                    seller_id=seller,
                    visitor=visitor,
                    payload=msgspec.Raw(msgspec.json.encode(record)),
                )
            ]
        )
        return asked.recommendation_id

    def restart(self) -> None:
        """Save a checkpoint, forget everything and come back."""
        self.stores.checkpoints.save(self.state.checkpoint())
        self.state = State.restore(self.stores, self.keep)

    def crash(self) -> None:
        """Come back from the last checkpoint that was saved, if any, and the log."""
        self.state = State.restore(self.stores, self.keep)


def trained(folder: Path) -> tuple[Registry, str]:
    """Register a model with every kind of retriever and a small ranker."""
    floor = Shopfloor(Recommender.fallback())
    rng = np.random.default_rng(5)
    for step in range(300):
        item = int(rng.integers(PRODUCTS))
        floor.tell(
            Kind.VIEW, NOW - DAY + step * MINUTE, seller_id="s1",
            visitor=f"v{int(rng.integers(VISITORS))}", item_id=f"i{item}",
        )  # fmt: skip
    scanned = scan(entries(floor.stores.log))
    interactions, facts = scanned.until(NOW), facts_of(scanned.described(NOW))
    retrievers = tuple(kind().fit(interactions, facts) for kind in RETRIEVERS.values())
    content = next(r for r in retrievers if r.name == "content")
    model = Recommender(
        retrievers=retrievers,
        encoder=ItemEncoder(content),  # type: ignore[arg-type]  # found by its name
        item_keys=interactions.item_keys,
        settings=Settings(candidates=6, scan=7, epsilon=0.2, signals=Signals(dwell=0.3)),
    )
    names = model.feature_names
    matrix = rng.random((600, len(names)), dtype=np.float32)
    labels = (matrix[:, 0] + matrix[:, -5] > 1.3).astype(np.float32)
    groups = np.full(60, 10, np.int32)
    model.ranker = Ranker.fit(matrix, labels, groups, names, 3, TreeSettings(trees=5, leaves=4))
    registry = Registry(folder)
    span = DataSpan(
        events=0, interactions=0, visitors=0, sellers=0, items=0, dwells=0, first_at=0,
        last_at=0, last_seq=0, cuts=(0, 0, 0), log_hash="",
    )  # fmt: skip
    card = ModelCard(
        created_at=NOW,
        fingerprint=fingerprint(),
        feature_names=names,
        data=span,
        config={},
        seed=3,
        metrics={},
        baselines={},
        verdict=Verdict(promoted=True, checks=()),
    )
    return registry, registry.register(model, card)
