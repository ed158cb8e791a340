"""One visit to a card: what was shown, looked at and done, as events in order of time."""

from __future__ import annotations

from dataclasses import dataclass
from math import exp, log
from typing import Any, Final

import numpy as np

from data.schemas import Event, Kind
from data.world.calendar import sale
from data.world.choice import WANTING, Memory, interest, sequel
from data.world.dice import Dice
from data.world.goods import Floats
from data.world.stands import Stand

SLOTS: Final = 6
_EXAMINE_NEXT: Final = 0.78
"""Chance that the eye moves on to the next slot of a strip of picks."""
_POSITION: Final = 0.55
"""Logits lost per e-fold of position within a strip: lower slots are seen but less attended to."""
_SHELF_POSITION: Final = 0.12
"""The same for the whole shelf, where visitors look for what they want."""
_PASS: Final = 1.6
"""Logits, against an average item of the shelf, of tapping none of the picks."""
_CHANNELS: Final = ("wechat_chat", "wechat_chat", "wechat_group", "wechat_moments", "poster_qr")
_LONGEST_MS: Final = 9 * 60_000
_BEAT_MS: Final = 60_000


@dataclass(frozen=True, slots=True)
class Invite:
    """Say by which share a visitor comes: its id, the sharer's pseudonym, where, which item."""

    share_id: str
    sharer: str
    channel: str
    row: int


@dataclass(frozen=True, slots=True)
class Guest:
    """Say who visits: pseudonym, session id, taste, memory, and her chance of looking on."""

    visitor: str
    session_id: str
    taste: Floats
    memory: Memory
    patience: float


