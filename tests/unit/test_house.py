"""The house keeps its promises: README, Makefile, lock, and that nothing is skipped in CI."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tomllib
from collections.abc import Mapping
from pathlib import Path

import pytest

from data.layouts import LAYOUTS

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text("utf-8")
MAKEFILE = (ROOT / "Makefile").read_text("utf-8")
LOCK = "".join(path.read_text("utf-8") for path in sorted(ROOT.glob("requirements*.lock")))


def run(
    *command: str, cwd: Path = ROOT, given: Mapping[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    ours = ("MAKE", "SMARTCARD", "PYTEST")
    environment = {name: v for name, v in os.environ.items() if not name.startswith(ours)}
    environment |= given or {}
    return subprocess.run(
        command, cwd=cwd, env=environment, capture_output=True, text=True, check=False
    )


def targets() -> set[str]:
    return set(re.findall(r"^([a-z]+):", MAKEFILE, re.MULTILINE))


def test_bare_make_explains_every_target() -> None:
    told = run("make", "--no-print-directory")
    assert told.returncode == 0
    assert {
        line.split()[1] for line in told.stdout.splitlines() if line.startswith("  make ")
    } == targets()


def test_make_targets_named_in_the_readme_exist() -> None:
    assert (
        set(
            re.findall(
                r"\bmake ([a-z]+)\b", re.sub("and make, nothing|how to make keys", "", README)
            )
        )
        <= targets()
    )


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({}, "var 8000"),
        ({"SMARTCARD_HOME": "/a b/c", "SMARTCARD_PORT": "7000"}, "/a b/c 7000"),
        ({"SMARTCARD_PORT": "7000", "PORT": "9000"}, "var 9000"),
    ],
)
def test_home_and_port_reach_the_commands(given: dict[str, str], expected: str) -> None:
    show = "show: ; @echo $$SMARTCARD_HOME $$SMARTCARD_PORT"
    told = run("make", "--no-print-directory", "--eval", show, "show", given=given)
    assert told.stdout.strip() == expected
    arguments = [f"{name}={value}" for name, value in given.items()]
    told = run("make", "--no-print-directory", "--eval", show, "show", *arguments)
    assert told.stdout.strip() == expected


def test_the_tree_in_the_readme_is_the_tree() -> None:
    tree = README.partition("## The tree")[2]
    named = set(re.findall(r"^    (\w+)/ ", tree, re.MULTILINE))
    assert named == {path.name for path in ROOT.iterdir() if (path / "__init__.py").exists()} | {
        "tests"
    }


def test_every_layout_is_named_in_the_readme() -> None:
    assert [name for name in LAYOUTS if f"`{name}`" not in README] == []


def test_the_lock_holds_every_dependency_with_hashes_and_no_address() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    groups = project["dependency-groups"].values()
    wanted = project["project"]["dependencies"] + [
        entry for group in groups for entry in group if isinstance(entry, str)
    ]
    names = {re.split(r"[\[<>=!~; ]", entry)[0].lower().replace("_", "-") for entry in wanted}
    locked = set(re.findall(r"^([a-z0-9.-]+)==", LOCK, re.MULTILINE))
    assert names - locked == set()
    assert "://" not in LOCK
    pins = re.split(r"\n(?=[a-z0-9])", LOCK.strip())
    assert [pin.split()[0] for pin in pins if "--hash=sha256:" not in pin] == []


@pytest.mark.parametrize(
    "text",
    [
        "def test_it():\n    pytest.skip('no browser')",
        "pytest.skip('no browser', allow_module_level=True)",
        "pytest.importorskip('nowhere')",
    ],
)
def test_a_skipped_test_passes_at_home_and_fails_in_ci(tmp_path: Path, text: str) -> None:
    (tmp_path / "test_it.py").write_text(f"import pytest\n{text}\n", "utf-8")
    pytest_here = (sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "test_it.py")
    command = (*pytest_here, "-p", "tests.conftest")
    at_home = run(*command, cwd=tmp_path, given={"CI": ""})
    in_ci = run(*command, cwd=tmp_path, given={"CI": "true"})
    assert at_home.returncode in (0, 5), at_home.stdout
    assert in_ci.returncode in (1, 2), in_ci.stdout
    assert "a skip is a failure in CI" in in_ci.stdout


def test_what_serves_loads_nothing_that_only_learning_needs() -> None:
    slow = ("implicit", "lightgbm", "matplotlib", "onnx", "pandas", "scipy.optimize", "sklearn")
    code = f"import sys, service.app; print([name for name in {slow} if name in sys.modules])"
    told = run(sys.executable, "-W", "ignore", "-c", code)
    assert told.returncode == 0, told.stderr
    assert told.stdout.strip() == "[]"
