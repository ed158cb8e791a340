"""Put sightings in time order in bounded memory: sorted runs in one unnamed file, then a merge."""

from __future__ import annotations

import heapq
import os
import tempfile
from collections.abc import Iterable, Iterator
from operator import attrgetter
from typing import Final

import msgspec

from data.layouts.layout import Sighting

RUN: Final = 50_000
_READ: Final = 1 << 15
_LENGTH: Final = 4
_BY_TIME = attrgetter("at")


def by_time(sightings: Iterable[Sighting], run: int = RUN) -> Iterator[Sighting]:
    """Yield all sightings by rising `at`; those of one moment keep their order.

    At most `run` sightings are held at once, plus 32 kB for each run of the input. The file has no
    name, so nothing stays behind when the process is killed.
    """
    held: list[Sighting] = []
    with tempfile.TemporaryFile() as file:
        encode = msgspec.msgpack.Encoder().encode
        runs: list[tuple[int, int]] = []
        for sighting in sightings:
            held.append(sighting)
            if len(held) == run:
                start = file.tell()
                for row in sorted(held, key=_BY_TIME):
                    data = encode(row)
                    file.write(len(data).to_bytes(_LENGTH, "little") + data)
                runs.append((start, file.tell()))
                held.clear()
        file.flush()
        spilled = [_read(file.fileno(), start, end) for start, end in runs]
        held.sort(key=_BY_TIME)
        yield from heapq.merge(*spilled, held, key=_BY_TIME)  # stable: ties go by run


def _read(file: int, start: int, end: int) -> Iterator[Sighting]:
    decode = msgspec.msgpack.Decoder(Sighting).decode
    data = b""
    while start < end or data:
        place = 0
        while place + _LENGTH <= len(data):
            stop = place + _LENGTH + int.from_bytes(data[place : place + _LENGTH], "little")
            if stop > len(data):
                break
            yield decode(data[place + _LENGTH : stop])
            place = stop
        more = os.pread(file, min(_READ, end - start), start)
        start += len(more)
        data = data[place:] + more
