"""Published figures on public sets, kept as a table beside the benchmarks."""

from __future__ import annotations

import tomllib
from importlib.resources import files

import msgspec


class Published(msgspec.Struct, frozen=True, forbid_unknown_fields=True, rename={"source": "from"}):
    """State what others report: `metrics` as fractions, `source` where it stands."""

    task: str
    data: str
    method: str
    metrics: dict[str, float]
    source: str
    note: str = ""


class _Table(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    result: list[Published]


def published(task: str, data: str) -> list[Published]:
    """Return the figures on a set, in the table's order."""
    text = files("training.benchmarks").joinpath("published.toml").read_text("utf-8")
    found = msgspec.convert(tomllib.loads(text), _Table).result
    return [one for one in found if (one.task, one.data) == (task, data)]
