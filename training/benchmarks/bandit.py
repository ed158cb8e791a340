"""Logs of two policies on one shelf: what each tells of the other, held against what that brought.

The estimators are those that judge a model by served lists (`training/ope.py`); here the truth is
known. Source of the protocol: Saito et al. 2021, "Open Bandit Dataset and Pipeline".
"""

from __future__ import annotations

import csv
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import permutations
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from data.errors import Invalid
from data.ranking_metrics import Interval
from training import ope
from training.benchmarks import readers
from training.benchmarks.result import Result
from training.benchmarks.trial import Progress
from training.config import Config

Values = NDArray[np.float64]
COLUMNS: Final = ("item_id", "position", "click", "propensity_score")
ESTIMATORS: Final = ("snips", "ips", "dm", "dr")
RESAMPLES: Final = 1_000
PROTOCOL: Final = {
    "question": "from one policy's log alone: how many clicks a show would another policy bring?",
    "truth": "the mean click of the other policy's own log, of the same days; the interval of "
    "`on_policy`",
    "the other policy": "how often it shows each item in each slot: by its logged propensities "
    "where these never change, else by its own log's counts; no click of its log is looked at",
    "weights": "that share by the logged propensity of the item in its slot",
    "expectations": "for dm and dr: an item's click rate, drawn towards the mean of all by as many "
    "shows as bring one click, learned on the other half of the log; dm's interval leaves out what "
    "chance there is in learning them",
    "error": "distance of the estimate to the truth by the truth; intervals draw from both logs",
    "baseline": "the log's own mean, as if the other policy brought the same",
}


@dataclass(frozen=True, slots=True)
class Log:
    """Hold one policy's shows, an entry each; `chances` float64[items, slots] is the policy.

    `items` and `slots` int64 are rows of the campaign's names.
    """

    items: NDArray[np.int64]
    slots: NDArray[np.int64]
    clicks: Values
    propensities: Values
    chances: Values


def run(folder: Path, config: Config, progress: Progress) -> Result:
    """Estimate each policy of each campaign from each other's log."""
    found = Result("bandit", folder.name, PROTOCOL, ())
    with found.training():
        for campaign, logs in campaigns(folder):
            for logged, other in permutations(sorted(logs), 2):
                variant = f"{other}_from_{logged}_{campaign}"
                _judge(found, variant, logs[logged], logs[other], config.seed)
                progress("policies", 1)
    return found


def campaigns(folder: Path) -> Iterator[tuple[str, dict[str, Log]]]:
    """Yield each campaign's logs by policy, of files named `POLICY_CAMPAIGN.csv`.

    Raises Invalid for a folder without two logs of one campaign, and naming a line that is wrong.
    """
    paths: dict[str, dict[str, Path]] = {}
    for path in sorted([*folder.glob("*.csv"), *folder.glob("*.csv.gz")]):
        policy, _, campaign = path.name.split(".")[0].partition("_")
        if campaign and not campaign.endswith("item_context"):
            paths.setdefault(campaign, {})[policy] = path
    pairs = {name: two for name, two in sorted(paths.items()) if len(two) > 1}
    if not pairs:
        raise Invalid(f"{folder} has no two POLICY_CAMPAIGN.csv of one campaign (plain or .gz)")
    for campaign, found in pairs.items():
        rows = {policy: list(_rows(path)) for policy, path in found.items()}
        every = [row for one in rows.values() for row in one]
        items = {name: at for at, name in enumerate(sorted({row[0] for row in every}))}
        slots = {name: at for at, name in enumerate(sorted({row[1] for row in every}))}
        yield campaign, {policy: _log(one, items, slots) for policy, one in rows.items()}


def estimates(logged: Log, other: Log, seed: int) -> tuple[dict[str, Values], ope.Shows]:
    """Return what each estimator says of the other policy, an entry a show, and the shows."""
    weights = other.chances[logged.items, logged.slots] / logged.propensities
    ones = np.ones(len(weights))
    shows = ope.Shows(np.arange(len(weights)), weights, ones, logged.clicks, ones)
    expected = np.empty((2, len(other.chances)))
    half = np.random.default_rng([seed, 4]).permutation(len(weights)) % 2
    for part in (0, 1):
        expected[part] = _rates(logged, half != part, len(other.chances))
    predicted = expected[half, logged.items]
    direct = (expected @ other.chances)[half, logged.slots]
    return {
        "snips": ope.normalised(shows),
        "ips": ope.weighed(shows),
        "dm": direct,
        "dr": ope.doubly_robust(shows, predicted, direct),
    }, shows


