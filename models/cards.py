"""The model card: what a version was learned from, how it was judged and what it needs."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import msgspec

from data.ranking_metrics import Interval


class DataSpan(msgspec.Struct, frozen=True, kw_only=True):
    """Describe the log a model was learned from; times are epoch ms, cuts are (T1, T2, T3)."""

    events: int
    interactions: int
    visitors: int
    sellers: int
    items: int
    dwells: int
    first_at: int
    last_at: int
    last_seq: int
    cuts: tuple[int, int, int]
    log_hash: str


class Check(msgspec.Struct, frozen=True):
    """State one condition of the gate, whether it holds and on what figures."""

    name: str
    passed: bool
    detail: str


class Verdict(msgspec.Struct, frozen=True):
    """Say whether a version may serve, with every check made."""

    promoted: bool
    checks: tuple[Check, ...]


class Replayed(msgspec.Struct, frozen=True):
    """Count the logged recommendations whose features training rebuilt to the byte.

    `checked` were rebuilt, `agreed` had the same digest, `unknown` name a version that is gone.
    """

    checked: int = 0
    agreed: int = 0
    unknown: int = 0

    @property
    def share(self) -> float | None:
        """Return the agreeing share of those checked; None when there were none."""
        return self.agreed / self.checked if self.checked else None


class Weighed(msgspec.Struct, frozen=True, kw_only=True):
    """Estimate what an order would have brought a list, from lists that others made.

    `value` is the self-normalised estimate of the picks acted on, `plain` the one by inverse
    propensity; `covered` the share of what the order shows that had any chance of being logged;
    `behind` is how far it is behind the model that is judged; `effective` the number of equally
    weighed picks that would tell as much.
    """

    value: Interval
    plain: Interval
    covered: float
    behind: Interval
    effective: float


class OffPolicy(msgspec.Struct, frozen=True, kw_only=True):
    """Compare orders on the logged lists of the judged window (`training/lists.py`).

    `logged` is what the lists brought as they were: picks acted on a list, of those left to the
    order; `above_logged` how far the model is above it; `policies` has the model and others.
    """

    lists: int
    visitors: int
    acts: int
    logged: Interval
    above_logged: Interval
    policies: dict[str, Weighed]


class SliceMetrics(msgspec.Struct, frozen=True, kw_only=True):
    """Compare model and popularity (NDCG@10) on one slice of the judged groups.

    `visitors` asked the `groups`; `error` is the standard error of the mean difference, whole
    visitors counting as one.
    """

    dimension: str
    name: str
    groups: int
    model: Interval
    popularity: Interval
    difference: Interval
    visitors: int = 0
    error: float = 0.0


class ModelCard(msgspec.Struct, frozen=True, kw_only=True):
    """State where a version comes from; `version` and `files` are filled in by the registry."""

    created_at: int  # epoch ms
    fingerprint: str
    feature_names: tuple[str, ...]
    data: DataSpan
    config: dict[str, Any]
    seed: int
    metrics: dict[str, Interval]
    baselines: dict[str, dict[str, Interval]]
    beyond: dict[str, float] = {}  # coverage@10, novelty@10, calibration error
    slices: tuple[SliceMetrics, ...] = ()
    verdict: Verdict
    replayed: Replayed = Replayed()
    off_policy: OffPolicy | None = None
    examples: dict[str, int] = {}
    importances: dict[str, float] = {}
    packages: dict[str, str] = {}
    durations_s: dict[str, float] = {}
    peak_rss_mb: float = 0.0
    notes: tuple[str, ...] = ()
    version: str = ""
    files: dict[str, str] = {}

    @property
    def date(self) -> str:
        """Return the day of training (UTC), as it stands in the version's name."""
        return datetime.fromtimestamp(self.created_at / 1000, UTC).strftime("%Y%m%d")
