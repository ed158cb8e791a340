"""What the world knows and the log does not tell: tastes, qualities, and how visitors choose."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from data.schemas import Event
from data.world.calendar import local_day
from data.world.choice import Memory, interest, sequel
from data.world.goods import Floats, Goods, Ints
from data.world.lexicon import both
from data.world.scene import Scene


class Truth:
    """Answer as an oracle that knows every taste; `watch` the log and it knows memories as well.

    Utilities are logits: among items she considers, a visitor takes one with probability
    proportional to exp(utility). Visitors are named as in the log.
    """

    def __init__(self, scene: Scene) -> None:
        """Take the scene and its secrets."""
        self._scene, self._catalogue = scene, scene.catalogue
        self._numbers = {scene.name(k): k for k in range(len(scene.visitors.circle))}
        self._rows = {
            item.item_id: (trade, row)
            for trade, goods in enumerate(scene.catalogue.goods)
            for row, item in enumerate(goods.items)
        }
        self._memories: dict[tuple[str, int], Memory] = {}

    def watch(self, event: Event) -> None:
        """Take an event into the visitor's memory, as she does herself."""
        place = self._rows.get(event.item_id or "")
        if event.visitor and place is not None:
            memory = self._memories.setdefault((event.visitor, place[0]), Memory())
            memory.note(event.kind, place[1], event.at)

    def forget(self) -> None:
        """Drop all memories: utilities are those of tastes alone again."""
        self._memories.clear()

    def utility(self, visitor: str, item_ids: Sequence[str], at: int) -> Floats:
        """Return what items are worth to a visitor at a moment: float64[items], in logits.

        A visitor the world does not know has no taste; items it does not know are worth -inf, and
        so are all of another trade than the first known one's.
        """
        places = [self._rows.get(item_id, (-1, 0)) for item_id in item_ids]
        trade = next((trade for trade, _ in places if trade >= 0), -1)
        worth = np.full(len(places), -np.inf)
        if trade < 0:
            return worth
        known = np.flatnonzero([place[0] == trade for place in places])
        rows = np.array([places[k][1] for k in known], dtype=np.int64)
        worth[known] = self._in_trade(visitor, trade, rows, at)
        return worth

    def _in_trade(self, visitor: str, trade: int, rows: Ints, at: int) -> Floats:
        goods = self._catalogue.goods[trade]
        taste = self._taste(visitor, trade, at)
        worth = interest(goods.pull(rows, local_day(at)), goods.facets[rows], taste)
        memory = self._memories.get((visitor, trade))
        if memory is not None:
            follows = sequel(goods, rows, memory, at)
            worth = worth if follows is None else worth + follows
            feelings = dict(memory.recall(goods, at))
            worth = worth + np.array([feelings.get(row, 0.0) for row in rows.tolist()])
        return worth

    def oracle_rank(self, visitor: str, item_ids: Sequence[str], at: int) -> list[str]:
        """Order items as the oracle would: best first, ties as given."""
        order = np.argsort(-self.utility(visitor, item_ids, at), kind="stable")
        return [item_ids[k] for k in order]

    def tastes(self, visitor: str, trade: str, at: int) -> dict[str, Mapping[str, float]]:
        """Return a visitor's liking in logits for each category, brand and attribute value.

        `trade` is an id such as `beauty`; unknown visitors raise KeyError.
        """
        number = [goods.trade.id for goods in self._catalogue.goods].index(trade)
        goods, taste = self._catalogue.goods[number], self._taste(visitor, number, at)
        if taste is None:
            raise KeyError(visitor)
        columns = goods.columns.blocks
        words = {"category": [both(c.name) for c in goods.trade.categories]}
        words["brand"] = [both(b.name) for b in goods.trade.brands]
        for key, attribute in goods.trade.attributes.items():
            words[f"attribute:{key}"] = [both(value) for value in attribute.values]
        return {
            name: dict(zip(labels, taste[columns[name]].tolist(), strict=True))
            for name, labels in words.items()
        }

    def quality(self, item_id: str) -> float:
        """Return an item's true quality, about standard normal over a trade's items."""
        goods, row = self._place(item_id)
        return float(goods.quality[row])

    def usual_dwell_ms(self, item_id: str) -> float:
        """Return the visible time that an item's page takes a visitor of middling interest."""
        goods, row = self._place(item_id)
        return float(goods.usual_ms[row])

    def _place(self, item_id: str) -> tuple[Goods, int]:
        trade, row = self._rows[item_id]
        return self._catalogue.goods[trade], row

    def _taste(self, visitor: str, trade: int, at: int) -> NDArray[np.float64] | None:
        number = self._numbers.get(visitor)
        if number is None:
            return None
        circle = int(self._scene.visitors.circle[number])
        return self._scene.tastes[trade].at(number, circle, at)
