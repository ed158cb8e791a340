"""Boosted trees as flat arrays, scored a block of rows at a time without a branch.

A tree is an expression: each split is one of two values, the children's, by a comparison. Its
splits stand children first, so that a stack of values is all it takes, and a processor does each
step for many rows at once. Source of the idea, comparisons in place of branches and rows side by
side: Asadi, Lin and de Vries, "Runtime Optimizations for Tree-based Machine Learning Models"
(TKDE 2014).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final, NamedTuple, Self

import numpy as np
from numpy.typing import NDArray

from data.kernels import kernel
from models.base import Scores

MOST_LEAVES: Final = 64
_ROWS: Final = 64
_LEAVES, _RIGHT_LEAF, _LEFT_LEAF, _SPLITS = range(4)
"""What a split chooses from: two leaves, a split and a leaf, a leaf and a split, two splits."""


class UnreadableTrees(ValueError):  # noqa: N818 - reads as the state it names
    """Say that an ONNX file holds no tree ensemble of the kind that is written here."""


@dataclass(frozen=True, slots=True)
class Trees:
    """Hold an ensemble: splits in order of trees, children first, `starts` int32[trees + 1].

    `columns` int32[s] the feature of each split; `thresholds` float32[s]: up to it goes left;
    `kinds` int8[s]: which children are leaves; `left`, `right` float32[s]: what those are worth.
    A tree that never splits is a split between two equal leaves. `width`: how many columns rows
    must have.
    """

    columns: NDArray[np.int32]
    thresholds: NDArray[np.float32]
    kinds: NDArray[np.int8]
    left: NDArray[np.float32]
    right: NDArray[np.float32]
    starts: NDArray[np.int32]
    width: int

    @classmethod
    def read(cls, model: bytes) -> Self:
        """Read what `models.ranker.export` wrote. Raises UnreadableTrees for anything else."""
        import onnx  # slow to load, and only wanted when a model is opened

        nodes = [node for node in onnx.load_from_string(model).graph.node if "Tree" in node.op_type]
        if len(nodes) != 1 or nodes[0].op_type != "TreeEnsembleRegressor":
            raise UnreadableTrees("not one tree ensemble")
        told: dict[str, Any] = {
            part.name: onnx.helper.get_attribute_value(part) for part in nodes[0].attribute
        }
        if not set(told["nodes_modes"]) <= {b"BRANCH_LEQ", b"LEAF"} or told.get("base_values"):
            raise UnreadableTrees("splits of another kind than at most")
        walks = _walks(told)
        if max((len(splits) for splits in walks), default=0) >= MOST_LEAVES:
            raise UnreadableTrees(f"a tree has more than {MOST_LEAVES} leaves")
        splits = [split for found in walks for split in found]
        return cls(
            np.array([one.column for one in splits], dtype=np.int32),
            np.array([one.threshold for one in splits], dtype=np.float32),
            np.array([one.kind for one in splits], dtype=np.int8),
            np.array([one.left or 0.0 for one in splits], dtype=np.float32),
            np.array([one.right or 0.0 for one in splits], dtype=np.float32),
            np.cumsum([0, *(len(found) for found in walks)], dtype=np.int32),
            max((one.column + 1 for one in splits), default=0),
        )

    def score(self, matrix: Scores) -> Scores:
        """Return float32[n] for float32[n, columns]: the sum over the trees, in their order."""
        out = np.zeros(len(matrix), dtype=np.float32)
        if self.width > matrix.shape[1]:
            msg = f"the trees ask for column {self.width - 1} of {matrix.shape[1]}"
            raise UnreadableTrees(msg)
        _score(
            np.ascontiguousarray(matrix), self.columns, self.thresholds, self.kinds, self.left,
            self.right, self.starts, out,
        )  # fmt: skip
        return out

    def edges(self, rng: np.random.Generator, rows: int, width: int) -> Scores:
        """Return rows float32[rows, width] on and beside the thresholds, where errors would be."""
        matrix = np.zeros((rows, width), dtype=np.float32)
        for column in np.unique(self.columns):
            near = rng.choice(self.thresholds[self.columns == column], rows)
            towards = rng.choice(np.array([-np.inf, np.inf, np.nan], np.float32), rows)
            matrix[:, column] = np.where(np.isnan(towards), near, np.nextafter(near, towards))
        return matrix


class _Split(NamedTuple):
    """Hold a split; `left` and `right` are worth something where they are leaves."""

    column: int
    threshold: float
    left: float | None
    right: float | None

    @property
    def kind(self) -> int:
        if self.left is None:
            return _SPLITS if self.right is None else _RIGHT_LEAF
        return _LEFT_LEAF if self.right is None else _LEAVES


def _walks(told: dict[str, Any]) -> list[list[_Split]]:
    """Return the splits of each tree, children before parents, left before right."""
    names = zip(told["nodes_treeids"], told["nodes_nodeids"], strict=True)
    places = {name: place for place, name in enumerate(names)}
    ends = zip(told["target_treeids"], told["target_nodeids"], strict=True)
    values = dict(zip(ends, told["target_weights"], strict=True))

    def visit(tree: int, node: int, splits: list[_Split]) -> float | None:
        place = places[tree, node]
        if told["nodes_modes"][place] == b"LEAF":
            return float(values[tree, node])
        left = visit(tree, told["nodes_truenodeids"][place], splits)
        right = visit(tree, told["nodes_falsenodeids"][place], splits)
        column, threshold = told["nodes_featureids"][place], told["nodes_values"][place]
        splits.append(_Split(column, threshold, left, right))
        return None

    walks: list[list[_Split]] = []
    for tree in sorted(set(told["nodes_treeids"])):
        splits: list[_Split] = []
        alone = visit(tree, 0, splits)
        walks.append(splits if alone is None else [_Split(0, 0.0, alone, alone)])
    return walks


@kernel
def _score(  # noqa: C901, PLR0912 - one compiled loop
    matrix: NDArray[np.float32],
    columns: NDArray[np.int32],
    thresholds: NDArray[np.float32],
    kinds: NDArray[np.int8],
    left: NDArray[np.float32],
    right: NDArray[np.float32],
    starts: NDArray[np.int32],
    out: NDArray[np.float32],
) -> None:
    """Add each tree's value to each row: blocks of rows, column by column, fit the cache."""
    block = np.zeros((matrix.shape[1], _ROWS), np.float32)
    stack = np.empty((MOST_LEAVES, _ROWS), np.float32)
    sums = np.empty(_ROWS, np.float32)
    for start in range(0, len(matrix), _ROWS):
        n = min(_ROWS, len(matrix) - start)
        for row in range(n):
            for column in range(matrix.shape[1]):
                block[column, row] = matrix[start + row, column]
        sums[:] = np.float32(0)
        for tree in range(len(starts) - 1):
            top = 0
            for split in range(starts[tree], starts[tree + 1]):
                values, threshold, kind = block[columns[split]], thresholds[split], kinds[split]
                low, high = left[split], right[split]
                if kind == _LEAVES:
                    here = stack[top]
                    for row in range(_ROWS):  # a fixed number, so that it is done many at once
                        here[row] = low if values[row] <= threshold else high
                    top += 1
                elif kind == _RIGHT_LEAF:
                    here = stack[top - 1]
                    for row in range(_ROWS):
                        value = here[row]
                        here[row] = value if values[row] <= threshold else high
                elif kind == _LEFT_LEAF:
                    here = stack[top - 1]
                    for row in range(_ROWS):
                        value = here[row]
                        here[row] = low if values[row] <= threshold else value
                else:
                    here, other = stack[top - 2], stack[top - 1]
                    for row in range(_ROWS):
                        value, second = here[row], other[row]
                        here[row] = value if values[row] <= threshold else second
                    top -= 1
            here = stack[0]
            for row in range(_ROWS):
                sums[row] += here[row]
        for row in range(n):
            out[start + row] = sums[row]
