"""What every test shares: an environment of its own, and the rule that nothing is skipped in CI."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, settings

from models.encoders.provide import USE, provide

if TYPE_CHECKING:
    from collections.abc import Generator
    from pathlib import Path

for name in [name for name in os.environ if name.startswith("SMARTCARD_")]:
    del os.environ[name]  # the developer's own home and keys are not the tests'
os.environ["SMARTCARD_ENCODERS"] = "[]"  # converting one takes seconds: who needs it opens it
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # read once, when numpy is first imported

IN_CI = os.environ.get("CI", "").lower() in {"1", "true", "yes"}

settings.register_profile(
    "house",
    deadline=None,  # the machine is shared: a slow example is not a wrong one
    derandomize=True,  # the same examples on every run
    suppress_health_check=[HealthCheck.too_slow],
)
settings.load_profile("house")


@pytest.fixture(autouse=True, scope="session")
def _home_of_its_own(tmp_path_factory: pytest.TempPathFactory) -> None:
    os.environ["SMARTCARD_HOME"] = str(tmp_path_factory.mktemp("home"))


@pytest.fixture(scope="session")
def encoder_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Convert the default text encoder once for all tests of a worker."""
    root = tmp_path_factory.mktemp("encoders")
    assert provide(USE, root) is not None
    return root / USE


def _fail_skips(report: pytest.TestReport | pytest.CollectReport) -> None:
    if IN_CI and report.skipped and not hasattr(report, "wasxfail"):
        reason = report.longrepr[2] if isinstance(report.longrepr, tuple) else report.longrepr
        report.outcome = "failed"
        report.longrepr = f"{report.nodeid}: a skip is a failure in CI: {reason}"


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport() -> Generator[None, pytest.TestReport, pytest.TestReport]:
    report = yield
    _fail_skips(report)
    return report


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report() -> Generator[None, pytest.CollectReport, pytest.CollectReport]:
    report = yield
    _fail_skips(report)
    return report
