"""The learned order: boosted trees fitted for NDCG over groups, served through ONNX.

Fitting: LightGBM lambdarank (Burges, "From RankNet to LambdaRank to LambdaMART", 2010). Exchange:
ONNX. Serving: the file's trees as flat arrays (`models.trees`), an order of magnitude faster for a
hundred rows. All three must agree before a ranker exists: fitted, onnxruntime and arrays on every
row it was fitted on, onnxruntime and arrays on and beside the thresholds whenever one is opened.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, ClassVar, Final, Self

import numpy as np
from numpy.typing import NDArray

from models.base import NEW_TO_MODEL, Scores
from models.runtime import onnxruntime
from models.shape import proven
from models.spans import Span, Spans
from models.trees import MOST_LEAVES, Trees, UnreadableTrees

if TYPE_CHECKING:  # slow to load, and serving never fits: imported where trees are grown
    import lightgbm

PARITY: Final = 1e-4
_OPSET: Final = 15
_ERRORS_ONLY: Final = 3
_PROBE_ROWS: Final = 256


class ExportMismatch(RuntimeError):  # noqa: N818 - reads as the state it names
    """Say that the exported ranker does not score as the fitted one; it must not be served."""


@dataclass(frozen=True, slots=True)
class TreeSettings:
    """Shape the ensemble; trees x leaves x candidates is what a request pays for."""

    spans: ClassVar[Spans] = {
        "trees": Span(50, 400, log=True, whole=True),
        "leaves": Span(4, 31, log=True, whole=True),
        "learning_rate": Span(0.02, 0.15, log=True),
        "smallest_leaf": Span(10, 300, log=True, whole=True),
        "feature_share": Span(0.3, 1.0),
        "l2": Span(0.5, 50.0, log=True),
    }
    trees: int = 100
    leaves: int = 15
    learning_rate: float = 0.08
    smallest_leaf: int = 30
    feature_share: float = 0.7
    row_share: float = 0.8
    l2: float = 5.0
    cutoff: int = 20  # ranks beyond this do not count in the objective
    few_groups: int = 0  # fewer than so many choose between this and the smaller shape
    new_answers: float = 1.0  # how much a group counts whose answer nobody had touched before

    def __post_init__(self) -> None:
        """Refuse shapes that cannot be grown or served."""
        if self.trees < 1 or not 2 <= self.leaves <= MOST_LEAVES or not self.learning_rate > 0:
            msg = f"needs trees >= 1, 2 <= leaves <= {MOST_LEAVES}, learning_rate > 0"
            raise ValueError(msg)

    def smaller(self) -> Self:
        """Return the shape with half as many, small trees on half the columns, learning slower."""
        return replace(
            self,
            trees=max(1, self.trees // 2),
            leaves=min(self.leaves, 4),
            learning_rate=0.7 * self.learning_rate,
            feature_share=0.5 * self.feature_share,
            smallest_leaf=max(1, 2 * self.smallest_leaf // 3),
        )


class Ranker:
    """Score rows of features; higher is better."""

    def __init__(self, model: bytes) -> None:
        """Open an ONNX file: trees are scored as arrays, anything else by onnxruntime.

        Raises ExportMismatch when the arrays score otherwise.
        """
        self._model = model
        self._session = _session(model)
        self._trees: Trees | None = None
        with suppress(UnreadableTrees):
            self._trees = Trees.read(model)
        if self._trees is not None:
            width = self._session.get_inputs()[0].shape[1]
            probe = self._trees.edges(np.random.default_rng(len(model)), _PROBE_ROWS, width)
            _compare(self._run(probe), self.score(probe))

    @classmethod
    def fit(
        cls,
        matrix: Scores,
        labels: NDArray[np.float32],
        groups: NDArray[np.int32],
        names: Sequence[str],
        seed: int,
        settings: TreeSettings | None = None,
        weights: NDArray[np.float32] | None = None,
    ) -> Self:
        """Fit on groups of rows that stand together and export the result.

        `matrix` float32[n, columns]; `labels` float32[n]: gains, 0 for what was not chosen;
        `groups` int32[g]: rows of each group, in order; `weights` float32[n] or None. The same
        arguments give the same bytes. Raises ExportMismatch when ONNX scores differ by more than
        `PARITY` on any row.
        """
        booster = train(matrix, labels, groups, names, seed, settings or TreeSettings(), weights)
        ranker = cls(export(booster, matrix.shape[1]))
        ranker.agree(booster, matrix)
        return ranker

    def agree(self, booster: lightgbm.Booster, matrix: Scores) -> None:
        """Compare with the fitted trees on every row; raise ExportMismatch when they differ."""
        _compare(np.asarray(booster.predict(matrix, num_threads=1)), self.score(matrix))
        _compare(self._run(matrix), self.score(matrix))

    def score(self, matrix: Scores) -> Scores:
        """Return float32[n] for float32[n, columns]."""
        return self._run(matrix) if self._trees is None else self._trees.score(matrix)

    def _run(self, matrix: Scores) -> Scores:
        name = self._session.get_inputs()[0].name
        scores: Scores = self._session.run(None, {name: matrix})[0]
        return scores.reshape(-1)

    def to_bytes(self) -> bytes:
        """Return the ONNX file."""
        return self._model

    @classmethod
    def from_bytes(cls, model: bytes) -> Self:
        """Open what `to_bytes` gave."""
        return cls(model)


def _session(model: bytes) -> onnxruntime.InferenceSession:
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    options.inter_op_num_threads = 1
    options.log_severity_level = _ERRORS_ONLY
    return onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])


def _compare(one: NDArray[np.floating], other: NDArray[np.floating]) -> None:
    gap = float(np.abs(one - other).max(initial=0.0))
    if not gap <= PARITY:
        msg = f"exported scores differ from the fitted ones by {gap:.2g}, more than {PARITY}"
        raise ExportMismatch(msg)


def train(
    matrix: Scores,
    labels: NDArray[np.float32],
    groups: NDArray[np.int32],
    names: Sequence[str],
    seed: int,
    settings: TreeSettings,
    weights: NDArray[np.float32] | None = None,
) -> lightgbm.Booster:
    """Fit the trees on all cores; the same arguments give the same trees on any number of them.

    Fewer than `few_groups` groups are asked first which of two shapes serves them better. Groups
    whose answer was new to the retrievers count `new_answers` times, so that an item that has had
    no chance yet is shown somewhat more than what is known of it would give.
    """
    if settings.new_answers != 1.0 and NEW_TO_MODEL in names:
        counted = np.ones(len(matrix), np.float32) if weights is None else weights
        weights = counted * _lifted(matrix, labels, groups, names, settings.new_answers)

    def learn(
        shape: TreeSettings, rows: NDArray[np.bool_], taught: NDArray[np.int32]
    ) -> Callable[[NDArray[np.bool_]], Scores]:
        share = None if weights is None else weights[rows]
        grown = _grow(matrix[rows], labels[rows], taught, names, seed, shape, share)
        return lambda others: np.asarray(grown.predict(matrix[others], num_threads=1))

    if len(groups) < settings.few_groups:
        settings = proven((settings, settings.smaller()), learn, labels, groups)
    return _grow(matrix, labels, groups, names, seed, settings, weights)


def _lifted(
    matrix: Scores,
    labels: NDArray[np.float32],
    groups: NDArray[np.int32],
    names: Sequence[str],
    lift: float,
) -> NDArray[np.float32]:
    """Return float32[n]: `lift` for the rows of groups whose answer is new, 1 for the rest."""
    owner = np.repeat(np.arange(len(groups)), groups)
    answers = (labels > 0) & (matrix[:, names.index(NEW_TO_MODEL)] > 0)
    new = np.bincount(owner, answers, len(groups)) > 0
    return np.where(new, np.float32(lift), np.float32(1))[owner]


def _grow(
    matrix: Scores,
    labels: NDArray[np.float32],
    groups: NDArray[np.int32],
    names: Sequence[str],
    seed: int,
    settings: TreeSettings,
    weights: NDArray[np.float32] | None,
) -> lightgbm.Booster:
    import lightgbm

    data = lightgbm.Dataset(
        matrix, labels, group=groups, weight=weights, feature_name=list(names), free_raw_data=False
    )
    parameters = {
        "objective": "lambdarank",
        "num_leaves": settings.leaves,
        "learning_rate": settings.learning_rate,
        "min_data_in_leaf": min(settings.smallest_leaf, max(1, len(matrix) // 50)),
        "feature_fraction": settings.feature_share,
        "bagging_fraction": settings.row_share,
        "bagging_freq": 1,
        "lambda_l2": settings.l2,
        "lambdarank_truncation_level": settings.cutoff,
        "label_gain": list(range(32)),
        "deterministic": True,
        "force_col_wise": True,  # each column is summed by one thread: same bytes on any number
        "num_threads": 0,
        "seed": seed,
        "verbosity": -1,
    }
    return _in_single_precision(lightgbm.train(parameters, data, num_boost_round=settings.trees))


def _in_single_precision(booster: lightgbm.Booster) -> lightgbm.Booster:
    """Round the trees' thresholds down to float32, which changes no score of float32 features.

    ONNX keeps thresholds in float32 and rounds to the nearest: a split between 1 and the number
    before it would become a split at 1, and rows with exactly 1 would change sides.
    """
    import lightgbm

    lines = []
    for line in booster.model_to_string().split("\n"):
        name, _, values = line.partition("=")
        if name == "threshold":
            exact = np.array(values.split(), dtype=np.float64)
            near = exact.astype(np.float32)
            below = np.where(near > exact, np.nextafter(near, np.float32(-np.inf)), near)
            lines.append("threshold=" + " ".join(repr(float(value)) for value in below))
        elif name != "tree_sizes":  # lengths in bytes, which have changed; reading does without
            lines.append(line)
    return lightgbm.Booster(model_str="\n".join(lines))


def export(booster: lightgbm.Booster, columns: int) -> bytes:
    """Return the trees as ONNX; nothing in it changes the bytes: no names, no dates, no hashes."""
    from onnxmltools import convert_lightgbm
    from onnxmltools.convert.common.data_types import FloatTensorType

    kinds = [("features", FloatTensorType([None, columns]))]
    model = convert_lightgbm(
        booster, name="ranker", initial_types=kinds, target_opset=_OPSET, zipmap=False
    )
    model.doc_string = ""
    model.producer_version = ""
    # the converter keeps the operator sets as a set of strings: one process in eight has another
    # order
    imports = sorted(model.opset_import, key=lambda one: one.domain)
    del model.opset_import[:]
    model.opset_import.extend(imports)
    return bytes(model.SerializeToString(deterministic=True))
