"""Everything a world is made of before its history is played: goods, shops, people and tastes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from data.world.choice import Memory
from data.world.sessions import Guest
from data.world.shops import Catalogue
from data.world.tastes import Tastes
from data.world.visitors import Visitors


@dataclass(frozen=True)
class Scene:
    """Hold the catalogue, the visitors, their tastes by trade, and how raw ids are hidden."""

    catalogue: Catalogue
    visitors: Visitors
    tastes: tuple[Tastes, ...]
    pseudonymise: Callable[[str], str]

    def guest(self, visitor: int, trade: int, at: int, name: str, session_id: str) -> Guest:
        """Return a visitor as she is at a moment, with nothing in her memory yet."""
        return Guest(
            visitor=name,
            session_id=session_id,
            taste=self.tastes[trade].at(visitor, int(self.visitors.circle[visitor]), at),
            memory=Memory(),
            patience=float(self.visitors.patience[visitor]),
        )

    def name(self, visitor: int) -> str:
        """Return the name under which the log knows a visitor."""
        return self.pseudonymise(f"v-{visitor:07d}")
