"""Cosine neighbours: items that the same visitors visited."""

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
class ItemKnn(LinkRetriever):
    """Link items by shrunken cosine over visitors.

    Strength = sum of w_i w_j exp(-(gap - 1)/`reach`) / (sqrt(n_i n_j) + `shrink`), at most
    `window` visits apart. Source: Sarwar et al. 2001, shrinkage as in Bell & Koren 2007.
    """

    name: ClassVar[str] = "item_knn"
    lends: ClassVar[bool] = True
    columns: ClassVar[tuple[str, ...]] = (
        "item_knn_sum", "item_knn_max", "item_knn_last", "item_knn_links",
    )  # fmt: skip
    spans: ClassVar[Spans] = {
        **LinkRetriever.spans,
        "shrink": Span(1.0, 100.0, log=True),
        "reach": Span(1.0, 100.0, log=True),
    }
    shrink: float = 10.0
    reach: float = 100.0
    window: int = 100

    def link(self, interactions: Interactions, facts: ItemFacts) -> Links:  # noqa: ARG002
        """Count visitors in common."""
        gaps = np.exp(-(np.arange(self.window + 1) - 1) / self.reach).astype(np.float32)
        return counted(self.visits(interactions), gaps, gaps, (0.5, 0.5), self.shrink, self.cap)
