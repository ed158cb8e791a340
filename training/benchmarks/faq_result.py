"""What the FAQ benchmark prints, under the same keys as the others."""

from __future__ import annotations

import resource
from collections.abc import Mapping
from typing import Any

import numpy as np

from data.ranking_metrics import Interval

Table = dict[str, dict[str, Interval]]


class FaqResult:
    """Gather what a run shows; `to_json` gives the fixed keys."""

    def __init__(self, data: str, protocol: Mapping[str, str]) -> None:
        """Start with nothing measured."""
        self.data, self.protocol = data, dict(protocol)
        self.metrics: Table = {}
        self.baselines: Table = {}
        self.notes: dict[str, dict[str, Any]] = {}
        self.train_cpu_s = 0.0
        self.micros: list[float] = []

    def note(self, variant: str, notes: Mapping[str, Any]) -> None:
        """Keep what else is worth telling of a variant, by name."""
        for name, value in notes.items():
            self.notes.setdefault(name, {})[variant] = value

    def to_json(self) -> dict[str, Any]:
        """Return plain values under the fixed keys."""
        micros = np.array(self.micros or [0.0])
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        return {
            "task": "faq",
            "data": self.data,
            "protocol": self.protocol,
            "metrics": _plain(self.metrics),
            "baselines": _plain(self.baselines),
            "cost": {
                "train_cpu_s": round(self.train_cpu_s, 1),
                "peak_rss_mb": round(peak, 1),
                "model_mb": 0.0,
                "score_us_p50": round(float(np.percentile(micros, 50)), 1),
                "score_us_p99": round(float(np.percentile(micros, 99)), 1),
            },
            "notes": self.notes,
        }


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
