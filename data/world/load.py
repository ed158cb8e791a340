"""Traffic on demand: queries and events as this world's visitors would send them right now."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import numpy as np

from data.schemas import Event, Query
from data.world.dice import Dice, opaque, stream
from data.world.scene import Scene
from data.world.sessions import Session
from data.world.stands import Stand

_AN_HOUR: Final = 3_600_000


def sample_queries(scene: Scene, count: int, seed: int, at: int) -> Iterator[Query]:
    """Yield queries at a moment (epoch ms): loyal visitors ask more often, some about a product."""
    chosen, dice = _visitors(scene, count, seed), Dice(stream(seed, "queries"))
    for number, visitor in enumerate(chosen):
        shop = scene.catalogue.shops[int(scene.visitors.shop[visitor])]
        opened = shop.open_rows(at)
        looking = len(opened) > 0 and dice.chance(0.4)
        item = (shop.item_ids[opened[dice.below(len(opened))]],) if looking else ()
        yield Query(
            recommendation_id=f"q{opaque(seed, 'query', number, length=14)}",
            seller_id=shop.seller.seller_id,
            visitor=scene.name(visitor),
            at=at,
            session_id=f"q{seed}-{visitor}",
            placement="product_page" if looking else "card_home",
            context_items=item,
            locale="zh" if dice.chance(0.8) else "en",
        )


def sample_events(scene: Scene, count: int, seed: int, at: int) -> Iterator[Event]:
    """Yield events of visits within the hour before a moment (epoch ms), visit after visit."""
    dice, tag = Dice(stream(seed, "load")), "l" + opaque(seed, "load", length=6)
    stands = [Stand(shop, scene.catalogue.goods[shop.trade]) for shop in scene.catalogue.shops]
    sent = 0
    for number, visitor in enumerate(_visitors(scene, count, seed)):
        stand = stands[int(scene.visitors.shop[visitor])].on(at - _AN_HOUR)
        if not len(stand.rows):
            continue
        prefix = f"{tag}{number:x}"
        name = scene.name(visitor)
        guest = scene.guest(visitor, stand.shop.trade, at, name, prefix)
        session = Session(stand, guest, dice, at - _AN_HOUR, prefix)
        session.play()
        for event in session.events:
            if event.at <= at:
                yield event
                sent += 1
                if sent == count:
                    return


def _visitors(scene: Scene, count: int, seed: int) -> list[int]:
    odds = 0.05 + scene.visitors.loyalty
    drawn = stream(seed, "load visitors").choice(len(odds), size=count, p=odds / odds.sum())
    return [int(visitor) for visitor in np.asarray(drawn)]
