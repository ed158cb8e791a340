"""Take what a layout reads into the log: in batches, counted, and so that a killed run goes on."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from hashlib import blake2b
from pathlib import Path
from typing import Final

import msgspec

from data.layouts.layout import Catalogued, Job, Layout, Rejected, Sighting
from data.layouts.order import by_time
from data.layouts.shelves import EVENT_IDS
from data.layouts.source import Source
from data.schemas import Event, Item, Kind, Listing, Seller
from data.stores import EventLog

BATCH: Final = 5_000
"""Events in one transaction of the log."""


@dataclass(slots=True)
class Report:
    """Count what became of the rows, and keep the first place of each reason for a rejection."""

    read: int = 0
    appended: int = 0
    duplicates: int = 0
    skipped: int = 0
    rejected: dict[str, int] = field(default_factory=dict)
    first: dict[str, Rejected] = field(default_factory=dict)
    incomplete: list[str] = field(default_factory=list)

    def reject(self, row: Rejected) -> None:
        """Count a row that cannot be taken."""
        self.rejected[row.reason] = self.rejected.get(row.reason, 0) + 1
        self.first.setdefault(row.reason, row)

    def table(self) -> str:
        """Return the reasons as a table, the most frequent first; empty when there are none."""
        if not self.rejected:
            return ""
        rows = [("rejected", "reason", "first at")]
        for reason, count in sorted(self.rejected.items(), key=lambda pair: (-pair[1], pair[0])):
            row = self.first[reason]
            rows.append((f"{count:,}", reason, f"{row.source}:{row.line}"))
        wide = max(len(reason) for _, reason, _ in rows)
        return "\n".join(f"{count:>10}  {reason:<{wide}}  {at}" for count, reason, at in rows)


class Mark:
    """Remember in a small file how many sightings are in the log, so that a run can go on there.

    The log is the truth: a mark that lags behind costs duplicates, which the log refuses.
    """

    def __init__(self, folder: Path | None, name: str) -> None:
        """Name the file; no folder means that nothing is remembered."""
        self._path = None if folder is None else folder / f"{name}.json"

    def read(self) -> int:
        """Return how many sightings are done, 0 when nothing is known."""
        if self._path is None or not self._path.exists():
            return 0
        try:
            return msgspec.json.decode(self._path.read_bytes(), type=int)
        except msgspec.MsgspecError:
            return 0

    def write(self, done: int) -> None:
        """Replace the file whole."""
        if self._path is not None:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            draft = self._path.with_suffix(".tmp")
            draft.write_bytes(msgspec.json.encode(done))
            draft.replace(self._path)

    def clear(self) -> None:
        """Forget: the run is complete."""
        if self._path is not None:
            self._path.unlink(missing_ok=True)


def mark_of(folder: Path, layout: Layout, sources: Sequence[Source], job: Job) -> Mark:
    """Return the mark of an import: one for each layout, seller, mapping and content of files."""
    if any(source.size is None for source in sources):
        return Mark(None, "")
    digest = blake2b(f"{layout.name}\x1f{job.seller_id}".encode(), digest_size=12)
    if job.mapping is not None:
        digest.update(job.mapping.read_bytes())
    for source in sources:
        digest.update(source.fingerprint().encode())
    return Mark(folder, f"{layout.name}-{digest.hexdigest()}")


def catalogued(log: EventLog) -> Catalogued:
    """Return what others than an import have put into the catalogue."""
    found: set[tuple[str, str]] = set()
    after = 0
    while entries := log.read(after):
        after = entries[-1].seq
        for event in (entry.event for entry in entries):
            if not event.event_id.startswith(EVENT_IDS):
                found.update(_named(event))
    return frozenset(found)


def _named(event: Event) -> Iterator[tuple[str, str]]:
    if event.payload is None:
        return
    if event.kind is Kind.ITEM:
        yield "", msgspec.json.decode(event.payload, type=Item).item_id
    elif event.kind is Kind.SELLER:
        yield msgspec.json.decode(event.payload, type=Seller).seller_id, ""
    elif event.kind is Kind.LISTING:
        yield event.seller_id, msgspec.json.decode(event.payload, type=Listing).item_id


def take_in(
    layout: Layout,
    sources: Sequence[Source],
    job: Job,
    log: EventLog,
    mark: Mark,
    told: Callable[[Report], object] = lambda _: None,
) -> Report:
    """Import files; `told` hears of the counts after each batch. Start where `mark` says.

    Rows are read again from the start, since what comes first on a shelf depends on them all, but
    only those past the mark are appended.
    """
    report = Report()
    taken = _sift(layout.read(sources, job), report)
    if not layout.ordered:
        taken = by_time(taken)
    append(taken, layout.expand(lambda: catalogued(log)), log, mark, report, told)
    report.incomplete = [source.name for source in sources if source.trouble]
    if not report.incomplete:
        mark.clear()
    return report


def append(
    sightings: Iterable[Sighting],
    expand: Callable[[Sighting], Sequence[Event]],
    log: EventLog,
    mark: Mark,
    report: Report,
    told: Callable[[Report], object] = lambda _: None,
) -> None:
    """Append the events of all sightings past the mark, and move the mark behind each batch."""
    done = mark.read()
    batch: list[Event] = []
    number = 0
    for number, sighting in enumerate(sightings, start=1):
        events = expand(sighting)
        if number <= done:
            report.skipped += len(events)
            continue
        batch += events
        if len(batch) >= BATCH:
            _commit(batch, log, report)
            mark.write(number)
            told(report)
    _commit(batch, log, report)
    mark.write(number)
    told(report)


def _commit(batch: list[Event], log: EventLog, report: Report) -> None:
    seqs = log.append(batch)
    duplicates = sum(seq is None for seq in seqs)
    report.duplicates += duplicates
    report.appended += len(seqs) - duplicates
    batch.clear()


def _sift(told: Iterable[Sighting | Rejected], report: Report) -> Iterator[Sighting]:
    for row in told:
        if isinstance(row, Rejected):
            report.reject(row)
        else:
            report.read += 1
            yield row
