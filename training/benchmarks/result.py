"""What a benchmark prints: metrics with intervals, baselines, cost, and the protocol in words."""

from __future__ import annotations

import resource
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path
from tempfile import TemporaryDirectory
from time import process_time
from typing import Any

import numpy as np

from data.ranking_metrics import Interval, Ranks, intervals
from models.recommender import Recommender
from training.benchmarks.trial import Answers

Table = dict[str, dict[str, Interval]]


class Result:
    """Gather what a run shows; `to_json` gives the fixed keys.

    `ranks` holds where each test question's answer came, by variant, in the order of asking.
    """

    def __init__(
        self, task: str, data: str, protocol: Mapping[str, str], metrics: Sequence[str]
    ) -> None:
        """Start with nothing measured."""
        self.task, self.data, self.protocol = task, data, dict(protocol)
        self._metrics = metrics
        self.metrics: Table = {}
        self.baselines: Table = {}
        self.ranks: dict[str, Ranks] = {}
        self.notes: dict[str, Any] = {}
        self.train_cpu_s = 0.0
        self._owners = np.zeros(0, np.int32)
        self._micros: list[float] = []
        self._megabytes = 0.0

    @contextmanager
    def training(self) -> Iterator[None]:
        """Count what runs inside as training."""
        begun = process_time()
        yield
        self.train_cpu_s += process_time() - begun

    def add(self, variant: str, answers: Answers, recommender: Recommender) -> None:
        """Take a variant's answers."""
        self._owners = np.unique(answers.owners, return_inverse=True)[1].astype(np.int32)
        self.ranks[variant] = answers.as_ranks()
        self.metrics[variant] = self._intervals(self.ranks[variant])
        share = answers.found / max(len(answers.ranks), 1)
        self.tell(variant, recommender, answers.micros, share)

    def tell(
        self, variant: str, recommender: Recommender, micros: Sequence[float], found: float
    ) -> None:
        """Note what a variant's answers cost, and how many right ones were candidates."""
        self._micros += micros
        megabytes, fingerprint = measured(recommender)
        self._megabytes = max(self._megabytes, megabytes)
        self.notes.setdefault("fingerprints", {})[variant] = fingerprint
        self.notes.setdefault("target_among_candidates", {})[variant] = round(found, 4)
        self.notes.setdefault("questions", {})[variant] = len(micros)

    def rival(self, name: str, ranks: Ranks | None) -> None:
        """Take a baseline's ranks on the same questions; None for one that was left out."""
        if ranks is not None:
            self.baselines[name] = self._intervals(ranks)

    def _intervals(self, ranks: Ranks) -> dict[str, Interval]:
        return intervals(self._metrics, ranks, self._owners)

    def to_json(self) -> dict[str, Any]:
        """Return plain values under the fixed keys."""
        micros = np.array(self._micros or [0.0])
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        return {
            "task": self.task,
            "data": self.data,
            "protocol": self.protocol,
            "metrics": _plain(self.metrics),
            "baselines": _plain(self.baselines),
            "cost": {
                "train_cpu_s": round(self.train_cpu_s, 1),
                "peak_rss_mb": round(peak, 1),
                "model_mb": round(self._megabytes, 2),
                "score_us_p50": round(float(np.percentile(micros, 50)), 1),
                "score_us_p99": round(float(np.percentile(micros, 99)), 1),
            },
            "notes": self.notes,
        }


def measured(recommender: Recommender) -> tuple[float, str]:
    """Return the megabytes a recommender takes on disk, and a hash that equal ones share."""
    digest, size = sha256(), 0
    with TemporaryDirectory() as folder:
        recommender.save(Path(folder))
        for path in sorted(Path(folder).iterdir()):
            content = path.read_bytes()
            digest.update(f"{path.name} {len(content)}\n".encode() + content)
            size += len(content)
    return size / 1e6, digest.hexdigest()[:16]


def _plain(table: Table) -> dict[str, dict[str, dict[str, float]]]:
    return {
        name: {
            metric: {
                "value": round(one.value, 5),
                "low": round(one.low, 5),
                "high": round(one.high, 5),
            }
            for metric, one in row.items()
        }
        for name, row in table.items()
    }
