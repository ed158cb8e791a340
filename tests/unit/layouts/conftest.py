"""Import tiny files into a log in memory, and look at what came of it."""

from __future__ import annotations

import gzip
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from data.identity import Pseudonymiser
from data.layouts import LAYOUTS
from data.layouts.intake import Mark, Report, take_in
from data.layouts.layout import Job
from data.layouts.source import Source
from data.schemas import Event, Kind
from data.stores import EventLog, open_stores

NOW = 1_700_000_000_000
CATALOGUE = (Kind.ITEM, Kind.SELLER, Kind.LISTING)


@dataclass(frozen=True)
class Desk:
    """Write files and import them, all into one log."""

    folder: Path
    log: EventLog
    visitor: Callable[[str], str]

    def write(self, name: str, text: str | bytes) -> str:
        data = text.encode() if isinstance(text, str) else text
        path = self.folder / name
        path.write_bytes(gzip.compress(data) if name.endswith(".gz") else data)
        return str(path)

    def take(self, layout: str, *files: str, seller: str = "", mapping: str = "") -> Report:
        job = Job(seller or layout, NOW, self.visitor, Path(mapping) if mapping else None)
        sources = [Source(file) for file in files]
        return take_in(LAYOUTS[layout], sources, job, self.log, Mark(None, ""))

    def events(self) -> list[Event]:
        return [entry.event for entry in self.log.read()]

    def acts(self) -> list[Event]:
        return [event for event in self.events() if event.kind not in CATALOGUE]


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(
        tmp_path, open_stores("memory://").log, Pseudonymiser(b"a key for the tests").visitor
    )
