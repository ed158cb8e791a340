"""Questions with their right answers in columns: what a ranker learns from and is judged on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Final, TypeVar

import numpy as np
from numpy.typing import NDArray

from data.ranking_metrics import MISSED, Ranks, rank_fairly
from data.schemas import Query

_BY_ROW: Final = ("features", "labels", "keys", "acts")
_BY_GROUP: Final = (
    "barred", "visitors", "sellers", "at", "seq", "shelf", "known", "fresh", "answer_acts",
    "weights", "luck",
)  # fmt: skip
N = TypeVar("N", bound=np.generic)


@dataclass(slots=True, kw_only=True)
class Group:
    """Hold one question: the candidates' features as they were then, and what was right.

    `features` float32[n, F]; `labels` float32[n]: above 0 is right; `keys` uint64[n]; `acts`
    float32[n]: acts on the listings so far; `barred`: the row of the item she comes from, which
    no judged list may hold, or -1; `shelf`: items on offer; `known`: touches known of her, `fresh`:
    all of them of this very visit; `answer_acts`: acts on the answer on this card so far; `luck`:
    in [0, 1), settles ties; `query`: what was asked, to ask it again;
    `touched`: item keys she touched, newest first; `answer`: the right item's key;
    `ranks`: where other methods put the answer on the whole shelf.
    """

    features: NDArray[np.float32]
    labels: NDArray[np.float32]
    keys: NDArray[np.uint64]
    acts: NDArray[np.float32]
    visitor: str
    seller: str
    at: int
    seq: int
    shelf: int
    known: int
    fresh: bool = False
    touched: tuple[int, ...] = ()
    answer: int = 0
    answer_acts: int = 0
    query: Query | None = None
    barred: int = -1
    weight: float = 1.0
    luck: float = 0.0
    ranks: dict[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Groups:
    """Hold groups with their candidates laid end to end, in log order.

    Row arrays have one entry a candidate, group arrays one a group; `starts` int64[g + 1] says
    where each group's rows begin; `visitors` and `sellers` are dense, `seller_names` names them.
    """

    starts: NDArray[np.int64]
    features: NDArray[np.float32]
    labels: NDArray[np.float32]
    keys: NDArray[np.uint64]
    acts: NDArray[np.float32]
    barred: NDArray[np.int32]
    visitors: NDArray[np.int32]
    sellers: NDArray[np.int32]
    seller_names: tuple[str, ...]
    at: NDArray[np.int64]
    seq: NDArray[np.int64]
    shelf: NDArray[np.int32]
    known: NDArray[np.int32]
    fresh: NDArray[np.bool_]
    answer_acts: NDArray[np.int32]
    weights: NDArray[np.float32]
    luck: NDArray[np.float64]
    ranks: dict[str, Ranks]

    def __len__(self) -> int:
        return len(self.starts) - 1

    @property
    def sizes(self) -> NDArray[np.int64]:
        """Return the number of candidates of each group."""
        return np.diff(self.starts)

    @classmethod
    def of(cls, groups: Sequence[Group], width: int) -> Groups:
        """Lay groups end to end; `width` is the number of features, for when there are none.

        The groups' own features are let go as they are copied, so that memory holds them once.
        """
        names = tuple(sorted({group.seller for group in groups}))
        sellers = {name: place for place, name in enumerate(names)}
        visitors: dict[str, int] = {}
        for group in groups:
            visitors.setdefault(group.visitor, len(visitors))
        methods = sorted({name for group in groups for name in group.ranks})
        starts = np.zeros(len(groups) + 1, np.int64)
        np.cumsum([len(group.labels) for group in groups], out=starts[1:])
        features = np.empty((int(starts[-1]), width), np.float32)
        for group, start, end in zip(groups, starts[:-1], starts[1:], strict=True):
            features[start:end] = group.features
            group.features = features[:0]
        return cls(
            starts=starts,
            features=features,
            labels=_laid([group.labels for group in groups], np.dtype(np.float32)),
            keys=_laid([group.keys for group in groups], np.dtype(np.uint64)),
            acts=_laid([group.acts for group in groups], np.dtype(np.float32)),
            barred=np.array([group.barred for group in groups], np.int32),
            visitors=np.array([visitors[group.visitor] for group in groups], np.int32),
            sellers=np.array([sellers[group.seller] for group in groups], np.int32),
            seller_names=names,
            at=np.array([group.at for group in groups], np.int64),
            seq=np.array([group.seq for group in groups], np.int64),
            shelf=np.array([group.shelf for group in groups], np.int32),
            known=np.array([group.known for group in groups], np.int32),
            fresh=np.array([group.fresh for group in groups], np.bool_),
            answer_acts=np.array([group.answer_acts for group in groups], np.int32),
            weights=np.array([group.weight for group in groups], np.float32),
            luck=np.array([group.luck for group in groups]),
            ranks={
                name: np.array([group.ranks.get(name, MISSED) for group in groups], np.int32)
                for name in methods
            },
        )

    def only(self, places: NDArray[np.int64]) -> Groups:
        """Return some of the groups, in the given order."""
        rows = np.concatenate(
            [np.arange(self.starts[p], self.starts[p + 1]) for p in places] or [places]
        )
        starts = np.zeros(len(places) + 1, np.int64)
        np.cumsum(self.sizes[places], out=starts[1:])
        kept = {name: getattr(self, name)[rows] for name in _BY_ROW}
        kept |= {name: getattr(self, name)[places] for name in _BY_GROUP}
        ranks = {name: ranks[places] for name, ranks in self.ranks.items()}
        return replace(self, starts=starts, ranks=ranks, **kept)

    def hiding(self, columns: Sequence[int]) -> Groups:
        """Return the groups with some columns emptied, so that trees cannot split on them."""
        features = self.features.copy()
        features[:, list(columns)] = 0.0
        return replace(self, features=features)

    def drawn(self, most: int, rows: int, seed: int) -> Groups:
        """Draw at most so many groups with at most so many rows in all, in their own order."""
        order = np.random.default_rng([seed, 9]).permutation(len(self))[:most]
        order = order[np.cumsum(self.sizes[order]) <= rows]
        return self.only(np.sort(order))

    def rank(self, scores: NDArray[np.float32]) -> Ranks:
        """Return where float32[rows] scores put each group's answer; `MISSED` when it is no row."""
        ranks = np.full(len(self), MISSED, np.int32)
        for place, (start, end) in enumerate(zip(self.starts[:-1], self.starts[1:], strict=True)):
            right = np.flatnonzero(self.labels[start:end] > 0)
            if len(right):
                offered = self._unbarred(scores[start:end], int(self.barred[place]))
                ranks[place] = rank_fairly(offered, int(right[0]), float(self.luck[place]))
        return ranks

    def best(self, scores: NDArray[np.float32], count: int) -> list[NDArray[np.int64]]:
        """Return each group's `count` best rows (into the row arrays), best first."""
        picks = []
        for place, (start, end) in enumerate(zip(self.starts[:-1], self.starts[1:], strict=True)):
            offered = self._unbarred(scores[start:end], int(self.barred[place]))
            order = np.argsort(-offered, kind="stable")[:count]
            picks.append(start + order[np.isfinite(offered[order])])
        return picks

    @staticmethod
    def _unbarred(scores: NDArray[np.float32], barred: int) -> NDArray[np.float32]:
        if barred < 0:
            return scores
        offered = scores.copy()
        offered[barred] = -np.inf
        return offered


def _laid(parts: list[NDArray[N]], kind: np.dtype[N]) -> NDArray[N]:
    return np.concatenate(parts) if parts else np.zeros(0, kind)
