"""What the service can be told: every setting is an environment variable `SMARTCARD_…`."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

from pydantic import Field

from data.settings import StorageSettings


class ServiceSettings(StorageSettings):
    """Add to where things are kept how they are served."""

    host: str = Field(
        default="127.0.0.1",
        description="Address to listen on; without keys only this machine's own is taken.",
    )
    port: int = Field(default=8000, ge=0, le=65_535, description="Port to listen on.")
    poll_seconds: float = Field(
        default=1.0,
        gt=0,
        description="How often to look for another champion model, for rows that another process "
        "put into the log, and for changed keys.",
    )
    checkpoint_seconds: float = Field(
        default=30.0, gt=0, description="Longest time between two checkpoints of what was folded."
    )
    checkpoint_events: int = Field(
        default=20_000, ge=1, description="Most events between two checkpoints."
    )
    profiles_in_memory: int = Field(
        default=200_000,
        ge=1,
        description="Visitors' profiles held in memory; the others are read when they come back.",
    )
    encoders: tuple[str, ...] = Field(
        default=("use-multilingual",),
        description="Text encoders of answers, as a JSON array: use-multilingual, minilm-english, "
        "or folders with a manifest; [] answers by words alone.",
    )
    access_log: bool = Field(default=False, description="Write a line for every request.")
    log_level: Literal["debug", "info", "warning", "error"] = Field(
        default="info", description="Least level of what is logged, as JSON lines on stderr."
    )


def told() -> Iterator[tuple[str, str, str]]:
    """Yield every setting: its variable, its default, its meaning."""
    for name, field in ServiceSettings.model_fields.items():
        default = "" if field.default is None else str(field.default)
        yield f"SMARTCARD_{name.upper()}", default, field.description or ""
