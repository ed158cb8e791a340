"""Judge rankings on groups of the last days: metrics, intervals, slices, coverage, calibration."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from data.ranking_metrics import Interval, Ranks, Values, bootstrap, metric
from models.cards import SliceMetrics
from training.config import Judge
from training.groups import Groups

Floats = NDArray[np.float64]

MODEL: Final = "model"
POPULARITY: Final = "popularity"
TOP: Final = 10
_BINS: Final = 10
_LEAST: Final = 20  # groups a slice needs to be shown
_TEMPERATURES: Final = np.geomspace(0.05, 20.0, 60)
_SHELVES: Final = ((8, "up to 8"), (20, "9 to 20"), (100, "21 to 100"), (500, "101 to 500"))
_KNOWN: Final = ((0, "cold: nothing known"), (4, "warm: 1 to 4 acts"))
_ANSWERED: Final = ((0, "new: never acted on"), (4, "rare: 1 to 4 acts"))
_TOP: Final = np.iinfo(np.int32).max


@dataclass(frozen=True, slots=True)
class Calibration:
    """Compare said and true chances over the first ten picks, in bins of equal count.

    `said`, `came` float64[bins]: mean chance said, share that came true; `error`: their mean
    distance (expected calibration error); `temperature`: scores / temperature go into the softmax.
    """

    said: Floats
    came: Floats
    error: float
    temperature: float


@dataclass(frozen=True, slots=True)
class Judgement:
    """Hold what judging found; `methods` maps each method to its metrics with intervals.

    `ranks` are the answers' ranks by method; `difference` maps each other method to the paired
    difference of the model's gate metric to its; `beyond` holds coverage@10 and novelty@10.
    """

    groups: Groups
    ranks: dict[str, Ranks]
    methods: dict[str, dict[str, Interval]]
    differences: dict[str, Interval]
    slices: tuple[SliceMetrics, ...]
    beyond: dict[str, float]
    calibration: Calibration | None

    def figures(self) -> dict[str, float]:
        """Return what is told beside the metrics of rank: coverage, novelty, calibration."""
        if self.calibration is None:
            return self.beyond
        return {
            **self.beyond,
            "calibration_error": self.calibration.error,
            "temperature": self.calibration.temperature,
        }


def judge(
    groups: Groups,
    scores: NDArray[np.float32],
    others: Mapping[str, Ranks],
    config: Judge,
    gate_metric: str,
    seed: int,
) -> Judgement:
    """Judge the model's scores float32[rows] beside baselines and other models' ranks."""
    ranks = {MODEL: groups.rank(scores), **others, **groups.ranks}
    methods = _metrics(config.metrics, ranks, groups, config, seed)
    gate = {name: metric(gate_metric, r) for name, r in ranks.items()}
    differences = _differences(gate, groups, config, seed)
    slices: tuple[SliceMetrics, ...] = ()
    if POPULARITY in gate:
        slices = tuple(_slices(groups, gate[MODEL], gate[POPULARITY], config, seed))
    return Judgement(
        groups=groups,
        ranks=ranks,
        methods=methods,
        differences=differences,
        slices=slices,
        beyond={"coverage@10": coverage(groups, scores), "novelty@10": novelty(groups, scores)},
        calibration=calibrate(groups, scores),
    )


def _metrics(
    names: tuple[str, ...], ranks: Mapping[str, Ranks], groups: Groups, config: Judge, seed: int
) -> dict[str, dict[str, Interval]]:
    columns = np.stack([metric(name, r) for r in ranks.values() for name in names], axis=1)
    found = iter(bootstrap(columns, groups.visitors, config.resamples, seed, config.confidence))
    return {method: {name: next(found) for name in names} for method in ranks}


def _differences(
    gate: Mapping[str, Values], groups: Groups, config: Judge, seed: int
) -> dict[str, Interval]:
    others = [name for name in gate if name != MODEL]
    if not others:
        return {}
    columns = np.stack([gate[MODEL] - gate[name] for name in others], axis=1)
    found = bootstrap(columns, groups.visitors, config.resamples, seed, config.confidence)
    return dict(zip(others, found, strict=True))


def members(groups: Groups) -> Iterator[tuple[str, str, NDArray[np.bool_]]]:
    """Yield the slices: dimension, name and mask over groups; a dimension's slices are disjoint."""
    for mask, name in _steps(groups.known, _KNOWN, "hot: 5 acts or more"):
        yield "visitor", name, mask
    since = "session only: all known of this visit"
    yield "history", since, groups.fresh & (groups.known > 0)
    yield "history", "acts of earlier visits", ~groups.fresh & (groups.known > 0)
    for mask, name in _steps(groups.shelf, _SHELVES, "over 500"):
        yield "shelf size", name, mask
    for mask, name in _steps(groups.answer_acts, _ANSWERED, "known: 5 acts or more"):
        yield "product", name, mask
    for place, seller in enumerate(groups.seller_names):
        yield "seller", seller, groups.sellers == place


