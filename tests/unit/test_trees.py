"""Trees as arrays: the same scores as the trees they were read from, on every kind of row."""

from __future__ import annotations

from dataclasses import replace

import lightgbm
import numpy as np
import onnx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.base import NEW_TO_MODEL
from models.ranker import ExportMismatch, Ranker, TreeSettings, export, train
from models.trees import MOST_LEAVES, Trees, UnreadableTrees

COLUMNS = ["a", "b", "c"]


def rows(seed: int, count: int) -> np.ndarray:
    rng = np.random.default_rng(seed)
    coarse = rng.integers(0, 4, (count, 3)).astype(np.float32)  # many rows exactly on a threshold
    return np.where(rng.random((count, 3)) < 0.5, coarse, rng.normal(size=(count, 3))).astype(
        np.float32
    )


def grown(leaves: int, trees: int, seed: int) -> lightgbm.Booster:
    matrix = rows(seed, 600)
    labels = (matrix[:, 0] + matrix[:, 1] ** 2 > 2).astype(np.float32)
    groups = np.full(60, 10, dtype=np.int32)
    shape = TreeSettings(trees=trees, leaves=leaves, smallest_leaf=1, l2=0.0)
    return train(matrix, labels, groups, COLUMNS, seed, shape)


@settings(max_examples=15, deadline=None)
@given(leaves=st.integers(2, MOST_LEAVES), trees=st.integers(1, 12), seed=st.integers(0, 9))
def test_arrays_score_as_the_trees_that_were_fitted(leaves: int, trees: int, seed: int) -> None:
    booster = grown(leaves, trees, seed)
    read = Trees.read(export(booster, 3))
    for count in (0, 1, 127, 128, 129, 300):
        matrix = np.concatenate([rows(seed + 1, count), read.edges(np.random.default_rng(1), 5, 3)])
        matrix[np.abs(matrix) < 1e-30] = 0.0  # LightGBM takes the smallest numbers for zero
        expected = np.asarray(booster.predict(matrix))
        assert np.abs(read.score(matrix) - expected).max(initial=0.0) < 1e-5


def test_a_tree_that_never_splits_is_its_value() -> None:
    matrix, groups = np.zeros((20, 3), np.float32), np.full(2, 10, dtype=np.int32)
    booster = train(matrix, np.zeros(20, np.float32), groups, COLUMNS, 0, TreeSettings(trees=2))
    ranker = Ranker(export(booster, 3))
    assert np.ptp(ranker.score(rows(0, 7))) == 0.0
    ranker.agree(booster, rows(0, 7))


def test_another_export_than_that_of_the_fitted_trees_is_refused() -> None:
    ranker = Ranker(export(grown(8, 5, 0), 3))
    ranker.agree(grown(8, 5, 0), rows(3, 50))
    with pytest.raises(ExportMismatch, match="differ"):
        ranker.agree(grown(8, 5, 1), rows(3, 50))


def test_edges_lie_on_both_sides_of_every_threshold() -> None:
    read = Trees.read(export(grown(8, 5, 0), 3))
    matrix = read.edges(np.random.default_rng(0), 2_000, 3)
    for column, threshold in zip(read.columns, read.thresholds, strict=True):
        assert (matrix[:, column] <= threshold).any()
        assert (matrix[:, column] > threshold).any()


def bushy(leaves: int) -> lightgbm.Booster:
    shape = {"objective": "regression", "num_leaves": leaves, "verbosity": -1}
    labels = np.random.default_rng(0).normal(size=2_000)
    return lightgbm.train(shape, lightgbm.Dataset(rows(0, 2_000), labels), num_boost_round=1)


def changed(model: bytes, name: str, value: object) -> bytes:
    proto = onnx.load_from_string(model)
    node = proto.graph.node[0]
    kept = [part for part in node.attribute if part.name != name]
    del node.attribute[:]
    node.attribute.extend([*kept, onnx.helper.make_attribute(name, value)])
    return bytes(proto.SerializeToString())


def test_what_is_no_such_ensemble_is_not_read() -> None:
    model = export(grown(4, 2, 0), 3)
    modes = [b"LEAF" if mode == b"LEAF" else b"BRANCH_GT" for mode in _modes(model)]
    with pytest.raises(UnreadableTrees, match="another kind"):
        Trees.read(changed(model, "nodes_modes", modes))
    with pytest.raises(UnreadableTrees, match="not one tree"):
        Trees.read(
            onnx.helper.make_model(onnx.helper.make_graph([], "g", [], [])).SerializeToString()
        )


def test_trees_of_too_many_leaves_are_scored_all_the_same() -> None:
    booster, matrix = bushy(MOST_LEAVES + 1), rows(1, 100)
    with pytest.raises(UnreadableTrees, match=f"more than {MOST_LEAVES} leaves"):
        Trees.read(export(booster, 3))
    Ranker(export(booster, 3)).agree(booster, matrix)


def test_rows_too_narrow_for_the_trees_are_refused() -> None:
    with pytest.raises(UnreadableTrees, match="column"):
        Trees.read(export(grown(8, 5, 0), 3)).score(np.zeros((4, 1), np.float32))


def _modes(model: bytes) -> list[bytes]:
    node = onnx.load_from_string(model).graph.node[0]
    (modes,) = (part for part in node.attribute if part.name == "nodes_modes")
    return list(modes.strings)


@pytest.mark.parametrize("noise", [0.0, 3.0])
def test_few_groups_choose_the_shape_that_serves_them(noise: float) -> None:
    rng = np.random.default_rng(5)
    matrix = rng.normal(size=(1_200, 3)).astype(np.float32)
    steps = np.floor(3 * matrix[:, 0]) % 2 + np.floor(3 * matrix[:, 1]) % 2 == 1  # a chessboard
    taste = matrix[:, 0] if noise else 9.0 * steps
    wanted = taste + noise * rng.normal(size=1_200)
    labels = np.zeros(1_200, np.float32)
    labels[np.arange(120) * 10 + wanted.reshape(120, 10).argmax(axis=1)] = 1.0
    groups = np.full(120, 10, np.int32)
    shape = TreeSettings(trees=60, leaves=31, smallest_leaf=2, l2=0.0, few_groups=121)
    enough = replace(shape, few_groups=120)

    def trees(settings: TreeSettings) -> int:
        return int(train(matrix, labels, groups, COLUMNS, 0, settings).num_trees())

    assert trees(shape) == (30 if noise else 60)
    assert trees(enough) == 60


@pytest.mark.parametrize(("lift", "new_first"), [(1.0, False), (2.0, True)])
def test_answers_nobody_had_touched_may_count_more(lift: float, *, new_first: bool) -> None:
    columns = ["a", "b", NEW_TO_MODEL]
    matrix = np.zeros((800, 3), np.float32)
    matrix[::2, 2] = 1.0  # each group holds a new item and a known one, and is told nothing else
    labels = np.zeros(800, np.float32)
    new = np.arange(400) % 5 < 2
    labels[np.arange(400) * 2 + np.where(new, 0, 1)] = 1.0
    shape = TreeSettings(trees=20, leaves=2, l2=0.0, new_answers=lift)
    booster = train(matrix, labels, np.full(400, 2, np.int32), columns, 0, shape)
    score = np.asarray(booster.predict(matrix[:2]))
    assert (score[0] > score[1]) == new_first
