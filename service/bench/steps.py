"""Where the processor time of a request goes: samples of the serving thread, step by step.

A timer of processor time interrupts the process; the innermost function that belongs to a step
takes the sample. The log's writer runs in a thread of its own, whose time the system tells exactly.
"""

from __future__ import annotations

import signal
import threading
import time
from collections import Counter
from collections.abc import Mapping
from types import FrameType
from typing import Final

import msgspec

INTERVAL: Final = 0.001
WRITER: Final = "log: insert and commit"
BESIDE: Final = "beside: roll-up, polling"
TREES_AGAIN: Final = "reasons: trees again"
OTHER: Final = "not attributed"

STEPS: Final[Mapping[str, str]] = {
    "models/ranker.py": "rank: trees",
    "models/trees.py": "rank: trees",
    "data/features.py": "features",
    "data/feature_columns.py": "features",
    "data/taste_columns.py": "features",
    "models/shelf.py": "features",
    "models/vectors.py": "features",
    "models/candidates.py": "candidates",
    "models/scored.py": "candidates",
    "models/fusion.py": "candidates",
    "models/seats.py": "candidates",
    "data/standing.py": "candidates",
    "models/explain.py": "reasons",
    "models/counterfactual.py": "reasons",
    "models/evidence.py": "reasons",
    "models/known.py": "reasons",
    "models/slate.py": "policy",
    "models/policy.py": "policy",
    "models/recommender.py": "recommender",
    "models/fallback.py": "recommender",
    "models/guest.py": "recommender",
    "models/context.py": "recommender",
    "models/history.py": "recommender",
    "models/expressions.py": "recommender",
    "models/": "retrievers",
    "data/state.py": "profile and fold",
    "data/profiles.py": "profile and fold",
    "data/profile_rows.py": "profile and fold",
    "data/statistics.py": "profile and fold",
    "data/catalogue.py": "profile and fold",
    "data/identity.py": "HTTP: check and decode",
    "data/ingest.py": "log: hand over",
    "data/stores/": "profile and fold",
    "service/impressions.py": "log: hand over",
    "service/journal.py": "log: hand over",
    "service/live.py": "live loop",
    "service/routes/": "query and reply",
    "service/replies.py": "query and reply",
    "service/": "HTTP: check and decode",
    "uvicorn/": "server and loop",
    "asyncio/": "server and loop",
    "concurrent/": "log: hand over",
}
"""Files by the end of their path, the longest match first; a folder stands for all within."""

OWNERS: Final[Mapping[str, str]] = {
    "rank: trees": "models.ranker",
    "features": "data.features",
    "candidates": "models.candidates",
    "retrievers": "models (retrievers)",
    "reasons": "models.explain",
    TREES_AGAIN: "models.explain",
    "policy": "models.policy",
    "recommender": "models.recommender",
    "profile and fold": "data.state",
    "live loop": "service.live",
    "query and reply": "service.routes",
    "HTTP: check and decode": "service.fastpath",
    "log: hand over": "service.impressions",
    WRITER: "data.ingest",
    BESIDE: "service.analytics",
    "server and loop": "uvicorn, uvloop",
}
"""Who answers for each step."""


class Steps(msgspec.Struct):
    """Tell the processor seconds of each step, and of the process in all."""

    total_s: float
    seconds: dict[str, float]


class Sampler:
    """Sample the main thread until stopped; for one thread of one process."""

    def __init__(self) -> None:
        """Know the files; nothing runs yet."""
        self._names = sorted(STEPS, key=len, reverse=True)
        self._known: dict[str, str] = {}
        self._found: Counter[str] = Counter()
        self._begun = (0.0, 0.0, 0.0)

    def start(self) -> None:
        """Begin to sample."""
        self._found.clear()
        self._begun = self._clocks()
        signal.signal(signal.SIGPROF, self._sample)
        signal.setitimer(signal.ITIMER_PROF, INTERVAL, INTERVAL)

    def stop(self) -> Steps:
        """End and tell."""
        signal.setitimer(signal.ITIMER_PROF, 0)
        total, main, writer = (
            now - then for now, then in zip(self._clocks(), self._begun, strict=True)
        )
        samples = max(1, sum(self._found.values()))
        seconds = {step: main * count / samples for step, count in self._found.items()}
        seconds[WRITER], seconds[BESIDE] = writer, max(0.0, total - main - writer)
        return Steps(total_s=total, seconds=seconds)

    def _clocks(self) -> tuple[float, float, float]:
        writer = next((one for one in threading.enumerate() if one.name == "log-writer"), None)
        ident = writer.ident if writer is not None else None
        clock = time.pthread_getcpuclockid(ident) if ident is not None else None
        theirs = time.clock_gettime(clock) if clock is not None else 0.0
        return time.process_time(), time.thread_time(), theirs

    def _sample(self, _: int, frame: FrameType | None) -> None:
        step = ""
        while frame is not None:
            found = self._step(frame.f_code.co_filename)
            if found and not step:
                step = found
            elif step == "rank: trees" and found == "reasons":
                step = TREES_AGAIN
            frame = frame.f_back
        self._found[step or OTHER] += 1

    def _step(self, path: str) -> str:
        """Return the step a file belongs to; empty for what our functions call."""
        step = self._known.get(path)
        if step is None:
            place = f"/{path}"
            foreign = "/site-packages/" in place and "/uvicorn/" not in place
            names = () if foreign else (name for name in self._names if f"/{name}" in place)
            step = self._known[path] = next((STEPS[name] for name in names), "")
        return step
