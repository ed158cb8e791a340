"""Where things are kept: the settings that every entry point shares."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import quote

from pydantic import Field, SecretStr, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict, SettingsError

from data.errors import Misconfigured


class StorageSettings(BaseSettings):
    """Read `SMARTCARD_…` from the environment; an empty variable counts as not set."""

    model_config = SettingsConfigDict(
        env_prefix="SMARTCARD_", env_ignore_empty=True, extra="forbid", frozen=True
    )

    home: Path = Field(
        default=Path("var"),
        description="Folder of the log, the stores, the models and the key; homes never mix.",
    )
    store: str = Field(
        default="",
        description="URL of the log and stores, such as sqlite:////data/log.db or memory://; "
        "empty means log.db inside the home.",
    )
    secret: SecretStr | None = Field(
        default=None,
        min_length=16,
        description="Key of the visitor hashes, 16 characters or more; "
        "unset means secret.key inside the home, generated on the first run.",
    )
    queue_events: int = Field(
        default=20_000,
        ge=1,
        description="Events that may wait for the log before /events answers 503.",
    )
    group_rows: int = Field(
        default=2_000, ge=1, description="Most events that one transaction of the log takes."
    )
    encoders: tuple[str, ...] = Field(
        default=("use-multilingual",),
        max_length=3,
        description="Text encoders of answers, as a JSON array of at most three: use-multilingual, "
        "minilm-english, e5-multilingual (make e5), or folders with a manifest; [] answers by "
        "words alone.",
    )

    @property
    def store_url(self) -> str:
        """Return the URL of the log and the stores."""
        return self.store or f"sqlite:///{quote(str((self.home / 'log.db').absolute()))}"

    @property
    def artifacts(self) -> Path:
        """Return the folder of the model registry."""
        return self.home / "artifacts"

    @property
    def key_file(self) -> Path:
        """Return the file of the generated key."""
        return self.home / "secret.key"


def storage() -> StorageSettings:
    """Read the settings; Misconfigured names every variable that is wrong."""
    try:
        return StorageSettings()
    except ValidationError as error:
        wrong = ((*bad["loc"], bad["msg"]) for bad in error.errors())
        told = "; ".join(f"SMARTCARD_{str(name).upper()}: {why}" for name, *_, why in wrong)
        raise Misconfigured(told) from error
    except SettingsError as error:
        raise Misconfigured(str(error)) from error
