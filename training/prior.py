"""The order before there is anything to learn from: a linear ranker with weights set by hand."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np
from onnx import TensorProto, helper, numpy_helper

from models.ranker import Ranker

WEIGHTS: Final = {
    "listing_acts_30d": 1.0,
    "item_acts_30d": 0.3,
    "reputation": 0.02,
    "pinned": 0.5,
    "shelf_place": -0.1,
    "category_browse": 1.5,
    "category_intent": 1.0,
    "brand_browse": 0.5,
    "tags_browse": 1.0,
    "category_disliked": -1.0,
    "own_dislike": -2.0,
    "context_category": 0.5,
    "context_tags": 0.2,
    "sharer_acts": 0.5,
    "sharer_category": 0.5,
    "vector_taste": 1.0,
    "vector_latest": 0.5,
}
"""What a unit of each column adds to the score; columns that are not named add nothing."""

_OPSET: Final = 15
_IR: Final = 8


def prior(names: Sequence[str]) -> Ranker:
    """Return a ranker that is a weighted sum: popularity first, then likeness to what she liked."""
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