def _judge(found: Result, variant: str, logged: Log, other: Log, seed: int) -> None:
    said, shows = estimates(logged, other, seed)
    truth = float(other.clicks.mean())
    drawn = _draws(other.clicks[:, None], seed + 1)[:, 0]
    columns = np.stack([*said.values(), logged.clicks], axis=1)
    draws = _draws(columns, seed)
    names = (*ESTIMATORS, "logged")
    rows: dict[str, dict[str, Interval]] = {}
    for name, value, column in zip(names, columns.mean(axis=0).tolist(), draws.T, strict=True):
        error = abs(value / truth - 1) if truth > 0 else 0.0
        off = np.abs(column / np.maximum(drawn, 1e-12) - 1)
        rows[name] = {"clicks": _interval(value, column), "error": _interval(error, off)}
    found.metrics[variant] = {
        **{name: rows[name]["clicks"] for name in ESTIMATORS},
        "on_policy": _interval(truth, drawn),
        **{f"error_{name}": rows[name]["error"] for name in ESTIMATORS},
    }
    found.baselines[f"mean_of_the_log: {variant}"] = {
        "snips": rows["logged"]["clicks"],
        "error_snips": rows["logged"]["error"],
    }
    covered = ope.covered(shows)
    found.notes.setdefault("covered", {})[variant] = round(float(covered.mean()), 4)
    found.notes.setdefault("tells_as_much_as_shows", {})[variant] = round(ope.effective(shows), 1)
    found.notes.setdefault("clicks", {})[variant] = float(logged.clicks.sum())


def _interval(value: float, draws: Values) -> Interval:
    low, high = np.quantile(draws, [0.025, 0.975])
    return Interval(value, float(low), float(high))


def _draws(columns: Values, seed: int) -> Values:
    """Return the means of rows drawn with replacement: float64[RESAMPLES, columns]."""
    rng, count = np.random.default_rng(seed), len(columns)
    means = np.empty((RESAMPLES, columns.shape[1]))
    for draw in range(RESAMPLES):
        means[draw] = columns[rng.integers(count, size=count)].mean(axis=0)
    return means


def _rates(log: Log, rows: NDArray[np.bool_], items: int) -> Values:
    """Return each item's click rate, drawn towards that of all."""
    mean = max(float(log.clicks[rows].mean()), 1e-6) if rows.any() else 1e-6
    clicks = np.bincount(log.items[rows], log.clicks[rows], items)
    shows = np.bincount(log.items[rows], minlength=items)
    rates: Values = (clicks + 1.0) / (shows + 1.0 / mean)
    return rates


def _log(
    rows: list[tuple[str, str, float, float]], items: Mapping[str, int], slots: Mapping[str, int]
) -> Log:
    item = np.array([items[row[0]] for row in rows], np.int64)
    slot = np.array([slots[row[1]] for row in rows], np.int64)
    propensities = np.array([row[3] for row in rows])
    clicks = np.array([row[2] for row in rows])
    return Log(item, slot, clicks, propensities, _policy(item, slot, propensities, items, slots))


def _policy(
    item: NDArray[np.int64],
    slot: NDArray[np.int64],
    propensities: Values,
    items: Mapping[str, int],
    slots: Mapping[str, int],
) -> Values:
    """Return how often the policy shows each item in each slot, columns adding up to 1."""
    cells, shape = item * len(slots) + slot, (len(items), len(slots))
    shown = np.bincount(cells, minlength=shape[0] * shape[1])
    low, high = np.full(len(shown), np.inf), np.zeros(len(shown))
    np.minimum.at(low, cells, propensities)
    np.maximum.at(high, cells, propensities)
    steady = bool((high[shown > 0] - low[shown > 0] <= 1e-9).all())
    found = (high if steady else shown.astype(np.float64)).reshape(shape)
    chances: Values = found / np.maximum(found.sum(axis=0), 1e-12)
    return chances


def _rows(path: Path) -> Iterator[tuple[str, str, float, float]]:
    """Yield item, slot, click and propensity of each show."""
    reader = csv.DictReader(readers.lines(path))
    missing = [name for name in COLUMNS if name not in (reader.fieldnames or ())]
    if missing:
        raise readers.wrong(path, 1, f"no column {', '.join(missing)}")
    empty = True
    for row in reader:
        empty = False
        try:
            click, chance = float(row["click"]), float(row["propensity_score"])
        except (TypeError, ValueError) as error:
            why = "needs numbers in click and propensity_score"
            raise readers.wrong(path, reader.line_num, why) from error
        if click not in (0.0, 1.0) or not 0.0 < chance <= 1.0:
            why = "a click is 0 or 1, a propensity above 0 and at most 1"
            raise readers.wrong(path, reader.line_num, why)
        if not row["item_id"] or not row["position"]:
            raise readers.wrong(path, reader.line_num, "nothing in item_id or position")
        yield row["item_id"], row["position"], click, chance
    if empty:
        raise Invalid(f"{path.name} has no show")
