"""Study a learned order: what each part is worth, how much data it needs, what a microsecond buys.

All of it on one sample of questions: rankers of one shape are learned anew with some columns
hidden, from fewer questions, with other seeds, with fewer trees, and compared on the same judged
questions.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from time import perf_counter
from typing import Final

import lightgbm
import msgspec
import numpy as np
from numpy.typing import NDArray

from data.feature_names import FEATURES, GROUPS
from data.ranking_metrics import Interval, Values, bootstrap, metric
from models.base import Retriever
from models.folder import RETRIEVERS
from models.fusion import fuse
from models.ranker import Ranker, TreeSettings, export, train
from training.config import Config
from training.fit import settings_of
from training.groups import Groups

TREES: Final = TreeSettings(trees=60, learning_rate=0.1)
SWEPT: Final = (5, 20, 60, 150, 300)
CUTS: Final = (10, 25, 50, 100)
SHARES: Final = (0.1, 0.25, 0.5, 1.0)
SEEDS: Final = 5
LEAST: Final = 40
"""Questions below which nothing is studied."""
_TIMED: Final = 30
_DECAYED: Final = (
    *(name for name in FEATURES if name.endswith(("_1d", "_7d", "_30d", "_180d", "_days"))),
    "item_trend", "listing_share", "popularity_recent",
)  # fmt: skip


class Point(msgspec.Struct, frozen=True):
    """Give a metric with what scoring costs at so many candidates and trees."""

    candidates: int
    trees: int
    micros: float
    value: float


@dataclass(frozen=True, slots=True)
class Study:
    """Hold what was found; `lost` is the paired loss of the metric without a part.

    `curve` maps numbers of questions learned from to the metric; `seeds` are the metric's values
    by seed, `repeats` says that one seed gave the same bytes twice.
    """

    metric: str
    questions: int
    whole: Interval
    lost: dict[str, Interval]
    points: tuple[Point, ...]
    curve: dict[int, Interval] = field(default_factory=dict)
    seeds: tuple[float, ...] = ()
    repeats: bool = True


def study(
    taught: Groups,
    judged: Groups,
    names: tuple[str, ...],
    config: Config,
    metric_name: str,
    *,
    thorough: bool,
    trees: TreeSettings = TREES,
) -> Study | None:
    """Study on a sample; `thorough` adds the learning curve and the seeds. None when too small.

    `trees` are the rankers' shape; the sweep over their number goes up to 300 whatever it says.
    """
    if min(len(taught), len(judged)) < LEAST:
        return None
    lab = _Lab(taught, judged, names, config, metric_name, trees)
    whole = lab.values(taught)
    lost = {
        part: lab.interval(whole - lab.values(taught.hiding(columns)))
        for part, columns in parts(names).items()
    }
    found = Study(
        metric_name, len(judged), lab.interval(whole), lost, tuple(lab.points()), {}, (), True
    )
    if not thorough:
        return found
    seeds = [lab.ranker(taught, config.seed + step) for step in range(SEEDS)]
    return replace(
        found,
        curve=dict(lab.curve()),
        seeds=tuple(float(lab.judge(one).mean()) for one in seeds),
        repeats=seeds[0].to_bytes() == lab.ranker(taught, config.seed).to_bytes(),
    )


def parts(names: Sequence[str]) -> dict[str, list[int]]:
    """Return the columns of each retriever and each family of features, as they are hidden."""
    place = {name: column for column, name in enumerate(names)}
    kinds: Mapping[str, type[Retriever]] = RETRIEVERS
    wanted: dict[str, Sequence[str]] = {
        f"retriever {name}": kind.columns for name, kind in kinds.items()
    }
    wanted |= {f"features {name}": columns for name, columns in GROUPS.items()}
    wanted["dwell"] = tuple(name for name in names if "dwell" in name)
    wanted["time decay"] = _DECAYED
    found = {
        part: [place[name] for name in dict.fromkeys(columns) if name in place]
        for part, columns in wanted.items()
    }
    return {part: columns for part, columns in found.items() if columns}


@dataclass(frozen=True, slots=True)
class _Lab:
    taught: Groups
    judged: Groups
    names: tuple[str, ...]
    config: Config
    metric: str
    trees: TreeSettings

    def ranker(self, groups: Groups, seed: int) -> Ranker:
        sizes = groups.sizes.astype(np.int32)
        return Ranker.fit(groups.features, groups.labels, sizes, self.names, seed, self.trees)

    def judge(self, ranker: Ranker) -> Values:
        return metric(self.metric, self.judged.rank(ranker.score(self.judged.features)))

    def values(self, groups: Groups) -> Values:
        return self.judge(self.ranker(groups, self.config.seed))

    def interval(self, values: Values) -> Interval:
        (found,) = bootstrap(values[:, None], self.judged.visitors, 300, self.config.seed)
        return found

    def curve(self) -> Iterator[tuple[int, Interval]]:
        order = np.random.default_rng(self.config.seed).permutation(len(self.taught))
        for share in SHARES:
            drawn = np.sort(order[: int(share * len(order))])
            if len(drawn) >= LEAST // 2:
                yield len(drawn), self.interval(self.values(self.taught.only(drawn)))

    def points(self) -> Iterator[Point]:
        """Cut candidates as retrieval would, cut trees from one ensemble, and time both."""
        groups, seed = self.taught, self.config.seed
        most = replace(self.trees, trees=max(SWEPT))
        sizes = groups.sizes.astype(np.int32)
        whole = train(groups.features, groups.labels, sizes, self.names, seed, most)
        places = self._places()
        for trees in SWEPT:
            ranker = Ranker(export(_first(whole, trees), len(self.names)))
            scores = ranker.score(self.judged.features)
            for count in CUTS:
                if count > CUTS[0] and count // 2 >= int(self.judged.sizes.max()):
                    continue  # no list is as long
                kept = np.where(places < count, scores, np.float32(-np.inf))
                value = float(metric(self.metric, self._ranks(kept)).mean())
                yield Point(count, trees, _micros(ranker, self.judged.features[:count]), value)

    def _ranks(self, scores: NDArray[np.float32]) -> NDArray[np.int32]:
        gone = (self.judged.labels > 0) & ~np.isfinite(scores)
        ranks = self.judged.rank(scores)
        starts = self.judged.starts[:-1]
        lost = np.add.reduceat(gone, starts) > 0 if len(gone) else gone
        ranks[lost[: len(ranks)]] = np.iinfo(np.int32).max
        return ranks

    def _places(self) -> NDArray[np.int64]:
        """Return each candidate's place when they are cut as `models.candidates.cut` does."""
        settings, place = settings_of(self.config), self.names.index
        weights = {name: w for name, w in settings.nominate.items() if name in self.names}
        columns = np.array([place(name) for name in weights], np.int32)
        weighed = np.array(list(weights.values()), np.float64)
        counts, lately = place("item_acts_total"), place("item_acts_7d")
        places = np.zeros(len(self.judged.labels), np.int64)
        for start, end in zip(self.judged.starts[:-1], self.judged.starts[1:], strict=True):
            rows = self.judged.features[start:end]
            exact = rows[:, [counts, lately]].astype(np.float64)
            fused = fuse(rows, columns, weighed, exact[:, 0], exact[:, 1], settings.trend)
            places[start:end] = np.argsort(np.argsort(-fused, kind="stable"))
        return places


def _first(booster: lightgbm.Booster, trees: int) -> lightgbm.Booster:
    return lightgbm.Booster(model_str=booster.model_to_string(num_iteration=trees))


def _micros(ranker: Ranker, matrix: NDArray[np.float32]) -> float:
    """Return the median time of scoring one list."""
    matrix, spent = np.ascontiguousarray(matrix), []
    for _ in range(_TIMED):
        begun = perf_counter()
        ranker.score(matrix)
        spent.append(perf_counter() - begun)
    return float(np.median(spent)) * 1e6
