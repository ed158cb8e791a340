"""Training runs for tests: logs in memory, settings over the shipped ones, a counting clock."""

from __future__ import annotations

import io
from collections.abc import Iterable
from itertools import count
from pathlib import Path
from typing import Any

import msgspec

from data.schemas import Event, Item, Kind, Listing, Seller
from data.stores import open_stores
from data.stores.ports import EventLog, Stores
from models.registry import Registry
from training.baselines import Oracle
from training.config import Config
from training.pipeline import Job
from training.progress import Progress

UNTIL = 1_790_000_000_000
DAY, HOUR, MINUTE = 86_400_000, 3_600_000, 60_000


def settings(**changes: dict[str, Any]) -> Config:
    """Lay changes over the shipped settings, section by section."""
    values = Config.load().to_values()
    values["report"]["ablation_rows"] = 2_500  # parts are taken away some twenty times
    values["examples"]["learn_rows"] = 120_000  # trees are most of a run's time
    for section, change in changes.items():
        values[section] = values[section] | change
    return Config.from_values(values)


def job(
    log: EventLog, root: Path, config: Config, oracle: Oracle | None = None
) -> tuple[Job, io.StringIO]:
    """Return a job and what it will have told."""
    told, ticks = io.StringIO(), count()
    progress = Progress(told, lambda: float(next(ticks)))
    return Job(log, Registry(root), config, progress, UNTIL + DAY, oracle), told


def log_of(events: Iterable[Event]) -> Stores:
    """Put events into a log in memory."""
    stores = open_stores("memory://")
    batch = list(events)
    for start in range(0, len(batch), 5000):
        stores.log.append(batch[start : start + 5000])
    return stores


def shop(products: int, seller: str = "s1") -> list[Event]:
    """Open a shop: every product in one of three categories."""
    made = [_edit(Kind.SELLER, seller, None, Seller(seller_id=seller, name="店"))]
    for number in range(products):
        item = Item(
            item_id=f"i{number}",
            title=f"精华 serum {number}",
            category=f"c{number % 3}",
            tags=(f"t{number % 4}",),
            price=50.0 + number,
        )
        made.append(_edit(Kind.ITEM, "", item.item_id, item))
        listing = Listing(item_id=item.item_id, position=float(number))
        made.append(_edit(Kind.LISTING, seller, item.item_id, listing))
    return made


def view(number: int, visitor: str, item: int, at: int, seller: str = "s1") -> Event:
    """Let a visitor look at a product."""
    return Event(
        event_id=f"view-{number}",
        kind=Kind.VIEW,
        at=at,
        seller_id=seller,
        visitor=visitor,
        item_id=f"i{item}",
    )


def _edit(kind: Kind, seller: str, item_id: str | None, payload: msgspec.Struct) -> Event:
    return Event(
        event_id=f"{kind}-{seller}-{item_id}",
        kind=kind,
        at=UNTIL - 90 * DAY,
        seller_id=seller,
        item_id=item_id,
        payload=msgspec.Raw(msgspec.json.encode(payload)),
    )
