"""A world of one size: its catalogue, its people, its history and its truth."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import cached_property

import numpy as np

from data.schemas import DAY_MS, Event, Query
from data.world.goods import make_goods
from data.world.lexicon import trades
from data.world.load import sample_events, sample_queries
from data.world.scene import Scene
from data.world.shops import Catalogue, make_shop, trades_of
from data.world.simulation import Simulation
from data.world.tastes import Tastes
from data.world.truth import Truth
from data.world.visitors import make_visitors


class World:
    """Hold a simulated world; equal arguments give equal bytes, however often it is played."""

    def __init__(
        self, size: int, seed: int, until: int, days: int, pseudonymise: Callable[[str], str]
    ) -> None:
        """Make the catalogue and the people; the history is played when it is read."""
        if size < 1 or days < 1:
            raise ValueError(
                f"A world needs at least one seller and one day, not {size} and {days}."
            )
        self.size, self.seed, self.until = size, seed, until
        self.start = until - days * DAY_MS
        catalogue = self._make_catalogue()
        self._scene = Scene(
            catalogue=catalogue,
            visitors=make_visitors(catalogue.shops, seed, self.start, until),
            tastes=tuple(Tastes(trade, seed, self.start) for trade in trades()),
            pseudonymise=pseudonymise,
        )

    def _make_catalogue(self) -> Catalogue:
        dealt = trades_of(self.size)
        sellers = np.bincount(dealt, minlength=len(trades()))
        goods = tuple(
            make_goods(
                trade,
                n=round(70 * max(1, int(count)) ** 0.7),
                suppliers=2 + int(count) // 12,
                seed=self.seed,
                start=self.start,
                until=self.until,
            )
            for trade, count in zip(trades(), sellers, strict=True)
        )
        shops = tuple(
            make_shop(number, int(trade), goods[trade], self.seed, self.start, self.until)
            for number, trade in enumerate(dealt)
        )
        return Catalogue(self.seed, self.start, self.until, goods, shops)

    def events(self) -> Iterator[Event]:
        """Play the history: every event in the order in which it reaches the log."""
        return Simulation(self._scene).run()

    @cached_property
    def truth(self) -> Truth:
        """Return the oracle of this world."""
        return Truth(self._scene)

    def sample_queries(self, count: int, seed: int, at: int | None = None) -> Iterator[Query]:
        """Yield queries as this world's visitors would ask at a moment, `until` if not given."""
        return sample_queries(self._scene, count, seed, self.until if at is None else at)

    def sample_events(self, count: int, seed: int, at: int | None = None) -> Iterator[Event]:
        """Yield up to `count` events of visits in the hour before a moment, `until` if not given.

        Their ids begin anew with each seed; none stands in the history.
        """
        return sample_events(self._scene, count, seed, self.until if at is None else at)


def generate(
    size: int,
    seed: int,
    until: int,
    days: int = 60,
    *,
    pseudonymise: Callable[[str], str],
) -> World:
    """Make a world of about `size` sellers whose history ends at `until` (epoch ms).

    `pseudonymise` turns raw visitor ids into those of the log; pass `str` to keep them raw, as the
    load generator does, whose events the service hashes itself. Raises ValueError for a size or a
    number of days below one.
    """
    return World(size, seed, until, days, pseudonymise)
