"""A shop as it stands at a moment: what is on offer, what draws everyone, what was tapped."""

from __future__ import annotations

import numpy as np

from data.world.calendar import local_day, midnight
from data.world.goods import Floats, Goods, Ints
from data.world.shops import Shop


class Stand:
    """Keep one shop's columns of the day, made anew when the day or the shelf changes.

    `open`: places of the shelf on offer; `rows`, `facets`, `pull`, `price`, `item_ids`: of those;
    `places`: where among them a row of the goods stands; `taps` float64[shelf]: clicks and views
    so far, by place of the whole shelf.
    """

    def __init__(self, shop: Shop, goods: Goods) -> None:
        """Take a shop and the goods of its trade."""
        self.shop, self.goods = shop, goods
        self.seller_id = shop.seller.seller_id
        self.taps: Floats = np.zeros(len(shop.rows))
        self.day = -1
        self._fresh_until = 0
        self._facets = goods.facets[shop.rows]
        self.open: Ints = np.zeros(0, dtype=np.int64)
        self.rows: Ints = self.open
        self.facets, self.pull = self._facets[:0], self.taps[:0]
        self.price, self.order = self.pull, self.pull
        self.item_ids: list[str] = []
        self.places: dict[int, int] = {}

    def on(self, at: int) -> Stand:
        """Bring the columns up to a moment (epoch ms) and return the stand."""
        if at >= self._fresh_until or local_day(at) != self.day:
            self._refresh(at)
        return self

    def _refresh(self, at: int) -> None:
        shop = self.shop
        changes = np.concatenate([shop.listed, shop.removed])
        later = changes[changes > at]
        self.day = local_day(at)
        self._fresh_until = int(min(later.min(initial=midnight(self.day + 1)), 1 << 62))
        opened = shop.open_rows(at)
        if not np.array_equal(opened, self.open):
            self.open = opened
            self.rows, self.facets = shop.rows[opened], self._facets[opened]
            self.price = shop.price[opened]
            self.item_ids = [shop.item_ids[place] for place in opened]
            self.places = {int(row): place for place, row in enumerate(self.rows)}
            self.order = np.log1p(np.arange(len(opened)))
        self.pull = self.goods.pull(self.rows, self.day)
