"""The command line: settings told, keys looked after, a wrong set-up refused in words."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest
from pydantic import ValidationError

from service.__main__ import main
from service.settings import ServiceSettings


@pytest.fixture(autouse=True)
def _home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SMARTCARD_HOME", str(tmp_path))


def test_help_lists_every_setting_with_its_default_and_meaning() -> None:
    command = [sys.executable, "-m", "service", "--help-settings"]
    told = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    for name, field in ServiceSettings.model_fields.items():
        assert f"SMARTCARD_{name.upper()}=" in told
        assert field.description
        assert field.description in told


@pytest.mark.parametrize(
    "origin",
    ["http://img.example.com", "https://img.example.com/a", "*", "https://a.com; script-src *", ""],
)
def test_pictures_come_from_named_origins_only(origin: str) -> None:
    """What is told goes into the pages' security policy: nothing but an origin may stand there."""
    assert ServiceSettings(picture_origins=("https://img.example.com:8443",)).picture_origins
    with pytest.raises(ValidationError, match="picture_origins"):
        ServiceSettings(picture_origins=(origin,))


def test_keys_are_made_listed_and_revoked(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["keys", "create", "--scope", "visitor", "--seller", "s1"]) == 0
    made = capsys.readouterr().out
    assert re.fullmatch(r"pk_[0-9a-f]{8}_[\w-]{43}\n", made)
    assert main(["keys", "list"]) == 0
    listed = capsys.readouterr().out
    assert "visitor" in listed
    assert "s1" in listed
    assert made.strip() not in listed
    assert main(["keys", "revoke", made.split("_")[1]]) == 0
    capsys.readouterr()
    assert main(["keys", "list"]) == 0
    assert capsys.readouterr().out == ""


@pytest.mark.parametrize(
    "arguments",
    [
        ["keys", "create", "--scope", "seller"],
        ["keys", "create", "--scope", "supplier", "--seller", "s"],
        ["keys", "create", "--scope", "admin", "--seller", "s"],
        ["keys", "revoke", "nothing"],
    ],
)
def test_a_key_without_its_owner_is_not_made(
    arguments: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(arguments) == 2
    assert capsys.readouterr().err.startswith("error: ")


@pytest.mark.parametrize(
    ("arguments", "name", "value", "words"),
    [
        (["--host", "0.0.0.0"], "HOST", "", "this machine only"),
        (["--host", "example.org"], "HOST", "", "this machine only"),
        ([], "PORT", "http", "SMARTCARD_PORT"),
        ([], "STORE", "oracle://x", "sqlite://"),
        ([], "SECRET", "short", "SMARTCARD_SECRET"),
    ],
)
def test_a_wrong_set_up_is_refused_in_words(
    arguments: list[str],
    name: str,
    value: str,
    words: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv(f"SMARTCARD_{name}", value)
    assert main(arguments) == 2
    assert words in capsys.readouterr().err
