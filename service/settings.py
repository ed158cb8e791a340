"""What the service can be told: every setting is an environment variable `SMARTCARD_…`."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final, Literal
from zlib import crc32
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from limits import parse
from pydantic import Field, field_validator

from data.settings import StorageSettings

PICTURE_ORIGIN: Final = r"https://[a-z0-9.-]+(?::[0-9]{1,5})?"


class ServiceSettings(StorageSettings):
    """Add to where things are kept how they are served."""

    host: str = Field(
        default="127.0.0.1",
        description="Address to listen on; without keys only this machine's own is taken.",
    )
    port: int = Field(default=8000, ge=0, le=65_535, description="Port to listen on.")
    workers: int = Field(
        default=1,
        ge=1,
        le=16,
        description="Processes that answer on the port; each counts the rates for itself.",
    )
    poll_seconds: float = Field(
        default=1.0,
        gt=0,
        description="How often to look for another champion model, for rows that another process "
        "put into the log, and for changed keys.",
    )
    checkpoint_seconds: float = Field(
        default=30.0,
        gt=0,
        description="Longest time between two checkpoints of what was folded; a busy service saves "
        "sooner, and less at a time.",
    )
    checkpoint_events: int = Field(
        default=20_000, ge=1, description="Most events between two checkpoints."
    )
    profiles_in_memory: int = Field(
        default=200_000,
        ge=1,
        description="Visitors' profiles held in memory; the others are read when they come back.",
    )
    timezone: str = Field(
        default="Asia/Shanghai",
        description="Where the days of sellers begin who have not set a time zone of their own.",
    )
    picture_origins: tuple[str, ...] = Field(
        default=(),
        max_length=20,
        description="Where pages may load pictures of products and portraits from, beside this "
        'service itself, as a JSON array: ["https://img.example.com"]. Others are drawn.',
    )
    holdout: float = Field(
        default=0.05,
        ge=0,
        le=0.5,
        description="Share of each seller's visitors who see what is popular instead of personal "
        "picks, so that the lift can be measured; sellers may set their own.",
    )
    holdout_visitors: int = Field(
        default=1_000,
        ge=0,
        description="Sellers with fewer known visitors have no holdout.",
    )
    rate_key: str = Field(
        default="60000/minute", description="Most calls with one key; a page's visitors share it."
    )
    rate_visitor: str = Field(
        default="600/minute",
        description="Most events, questions and lists of one visitor on one card; a question that "
        "names no visitor counts for its address.",
    )
    rate_address: str = Field(
        default="3000/minute", description="Most calls from one address without a key of its own."
    )
    rate_login: str = Field(
        default="10/minute",
        description="Most attempts from one address to sign in at one dashboard.",
    )
    rate_erasure: str = Field(
        default="60/minute", description="Most visitors erased, or copied out, with one key."
    )
    access_log: bool = Field(
        default=False,
        description="Log every request: route, status and time, neither its path nor its query.",
    )
    log_level: Literal["debug", "info", "warning", "error"] = Field(
        default="info", description="Least level of what is logged, as JSON lines on stderr."
    )

    @property
    def board(self) -> Path:
        """Return the folder where the processes over one store meet."""
        return self.home / f"board-{crc32(self.store_url.encode()):08x}"

    @field_validator("timezone")
    @classmethod
    def _known_zone(cls, name: str) -> str:
        try:
            ZoneInfo(name)
        except ZoneInfoNotFoundError:
            raise ValueError("no such time zone") from None
        return name

    @field_validator("picture_origins")
    @classmethod
    def _origins(cls, origins: tuple[str, ...]) -> tuple[str, ...]:
        for origin in origins:
            if re.fullmatch(PICTURE_ORIGIN, origin) is None:
                raise ValueError(f"{origin!r} is not of the form https://img.example.com")
        return origins

    @field_validator("rate_key", "rate_visitor", "rate_address", "rate_login", "rate_erasure")
    @classmethod
    def _a_rate(cls, text: str) -> str:
        parse(text)
        return text


def told() -> Iterator[tuple[str, str, str]]:
    """Yield every setting: its variable, its default, its meaning."""
    for name, field in ServiceSettings.model_fields.items():
        default = "" if field.default is None else str(field.default)
        yield f"SMARTCARD_{name.upper()}", default, field.description or ""
