"""The README's calls do what it says, against a real service with a small world."""

from __future__ import annotations

import os
import re
import shutil
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest

ROOT = Path(__file__).parents[2]
CALLS = re.search(r"```sh\n(.*?)```", (ROOT / "README.md").read_text("utf-8"), re.DOTALL)


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    home = tmp_path_factory.mktemp("home")
    environment = os.environ | {"SMARTCARD_HOME": str(home), "SMARTCARD_PORT": str(port)}
    python = [sys.executable, "-m"]
    subprocess.run([*python, "data", "world", "--size", "1"], env=environment, check=True, cwd=ROOT)
    command = [*python, "service"]
    with subprocess.Popen(
        command, env=environment, cwd=ROOT, stdout=subprocess.PIPE, text=True
    ) as served:
        assert served.stdout is not None
        told = next((line for line in served.stdout if "Card of" in line), "")
        assert f"127.0.0.1:{port}/cards/s0001" in told
        yield f"127.0.0.1:{port}"
        served.terminate()
    assert served.returncode == 0


def test_the_calls_of_the_readme_answer(address: str) -> None:
    if shutil.which("curl") is None:
        pytest.skip("needs curl")
    assert CALLS is not None
    script = CALLS[1].replace("127.0.0.1:8000", address)
    told = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", script], capture_output=True, text=True, check=False
    )
    assert told.returncode == 0, told.stderr
    decoder = re.compile(r"(?<=\})(?=\{)")
    shelf, events, picks = map(msgspec.json.decode, decoder.split(told.stdout.strip()))
    assert shelf["seller_id"] == "s0001"
    assert events == {"accepted": 1, "duplicates": 0, "rejected": []}
    assert len(picks["items"]) == 3
    assert all(reason["text"] for item in picks["items"] for reason in item["reasons"])
