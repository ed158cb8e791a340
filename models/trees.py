"""Boosted trees as flat arrays, scored a block of rows at a time without a branch.

Every split of a tree knows which leaves a row that goes right can no longer reach. A row's leaf is
the first one that no split has ruled out, so a tree is a handful of comparisons that a processor
does for many rows at once. Source: Lucchese et al., "QuickScorer: a Fast Algorithm to Rank
Documents with Additive Ensembles of Regression Trees" (SIGIR 2015); here tree by tree, over rows.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final, Self

import numpy as np
from numpy.typing import NDArray

from data.kernels import kernel
from models.base import Scores

MOST_LEAVES: Final = 32
_ROWS: Final = 64
_ALL: Final = np.uint32(0xFFFFFFFF)
_BRUIJN: Final = np.uint32(0x077CB531)
_SHIFT: Final = np.uint32(27)
_FIRST: Final = np.uint32(1)
_LOWEST: Final = np.zeros(MOST_LEAVES, dtype=np.int32)
"""The number of a power of two, found by multiplying it with a de Bruijn sequence."""
for _bit in range(MOST_LEAVES):
    _LOWEST[((1 << _bit) * int(_BRUIJN) & int(_ALL)) >> int(_SHIFT)] = _bit


class UnreadableTrees(ValueError):  # noqa: N818 - reads as the state it names
    """Say that an ONNX file holds no tree ensemble of the kind that is written here."""


@dataclass(frozen=True, slots=True)
class Trees:
    """Hold an ensemble: splits in order of trees, `starts` int32[trees + 1] where each begins.

    `columns` int32[s] the feature of each split; `thresholds` float32[s]: up to it goes left;
    `masks` uint32[s]: the leaves that are left for who goes right; `leaves` float32[trees, most].
    """

    columns: NDArray[np.int32]
    thresholds: NDArray[np.float32]
    masks: NDArray[np.uint32]
    starts: NDArray[np.int32]
    leaves: NDArray[np.float32]

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
        if max((len(leaves) for _, leaves in walks), default=0) > MOST_LEAVES:
            raise UnreadableTrees(f"a tree has more than {MOST_LEAVES} leaves")
        splits = [split for found, _ in walks for split in found]
        values = np.zeros((len(walks), max((len(leaves) for _, leaves in walks), default=1)))
        for tree, (_, leaves) in enumerate(walks):
            values[tree, : len(leaves)] = leaves
        return cls(
            np.array([column for column, _, _ in splits], dtype=np.int32),
            np.array([threshold for _, threshold, _ in splits], dtype=np.float32),
            np.array([mask for _, _, mask in splits], dtype=np.uint32),
            np.cumsum([0, *(len(found) for found, _ in walks)], dtype=np.int32),
            values.astype(np.float32),
        )

    def score(self, matrix: Scores) -> Scores:
        """Return float32[n] for float32[n, columns]: the sum over the trees, in their order."""
        out = np.zeros(len(matrix), dtype=np.float32)
        if len(self.columns) and int(self.columns.max()) >= matrix.shape[1]:
            msg = f"the trees ask for column {int(self.columns.max())} of {matrix.shape[1]}"
            raise UnreadableTrees(msg)
        parts = (self.columns, self.thresholds, self.masks, self.starts, self.leaves)
        _score(np.ascontiguousarray(matrix), *parts, _LOWEST, out)
        return out

    def edges(self, rng: np.random.Generator, rows: int, width: int) -> Scores:
        """Return rows float32[rows, width] on and beside the thresholds, where errors would be."""
        matrix = np.zeros((rows, width), dtype=np.float32)
        for column in np.unique(self.columns):
            near = rng.choice(self.thresholds[self.columns == column], rows)
            towards = rng.choice(np.array([-np.inf, np.inf, np.nan], np.float32), rows)
            matrix[:, column] = np.where(np.isnan(towards), near, np.nextafter(near, towards))
        return matrix


_Split = tuple[int, float, int]


def _walks(told: dict[str, Any]) -> list[tuple[list[_Split], list[float]]]:
    """Return splits (column, threshold, mask) and leaf values of each tree, left before right."""
    names = zip(told["nodes_treeids"], told["nodes_nodeids"], strict=True)
    places = {name: place for place, name in enumerate(names)}
    ends = zip(told["target_treeids"], told["target_nodeids"], strict=True)
    values = dict(zip(ends, told["target_weights"], strict=True))
    walks: list[tuple[list[_Split], list[float]]] = []
    for tree in sorted(set(told["nodes_treeids"])):
        splits: list[_Split] = []
        leaves: list[float] = []

        def visit(
            tree: int, node: int, splits: list[_Split] = splits, leaves: list[float] = leaves
        ) -> None:
            place = places[tree, node]
            if told["nodes_modes"][place] == b"LEAF":
                leaves.append(values[tree, node])
                return
            first = len(leaves)
            visit(tree, told["nodes_truenodeids"][place])
            lost = (1 << len(leaves)) - (1 << first)
            visit(tree, told["nodes_falsenodeids"][place])
            column, threshold = told["nodes_featureids"][place], told["nodes_values"][place]
            splits.append((column, threshold, int(_ALL) & ~lost))

        visit(tree, 0)
        walks.append((splits, leaves))
    return walks


@kernel
def _score(
    matrix: NDArray[np.float32],
    columns: NDArray[np.int32],
    thresholds: NDArray[np.float32],
    masks: NDArray[np.uint32],
    starts: NDArray[np.int32],
    leaves: NDArray[np.float32],
    lowest: NDArray[np.int32],
    out: NDArray[np.float32],
) -> None:
    """Add each tree's leaf to each row: blocks of rows, column by column, fit the cache."""
    block = np.zeros((matrix.shape[1], _ROWS), np.float32)
    left = np.empty(_ROWS, np.uint32)
    for start in range(0, len(matrix), _ROWS):
        n = min(_ROWS, len(matrix) - start)
        for row in range(n):
            for column in range(matrix.shape[1]):
                block[column, row] = matrix[start + row, column]
        for tree in range(len(starts) - 1):
            left[:] = _ALL
            for split in range(starts[tree], starts[tree + 1]):
                values, threshold, mask = block[columns[split]], thresholds[split], masks[split]
                for row in range(_ROWS):  # a fixed number, so that it is done many rows at once
                    left[row] &= _ALL if values[row] <= threshold else mask
            ends = leaves[tree]
            for row in range(n):
                first = left[row] & (~left[row] + _FIRST)
                out[start + row] += ends[lowest[np.uint32(first * _BRUIJN) >> _SHIFT]]
