"""Look inside a judged model: what it picked for whom, and which families of features it needs."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from data.ranking_metrics import metric
from data.schemas import Item, key64
from training.attempt import Attempt
from training.evaluate import MODEL, Judgement
from training.report import Pick

FIRST = 5
SAMPLE = 400


def picks(
    found: Attempt, judgement: Judgement, items: Sequence[Item | None], count: int, seed: int
) -> list[Pick]:
    """Return some judged questions with titles: half of visitors known well, the rest drawn."""
    titles = {key64("item", item.item_id): item.title for item in items if item is not None}
    groups = judgement.groups
    drawn = np.random.default_rng([seed, 5]).permutation(len(groups))
    drawn = drawn[np.argsort(groups.known[drawn] == 0, kind="stable")]
    chosen = np.concatenate([drawn[: count - count // 3], drawn[::-1][: count // 3]])
    best = groups.best(found.scores, FIRST)
    rows = []
    for place in dict.fromkeys(chosen[:count].tolist()):
        asked = found.built.judge[place]
        rows.append(
            Pick(
                seller=asked.seller,
                touched=tuple(_title(key, titles) for key in asked.touched[:FIRST]),
                picked=tuple(_title(int(key), titles) for key in groups.keys[best[place]]),
                right=_title(asked.answer, titles),
                rank=int(judgement.ranks[MODEL][place]),
            )
        )
    return rows


def families(found: Attempt, metric_name: str, seed: int) -> dict[str, float]:
    """Return how much of a metric each family of features carries: what shuffling it costs.

    Source: Breiman 2001, permutation importance; rows are shuffled within the judged sample.
    """
    groups, rng = found.judged, np.random.default_rng([seed, 6])
    drawn = np.sort(rng.permutation(len(groups))[:SAMPLE])
    if not len(drawn):
        return {}
    sample = groups.only(drawn)
    base = float(metric(metric_name, sample.rank(found.ranker.score(sample.features))).mean())
    lost = {}
    for name, columns in found.model.groups.items():
        shuffled = sample.features.copy()
        order = rng.permutation(len(shuffled))
        shuffled[:, columns] = sample.features[np.ix_(order, columns)]
        ranks = sample.rank(found.ranker.score(shuffled))
        lost[name] = base - float(metric(metric_name, ranks).mean())
    return lost


def _title(key: int, titles: dict[int, str]) -> str:
    return titles.get(key) or f"{key:016x}"
