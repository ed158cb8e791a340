"""The order before there is enough to learn from: a weighted sum of a few features."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np
from onnx import TensorProto, helper, numpy_helper

from data.ranking_metrics import metric
from models.ranker import Ranker
from training.config import Config
from training.fit import learn
from training.groups import Groups

WEIGHTS: Final = {
    "listing_share": 0.4,
    "item_acts_7d": 0.2,
    "category_intent": 0.9,
    "taste_category": 0.2,
    "category_steps_last": 0.5,
    "context_category": 0.5,
    "sharer_taste": 0.06,
    "category_disliked": -0.7,
    "own_dislike": -1.0,
    "own_days": 0.1,  # -1 for what she never touched: people come back to what they looked at
    "vector_latest": 0.1,
    "vector_taste": 0.1,
    "pinned": 0.1,
    "shelf_place": -0.01,  # all else equal, the seller's own order
}
"""What a unit of each column adds to the score; columns that are not named add nothing.

Fitted once on simulated worlds by conditional logit (McFadden 1974) and rounded, but for the last
five, which are chosen.
"""

_OPSET: Final = 15
_IR: Final = 8


def prior(names: Sequence[str]) -> Ranker:
    """Return a ranker that is the weighted sum over columns of these names."""
    weights = np.array([[WEIGHTS.get(name, 0.0)] for name in names], np.float32)
    graph = helper.make_graph(
        [helper.make_node("MatMul", ["features", "weights"], ["scores"])],
        "prior",
        [helper.make_tensor_value_info("features", TensorProto.FLOAT, [None, len(names)])],
        [helper.make_tensor_value_info("scores", TensorProto.FLOAT, [None, 1])],
        [numpy_helper.from_array(weights, "weights")],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", _OPSET)])
    model.ir_version = _IR
    model.producer_name = "smartcard"
    return Ranker(model.SerializeToString(deterministic=True))


def worth_learning(groups: Groups, names: tuple[str, ...], config: Config) -> bool:
    """Say whether a ranker learned from these groups will order better than the prior.

    Never below `least_groups`, always from `enough_groups`; between them each half of the visitors
    is ordered by what was learned from the other, and the higher mean of the gate's metric counts.
    """
    if not config.examples.least_groups <= len(groups) < config.examples.enough_groups:
        return len(groups) >= config.examples.enough_groups
    found = {"learned": 0.0, "prior": 0.0}
    halves = [np.flatnonzero(groups.visitors % 2 == half) for half in (0, 1)]
    if min(len(half) for half in halves) == 0:
        return False
    for taught, asked in (halves, reversed(halves)):
        learned, _ = learn(groups.only(taught), names, config)
        others = groups.only(asked)
        for name, ranker in (("learned", learned), ("prior", prior(names))):
            ranks = others.rank(ranker.score(others.features))
            found[name] += float(metric(config.gate.metric, ranks).sum())
    return found["learned"] > found["prior"]
