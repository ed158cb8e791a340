"""Visitor hashes and their key; the settings that say where things are."""

from __future__ import annotations

import hashlib
import hmac
import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import SecretStr, ValidationError

from data.errors import Misconfigured
from data.identity import Pseudonymiser, open_key
from data.settings import StorageSettings
from data.stores import open_stores

KEY = b"0123456789abcdef"


@given(st.text())
def test_a_visitor_is_the_first_half_of_the_hmac_in_hex(raw: str) -> None:
    expected = hmac.new(KEY, raw.encode(), hashlib.sha256).hexdigest()[:32]
    assert Pseudonymiser(KEY).visitor(raw) == expected


def test_another_key_makes_another_visitor() -> None:
    assert Pseudonymiser(KEY).visitor("a") != Pseudonymiser(KEY[::-1]).visitor("a")


def test_any_text_at_all_has_a_hash() -> None:
    assert len(Pseudonymiser(KEY).visitor("\ud800")) == 32


@given(st.text(), st.text())
def test_a_referral_code_names_its_visitor_at_its_seller_alone(seller: str, raw: str) -> None:
    ours, theirs = Pseudonymiser(KEY), Pseudonymiser(KEY[::-1])
    code = ours.referral(seller, ours.visitor(raw))
    assert ours.referrer(seller, code) == ours.visitor(raw)
    assert ours.referrer(seller + "x", code) == ""
    assert theirs.referrer(seller, code) == ""
    assert ours.visitor(raw) not in code


@given(st.text() | st.binary(max_size=80).map(bytes.hex), st.booleans())
def test_any_other_text_is_no_referral_code(text: str, begins_like_one: bool) -> None:
    assert Pseudonymiser(KEY).referrer("s", f"ref_{text}" if begins_like_one else text) == ""


def test_a_referral_code_with_any_digit_changed_names_nobody() -> None:
    ours = Pseudonymiser(KEY)
    code = ours.referral("s", ours.visitor("a"))
    for place in range(len("ref_"), len(code)):
        other = "0" if code[place] != "0" else "1"
        assert ours.referrer("s", code[:place] + other + code[place + 1 :]) == ""


def test_a_short_key_is_refused() -> None:
    with pytest.raises(Misconfigured, match="16 bytes"):
        Pseudonymiser(b"short")
    with pytest.raises(ValidationError):
        StorageSettings(secret=SecretStr("short"))


def test_the_key_is_made_on_the_first_run_and_stays(tmp_path: Path) -> None:
    settings = StorageSettings(home=tmp_path / "home")
    key = open_key(settings)
    assert len(key) == 32
    assert open_key(settings) == key
    assert stat.S_IMODE(settings.key_file.stat().st_mode) == 0o600
    assert stat.S_IMODE(settings.home.stat().st_mode) == 0o700
    assert [path.name for path in settings.home.iterdir()] == ["secret.key"]


def test_two_homes_have_two_keys(tmp_path: Path) -> None:
    keys = {open_key(StorageSettings(home=tmp_path / name)) for name in "ab"}
    assert len(keys) == 2


def test_runs_that_start_together_agree_on_one_key(tmp_path: Path) -> None:
    settings = StorageSettings(home=tmp_path)
    with ThreadPoolExecutor(8) as threads:
        keys = set(threads.map(lambda _: open_key(settings), range(8)))
    assert len(keys) == 1


def test_a_key_from_the_settings_needs_no_file(tmp_path: Path) -> None:
    settings = StorageSettings(home=tmp_path, secret=SecretStr("a key of the operator"))
    assert open_key(settings) == b"a key of the operator"
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("content", ["", "not hex", "abcd", "漢字"])
def test_a_broken_key_file_is_never_replaced(tmp_path: Path, content: str) -> None:
    settings = StorageSettings(home=tmp_path)
    settings.key_file.write_text(content, encoding="utf-8")
    with pytest.raises(Misconfigured, match=r"secret\.key"):
        open_key(settings)
    assert settings.key_file.read_text(encoding="utf-8") == content


def test_the_home_holds_log_models_and_key_unless_a_store_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SMARTCARD_HOME", str(tmp_path / "100% mine?"))
    settings = StorageSettings()
    open_stores(settings.store_url).close()
    assert (tmp_path / "100% mine?" / "log.db").exists()
    assert settings.artifacts == tmp_path / "100% mine?" / "artifacts"
    monkeypatch.setenv("SMARTCARD_STORE", "memory://")
    assert StorageSettings().store_url == "memory://"
    monkeypatch.setenv("SMARTCARD_STORE", "")
    assert StorageSettings().store_url == settings.store_url


def test_a_setting_is_described_and_its_secret_is_not_shown() -> None:
    settings = StorageSettings(secret=SecretStr("a key of the operator"))
    assert "operator" not in repr(settings)
    assert all(field.description for field in StorageSettings.model_fields.values())
