"""What is kept of a shown list: where it stood, in which arm, to whom it was shown, and what."""

from __future__ import annotations

from dataclasses import dataclass
from sys import intern

import msgspec

from data.schemas import Event, Kind


@dataclass(frozen=True, slots=True)
class Shown:
    """Say what is kept of a recommendation; texts that many have in common are held once."""

    placement: str
    arm: str
    visitor: str
    items: tuple[str, ...]
    erased: bool = False

    def holds(self, event: Event) -> bool:
        """Say whether an act is on a product that this list showed to the very same visitor.

        Of an erased visitor's list nobody knows any more: her acts, nobody's since, stand as told.
        """
        known = event.item_id in self.items or (self.erased and not self.visitor)
        return known and event.visitor == self.visitor


def shown_of(event: Event | None) -> Shown | None:
    """Read of a logged recommendation what is kept of it; None for anything else."""
    if event is None or event.kind is not Kind.RECOMMENDATION or event.payload is None:
        return None
    try:
        record = msgspec.json.decode(event.payload, type=_Placed)
    except msgspec.DecodeError:  # no such document: an entry that nobody else reads either
        return None
    return Shown(
        intern(record.query.placement),
        intern(record.arm),
        event.visitor,
        tuple(intern(slot.item_id) for slot in record.slots),
        record.erased,
    )


class _Query(msgspec.Struct):
    """Read of a query only its placement."""

    placement: str = "card_home"


class _Slot(msgspec.Struct, array_like=True):
    """Read of a slot only its product."""

    item_id: str


class _Placed(msgspec.Struct):
    """Read of a recommendation where it stood, its arm and what it showed."""

    query: _Query
    slots: tuple[_Slot, ...] = ()
    arm: str = ""
    erased: bool = False
