"""The settings of a training run: frozen, typed, complete; unknown keys fail."""

from __future__ import annotations

import tomllib
from importlib.resources import files
from math import inf
from pathlib import Path
from typing import Any, Final, Self

import msgspec

from data.errors import Misconfigured

BASELINES: Final = ("popularity", "trending", "recency", "item-kNN")
"""What a model can be asked to beat; the last only where it is one of the retrievers."""


class ConfigError(Misconfigured):
    """Say which setting cannot be used, and in which file."""


class Cuts(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Say where the log is cut by time into fit, windows of ranker labels, and judge."""

    labels_from: float
    judge_from: float
    windows: int
    labels_days: float
    judge_days: float
    least_groups: int

    def __post_init__(self) -> None:
        """Refuse cuts that leave a part empty or out of order."""
        _need(0 < self.labels_from < self.judge_from < 1, "0 < labels_from < judge_from < 1")
        _need(self.windows >= 1, "windows >= 1")
        _need((self.labels_days > 0) == (self.judge_days > 0), "both of labels_days, judge_days")


class Examples(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Say which groups are made and how many."""

    learn_per_visitor: int
    judge_per_visitor: int
    learn_rows: int
    judge_rows: int
    least_groups: int
    enough_groups: int
    context_share: float
    joined_hours: float
    impressions: bool
    impression_weight: float
    rebuilt_lists: int
    asked_again: int

    def __post_init__(self) -> None:
        """Refuse counts below one and shares beyond 0 to 1."""
        _need(min(self.learn_per_visitor, self.judge_per_visitor) >= 1, "counts >= 1")
        _need(min(self.learn_rows, self.judge_rows) >= 1, "counts >= 1")
        _need(self.least_groups <= self.enough_groups, "least_groups <= enough_groups")
        _need(0 <= self.context_share <= 1, "0 <= context_share <= 1")
        _need(0 <= self.impression_weight < inf, "impression_weight >= 0")
        _need(min(self.rebuilt_lists, self.asked_again) >= 0, "rebuilt_lists, asked_again >= 0")


class Gate(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Say what a model must reach before it may serve."""

    metric: str
    beats: tuple[str, ...]
    champion_margin: float
    slice_groups: int
    slice_margin: float
    leak_ratio: float
    covered: float = 0.9  # cards of before do not have it

    def __post_init__(self) -> None:
        """Refuse a baseline that nobody computes: it would be beaten unseen."""
        unknown = ", ".join(sorted(set(self.beats) - {*BASELINES}))
        _need(not unknown, f"beats: any of {', '.join(BASELINES)}, not {unknown}")


class Judge(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Say how metrics and their intervals are computed."""

    at: tuple[int, ...]
    resamples: int
    confidence: float
    lists: int = 3_000  # cards of before do not have it

    def __post_init__(self) -> None:
        """Refuse cut-offs that are no counts, and levels that are no shares."""
        _need(bool(self.at) and min(self.at) >= 1, "at: counts >= 1")
        _need(self.resamples >= 100, "resamples >= 100")
        _need(0.5 < self.confidence < 1, "0.5 < confidence < 1")

    @property
    def metrics(self) -> tuple[str, ...]:
        """Return the metrics that a model is judged by."""
        return (*(f"{kind}@{at}" for kind in ("hr", "ndcg") for at in self.at), "mrr")


class Report(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Say what the report holds beside the judgement."""

    without_dwell: bool
    without_dwell_events: int
    picks: int
    ablation_rows: int
    study_rows: int


class Kept(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Say how many versions the registry keeps."""

    newest: int

    def __post_init__(self) -> None:
        """Refuse to keep less than what has just been learned."""
        _need(self.newest >= 1, "newest >= 1")


class Config(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Hold all settings of a run; equal values give equal models on the same log.

    `recommender`, `retrievers` and `ranker` are keyword arguments of their classes, which know the
    defaults; only the named retrievers are used, in this order.
    """

    seed: int
    cuts: Cuts
    examples: Examples
    recommender: dict[str, Any]
    retrievers: dict[str, dict[str, float]]
    ranker: dict[str, float]
    gate: Gate
    judge: Judge
    report: Report
    registry: Kept

    def __post_init__(self) -> None:
        """Refuse a gate that asks for a metric nobody computes, and seeds that are none."""
        known = self.judge.metrics
        _need(self.gate.metric in known, f"gate.metric: one of {', '.join(known)}")
        _need(self.seed >= 0, "seed >= 0")

    @classmethod
    def load(cls, path: Path | None = None) -> Self:
        """Read the shipped settings, with those of a file laid over them."""
        values = tomllib.loads(files("training").joinpath("default.toml").read_text("utf-8"))
        if path is None:
            return cls.from_values(values)
        try:
            values = _over(values, tomllib.loads(path.read_text("utf-8")))
            return cls.from_values(values)
        except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError, ConfigError) as error:
            raise ConfigError(f"{path}: {error}") from error

    @classmethod
    def from_values(cls, values: dict[str, Any]) -> Self:
        """Check and convert plain values; the inverse of `to_values`."""
        try:
            return msgspec.convert(values, type=cls)
        except msgspec.ValidationError as error:
            raise ConfigError(str(error)) from error

    def to_values(self) -> dict[str, Any]:
        """Return plain values, as they stand in a model card."""
        values: dict[str, Any] = msgspec.to_builtins(self)
        return values


def _over(base: dict[str, Any], changes: dict[str, Any]) -> dict[str, Any]:
    merged = dict(base)
    for name, value in changes.items():
        old = merged.get(name)
        if isinstance(old, dict) and isinstance(value, dict):
            merged[name] = _over(old, value)
        else:
            merged[name] = value
    return merged


def _need(holds: bool, what: str) -> None:
    if not holds:
        raise ValueError(f"needs {what}")
