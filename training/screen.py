"""Look for a column that knows too much: alone it ranks better than everything else together.

A column that gives the answer away lifts the whole model, so it cannot be told by comparing with
that. It is told by taking it away: an honest column shares what it knows with the others.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from data.ranking_metrics import Values, bootstrap, metric
from models.cards import Check
from models.recommender import Recommender
from training.config import Config
from training.fit import learn
from training.groups import Groups

NAME: Final = "no column gives the answer away"
SUSPECT: Final = 0.95
"""Share of the model's metric from which a column alone is looked into."""
LEAST: Final = 50
"""Questions in which a column must tell candidates apart before it is judged."""
Mask = NDArray[np.bool_]


def screen(
    taught: Groups,
    judged: Groups,
    scores: NDArray[np.float32],
    model: Recommender,
    config: Config,
) -> Check:
    """Judge every column alone, and a ranker without those that come near the whole model.

    `scores` float32[rows of judged] are the model's. Only questions count in which the column
    differs between candidates, so that one that leaks now and then is found too.
    """
    names, name = model.feature_names, config.gate.metric
    if len(taught) < config.examples.least_groups or len(judged) < LEAST:
        return Check(NAME, True, "too few questions to tell")
    whole = metric(name, judged.rank(scores))
    suspects = _suspects(judged, whole, name)
    told = f"of {len(names)} columns {len(suspects)} rank alone nearly as well as all together"
    for source in _by_source(suspects, model):
        rest = _without(taught, judged, [c for one in source for c in one[2]], names, config)
        for column, (alone, mask), _ in source:
            gap = np.stack([alone[mask] - config.gate.leak_ratio * rest[mask]], axis=1)
            (found,) = bootstrap(gap, judged.visitors[mask], config.judge.resamples, config.seed)
            if found.low > 0:
                told = (
                    f"{names[column]} alone: {name} {alone[mask].mean():.4f}, all others without"
                    f" it: {rest[mask].mean():.4f}, on {int(mask.sum()):,} questions"
                )
                return Check(NAME, False, told)
    return Check(NAME, True, told + ("; none far beyond the others" if suspects else ""))


Suspects = dict[int, tuple[Values, Mask]]


def _suspects(judged: Groups, whole: Values, name: str) -> Suspects:
    starts, found = judged.starts[:-1][judged.sizes > 0], {}
    asked = judged.sizes > 0
    for column in range(judged.features.shape[1]):
        values = np.ascontiguousarray(judged.features[:, column])
        mask = np.zeros(len(judged), np.bool_)
        mask[asked] = np.minimum.reduceat(values, starts) < np.maximum.reduceat(values, starts)
        if np.count_nonzero(mask) < LEAST:
            continue
        both = [metric(name, judged.rank(sign * values)) for sign in (np.float32(1), -1)]
        alone = max(both, key=lambda one: float(one[mask].mean()))
        if alone[mask].mean() >= SUSPECT * whole[mask].mean():
            found[column] = (alone, mask)
    return found


Source = list[tuple[int, tuple[Values, Mask], list[int]]]
"""Suspects with their figures, each with the columns to take away for it."""


def _by_source(suspects: Suspects, model: Recommender) -> list[Source]:
    """Put suspects together that are taken away together: a retriever's columns are one source."""
    owners: dict[int, list[int]] = {}
    for retriever in model.retrievers:
        columns = [model.feature_names.index(name) for name in retriever.columns]
        owners |= dict.fromkeys(columns, columns)
    own = [column for column in suspects if column not in owners]
    sources: list[Source] = [[(c, suspects[c], [c]) for c in own]] if own else []
    learned = {id(owners[c]): owners[c] for c in suspects if c in owners}
    sources.extend(
        [(c, suspects[c], columns) for c in columns if c in suspects]
        for columns in learned.values()
    )
    return sources


def _without(
    taught: Groups, judged: Groups, columns: Sequence[int], names: tuple[str, ...], config: Config
) -> Values:
    """Return the metric a ranker reaches that never saw some columns."""
    hidden = taught.hiding(columns)
    ranker, _ = learn(hidden, names, config)
    return metric(config.gate.metric, judged.rank(ranker.score(judged.features)))
