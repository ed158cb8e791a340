"""Where a list of picks stood, and which arm of the experiment its visitor was in."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import msgspec

from data.schemas import Event, Kind


@dataclass(frozen=True, slots=True)
class Shown:
    """Say what is kept of a recommendation: where it stood, and which arm its visitor was in."""

    placement: str
    arm: str


def shown_of(event: Event | None) -> Shown | None:
    """Read of a logged recommendation where it stood; None for anything else."""
    if event is None or event.kind is not Kind.RECOMMENDATION or event.payload is None:
        return None
    try:
        record = msgspec.json.decode(event.payload, type=_Placed)
    except msgspec.DecodeError:  # no such document: an entry that nobody else reads either
        return None
    return _where(record.query.placement, record.arm)


@lru_cache(maxsize=1_000)
def _where(placement: str, arm: str) -> Shown:
    """Return one object for equal ones: many lists are remembered, in few places."""
    return Shown(placement, arm)


class _Query(msgspec.Struct):
    """Read of a query only its placement."""

    placement: str = "card_home"


class _Placed(msgspec.Struct):
    """Read of a recommendation where it stood and its arm."""

    query: _Query
    arm: str = ""
