"""Gather the nodes and constants of an ONNX graph."""

from __future__ import annotations

from typing import Any

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import helper, numpy_helper


class Graph:
    """Gather nodes and constants under fresh names."""

    def __init__(self, epsilon: float) -> None:
        """Take what normalising adds to a variance."""
        self.nodes: list[onnx.NodeProto] = []
        self.constants: list[onnx.TensorProto] = []
        self.epsilon = epsilon

    def add(self, kind: str, *inputs: str, name: str = "", **attributes: Any) -> str:
        """Append a node with one output; return the output's name."""
        out = name or f"{kind.lower()}{len(self.nodes)}"
        self.nodes.append(helper.make_node(kind, list(inputs), [out], **attributes))
        return out

    def value(self, array: NDArray[np.generic]) -> str:
        """Append a constant; return its name."""
        name = f"c{len(self.constants)}"
        self.constants.append(numpy_helper.from_array(np.ascontiguousarray(array), name))
        return name

    def ints(self, *values: int) -> str:
        """Append a constant of whole numbers."""
        return self.value(np.array(values, dtype=np.int64))

    def norm(self, x: str, gain: NDArray[np.generic], bias: NDArray[np.generic]) -> str:
        """Normalise the last axis."""
        return self.add(
            "LayerNormalization", x, self.value(gain), self.value(bias), epsilon=self.epsilon
        )

    def raw(self, packed: bytes, kind: int, shape: tuple[int, ...]) -> str:
        """Append a constant of a type numpy does not have, as packed bytes; return its name."""
        name = f"c{len(self.constants)}"
        self.constants.append(helper.make_tensor(name, kind, shape, packed, raw=True))
        return name

    def split(self, x: str, parts: int) -> list[str]:
        """Cut the last axis into equal parts."""
        names = [f"split{len(self.nodes)}_{part}" for part in range(parts)]
        self.nodes.append(helper.make_node("Split", [x], names, axis=-1, num_outputs=parts))
        return names
