"""The search space: every tunable setting by its path, as declared beside the setting itself."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from data.errors import Invalid
from models.folder import RETRIEVERS
from models.ranker import TreeSettings
from models.settings import NOMINATES, Settings
from models.signals import Signals
from models.spans import Span
from training.config import Config
from training.fit import settings_of, trees_of

SIGNALS: Final = "recommender.signals"
NOMINATE: Final = "recommender.nominate"
Values = Mapping[str, float]


def space(config: Config, only: Sequence[str] = ()) -> dict[str, Span]:
    """Return the spans by path, such as `retrievers.slr.ridge`; `only` keeps paths below a prefix.

    Raises Invalid for a prefix that keeps nothing.
    """
    parts: dict[str, Mapping[str, Span]] = {"recommender": Settings.spans, SIGNALS: Signals.spans}
    parts[NOMINATE] = dict.fromkeys(settings_of(config).nominate, NOMINATES)
    parts |= {f"retrievers.{name}": RETRIEVERS[name].spans for name in config.retrievers}
    parts["ranker"] = TreeSettings.spans
    every = {f"{part}.{name}": one for part, spans in parts.items() for name, one in spans.items()}
    if not only:
        return every
    for prefix in only:
        if not any(_below(path, prefix) for path in every):
            raise Invalid(f"nothing to tune below {prefix!r}; there are {', '.join(parts)}")
    return {p: span for p, span in every.items() if any(_below(p, prefix) for prefix in only)}


def present(config: Config, spans: Mapping[str, Span]) -> dict[str, float]:
    """Return the settings a config has now, those that are not configured as their class has them.

    What lies beyond its span is moved to the span's end.
    """
    found = {}
    for path, span in spans.items():
        part, _, name = path.rpartition(".")
        if part == "ranker":
            value = getattr(trees_of(config), name)
        elif part == SIGNALS:
            value = getattr(settings_of(config).signals, name)
        elif part == NOMINATE:
            value = settings_of(config).nominate[name]
        elif part == "recommender":
            value = getattr(settings_of(config), name)
        else:
            retriever = part.partition(".")[2]
            value = config.retrievers[retriever].get(name, getattr(RETRIEVERS[retriever], name))
        found[path] = _inside(float(value), span)
    return found


def applied(config: Config, values: Values) -> Config:
    """Return a config with the settings of these paths changed."""
    plain = config.to_values()
    for path, value in values.items():
        at = plain
        *parts, name = path.split(".")
        for part in parts:
            at = at.setdefault(part, {})
        at[name] = value
    return Config.from_values(plain)


def as_toml(values: Values) -> dict[str, Any]:
    """Return tables of the settings, as a file for `--config` holds them."""
    tables: dict[str, Any] = {}
    for path, value in values.items():
        at = tables
        *parts, name = path.split(".")
        for part in parts:
            at = at.setdefault(part, {})
        at[name] = value
    return tables


def _inside(value: float, span: Span) -> float:
    value = min(max(value, span.low), span.high)
    return round(value) if span.whole else value


def _below(path: str, prefix: str) -> bool:
    if prefix.startswith(NOMINATE):
        prefix = NOMINATE  # these weights are one table, which a file replaces as a whole
    return path == prefix or path.startswith(prefix + ".")
