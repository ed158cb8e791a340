"""Transitions: what visitors went on to, soon after an item."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from data.dataset import Interactions
from models.base import ItemFacts
from models.links import LinkRetriever, Links
from models.pairs import counted
from models.spans import Span, Spans


@dataclass(eq=False)
class Transitions(LinkRetriever):
    """Link an item to what follows it within a few visits, and less so to what came before.

    Strength = C_ij / (n_i^`source_power` n_j^`target_power`), where a pair with gap g adds
    exp(-(g - 1)/`reach`) to C, times `backward` against the direction of time.
    """

    name: ClassVar[str] = "transitions"
    lends: ClassVar[bool] = True
    columns: ClassVar[tuple[str, ...]] = (
        "transitions_sum", "transitions_max", "transitions_last", "transitions_links",
    )  # fmt: skip
    spans: ClassVar[Spans] = {
        **LinkRetriever.spans,
        "reach": Span(1.0, 15.0, log=True),
        "backward": Span(0.0, 1.0),
        "source_power": Span(0.0, 1.0),
        "target_power": Span(0.0, 0.8),
    }
    reach: float = 3.0
    window: int = 15
    backward: float = 0.5
    source_power: float = 0.5
    target_power: float = 0.3

    def link(self, interactions: Interactions, facts: ItemFacts) -> Links:  # noqa: ARG002
        """Count pairs by gap."""
        gaps = np.exp(-(np.arange(self.window + 1) - 1) / self.reach).astype(np.float32)
        powers = (self.source_power, self.target_power)
        behind = np.float32(self.backward) * gaps
        return counted(self.visits(interactions), gaps, behind, powers, 0.0, self.cap)


@dataclass(eq=False)
class NextItem(LinkRetriever):
    """Link an item to what was visited right after it: the confidence of the rule i -> j.

    Strength = C_ij / (n_i + `shrink`), with C the weights of pairs without anything between.
    """

    name: ClassVar[str] = "next_item"
    lends: ClassVar[bool] = True
    columns: ClassVar[tuple[str, ...]] = (
        "next_item_sum", "next_item_max", "next_item_last", "next_item_links",
    )  # fmt: skip
    spans: ClassVar[Spans] = {
        **LinkRetriever.spans,
        "shrink": Span(0.1, 20.0, log=True),
    }
    shrink: float = 1.0

    def link(self, interactions: Interactions, facts: ItemFacts) -> Links:  # noqa: ARG002
        """Count direct successions."""
        gaps = np.array([0.0, 1.0], np.float32)
        none = np.zeros(1, np.float32)
        return counted(self.visits(interactions), gaps, none, (1.0, 0.0), self.shrink, self.cap)