class Session:
    """Play one visit; then `events` stand in order of time and `shares` are those made in it."""

    def __init__(self, stand: Stand, guest: Guest, dice: Dice, at: int, prefix: str) -> None:
        """Take the shop, the guest, when she comes (epoch ms) and what event ids begin with."""
        self.stand, self.guest, self.dice, self.at = stand, guest, dice, at
        self.prefix = prefix
        self.events: list[Event] = []
        self.shares: list[Invite] = []
        self.restock_at = 0
        self.worth = interest(stand.pull, stand.facets, guest.taste)
        self.usual = float(self.worth.mean())
        self.spread = max(0.5, float(self.worth.std()))

    def play(self, invite: Invite | None = None) -> None:
        """Go through the visit from opening the card to leaving it."""
        if invite is None:
            self._note(Kind.OPEN)
        else:
            self._note(
                Kind.OPEN,
                share_id=invite.share_id,
                from_visitor=invite.sharer,
                channel=invite.channel,
            )
        self.at += 400 + int(1500 * self.dice.uniform())
        place = self._land(invite)
        while place >= 0:
            self._look(place)
            if not self.dice.chance(self.guest.patience):
                break
            place = self._picks(SLOTS - 2) if self.dice.chance(0.3) else -1
            if place < 0:
                place = self._browse()
        self.events.sort(key=lambda event: event.at)

    def _land(self, invite: Invite | None) -> int:
        """Return the first item looked at: the shared one, a pick, one searched for; -1: none."""
        if invite is not None and self.dice.chance(0.75):
            place = self.stand.places.get(invite.row, -1)
            if place >= 0:
                return place
        place = self._picks(SLOTS)
        if place < 0 and self.dice.chance(0.35 + 0.6 * self.guest.patience):
            place = self._browse()
        return place

    def _utility(self) -> Floats:
        stand, memory = self.stand, self.guest.memory
        utility = self.worth.copy()
        follows = sequel(stand.goods, stand.rows, memory, self.at)
        if follows is not None:
            utility += follows
        for row, logits in memory.recall(stand.goods, self.at):
            place = stand.places.get(row)
            if place is not None:
                utility[place] += logits
        return utility

    def _browse(self) -> int:
        """Look through the shelf and settle on one item."""
        self.at += 2000 + int(14_000 * self.dice.uniform())
        return self.dice.choose(self._utility() - _SHELF_POSITION * self.stand.order)

    def _picks(self, slots: int) -> int:
        """Be shown a strip of picks; return the place of the one tapped, or -1."""
        utility = self._utility()
        shown = self._strip(slots)
        odds = []
        for slot, place in enumerate(shown):
            self._note(Kind.IMPRESSION, place, position=slot)
            self.at += 350 + int(900 * self.dice.uniform())
            odds.append(exp(min(float(utility[place]), 30.0) - _POSITION * log(1 + slot)))
            if not self.dice.chance(_EXAMINE_NEXT):
                break
        passing = float(np.exp(np.minimum(utility, 30.0)).mean()) * exp(_PASS)
        drawn = self.dice.uniform() * (sum(odds) + passing)
        for slot, weight in enumerate(odds):
            drawn -= weight
            if drawn < 0:
                self._note(Kind.CLICK, shown[slot], position=slot)
                return shown[slot]
        if self.dice.chance(0.05):  # the least fitting pick is waved away
            slot = min(range(len(odds)), key=lambda k: utility[shown[k]])
            if self._z(shown[slot]) < -0.4:
                self._note(Kind.NOT_INTERESTED, shown[slot], position=slot)
        return -1

    def _strip(self, slots: int) -> list[int]:
        """Fill a strip as the shop does without a recommender: her order, what sells, or chance."""
        n = len(self.stand.rows)
        kind = self.dice.uniform()
        if kind < 0.4:
            return list(range(min(slots, n)))
        if kind < 0.75:
            taps = self.stand.taps[self.stand.open]
            return [int(place) for place in np.argsort(-taps, kind="stable")[:slots]]
        chosen: dict[int, None] = {}
        while len(chosen) < min(slots, n):
            chosen[self.dice.below(n)] = None
        return list(chosen)

    def _z(self, place: int) -> float:
        return (float(self.worth[place]) - self.usual) / self.spread

    def _look(self, place: int) -> None:
        """View an item for as long as it interests, and perhaps do something about it."""
        self._note(Kind.VIEW, place)
        z = self._z(place)
        usual = float(self.stand.goods.usual_ms[self.stand.rows[place]])
        noise = 0.55 * self.dice.normal()
        visible = int(min(_LONGEST_MS, usual * exp(0.5 * min(z, 3.0) - 0.2 + noise)))
        began = self.at
        self.at += int(visible * (0.4 + 0.5 * self.dice.uniform()))
        self._act(place, min(z, 2.5))
        reported, self.at = 0, began
        while reported < visible:
            beat = min(_BEAT_MS, visible - reported)
            reported += beat
            self.at = began + reported
            self._note(Kind.DWELL, place, duration_ms=beat)
        self.at += 300 + int(2500 * self.dice.uniform())

    def _act(self, place: int, z: float) -> None:
        chance, memory = self.dice.chance, self.guest.memory
        row = int(self.stand.rows[place])
        lure = 1.0 + 0.5 * sale(self.stand.day)
        buying = 0.12 if row in memory.wanted else 0.004 * exp(0.7 * z)
        if row in memory.bought:
            buying = 0.6 * memory.due(row, self.stand.goods, self.at)
        if chance(0.04 * exp(0.6 * z)):
            self._note(Kind.FAVORITE, place)
        if chance(0.012 * exp(0.3 * z)):
            self._note(Kind.CONSULT, place)
        if chance(0.045 * lure * exp(0.7 * z)):
            self._note(Kind.CART, place, price=float(self.stand.price[place]), quantity=1)
            buying = buying if row in memory.bought else max(buying, 0.2)
        if chance(buying * lure):
            self._buy(place)
        if chance(0.03 * exp(0.4 * z)):
            self._share(place)

    def _buy(self, place: int) -> None:
        repeat = int(self.stand.goods.repeat_ms[self.stand.rows[place]])
        quantity = 1 + (self.dice.below(3) if repeat else 0)
        self.at += 500
        self._note(Kind.PURCHASE, place, price=float(self.stand.price[place]), quantity=quantity)
        if repeat:
            self.restock_at = self.at + int(repeat * (0.85 + 0.3 * self.dice.uniform()))

    def _share(self, place: int) -> None:
        self.at += 200
        share_id = f"{self.prefix}h{len(self.events)}"
        channel = _CHANNELS[self.dice.below(len(_CHANNELS))]
        self._note(Kind.SHARE, place, share_id=share_id, channel=channel)
        row = int(self.stand.rows[place])
        self.shares.append(Invite(share_id, self.guest.visitor, channel, row))

    def _note(self, kind: Kind, place: int = -1, **facts: Any) -> None:
        """Write one event down and remember it."""
        stand = self.stand
        if place >= 0:
            facts["item_id"] = stand.item_ids[place]
            if kind is Kind.VIEW:
                stand.taps[stand.open[place]] += 1.0
            if kind is Kind.VIEW or kind is Kind.PURCHASE or kind in WANTING:
                self.guest.memory.note(kind, int(stand.rows[place]), self.at)
        self.events.append(
            Event(
                event_id=f"{self.prefix}-{len(self.events)}",
                kind=kind,
                at=self.at,
                seller_id=stand.seller_id,
                visitor=self.guest.visitor,
                session_id=self.guest.session_id,
                **facts,
            )
        )
