"""A killed writer loses nothing that it acknowledged, keeps nothing twice, and starts again."""

from __future__ import annotations

from pathlib import Path
from random import Random
from typing import TYPE_CHECKING

from data.stores import open_stores
from tests.chaos.crash import Child, killed_after

if TYPE_CHECKING:
    from data.stores import Stores

PROGRAM = str(Path(__file__).with_name("writing_child.py"))
KILLS = 20


def acknowledged(lines: list[str]) -> dict[str, int]:
    """Return the seq of each acknowledged event id."""
    pairs = [line.split(" ", 1) for line in lines]
    told = {event_id: int(seq) for seq, event_id in pairs}
    assert len(told) == len(pairs), "an event was acknowledged as new twice"
    return told


def stored(stores: Stores) -> dict[str, int]:
    """Return the seq of each stored event id, having checked that each is whole and there once."""
    found: dict[str, int] = {}
    while entries := stores.log.read(after=len(found)):
        for entry in entries:
            assert entry.seq == len(found) + 1
            assert entry.event.item_id == f"of {entry.event.event_id}"
            assert entry.event.event_id not in found
            found[entry.event.event_id] = entry.seq
    return found


def check_checkpoint(stores: Stores) -> None:
    """All derived rows are as of the cursor, which is not ahead of the log."""
    cursor = stores.checkpoints.load()
    if cursor is not None:
        row = str(cursor.seq).encode()
        assert cursor.seq <= stores.log.last_seq()
        assert cursor.statistics == row
        assert {stores.profiles.get(f"v{number}") for number in range(300)} == {row}
        assert {row for _, row in stores.catalog.items()} == {row}
        sellers = list(stores.catalog.shelves())
        assert [row for seller in sellers for row in stores.catalog.shelf(seller)] == [row]


def test_twenty_kills_at_full_speed_lose_and_repeat_nothing(tmp_path: Path) -> None:
    url, dice, told = f"sqlite:///{tmp_path}/log.db", Random(20), dict[str, int]()
    for kill in range(KILLS):
        before = f"run{kill - 1}" if kill else ""
        moment = 0 if kill == 3 else dice.randrange(1, 1_500)
        lines = killed_after(moment, [PROGRAM, url, f"run{kill}", "0", before])
        assert len(lines) >= moment
        told |= acknowledged(lines)
        with open_stores(url) as stores:
            there = stored(stores)
            check_checkpoint(stores)
        assert told.items() <= there.items()
    assert len(told) > 5_000
    with open_stores(url) as stores:
        assert stores.checkpoints.load() is not None


def test_two_processes_write_at_once_and_a_third_reads_along(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/log.db"
    children = [Child([PROGRAM, url, run, "3000", "shared"]) for run in ("left", "right")]
    first = [child.lines(1) for child in children]
    with open_stores(url, readonly=True) as reading:
        seen = stored(reading)
        lines = [*first[0], *first[1], *children[0].finish(), *children[1].finish()]
        there = stored(reading)
        check_checkpoint(reading)
    told = acknowledged(lines)
    assert seen.items() <= there.items()
    assert told.items() <= there.items()
    shared = there.keys() - told.keys()
    assert {event_id.partition("-")[0] for event_id in shared} == {"shared"}
    assert len(shared) == 200