def _steps(
    values: NDArray[np.int32], steps: Sequence[tuple[int, str]], last: str
) -> Iterator[tuple[NDArray[np.bool_], str]]:
    low = -1
    for high, name in (*steps, (_TOP, last)):
        yield (values > low) & (values <= high), name
        low = high


def _slices(
    groups: Groups, model: Values, popularity: Values, config: Judge, seed: int
) -> Iterator[SliceMetrics]:
    for dimension, name, mask in members(groups):
        count = int(mask.sum())
        if count < _LEAST:
            continue
        columns = np.stack([model, popularity, model - popularity], axis=1)[mask]
        owners = groups.visitors[mask]
        found = bootstrap(columns, owners, config.resamples, seed, config.confidence)
        yield SliceMetrics(
            dimension=dimension,
            name=name,
            groups=count,
            model=found[0],
            popularity=found[1],
            difference=found[2],
            visitors=len(np.unique(owners)),
            error=_error(columns[:, 2], owners),
        )


def _error(values: Values, owners: NDArray[np.int32]) -> float:
    """Return the standard error of a mean whose groups resemble each other within an owner.

    Source: Liang & Zeger 1986, with the small-sample factor n / (n - 1).
    """
    centred = np.bincount(owners, values - values.mean())[np.unique(owners)]
    count = len(centred)
    return float(np.sqrt(np.sum(centred**2) * count / max(count - 1, 1))) / len(values)


def coverage(groups: Groups, scores: NDArray[np.float32]) -> float:
    """Return the share of all listings on the judged shelves that came among any first ten."""
    shown: set[tuple[int, int]] = set()
    for place, rows in enumerate(groups.best(scores, TOP)):
        shown.update((int(groups.sellers[place]), int(key)) for key in groups.keys[rows])
    shelves = np.zeros(len(groups.seller_names))
    np.maximum.at(shelves, groups.sellers, groups.shelf)
    return len(shown) / float(shelves.sum()) if len(groups) else 0.0


def novelty(groups: Groups, scores: NDArray[np.float32]) -> float:
    """Return the mean self-information in bits of the first ten: rarely touched items score high.

    Source: Vargas & Castells 2011; an item's chance is its share of all acts, one added to each.
    """
    bits = []
    for place, rows in enumerate(groups.best(scores, TOP)):
        acts = groups.acts[groups.starts[place] : groups.starts[place + 1]]
        chances = (groups.acts[rows] + 1.0) / (float(acts.sum()) + len(acts))
        bits.append(-np.log2(chances))
    return float(np.concatenate(bits).mean()) if bits else 0.0


def calibrate(groups: Groups, scores: NDArray[np.float32]) -> Calibration | None:
    """Fit a softmax temperature on one half of the visitors and check it on the other, both ways.

    Source: Guo et al. 2017, temperature scaling. None with fewer than 20 groups.
    """
    if len(groups) < 20:
        return None
    said, came, temperatures = [], [], []
    for half in (0, 1):
        fitted = groups.visitors % 2 == half
        temperature = _temperature(groups, scores, fitted)
        temperatures.append(temperature)
        for rows, chances in _chances(groups, scores, ~fitted, temperature):
            first = np.argsort(-chances, kind="stable")[:TOP]
            said.append(chances[first])
            came.append((groups.labels[rows] > 0)[first])
    order = np.argsort(np.concatenate(said), kind="stable")
    chance = np.array_split(np.concatenate(said)[order], _BINS)
    truth = np.array_split(np.concatenate(came)[order], _BINS)
    means = np.array([part.mean() for part in chance])
    shares = np.array([part.mean() for part in truth])
    sizes = np.array([len(part) for part in chance])
    error = float(np.average(np.abs(means - shares), weights=sizes))
    return Calibration(means, shares, error, float(np.sqrt(np.prod(temperatures))))


def _temperature(groups: Groups, scores: NDArray[np.float32], mask: NDArray[np.bool_]) -> float:
    """Return the grid's temperature with the least log-loss of the answers."""
    losses = np.zeros(len(_TEMPERATURES))
    for place in np.flatnonzero(mask):
        start, end = groups.starts[place], groups.starts[place + 1]
        right = np.flatnonzero(groups.labels[start:end] > 0)
        if len(right):
            scaled = scores[start:end, None].astype(np.float64) / _TEMPERATURES
            peak = scaled.max(axis=0)
            losses += peak + np.log(np.exp(scaled - peak).sum(axis=0)) - scaled[right[0]]
    return float(_TEMPERATURES[int(losses.argmin())])


def _chances(
    groups: Groups, scores: NDArray[np.float32], mask: NDArray[np.bool_], temperature: float
) -> Iterator[tuple[slice, Floats]]:
    for place in np.flatnonzero(mask):
        rows = slice(int(groups.starts[place]), int(groups.starts[place + 1]))
        if rows.stop > rows.start:
            scaled = scores[rows].astype(np.float64) / temperature
            weights = np.exp(scaled - scaled.max())
            yield rows, weights / weights.sum()
