"""Nothing that the service asks of a library leaves the house."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

LOADS = "import service.app, training.pipeline; print(open('/proc/self/status').read())"


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="threads are counted in /proc")
def test_what_is_loaded_starts_no_thread_that_could_report_to_its_maker() -> None:
    environment = {**os.environ, "OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"}
    environment.pop("ORT_DISABLE_TELEMETRY", None)
    told = subprocess.run(
        [sys.executable, "-c", LOADS], capture_output=True, check=True, text=True, env=environment
    ).stdout
    assert "\nThreads:\t1\n" in told
