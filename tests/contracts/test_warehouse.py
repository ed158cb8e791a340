"""What every warehouse of sellers' figures must do with what it knows of places in lists."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

import pytest

from data.counters import PLACE
from data.rolling import Roller
from data.rollups import SIGHTINGS_KEPT, SLOT_MS, signed, visitor_key
from data.schemas import Event, Kind, key64
from data.sightings import place_key
from data.stores import open_stores, open_warehouse
from tests.contracts.adapters import URLS

START = 1_000_000
SEEN, TAPPED = Kind.IMPRESSION, Kind.CLICK
TOLD: list[tuple[int, Kind, str]] = [
    (0, SEEN, "old"),
    (1, TAPPED, "old"),
    (2, SEEN, "other"),
    (SIGHTINGS_KEPT, TAPPED, "other"),  # still known
    (SIGHTINGS_KEPT + 2, SEEN, "new"),  # from here on the first is forgotten
    (1, SEEN, "old"),
    (1, TAPPED, "old"),
    (SIGHTINGS_KEPT + 2, TAPPED, "old"),
    (SIGHTINGS_KEPT + 3, SEEN, "old"),
]
"""Quarter, kind and product of what one visitor does with one list."""
RATES = {0: (1, 1), 2: (1, 1), SIGHTINGS_KEPT + 2: (1, 0), SIGHTINGS_KEPT + 3: (1, 1)}


@pytest.mark.parametrize("batch", [1, 4, 99])
@pytest.mark.parametrize("adapter", URLS)
def test_old_sightings_go_and_the_rates_of_their_quarters_stay(
    tmp_path: Path, adapter: str, batch: int
) -> None:
    events = [
        Event(
            event_id=f"e{n}", kind=kind, at=(START + slot) * SLOT_MS, seller_id="s", visitor="v",
            item_id=item, recommendation_id="r",
        )
        for n, (slot, kind, item) in enumerate(TOLD)
    ]  # fmt: skip
    url = URLS[adapter].format(folder=tmp_path)
    with open_stores(url) as stores, closing(open_warehouse(url)) as opened:
        stores.log.append(events)
        warehouse = opened.rollups
        Roller(stores.log, warehouse, batch).run()
        assert warehouse.latest() == START + SIGHTINGS_KEPT + 3
        rows = warehouse.visits(signed(key64("seller", "s")), START, 2 * START)
        rates = {
            slot - START: (sums[PLACE["seen"]], sums[PLACE["tapped"]])
            for slot, sums in zip(rows.slot.tolist(), rows.sums.tolist(), strict=True)
            if sums[PLACE["seen"]] or sums[PLACE["tapped"]]
        }
        assert rates == RATES
        places = [(visitor_key("v"), signed(place_key(one, None) or 0)) for one in events]
        known = warehouse.sightings(places)
        assert {one.slot - START for one in known.values()} == {
            SIGHTINGS_KEPT + 2,
            SIGHTINGS_KEPT + 3,
        }
