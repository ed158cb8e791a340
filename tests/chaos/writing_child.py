"""The program that gets killed: writes events at full speed and says which are on disk.

Arguments: store URL, name of the run, how many events (0: without end), name of the run before.
Each line on standard output is `seq event_id` of one event that its future has acknowledged.
"""

from __future__ import annotations

import os
import sys
from collections import deque
from concurrent.futures import Future
from itertools import count

from data.ingest import Writer
from data.schemas import Event, Kind
from data.stores import Checkpoint, Stores, open_stores

SIZES = (1, 3, 20, 150, 1)
IN_FLIGHT = 12
RESENT = 200


def event(event_id: str) -> Event:
    """Make an event that can be told from its id."""
    return Event(event_id=event_id, kind=Kind.VIEW, at=1, seller_id="s", item_id=f"of {event_id}")


def acknowledge(batch: list[Event], seqs: list[int | None]) -> None:
    """Write the lines in one go: a pipe takes 4 kB whole or not at all."""
    pairs = zip(batch, seqs, strict=True)
    lines = [f"{seq} {entry.event_id}\n" for entry, seq in pairs if seq is not None]
    for start in range(0, len(lines), 50):
        os.write(1, "".join(lines[start : start + 50]).encode())


def checkpoint(stores: Stores, seq: int) -> None:
    """Save rows that all say as of which seq they are."""
    row = str(seq).encode()
    many = {f"v{number}": row for number in range(300)}
    stores.checkpoints.save(
        Checkpoint(
            seq=seq,
            version=1,
            statistics=row,
            profiles=many,
            items=many,
            listings={("s", "i"): row},
        )
    )


def main(url: str, run: str, events: int, before: str) -> None:
    """Keep several batches in flight; now and then resend old events and save a checkpoint."""
    flying: deque[tuple[list[Event], Future[list[int | None]]]] = deque()
    made = 0
    with open_stores(url) as stores, Writer(stores.log) as writer:
        if before:
            writer.submit([event(f"{before}-{number}") for number in range(RESENT)])
        for turn in count():
            batch = [event(f"{run}-{made + place}") for place in range(SIZES[turn % len(SIZES)])]
            made += len(batch)
            flying.append((batch, writer.submit(batch)))
            if turn % 40 == 20:
                writer.run(lambda: checkpoint(stores, stores.log.last_seq()))
            while len(flying) > (IN_FLIGHT if made < events or not events else 0):
                oldest, future = flying.popleft()
                acknowledge(oldest, future.result())
            if events and made >= events:
                return


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], int(sys.argv[3]), sys.argv[4])
